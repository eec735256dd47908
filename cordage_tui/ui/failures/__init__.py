"""Failures page."""
