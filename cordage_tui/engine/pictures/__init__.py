"""Outputs made fit to be looked at: fetched within a budget, decoded by a child process with limits, kept small."""
