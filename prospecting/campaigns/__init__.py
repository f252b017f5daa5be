"""What is planned: definition, linter, audience, calendar, pace, planner, touch."""

from prospecting.campaigns.asks import add_invitation_touch, add_service_touch, withdraw
from prospecting.campaigns.holding import hold, mark_warm, release, stop_prospect
from prospecting.campaigns.planner import plan, replan, wake

__all__ = [
    "add_invitation_touch",
    "add_service_touch",
    "hold",
    "mark_warm",
    "plan",
    "release",
    "replan",
    "stop_prospect",
    "wake",
    "withdraw",
]
