"""Menus of the contact sheet: filter, export."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from textual.content import Content

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.image import ContactSheet, PixelSize, SheetCell
from cordage_tui.domain.output import Decision, Rating, RatingFilter, decided
from cordage_tui.domain.text import SafeText
from cordage_tui.engine.export import PageCell, SheetPage
from cordage_tui.ui.contact_sheet.layout import AxisSplit, Heading
from cordage_tui.ui.contact_sheet.tiles import TileModel
from cordage_tui.ui.dialogs.choice_menu import ChoiceMenu, MenuChoice
from cordage_tui.ui.widgets.text import STAR, literal

# Menu of rating filters.

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
"""Key, name and filter of each choice."""


def words(rating_filter: RatingFilter) -> SafeText:
    """Return the name of a filter, for a title."""
    return next((name for _, name, choice in CHOICES if choice == rating_filter), SafeText("some"))


def filter_menu(now: RatingFilter) -> ChoiceMenu[RatingFilter]:
    """Menu of rating filters; None: unchanged."""
    choices = [
        MenuChoice(key, name, rating_filter, current=rating_filter == now) for key, name, rating_filter in CHOICES
    ]
    return ChoiceMenu(SafeText("Show"), choices, leave_key="f")


class ExportChoice(NamedTuple):
    """Format of an export, and which outputs are in it."""

    as_page: bool
    """A page of HTML with the files beside it; else one picture."""
    only_kept: bool


_FORMATS: Final = (("p", "one picture (PNG)", False), ("h", "a page (HTML) with the files beside it", True))


class ContactSheetExportMenu(ChoiceMenu[ExportChoice]):
    """Menu of export formats. Small letters export what is kept, where something is; capitals all."""

    def __init__(self, kept: int, total: int, folder: SafeText) -> None:
        """Create the menu: number of outputs kept and in all, and where the file goes."""
        kept_words = "the kept one" if kept == 1 else f"the {kept:,} kept"
        wanted = [(str.lower, kept_words, True)] if kept else []
        wanted.append((str.upper if kept else str.lower, f"all {total:,}", False))
        choices = [
            MenuChoice(case(key), SafeText(f"{what} as {words}"), ExportChoice(as_page, only_kept))
            for case, what, only_kept in wanted
            for key, words, as_page in _FORMATS
        ]
        super().__init__(SafeText("Export"), choices, leave_key="E")
        self._folder = folder

    def remarks(self) -> Iterable[Content]:
        yield literal(SafeText(f"into {self._folder}"), "$quiet")


# Layout of an export from a sheet's tiles.

MOST: Final = 400
"""Outputs of one export."""
_COLUMNS: Final = 5
_BOXES: Final = ((30, PixelSize(480, 330)), (120, PixelSize(320, 220)), (MOST, PixelSize(240, 165)))
"""Pixels of each picture, by the largest number of them."""


@dataclass(frozen=True, slots=True)
class ExportSelection:
    """Selected tiles of an export."""

    title: SafeText
    models: tuple[TileModel | None, ...]
    """Tiles row by row; None: an empty place."""
    split: AxisSplit | None = None
    """Headings, where the tiles are all of a table."""


def picture(selection: ExportSelection) -> ContactSheet:
    """Lay the selection out as one picture."""
    box = next(box for most, box in _BOXES if len(selection.models) <= most)
    split = selection.split
    columns = len(split.columns) if split else min(_COLUMNS, max(1, len(selection.models)))
    cells = tuple(_sheet_cell(model, named=split is None) for model in selection.models)
    heads, sides = (_joined(split.columns), _joined(split.rows)) if split else ((), ())
    return ContactSheet(cells, columns, box, selection.title, heads, sides)


def page(selection: ExportSelection, made: SafeText) -> SheetPage:
    """Lay the selection out as an HTML page."""
    split = selection.split
    heads, sides = (_joined(split.columns), _joined(split.rows)) if split else ((), ())
    return SheetPage(selection.title, made, tuple(map(_page_cell, selection.models)), heads, sides)


def _sheet_cell(model: TileModel | None, *, named: bool) -> SheetCell:
    if model is None:
        return SheetCell(None)
    if model.output is None:
        return SheetCell(None, model.name if named else model.row.status_name, model.row.status_name if named else None)
    said = verdict_words(model.verdict)
    return SheetCell(model.output, model.name, said) if named else SheetCell(model.output, said)


def _page_cell(model: TileModel | None) -> PageCell:
    if model is None:
        return PageCell(None, SafeText(""), SafeText(""), SafeText("dropped"))
    told = [verdict_words(model.verdict), model.row.short_id and SafeText(f"run {model.row.short_id}")]
    if model.outputs > 1:
        told.append(SafeText(f"{model.tile.number} of {model.outputs:,}"))
    placeholder = SafeText("its file could not be loaded") if model.output is not None else model.row.status_name
    return PageCell(model.output, model.row.prompt, SafeText(" · ".join(part for part in told if part)), placeholder)


def verdict_words(verdict: Rating) -> SafeText:
    """Return a rating as `kept · 4 stars`, for fonts without stars; empty for none."""
    stars = f"{verdict.stars} star{'s' if verdict.stars > 1 else ''}" if verdict.stars else ""
    return SafeText(" · ".join(part for part in (decided(verdict), stars) if part))


def _joined(headings: Sequence[Heading]) -> tuple[SafeText, ...]:
    return tuple(SafeText(" · ".join(heading)) for heading in headings)
