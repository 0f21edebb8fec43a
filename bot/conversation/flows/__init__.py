"""Conversations in steps: what they ask, how they are steered, and what comes of them."""
