"""Counts before a key of the run list: `5j` moves five rows down, `5x` asks to kill five runs."""

from collections.abc import Mapping
from inspect import isawaitable
from typing import Any, Final

from textual.content import Content
from textual.events import Key

from cordage_tui.domain.run import Status
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.ui.dialogs.kill import statuses
from cordage_tui.ui.keys.action import Action, ActionNode, Count
from cordage_tui.ui.keys.footer import Footer, key_of
from cordage_tui.ui.keys.key_names import key_name
from cordage_tui.ui.main.context import MainContext

DIGITS: Final = 6
"""Most digits of a count. Further digits are ignored."""


class KeyCount:
    """Number that is typed before a key of the run list.

    A digit that is not bound as a key begins a count: 5 to 9, because 1 to 4 go to the panels and 0 resets their sizes.
    After `#` any digit begins one.
    """

    def __init__(self, main: MainContext) -> None:
        self._main = main
        self._digits: str | None = None
        """Digits typed so far; None: no count was begun."""

    def begin_count(self) -> None:
        """Begin a count, whose first digit may be any digit."""
        self._show("")

    def cancel_count(self) -> None:
        """Cancel the count, if one was begun, because another panel now gets the keys."""
        if self._digits is not None:
            self._show(None)

    def show_marks(self) -> None:
        """Show in the border of the table which runs are marked."""
        selection = self._main.selection
        self._main.presenter.show_marks(marks_words(selection.marked, selection.span))

    async def handle_key(self, event: Key) -> None:
        """Handle a digit of a count, or the key that the count is for. Textual looks up bindings after this."""
        screen = self._main.screen
        if screen.focused is not self._main.table:
            return
        digit = event.character if event.character and event.character in "0123456789" else ""
        digits = self._digits
        if digit and (digits is not None or event.key not in screen.active_bindings):
            event.stop()
            self._show(f"{digits or ''}{digit}"[:DIGITS])
        elif digits is not None:
            self._show(None)
            if event.key == "escape" or ((count := int(digits or 0)) and await self._act(event.key, count)):
                event.stop()

    async def _act(self, key: str, count: int) -> bool:
        """Run the action of a key with a count. Return False if it was not run: then the key acts as without a count."""
        active = self._main.screen.active_bindings.get(key)
        if active is None or not isinstance(active.node, ActionNode):
            return False
        action, target = active.node.actions_by_id.get(active.binding.id or ""), active.node.acted_on()
        if action is None or target is None or action.count is Count.IGNORED:
            return False
        if action.count is Count.REPEATS and active.node.why_not(action) is not None:
            return False
        if action.count is Count.MARKS and (reason := self._mark_rows(action, count)) is not None:
            self._main.screen.query_one(Footer).show_message(one_line(key_name(key)), reason)
        elif isawaitable(unfinished := action.run_times(target, count)):
            await unfinished
        return True

    def _mark_rows(self, action: Action[Any], count: int) -> SafeText | None:
        """Mark that many rows from the cursor on, for an action. Return why not, if it cannot act or others are marked."""
        table = self._main.table
        if table.marked:
            reason = f"Other runs are marked: {key_of(table, 'runs.unmark')} unmarks them, then a count can be given."
            return one_line(reason)
        table.mark_next(count)
        disabled = self._main.screen.why_not(action)
        if disabled is not None:
            table.unmark()
        return disabled.words if disabled is not None else None

    def _show(self, digits: str | None) -> None:
        """Show the digits in the border, and in the footer what they are for. None: there is no count any more."""
        self._digits = digits
        self.show_marks()
        if digits is not None:
            marks = marks_words(self._main.selection.marked, self._main.selection.span)
            typed = Content.styled(f"{digits or '#'}…", "$accent")
            self._main.presenter.show_marks(Content(" · ").join([typed, marks]) if marks else typed)
            self._main.screen.query_one(Footer).show_message(one_line(f"{digits or '#'}…"), self._advice(digits))

    def _advice(self, digits: str) -> SafeText:
        """Format `j k move by 5 rows, G goes to row 5, space marks, x kills; esc cancels`."""
        table = self._main.table
        down, up, last, mark = (key_of(table, f"runs.{name}") for name in ("down", "up", "last", "mark"))
        rows = f"{int(digits):,} rows" if digits else "rows"
        moves = f"{down} {up} move by {rows}, {last} goes to row {int(digits):,}" if digits else "a number of rows"
        acts = f", {mark} marks, {key_of(self._main.screen, 'run.kill')} kills; esc cancels"
        return one_line(moves + acts)


def marks_words(counts: Mapping[Status, int], span: int) -> Content | None:
    """Format `12 marked: 8 running, 3 completed, 1 failed`, with the length of an open range. None: no marks."""
    if not counts and not span:
        return None

    total = sum(counts.values())
    parts = [f"{total:,} marked: {statuses(counts)}"] if total else []
    if span:
        parts.append(f"range of {span:,}, V marks it")
    return Content.styled(one_line(" · ".join(parts)), "$accent")
