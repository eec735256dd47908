"""When to read what: pure functions of what is known, the budget and now (FAULTS.md A1, A2)."""
