"""What a run, a webhook, a prompt and a budget are. Frozen values, standard library only."""
