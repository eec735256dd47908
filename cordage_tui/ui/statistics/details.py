"""Details of a webhook: its durations, its hours, and its shares with their intervals."""

from collections.abc import Sequence
from typing import Final

from textual.content import Content

from cordage_tui.domain.text import SafeText
from cordage_tui.engine.history.statistics import SPAN_TITLES, SPANS, WebhookStatistics, share_words, span_cells, strip
from cordage_tui.ui.widgets.line_view import LineView
from cordage_tui.ui.widgets.text import literal

_DURATION: Final = 10
_WIDTHS: Final = (8, 8, 7, 8)
"""Cells of the name of a duration, and of its figures."""
_GAP: Final = "   "
_LABEL: Final = 8
"""Cells of what stands before a strip or a share."""


def details(stats: WebhookStatistics) -> list[Content]:
    """Draw the details of a webhook, in five lines."""
    most = max(stats.hours, default=0)
    beside = [
        literal(SafeText("24 HOURS; SHARES OF 7 DAYS"), "$quiet"),
        _labelled("runs", strip(stats.hours, most), "$run-active", f" {stats.runs_day:,}"),
        _labelled("failed", strip(stats.failures, most), "$run-bad", f" {sum(stats.failures):,}"),
        _labelled("success", share_words(stats.success), "", f", {stats.active:,} active" if stats.active else ""),
        _labelled("kept", share_words(stats.kept), ""),
    ]
    heading = _row("DURATION", SPAN_TITLES, "$quiet")
    rows = [heading, *(_row(name, span_cells(spans(stats)), "") for name, spans in SPANS)]
    return [Content.assemble(row, _GAP, words) for row, words in zip(rows, beside, strict=True)]


def _row(name: str, cells: Sequence[str], style: str) -> Content:
    figures = "".join(f"{cell:>{width}}" for cell, width in zip(cells, _WIDTHS, strict=True))
    return Content.assemble(literal(SafeText(f"{name:<{_DURATION}}"), "$quiet"), literal(SafeText(figures), style))


def _labelled(label: str, words: str, style: str, after: str = "") -> Content:
    return Content.assemble(
        literal(SafeText(f"{label:<{_LABEL}}"), "$quiet"), literal(SafeText(words), style), literal(SafeText(after))
    )


class DetailsPanel(LineView):
    """Panel of the details of what is selected. It takes no keys."""

    def __init__(self) -> None:
        super().__init__()
        self._found: Sequence[Content] = ()

    def show(self, title: Content, lines: Sequence[Content]) -> None:
        """Show these lines."""
        self.set_titles(title)
        self._found = lines
        self.redraw()

    def redraw(self) -> None:
        if self.text_width:
            lines = [part for line in self._found for part in line.wrap(self.text_width)]
            self.draw([line.truncate(self.text_width, ellipsis=True) for line in lines])
