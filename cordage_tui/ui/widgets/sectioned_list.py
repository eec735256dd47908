"""List panel with titles, blank lines and further lines of an entry, over which the cursor passes."""

from textual.events import Click

from cordage_tui.ui.widgets.line_view import ListView


class SectionedListView(ListView):
    """List whose cursor moves over lines that take none; a double click opens what it is on."""

    def takes_cursor(self, index: int) -> bool:
        """Return whether the cursor may stand on line `index`."""
        raise NotImplementedError

    def action_open(self) -> None:
        """Open what the cursor is on."""
        raise NotImplementedError

    def on_click(self, event: Click) -> None:
        event.prevent_default()  # else the base class would move the cursor once more
        super().on_click(event)
        if event.chain == 2:
            self.action_open()

    def move_to(self, index: int) -> None:
        """Move the cursor to line `index`, or over lines that take none in the direction of the move, else back."""
        if not self.count:
            return
        index = max(0, min(index, self.count - 1))
        ways = (range(index, self.count), range(index, -1, -1))
        for way in ways if index >= self.index else reversed(ways):
            found = next(filter(self.takes_cursor, way), None)
            if found is not None:
                super().move_to(found)
                return
