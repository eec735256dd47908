"""A program of the user's that is run when a run has ended."""

from typing import Final

from cordage_tui.domain.fast_dataclass import dataclass

TIME_LIMIT_S: Final = 30.0
"""What a hook may take where the settings do not say."""


@dataclass(frozen=True, slots=True)
class Hook:
    """`on_finish` of the settings."""

    argv: tuple[str, ...]
    """The program and its arguments; run without a shell."""
    limit_s: float = TIME_LIMIT_S
    """Seconds after which it is ended."""
    withheld: frozenset[str] = frozenset()
    """Environment variables that it does not get: those that hold API keys."""
