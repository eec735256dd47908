"""The prompt under the cursor at length: what is sent, when it was, what is not known of it, and what comes next."""

from datetime import tzinfo

from textual.content import Content

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.formatting import format_time_with_age
from cordage_tui.domain.outbox import SHOWN_AS, OutboxState, QueueItem
from cordage_tui.domain.run import RunDetail
from cordage_tui.domain.text import SafeText, one_line, redact
from cordage_tui.ui.detail.layout import hint, wrapped
from cordage_tui.ui.detail.sections import DetailModel, inputs, prompt
from cordage_tui.ui.ink import GLYPHS, literal
from cordage_tui.ui.queue.lines import colour
from cordage_tui.ui.queue.standing import Key


@dataclass(frozen=True, slots=True)
class SelectedPrompt:
    """The prompt under the cursor, and what is on disk of it."""

    waiting: QueueItem
    detail: RunDetail
    webhook: SafeText
    """The webhook's name."""
    zone: tzinfo | None = None
    """Time zone of shown times; None: this machine's."""


def detail_lines(selected: SelectedPrompt, width: int, now: float, key: Key) -> list[Content]:
    """All of it in at most `width` cells; `now` in epoch seconds."""
    waiting = selected.waiting
    view = DetailModel(selected.detail, selected.webhook, SafeText(""), zone=selected.zone)
    fields = inputs(view, width, now)
    return [
        _headline(selected, now).truncate(max(1, width), ellipsis=True),
        *(wrapped(redact(waiting.note, waiting.webhook_key), width) if waiting.note else []),
        *([_choices(key)] if waiting.state is OutboxState.UNCERTAIN else []),
        *prompt(view, width, now),
        *([Content(""), *fields] if fields else []),
    ]


def _headline(selected: SelectedPrompt, now: float) -> Content:
    """`? uncertain  Sunset · submitted 14:03:09 · sent 14:03:10`."""
    waiting, status = selected.waiting, SHOWN_AS[selected.waiting.state]
    parts = [selected.webhook, f"submitted {format_time_with_age(waiting.submitted_at, now, selected.zone)}"]
    if waiting.sent_at is not None:
        parts.append(f"sent {format_time_with_age(waiting.sent_at, now, selected.zone)}")
    head = literal(one_line(f"{GLYPHS[status]} {status.value}"), f"{colour(waiting.state)} bold")
    return Content.assemble(head, "  ", literal(one_line(" · ".join(parts)), "$quiet"))


def _choices(key: Key) -> Content:
    """What the user can do about an uncertain one (FAULTS.md B 5); its note says when it is looked for again."""
    choices = {"queue.resend": "sends it again", "queue.keep_waiting": "keeps waiting", "queue.drop": "drops it"}
    return Content("   ").join([hint(key(action), SafeText(words)) for action, words in choices.items()])
