"""From a sheet's tiles to what is exported of them. Pure but for the tiles, which are asked for."""

from collections.abc import Sequence
from typing import Final

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.image import ContactSheet, PixelSize, SheetCell
from cordage_tui.domain.output import Rating, decided
from cordage_tui.domain.text import SafeText
from cordage_tui.engine.export import PageCell, SheetPage
from cordage_tui.ui.sheet.faces import TileModel
from cordage_tui.ui.sheet.matrix import AxisSplit, Heading

MOST: Final = 400
"""Outputs of one export."""
_COLUMNS: Final = 5
_BOXES: Final = ((30, PixelSize(480, 330)), (120, PixelSize(320, 220)), (MOST, PixelSize(240, 165)))
"""Pixels of each picture, by how many there are at most."""


@dataclass(frozen=True, slots=True)
class ExportSelection:
    """What is exported."""

    title: SafeText
    faces: tuple[TileModel | None, ...]
    """Row by row; None: a place that stays empty."""
    split: AxisSplit | None = None
    """They are all of a table, with these headings."""


def picture(selection: ExportSelection) -> ContactSheet:
    """As one picture."""
    box = next(box for most, box in _BOXES if len(selection.faces) <= most)
    split = selection.split
    columns = len(split.columns) if split else min(_COLUMNS, max(1, len(selection.faces)))
    cells = tuple(_sheet_cell(face, named=split is None) for face in selection.faces)
    heads, sides = (_joined(split.columns), _joined(split.rows)) if split else ((), ())
    return ContactSheet(cells, columns, box, selection.title, heads, sides)


def page(selection: ExportSelection, made: SafeText) -> SheetPage:
    """As a page."""
    split = selection.split
    heads, sides = (_joined(split.columns), _joined(split.rows)) if split else ((), ())
    return SheetPage(selection.title, made, tuple(map(_page_cell, selection.faces)), heads, sides)


def _sheet_cell(face: TileModel | None, *, named: bool) -> SheetCell:
    if face is None:
        return SheetCell(None)
    if face.output is None:
        return SheetCell(None, face.name if named else face.row.status_name, face.row.status_name if named else None)
    said = verdict_words(face.verdict)
    return SheetCell(face.output, face.name, said) if named else SheetCell(face.output, said)


def _page_cell(face: TileModel | None) -> PageCell:
    if face is None:
        return PageCell(None, SafeText(""), SafeText(""), SafeText("dropped"))
    told = [verdict_words(face.verdict), face.row.short_id and SafeText(f"run {face.row.short_id}")]
    if face.outputs > 1:
        told.append(SafeText(f"{face.tile.number} of {face.outputs:,}"))
    instead = SafeText("its file could not be had") if face.output is not None else face.row.status_name
    return PageCell(face.output, face.row.prompt, SafeText(" · ".join(part for part in told if part)), instead)


def verdict_words(verdict: Rating) -> SafeText:
    """`kept · 4 stars`, for fonts without stars; empty: nothing is thought of it."""
    stars = f"{verdict.stars} star{'s' if verdict.stars > 1 else ''}" if verdict.stars else ""
    return SafeText(" · ".join(part for part in (decided(verdict), stars) if part))


def _joined(headings: Sequence[Heading]) -> tuple[SafeText, ...]:
    return tuple(SafeText(" · ".join(heading)) for heading in headings)
