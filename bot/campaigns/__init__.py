"""Campaigns: what staff plan, a second person approves, and many residents are sent."""
