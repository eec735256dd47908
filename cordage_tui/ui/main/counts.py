"""Counts before a key of the run list: `5j` moves five rows down, `5x` asks to kill five runs."""

from typing import Final

from textual.content import Content
from textual.events import DescendantFocus, Key

from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.ui.keys.action import Count
from cordage_tui.ui.keys.bindings import key_name
from cordage_tui.ui.keys.disabled import parsed
from cordage_tui.ui.keys.footer import Footer, key_of
from cordage_tui.ui.main.handlers import MainScreenMixin, marks_words

DIGITS: Final = 6
"""Most digits of a count; further ones are ignored."""
ON_ROWS: Final = frozenset(
    {"again", "refresh", "copy", "copy_id", "copy_urls", "download", "download_all", "sheet", "tag", "compare"}
    | {"use_output"}
)
"""Actions on marked runs, before which a count marks that many. All others are carried out once."""


class CountKeys(MainScreenMixin):
    """Main screen whose keys in the run list take a count.

    A digit that is no key of its own begins one: 5 to 9, as 1 to 4 go to the panels and 0 resets their sizes. With `#`
    before it any digit does.
    """

    _pending: str | None = None
    """Digits typed so far; None: no count was begun."""

    def action_count(self) -> None:
        """Begin a count with any digit."""
        self._show_count("")

    async def on_key(self, event: Key) -> None:
        """Take the digits of a count, and give it to the key behind them. Bindings are looked up after this."""
        if not self.is_mounted or self.focused is not self.selection.table:
            return
        digit = event.character if event.character and event.character in "0123456789" else ""
        pending = self._pending
        if digit and (pending is not None or event.key not in self.active_bindings):
            event.stop()
            self._show_count(f"{pending or ''}{digit}"[:DIGITS])
        elif pending is not None:
            self._show_count(None)
            if event.key == "escape" or ((count := int(pending or 0)) and await self._act(event.key, count)):
                event.stop()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Cancel a count when another panel gets the keys."""
        if self._pending is not None and event.widget is not self.selection.table:
            self._show_count(None)

    async def _act(self, key: str, count: int) -> bool:
        """Carry out the action of a key with a count; False: it is still to be carried out, as without one."""
        if (active := self.active_bindings.get(key)) is None:
            return False
        _, action, parameters = parsed(self.app, active.binding.action, active.node)
        if action == "act":
            known = self.actions_by_id.get(str(parameters[0]))
            marks = known is not None and known.count is Count.MARKS
            return marks and await self._act_on_rows(action, parameters, key, count)
        table, first = self.selection.table, parameters[0] if parameters else None
        match action, first:
            case "move", int(by):
                table.action_move(by * count)
            case "page", int(by) | float(by):
                table.action_page(by * count)
            case "match", int(by):
                await self.app.run_action(f"match({by * count})", self)
            case "end", _:
                table.action_move(count - 1 - table.place)
            case "mark", _:
                table.mark_next(count)
                table.action_move(count)
            case _:
                return action in ON_ROWS and await self._act_on_rows(action, (), key, count)
        return True

    async def _act_on_rows(self, action: str, parameters: tuple[object, ...], key: str, count: int) -> bool:
        """Mark that many rows from the cursor on, for the key to act on; not where it cannot, or others are marked."""
        table, reason = self.selection.table, None
        if table.marked:
            words = f"Other runs are marked: {key_of(table, 'runs.unmark')} unmarks them, then a count can be given."
            reason = one_line(words)
        else:
            table.mark_next(count)
            self.marked = table.marked_counts  # at once: what is marked decides what can be done
            if disabled := self.disabled_reason(action, parameters):
                reason = disabled.words
                table.action_unmark()
                self.marked = {}
        if reason is not None:
            self.query_one(Footer).show_message(one_line(key_name(key)), reason)
            return True
        return action == "download" and await self.app.run_action("download_all", self)

    def _show_count(self, digits: str | None) -> None:
        """Show the digits in the border and what they are for in the footer; None: there is no count any more."""
        self._pending = digits
        marks = marks_words(self.marked, self.span)
        if digits is None:
            self.presenter.show_marks(marks)
            return
        shown = Content.styled(f"{digits or '#'}…", "$accent")
        self.presenter.show_marks(Content(" · ").join([shown, marks]) if marks else shown)
        self.query_one(Footer).show_message(one_line(f"{digits or '#'}…"), self._advice(digits))

    def _advice(self, digits: str) -> SafeText:
        """Format `j k move by 5 rows, G goes to row 5, space marks, x kills; esc cancels`."""
        table = self.selection.table
        down, up, last, mark = (key_of(table, f"runs.{name}") for name in ("down", "up", "last", "mark"))
        rows = f"{int(digits):,} rows" if digits else "rows"
        moves = f"{down} {up} move by {rows}, {last} goes to row {int(digits):,}" if digits else "a number of rows"
        acts = f", {mark} marks, {key_of(self, 'run.kill')} kills; esc cancels"
        return one_line(moves + acts)
