"""Sections of the detail pane for a batch."""

from collections.abc import Sequence
from typing import Final

from textual.content import Content

from cordage_tui.domain.formatting import bar, format_duration_long, format_time_with_age, remaining_words
from cordage_tui.domain.inputs import PROMPT
from cordage_tui.domain.run import BatchProgress, BatchSource, Status
from cordage_tui.domain.text import SafeText, one_line, safe
from cordage_tui.ui.run_detail.outputs import LABEL, columns, wrapped
from cordage_tui.ui.run_detail.sections import LONGEST_PROMPT, DetailModel, Section
from cordage_tui.ui.run_table.cells import ORDER, batch_colour
from cordage_tui.ui.widgets.text import GLYPHS, RUN_COLOURS, literal

_WIDEST_BAR: Final = 32
"""Cells of the progress bar."""


_UNKNOWN: Final = BatchProgress(BatchSource(""), folded=True, counts={})


def _progress(view: DetailModel) -> BatchProgress:
    return view.batch or _UNKNOWN


def headline(view: DetailModel, width: int, now: float) -> list[Content]:
    """Return `▤ 33 of 48 ended` and a progress bar while the batch is running."""
    progress = _progress(view)
    text = f"{GLYPHS[Status.BATCH]} {progress.ended:,} of {progress.total:,} ended"
    line = literal(one_line(text), f"${batch_colour(progress)} bold").truncate(max(1, width), ellipsis=True)
    if not progress.total or progress.ended == progress.total:
        return [line]
    cells = min(width, _WIDEST_BAR)
    return [line, literal(SafeText(bar(progress.ended / progress.total, cells)), f"${batch_colour(progress)}")]


def title(view: DetailModel, width: int, now: float) -> list[Content]:
    """Return the prompt of the batch as it was written."""
    written = _progress(view).source.inputs.get(PROMPT)
    text = safe(written) if isinstance(written, str) else view.detail.row.prompt
    return [Content(""), *wrapped(SafeText(text.strip()[:LONGEST_PROMPT]), width, "$foreground bold")]


def runs(view: DetailModel, width: int, now: float) -> list[Content]:
    """Count the runs of each status: glyph, word and number."""
    counts = _progress(view).counts
    figures = {status: f"{counts[status]:,}" for status in ORDER if counts.get(status)}
    widest = max(map(len, figures.values()), default=0)
    lines: list[Content] = []
    for status, figure in figures.items():
        label = literal(one_line(f"{GLYPHS[status]} {status.value}"), f"${RUN_COLOURS[status]}")
        lines.append(Content.assemble(label.pad_right(max(0, LABEL[0] + 2 - label.cell_length)), figure.rjust(widest)))
    return lines


def axes(view: DetailModel, width: int, now: float) -> list[Content]:
    """List what varies in the batch."""
    pairs = [(one_line(name, 60), one_line(", ".join(values), 1_000)) for name, values in _progress(view).source.axes]
    return columns(pairs, width)


def times(view: DetailModel, width: int, now: float) -> list[Content]:
    """Return when it was submitted, how long it has been running, and when its last run will probably end."""
    row, progress = view.detail.row, _progress(view)
    pairs = [(SafeText("submitted"), format_time_with_age(row.created_at, now, view.zone))]
    if progress.ended < progress.total:
        pairs.append((SafeText("lasting"), format_duration_long(now - row.created_at)))
        if view.batch_left_s is not None:
            pairs.append((SafeText("expected"), remaining_words(view.batch_left_s)))
    elif progress.last_end is not None and progress.last_end >= row.created_at:
        pairs.append((SafeText("took"), format_duration_long(progress.last_end - row.created_at)))
        pairs.append((SafeText("ended"), format_time_with_age(progress.last_end, now, view.zone)))
    return columns(pairs, width)


def identity(view: DetailModel, width: int, now: float) -> list[Content]:
    """Return webhook and number of prompts."""
    pairs = [(SafeText("webhook"), view.webhook), (SafeText("made of"), SafeText(f"{view.detail.row.size:,} prompts"))]
    return columns(pairs, width)


BATCH_SECTIONS: Final[Sequence[Section]] = (
    Section(SafeText(""), headline),
    Section(SafeText(""), title),
    Section(SafeText("Runs"), runs),
    Section(SafeText("Varies"), axes),
    Section(SafeText("Times"), times, ticks=True),
    Section(SafeText("Batch"), identity),
)
"""Sections, the most important first."""
