"""The real rooms below, another clock, people and machines that behave as profiles say."""
