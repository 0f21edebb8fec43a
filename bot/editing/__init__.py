"""Editing the knowledge in the console: drafts, their check, a second person's approval, and putting them to use."""
