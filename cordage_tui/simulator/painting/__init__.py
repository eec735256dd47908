"""Painters of the sample images."""
