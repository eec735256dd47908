"""Sections of the detail pane."""

import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from textual.content import Content

from cordage_tui.domain.advised_text import action_of
from cordage_tui.domain.base.fast_dataclass import dataclass, field
from cordage_tui.domain.batch import BatchProgress
from cordage_tui.domain.formatting import (
    STALE_S,
    clock_time,
    expectation,
    format_ago,
    format_duration_long,
    format_estimate,
    format_spans,
    format_time_with_age,
    ordinal,
    shown_as_of,
    time_of,
    time_phrase,
)
from cordage_tui.domain.inputs import Inputs, other_inputs, prompt_of, value_line
from cordage_tui.domain.queue import BlockedBy, QueueStanding
from cordage_tui.domain.run import MatchedBy, RunDetail, Status, UnlistedRun
from cordage_tui.domain.safe_text import SafeText, one_line, safe
from cordage_tui.domain.secrets import redact
from cordage_tui.domain.statistics.duration_model import RunEstimate
from cordage_tui.engine.errors import join_sentences
from cordage_tui.engine.outbox.answer_check import GOES_WHEN_READ
from cordage_tui.engine.outbox.sender import GOES_WHEN_REACHED
from cordage_tui.ui.images.image_cells import Line
from cordage_tui.ui.keys.footer import ways_of
from cordage_tui.ui.run_detail.output_links import HyperlinkTargets, outputs
from cordage_tui.ui.run_detail.text_layout import columns, heading, hint, wrapped
from cordage_tui.ui.run_detail.thumbnails import ThumbnailView, gallery_lines
from cordage_tui.ui.widgets.status_signs import GLYPHS, RUN_COLOURS
from cordage_tui.ui.widgets.text import literal

if TYPE_CHECKING:
    from cordage_tui.domain.lineage import Relatives

# Meaning of each status for the user's run and money, and the action that helps. An unknown outcome is never called
# `failed` (docs/dev/triggering.md 5).


@dataclass(frozen=True, slots=True)
class StatusHelp:
    """Meaning of a status for the user, and the action that helps."""

    words: SafeText
    """One or two sentences."""
    action: str | None = None
    """Id of the action."""
    label: str = ""
    beside_note: SafeText | None = None
    """Text used instead of `words` if our note already says that the run may be charged; None: `words`."""


MEANINGS: Final = {
    Status.QUEUED: StatusHelp(SafeText("Saved; not sent yet. Sent as soon as the rate limit allows.")),
    Status.SENDING: StatusHelp(SafeText("Being sent; no response yet.")),
    Status.UNCERTAIN: StatusHelp(
        SafeText(
            "Sent, but no usable response came. It may be running and may be charged. It is not resent automatically."
        ),
        "runs.refresh",
        "check the run list",
        SafeText("It is not resent automatically."),
    ),
    Status.UNMATCHED: StatusHelp(SafeText("It ran, but it is not clear which run it is. It is not resent.")),
    Status.HELD: StatusHelp(
        SafeText("Not sent: there is a problem with the key or the account. It waits until that is fixed.")
    ),
    Status.REJECTED: StatusHelp(SafeText("Rejected: nothing runs, nothing is charged."), "run.edit", "edit & rerun"),
    Status.FAILED: StatusHelp(SafeText(""), "run.edit", "edit & rerun"),
    Status.KILLING: StatusHelp(SafeText("Kill requested; waiting for the server to confirm it.")),
    Status.OTHER: StatusHelp(SafeText("Status unknown to this version. The run is still read.")),
    Status.MISSING: StatusHelp(
        SafeText("The server no longer lists this run. Its outcome is unknown."), "runs.refresh", "refresh"
    ),
}
"""Statuses that need an explanation."""

