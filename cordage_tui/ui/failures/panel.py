"""Panel of the failures: a few lines for each error of each webhook."""

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.history.failures import (
    FailureCluster,
    Transience,
    again_words,
    count_words,
    error_words,
    left_words,
    time_words,
)
from cordage_tui.ui.keys.bindings import picking_keys
from cordage_tui.ui.keys.disabled import DisabledReason, ReasonedActions, not_here, read_only
from cordage_tui.ui.statistics.panel import WebhookFailures
from cordage_tui.ui.widgets.sectioned_list import SectionedListView
from cordage_tui.ui.widgets.text import centred, literal, steady

WIDEST: Final = 150
"""Cells of a line at most: longer ones are hard to follow."""
_WIDE: Final = 100
"""Cells from which the times of an error are beside it; else they have a line of their own."""
_COUNT: Final = 7
"""Cells of the column of counts."""
_NONE: Final = SafeText("No run has failed.")
_COLOURS: Final = {
    Transience.UNKNOWN: "$quiet",
    Transience.TRANSIENT: "$run-done",
    Transience.PERMANENT: "$run-bad",
    Transience.MIXED: "$run-wait",
}

# Lines of the page. Pure functions.


@dataclass(frozen=True, slots=True)
class FailureLine:
    """Line of the page."""

    title: SafeText = SafeText("")
    """Name of the webhook, above its errors; empty: the line is about an error, or is blank."""
    cluster: FailureCluster | None = None
    number: int = 0
    """Which of the lines of the cluster; the cursor is on the first."""


def page_lines(found: Sequence[FailureCluster], profile: Profile, width: int) -> Iterator[FailureLine]:
    """Yield the lines of the page, in `width` cells."""
    before = None
    for cluster in found:
        if cluster.webhook_key != before:
            yield from ([] if before is None else [FailureLine()])
            yield FailureLine(one_line(profile.label(cluster.webhook_key), 60))
            before = cluster.webhook_key
        for number in range(2 if width >= _WIDE else 3):
            yield FailureLine(cluster=cluster, number=number)


def drawn(line: FailureLine, now: float, width: int) -> Content:
    """Draw a line in at most `width` cells. `now`: epoch seconds."""
    width = max(1, min(width, WIDEST))
    cluster = line.cluster
    if cluster is None:
        if not line.title:
            return Content("")
        title = literal(SafeText(steady(line.title)), "bold").truncate(width, ellipsis=True)
        rule = SafeText("─" * max(0, width - title.cell_length - 1))
        return Content.assemble(title, " ", literal(rule, "$edge")).truncate(width)
    indent = " " * (_COUNT + 1)
    if line.number == 0:
        count = literal(SafeText(f"{count_words(cluster):>{_COUNT}} "), "bold")
        error = literal(SafeText(steady(error_words(cluster))), "$run-bad")
        if width < _WIDE:
            return Content.assemble(count, error).truncate(width, ellipsis=True)
        times = literal(time_words(cluster, now), "$quiet")
        room = max(1, width - _COUNT - 1 - times.cell_length - 2)
        error = error.truncate(room, ellipsis=True)
        return Content.assemble(count, error, " " * (room - error.cell_length + 2), times).truncate(width)
    again = literal(again_words(cluster), _COLOURS[cluster.transience])
    left, times = literal(left_words(cluster), "$quiet"), literal(time_words(cluster, now), "$quiet")
    first, second = (again, left) if width >= _WIDE else (again, Content("")) if line.number == 1 else (left, times)
    gap = " · " if second.plain else ""
    return Content.assemble(indent, first, (gap, "$quiet"), second).truncate(width, ellipsis=True)


# Widget of the page.

_FINDS_NONE: Final = not_here("No filter finds these failures: their error has no words.")
_NONE_LEFT: Final = not_here("All of them have completed since, wait or run, or their inputs are unknown.")
_EMPTY: Final = DisabledReason(_NONE)


