"""The top line: profile, budgets, connection."""
