"""Limits, collaborators and transfer rates shared by all downloads of one process."""

from collections.abc import Callable
from dataclasses import dataclass, field

from cordage_tui.api.files.client import FileClient
from cordage_tui.domain.download import TransferRate
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.polling.fetcher import RunFetcher, UrlRefresher


@dataclass(frozen=True, slots=True)
class DownloadLimits:
    """Limits of concurrency, retries and disk space."""

    at_once: int = 3
    tries: int = 10
    """Attempts in a row that gained nothing, after which the user is asked."""
    reserve: int = 64 << 20
    """Bytes that are left free on the disk."""
    unsized: int = 8 << 30
    """Bytes of a file whose server does not say how large it is, at most."""
    save_s: float = 1.0
    """Seconds between two syncs of a part, each written down in the database."""
    save_bytes: int = 4 << 20
    """Bytes after which a part is synced in any case."""


@dataclass(slots=True)
class DownloadContext:
    """Collaborators of all downloads of one process."""

    session: EngineContext
    reader: RunFetcher
    files: FileClient
    notify: Callable[[], None]
    """Called when there is progress to show."""
    limits: DownloadLimits = DownloadLimits()
    rates: dict[int, TransferRate] = field(default_factory=dict)
    """Rates of the running downloads, by download id."""
    urls: UrlRefresher = field(init=False)

    def __post_init__(self) -> None:
        self.urls = UrlRefresher(self.session, self.reader)
