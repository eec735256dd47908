"""The run table: a widget of its own on the line API, and the pure functions that draw its cells."""
