"""Quit flow and its dialogs. If no prompt waits, the program quits immediately; otherwise the user decides."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from enum import StrEnum

from textual.app import App
from textual.content import Content

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.confirmation import number_to_type
from cordage_tui.domain.formatting import counted
from cordage_tui.domain.key_refusal import refusal_title
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.outbox.open_question import RENEW_S, OpenQuestion
from cordage_tui.engine.processes.detached_worker import WorkerStartError
from cordage_tui.engine.processes.worker import STOP_GRACE_S
from cordage_tui.engine.workspace import Workspace
from cordage_tui.store.errors import StoreError
from cordage_tui.ui.dialogs.base import ConfirmDialog
from cordage_tui.ui.dialogs.choice_menu import ChoiceMenu, MenuChoice
from cordage_tui.ui.dialogs.live_dialog import LiveDialog, Question
from cordage_tui.ui.last_save import LastSave
from cordage_tui.ui.notifications import toast
from cordage_tui.ui.widgets.text import literal


class QuitChoice(StrEnum):
    """Way to quit while prompts are queued."""

    KEEP = "keep"
    """Keep them on disk, and send them at the next start."""
    HAND_OVER = "hand over"
    """Let a background worker send them."""
    DROP = "drop"
    """Drop them."""


@dataclass(frozen=True, slots=True)
class PendingWork:
    """Prompts that would be left when the program quits."""

    queued: int
    """Number of queued prompts."""
    sending: int
    """Number of prompts that are being sent, without a response so far."""
    no_worker: SafeText | None
    """Why no worker could send them; None: a worker could."""
    paused: bool = False
    """Whether the queue is paused, so that no start sends them before it is resumed."""
    is_demo: bool = False
    """Whether this is the demo, which leaves no files."""


class QuitDialog(ChoiceMenu[QuitChoice | None]):
    """Menu of ways to quit while prompts are queued. They are not sent before the answer. It returns None: do not quit.

    Keeping the prompts has the focus.
    """

    def __init__(self, pending: PendingWork, held: OpenQuestion) -> None:
        super().__init__(title(pending), choices(pending))
        self._pending = pending
        self._held = held

    def on_mount(self) -> None:
        self.set_interval(RENEW_S, self._held.renew)

    def on_unmount(self) -> None:
        self._held.close()

    def remarks(self) -> Iterable[Content]:
        if self._pending.no_worker is not None:
            yield literal(self._pending.no_worker, "$quiet")
        if self._pending.sending:
            yield literal(one_line("One more is being sent; quitting waits for its response."), "$quiet")


def title(pending: PendingWork) -> SafeText:
    """Format `3 prompts are not sent yet`."""
    return counted(pending.queued, "prompt is not sent yet", "prompts are not sent yet")


def choices(pending: PendingWork) -> list[MenuChoice[QuitChoice | None]]:
    """Return the ways to quit. The background worker is offered only if it could send the prompts."""
    keep_note = "sent once you resume the queue" if pending.paused else "sent at the next start"
    if pending.is_demo:
        keep_note = "the demo forgets them"
    offered = [
        MenuChoice[QuitChoice | None](
            key, SafeText(label), answer, SafeText(note), needs_pause=answer in (QuitChoice.HAND_OVER, QuitChoice.DROP)
        )
        for key, label, answer, note in (
            ("y", "Quit", QuitChoice.KEEP, keep_note),
            ("h", "Continue in background", QuitChoice.HAND_OVER, "a worker sends them"),
            ("x", "Drop them", QuitChoice.DROP, "not charged"),
            ("escape", "Cancel", None, ""),
        )
    ]
    return [choice for choice in offered if choice.answer is not QuitChoice.HAND_OVER or pending.no_worker is None]


class QuitFlow:
    """Flow of dialogs from the request to quit up to the end of the program."""

    def __init__(
        self, app: App[int], workspace: Workspace, end: Callable[[int, Sequence[SafeText]], None], *, demo: bool
    ) -> None:
        """`end` ends the program, with its exit code and the drafts that are not saved."""
        self._app = app
        self._workspace = workspace
        self.last_save = LastSave(app, lambda: workspace.engine, end, workspace.clock)
        self._demo = demo

    def request_quit(self) -> None:
        """Quit if no prompts of this process would wait. (Another window or a worker may send them.) Otherwise ask."""
        if self.last_save.is_waiting:
            self.last_save.stop_waiting()
            return
        engine = self._workspace.engine
        counts: Mapping[OutboxState, int] = {}
        with suppress(StoreError):  # the queue cannot be read now; the prompts are on disk, and stay there
            counts = engine.queue.counts() if engine and not engine.is_sent_elsewhere else {}
        sending = counts.get(OutboxState.SENDING, 0)
        queued: Sequence[RowId] = ()
        if engine is not None and counts.get(OutboxState.QUEUED):
            with suppress(StoreError):
                queued = engine.queue.queued()
        if engine is not None and queued:
            self._ask(engine, queued, sending)
        elif sending:
            self._confirm_quit(sending)
        else:
            self.last_save.quit()

    def _ask(self, engine: Engine, queued: Sequence[RowId], sending: int) -> None:
        pending = PendingWork(
            len(queued), sending, self._no_worker(engine), engine.queue.control().paused is not None, self._demo
        )
        if not isinstance(self._app.screen, QuitDialog):
            held = engine.queue.ask_about(queued)
            self._app.push_screen(QuitDialog(pending, held), lambda choice: self._leave(engine, choice, queued))

    def _confirm_quit(self, sending: int) -> None:
        sentence = f"{counted(sending, 'prompt is', 'prompts are')} sent and waiting for a response."
        after = "The demo ends with this window." if self._demo else "The outcome is checked at the next start."
        lines = [literal(one_line(sentence)), literal(one_line(after), "$quiet")]
        dialog = ConfirmDialog(one_line("Quit now?"), lines, one_line("Quit"), no=one_line("Cancel"))
        self._app.push_screen(dialog, lambda yes: self.last_save.quit() if yes else None)

    def _no_worker(self, engine: Engine) -> SafeText | None:
        """Return why a worker would not send the prompts; None if it would."""
        if self._demo:
            return one_line("The demo ends with this window, so no worker can send them.")
        if engine.profile.read_only:
            return one_line("The profile is read-only, so no worker may send them.")
        if (refused := engine.leadership.refused) is not None:
            return one_line(f"{refusal_title(refused)}: a worker could not send them either.")
        if engine.queue.control().paused is not None:
            return one_line("The queue is paused, so a worker would send nothing.")
        return None

    def _leave(self, engine: Engine, choice: QuitChoice | None, queued: Sequence[RowId]) -> None:
        if choice is QuitChoice.KEEP:
            self._app.run_worker(self._close(), group="leaving", exclusive=True)
        elif choice is QuitChoice.HAND_OVER:
            self._app.run_worker(self._hand_over(), group="leaving", exclusive=True)
        elif choice is QuitChoice.DROP and number_to_type(len(queued)) is not None:
            self._confirm_drop(engine, queued)
        elif choice is QuitChoice.DROP:
            self._drop(engine, queued)

    def _confirm_drop(self, engine: Engine, queued: Sequence[RowId]) -> None:
        lines = [literal(one_line("They were not sent, so nothing runs and nothing is charged."), "$quiet")]
        question = Question(
            one_line(f"Drop {len(queued):,} prompts?"),
            tuple(lines),
            one_line(f"Drop {len(queued):,}"),
            number_to_type(len(queued)),
        )
        dialog = LiveDialog(engine, lambda: question, queued)
        self._app.push_screen(dialog, lambda yes: self._drop(engine, queued) if yes else None)

    def _drop(self, engine: Engine, queued: Sequence[RowId]) -> None:
        """Drop the prompts that were queued when the dialog opened and still are, and quit.

        If the disk fails, or some prompts have been sent since, stay and say so.
        """
        try:
            dropped = engine.queue.drop_queued(queued)
        except StoreError as error:
            toast(self._app, error.what, error=True)
            return
        if kept := len(queued) - dropped:
            message = f"{dropped:,} dropped; {kept:,} {'was' if kept == 1 else 'were'} sent or changed in the meantime."
            toast(self._app, one_line(message), error=True)
        else:
            self._app.run_worker(self._close(), group="leaving", exclusive=True)

    async def _hand_over(self) -> None:
        toast(self._app, one_line("Starting a background worker…"))
        try:
            await self._workspace.hand_over()
        except WorkerStartError as error:
            toast(self._app, error.what, error=True)
        else:
            await self._close()

    async def _close(self) -> None:
        """Close the workspace with a grace period. A request that is cut off before its answer would be uncertain."""
        await self.last_save.wait(ends=True)
        await self._workspace.close(STOP_GRACE_S)
        self.last_save.quit()
