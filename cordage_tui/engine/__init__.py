"""The use-cases, with no screen at all: polling, sending, killing."""