BLOCKED: Final = {
    BlockedBy.PAUSE: SafeText("Saved; not sent yet: the queue is paused."),
    BlockedBy.KEY: SafeText("Saved; not sent until a working API key is entered."),
    BlockedBy.ACCOUNT: SafeText("Saved; not sent until the account is paid for, or another API key is entered."),
    BlockedBy.DISK: SafeText("Saved; not sent yet: this machine's disk reports an error."),
    BlockedBy.SERVER: SafeText("Saved; not sent yet. Sent when the server is reachable."),
    BlockedBy.ANSWER: SafeText("Saved; not sent yet. Sent when the server's run list can be read."),
    BlockedBy.LIMIT: SafeText("Saved; not sent yet. Sent when fewer runs are active."),
    BlockedBy.SPENDING: SafeText("Saved; not sent yet. Sent when the run limit opens."),
    BlockedBy.SENDER: SafeText("Saved; not sent yet: no window or worker that may send is running."),
    BlockedBy.STALLED: SafeText("Saved; not sent yet: the process that sends is stopped or is not responding."),
    BlockedBy.TWIN: SafeText("Saved; not sent yet."),
    BlockedBy.QUESTION: SafeText("Saved; not sent while a dialog asks about it."),
    BlockedBy.FIRST_RUNS: SafeText("Saved; not sent before one of the first runs of its batch has completed."),
}
"""Meaning of `queued` by what keeps the prompt from being sent."""

_WAITS_FOR_USER: Final = SafeText("It waits for you; nothing is charged.")
_WAITS_FOR: Final = dict.fromkeys(("queue.approve", "queue.edit", "queue.send_first"), _WAITS_FOR_USER)
"""Meaning of `held` by the advised action: it needs an approval, an output for an input is missing, or runs of its
batch failed."""
_NO_MEANING: Final = StatusHelp(SafeText(""))
_SAVED: Final = SafeText("Saved; not sent yet.")
"""Shown if the note of the prompt says already when it is sent."""
_NO_REASON: Final = SafeText("The server gave no reason.")


def reason(view: "DetailModel", width: int, now: float) -> list[Content]:
    """Return the server's error, our note, the meaning of the status and the key that helps. Often there is none of these."""
    detail, status = view.detail, view.detail.row.status
    error, lines = detail.error and redact(detail.error, detail.row.webhook_key), list[Content]()
    if not error and status is Status.FAILED and not detail.note:
        error = _NO_REASON
    if error:
        lines += wrapped(error, width, f"${RUN_COLOURS[status]}")
    meaning = MEANINGS.get(status, _NO_MEANING)
    if detail.note:
        lines += wrapped(redact(detail.note, detail.row.webhook_key), width)
        hints = [view.hint(action, label) for action, label in ways_of(detail.note) if action != meaning.action]
        lines += next(filter(None, hints), [])
    if detail.row.matched is MatchedBy.GUESS:
        lines += view.hint("run.settle", "settle this guess")
    if view.silent is not None and view.silent.trouble is not None:
        since = clock_time(view.silent.heard_at, now, view.zone)
        silence = f"Not heard from since {since}: its webhook's list does not name it, and it cannot be read alone"
        silence_text = join_sentences(silence, view.silent.trouble, "It may have ended")
        lines += wrapped(silence_text, width, "$run-wait")
    explanation = meaning.beside_note if detail.note and "may be charged" in detail.note else None
    if status is Status.HELD:
        explanation = _WAITS_FOR.get(action_of(detail.note) or "", explanation)
    if view.standing is not None and view.standing.blocked_by is not None:
        is_promised = any(promise in (detail.note or "") for promise in (GOES_WHEN_REACHED, GOES_WHEN_READ))
        is_server = view.standing.blocked_by in (BlockedBy.SERVER, BlockedBy.ANSWER)
        explanation = _SAVED if is_promised and is_server else BLOCKED[view.standing.blocked_by]
    lines += wrapped(explanation or meaning.words, width, "$quiet")
    lines += view.hint(meaning.action, meaning.label) if meaning.action else []
    return [Content(""), *lines] if lines else []


# The server's last response about a run: its metadata, and the whole response as JSON.

LONGEST_READ: Final = 200_000
"""Longest response that is parsed while the cursor moves, in characters. A longer one is parsed only when it is opened."""

_SHOWN_ABOVE: Final = frozenset({"node_count", "webhook_key"})


