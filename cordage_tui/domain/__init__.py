"""Domain values: runs, webhooks, prompts, budgets. Frozen values, standard library only."""
