"""Page that compares two runs."""

from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import Final

from textual.content import Content
from textual.strip import Strip

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.formatting import clock_time, time_figure
from cordage_tui.domain.image import ImageState, ImageView
from cordage_tui.domain.input_diff import Change, DiffField, Piece, fields
from cordage_tui.domain.output import OutputRef, Rating
from cordage_tui.domain.run import RunDetail
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.ui.images.image_cells import Line, beside, describe, joined
from cordage_tui.ui.run_detail.text_layout import heading, wrapped
from cordage_tui.ui.widgets.status_signs import GLYPHS, RUN_COLOURS, mark
from cordage_tui.ui.widgets.text import centred, literal

# Lines of the page. Pure functions. `room` is always the layout of the page.

GAP: Final = 2
"""Cells between the two halves."""
MARGIN: Final = 1
"""Cells before a text, as many as before the title above it."""
LABEL: Final = 14
"""Cells of the sign and the name before the two halves."""
STACKED: Final = 60
"""Width in cells below which the runs are shown one below the other."""
_LEAST: Final = 4
"""Lines of a picture on the lowest screens."""
_COLOURS: Final = {
    Change.REMOVED: "$run-bad",
    Change.ADDED: "$run-done",
    Change.CHANGED: "$accent",
    Change.SAME: "$quiet",
}
_NOT_KNOWN: Final = SafeText("unknown: started elsewhere")


@dataclass(frozen=True, slots=True)
class ComparedRun:
    """Run on one side of the page."""

    detail: RunDetail
    webhook: SafeText
    output: OutputRef | None
    """Chosen output; None: the run has none."""
    verdict: Rating