def metadata(detail: RunDetail) -> list[tuple[SafeText, SafeText]]:
    """Return name and value of each metadata field that no other section shows."""
    fields = _field(detail.raw, "metadata") if len(detail.raw) <= LONGEST_READ else None
    if not isinstance(fields, dict):
        return []
    key = detail.row.webhook_key
    return [(one_line(name, 60), value_line(value, key)) for name, value in fields.items() if name not in _SHOWN_ABOVE]


def raw_json(view: "DetailModel", width: int, now: float) -> list[Content]:
    """Return one line with the key that opens the response. Empty before the first response."""
    lines = view.hint("run.raw", "show raw response") if view.detail.raw not in ("", "{}") else []
    return lines if view.curl or not lines else [Content(""), *lines]


@lru_cache(maxsize=4)
def _field(raw: str, name: str) -> Any:
    try:
        response = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return response.get(name) if isinstance(response, dict) else None


# Sections. Each is drawn by a pure function from values to lines.

LONGEST_PROMPT: Final = 6_000
"""Most characters of a prompt that are shown. Wrapping more would slow down each step through the runs."""

PROMPT_LINES: Final = 4
"""Most lines of the prompt above an image. Below the image, the whole prompt is shown."""


@dataclass(frozen=True, slots=True)
class DetailModel:
    """The shown run, and everything that is known of it."""

    detail: RunDetail
    webhook: SafeText
    """The webhook's name."""
    curl: SafeText = field(repr=False)
    """Shell command that repeats the run (`curl_line`); empty: inputs unknown."""
    outlook: RunEstimate | None = None
    """Estimate while the run is active; None: unknown."""
    standing: QueueStanding | None = None
    """Standing while the prompt is queued; None: it is not queued."""
    batch: BatchProgress | None = None
    """Progress, if it is a batch."""
    relatives: "Relatives | None" = None
    """Runs that it was made from, and runs that were made from it; None: there are none."""
    batch_left_s: float | None = None
    """Estimated seconds until the last run of the batch ends; None: unknown."""
    batch_blocked: BlockedBy | None = None
    """What keeps the batch from being sent; None: nothing does."""
    gallery: ThumbnailView | None = None
    """Layout of its outputs; None: there are no outputs, or it is not known yet whether they are drawn."""
    heard_at: float | None = None
    """When a list last named the run, epoch seconds; None: the run is known only from its own reads."""
    silent: UnlistedRun | None = None
    """Set while no list names the run and its own reads fail; None: it is heard from."""
    links: HyperlinkTargets = field(default_factory=lambda: HyperlinkTargets(able=False, loopback=False))
    files: Mapping[int, Path] = field(default_factory=dict)
    """Downloaded files, by output number."""
    zone: tzinfo | None = None
    """Time zone of shown times; None: this machine's."""
    key: Callable[[str], SafeText] = lambda action: SafeText("")
    """Returns the user's key for an action id; empty if it has none."""

    def hint(self, action: str, label: str) -> list[Content]:
        """Return a line with the user's key for an action. Empty: it has no key, or needs inputs that are unknown."""
        key = SafeText("") if action == "run.edit" and self.detail.inputs is None else self.key(action)
        return [hint(key, SafeText(label))] if key else []

    @property
    def goes_on(self) -> bool:
        """True if a passing time is shown."""
        batch = self.batch
        is_queued = self.detail.row.status is Status.QUEUED
        return is_queued or self.detail.row.status.is_active or (batch is not None and batch.ended < batch.total)

    @property
    def last_heard(self) -> float | None:
        """Time when a response last named the run, epoch seconds; None: never."""
        seen_at = self.detail.seen_at
        return None if seen_at is None else max(seen_at, self.heard_at or seen_at)

    def as_of(self, now: float) -> float:
        """Round `now`, epoch seconds, down to the time for which the pane is drawn. For a silent run, it is when it was last
        heard of."""
        if self.silent is not None:
            return min(now, self.silent.heard_at)
        row = self.detail.row
        elapsed_s = time_of(row, now)[0] if self.batch is None else now - row.created_at
        return now if elapsed_s is None or not self.goes_on else shown_as_of(elapsed_s, now)


