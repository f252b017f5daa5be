"""Ways out: one small interface, measured capabilities."""
