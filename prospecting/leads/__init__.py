"""What surfaces: leads, reasons, route, invitations, meetings, outcomes, digests."""
