"""Downloads of outputs that a screen requests, and their summary."""

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
from cordage_tui.domain.safe_text import SafeText, one_line, safe
from cordage_tui.engine.downloads.destination import InvalidDestination
from cordage_tui.store.errors import StoreError
from cordage_tui.ui.external.clipboard import Clipboard
from cordage_tui.ui.external.opener import ExternalOpener
from cordage_tui.ui.keys.footer import Footer, main_key
from cordage_tui.ui.screen_base import EngineScreen
from cordage_tui.ui.widgets.text import literal, short_path

# Summary of the downloads that were requested here.

DOWNLOADS_AT_ONCE: Final = 200
"""Most downloads that are read together."""


class DownloadSummary:
    """Summary of the downloads that a screen has requested. It is shown once, when all of them have ended."""

    def __init__(self) -> None:
        self._awaited: set[int] = set()
        self._done: list[Path] = []
        self._failed: list[SafeText] = []

    @property
    def next(self) -> list[int]:
        """Ids of the downloads that will end first, because they run in order. Only these are read."""
        return nsmallest(DOWNLOADS_AT_ONCE, self._awaited)

    def add(self, ids: Iterable[int]) -> None:
        """Wait for these downloads as well."""
        self._awaited |= {*ids}

    def update(self, some: Callable[[list[int]], Iterable[Download]]) -> tuple[SafeText, bool] | None:
        """Read the awaited downloads through `some`. Return the summary, and whether a download failed.

        None: some are still awaited, or there is nothing to report.
        """
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
        summary = ended_words(self._done, self._failed), bool(self._failed)
        self._done, self._failed = [], []
        return summary


def combine(results: Sequence[EnqueueResult]) -> EnqueueResult:
    """Combine the results of several calls of `enqueue`."""
    return EnqueueResult(
        new=sum(result.new for result in results),
        there=tuple(path for result in results for path in result.there),
        ids=tuple(download for result in results for download in result.ids),
    )


def begun_words(result: EnqueueResult, key: SafeText) -> SafeText:
    """Format `Downloading 3 files; 1 already downloaded · w`. `key` opens the downloads; empty: no key does."""
    downloaded, waiting = len(result.there), len(result.ids) - result.new
    if not result.ids:
        return one_line(
            f"{downloaded:,} already downloaded: {short_path(_common(result.there))}"
            if downloaded
            else "There is nothing to download."
        )
    parts = [f"downloading {counted(result.new, 'file')}"] if result.new else []
    parts += [f"{waiting:,} already downloading"] if waiting else []
    parts += [f"{downloaded:,} already downloaded"] if downloaded else []
    text = "; ".join(parts)
    return one_line(text[0].upper() + text[1:] + (f" · {key}" if key else ""))


def ended_words(done: Sequence[Path], failed: Sequence[SafeText]) -> SafeText:
    """Format `3 downloads done · ~/Downloads/cordage/Sunset`, or the first error."""
    folder = f" · {short_path(_common(done))}" if done else ""
    if not failed:
        return one_line(f"{counted(len(done), 'download')} done{folder}")
    failures = f"{counted(len(failed), 'download')} failed: {failed[0]}"
    return one_line(f"{len(done):,} done, {failures}" if done else failures)


def _common(paths: Sequence[Path]) -> Path:
    """Return the only file, or the folder that contains all files."""
    return paths[0] if len(paths) == 1 else Path(os.path.commonpath([path.parent for path in paths]))


# Actions on outputs.

UNASKED: Final = 20
"""Most outputs that are downloaded without a question."""
OUTPUTS_AT_ONCE: Final = 250
"""Outputs that are enqueued at once, which takes at most one frame."""


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
        """Download all outputs of these runs. If they are many, ask first."""
        with self._host.report_errors():
            outputs = self._host.store.run_lookup.output_refs(rows)
            if not rows:
                self._host.toast(one_line("No run is selected."))
            elif not outputs:
                message = "This run has no outputs." if len(rows) == 1 else "These runs have no outputs."
                self._host.toast(one_line(message))
            else:
                runs = len({output.row for output in outputs})
                self.offer(outputs, one_line(f"All outputs of {f'{runs:,} runs' if runs > 1 else 'one run'}."))

    def offer(self, outputs: Sequence[OutputRef], which: SafeText) -> None:
        """Download these outputs. If they are more than `UNASKED`, ask first. `which` says which outputs they are."""
        if len(outputs) <= UNASKED:
            self.enqueue_outputs(outputs)
            return
        lines = [literal(which), literal(one_line("Files already downloaded are skipped."), "$quiet")]
        title, enqueue = one_line(f"Download {len(outputs):,} outputs?"), partial(self.enqueue_outputs, outputs)
        self._host.confirm(title, lines, one_line("Download"), enqueue)

    def enqueue_outputs(self, outputs: Sequence[OutputRef]) -> None:
        """Enqueue downloads without a question. If they are many, enqueue them in parts, so that no key waits."""
        self._host.run_worker(self._enqueue(outputs), group="downloads", exclusive=False)

    async def _enqueue(self, outputs: Sequence[OutputRef]) -> None:
        results: list[EnqueueResult] = []
        try:
            for start in range(0, len(outputs), OUTPUTS_AT_ONCE):
                results.append(self._engine.downloads.enqueue(outputs[start : start + OUTPUTS_AT_ONCE]))
                await asyncio.sleep(0)
        except (StoreError, InvalidDestination) as error:
            self._host.toast(error.what, error=True)
        if not results:
            return
        result = combine(results)
        self._summary.add(result.ids)
        message = begun_words(result, main_key(self._host, "app.queue"))
        if result.ids:
            self._host.query_one(Footer).show_message(SafeText(""), message)
        else:
            self._host.toast(message)
        self.report_finished()  # the first download may have ended before the last one was enqueued

    def report_finished(self) -> None:
        """Show the summary, if all downloads that were requested here have ended."""
        with suppress(StoreError):  # the next event tries again
            if (summary := self._summary.update(self._host.store.downloads.some)) is not None:
                message, has_failed = summary
                self._host.toast(message, error=has_failed)
