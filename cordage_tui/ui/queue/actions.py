"""Actions of the queue screen, and on one submission from any screen."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Button, Input, Static

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.formatting import counted
from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.outbox import Expected, Lane, QueueItem, StateChange
from cordage_tui.domain.run import OutboxState, RowId
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.domain.webhook import Webhook
from cordage_tui.engine.errors import AGAIN_WHILE_PAUSED, REFUSALS, describe_change, refuse_if_read_only
from cordage_tui.engine.outbox.linked_inputs import OutputNames
from cordage_tui.ui.dialogs.base import FormDialog
from cordage_tui.ui.dialogs.live import LiveDialog, Question
from cordage_tui.ui.external.foreground import ForegroundProgram
from cordage_tui.ui.queue.prompt_editing import EditQueuedPromptScreen
from cordage_tui.ui.queue.summary import Key
from cordage_tui.ui.screen_base import EngineScreen
from cordage_tui.ui.widgets.text import SteadyInput, literal

if TYPE_CHECKING:
    from cordage_tui.store.outbox.queue_edits import DroppedPrompt, QueueEdits
    from cordage_tui.ui.queue.layout import QueueLayout

# Actions on a submission that may still be dropped or sent again, with the questions before them.


class SubmissionActions:
    """Actions on a submission as it was when the question about it opened (`Expected`), wherever the cursor is by then."""

    def __init__(self, host: EngineScreen[Any]) -> None:
        self._host = host

    def drop(self, row: RowId, prompt: SafeText, expected: Expected) -> None:
        """Drop a prompt; asks first. Free if it was not sent."""
        words = "It was not sent, so nothing runs and nothing is charged."
        if expected.state is OutboxState.UNCERTAIN:
            words = "It was sent: it may be running and may be charged. Dropping it only removes it from this list."
        question = Question(
            SafeText("Drop this prompt?"),
            (literal(prompt, "bold"), literal(one_line(words), "$quiet")),
            SafeText("Drop"),
        )
        self._ask(row, expected, question, partial(self._host.store.outbox.drop, row, expected))

    def resend(self, row: RowId, prompt: SafeText, expected: Expected) -> None:
        """Send a prompt again whose response was lost; asks first."""
        words = "The first one may be running. If so, both run and both are charged. Check the run list first."
        question = Question(
            SafeText("Send it again?"),
            (literal(prompt, "bold"), literal(one_line(words), "$run-wait")),
            SafeText("Send again"),
        )
        self._ask(row, expected, question, partial(self._resend, row, expected))

    def _resend(self, row: RowId, expected: Expected) -> StateChange:
        queue = self._host.engine.queue
        change = queue.resend(row, expected)
        if change and queue.control().paused is not None:
            self._host.toast(AGAIN_WHILE_PAUSED)
        return change

    def _ask(self, row: RowId, expected: Expected, question: Question, change: Callable[[], StateChange]) -> None:
        """Ask before a change; there is nothing to ask any more once the prompt has another state."""
        outbox = self._host.store.outbox

        def look() -> Question:
            if outbox.still(row, expected):
                return question
            now = literal(describe_change(outbox.outcome(row, done=False)), "$run-wait")
            return replace(question, lines=(question.lines[0], now), possible=False)

        with self._host.report_errors():
            self._host.app.push_screen(LiveDialog(self._host.engine, look, [row]), partial(self._answered, change))

    def _answered(self, change: Callable[[], StateChange], agreed: bool | None) -> None:
        if agreed:
            self.change(change)

    def change(self, change: Callable[[], StateChange]) -> bool:
        """Change the state of a submission. Return False, and show a toast, if it has another state by now."""
        with self._host.report_errors():
            if changed := change():
                return True
            self._host.toast(describe_change(changed), error=True)
        return False


# Dialog for the limit of active runs.

NO_LIMIT: Final = 0
MOST: Final = 100_000
"""Largest limit, in runs."""


class LimitDialog(FormDialog[int]):
    """Dialog for the limit of active runs. Answers a number, `NO_LIMIT`, or None when left.

    `present`: the limit in effect; None: none.
    """

    AUTO_FOCUS = "#runs"

    def __init__(self, present: int | None) -> None:
        super().__init__(SafeText("Limit active runs"), save="Set")
        self._present = present

    def compose_fields(self) -> ComposeResult:
        yield Static(Content("Max active runs"), classes="label")
        value = "" if self._present is None else str(self._present)
        yield SteadyInput(value, id="runs", placeholder="no limit", compact=True)

    @on(Input.Submitted, "#runs")
    @on(Button.Pressed, "#save")
    def _save(self) -> None:
        typed = self.query_one("#runs", Input).value.strip()
        number = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= 6 else None
        if not typed:
            self.dismiss(NO_LIMIT)
        elif number is None or not 1 <= number <= MOST:
            self.refuse("#runs", SafeText("Enter a whole number from 1, or leave it empty for no limit."))
        else:
            self.dismiss(number)


# Actions of the queue.

GONE: Final = one_line("It has changed in the meantime; nothing was done.")
SENT_MEANWHILE: Final = one_line("It was already sent, without your changes.")
NAMED: Final = 60
"""Characters of a prompt in a toast."""


class QueueActions:
    """Actions on the prompts of a queue screen."""

    def __init__(self, host: EngineScreen[None], submit: str, key: Key, foreground: ForegroundProgram) -> None:
        """Create the actions; `submit` is the setting of that name."""
        self._host = host
        self._engine = host.engine
        self._queue = host.engine.queue
        self._submissions = SubmissionActions(host)
        self._submit = submit
        self._foreground = foreground
        self._key = key
        self._dropped: list[Sequence[DroppedPrompt]] = []

    @cached_property
    def _edits(self) -> "QueueEdits":
        return self._host.store.queue_edits(self._engine.profile.stored_as)

    @property
    def can_undo(self) -> bool:
        """True if a drop can be undone."""
        return bool(self._dropped)

    def pause_or_resume(self) -> None:
        """Pause or resume the queue, for every window and worker of the profile."""
        with self._host.report_errors():
            if self._queue.control().paused is None:
                self._queue.pause()
            else:
                self._queue.resume()

    def move(self, layout: "QueueLayout", line: int, by: int) -> None:
        """Move the prompt or batch on a line of the panel one place up (`by` -1) or down (1); of a batch and what is beside it,
        the fewer prompts are moved to the other side."""
        own, other = layout.unit(line), layout.neighbour(line, by)
        if own is None:
            return
        with self._host.report_errors():
            if not own.is_batch and (other is None or not other.is_batch):
                if not self._queue.shift(own.rows[0], by):
                    self._host.toast(GONE)
            elif other is None or other.lane is not own.lane:
                to = Lane.INTERACTIVE if by < 0 else Lane.BATCH
                if to is not own.lane and (other is not None or by < 0):
                    self._edits.move(own.rows, to, None, after=False)
            elif len(own.rows) <= len(other.rows):
                self._edits.move(own.rows, own.lane, other.rows[0 if by < 0 else -1], after=by > 0)
            else:
                self._edits.move(other.rows, own.lane, own.rows[-1 if by < 0 else 0], after=by < 0)

    def send_first(self, item: QueueItem) -> None:
        """Move a prompt to the front."""
        with self._host.report_errors():
            if item.state is not OutboxState.QUEUED or self._queue.ahead(item.row) is None:
                self._host.toast(GONE)
            else:
                self._queue.move([item.row], 0, Lane.INTERACTIVE)

    def send_rest(self, item: QueueItem) -> None:
        """Send the prompts of a batch that are held because its runs failed; `item` is one of them or the line of the batch."""
        with self._host.report_errors():
            refuse_if_read_only(self._engine.profile)
            stored_as, rows = self._engine.profile.stored_as, item.members or (item.row,)
            if not self._host.store.failure_stops.resume(stored_as, rows):
                self._host.toast(GONE)
            self._queue.hold_back()

    def drop(self, item: QueueItem) -> None:
        """Drop a prompt: at once if it was never sent, since that can be undone; asks first if it may be running."""
        if item.state is OutboxState.UNCERTAIN:
            self._submissions.drop(item.row, item.prompt, item.expected)
        else:
            with self._host.report_errors():
                self._drop_unsent({item.row: item.expected}, item.prompt)

    def drop_all(self, rows: Sequence[RowId]) -> None:
        """Drop prompts that were not sent, in one step that can be undone; those that were are left, and counted."""
        with self._host.report_errors():
            self._drop_unsent(dict.fromkeys(rows))

    def send_all_first(self, rows: Sequence[RowId]) -> None:
        """Move prompts to the front, in their order."""
        with self._host.report_errors():
            self._queue.move(rows, 0, Lane.INTERACTIVE)

    def undo(self) -> RowId | None:
        """Undo the last drop. Returns the first row of it that is queued again."""
        restored: Sequence[RowId] = ()
        with self._host.report_errors():
            refuse_if_read_only(self._engine.profile)
            restored = self._edits.restore(self._dropped[-1])
            self._dropped.pop()
            self._queue.hold_back()
            if not restored:
                self._host.toast(GONE)
        return next(iter(restored), None)

    def edit(self, item: QueueItem) -> None:
        """Edit a prompt before it is sent; until that ends it is not sent."""
        with self._host.report_errors():
            detail = self._host.store.query.detail(item.row)
            aside = item.state is OutboxState.QUEUED and self._queue.set_aside(item.row)
            if detail is None or detail.inputs is None or not (aside or item.state is OutboxState.HELD):
                self._host.toast(SENT_MEANWHILE)
                return
            profile, key = self._engine.profile, item.webhook_key
            webhook = profile.webhook(key) or Webhook(key, profile.label(key))
            links = self._host.store.run_lookup.lineage(item.row).links
            inputs = OutputNames(self._engine.store, self._engine.profile.stored_as).named(detail.inputs, links)
            save = partial(self._save, item.row)
            screen = EditQueuedPromptScreen(webhook, inputs, self._submit, save, self._foreground)
            self._host.app.push_screen(screen, lambda _: self._put_back(item.row) if aside else None)

    def edit_file(self, folder: Path, rows: Collection[RowId] | None = None) -> None:
        """Edit all unsent prompts, or `rows`, as one file; one that is not applied is kept in `folder`."""
        from cordage_tui.ui.queue.file_editing import QueueFileActions  # late: it is large, and seldom used

        QueueFileActions(self._host, self._foreground, folder, self._dropped.append).edit(rows)

    def limit(self) -> None:
        """Limit the number of active runs while sending."""

        def answered(runs: int | None) -> None:
            if runs is not None:
                with self._host.report_errors():
                    self._queue.limit_active(None if runs == NO_LIMIT else runs)

        with self._host.report_errors():
            self._host.app.push_screen(LimitDialog(self._queue.control().max_active), answered)

    def resend(self, item: QueueItem) -> None:
        """Send an uncertain prompt again; asks first."""
        self._submissions.resend(item.row, item.prompt, item.expected)

    def settle(self, item: QueueItem) -> None:
        """Settle the set of uncertain prompts that this one is in."""
        from cordage_tui.ui.dialogs.settle import open_settle

        open_settle(self._host, self._engine, item.row, self._host.clock.wall())

    def keep_waiting(self, item: QueueItem) -> None:
        """Keep checking the run list for an uncertain prompt."""
        with self._host.report_errors():
            self._host.toast(
                one_line("Keeps checking the run list for it.") if self._queue.keep_waiting(item.row) else GONE
            )

    def _drop_unsent(self, wanted: Mapping[RowId, Expected | None], prompt: SafeText | None = None) -> None:
        dropped, left = self._edits.drop(wanted)
        if dropped:
            self._dropped.append(dropped)
            what = f": {one_line(prompt, NAMED)}" if prompt else f" {counted(len(dropped), 'prompt')}"
            self._host.toast(one_line(f"Dropped{what} · {self._key('queue.undo')} undo"))
        if left:
            change = next(iter(left.values()))
            more = f"{len(left):,} left alone. " if len(wanted) > 1 else ""
            self._host.toast(one_line(f"{more}{describe_change(change)}"), error=True)

    def _save(self, row: RowId, inputs: Inputs) -> SafeText | None:
        try:
            return None if self._queue.edit(row, inputs) else SENT_MEANWHILE
        except REFUSALS as error:
            return error.what

    def _put_back(self, row: RowId) -> None:
        with self._host.report_errors():
            self._queue.put_back(row)
