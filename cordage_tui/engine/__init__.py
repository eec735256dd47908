"""Services of a profile, without a screen: polling, sending, killing."""
