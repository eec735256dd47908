"""Cells of line widgets that are written to the terminal."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pytest
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from cordage_tui.ui.terminal.frames import TerminalCells
from cordage_tui.ui.widgets.line_view import PaintedLines


class Written(NamedTuple):
    """Cells [first, last) of line `y` of a widget."""

    widget: Widget
    y: int
    first: int
    last: int


def written_cells(old: Sequence[Strip], new: Sequence[Strip]) -> Iterator[tuple[int, int, int]]:
    """Return line, first and last cell of all that is written if `new` lines follow `old` ones."""
    cells = TerminalCells()
    cells.resize(Size(max((line.cell_length for line in [*old, *new]), default=0), max(len(old), len(new))))
    for y, line in enumerate(old):
        cells.differing(y, 0, line)
    for y, line in enumerate(new):
        yield from ((y, first, last) for first, last in cells.differing(y, 0, line))


def note_written(monkeypatch: pytest.MonkeyPatch) -> list[Written]:
    """Return a list that receives all cells painted from now on."""
    noted, paint = list[Written](), PaintedLines.paint

    def painted(before: PaintedLines, lines: Sequence[Strip]) -> None:
        noted.extend(Written(before.widget, *cells) for cells in written_cells(before.strips, lines))
        paint(before, lines)

    monkeypatch.setattr(PaintedLines, "paint", painted)
    return noted
