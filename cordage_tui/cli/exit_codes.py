"""What the exit code tells a script (DESIGN.md section 4)."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of every command."""

    OK = 0
    USAGE = 2
    """Wrong use, or settings that cannot be used."""
    INTERRUPTED = 130
