"""What is planned: definition, linter, audience, calendar, pace, planner, touch."""
