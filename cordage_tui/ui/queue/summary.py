"""State of the queue as text: titles, notices and the header."""

import math
from collections.abc import Callable, Mapping

from textual.content import Content

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.formatting import counted, format_duration_long
from cordage_tui.domain.key_refusal import is_unpaid, refusal_title
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.queue import BlockedBy, QueueEstimate, QueueSettings
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.engine.errors import join_sentences
from cordage_tui.engine.processes.process_locks import SilentHolder
from cordage_tui.ui.run_detail.text_layout import hint
from cordage_tui.ui.widgets.text import literal

# State of the whole queue: the panel's titles and the notice above it. Pure functions.


@dataclass(frozen=True, slots=True)
class QueueState:
    """State of the queue at one moment."""

    counts: Mapping[OutboxState, int]
    """Number of prompts in each state that is not settled."""
    control: QueueSettings
    drain: QueueEstimate
    refused: SafeText | None = None
    """Why the server rejects the API key; None: it does not."""
    silent: SilentHolder | None = None
    """Process that should send and does not respond; None: there is none."""
    unapproved: int = 0
    """Number of held prompts that wait for the user's approval."""

    @property
    def total(self) -> int:
        """Number of lines of the panel."""
        return sum(self.counts.values())

    @property
    def first(self) -> int:
        """Number of prompts above the first queued one."""
        return self.count(OutboxState.UNCERTAIN) + self.count(OutboxState.SENDING)

    def count(self, state: OutboxState) -> int:
        """Return the number of prompts in one state."""
        return self.counts.get(state, 0)


Key = Callable[[str], SafeText]
"""Returns the key of an action, by its id."""


def title(state: QueueState) -> Content:
    """Format the title: `Queue · 37 queued · 38s`, or that the queue is paused or on hold."""
    drain = state.drain
    parts = ["Queue"]
    if drain.queued:
        parts.append(f"{drain.queued:,} queued")
    if state.control.paused is not None:
        parts.append("paused")
    elif drain.queued and (drain.seconds is None or state.silent is not None):
        parts.append("not sending")
    elif drain.queued and drain.seconds is not None:
        parts.append(format_duration_long(math.ceil(drain.seconds)))
    return literal(one_line(" · ".join(parts)))


def subtitle(state: QueueState) -> Content:
    """Format the subtitle: `1 being sent · 2 uncertain · 60/min`. It has the other states and the highest sending rate."""
    names = {OutboxState.SENDING: "being sent", OutboxState.UNCERTAIN: "uncertain", OutboxState.HELD: "held"}
    parts = [f"{count:,} {name}" for other, name in names.items() if (count := state.count(other))]
    if state.control.max_active is not None:
        parts.append(f"max active runs {state.control.max_active:,}")
    elif state.drain.queued and state.drain.blocked is None:
        parts.append(f"{round(state.drain.a_minute)}/min")
    return literal(one_line(" · ".join(parts)))


def notice(state: QueueState, key: Key) -> Content:
    """Format the notice of what blocks the queue, with the key that helps. Empty: nothing blocks it."""
    lines: list[Content] = []
    if state.refused is not None:
        lines.append(
            refused_words(state.refused, state.count(OutboxState.HELD) - state.unapproved, key("queue.new_key"))
        )
    if state.control.paused is not None:
        lines.append(_line(state.control.paused, key("queue.pause"), SafeText("resumes")))
    elif state.silent is not None:
        lines.append(
            _line(one_line(f"Nothing is sent: {state.silent.words}. {state.silent.advice}", 300), None, SafeText(""))
        )
    elif state.drain.blocked is not None and state.refused is None:
        action, effect = _remedy(state)
        lines.append(_line(state.drain.blocked, key(action) if action else None, effect))
    return Content("\n").join(lines)


def _remedy(state: QueueState) -> tuple[str | None, SafeText]:
    """Return the action that unblocks the queue, and its effect in words. None: no action helps."""
    if state.drain.blocked_by is BlockedBy.SPENDING:
        return "queue.over_limit", SafeText("sends over the limit")
    return (None if state.control.max_active is None else "queue.limit"), SafeText("changes the limit")


def refused_words(refused: str, held: int, key: SafeText) -> Content:
    """Format the notice that the API key or its account is `refused`, how many prompts are `held`, and the key that helps."""
    title = refusal_title(refused)
    sentence = f"{title}: {counted(held, 'prompt is', 'prompts are')} held." if held else f"{title}."
    if is_unpaid(refused):
        return _line(one_line(f"{sentence} Pay for the account."), key, SafeText("then enters its key, or another"))
    return _line(one_line(sentence), key, SafeText("enters a new key"))


def held_words(held: int, unapproved: int, key: Key, refused: SafeText | None) -> Content | None:
    """Format the notice of what needs the user, for a screen without the queue: a new API key, else approval.

    None: nothing needs the user. `held`: number of held prompts that do not wait for approval.
    """
    if refused is not None:
        return refused_words(refused, held, key("app.new_key"))
    sentence = f"{counted(unapproved, 'prompt waits', 'prompts wait')} for your approval"
    return _line(one_line(sentence), key("app.queue"), SafeText("opens the queue")) if unapproved else None


def header_words(control: QueueSettings, key: SafeText, silent: SilentHolder | None = None) -> SafeText | None:
    """Say in the header why nothing is sent. None: nothing blocks the queue.

    `silent`: the process that should send and does not respond.
    """
    if control.paused is None:
        return one_line(f"not sent: {silent.words}") if silent else None
    return one_line(f"queue paused · {key}" if key else "queue paused")


def _line(reason: SafeText, key: SafeText | None, effect: SafeText) -> Content:
    sentence = literal(join_sentences(reason), "$run-wait")
    return Content.assemble(sentence, " ", hint(key, effect), ".") if key else sentence


# Announcement of pauses of the queue.


class PauseAnnouncer:
    """Announces each pause once."""

    def __init__(self) -> None:
        self._last_pause: tuple[float | None, SafeText | None] = (None, None)

    def news(self, control: QueueSettings) -> SafeText | None:
        """Return why the queue is paused, if this pause is not the one of the last call. None: there is no news."""
        before, self._last_pause = self._last_pause, (control.paused_at, control.paused)
        return control.paused if self._last_pause != before else None
