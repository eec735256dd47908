"""The run table's marks, as its user sets them."""

from collections.abc import Mapping
from dataclasses import dataclass

from textual.message import Message
from textual.widget import Widget

from cordage_tui.domain.run import RowId, Status
from cordage_tui.ui.runs.listing import TableModel


class SelectableWidget(Widget):
    """Actions that mark. What is marked is said to the owner; what is done with it is the owner's."""

    @dataclass
    class SelectionChanged(Message, namespace="run_table"):
        """Other rows are marked, or marked ones stand otherwise. Of several in a row only the last is delivered."""

        counts: Mapping[Status, int]
        """How many marked rows stand how; empty: nothing is marked."""
        span: int
        """Rows in the range that is being marked, not counted so far; 0: there is none."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, SelectableWidget.SelectionChanged)

    _listing: TableModel
    _said: tuple[Mapping[Status, int], int] = ({}, 0)

    def _update(self) -> None:
        raise NotImplementedError

    def marked(self) -> tuple[RowId, ...]:
        """The rows that are marked now, those of a range too, which this ends."""
        self._listing.end_range()
        self._update()
        return self._listing.marks.rows

    def action_mark(self) -> None:
        """Mark or unmark the cursor's row, and go one down. In a range it ends that, as `V` does."""
        if self._listing.span:
            self._listing.end_range()
        else:
            self._listing.toggle_mark()
            self._listing.move(self._listing.view.to(self._listing.view.cursor + 1))
        self._update()

    def action_range(self) -> None:
        """Begin a range at the cursor; the second time, mark what it spans."""
        if self._listing.span:
            self._listing.end_range()
        else:
            self._listing.begin_range()
        self._update()

    def action_mark_all(self) -> None:
        """Mark all rows of the list, or unmark them when all are marked."""
        self._listing.mark_all()
        self._update()

    def action_unmark(self) -> None:
        """Give up the range; without one, take all marks."""
        if self._listing.span:
            self._listing.cancel_range()
        else:
            self._listing.marks.clear()
        self._update()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """`unmark` is there while something is marked: else its key is the screen's."""
        return action != "unmark" or bool(self._listing.span or len(self._listing.marks))

    def _say_marks(self) -> None:
        """Tell what is marked, if that is news."""
        now = self._listing.marks.counts, len(self._listing.span)
        if now != self._said:
            self._said = now
            self.post_message(self.SelectionChanged(*now))
