"""Pages for the team."""
