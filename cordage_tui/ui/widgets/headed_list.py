"""List panel whose columns have a heading. The heading stays while the lines scroll."""

from collections.abc import Mapping, Sequence

from textual.content import Content
from textual.events import Click

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.widgets.line_view import ListView, Row
from cordage_tui.ui.widgets.tables import ColumnPosition, place_columns
from cordage_tui.ui.widgets.text import fit, literal


@dataclass(frozen=True, slots=True)
class ListColumn:
    """Column of a list."""

    title: str
    """Heading."""
    widths: tuple[tuple[int, int], ...] = ()
    """Widths as (least width of the list, cells), ascending. Empty: the column takes the cells that the others leave."""
    right: bool = True
    """Whether the column is aligned right, as numbers are."""
    gap: int = 2
    """Blank cells after it."""


class HeadedListView(ListView):
    """List with a heading. A double click opens the line under the cursor."""

    columns: Sequence[ListColumn] = ()

    @property
    def height(self) -> int:
        return max(0, self.size.height - 1)

    def heading(self) -> Content:
        """Draw the heading."""
        return self.row_of({column.title: (column.title, "$quiet") for column in self.columns}, cursor=False)

    def open_line(self) -> None:
        """Open the line under the cursor."""
        raise NotImplementedError

    def heading_clicked(self, x: int) -> None:
        """Handle a click on the heading. `x`: the clicked cell."""

    def positions(self) -> list[ColumnPosition[ListColumn]]:
        """Return the columns that are shown, after a cell for the cursor's bar."""
        return place_columns(self.columns, self.text_width, self.text_width - 1, 1)

    def line_at(self, y: int) -> int | None:
        return super().line_at(y - 1) if y else None

    def on_click(self, event: Click) -> None:
        event.prevent_default()  # otherwise the base class would move the cursor again
        offset = event.get_content_offset_capture(self)
        if offset.y == 0:
            self.heading_clicked(offset.x)
            return
        super().on_click(event)
        if event.chain == 2 and self.line_at(offset.y) is not None:
            self.open_line()

    def row_of(self, cells: Mapping[str, tuple[str, str]], *, cursor: bool) -> Content:
        """Draw a row: text and style of each cell by the heading of its column."""
        parts = [literal(SafeText("▌" if cursor else " "), "$accent")]
        end = 1
        for place in self.positions():
            text, style = cells[place.column.title]
            parts.append(Content(" " * (place.x - end)))
            parts.append(literal(SafeText(fit(text, place.width, place.column.right)), style))
            end = place.x + place.width
        return Content.assemble(*parts)

    def _on_screen(self) -> list[Row]:
        return [Row(self.heading(), False, False), *super()._on_screen()][: max(0, self.size.height)]
