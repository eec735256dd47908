"""Prompt or batch under the cursor of the queue, in full."""

from datetime import tzinfo

from textual.content import Content

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.batch import BatchProgress
from cordage_tui.domain.formatting import format_time_with_age
from cordage_tui.domain.outbox_states import SHOWN_AS, OutboxState
from cordage_tui.domain.queue import QueueItem, QueueStanding
from cordage_tui.domain.run import RunDetail
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.secrets import redact
from cordage_tui.ui.keys.action import ActionNode, bindings_of
from cordage_tui.ui.keys.moves import reading_actions
from cordage_tui.ui.queue.lines import colour, is_stopped, is_unapproved
from cordage_tui.ui.queue.summary import Key
from cordage_tui.ui.run_detail.pane import axes, title
from cordage_tui.ui.run_detail.sections import DetailModel, inputs, prompt, standing_words
from cordage_tui.ui.run_detail.text_layout import hint, wrapped
from cordage_tui.ui.widgets.line_view import ScrollView
from cordage_tui.ui.widgets.status_signs import GLYPHS
from cordage_tui.ui.widgets.text import literal

# Detail of the prompt under the cursor. Pure functions.


@dataclass(frozen=True, slots=True)
class SelectedPrompt:
    """Prompt under the cursor with its stored detail."""

    item: QueueItem
    detail: RunDetail
    webhook: SafeText
    """The webhook's name."""
    standing: QueueStanding | None = None
    """Standing while it is queued; for a batch, the standing of its first prompt."""
    zone: tzinfo | None = None
    """Time zone of shown times; None: this machine's."""
    batch: BatchProgress | None = None
    """Progress of the batch; None: it is a prompt."""


def detail_lines(selected: SelectedPrompt, width: int, now: float, key: Key) -> list[Content]:
    """Render the detail in at most `width` cells; `now` in epoch seconds."""
    item = selected.item
    view = DetailModel(selected.detail, selected.webhook, SafeText(""), zone=selected.zone, batch=selected.batch)
    if selected.batch is not None:
        return _batch_lines(selected, view, width, now, key)
    fields = inputs(view, width, now)
    return [
        _headline(selected, now).truncate(max(1, width), ellipsis=True),
        *_reason(item, width, key),
        *([_choices(key)] if item.state is OutboxState.UNCERTAIN else []),
        *prompt(view, width, now),
        *([Content(""), *fields] if fields else []),
    ]


def _reason(item: QueueItem, width: int, key: Key) -> list[Content]:
    """Render why it is not sent, and the key that sends or approves it."""
    if not item.note:
        return []
    hints = [hint(key("queue.send_first"), SafeText("sends the rest"))] if is_stopped(item) else []
    hints += (
        [hint(key("queue.approve"), SafeText("approves them" if item.members else "approves it"))]
        if is_unapproved(item)
        else []
    )
    return [*wrapped(redact(item.note, item.webhook_key), width), *hints]


def _batch_lines(selected: SelectedPrompt, view: DetailModel, width: int, now: float, key: Key) -> list[Content]:
    """Render a batch: headline, reason why it is not sent, written prompt, and varying inputs."""
    varying = axes(view, width, now)
    headline = _headline(selected, now).truncate(max(1, width), ellipsis=True)
    reason = _reason(selected.item, width, key)
    return [headline, *reason, *title(view, width, now), *([Content(""), *varying] if varying else [])]


def _headline(selected: SelectedPrompt, now: float) -> Content:
    """Render `◌ queued  3rd, about 40s · Sunset · submitted 14:03:09 · sent 14:03:10`."""
    item, status = selected.item, SHOWN_AS[selected.item.state]
    parts = [selected.webhook, f"submitted {format_time_with_age(item.submitted_at, now, selected.zone)}"]
    if item.author is not None:
        parts.insert(1, one_line(f"by {item.author}"))
    if selected.standing is not None:
        standing = standing_words(selected.standing)
        parts.insert(0, one_line(f"{len(item.members):,} prompts, the first {standing}") if item.members else standing)
    if item.sent_at is not None:
        parts.append(f"sent {format_time_with_age(item.sent_at, now, selected.zone)}")
    head = literal(one_line(f"{GLYPHS[status]} {status.word}"), f"{colour(item.state)} bold")
    return Content.assemble(head, "  ", literal(one_line(" · ".join(parts)), "$quiet"))


def _choices(key: Key) -> Content:
    """Render the keys for an uncertain prompt (docs/dev/triggering.md 5)."""
    choices = {"queue.resend": "resend", "queue.keep_waiting": "keep waiting", "queue.drop": "drop"}
    choices["queue.settle"] = "settle"
    return Content("   ").join([hint(key(action), SafeText(label)) for action, label in choices.items()])


# Panel of the prompt under the cursor.


class PromptView(ActionNode, ScrollView):
    """Detail of one prompt. When another prompt is shown, the view begins at its first line."""

    BINDING_GROUP_TITLE = "Prompt"
    ACTIONS = reading_actions("queued_prompt")
    BINDINGS = bindings_of(ACTIONS)

    def __init__(self, key: Key) -> None:
        super().__init__()
        self._key = key
        self._selected: SelectedPrompt | None = None
        self._now = 0.0
        self.border_title = Content("Prompt")

    def show(self, selected: SelectedPrompt | None, now: float) -> None:
        """Show this prompt at `now`, epoch seconds. None: no prompt is under the cursor."""
        before, self._selected, self._now = self._selected, selected, now
        is_same = before is not None and selected is not None and before.item.row == selected.item.row
        self._draw(self.top if is_same else 0)

    def redraw(self) -> None:
        self._draw(self.top)

    def _draw(self, top: int) -> None:
        if self._selected is None or not self.text_width:
            self.draw([], top=0)
        else:
            self.draw(detail_lines(self._selected, self.text_width, self._now, self._key), top=top)