Draw: TypeAlias = Callable[[DetailModel, int, float], Sequence[Line]]


@dataclass(frozen=True, slots=True)
class Section:
    """Section of the pane."""

    title: SafeText
    """Heading; empty: the section has none."""
    draw: Draw
    """Function (view, width in cells, now in epoch seconds) → lines. Without lines there is no heading either."""
    ticks: bool = False
    """True if its times change while the run is active."""

    def lines(self, view: DetailModel, width: int, now: float) -> Sequence[Line]:
        """Return heading and body at `width` cells."""
        body = self.draw(view, width, now)
        return [*heading(self.title, width), *body] if self.title and body else body


def headline(view: DetailModel, width: int, now: float) -> list[Content]:
    """Return `✔ completed in 2m 15s`: glyph, word and time in the status colour."""
    row = view.detail.row
    text = f"{GLYPHS[row.status]} {row.status_name}"
    if took := time_phrase(row, now):
        text += f" {took}"
    return [literal(SafeText(text), f"${RUN_COLOURS[row.status]} bold").truncate(max(1, width), ellipsis=True)]


def prompt(view: DetailModel, width: int, now: float) -> list[Content]:
    """Return the prompt, the brightest text of the pane. Above an image it is cut, so that the image stays in view."""
    lines = _prompt(view, width)
    if _is_cut(view, lines):
        lines = [*lines[: PROMPT_LINES - 1], lines[PROMPT_LINES - 1].append("…").truncate(width, ellipsis=True)]
    return [Content(""), *lines]


def whole_prompt(view: DetailModel, width: int, now: float) -> list[Content]:
    """Return the whole prompt if it has been cut above."""
    lines = _prompt(view, width)
    return lines if _is_cut(view, lines) else []


def _is_cut(view: DetailModel, lines: Sequence[Content]) -> bool:
    return view.gallery is not None and view.gallery.draws and len(lines) > PROMPT_LINES


def _prompt(view: DetailModel, width: int) -> list[Content]:
    inputs = view.detail.inputs
    text = safe(prompt_of(inputs)).strip() if inputs else view.detail.row.prompt
    if not text:
        message = "No inputs." if inputs is not None else "Inputs unknown: this run was started elsewhere."
        return wrapped(SafeText(message), width, "$quiet")
    hidden = len(text) - LONGEST_PROMPT
    lines = wrapped(SafeText(text[:LONGEST_PROMPT]), width, "$foreground bold")
    return [*lines, *(wrapped(SafeText(f"… {hidden:,} more characters"), width, "$quiet") if hidden > 0 else [])]


def inputs(view: DetailModel, width: int, now: float) -> list[Content]:
    """List every input field except the one that is shown as the prompt."""
    key, others = view.detail.row.webhook_key, other_inputs(view.detail.inputs or {})
    pairs = [(one_line(name, 60), value_line(value, key)) for name, value in others.items()]
    return columns(pairs, width)


def _outputs(view: DetailModel, width: int, now: float) -> list[Content]:
    return outputs(view.detail, width, now, view.links, view.files, view.key("run.copy_urls"))


def lineage(view: DetailModel, width: int, now: float) -> list[Content]:
    """Return the run that it was made from, with the differences, and the runs that were made from it."""
    if view.relatives is None:
        return []
    from cordage_tui.ui.run_detail.lineage import lineage_lines  # late: most runs are made from none

    return lineage_lines(view.detail, view.relatives, width, view.key)


def standing_words(standing: QueueStanding) -> SafeText:
    """Describe the position of a queued prompt: `3rd, about 40s`, or `3rd, paused`."""
    if standing.seconds is None:
        return SafeText(f"{ordinal(standing.position)}, {standing.blocked_by or BlockedBy.PAUSE}")
    return SafeText(f"{ordinal(standing.position)}, {format_estimate(standing.seconds)}")


