"""Panel of the statistics: a line for each figure of each webhook."""

from collections.abc import Iterator, Sequence
from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.history.statistics import Figure, WebhookStatistics, figures, read_words
from cordage_tui.ui.keys.bindings import picking_keys
from cordage_tui.ui.keys.disabled import DisabledReason, ReasonedActions, not_here
from cordage_tui.ui.widgets.sectioned_list import SectionedListView
from cordage_tui.ui.widgets.text import literal, steady

WIDEST: Final = 128
"""Cells of a line at most: longer ones are hard to follow."""
_NAME: Final = 12
"""Cells of the column of names."""
_BEFORE_STRIP: Final = 12
"""Cells of the words before a strip."""

# Lines of the page. Pure functions.


@dataclass(frozen=True, slots=True)
class CountedRuns:
    """Runs that a figure counts."""

    webhook_key: str
    filter: str


@dataclass(frozen=True, slots=True)
class WebhookFailures:
    """Failures of a webhook, by their errors."""

    webhook_key: str
    error: SafeText | None = None
    """Pattern of the error to begin at; None: the first."""


@dataclass(frozen=True, slots=True)
class StatisticsLine:
    """Line of the page."""

    webhook_key: str
    title: SafeText = SafeText("")
    """Name of the webhook, above its figures; empty: the line has a figure, or is blank."""
    figure: Figure | None = None

    @property
    def is_blank(self) -> bool:
        return self.figure is None and not self.title

    @property
    def place(self) -> tuple[str, str]:
        """Webhook and figure by which the line is found again."""
        return self.webhook_key, self.figure.name if self.figure is not None else ""

    @property
    def counted(self) -> CountedRuns | None:
        """Runs that it counts; None: it counts none."""
        found = self.figure.counted if self.figure is not None else None
        return CountedRuns(self.webhook_key, found) if found is not None else None


def page_lines(found: Sequence[WebhookStatistics], profile: Profile) -> Iterator[StatisticsLine]:
    """Yield the lines of the page."""
    for index, stats in enumerate(found):
        if index:
            yield StatisticsLine(stats.webhook_key)
        age = read_words(stats)
        name = profile.label(stats.webhook_key)
        yield StatisticsLine(stats.webhook_key, one_line(name if age is None else f"{name} · {age}", 120))
        for figure in figures(stats):
            yield StatisticsLine(stats.webhook_key, figure=figure)


def drawn(line: StatisticsLine, width: int) -> Content:
    """Draw a line in at most `width` cells."""
    width = max(1, min(width, WIDEST))
    figure = line.figure
    if figure is None:
        if not line.title:
            return Content("")
        title = literal(SafeText(steady(line.title)), "bold").truncate(width, ellipsis=True)
        rule = SafeText("─" * max(0, width - title.cell_length - 1))
        return Content.assemble(title, " ", literal(rule, "$edge")).truncate(width)
    parts = [literal(SafeText(f"{figure.name:<{_NAME}}"), "$quiet")]
    if figure.strip:
        parts.append(literal(SafeText(f"{figure.words:<{_BEFORE_STRIP}}  ")))
        parts.append(literal(SafeText(figure.strip), "$run-bad" if figure.is_bad else "$run-active"))
    else:
        parts.append(literal(SafeText(steady(figure.words)), "$quiet" if figure.words.startswith("unknown") else ""))
    if figure.note is not None:
        parts.append(literal(SafeText(f" · {figure.note}"), "$run-wait"))
    return Content.assemble(*parts).truncate(width, ellipsis=True)


# Widget of the page.

_COUNTS_NONE: Final = not_here("This figure counts no runs that a filter could find.")


class StatisticsPanel(ReasonedActions, SectionedListView):
    """Panel of the statistics."""

    BINDING_GROUP_TITLE = "Statistics"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "show its runs", id="statistics.open", tooltip="Filter the runs to those that this figure counts"),
        Binding("!", "failures", "failures", id="statistics.failures", tooltip="Show the failures of this webhook by their errors"),
        *picking_keys("statistics", "figure"),
    ]  # fmt: skip

    class Opened(Message):
        """Show the runs that a figure counts."""

        def __init__(self, counted: CountedRuns) -> None:
            super().__init__()
            self.counted = counted

    class FailuresWanted(Message):
        """Show the failures of a webhook by their errors."""

        def __init__(self, of: WebhookFailures) -> None:
            super().__init__()
            self.of = of

    def __init__(self) -> None:
        super().__init__()
        self.border_title = Content("Statistics")
        self._rows: Sequence[StatisticsLine] = ()

    @property
    def count(self) -> int:
        return len(self._rows)

    def show(self, rows: Sequence[StatisticsLine]) -> None:
        """Show these lines; the cursor stays on its figure."""
        if rows == self._rows:
            return
        place = self._rows[self.index].place if self._rows else None
        self._rows = rows
        self._kept.clear()
        found = next((at for at, row in enumerate(rows) if row.place == place and not row.is_blank), None)
        self.index = min(1, len(rows) - 1) if found is None else found
        self.redraw()

    def redraw(self) -> None:
        if self.text_width:
            self.draw_lines()
            self.refresh_bindings()

    def draw_line(self, index: int, cursor: bool, width: int) -> Content:
        mark = literal(SafeText("▌" if cursor else " "), "$accent")
        return Content.assemble(mark, drawn(self._rows[index], width - 1))

    def moved(self) -> None:
        self.redraw()

    def takes_cursor(self, index: int) -> bool:
        return self._rows[index].figure is not None

    def disabled_reason(self, action: str, parameters: tuple[object, ...]) -> DisabledReason | None:
        if action == "open" and (not self._rows or self._rows[self.index].counted is None):
            return _COUNTS_NONE
        return super().disabled_reason(action, parameters)

    def action_open(self) -> None:
        counted = self._rows[self.index].counted if self._rows else None
        if counted is not None:
            self.post_message(self.Opened(counted))

    def action_failures(self) -> None:
        if self._rows:
            row = self._rows[self.index]
            error = row.figure.error if row.figure is not None else None
            self.post_message(self.FailuresWanted(WebhookFailures(row.webhook_key, error)))