class FailuresPanel(ReasonedActions, SectionedListView):
    """Panel of the failures."""

    BINDING_GROUP_TITLE = "Failures"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "show the runs", id="failures.open", tooltip="Filter the runs to those that failed with this error"),
        Binding("F", "rerun", "rerun", id="failures.rerun", tooltip="Rerun the prompts that have not completed since they failed with this error; previews first"),
        *picking_keys("failures", "error"),
    ]  # fmt: skip

    class Opened(Message):
        """Show the runs of a cluster."""

        def __init__(self, cluster: FailureCluster) -> None:
            super().__init__()
            self.cluster = cluster

    class RerunRequested(Message):
        """Rerun what has not completed since."""

        def __init__(self, cluster: FailureCluster) -> None:
            super().__init__()
            self.cluster = cluster

    def __init__(self, profile: Profile, first: WebhookFailures | None = None) -> None:
        """Begin at the `first` error."""
        super().__init__()
        self.border_title = Content("Failures")
        self._profile = profile
        self._first = first
        self._found: Sequence[FailureCluster] | None = None
        self._now = 0.0
        self._rows: Sequence[FailureLine] = ()

    @property
    def count(self) -> int:
        return len(self._rows)

    @property
    def selected(self) -> FailureCluster | None:
        """Cluster under the cursor; None: there is none."""
        return self._rows[self.index].cluster if self._rows else None

    def show(self, found: Sequence[FailureCluster], now: float) -> None:
        """Show these clusters; the cursor stays on its error. `now`: epoch seconds."""
        self._found, self._now = found, now
        self.redraw()

    def redraw(self) -> None:
        if not self.text_width or self._found is None:
            return
        before = self.selected
        self._rows = list(page_lines(self._found, self._profile, min(self.text_width - 1, WIDEST)))
        place = None if before is None else before.place
        firsts = {row.cluster.place: at for at, row in enumerate(self._rows) if row.cluster and not row.number}
        self.index = min(self._begin(firsts) if place is None else firsts.get(place, 1), max(0, len(self._rows) - 1))
        self.moved()

    def _begin(self, firsts: Mapping[tuple[str, str], int]) -> int:
        """Return the line at which the cursor begins. `firsts`: lines by webhook and error."""
        first = self._first
        if first is None:
            return 1
        own = next((at for (webhook, _), at in firsts.items() if webhook == first.webhook_key), 1)
        return own if first.error is None else firsts.get((first.webhook_key, first.error), own)

    def moved(self) -> None:
        self._kept.clear()
        if self._rows:
            self.draw_lines()
            self._show_whole()
        else:
            words = literal(_NONE, "$quiet").truncate(max(1, self.text_width), ellipsis=True)
            self.draw(centred([words], self.text_width, self.size.height))
        self.refresh_bindings()

    def _show_whole(self) -> None:
        """Bring all lines of the error under the cursor into view, and the title above the first."""
        last = next((at for at in range(self.index + 1, self.count) if not self._rows[at].number), self.count) - 1
        if last >= self.top + self.size.height:
            self.jump(last - self.size.height + 1)
        elif self.index == 1 and self.top == 1:
            self.jump(0)

    def draw_line(self, index: int, cursor: bool, width: int) -> Content:
        row = self._rows[index]
        is_own = row.cluster is not None and row.cluster is self.selected
        mark = literal(SafeText("▌" if is_own else " "), "$accent")
        return Content.assemble(mark, drawn(row, self._now, width - 1))

    def takes_cursor(self, index: int) -> bool:
        return self._rows[index].cluster is not None and not self._rows[index].number

    def line_at(self, y: int) -> int | None:
        """Return the first line of the error on screen line `y`, or the line of a title."""
        line = super().line_at(y)
        return None if line is None or line >= self.count else line - self._rows[line].number

    def disabled_reason(self, action: str, parameters: tuple[object, ...]) -> DisabledReason | None:
        cluster = self.selected
        if action in ("open", "rerun") and cluster is None:
            return _EMPTY
        if action == "open" and cluster is not None and cluster.filter is None:
            return _FINDS_NONE
        if action == "rerun" and cluster is not None:
            return read_only(self._profile.name) if self._profile.read_only else None if cluster.left else _NONE_LEFT
        return super().disabled_reason(action, parameters)

    def action_open(self) -> None:
        if (cluster := self.selected) is not None and cluster.filter is not None:
            self.post_message(self.Opened(cluster))

    def action_rerun(self) -> None:
        if (cluster := self.selected) is not None and cluster.left:
            self.post_message(self.RerunRequested(cluster))
