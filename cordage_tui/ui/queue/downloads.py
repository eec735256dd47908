"""List of downloads on the queue screen."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import tzinfo
from functools import partial
from typing import Final

from rich.cells import cell_len
from textual.content import Content
from textual.geometry import Size
from textual.message import Message

from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.base.fast_dataclass import dataclass, field
from cordage_tui.domain.download import Download, DownloadState, TransferProgress
from cordage_tui.domain.formatting import amount, clock_time, counted, format_duration_long
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.engine.engine import Engine
from cordage_tui.ui.external.clipboard import Clipboard
from cordage_tui.ui.external.opener import ExternalOpener
from cordage_tui.ui.keys.action import ActionNode, bindings_of
from cordage_tui.ui.keys.moves import picking_actions
from cordage_tui.ui.screen_base import EngineScreen, LastGoodReads
from cordage_tui.ui.widgets.line_view import ListView
from cordage_tui.ui.widgets.tables import drawn_lazily
from cordage_tui.ui.widgets.text import coloured_bar, fit, literal, short_path, with_place

# Actions on a download.

_DONE: Final = one_line("Already done; its file is kept.")


class DownloadQueueActions:
    """Actions on the downloads of a queue screen."""

    def __init__(self, host: EngineScreen[None], clipboard: Clipboard) -> None:
        self._host = host
        self._downloads = host.engine.downloads
        self._clipboard = clipboard

    def drop(self, download: Download) -> None:
        """Drop a download, and delete its partial file."""
        self._toast_unless(partial(self._downloads.drop, download.id), _DONE)

    def retry(self, download: Download) -> None:
        """Retry a download now. It continues where it stopped."""
        self._toast_unless(partial(self._downloads.retry, download.id), one_line("Already downloading."))

    def retry_failed(self) -> None:
        """Retry all failed downloads."""
        with self._host.report_errors():
            count = self._downloads.retry_failed()
            self._host.toast(one_line(f"Retrying {counted(count, 'download')}."))

    def open(self, download: Download) -> None:
        """Open the file of a download in the system's viewer."""
        if download.path is not None:
            ExternalOpener(self._host.app, self._host.engine, self._clipboard).file(download.path)

    def open_or_retry(self, download: Download) -> None:
        """Open a finished download, or retry a failed one."""
        if download.state is DownloadState.DONE:
            self.open(download)
        elif can_retry(download):
            self.retry(download)

    def _toast_unless(self, action: Callable[[], bool], message: SafeText) -> None:
        with self._host.report_errors():
            if not action():
                self._host.toast(message)


def can_retry(download: Download | None) -> bool:
    """Return whether a download has failed or waits for a retry."""
    if download is None:
        return False
    waits_for_retry = download.state is DownloadState.WAITING and download.error is not None
    return waits_for_retry or download.state is DownloadState.FAILED


# Lines of the downloads. Pure functions.

BAR: Final = 8
"""Cells of the progress bar."""
SIGNS: Final = {
    DownloadState.WAITING: ("◌", "$quiet"),
    DownloadState.LOADING: ("↓", "$run-active"),
    DownloadState.DONE: ("✔", "$run-done"),
    DownloadState.FAILED: ("✖", "$run-bad"),
    DownloadState.DROPPED: ("⊝", "$run-past"),
}
"""Sign and colour of each state. The state's word is next to the sign if there is room."""
_STATE_FROM: Final = 40
"""Least cells of the panel for the state's word."""
_WEBHOOK: Final = ((76, 10), (90, 14))
"""Widths of the webhook's name: (least cells of the panel, cells of the name)."""


@dataclass(frozen=True, slots=True)
class RunLabel:
    """Names of a download's run."""

    webhook: SafeText
    prompt: SafeText


@dataclass(frozen=True, slots=True)
class DownloadRowContext:
    """Values that a row needs besides its download."""

    now: float = 0.0
    """Epoch seconds."""
    about: Mapping[RowId, RunLabel] = field(default_factory=dict)
    progress: Callable[[int], TransferProgress | None] = lambda download: None
    """Returns the progress by download id; None: another process runs the download, or none does."""
    zone: tzinfo | None = None
    """Time zone of shown times; None: this machine's."""


def row_line(download: Download, context: DownloadRowContext, width: int, cursor: bool) -> Content:
    """Render a row in `width` cells: `▌↓ loading Sunset a fox on a hill · 2 ▰▰▰▱▱▱▱▱ 1.2/2.0 MB 640 KB/s 2s`."""
    sign, colour = SIGNS[download.state]
    parts = [
        literal(SafeText("▌"), ".line--bar") if cursor else literal(SafeText(" ")),
        literal(SafeText(f"{sign} "), colour),
    ]
    if width >= _STATE_FROM:
        parts.append(literal(SafeText(f"{download.state.value:<9}"), colour))
    label = context.about.get(download.row, RunLabel(SafeText(""), SafeText("")))
    if cells := next((cells for start, cells in reversed(_WEBHOOK) if width >= start), 0):
        parts.append(literal(SafeText(fit(label.webhook, cells) + "  "), "$quiet"))
    room = width - sum(part.cell_length for part in parts)
    share = _progress_cells(download, label, room)
    progress = progress_text(download, context, share)
    parts.append(literal(SafeText(f"{_name(label, download.number, room - share - 2)}  ")))
    return Content.assemble(*parts, " " * (share - progress.cell_length), progress).truncate(max(0, width)).rstrip()


