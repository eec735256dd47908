"""cordage-tui: trigger, watch and kill Cordage workflow runs from a terminal."""

__version__ = "0.1.0"
