"""Actions of the main screen that download and open outputs."""

import asyncio
import os
from collections.abc import Callable, Iterable, Sequence
from heapq import nsmallest
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cordage_tui.domain.download import Download, DownloadState, EnqueueResult
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RowId, Status
from cordage_tui.domain.text import SafeText, one_line, safe
from cordage_tui.engine.engine import Engine
from cordage_tui.store.errors import StoreError
from cordage_tui.ui.app_base import toast
from cordage_tui.ui.external.clipboard import Clipboard
from cordage_tui.ui.keys.footer import main_key
from cordage_tui.ui.widgets.text import literal, short_path

if TYPE_CHECKING:
    from cordage_tui.ui.main.screen import MainScreen


# Downloads that were asked for here, until all of them have ended: then they are told of together, once.

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
            self._failed.append(download.error or one_line("unknown reason"))

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
    """`Downloading 3 files; 1 already downloaded · w`. `key` opens the downloads; empty: none does."""
    there, waiting = len(asked.there), len(asked.ids) - asked.new
    if not asked.ids:
        return one_line(
            f"{there:,} already downloaded: {short_path(_common(asked.there))}"
            if there
            else "There is nothing to download."
        )
    parts = [f"downloading {_files(asked.new)}"] if asked.new else []
    parts += [f"{waiting:,} already downloading"] if waiting else []
    parts += [f"{there:,} already downloaded"] if there else []
    said = "; ".join(parts)
    return one_line(said[0].upper() + said[1:] + (f" · {key}" if key else ""))


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


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count:,} files"


def _downloads(count: int) -> str:
    return "1 download" if count == 1 else f"{count:,} downloads"


# What the run screen does to have outputs outside: opens them, and brings them to the disk.

UNASKED: Final = 20
"""Outputs that are downloaded together without a question."""
OUTPUTS_AT_ONCE: Final = 250
"""Outputs that are asked for in one go: a frame's worth."""
MOST_RUNS: Final = 20_000
"""Runs whose outputs are looked for together."""


class DownloadActions:
    """Use-cases of one screen over the outputs of the rows that its keys act on."""

    def __init__(self, screen: "MainScreen", engine: Engine, clip: Clipboard) -> None:
        self._screen = screen
        self._engine = engine
        self._clip = clip
        self._harvest = DownloadSummary()

    def open(self) -> None:
        """This output, in the system's viewer."""
        if (output := self._this()) is not None:
            self.open_one(output)

    def open_one(self, output: OutputRef) -> None:
        """That output, in the system's viewer."""
        from cordage_tui.ui.external.programs import ExternalOpener

        ExternalOpener(self._screen.app, self._engine, self._clip).output(output)

    def copy_url(self, output: OutputRef) -> None:
        """That output's address, whole."""
        self._clip.copy(safe(output.url, len(output.url)), one_line("URL"))

    def download(self) -> None:
        """This output."""
        if (output := self._this()) is not None:
            self.enqueue_outputs([output])

    def download_all(self) -> None:
        """All outputs: of the marked runs, of the batch, of the run."""
        row, rows = self._screen.selected, self._screen.several
        self._download_of(rows or ((row.id,) if row is not None else ()))

    def download_shown(self) -> None:
        """All outputs of all runs that the table shows, in sight or not, and of batches that are folded."""
        kept, view = self._screen.shown.kept, self._screen.shown.view
        rows: dict[RowId, None] = {}
        for row, status in view.statuses(0, MOST_RUNS).items():
            rows.update(dict.fromkeys(kept.members(row) if status is Status.BATCH else (row,)))
        self._download_of(tuple(rows))

    def enqueue_outputs(self, outputs: Sequence[OutputRef]) -> None:
        """Puts these on the list of downloads, without a question; many of them bit by bit, so that no key waits."""
        self._screen.run_worker(self._take(outputs), group="downloads", exclusive=False)

    async def _take(self, outputs: Sequence[OutputRef]) -> None:
        from cordage_tui.engine.downloads.destination import InvalidDestination

        asked: list[EnqueueResult] = []
        try:
            for start in range(0, len(outputs), OUTPUTS_AT_ONCE):
                asked.append(self._engine.downloads.enqueue(outputs[start : start + OUTPUTS_AT_ONCE]))
                await asyncio.sleep(0)
        except (StoreError, InvalidDestination) as error:
            self._say(error.what, error=True)
        if not asked:
            return
        self._harvest.begun(download for some in asked for download in some.ids)
        self._say(begun_words(combine(asked), main_key(self._screen, "app.queue")))
        self.report_finished()  # the first may have ended before the last was asked for

    def report_finished(self) -> None:
        """Downloads have gone on: those asked for here are told of when the last one has ended."""
        try:
            ended = self._harvest.update(self._engine.store.downloads.some)
        except StoreError:  # the next look will tell
            return
        if ended is not None:
            words, bad = ended
            self._say(words, error=bad)

    def _this(self) -> OutputRef | None:
        """The output that keys act on; where there is none that is said."""
        output, row = self._screen.shown.output, self._screen.selected
        if output is None and self._screen.batch_line is not None:
            self._say(one_line("This is a batch: go to one of its runs, or download all of it."))
        elif output is None:
            self._say(one_line("This run has no outputs." if row else "No run is selected."))
        return output

    def _download_of(self, rows: Sequence[RowId]) -> None:
        try:
            outputs = self._engine.store.picked.output_refs(rows)
        except StoreError as error:
            self._say(error.what, error=True)
            return
        if not rows:
            self._say(one_line("No run is selected."))
        elif not outputs:
            self._say(one_line("This run has no outputs." if len(rows) == 1 else "These runs have no outputs."))
        else:
            runs = len({output.row for output in outputs})
            self.offer(outputs, one_line(f"All outputs of {f'{runs:,} runs' if runs > 1 else 'one run'}."))

    def offer(self, outputs: Sequence[OutputRef], which: SafeText) -> None:
        """Puts these on the list; many only when the user says yes, who is told `which` they are."""
        from cordage_tui.ui.dialogs.base import ConfirmDialog

        if len(outputs) <= UNASKED:
            self.enqueue_outputs(outputs)
            return
        lines = [literal(which), literal(one_line("Files already downloaded are skipped."), "$quiet")]
        dialog = ConfirmDialog(one_line(f"Download {len(outputs):,} outputs?"), lines, one_line("Download"))
        self._screen.app.push_screen(dialog, lambda yes: self.enqueue_outputs(outputs) if yes else None)

    def _say(self, words: SafeText, *, error: bool = False) -> None:
        toast(self._screen.app, words, error=error)
