"""The pages: prospects' and the team's."""
