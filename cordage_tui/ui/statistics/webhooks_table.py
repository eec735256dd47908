"""Table of the webhooks with one row for each. It can be sorted by each column."""

from collections.abc import Sequence
from typing import Final

from textual.content import Content
from textual.message import Message

from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.history.webhook_statistics import COLUMNS, UNKNOWN, WebhookStatistics, strip
from cordage_tui.ui.keys.action import Action, ActionNode, bindings_of
from cordage_tui.ui.keys.disabled_reasons import DisabledReason
from cordage_tui.ui.keys.moves import picking_actions
from cordage_tui.ui.widgets.headed_list import HeadedListView, ListColumn
from cordage_tui.ui.widgets.text import centred, literal

_NAME: Final = "WEBHOOK"
_HOURS: Final = "LAST 24 HOURS"
_SPENT: Final = "SPENT"
_READ: Final = "READ"
_WIDTHS: Final = {
    "24H": ((0, 5),),
    "FAILED": ((0, 6), (66, 7)),
    "7D": ((72, 5), (90, 6)),
    "ACTIVE": ((90, 7),),
    "SUCCESS": ((50, 8),),
    "KEPT": ((90, 5),),
    "P50": ((50, 6), (90, 8)),
    "P90": ((66, 6), (90, 8)),
    "/MIN": ((104, 5),),
    _SPENT: ((104, 8),),
    _READ: ((0, 7),),
}
"""Widths of the columns by their headings."""
_ALL: Final = (
    ListColumn(_NAME, right=False),
    *(ListColumn(column.title, _WIDTHS[column.title]) for column in COLUMNS),
    ListColumn(_HOURS, ((140, 24),), right=False),
)
_SORTED: Final = (_NAME, *(column.title for column in COLUMNS))
"""Columns that the table can be sorted by."""
_VALUES: Final = {column.title: column.value for column in COLUMNS}
_NONE: Final = SafeText("This profile has no webhooks.")


def sorted_rows(
    rows: Sequence[WebhookStatistics], profile: Profile, by: str, *, descending: bool
) -> list[WebhookStatistics]:
    """Sort webhooks by the column with the heading `by`. Webhooks without a value are last in both orders."""
    by_name = sorted(rows, key=lambda stats: profile.label(stats.webhook_key).casefold())
    if by == _NAME:
        return by_name[::-1] if descending else by_name
    value_of = _VALUES[by]
    known = [(value, stats) for stats in by_name if (value := value_of(stats)) is not None]
    known.sort(key=lambda pair: pair[0], reverse=descending)
    return [*(stats for _, stats in known), *(stats for stats in by_name if value_of(stats) is None)]


class ShowWebhookRuns(Action["StatisticsPanel"]):
    """Filter the runs to those of this webhook in 7 days."""

    id, keys, word = "statistics.open", "enter", "show its runs"
    in_footer = True

    def reason(self, panel: "StatisticsPanel") -> DisabledReason | None:
        return None if panel.selected is not None else DisabledReason(_NONE)

    def run(self, panel: "StatisticsPanel") -> None:
        panel.open_line()


class GoToErrors(Action["StatisticsPanel"]):
    """Go to the errors of this webhook."""

    id, keys, word = "statistics.failures", "!,tab,shift+tab", "errors"
    in_footer = True

    def run(self, panel: "StatisticsPanel") -> None:
        panel.screen.focus_next()


class SortWebhooks(Action["StatisticsPanel"]):
    """Sort by the next column."""

    id, keys, word = "statistics.sort", "s", "sort"
    in_footer = True

    def run(self, panel: "StatisticsPanel") -> None:
        panel.sort_by_next_column()


class ReverseWebhooks(Action["StatisticsPanel"]):
    """Reverse sort order."""

    id, keys, word = "statistics.sort_reverse", "S", "reverse"
    in_footer = True

    def run(self, panel: "StatisticsPanel") -> None:
        panel.reverse()


