"""Tests of residents' voice."""
