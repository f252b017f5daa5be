"""Self-diagnostics: questions, a report of one's own, the comparison with peers."""
