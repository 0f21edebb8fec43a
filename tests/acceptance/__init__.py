"""Tests that drive the started program from outside, as people do."""
