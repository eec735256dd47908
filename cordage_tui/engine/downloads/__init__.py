"""Outputs become files: three at a time, whole or not at all, once."""
