"""Downloads of outputs from a screen, and their summary."""

import asyncio
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from heapq import nsmallest
from pathlib import Path
from typing import Any, Final

from cordage_tui.domain.download import Download, DownloadState, EnqueueResult
from cordage_tui.domain.formatting import counted
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RowId
from cordage_tui.domain.text import SafeText, one_line, safe
from cordage_tui.engine.downloads.destination import InvalidDestination
from cordage_tui.store.errors import StoreError
from cordage_tui.ui.external.clipboard import Clipboard
from cordage_tui.ui.external.programs import ExternalOpener
from cordage_tui.ui.keys.footer import Footer, main_key
from cordage_tui.ui.screen_base import EngineScreen
from cordage_tui.ui.widgets.text import literal, short_path

# Summary of the downloads asked for here.

DOWNLOADS_AT_ONCE: Final = 200
"""Downloads that are read together."""


class DownloadSummary:
    """Summary of the downloads asked for on a screen, shown once when all of them have ended."""

    def __init__(self) -> None:
        self._awaited: set[int] = set()
        self._done: list[Path] = []
        self._failed: list[SafeText] = []

    @property
    def next(self) -> list[int]:
        """Ids of those that will end first, as they are downloaded in order: only these are read."""
        return nsmallest(DOWNLOADS_AT_ONCE, self._awaited)

    def add(self, ids: Iterable[int]) -> None:
        """Wait for these downloads too."""
        self._awaited |= {*ids}

    def update(self, some: Callable[[list[int]], Iterable[Download]]) -> tuple[SafeText, bool] | None:
        """Read the awaited downloads through `some`. Return the summary, and whether something went wrong; None while some
        are awaited, and where nothing was done."""
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
            self._failed.append(download.error or one_line("unknown reason"))

    def _ended(self) -> tuple[SafeText, bool] | None:
        if self._awaited or not (self._done or self._failed):
            return None
        words = ended_words(self._done, self._failed), bool(self._failed)
        self._done, self._failed = [], []
        return words


def combine(asked: Sequence[EnqueueResult]) -> EnqueueResult:
    """Combine the results of several calls of `enqueue`."""
    return EnqueueResult(
        new=sum(one.new for one in asked),
        there=tuple(path for one in asked for path in one.there),
        ids=tuple(download for one in asked for download in one.ids),
    )


def begun_words(asked: EnqueueResult, key: SafeText) -> SafeText:
    """`Downloading 3 files; 1 already downloaded · w`. `key` opens the downloads; empty: none does."""
    there, waiting = len(asked.there), len(asked.ids) - asked.new
    if not asked.ids:
        return one_line(
            f"{there:,} already downloaded: {short_path(_common(asked.there))}"
            if there
            else "There is nothing to download."
        )
    parts = [f"downloading {counted(asked.new, 'file')}"] if asked.new else []
    parts += [f"{waiting:,} already downloading"] if waiting else []
    parts += [f"{there:,} already downloaded"] if there else []
    said = "; ".join(parts)
    return one_line(said[0].upper() + said[1:] + (f" · {key}" if key else ""))


def ended_words(done: Sequence[Path], failed: Sequence[SafeText]) -> SafeText:
    """`3 downloads done · ~/Downloads/cordage/Sunset`, or what went wrong first."""
    where = f" · {short_path(_common(done))}" if done else ""
    if not failed:
        return one_line(f"{counted(len(done), 'download')} done{where}")
    said = f"{counted(len(failed), 'download')} failed: {failed[0]}"
    return one_line(f"{len(done):,} done, {said}" if done else said)


def _common(paths: Sequence[Path]) -> Path:
    """The file, or the folder that all of them are in."""
    return paths[0] if len(paths) == 1 else Path(os.path.commonpath([path.parent for path in paths]))


# Actions on outputs.

UNASKED: Final = 20
"""Outputs that are downloaded together without a question."""
OUTPUTS_AT_ONCE: Final = 250
"""Outputs that are enqueued in one go: a frame's worth."""


class DownloadActions:
    """Actions of a screen that download and open outputs."""

    def __init__(self, host: EngineScreen[Any], clipboard: Clipboard) -> None:
        self._host = host
        self._engine = host.engine
        self._clipboard = clipboard
        self._summary = DownloadSummary()

    def open_outside(self, output: OutputRef) -> None:
        """Open an output in the system's viewer."""
        ExternalOpener(self._host.app, self._engine, self._clipboard).output(output)

    def copy_url(self, output: OutputRef) -> None:
        """Copy the whole URL of an output."""
        self._clipboard.copy(safe(output.url, len(output.url)), one_line("URL"))

    def download_rows(self, rows: Sequence[RowId]) -> None:
        """Download all outputs of these runs; many are asked about first."""
        with self._host.report_errors():
            outputs = self._host.store.run_lookup.output_refs(rows)
            if not rows:
                self._host.toast(one_line("No run is selected."))
            elif not outputs:
                words = "This run has no outputs." if len(rows) == 1 else "These runs have no outputs."
                self._host.toast(one_line(words))
            else:
                runs = len({output.row for output in outputs})
                self.offer(outputs, one_line(f"All outputs of {f'{runs:,} runs' if runs > 1 else 'one run'}."))

    def offer(self, outputs: Sequence[OutputRef], which: SafeText) -> None:
        """Download these outputs; more than `UNASKED` only when the user says yes to `which` they are."""
        if len(outputs) <= UNASKED:
            self.enqueue_outputs(outputs)
            return
        lines = [literal(which), literal(one_line("Files already downloaded are skipped."), "$quiet")]
        title, enqueue = one_line(f"Download {len(outputs):,} outputs?"), partial(self.enqueue_outputs, outputs)
        self._host.confirm(title, lines, one_line("Download"), enqueue)

    def enqueue_outputs(self, outputs: Sequence[OutputRef]) -> None:
        """Enqueue downloads without a question; many of them bit by bit, so that no key waits."""
        self._host.run_worker(self._enqueue(outputs), group="downloads", exclusive=False)

    async def _enqueue(self, outputs: Sequence[OutputRef]) -> None:
        asked: list[EnqueueResult] = []
        try:
            for start in range(0, len(outputs), OUTPUTS_AT_ONCE):
                asked.append(self._engine.downloads.enqueue(outputs[start : start + OUTPUTS_AT_ONCE]))
                await asyncio.sleep(0)
        except (StoreError, InvalidDestination) as error:
            self._host.toast(error.what, error=True)
        if not asked:
            return
        result = combine(asked)
        self._summary.add(result.ids)
        words = begun_words(result, main_key(self._host, "app.queue"))
        if result.ids:
            self._host.query_one(Footer).show_message(SafeText(""), words)
        else:
            self._host.toast(words)
        self.report_finished()  # the first may have ended before the last was enqueued

    def report_finished(self) -> None:
        """Show the summary once the last download that was asked for here has ended."""
        with suppress(StoreError):  # the next event tries again
            if (ended := self._summary.update(self._host.store.downloads.some)) is not None:
                words, bad = ended
                self._host.toast(words, error=bad)
