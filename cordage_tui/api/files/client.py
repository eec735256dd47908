"""HTTP client for output files: no key, no cookie, no referer, and only URLs that `domain.urls` allows."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cordage_tui.api.errors import FileFetchError, UrlNotAllowed
from cordage_tui.api.request import FileTimeouts
from cordage_tui.domain.urls import OutputUrl, checked_link

if TYPE_CHECKING:
    from cordage_tui.api.files.connections import Resolver
    from cordage_tui.api.files.fetcher import FileFetcher
    from cordage_tui.api.files.response import FileStream

LARGEST: Final = 32 << 30
"""Largest file without a limit by the caller, in bytes."""
_AT_ONCE: Final = 32
"""Files that are fetched at a time."""


class FileClient:
    """Client for output files. httpx and httpcore are imported with the first file.

    Cancelling a reader closes its connection, which no other request shares (docs/dev/library-traps.md T1).
    """

    def __init__(
        self,
        *,
        loopback: bool,
        deadlines: FileTimeouts | None = None,
        network: "Resolver | None" = None,
        ca_file: Path | None = None,
    ) -> None:
        """Create a client.

        `loopback`: URLs may lead to this machine, like the API's base URL. `network` replaces the system's name
        resolution. `ca_file` holds extra trusted certificate authorities.
        """
        self._loopback = loopback
        self._deadlines = deadlines or FileTimeouts()
        self._network = network
        self._ca_file = ca_file
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._fetcher: FileFetcher | None = None
        self.on_ended: Callable[[float, Exception | None], None] = lambda seconds, error: None
        """Called with each fetch that has ended, and its error, to record it; must not raise."""

    @contextlib.asynccontextmanager
    async def open(
        self, url: str, *, offset: int = 0, validator: str | None = None, limit: int = LARGEST
    ) -> "AsyncIterator[FileStream]":
        """Open the file at `url`, from byte `offset` on if the server confirms the strong entity tag `validator`.

        Otherwise the whole file comes: see `FileStream.offset`. `limit` is the largest accepted size of the whole
        file in bytes. Raises FileFetchError, also while the file is read.
        """
        link, begun = self._checked(url), asyncio.get_running_loop().time()
        try:
            async with self._slots, self._opened().incoming(link, offset, validator, limit) as incoming:
                yield incoming
        except FileFetchError as error:
            self.on_ended(asyncio.get_running_loop().time() - begun, error)
            raise
        self.on_ended(asyncio.get_running_loop().time() - begun, None)

    async def aclose(self) -> None:
        """Close the idle connections, and the others when their file is complete; later calls make new ones."""
        fetcher, self._fetcher = self._fetcher, None
        if fetcher is not None:
            await fetcher.connections.aclose()

    def _checked(self, url: str) -> OutputUrl:
        try:
            return checked_link(url, loopback=self._loopback)
        except ValueError as wrong:
            problem = str(wrong)
        raise UrlNotAllowed(f"the URL of this output is not allowed: it {problem}")

    def _opened(self) -> "FileFetcher":
        from cordage_tui.api.files.fetcher import FileFetcher

        self._fetcher = self._fetcher or FileFetcher(self._deadlines, self._network, self._ca_file)
        return self._fetcher
