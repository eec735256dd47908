"""A download as the queue panel shows it and as it survives a restart."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cordage_tui.domain.run import RowId
from cordage_tui.domain.text import SafeText


class DownloadState(StrEnum):
    """Where a download stands. A program that dies leaves `loading` behind, which the next one goes on with."""

    WAITING = "waiting"
    """For its turn, or for the time to try again."""
    LOADING = "loading"
    DONE = "done"
    """The whole file is on disk under its final name."""
    FAILED = "failed"
    """It will not be tried again by itself."""
    DROPPED = "dropped"
    """The user took it off the list."""


@dataclass(frozen=True, slots=True)
class Download:
    """One output on its way to a file."""

    id: int
    row: RowId
    number: int
    """Which output of the run, from 1."""
    state: DownloadState
    path: Path | None
    """The file once it is whole; None before."""
    size: int | None
    """Bytes of the whole; None: not known yet."""
    got: int
    """Bytes of it on disk."""
    tries: int
    """How often it was tried in vain."""
    not_before: float | None
    """Epoch seconds until which it is not tried again; None: as soon as it is its turn."""
    error: SafeText | None
    """What went wrong last, in a sentence."""
