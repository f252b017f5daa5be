"""What happened: event kinds and weights, the append-only log, tracking modes, public tokens' meaning."""
