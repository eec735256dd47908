"""Kinds of records in a process's log, and the values that they may have."""

from enum import Enum, StrEnum
from types import TracebackType
from typing import TypeAlias

RecordValue: TypeAlias = int | float | Enum | type | TracebackType | tuple[int, ...] | None
"""Number, member of an enumeration of ours, type of an error or an event, traceback, or version."""


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


class Library(StrEnum):
    """Libraries that a record names."""

    ANYIO = "anyio"
    ASYNCIO = "asyncio"
    HTTPCORE = "httpcore"
    HTTPX = "httpx"
    MCP = "mcp"
    TEXTUAL = "textual"
    OTHER = "other"
