"""Little pictures worth looking at, painted from a seed with the standard library alone."""
