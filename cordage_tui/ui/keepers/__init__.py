"""Page of what kept runs have in common."""
