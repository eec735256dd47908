"""The sidebar's lines: pure functions from values and a width to content."""

from collections.abc import Sequence
from typing import Final

from rich.cells import cell_len
from textual.content import Content

from cordage_tui.domain.fast_dataclass import dataclass, field
from cordage_tui.domain.run import RunCounts, Status
from cordage_tui.domain.text import SafeText
from cordage_tui.domain.webhook import HealthStatus
from cordage_tui.ui.ink import GLYPHS, RUN_COLOURS, literal
from cordage_tui.ui.runs.formats import fit
from cordage_tui.ui.standing import HEALTH_COLOURS, SHORT, SIGNS

NARROW: Final = 14
"""Cells at and below which a row has room for its name and one figure only."""

NAME_LEAST: Final = 8
"""Cells a name keeps before what stands beside it gives way."""

ADD: Final = SafeText("+ add a webhook")
_QUIET: Final = frozenset({HealthStatus.LIVE, HealthStatus.LOADING})
_THOUSAND: Final = 1000


@dataclass(frozen=True, slots=True)
class SidebarRow:
    """One webhook, or all of them."""

    key: str | None = field(repr=False)
    """The webhook's key; None: the row that stands for all."""
    name: SafeText
    tally: RunCounts = field(repr=False)
    """It holds the key too."""
    health: HealthStatus = HealthStatus.LIVE


def draw_rows(rows: Sequence[SidebarRow], width: int, cursor: int) -> list[Content]:
    """Every row, then a blank line and the one that adds a webhook (index `len(rows)` for `cursor`)."""
    figures = max((len(figure(row.tally.total)) for row in rows), default=1)
    lines = [draw_row(row, width, figures, index == cursor) for index, row in enumerate(rows)]
    adds = cursor == len(rows)
    add = Content.assemble(_bar(adds), literal(SafeText(fit(ADD, max(0, width - 2))), "" if adds else "$quiet"))
    return [*lines, Content(""), add]


def draw_row(row: SidebarRow, width: int, figures: int, chosen: bool) -> Content:
    """`▌ Sunset     ●2  31`: name, what is going on or wrong, total in a column of `figures` cells.

    A narrow row ends in one figure: the trouble, else the active runs, else the total.
    """
    total = literal(SafeText(figure(row.tally.total).rjust(figures)), "$quiet")
    if width <= NARROW:
        marks = _first(_trouble(row, words=False), _active(row), total)
        tail = Content.assemble(" ", marks)
    else:
        tail = _tail(row, width, total)
    name = SafeText(fit(row.name, max(0, width - 2 - tail.cell_length)))
    return Content.assemble(_bar(chosen), literal(name, "bold" if chosen else ""), tail)


def figure(count: int) -> str:
    """A count in at most four cells: `9999`, `12k`, `3M`."""
    if count < 10 * _THOUSAND:
        return str(count)
    return f"{count // _THOUSAND}k" if count < _THOUSAND**2 else f"{count // _THOUSAND**2}M"


def _tail(row: SidebarRow, width: int, total: Content) -> Content:
    """Trouble, waiting and active beside the total; what is told elsewhere too gives way to the name."""
    full = (_trouble(row, words=True), _waiting(row), _active(row))
    signs = (_trouble(row, words=False), *full[1:])
    tails = [_joined(marks, total) for marks in (full, signs, (signs[0], signs[2]), (signs[0] or signs[2],))]
    room = width - 2 - min(cell_len(row.name), NAME_LEAST)
    return next((tail for tail in tails if tail.cell_length <= room), tails[-1])


def _joined(marks: Sequence[Content], total: Content) -> Content:
    return Content.assemble(*(part for mark in marks if mark for part in (" ", mark)), "  ", total)


def _bar(chosen: bool) -> Content:
    return Content.assemble(literal(SafeText("▌"), ".line--bar") if chosen else " ", " ")


def _trouble(row: SidebarRow, words: bool) -> Content:
    if row.health in _QUIET:
        return Content("")
    text = f"{SIGNS[row.health]} {SHORT[row.health]}" if words else SIGNS[row.health]
    return literal(SafeText(text), f"${HEALTH_COLOURS[row.health]}")


def _active(row: SidebarRow) -> Content:
    return _mark(Status.RUNNING, row.tally.active)


def _waiting(row: SidebarRow) -> Content:
    return _mark(Status.QUEUED, row.tally.waiting)


def _mark(status: Status, count: int) -> Content:
    return literal(SafeText(f"{GLYPHS[status]}{figure(count)}"), f"${RUN_COLOURS[status]}") if count else Content("")


def _first(*contents: Content) -> Content:
    return next(content for content in contents if content)
