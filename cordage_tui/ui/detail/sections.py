"""The detail pane as a table of sections: each is a row here, drawn by a pure function from values to lines."""

from collections.abc import Callable, Sequence
from datetime import tzinfo
from typing import Final, TypeAlias

from textual.content import Content

from cordage_tui.domain.duration_model import RunEstimate
from cordage_tui.domain.fast_dataclass import dataclass, field
from cordage_tui.domain.formatting import STALE_S, expectation, format_duration_long, format_spans, format_time_with_age
from cordage_tui.domain.inputs import prompt_of
from cordage_tui.domain.run import BatchProgress, RunDetail, Status
from cordage_tui.domain.text import SafeText, one_line, redact, safe
from cordage_tui.ui.detail.answer import metadata, raw_json, value_text
from cordage_tui.ui.detail.gallery import ThumbnailView, gallery_lines
from cordage_tui.ui.detail.layout import columns, heading, hint, wrapped
from cordage_tui.ui.detail.outputs import NOWHERE, OutputLocations, outputs
from cordage_tui.ui.detail.reasons import reason
from cordage_tui.ui.ink import GLYPHS, RUN_COLOURS, literal
from cordage_tui.ui.pictures.line import Line

LONGEST_PROMPT: Final = 6_000
"""Characters of a prompt that are set in lines; wrapping more would be felt at each step through the runs."""

PROMPT_LINES: Final = 4
"""Lines of the prompt above a picture: the whole stands below it."""

SHELL_LINES: Final = 8
"""Lines of the curl line that are shown."""


@dataclass(frozen=True, slots=True)
class DetailModel:
    """All that the pane shows at one time."""

    detail: RunDetail
    webhook: SafeText
    """The webhook's name."""
    curl: SafeText = field(repr=False)
    """How to repeat it from a shell (`shell.curl_line`); empty: inputs unknown."""
    raw_open: bool = False
    outlook: RunEstimate | None = None
    """What to expect of it while it is active; None: nothing is known."""
    batch: BatchProgress | None = None
    """Of a batch's line: how far it is."""
    batch_left_s: float | None = None
    """Seconds until its last run will probably have ended; None: not known."""
    gallery: ThumbnailView | None = None
    """Its outputs as they hang on the pane; None: there are none, or it is not known yet how they are shown."""
    reach: OutputLocations = NOWHERE
    """How its outputs are reached."""
    zone: tzinfo | None = None
    """Time zone of shown times; None: this machine's."""

    @property
    def goes_on(self) -> bool:
        """Time that passes shows on it."""
        whole = self.batch
        return self.detail.row.status.is_active or (whole is not None and whole.ended < whole.total)


