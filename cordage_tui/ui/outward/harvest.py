"""Downloads that were asked for here, until all of them have ended: then they are told of together, once."""

import os
from collections.abc import Callable, Iterable, Sequence
from heapq import nsmallest
from pathlib import Path
from typing import Final

from cordage_tui.domain.download import Download, DownloadState, EnqueueResult
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.ui.homely import short_path

DOWNLOADS_AT_ONCE: Final = 200
"""Downloads that are looked at together."""


class DownloadSummary:
    """Empty at first, and again when it has been told."""

    def __init__(self) -> None:
        self._awaited: set[int] = set()
        self._done: list[Path] = []
        self._failed: list[SafeText] = []

    @property
    def next(self) -> list[int]:
        """Ids of those that will end first, as they are downloaded in order: only these need to be looked at."""
        return nsmallest(DOWNLOADS_AT_ONCE, self._awaited)

    def begun(self, ids: Iterable[int]) -> None:
        """These were asked for."""
        self._awaited.update(ids)

    def update(self, some: Callable[[list[int]], Iterable[Download]]) -> tuple[SafeText, bool] | None:
        """Downloads have gone on; `some` tells how those with these ids stand. Returns what there is to tell, and whether
        something went wrong; None: not yet, or nothing."""
        while self._awaited:
            before = len(self._awaited)
            for download in some(self.next):
                self._count(download)
            if len(self._awaited) == before:
                break
        return self._ended()

    def _count(self, download: Download) -> None:
        if not download.state.is_settled or download.id not in self._awaited:
            return
        self._awaited.discard(download.id)
        if download.state is DownloadState.DONE and download.path is not None:
            self._done.append(download.path)
        elif download.state is DownloadState.FAILED:
            self._failed.append(download.error or one_line("nobody knows why"))

    def _ended(self) -> tuple[SafeText, bool] | None:
        if self._awaited or not (self._done or self._failed):
            return None
        words = ended_words(self._done, self._failed), bool(self._failed)
        self._done, self._failed = [], []
        return words


def combine(asked: Sequence[EnqueueResult]) -> EnqueueResult:
    """What several askings came to."""
    return EnqueueResult(
        new=sum(one.new for one in asked),
        there=tuple(path for one in asked for path in one.there),
        ids=tuple(download for one in asked for download in one.ids),
    )


def begun_words(asked: EnqueueResult, key: SafeText) -> SafeText:
    """`3 downloads begun, 1 is there already · w shows them`. `key` leads to them; empty: none does."""
    there, waiting = len(asked.there), len(asked.ids) - asked.new
    if not asked.ids:
        return one_line(
            f"{_already(there)}: {short_path(_common(asked.there))}" if there else "There is nothing to download."
        )
    parts = [f"{_downloads(asked.new)} begun"] if asked.new else []
    parts += [f"{waiting:,} {'was' if waiting == 1 else 'were'} begun before"] if waiting else []
    parts += [_already(there)] if there else []
    shows = "it" if len(asked.ids) == 1 else "them"
    return one_line(", ".join(parts) + (f" · {key} shows {shows}" if key else ""))


def ended_words(done: Sequence[Path], failed: Sequence[SafeText]) -> SafeText:
    """`3 downloads done · ~/Downloads/cordage/Sunset`, or what went wrong first."""
    where = f" · {short_path(_common(done))}" if done else ""
    if not failed:
        return one_line(f"{_downloads(len(done))} done{where}")
    said = f"{_downloads(len(failed))} failed: {failed[0]}"
    return one_line(f"{len(done):,} done, {said}" if done else said)


def _common(paths: Sequence[Path]) -> Path:
    """The file, or the folder that all of them are in."""
    return paths[0] if len(paths) == 1 else Path(os.path.commonpath([path.parent for path in paths]))


def _downloads(count: int) -> str:
    return "1 download" if count == 1 else f"{count:,} downloads"


def _already(count: int) -> str:
    return "1 is there already" if count == 1 else f"{count:,} are there already"