def _progress_cells(download: Download, label: RunLabel, room: int) -> int:
    """Return the cells for the progress: half of the room.

    For a finished download it shows the path. Then it is the file's name, up to half, or the room that the prompt leaves.
    """
    half = max(4, room // 2)
    if download.state is not DownloadState.DONE or download.path is None:
        return half
    prompt = cell_len(f"{label.prompt or 'output'} · {download.number}")
    return max(min(half, cell_len(download.path.name) + 2), room - prompt - 2)


def _name(label: RunLabel, number: int, cells: int) -> str:
    """Fit `a fox on a hill · 2` into some cells. The number is always whole."""
    end = f" · {number}"
    return fit(
        fit(label.prompt or "output", min(cell_len(label.prompt or "output"), cells - len(end))) + end, max(0, cells)
    )


def progress_text(download: Download, context: DownloadRowContext, cells: int) -> Content:
    """Render the progress in at most `cells` cells, in the longest form that fits."""
    match download.state:
        case DownloadState.LOADING:
            return _first(_loading(download, context.progress(download.id)), cells)
        case DownloadState.WAITING:
            return _first(_waiting(download, context), cells)
        case DownloadState.DONE if download.path is not None:
            return literal(_end_of(short_path(download.path), cells), "$quiet")
        case DownloadState.FAILED:
            return literal(SafeText(fit(download.error or "unknown reason", cells).rstrip()), "$run-bad")
    return Content("")


def _loading(download: Download, progress: TransferProgress | None) -> list[Content]:
    """Return the forms of a transfer, longest first: from bar, figures, speed and time left down to only the percentage."""
    share = min(1.0, download.got / download.size) if download.size else None
    bar = Content("") if share is None else coloured_bar(share, BAR, "$run-active")
    amounts = literal(one_line(_amounts(download)))
    speed = literal(one_line(f"{amount(int(progress.bytes_per_s))}/s" if progress else ""), "$quiet")
    left_s = progress.left_s if progress else None
    time_left = literal(format_duration_long(math.ceil(left_s)) if left_s is not None else SafeText(""))
    short = amounts if share is None else literal(SafeText(f"{math.floor(100 * share)}%"))
    forms = [(bar, amounts, speed, time_left), (bar, amounts, time_left), (bar, amounts), (amounts,), (short,)]
    return [Content("  ").join([part for part in form if part]) for form in forms]


def _amounts(download: Download) -> str:
    """Format `1.2/2.0 MB`. If both have the same unit, it is written once."""
    if not download.size:
        return amount(download.got)
    loaded, size = amount(download.got), amount(download.size)
    figure, unit = loaded.rsplit(" ", 1)
    return f"{figure if size.endswith(f' {unit}') else loaded}/{size}"


def _waiting(download: Download, context: DownloadRowContext) -> list[Content]:
    """Return the forms of a failed attempt that will be retried, longest first; empty without an error."""
    if download.error is None:
        return [Content("")]
    is_later = download.not_before is not None and download.not_before > context.now
    retry = (
        f"retry at {clock_time(download.not_before or 0.0, context.now, context.zone)}" if is_later else "retrying soon"
    )
    return [literal(one_line(f"{retry}: {download.error}"), "$run-wait"), literal(one_line(retry), "$run-wait")]


def _first(forms: list[Content], cells: int) -> Content:
    """Return the first form that fits. If none fits, cut the last one."""
    fitting = (form for form in forms if form.cell_length <= cells)
    return next(fitting, forms[-1].truncate(max(0, cells), ellipsis=True))


def _end_of(text: SafeText, cells: int) -> SafeText:
    """Return the end of a path, which differs from file to file: `…/2026-11-25/550e8400-1.png`."""
    if len(text) <= cells:
        return text
    tail = text[len(text) - max(0, cells - 1) :]
    cut = tail.find("/")
    return SafeText(fit("…" + (tail[cut:] if cut > 0 else tail), cells).rstrip())


def title(counts: Mapping[DownloadState, int]) -> SafeText:
    """Format the title: `Downloads · 2 loading · 31 waiting`."""
    shown_states = (DownloadState.LOADING, DownloadState.WAITING)
    return one_line(" · ".join(["Downloads", *(f"{counts[s]:,} {s.value}" for s in shown_states if counts.get(s))]))


def subtitle(counts: Mapping[DownloadState, int], selected: Download | None) -> Content:
    """Format the subtitle: the selected download's error or file, else the number of failed downloads."""
    if selected is not None and selected.error is not None and selected.state is not DownloadState.DONE:
        return literal(selected.error, "$run-bad" if selected.state is DownloadState.FAILED else "$run-wait")
    if selected is not None and selected.path is not None:
        return literal(short_path(selected.path))
    failed = counts.get(DownloadState.FAILED, 0)
    return literal(one_line(f"{failed:,} failed" if failed else ""))


# Widget of the downloads. Its cursor stays on its download.


class DownloadsPanel(ActionNode, ListView):
    """List of downloads, one per line."""

    BINDING_GROUP_TITLE = "Downloads"
    ACTIONS = picking_actions("downloads", "download")
    BINDINGS = bindings_of(ACTIONS)

    class Highlighted(Message):
        """Selection changed: another download is under the cursor, or that download has changed."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, DownloadsPanel.Highlighted)

    def __init__(self) -> None:
        super().__init__()
        self._downloads: Sequence[Download] = ()
        self._row_context = DownloadRowContext()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the number of lines. Textual calls this if the stylesheet leaves the height to the content."""
        return max(1, self.count)

    @property
    def selected(self) -> Download | None:
        """Download under the cursor; None: there is none."""
        return self._downloads[self.index] if self._downloads else None

    @property
    def count(self) -> int:
        return len(self._downloads)

    def show(self, downloads: Sequence[Download], context: DownloadRowContext) -> None:
        """Show these downloads. The cursor follows its download; if that is gone, it stays at the same place in the list."""
        before, count = self.selected, self.count
        index = next((i for i, d in enumerate(downloads) if before is not None and d.id == before.id), self.index)
        self._downloads, self._row_context = downloads, context
        self.index = max(0, min(index, len(downloads) - 1))
        if self.selected != before:
            self.post_message(self.Highlighted())
        if self.count != count:
            self.refresh(layout=True)
        self.redraw()

    def moved(self) -> None:
        self.post_message(self.Highlighted())
        self.redraw()

    def redraw(self) -> None:
        context, width, cursor = self._row_context, self.text_width, self.index
        lines = drawn_lazily(
            self._downloads, lambda download, index: row_line(download, context, width, index == cursor)
        )
        self.draw(lines, self.index if lines else None)


# Updates of the downloads panel.

MOST: Final = 200
"""Most lines for downloads under way. Settled downloads have as many."""


class DownloadsPresenter:
    """Updates the downloads panel from store and engine. The labels of runs are read only once."""

    def __init__(self, panel: DownloadsPanel, engine: Engine, reads: LastGoodReads, clock: Clock) -> None:
        self._panel = panel
        self._engine = engine
        self._read = reads.last_good
        self._clock = clock
        self._about: dict[RowId, RunLabel] = {}
        self._counts: Mapping[DownloadState, int] = {}
        self.loads = False
        """True if something is loading, so that the figures change each second."""
        self.failed = 0
        """Number of failed downloads."""

    def refresh_rows(self) -> int:
        """Read the downloads again. Return the number of lines."""
        counts = self._read(self._engine.store.downloads.counts, {}, self._engine.profile.stored_as)
        downloads = self._listed(sum(n for state, n in counts.items() if not state.is_settled))
        self.loads = DownloadState.LOADING in counts
        self.failed = counts.get(DownloadState.FAILED, 0)
        self._name(downloads)
        self._panel.set_titles(literal(title(counts)))
        self._panel.show(
            downloads, DownloadRowContext(self._clock.wall(), self._about, self._engine.downloads.progress)
        )
        self._counts = counts
        self.show_subtitle()
        return len(downloads)

    def show_subtitle(self) -> None:
        """Update the subtitle for the selected download."""
        text = subtitle(self._counts, self._panel.selected)
        self._panel.set_titles(subtitle=with_place(text, self._panel.index, self._panel.count))

    def _listed(self, under_way: int) -> list[Download]:
        """Read the first downloads under way, and the first settled ones. The title counts all of them."""
        if under_way <= MOST:
            return self._read(self._engine.downloads.open, [], 0, 2 * MOST)
        first = self._read(self._engine.downloads.open, [], 0, MOST)
        return first + self._read(self._engine.downloads.open, [], under_way, MOST)

    def _name(self, downloads: Iterable[Download]) -> None:
        unknown = {download.row for download in downloads} - self._about.keys()
        label: Callable[[str], str] = self._engine.profile.label
        for row in self._read(self._engine.store.rows.many, [], tuple(unknown)) if unknown else ():
            self._about[row.id] = RunLabel(one_line(label(row.webhook_key)), _known_by(row.prompt, row.short_id))


def _known_by(prompt: SafeText, short_id: str) -> SafeText:
    return prompt or one_line(f"run {short_id}")
