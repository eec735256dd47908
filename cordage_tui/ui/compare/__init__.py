"""Comparison of two runs: pictures, inputs as a diff, outcomes."""
