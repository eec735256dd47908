"""Details of a webhook: its durations, its hours, and its shares with their intervals."""

from collections.abc import Callable, Sequence
from typing import Final

from textual.content import Content

from cordage_tui.domain.safe_text import SafeText
from cordage_tui.engine.history.webhook_statistics import (
    SPAN_TITLES,
    SPANS,
    WebhookStatistics,
    share_words,
    span_cells,
    strip,
)
from cordage_tui.ui.widgets.line_view import LineView
from cordage_tui.ui.widgets.text import literal

_DURATION: Final = 10
_WIDTHS: Final = (8, 8, 7, 8)
"""Cells of the four figures of a duration; `_DURATION` has the cells of its name."""
_GAP: Final = "   "
_LABEL: Final = 8
"""Cells of the label before a strip or a share."""


def details(stats: WebhookStatistics, width: int) -> list[Content]:
    """Draw the details of a webhook in five lines of at most `width` cells."""
    most = max(stats.hours, default=0)
    room = width - _DURATION - sum(_WIDTHS) - len(_GAP)
    active = f", {stats.active:,} active" if stats.active else ""
    right_column = [
        literal(SafeText("24 HOURS; SHARES OF 7 DAYS"), "$quiet"),
        _labelled("runs", strip(stats.hours, most), "$run-active", f" {stats.runs_day:,}", room),
        _labelled("failed", strip(stats.failures, most), "$run-bad", f" {sum(stats.failures):,}", room),
        _labelled("success", share_words(stats.success), "", active, room),
        _labelled("kept", share_words(stats.kept), "", "", room),
    ]
    heading = _row("DURATION", SPAN_TITLES, "$quiet")
    rows = [heading, *(_row(name.removeprefix("waiting "), span_cells(spans(stats)), "") for name, spans in SPANS)]
    lines = (Content.assemble(row, _GAP, right) for row, right in zip(rows, right_column, strict=True))
    return [line.truncate(width, ellipsis=True) for line in lines]


def _row(name: str, cells: Sequence[str], style: str) -> Content:
    figures = "".join(f"{cell:>{width}}" for cell, width in zip(cells, _WIDTHS, strict=True))
    return Content.assemble(literal(SafeText(f"{name:<{_DURATION}}"), "$quiet"), literal(SafeText(figures), style))


def _labelled(label: str, text: str, style: str, after: str, room: int) -> Content:
    """Draw a label and a text. `after` is left out if there is not enough room."""
    fits = _LABEL + len(text) + len(after) <= room
    return Content.assemble(
        literal(SafeText(f"{label:<{_LABEL}}"), "$quiet"),
        literal(SafeText(text), style),
        literal(SafeText(after if fits else "")),
    )


class DetailsPanel(LineView, can_focus=False):
    """Panel with the details of the selected webhook or error. It takes no keys."""

    def __init__(self) -> None:
        super().__init__()
        self._lines_in: Callable[[int], list[Content]] = lambda width: []

    def show(self, title: Content, lines_in: Callable[[int], list[Content]]) -> None:
        """Show a title and lines. `lines_in` draws the lines for a width in cells."""
        self.set_titles(title)
        self._lines_in = lines_in
        self.redraw()

    def redraw(self) -> None:
        if self.text_width:
            self.draw(self._lines_in(self.text_width))