@dataclass(frozen=True, slots=True)
class PageLayout:
    """Layout of a page with a size in cells."""

    width: int
    height: int
    bare: bool = False
    """Whether neither run has an output, as one line says."""

    @property
    def is_stacked(self) -> bool:
        return self.width < STACKED

    @property
    def half(self) -> int:
        """Width of each run's picture in cells."""
        return max(1, self.width if self.is_stacked else (self.width - GAP) // 2)

    @property
    def picture(self) -> int:
        """Height of each run's picture in lines. Half of the page is left for texts."""
        if self.bare:
            return 1
        share = self.height // (4 if self.is_stacked else 2)
        return max(_LEAST, min(share + 2, round(self.half / 2)))

    @property
    def value(self) -> int:
        """Width of each run's value next to a label, in cells."""
        return max(2, (self.width - LABEL - GAP) // 2)


def title_line(side: ComparedRun, width: int, *, active: bool) -> Content:
    """Draw the title of a side: `▌✔ completed  550e8400  1/2`."""
    row = side.detail.row
    bar = Content.styled("▌" if active else " ", "$accent")
    status = literal(SafeText(f"{GLYPHS[row.status]} {row.status_name}"), f"${RUN_COLOURS[row.status]} bold")
    parts = [status, literal(one_line(row.short_id), "$quiet")]
    if side.output is not None and len(side.detail.outputs) > 1:
        parts.append(literal(SafeText(f"{side.output.number}/{len(side.detail.outputs):,}"), "$accent"))
    if (verdict := mark(side.verdict)).plain:
        parts.append(verdict)
    return _fit(Content.assemble(bar, Content("  ").join(parts)), width)


def picture_lines(strips: Sequence[Strip] | None, text: Content, room: PageLayout) -> list[Line]:
    """Draw the picture in the middle of its place, or a text if there is no picture."""
    if not strips:
        wrapped_text = text.wrap(max(2, room.half - 2))[: room.picture] if text.plain else []
        lines = centred(wrapped_text, room.half, room.picture)
        return [*lines, *[Content("")] * (room.picture - len(lines))]
    left = max(0, room.half - strips[0].cell_length) // 2
    placed: list[Line] = [*beside([(left, strips[: room.picture])])]
    above = (room.picture - len(placed)) // 2
    return [*[Content("")] * above, *placed, *[Content("")] * (room.picture - above - len(placed))]


def text_lines(text: SafeText, room: PageLayout) -> list[Line]:
    """Wrap a text to its half of the page. All its lines are drawn, because the page scrolls."""
    trimmed = SafeText(text.rstrip())
    return [line.pad_left(MARGIN) for line in wrapped(trimmed, max(2, room.half - MARGIN))]


def abreast(left: Sequence[Line], right: Sequence[Line], room: PageLayout) -> list[Line]:
    """Join two halves of a page side by side, or one below the other."""
    if room.is_stacked:
        return [*left, *right]
    return [
        joined(left_line, right_line, room.half + GAP)
        for left_line, right_line in zip_longest(left, right, fillvalue=Content(""))
    ]


def about(side: ComparedRun, sight: ImageView | None, load_key: str, *, asks: bool = True) -> Content:
    """Return the text in the place of an output that is not drawn.

    `load_key` loads it. `asks`: outputs are loaded automatically, without that key.
    """
    if side.output is None:
        return literal(SafeText("no outputs" if side.detail.row.status.is_final else "no output yet"), "$quiet")
    if sight is None:
        return Content("")
    if sight.standing is ImageState.UNKNOWN and not asks:
        return literal(SafeText(f"not loaded, {load_key} to load"), "$quiet")
    return literal(describe(sight, load_key), "$quiet")


def input_lines(left: RunDetail, right: RunDetail, room: PageLayout) -> list[Content]:
    """Draw the inputs as a diff. If the inputs of a run are not known, say that instead."""
    if left.inputs is None or right.inputs is None:
        pairs = [(SafeText("inputs"), _known(left), _known(right))]
        return [*heading(SafeText("Inputs"), room.width), *_pairs(pairs, room)]
    differences = fields(left.inputs, right.inputs)
    changed = sum(field.change is not Change.SAME for field in differences)
    title = f"Inputs · {changed:,} differ{'s' if changed == 1 else ''}" if changed else "Inputs · the same"
    return [
        *heading(SafeText(title), room.width),
        *(line for field in differences for line in field_lines(field, room)),
    ]


def field_lines(field: DiffField, room: PageLayout) -> list[Content]:
    """Draw sign and name, then both values. A common value is drawn once, with `=` to its right if there is room."""
    colour = _COLOURS[field.change]
    label = Content.assemble(literal(SafeText(f"{field.change.value} "), colour), literal(field.name, "$quiet"))
    if field.change is Change.SAME:
        common = _wrapped(field.left, "", room.width - LABEL)
        is_short = len(common) == 1 and common[0].cell_length <= room.value
        return _side_by_side(label, common, [literal(SafeText("="), "$quiet")] if is_short else [], room)
    left, right = _wrapped(field.left, "$run-bad", room.value), _wrapped(field.right, "$run-done", room.value)
    return _side_by_side(label, left, right, room)


def run_lines(left: ComparedRun, right: ComparedRun, now: float, room: PageLayout) -> list[Content]:
    """Draw the outcomes of the runs. Differences are marked."""
    rows: list[tuple[str, Callable[[ComparedRun], SafeText]]] = [
        ("webhook", lambda side: side.webhook),
        ("status", lambda side: side.detail.row.status_name),
        ("created", lambda side: clock_time(side.detail.row.created_at, now)),
        ("took", lambda side: _took(side.detail, now)),
        ("outputs", lambda side: SafeText(f"{len(side.detail.outputs):,}")),
        ("nodes", lambda side: _nodes(side.detail)),
        ("error", lambda side: side.detail.error or SafeText("")),
    ]
    pairs = [(SafeText(name), value_of(left), value_of(right)) for name, value_of in rows]
    return [*heading(SafeText("Runs"), room.width), *_pairs([pair for pair in pairs if pair[1] or pair[2]], room)]


def _pairs(pairs: Sequence[tuple[SafeText, SafeText, SafeText]], room: PageLayout) -> list[Content]:
    lines: list[Content] = []
    for name, left, right in pairs:
        change = Change.SAME if left == right else Change.CHANGED
        label = Content.assemble(literal(SafeText(f"{change.value} "), _COLOURS[change]), literal(name, "$quiet"))
        lines += _side_by_side(label, _value(left, room), _value(right, room), room)
    return lines


def _value(text: SafeText, room: PageLayout) -> list[Content]:
    return literal(text).wrap(room.value) if text else [literal(SafeText("—"), "$quiet")]


def _side_by_side(label: Content, left: Sequence[Content], right: Sequence[Content], room: PageLayout) -> list[Content]:
    lines = []
    for index, (left_line, right_line) in enumerate(zip_longest(left, right, fillvalue=Content(""))):
        head = _fit(label if index == 0 else Content(""), LABEL - 1) + Content(" ")
        gap = " " * max(0, room.value + GAP - left_line.cell_length) if right_line.plain else ""
        lines.append(Content.assemble(head, left_line, gap, right_line))
    return lines


def _wrapped(pieces: Sequence[Piece], colour: str, width: int) -> list[Content]:
    """Wrap a value. Words that differ have a colour, and are underlined too, unless the whole value differs."""
    if not pieces:
        return [literal(SafeText("—"), "$quiet")]
    has_common = any(not piece.differs and piece.text.strip() for piece in pieces)
    style = f"{colour} underline" if has_common and colour else colour or "$foreground"
    value = Content.assemble(
        *(literal(p.text, style if p.differs and p.text.strip() else "$foreground") for p in pieces)
    )
    return value.wrap(max(2, width))


def _known(detail: RunDetail) -> SafeText:
    return _NOT_KNOWN if detail.inputs is None else SafeText("known")


def _took(detail: RunDetail, now: float) -> SafeText:
    return SafeText("" if detail.row.status.is_ours else time_figure(detail.row, now))


def _nodes(detail: RunDetail) -> SafeText:
    return SafeText("" if detail.node_count is None else f"{detail.node_count:,}")


def _fit(text: Content, width: int) -> Content:
    cut = text.truncate(max(1, width), ellipsis=True)
    return cut.pad_right(max(0, width - cut.cell_length))
