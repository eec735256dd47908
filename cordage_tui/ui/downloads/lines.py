"""The lines of the downloads: from how one goes to what stands on its line. Pure functions."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import tzinfo
from typing import Final

from rich.cells import cell_len
from textual.content import Content

from cordage_tui.domain.download import Download, DownloadState, TransferProgress
from cordage_tui.domain.fast_dataclass import dataclass, field
from cordage_tui.domain.formatting import amount, clock_time, format_duration_long
from cordage_tui.domain.run import RowId
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.ui.homely import short_path
from cordage_tui.ui.ink import literal
from cordage_tui.ui.picking_view import LazyLines
from cordage_tui.ui.runs.formats import fit

BAR: Final = 8
"""Cells of the bar."""
SIGNS: Final = {
    DownloadState.WAITING: ("◌", "$quiet"),
    DownloadState.LOADING: ("↓", "$run-active"),
    DownloadState.DONE: ("✔", "$run-done"),
    DownloadState.FAILED: ("✖", "$run-bad"),
    DownloadState.DROPPED: ("⊝", "$run-past"),
}
"""Each state has a sign of its own and a colour; its word stands beside it where there is room."""
_STATE_FROM: Final = 40
"""Cells of the panel from which the word is there."""
_WEBHOOK: Final = ((76, 10), (100, 14))
"""(from this many cells on, cells of the webhook's name)."""


@dataclass(frozen=True, slots=True)
class RunLabel:
    """What people know the run of a download by."""

    webhook: SafeText
    prompt: SafeText


@dataclass(frozen=True, slots=True)
class DownloadRowContext:
    """What a line needs to know beside its own download."""

    now: float = 0.0
    """Epoch seconds."""
    about: Mapping[RowId, RunLabel] = field(default_factory=dict)
    progress: Callable[[int], TransferProgress | None] = lambda download: None
    """How one goes, by its id; None: another process carries it out, or nobody."""
    zone: tzinfo | None = None
    """Time zone of shown times; None: this machine's."""


def row_line(download: Download, scene: DownloadRowContext, width: int, cursor: bool) -> Content:
    """`▌↓ loading  Sunset    a fox on a hill · 2   ▰▰▰▱▱▱▱▱  1.2/2.0 MB  640 KB/s  2s` in `width` cells."""
    sign, colour = SIGNS[download.state]
    parts = [
        literal(SafeText("▌"), ".line--bar") if cursor else literal(SafeText(" ")),
        literal(SafeText(f"{sign} "), colour),
    ]
    if width >= _STATE_FROM:
        parts.append(literal(SafeText(f"{download.state.value:<9}"), colour))
    about = scene.about.get(download.row, RunLabel(SafeText(""), SafeText("")))
    if cells := next((cells for start, cells in reversed(_WEBHOOK) if width >= start), 0):
        parts.append(literal(SafeText(fit(about.webhook, cells) + "  "), "$quiet"))
    room = width - sum(part.cell_length for part in parts)
    share = max(4, room // 2)
    said = how(download, scene, share)
    parts.append(literal(SafeText(f"{_name(about, download.number, room - share - 2)}  ")))
    return Content.assemble(*parts, " " * (share - said.cell_length), said).truncate(max(0, width)).rstrip()


def _name(about: RunLabel, number: int, cells: int) -> str:
    """`a fox on a hill · 2`, the number always whole."""
    end = f" · {number}"
    return fit(
        fit(about.prompt or "output", min(cell_len(about.prompt or "output"), cells - len(end))) + end, max(0, cells)
    )


def download_lines(downloads: Sequence[Download], scene: DownloadRowContext, width: int, cursor: int) -> LazyLines:
    """All lines of the panel."""

    def drawn(first: int, end: int) -> Iterator[Content]:
        for index, download in enumerate(downloads[first:end], first):
            yield row_line(download, scene, width, index == cursor)

    return LazyLines(len(downloads), drawn)


def how(download: Download, scene: DownloadRowContext, cells: int) -> Content:
    """How it goes, in at most `cells`: the longest of its forms that fits."""
    match download.state:
        case DownloadState.LOADING:
            return _first(_loading(download, scene.progress(download.id)), cells)
        case DownloadState.WAITING:
            return _first(_waiting(download, scene), cells)
        case DownloadState.DONE if download.path is not None:
            return literal(_end_of(short_path(download.path), cells), "$quiet")
        case DownloadState.FAILED:
            return literal(SafeText(fit(download.error or "nobody knows why", cells).rstrip()), "$run-bad")
    return Content("")


def _loading(download: Download, progress: TransferProgress | None) -> list[Content]:
    """From bar, figures, speed and time left to the share alone."""
    share = min(1.0, download.got / download.size) if download.size else None
    bar = Content("") if share is None else _bar(share)
    amounts = literal(one_line(_amounts(download)))
    speed = literal(one_line(f"{amount(int(progress.bytes_per_s))}/s" if progress else ""), "$quiet")
    left = progress.left_s if progress else None
    time_left = literal(format_duration_long(math.ceil(left)) if left is not None else SafeText(""))
    short = amounts if share is None else literal(SafeText(f"{math.floor(100 * share)}%"))
    forms = [(bar, amounts, speed, time_left), (bar, amounts, time_left), (bar, amounts), (amounts,), (short,)]
    return [Content("  ").join([part for part in form if part]) for form in forms]


def _amounts(download: Download) -> str:
    """`1.2/2.0 MB`: the unit is said once where it is the same."""
    if not download.size:
        return amount(download.got)
    got, size = amount(download.got), amount(download.size)
    figure, unit = got.rsplit(" ", 1)
    return f"{figure if size.endswith(f' {unit}') else got}/{size}"


def _bar(share: float) -> Content:
    filled = min(BAR, math.floor(BAR * share))
    return Content.assemble(
        literal(SafeText("▰" * filled), "$run-active"), literal(SafeText("▱" * (BAR - filled)), "$edge")
    )


def _waiting(download: Download, scene: DownloadRowContext) -> list[Content]:
    """Why it waits, if it was tried; empty when it just waits its turn."""
    if download.error is None:
        return [Content("")]
    later = download.not_before is not None and download.not_before > scene.now
    at = f"again at {clock_time(download.not_before or 0.0, scene.now, scene.zone)}" if later else "again soon"
    return [literal(one_line(f"{at}: {download.error}"), "$run-wait"), literal(one_line(at), "$run-wait")]


def _first(forms: list[Content], cells: int) -> Content:
    """The first that fits; the last one is cut."""
    fitting = (form for form in forms if form.cell_length <= cells)
    return next(fitting, forms[-1].truncate(max(0, cells), ellipsis=True))


def _end_of(text: SafeText, cells: int) -> SafeText:
    """The end of a path, which tells files apart: `…/2026-11-25/550e8400-1.png`."""
    if len(text) <= cells:
        return text
    tail = text[len(text) - max(0, cells - 1) :]
    cut = tail.find("/")
    return SafeText(fit("…" + (tail[cut:] if cut > 0 else tail), cells).rstrip())


def title(counts: Mapping[DownloadState, int]) -> SafeText:
    """`Downloads · 2 loading · 31 waiting`."""
    told = (DownloadState.LOADING, DownloadState.WAITING)
    return one_line(" · ".join(["Downloads", *(f"{counts[s]:,} {s.value}" for s in told if counts.get(s))]))


def subtitle(counts: Mapping[DownloadState, int], selected: Download | None) -> Content:
    """What the selected line has no room for: why it failed, or where its file is; else how many have failed."""
    if selected is not None and selected.error is not None and selected.state is not DownloadState.DONE:
        return literal(selected.error, "$run-bad" if selected.state is DownloadState.FAILED else "$run-wait")
    if selected is not None and selected.path is not None:
        return literal(short_path(selected.path))
    failed = counts.get(DownloadState.FAILED, 0)
    return literal(one_line(f"{failed:,} failed" if failed else ""))
