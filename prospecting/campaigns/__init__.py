"""What is planned: definition, linter, audience, calendar, pace, planner, touch."""

from prospecting.campaigns.asks import add_invitation_touch, add_service_touch, withdraw
from prospecting.campaigns.holding import hold, mark_warm, release, stop_prospect
from prospecting.campaigns.launch import Launched, launch
from prospecting.campaigns.persons import erase_person, export_person
from prospecting.campaigns.planner import plan, replan, wake
from prospecting.campaigns.preview import Preview, preview
from prospecting.campaigns.running import Status, confirm_start, pause, resume, status
from prospecting.campaigns.workspace import in_memory, open_workspace

__all__ = [
    "Launched",
    "Preview",
    "Status",
    "add_invitation_touch",
    "add_service_touch",
    "confirm_start",
    "erase_person",
    "export_person",
    "hold",
    "in_memory",
    "launch",
    "mark_warm",
    "open_workspace",
    "pause",
    "plan",
    "preview",
    "release",
    "replan",
    "resume",
    "status",
    "stop_prospect",
    "wake",
    "withdraw",
]
