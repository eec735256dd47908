"""What the exit code tells a script (DESIGN.md section 4)."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of every command."""

    OK = 0
    FAILED = 1
    """A run that was waited for failed or was cancelled."""
    USAGE = 2
    """Wrong use, or settings that cannot be used."""
    TRY_AGAIN = 3
    """Network, limit, or another process in the way."""
    KEY_REFUSED = 4
    UNCERTAIN = 5
    """A trigger is uncertain: it may be running and may be charged."""
    INTERRUPTED = 130
