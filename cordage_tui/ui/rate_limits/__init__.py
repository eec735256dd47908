"""Rate limits page: who spends the budgets, and when each webhook is read next."""
