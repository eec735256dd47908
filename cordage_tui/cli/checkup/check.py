"""One thing that was looked at."""

from enum import StrEnum
from typing import Final

from cordage_tui.cli.exit_codes import ExitCode
from cordage_tui.domain.fast_dataclass import dataclass

TMUX_VARIABLES: Final = ("PATH", "HOME", "TMUX", "TMUX_TMPDIR", "TMUX_PANE", "LANG", "LC_ALL")
"""What tmux is given to find its server. No more: the settings that name the variables with keys may not be readable."""


class CheckLevel(StrEnum):
    """How it is."""

    OK = "ok"
    NOTE = "note"
    """Works, and is worth knowing."""
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Check:
    """What was found; no part of it holds a secret."""

    name: str
    found: str
    state: CheckLevel = CheckLevel.OK
    cure: str = ""
    """What to do, where it is not ok."""
    code: ExitCode = ExitCode.USAGE
    """What `doctor` ends with where this is wrong."""
