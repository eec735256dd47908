"""Batches: request bodies expanded from a prompt or a file. Pure, shared by the prompt panel and the command line."""
