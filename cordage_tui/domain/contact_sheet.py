"""A contact sheet as one picture: outputs in a grid, each with a label."""

from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.picture import PixelSize
from cordage_tui.domain.text import SafeText
from cordage_tui.domain.value import dataclass


@dataclass(frozen=True, slots=True)
class SheetCell:
    """One place of the grid."""

    output: OutputRef | None
    """None: the place stays empty."""
    label: SafeText | None = None
    """The line below the picture."""
    detail: SafeText | None = None
    """The dimmer line below that."""


@dataclass(frozen=True, slots=True)
class ContactSheet:
    """Places row by row; what is missing at the end stays empty."""

    cells: tuple[SheetCell, ...]
    columns: int
    box: PixelSize
    """Of each picture, in pixels."""
    title: SafeText | None = None
    heads: tuple[SafeText, ...] = ()
    """Over the columns; empty: none."""
    sides: tuple[SafeText, ...] = ()
    """Left of the rows; empty: none."""
