"""What managers look at: each campaign's state, and the numbers of the whole."""

from prospecting.insights.states import CampaignStateView, Numbers, campaign_states, numbers

__all__ = ["CampaignStateView", "Numbers", "campaign_states", "numbers"]
