"""What a sheet says around its cells. Pure functions."""

from collections.abc import Mapping, Sequence
from typing import Final

from textual.content import Content

from cordage_tui.domain.formatting import duration
from cordage_tui.domain.image import ImageView
from cordage_tui.domain.output import Decision, RatingFilter
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.ui.ink import GLYPHS, RUN_COLOURS, literal
from cordage_tui.ui.pictures.describe import describe
from cordage_tui.ui.sheet.faces import TileModel
from cordage_tui.ui.sheet.filter import words as filter_words
from cordage_tui.ui.sheet.grid import Grid, GridViewport
from cordage_tui.ui.sheet.subject import TileLoader
from cordage_tui.ui.verdict import mark

_GAP: Final = literal(SafeText(" · "), "$quiet")


def sheet_title(subject: SafeText, judged: RatingFilter) -> Content:
    """`Contact sheet · All · ✔ kept`."""
    narrowed = Content.assemble(" · ", literal(filter_words(judged), "$accent")) if judged else Content("")
    return Content.assemble("Contact sheet · ", literal(subject), narrowed)


def sheet_subtitle(stock: TileLoader, counts: Mapping[Decision, int], grid: Grid | None, view: GridViewport) -> Content:
    """`24 outputs · 3 kept · 1 rejected · page 1 of 2`."""
    count = stock.tiles.count
    parts = [
        f"{count:,}{'…' if stock.reading else ''} {'cells' if stock.axes else 'outputs' if count != 1 else 'output'}"
    ]
    parts += [f"{counts[o]:,} {o.value}" for o in (Decision.KEPT, Decision.REJECTED) if counts.get(o)]
    if grid is not None and grid.pages > 1:
        parts.append(f"page {min(grid.pages, -(-view.top // grid.down) + 1):,} of {grid.pages:,}")
    if stock.behind:
        parts.append("r shows new ones")
    return literal(one_line(" · ".join(parts)))


def empty_text(judged: RatingFilter) -> Content:
    """What is said where there is nothing to show."""
    if judged:
        return Content("No output here is like that. escape shows all.")
    return Content("No outputs yet. They appear here when runs complete.")


def tile_caption(face: TileModel | None, sight: ImageView | None, heading: Sequence[SafeText]) -> Content:
    """The output under the cursor, in one line: verdict, where it stands in a table, prompt, which it is, file, run."""
    if face is None:
        return Content("")
    parts = [verdict] if (verdict := mark(face.verdict)).plain else []
    parts += [literal(SafeText(" · ".join(heading)), "$accent")] if heading else []
    parts.append(literal(face.row.prompt or one_line(face.row.short_id), "$foreground bold"))
    if face.outputs > 1:
        parts.append(literal(SafeText(f"{face.tile.number} of {face.outputs:,}"), "$quiet"))
    if sight is not None and (said := describe(sight)):
        parts.append(literal(said, "$quiet"))
    parts.append(_run(face))
    return _GAP.join(parts)


def _run(face: TileModel) -> Content:
    status = face.row.status
    took = face.row.elapsed_s(face.row.created_at) if status.is_final else None
    words = f"{GLYPHS[status]} {face.row.status_name}" + (f" in {duration(took)}" if took is not None else "")
    return literal(SafeText(words), f"${RUN_COLOURS[status]}")
