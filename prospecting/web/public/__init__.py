"""Pages for prospects."""