def times(view: DetailModel, width: int, now: float) -> list[Content]:
    """List when the run was created, started and ended. For an active run, also list how old this information is, if it is
    old."""
    row, heard = view.detail.row, view.last_heard
    pairs = [(SafeText("created"), format_time_with_age(row.created_at, now, view.zone)), *format_spans(row, now)]
    if view.standing is not None:
        pairs.append((SafeText("position"), standing_words(view.standing)))
    if row.status.is_active and view.outlook is not None:
        pairs += expectation(view.outlook)
    if row.ended_at is not None:
        pairs.append((SafeText("ended"), format_time_with_age(row.ended_at, now, view.zone)))
    if row.status.is_active and heard is not None and abs(now - heard) > STALE_S:  # `now` is rounded down
        pairs.append((SafeText("last heard"), format_ago(heard, now, format_duration_long)))
    return columns(pairs, width)


def identity(view: DetailModel, width: int, now: float) -> list[Content]:
    """List webhook, author, nodes, tags and the short run id, with the key that copies the whole id."""
    pairs = [(SafeText("webhook"), view.webhook)]
    if view.detail.row.author is not None:
        pairs.append((SafeText("author"), view.detail.row.author))
    if view.detail.node_count is not None:
        pairs.append((SafeText("nodes"), SafeText(str(view.detail.node_count))))
    if view.detail.row.tags:
        pairs.append((SafeText("tags"), SafeText(" ".join(f"#{tag}" for tag in view.detail.row.tags))))
    short = view.detail.row.short_id
    lines = columns([*pairs, (SafeText("run"), one_line(short) if short else SafeText("no id yet"))], width)
    copies = view.hint("run.copy_id", "copy") if short else []
    if copies and lines[-1].cell_length + 2 + copies[0].cell_length <= width:
        lines[-1] = Content.assemble(lines[-1], "  ", copies[0])
    return lines


def shell(view: DetailModel, width: int, now: float) -> list[Content]:
    """Return one line with the key that copies the whole curl command."""
    lines = view.hint("run.copy_curl", "copy as curl") if view.curl else []
    return [Content(""), *lines] if lines else []


SECTIONS: Final[Sequence[Section]] = (
    Section(SafeText(""), headline, ticks=True),
    Section(SafeText(""), reason, ticks=True),
    Section(SafeText(""), prompt),
    Section(SafeText(""), lambda view, width, now: gallery_lines(view.gallery, width) if view.gallery else []),
    Section(SafeText("Outputs"), _outputs),
    Section(SafeText("Prompt"), whole_prompt),
    Section(SafeText("Inputs"), inputs),
    Section(SafeText("Lineage"), lineage),
    Section(SafeText("Times"), times, ticks=True),
    Section(SafeText("Run"), identity),
    Section(SafeText("Metadata"), lambda view, width, now: columns(metadata(view.detail), width)),
    Section(SafeText(""), shell),
    Section(SafeText(""), raw_json),
)
"""Sections, the most important first."""


# Shell command that repeats a run.

API_KEY: Final = "CORDAGE_API_KEY"
WEBHOOK: Final = "CORDAGE_WEBHOOK"


def curl_line(base_url: str, inputs: Inputs) -> SafeText:
    """Return a POSIX shell command that triggers the same inputs again.

    Both keys are secrets, and appear as the variables `$CORDAGE_API_KEY` and `$CORDAGE_WEBHOOK`. Characters that a
    terminal could interpret as a command are written as JSON escapes. So the shown command sends exactly what it shows.
    """
    body = shlex.quote(_plain_json(inputs))
    url = f'{shlex.quote(base_url.rstrip("/"))}/"${WEBHOOK}"/trigger'
    line = f"curl {url} -H \"Authorization: Bearer ${API_KEY}\" -H 'Content-Type: application/json' -d {body}"
    return safe(line, limit=len(line))


def _plain_json(inputs: Inputs) -> str:
    """Return `inputs` as JSON in which `safe` changes nothing: with readable characters if possible, else in ASCII."""
    readable = json.dumps(inputs, ensure_ascii=False)
    return readable if safe(readable, limit=len(readable)) == readable else json.dumps(inputs)
