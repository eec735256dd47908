"""The decoder process: it gets bytes and limits, no credentials and no network."""
