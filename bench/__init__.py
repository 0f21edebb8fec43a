"""Benchmarks: figures and ratios, printed; never tests."""