Draw: TypeAlias = Callable[[DetailModel, int, float], Sequence[Line]]


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the pane."""

    title: SafeText
    """Its heading; empty: none."""
    draw: Draw
    """(view, width in cells, now in epoch seconds) → lines; no lines: no heading either."""
    ticks: bool = False
    """It shows time that passes while the run is active."""

    def lines(self, view: DetailModel, width: int, now: float) -> Sequence[Line]:
        """Heading and body at `width` cells."""
        body = self.draw(view, width, now)
        return [*heading(self.title, width), *body] if self.title and body else body


_AFTER: Final = {Status.COMPLETED: "in", Status.FAILED: "after", Status.CANCELLED: "after"}


def headline(view: DetailModel, width: int, now: float) -> list[Content]:
    """`✔ completed in 2m 15s`: glyph, word and time in the status colour."""
    row = view.detail.row
    text = f"{GLYPHS[row.status]} {row.status_name}"
    elapsed = row.elapsed_s(now)
    if elapsed is not None and (row.status in _AFTER or row.status.is_active):
        text += f" {_AFTER.get(row.status, 'for')} {format_duration_long(elapsed)}"
    return [literal(SafeText(text), f"${RUN_COLOURS[row.status]} bold").truncate(max(1, width), ellipsis=True)]


def prompt(view: DetailModel, width: int, now: float) -> list[Content]:
    """What a person knows the run by, the brightest thing on the panel; over a picture only as much as leaves that in view."""
    lines = _prompt(view, width)
    if _is_cut(view, lines):
        lines = [*lines[: PROMPT_LINES - 1], lines[PROMPT_LINES - 1].append("…").truncate(width, ellipsis=True)]
    return [Content(""), *lines]


def whole_prompt(view: DetailModel, width: int, now: float) -> list[Content]:
    """The prompt where it has been cut above."""
    lines = _prompt(view, width)
    return lines if _is_cut(view, lines) else []


def _is_cut(view: DetailModel, lines: Sequence[Content]) -> bool:
    return view.gallery is not None and view.gallery.draws and len(lines) > PROMPT_LINES


def _prompt(view: DetailModel, width: int) -> list[Content]:
    inputs = view.detail.inputs
    text = safe(prompt_of(inputs)).strip() if inputs else view.detail.row.prompt
    if not text:
        told = "No inputs." if inputs is not None else "Started elsewhere; its inputs are not known."
        return wrapped(SafeText(told), width, "$quiet")
    more = len(text) - LONGEST_PROMPT
    lines = wrapped(SafeText(text[:LONGEST_PROMPT]), width, "$foreground bold")
    return [*lines, *(wrapped(SafeText(f"… {more:,} more characters"), width, "$quiet") if more > 0 else [])]


def inputs(view: DetailModel, width: int, now: float) -> list[Content]:
    """Every field that was sent, but the one shown as the prompt."""
    sent = view.detail.inputs or {}
    key, shown = view.detail.row.webhook_key, prompt_of(sent)
    pairs = [(one_line(name, 60), value_text(value, key)) for name, value in sent.items() if value != shown]
    return columns(pairs, width)


def times(view: DetailModel, width: int, now: float) -> list[Content]:
    """When and how long; and for an active run how old this knowledge is, once it is old."""
    row, heard = view.detail.row, view.detail.seen_at
    pairs = [(SafeText("created"), format_time_with_age(row.created_at, now, view.zone)), *format_spans(row, now)]
    if row.status.is_active and view.outlook is not None:
        pairs += expectation(view.outlook)
    if row.ended_at is not None:
        pairs.append((SafeText("ended"), format_time_with_age(row.ended_at, now, view.zone)))
    if row.status.is_active and heard is not None and now - heard > STALE_S:
        pairs.append((SafeText("last heard"), SafeText(f"{format_duration_long(now - heard)} ago")))
    return columns(pairs, width)


def identity(view: DetailModel, width: int, now: float) -> list[Content]:
    """Webhook, nodes and the run's whole id."""
    pairs = [(SafeText("webhook"), view.webhook)]
    if view.detail.node_count is not None:
        pairs.append((SafeText("nodes"), SafeText(str(view.detail.node_count))))
    run_id = view.detail.row.run_id
    pairs.append((SafeText("run"), one_line(run_id) if run_id else SafeText("no id yet")))
    return columns(pairs, width)


def shell(view: DetailModel, width: int, now: float) -> list[Content]:
    """The first lines of the curl line; the clipboard gets it whole."""
    if not view.curl:
        return []
    lines = wrapped(redact(view.curl[:LONGEST_PROMPT], view.detail.row.webhook_key), width, "$quiet")
    cut = [literal(SafeText("…"), "$quiet")] if len(lines) > SHELL_LINES or len(view.curl) > LONGEST_PROMPT else []
    return [*lines[:SHELL_LINES], *cut, hint(SafeText("C"), SafeText("copies the whole line"))]


SECTIONS: Final[Sequence[Section]] = (
    Section(SafeText(""), headline, ticks=True),
    Section(SafeText(""), lambda view, width, now: reason(view.detail, width)),
    Section(SafeText(""), prompt),
    Section(SafeText(""), lambda view, width, now: gallery_lines(view.gallery, width) if view.gallery else []),
    Section(SafeText("Outputs"), lambda view, width, now: outputs(view.detail, width, view.reach)),
    Section(SafeText("Prompt"), whole_prompt),
    Section(SafeText("Inputs"), inputs),
    Section(SafeText("Times"), times, ticks=True),
    Section(SafeText("Run"), identity),
    Section(SafeText("Metadata"), lambda view, width, now: columns(metadata(view.detail), width)),
    Section(SafeText("Repeat from a shell"), shell),
    Section(SafeText("Answer"), lambda view, width, now: raw_json(view.detail, width, view.raw_open)),
)
"""From what matters most to what is looked up."""
