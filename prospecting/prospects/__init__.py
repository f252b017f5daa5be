"""Who: people, organisations, imports, segments, consent, suppression."""
