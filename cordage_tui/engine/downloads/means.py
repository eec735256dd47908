"""What it takes to carry a download out."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

from cordage_tui.api.files.response import FileStream
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.downloads.pace import TransferRate
from cordage_tui.engine.downloads.renewal import UrlRefresher
from cordage_tui.engine.reader import RunFetcher
from cordage_tui.engine.session import EngineContext


@dataclass(frozen=True, slots=True)
class DownloadLimits:
    """How much of everything."""

    at_once: int = 3
    tries: int = 10
    """In a row, in vain: then the user is asked. One that brought more of the file was not in vain."""
    reserve: int = 64 << 20
    """Bytes that are left free on the disk."""
    unsized: int = 8 << 30
    """Bytes of a file whose server does not say how large it is, at most."""
    save_s: float = 1.0
    """So often what has come is made to stay, and written down."""
    save_bytes: int = 4 << 20
    """Or after so many bytes."""


class FileSource(Protocol):
    """`api.files.client.StorageClient`."""

    def open(
        self, url: str, *, offset: int = 0, validator: str | None = None
    ) -> AbstractAsyncContextManager[FileStream]: ...


@dataclass(slots=True)
class DownloadContext:
    """Shared by all downloads of one process."""

    session: EngineContext
    reader: RunFetcher
    storage: FileSource
    opened: Callable[[], Profile]
    """The profile as it is now."""
    moved: Callable[[], None]
    """Called when there is something new to show."""
    bounds: DownloadLimits = DownloadLimits()
    paces: dict[int, TransferRate] = field(default_factory=dict)
    """Of what is being loaded, by download."""
    renewal: UrlRefresher = field(init=False)

    def __post_init__(self) -> None:
        self.renewal = UrlRefresher(self.session, self.reader)
