"""Fetching the files of runs from wherever their links lead: without any key, and trusting no byte of what comes."""
