"""Tests that every implementation of a contract runs."""
