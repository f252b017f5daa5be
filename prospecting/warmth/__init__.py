"""How warm: judgement, contributions, forward decay, explanation."""

from prospecting.warmth.decay import LANDMARK, warmth_at
from prospecting.warmth.explain import Explanation, curve, explain, name_of
from prospecting.warmth.model import Model, models_of
from prospecting.warmth.now import WarmRow, short_of, warm_now
from prospecting.warmth.people import erase_person, export_person
from prospecting.warmth.telling import Discounted, Reason
from prospecting.warmth.update import rejudge, update

__all__ = [
    "LANDMARK",
    "Discounted",
    "Explanation",
    "Model",
    "Reason",
    "WarmRow",
    "curve",
    "erase_person",
    "explain",
    "export_person",
    "models_of",
    "name_of",
    "rejudge",
    "short_of",
    "update",
    "warm_now",
    "warmth_at",
]
