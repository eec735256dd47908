"""A download as the queue panel shows it and as it survives a restart."""

from enum import StrEnum
from pathlib import Path

from cordage_tui.domain.run import RowId
from cordage_tui.domain.text import SafeText
from cordage_tui.domain.value import dataclass


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

    @property
    def is_settled(self) -> bool:
        """Whether it stays so unless the user says otherwise."""
        return self not in (DownloadState.WAITING, DownloadState.LOADING)


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


@dataclass(frozen=True, slots=True)
class DownloadJob:
    """A download as whoever carries it out needs it."""

    id: int
    row: RowId
    number: int
    key: str
    """`OutputRef.key` when it was asked for."""
    folder: Path
    """Absolute."""
    template: str
    part: str | None
    """Path below `folder` of what has been loaded so far; None: nothing has."""
    path: str | None
    """Path below `folder` that the whole file was about to get when a program died; None: it was not that far."""
    size: int | None
    got: int
    """Bytes of the part that are surely on disk."""
    validator: str | None
    """Strong ETag of what `part` is the beginning of; None: it cannot be gone on with."""
    sha256: str | None
    """Of the whole, in hexadecimal; None: it was not whole yet."""
    tries: int


@dataclass(frozen=True, slots=True)
class TransferProgress:
    """How a download goes that this process carries out."""

    bytes_per_s: float
    """Over the last seconds; 0: none came."""
    left_s: float | None
    """Seconds it will take at that speed; None: nobody can know."""


@dataclass(frozen=True, slots=True)
class EnqueueResult:
    """What asking for downloads came to."""

    new: int
    """Outputs that were put on the list, or put on it again."""
    there: tuple[Path, ...]
    """Files of outputs that had been downloaded to that folder before."""
    ids: tuple[int, ...]
    """All that were asked for and are on the list, whoever put them there; for `settled`."""
