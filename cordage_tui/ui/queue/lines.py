"""The queue's lines: columns as data, and from a prompt that waits to what stands on its line. Pure functions."""

from collections.abc import Callable, Iterator, Mapping
from datetime import tzinfo
from typing import Final, TypeAlias

from textual.content import Content

from cordage_tui.domain.fast_dataclass import dataclass, field
from cordage_tui.domain.formatting import clock_time, coarse_age
from cordage_tui.domain.outbox import SHOWN_AS, WAITS_FOR_TWIN, OutboxState, QueueItem
from cordage_tui.domain.secret import masked
from cordage_tui.domain.text import SafeText, one_line, redact
from cordage_tui.ui.ink import GLYPHS, RUN_COLOURS, literal
from cordage_tui.ui.picking_view import LazyLines
from cordage_tui.ui.queue.pages import QueueRowCache
from cordage_tui.ui.runs.formats import fit


@dataclass(frozen=True, slots=True)
class QueueRowContext:
    """What a line needs to know beside its own prompt."""

    now: float = 0.0
    """Epoch seconds."""
    names: Mapping[str, SafeText] = field(default_factory=dict)
    """Webhook key → the user's name for it."""
    first: int = 0
    """Index of the first queued one: what is uncertain or being sent stands above it."""
    queued: int = 0
    """How many are queued."""
    zone: tzinfo | None = None
    """Time zone of shown times; None: this machine's."""

    @property
    def figures(self) -> int:
        """Cells of the largest place in the queue."""
        return max(2, len(f"{self.queued:,}"))


Cell: TypeAlias = tuple[str, str]
"""Text on one line, not yet fitted, and its style."""


@dataclass(frozen=True, slots=True)
class QueueColumn:
    """One column."""

    cell: Callable[[QueueItem, QueueRowContext], Cell]
    widths: tuple[tuple[int, int], ...] = ()
    """(from this many cells for all columns on, its own), ascending; narrower than the first it is not shown. None at all: it takes
    what the others leave."""
    right: bool = False
    """Aligned right."""
    gap: int = 2
    """Blank cells after it."""

    def width(self, room: int) -> int:
        """Its cells where there are `room` for all; 0: not shown, or flexible."""
        return next((cells for start, cells in reversed(self.widths) if room >= start), 0)


def colour(state: OutboxState) -> str:
    """Of a state's sign and word. What just waits its turn is quiet: here that is nothing to look at."""
    return "$quiet" if state is OutboxState.QUEUED else f"${RUN_COLOURS[SHOWN_AS[state]]}"


def _sign(waiting: QueueItem, scene: QueueRowContext) -> Cell:
    return GLYPHS[SHOWN_AS[waiting.state]], colour(waiting.state)


def _state(waiting: QueueItem, scene: QueueRowContext) -> Cell:
    return SHOWN_AS[waiting.state].value, colour(waiting.state)


def _webhook(waiting: QueueItem, scene: QueueRowContext) -> Cell:
    return scene.names.get(waiting.webhook_key) or one_line(masked(waiting.webhook_key)), "$quiet"


def _prompt(waiting: QueueItem, scene: QueueRowContext) -> Cell:
    return waiting.prompt, ""


def _why(waiting: QueueItem, scene: QueueRowContext) -> Cell:
    return why(waiting, scene), "$quiet"


def _age(waiting: QueueItem, scene: QueueRowContext) -> Cell:
    return coarse_age(scene.now - waiting.submitted_at), "$quiet"


def why(waiting: QueueItem, scene: QueueRowContext) -> SafeText:
    """In a few words why this one has not gone, or what comes next; empty when it just waits its turn."""
    if waiting.state is OutboxState.UNCERTAIN:
        if waiting.next_check is None:
            return SafeText("send again, wait or drop?")
        return SafeText(f"looked for at {clock_time(waiting.next_check, scene.now, scene.zone)}")
    if waiting.note == WAITS_FOR_TWIN:
        return SafeText("same as an uncertain one")
    return one_line(redact(waiting.note, waiting.webhook_key)) if waiting.note else SafeText("")


COLUMNS: Final = (
    QueueColumn(_sign, ((8, 1),), gap=1),
    QueueColumn(_state, ((40, 9),)),
    QueueColumn(_webhook, ((62, 8), (84, 12), (120, 16))),
    QueueColumn(_prompt),
    QueueColumn(_why, ((96, 26), (130, 40))),
    QueueColumn(_age, ((50, 4),), right=True, gap=0),
)
"""In the order they stand."""
_FLEXIBLE: Final = next(column for column in COLUMNS if not column.widths)
NUMBERED: Final = 28
"""Cells of the panel from which each queued prompt says the how manieth it is."""


def row_line(waiting: QueueItem, index: int, scene: QueueRowContext, width: int, cursor: bool) -> Content:
    """`▌12  ◌ queued     Sunset    a fox on a hill    2m` in `width` cells."""
    gutter = _gutter(waiting, index, scene, width, cursor)
    parts = [gutter]
    for column, cells in _fitted(width - gutter.cell_length, bool(why(waiting, scene))):
        text, style = column.cell(waiting, scene)
        parts.append(literal(SafeText(fit(text, cells, column.right) + " " * column.gap), style))
    return Content.assemble(*parts).truncate(max(0, width)).rstrip()


def _gutter(waiting: QueueItem, index: int, scene: QueueRowContext, width: int, cursor: bool) -> Content:
    """The cursor's bar, and the place in the queue."""
    bar = literal(SafeText("▌"), ".line--bar") if cursor else literal(SafeText(" "))
    if width < NUMBERED:
        return Content.assemble(bar, " ")
    place = f"{index - scene.first + 1:,}" if waiting.state is OutboxState.QUEUED else ""
    return Content.assemble(bar, literal(SafeText(place.rjust(scene.figures)), "$quiet"), "  ")


def _fitted(room: int, explained: bool) -> list[tuple[QueueColumn, int]]:
    """The columns shown in `room` cells, and the cells of each; with their gaps they fill it. Where there is no reason to
    tell, its cells are the prompt's."""
    fixed = [c for c in COLUMNS if c.width(room) and (explained or c.cell is not _why)]
    rest = max(0, room - sum(c.width(room) + c.gap for c in fixed) - _FLEXIBLE.gap)
    return [(c, c.width(room) or rest) for c in COLUMNS if c in fixed or c is _FLEXIBLE]


def queue_lines(pages: QueueRowCache, scene: QueueRowContext, width: int, cursor: int) -> LazyLines:
    """All lines of the queue."""

    def drawn(first: int, end: int) -> Iterator[Content]:
        for index, waiting in enumerate(pages.rows(first, end), first):
            yield row_line(waiting, index, scene, width, index == cursor)

    return LazyLines(pages.count, drawn)
