"""The team and its mailboxes, their limits, ramp and rest."""