class StatisticsPanel(ActionNode, HeadedListView):
    """Table of the webhooks."""

    BINDING_GROUP_TITLE = "Webhooks"
    ACTIONS = (
        ShowWebhookRuns(),
        GoToErrors(),
        SortWebhooks(),
        ReverseWebhooks(),
        *picking_actions("statistics", "webhook"),
    )
    BINDINGS = bindings_of(ACTIONS)

    class Selected(Message):
        """Show the details of a webhook."""

        def __init__(self, stats: WebhookStatistics) -> None:
            super().__init__()
            self.stats = stats

    class Opened(Message):
        """Show the runs of a webhook."""

        def __init__(self, webhook_key: str) -> None:
            super().__init__()
            self.webhook_key = webhook_key

    def __init__(self, profile: Profile) -> None:
        super().__init__()
        self._profile = profile
        self._rows: Sequence[WebhookStatistics] = ()
        self._is_read = False
        self._by = _NAME
        self._descending = False

    @property
    def count(self) -> int:
        return len(self._rows)

    @property
    def selected(self) -> WebhookStatistics | None:
        """Webhook under the cursor; None: there is none."""
        return self._rows[self.index] if self._rows else None

    def show(self, rows: Sequence[WebhookStatistics]) -> None:
        """Show these webhooks. The cursor stays on its webhook."""
        is_priced = any(stats.spent is not None for stats in rows)
        self._is_read = True
        self.columns = [column for column in _ALL if column.title != _SPENT or is_priced]
        self._sort(rows)

    def select(self, webhook_key: str) -> None:
        """Put the cursor on a webhook."""
        self.move_to(next((at for at, stats in enumerate(self._rows) if stats.webhook_key == webhook_key), self.index))

    def _sort(self, rows: Sequence[WebhookStatistics]) -> None:
        before = self.selected
        self._rows = sorted_rows(rows, self._profile, self._by, descending=self._descending)
        keys = [stats.webhook_key for stats in self._rows]
        self.index = keys.index(before.webhook_key) if before is not None and before.webhook_key in keys else 0
        self._kept.clear()
        self.moved()

    def redraw(self) -> None:
        if not self.text_width:
            return
        if self._rows:
            self.draw_lines()
        elif self._is_read:
            message = literal(_NONE, "$quiet").truncate(max(1, self.text_width), ellipsis=True)
            self.draw(centred([message], self.text_width, self.height))

    def moved(self) -> None:
        self.redraw()
        if self.selected is not None:
            self.post_message(self.Selected(self.selected))

    def heading(self) -> Content:
        cells = {column.title: (column.title, "$quiet") for column in self.columns}
        cells[self._by] = (f"{self._by}{'▾' if self._descending else '▴'}", "bold $accent")
        return self.row_of(cells, cursor=False)

    def draw_line(self, index: int, cursor: bool, width: int) -> Content:
        stats = self._rows[index]
        name = one_line(self._profile.label(stats.webhook_key), 60)
        cells = {
            column.title: (cell := column.cell(stats), "$quiet" if cell in (UNKNOWN, "0") else "") for column in COLUMNS
        }
        if sum(stats.failures):
            cells["FAILED"] = cells["FAILED"][0], "$run-bad"
        if stats.is_stale:
            cells[_READ] = cells[_READ][0], "$run-wait"
        hours = strip(stats.hours, max(stats.hours, default=0)), "$run-active"
        return self.row_of({_NAME: (name, "bold"), **cells, _HOURS: hours}, cursor=cursor)

    def heading_clicked(self, x: int) -> None:
        clicked = next((place.column.title for place in self.positions() if x < place.x + place.width), None)
        if clicked == self._by:
            self.reverse()
        elif clicked in _SORTED:
            self._sort_by(clicked, descending=clicked != _NAME)

    def _sort_by(self, title: str, *, descending: bool) -> None:
        self._by, self._descending = title, descending
        self._sort(self._rows)

    def open_line(self) -> None:
        if self.selected is not None:
            self.post_message(self.Opened(self.selected.webhook_key))

    def reverse(self) -> None:
        """Reverse the order."""
        self._sort_by(self._by, descending=not self._descending)

    def sort_by_next_column(self) -> None:
        """Sort by the next shown column: numbers from the largest, names from A."""
        titles = [place.column.title for place in self.positions() if place.column.title in _SORTED]
        next_title = titles[(titles.index(self._by) + 1) % len(titles)] if self._by in titles else _NAME
        self._sort_by(next_title, descending=next_title != _NAME)
