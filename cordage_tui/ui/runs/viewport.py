"""Which rows the table shows and where its cursor stands, as numbers. Pure; the widget keeps the identities."""

from cordage_tui.domain.fast_dataclass import dataclass, replace


@dataclass(frozen=True, slots=True)
class Viewport:
    """`height` lines over a list of `count` rows. Every instance made by these methods is within bounds."""

    count: int = 0
    """Rows in the list."""
    height: int = 0
    """Lines for rows."""
    top: int = 0
    """Row on the first line."""
    cursor: int = 0
    """Row of the cursor; 0 when there are no rows."""

    @property
    def rows(self) -> range:
        """The rows on screen."""
        return range(self.top, min(self.count, self.top + self.height))

    @property
    def sees_cursor(self) -> bool:
        """The cursor's row is on screen."""
        return self.cursor in self.rows

    def to(self, cursor: int) -> "Viewport":
        """The cursor on that row, or the nearest there is, and the row on screen with the least scrolling."""
        cursor = max(0, min(cursor, self.count - 1))
        top = min(self.top, cursor) if cursor < self.top + max(1, self.height) else cursor - self.height + 1
        return replace(self, cursor=cursor, top=top).bounded()

    def scrolled(self, lines: int) -> "Viewport":
        """Moved over the list, the cursor left where it is."""
        return replace(self, top=self.top + lines).bounded()

    def paged(self, lines: int) -> "Viewport":
        """Cursor and view moved together, so that the cursor keeps its line until an end of the list is met."""
        return self.scrolled(lines).to(self.cursor + lines)

    def bounded(self) -> "Viewport":
        """The same with `top` and `cursor` within the list, no blank lines shown while rows are hidden above."""
        return replace(
            self,
            top=max(0, min(self.top, self.count - self.height)),
            cursor=max(0, min(self.cursor, self.count - 1)),
        )

    def resized(self, height: int) -> "Viewport":
        """With that many lines; a cursor that was on screen still is."""
        view = replace(self, height=max(0, height)).bounded()
        return view.to(view.cursor) if self.sees_cursor or not self.height else view

    def refilled(self, count: int, cursor: int | None, first: int | None) -> "Viewport":
        """After the list changed: `count` rows now, its cursor's row and its first row on screen found at those places.

        None: that row is gone; its place is kept. The cursor's row keeps its line, or, when it is not on screen, the first
        row does. At the very top nothing scrolls, so that new rows come in view, unless they would push the cursor out.
        """
        found = self.cursor if cursor is None else cursor
        if self.sees_cursor:
            top = 0 if self.top == 0 and found < self.height else found - (self.cursor - self.top)
        else:
            top = self.top if first is None or self.top == 0 else first
        return replace(self, count=count, cursor=found, top=top).bounded()

    def thumb(self) -> range:
        """Lines beside which the scroll thumb stands; empty when all rows are on screen."""
        if self.count <= self.height or self.height < 1:
            return range(0)
        size = max(1, self.height * self.height // self.count)
        start = round(self.top * (self.height - size) / (self.count - self.height))
        return range(start, start + size)

    def top_for_thumb(self, line: int) -> int:
        """The first row to show when the thumb is dragged to that line."""
        size = len(self.thumb())
        track = max(1, self.height - size)
        return round(max(0, min(line - size // 2, track)) * (self.count - self.height) / track)
