"""Residents' voice: what they report, who handles it by when, what becomes of it, and what is told upward."""
