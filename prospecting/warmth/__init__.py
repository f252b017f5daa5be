"""How warm: judgement, contributions, forward decay, explanation."""
