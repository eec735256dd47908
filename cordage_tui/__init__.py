"""cordage-tui: trigger, watch and kill Cordage workflow runs from a terminal."""

__version__ = "0.2.0"
"""Version of the package; `docs/changelog.md` begins with it. Nothing else has it."""
SOURCE = ""
"""Address of the project and for bug reports; empty until there is one. A test compares it with pyproject.toml."""
