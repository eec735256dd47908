"""Menus of the contact sheet: filter, export."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.image import ContactSheet, PixelSize, SheetCell
from cordage_tui.domain.output import Decision, Rating, RatingFilter, decided
from cordage_tui.domain.text import SafeText
from cordage_tui.engine.export import PageCell, SheetPage
from cordage_tui.ui.contact_sheet.layout import AxisSplit, Heading
from cordage_tui.ui.contact_sheet.tiles import TileModel
from cordage_tui.ui.widgets.text import STAR, literal

# Which outputs a sheet shows: a key opens this list, the next one chooses.

CHOICES: Final = (
    ("a", SafeText("all"), RatingFilter()),
    ("k", SafeText("✔ kept"), RatingFilter(Decision.KEPT)),
    ("u", SafeText("undecided"), RatingFilter(Decision.UNDECIDED)),
    ("r", SafeText("✖ rejected"), RatingFilter(Decision.REJECTED)),
    *(
        (str(n), SafeText(f"{STAR * n} {'or more' if n < 5 else ''}".rstrip()), RatingFilter(stars=n))
        for n in range(1, 6)
    ),
)
"""Key, what it is called, and what it leaves."""


def words(judged: RatingFilter) -> SafeText:
    """What a filter leaves, for a title."""
    return next((name for _, name, choice in CHOICES if choice == judged), SafeText("some"))


class FilterMenu(ModalScreen[RatingFilter | None]):
    """None: as before."""

    BINDINGS = [
        *(Binding(key, f"choose({place})", name, show=False) for place, (key, name, _) in enumerate(CHOICES)),
        Binding("escape,q,f", "leave", "cancel", id="sheet_filter.leave", tooltip="Leave the filter unchanged"),
    ]

    def __init__(self, now: RatingFilter) -> None:
        super().__init__()
        self._now = now

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="card choices", can_focus=False) as card:
            card.border_title = Content("Show")
            yield Static(Content("\n").join(self._line(*choice) for choice in CHOICES))

    def _line(self, key: str, name: SafeText, judged: RatingFilter) -> Content:
        style = "$foreground bold" if judged == self._now else "$foreground"
        return Content.assemble(literal(SafeText(key), "$accent"), "  ", literal(name, style))

    def action_choose(self, place: int) -> None:
        self.dismiss(CHOICES[place][2])

    def action_leave(self) -> None:
        self.dismiss(None)


# What a contact sheet is exported as: a key opens this list, the next one chooses.


class ExportChoice(NamedTuple):
    """What the user wants."""

    as_page: bool
    """A page of HTML with the files beside it; else one picture."""
    only_kept: bool


_WAYS: Final = (("p", "one picture (PNG)", False), ("h", "a page (HTML) with the files beside it", True))


class ContactSheetExportMenu(ModalScreen[ExportChoice | None]):
    """None: nothing. A small letter is for what is kept, where something is; a capital one always for all."""

    BINDINGS = [
        Binding("p", "choose(False,True)", "picture", show=False),
        Binding("h", "choose(True,True)", "page", show=False),
        Binding("P", "choose(False,False)", "picture of all", show=False),
        Binding("H", "choose(True,False)", "page of all", show=False),
        Binding("escape,q,E", "leave", "cancel", id="sheet_export.leave", tooltip="Cancel the export"),
    ]

    def __init__(self, kept: int, total: int, folder: SafeText) -> None:
        """How many outputs are kept and how many there are; where the file goes."""
        super().__init__()
        self._kept = kept
        self._total = total
        self._folder = folder

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="card export", can_focus=False) as card:
            card.border_title = Content("Export")
            yield Static(Content("\n").join(self._lines()))

    def _lines(self) -> list[Content]:
        lines = []
        if self._kept:
            lines += [
                self._line(key, words, "the kept one" if self._kept == 1 else f"the {self._kept:,} kept")
                for key, words, _ in _WAYS
            ]
        capital = bool(self._kept)
        lines += [self._line(key.upper() if capital else key, words, f"all {self._total:,}") for key, words, _ in _WAYS]
        return [*lines, Content(""), Content.assemble(("into ", "$quiet"), literal(self._folder, "$quiet"))]

    def _line(self, key: str, words: str, what: str) -> Content:
        return Content.assemble(literal(SafeText(key), "$accent"), "  ", literal(SafeText(f"{what} as {words}")))

    def action_choose(self, as_page: bool, only_kept: bool) -> None:
        self.dismiss(ExportChoice(as_page, only_kept and self._kept > 0))

    def action_leave(self) -> None:
        self.dismiss(None)


# From a sheet's tiles to what is exported of them. Pure but for the tiles, which are asked for.

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
    instead = SafeText("its file could not be loaded") if face.output is not None else face.row.status_name
    return PageCell(face.output, face.row.prompt, SafeText(" · ".join(part for part in told if part)), instead)


def verdict_words(verdict: Rating) -> SafeText:
    """`kept · 4 stars`, for fonts without stars; empty: nothing is thought of it."""
    stars = f"{verdict.stars} star{'s' if verdict.stars > 1 else ''}" if verdict.stars else ""
    return SafeText(" · ".join(part for part in (decided(verdict), stars) if part))


def _joined(headings: Sequence[Heading]) -> tuple[SafeText, ...]:
    return tuple(SafeText(" · ".join(heading)) for heading in headings)
