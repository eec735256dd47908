"""cordage-tui: trigger, watch and kill Cordage workflow runs from a terminal."""

__version__ = "0.1.0"
SOURCE = ""
"""Address of the project and for bug reports; empty until there is one. A test compares it with pyproject.toml."""
