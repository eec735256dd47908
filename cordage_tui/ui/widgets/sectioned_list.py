"""List panel with titles, blank lines and further lines of an entry, which the cursor skips."""

from textual.events import Click

from cordage_tui.ui.widgets.line_view import ListView


class SectionedListView(ListView):
    """List whose cursor skips some lines. A double click opens the line under the cursor."""

    def takes_cursor(self, index: int) -> bool:
        """Return whether the cursor can be on line `index`."""
        raise NotImplementedError

    def open_line(self) -> None:
        """Open the line under the cursor."""
        raise NotImplementedError

    def on_click(self, event: Click) -> None:
        event.prevent_default()  # otherwise the base class would move the cursor again
        super().on_click(event)
        if event.chain == 2:
            self.open_line()

    def move_to(self, index: int) -> None:
        """Move the cursor to line `index`. If that cannot have it, move on in the same direction, else back."""
        if not self.count:
            return
        index = max(0, min(index, self.count - 1))
        directions = (range(index, self.count), range(index, -1, -1))
        for lines in directions if index >= self.index else reversed(directions):
            line = next(filter(self.takes_cursor, lines), None)
            if line is not None:
                super().move_to(line)
                return
