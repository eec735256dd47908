"""Kinds of records in a process's log, and the values that they may have."""

from enum import Enum, StrEnum
from typing import TypeAlias

RecordValue: TypeAlias = int | float | Enum | type | tuple[int, ...] | None
"""Number, member of an enumeration of ours, type of an error or an event, or version."""


class LogDetail(StrEnum):
    """Detail of a log, as `CORDAGE_LOG` names it. Without it a process writes from its first call or change on, and the records of `INFO` only."""

    INFO = "info"
    """From the beginning of the process."""
    DEBUG = "debug"
    """And each commit, each event, and warnings of libraries."""


class RecordKind(StrEnum):
    """Kinds of records. The page contributing.md describes each."""

    BEGIN = "begin"
    END = "end"
    BUG = "bug"
    SIZE = "size"
    PROFILE = "profile"
    CALL = "call"
    WAIT = "wait"
    ROW = "row"
    ROWS = "rows"
    QUEUE = "queue"
    ROLE = "role"
    HEALTH = "health"
    FETCH = "fetch"
    RESUMED = "resumed"
    COMMIT = "commit"
    EVENT = "event"
    LIBRARY = "library"


class ProcessKind(StrEnum):
    """Kinds of processes that are not a command."""

    APP = "app"
    LINEAR = "linear"
    WORKER = "worker"


class TerminalName(StrEnum):
    """Terminals that a record names, by the values of TERM and TERM_PROGRAM."""

    XTERM = "xterm"
    XTERM_256 = "xterm-256color"
    KITTY = "xterm-kitty"
    GHOSTTY = "xterm-ghostty"
    FOOT = "foot"
    ALACRITTY = "alacritty"
    TMUX = "tmux-256color"
    SCREEN = "screen"
    SCREEN_256 = "screen-256color"
    CONSOLE = "linux"
    DUMB = "dumb"
    APPLE = "Apple_Terminal"
    ITERM = "iTerm.app"
    WEZTERM = "WezTerm"
    VS_CODE = "vscode"
    OTHER = "other"
