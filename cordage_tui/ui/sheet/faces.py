"""What one cell says: the words below a picture, and what stands in the place of one. Pure functions."""

from collections.abc import Sequence

from textual.content import Content

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.image import ImageState, ImageView
from cordage_tui.domain.output import OutputRef, Rating
from cordage_tui.domain.run import RunRow
from cordage_tui.domain.text import SafeText
from cordage_tui.ui.ink import GLYPHS, RUN_COLOURS, literal
from cordage_tui.ui.pictures.describe import describe
from cordage_tui.ui.runs.formats import steady
from cordage_tui.ui.sheet.roll import Tile
from cordage_tui.ui.verdict import mark


@dataclass(frozen=True, slots=True)
class TileModel:
    """All that is known of one tile, without the picture."""

    tile: Tile
    row: RunRow
    output: OutputRef | None
    """None: the run has none (yet)."""
    verdict: Rating
    outputs: int
    """Of the run."""
    name: SafeText
    """What tells it from its neighbours; empty where headings do."""
    reason: SafeText | None = None
    """Why the run failed."""

    @property
    def is_rejected(self) -> bool:
        return self.verdict.kept is False


def label(face: TileModel, width: int, *, cursor: bool) -> Content:
    """The line below a picture: verdict, name, and which of the run's outputs it is, at the right."""
    number = f"{face.tile.number}/{face.outputs:,}" if face.outputs > 1 else ""
    tail = literal(SafeText(number), "$quiet") if len(number) + 4 < width else Content("")
    left = mark(face.verdict)
    room = width - (tail.cell_length + 1 if tail else 0) - (left.cell_length + 1 if left else 0)
    style = "$foreground bold" if cursor else "$quiet" if face.is_rejected else "$foreground"
    name = literal(SafeText(steady(face.name)), style).truncate(max(0, room), ellipsis=True)
    body = Content(" ").join([part for part in (left, name) if part.plain])
    body = body.truncate(width, ellipsis=True)
    return Content.assemble(body, " " * max(0, width - body.cell_length - tail.cell_length), tail)


def instead(face: TileModel, sight: ImageView, width: int, height: int) -> list[Content]:
    """Lines for the place of a picture that is not drawn: how the run stands, the beginning of a text, or what the file is."""
    if face.output is None:
        return _middle(_standing(face), width, height)
    if sight.text is not None and sight.standing is ImageState.DESCRIBED:
        inner = max(1, width - 2)
        return [line.pad_left(1) for line in _wrapped(sight.text, inner, height, "$foreground")]
    words = describe(sight)
    style = "$run-bad" if sight.standing is ImageState.FAILED else "$quiet"
    parts = [words] if sight.standing is ImageState.FAILED else [SafeText(part) for part in words.split(" · ")]
    return _middle([literal(part, style) for part in parts if part], width, height)


def _standing(face: TileModel) -> list[Content]:
    status = face.row.status
    said = [literal(SafeText(f"{GLYPHS[status]} {face.row.status_name}"), f"${RUN_COLOURS[status]}")]
    if status.is_final and face.reason:
        said.append(literal(face.reason, "$quiet"))
    elif face.row.run_id is not None and status.value == "completed":
        said.append(literal(SafeText("no outputs"), "$quiet"))
    return said


def _middle(said: Sequence[Content], width: int, height: int) -> list[Content]:
    """Wrapped, centred both ways."""
    lines = [part for words in said for part in words.wrap(max(1, width - 2))][:height]
    above = [Content("")] * ((height - len(lines)) // 2)
    return above + [line.pad_left(max(0, (width - line.cell_length) // 2)) for line in lines]


def _wrapped(text: SafeText, width: int, height: int, style: str) -> list[Content]:
    lines: list[Content] = []
    for paragraph in text.expandtabs(4).split("\n"):
        lines += literal(SafeText(paragraph), style).wrap(width) if paragraph else [Content("")]
        if len(lines) >= height:
            break
    return lines[:height]
