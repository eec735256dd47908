"""Asking before what cannot be undone: on the terminal, and nowhere else."""

import sys
from typing import Final

from cordage_tui.cli.errors import UsageError
from cordage_tui.cli.output import tell
from cordage_tui.domain.text import safe

TYPED_FROM: Final = 11
"""Things from which their number must be typed (FAULTS.md D 18)."""


def confirm(what: str, verb: str, count: int, *, typed: bool = False) -> bool:
    """Asks `what` and takes the answer: `y`, or the number where it is many or `typed`. Raises UsageError where nobody can
    be asked; `verb` is what would be done."""
    if sys.stdin is None or not sys.stdin.isatty():
        asked = what.partition("\n")[0]
        raise UsageError(f"{asked} Nobody can be asked: stdin is not a terminal.", "Say --yes if you mean it.")
    wanted = str(count) if typed or count >= TYPED_FROM else "y"
    if not tell(safe(f"{what} Type {wanted} to {verb}: "), end=""):
        raise UsageError("Nobody can be asked: what is written to stderr is lost.", "Say --yes if you mean it.")
    return sys.stdin.readline().strip().lower() == wanted
