"""Editing of the queue as a file in `$EDITOR`."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.queue_changes import QueueChanges, UnsentPrompt
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.engine.errors import refuse_if_read_only
from cordage_tui.engine.nonblocking_waits import run_in_daemon_thread
from cordage_tui.engine.outbox.queue_file import (
    QueueFile,
    QueueFileError,
    find_faults,
    keep_copy,
    summary,
    why_left,
)
from cordage_tui.store.outbox.queue_edits import DroppedPrompt, QueueEdits
from cordage_tui.ui.dialogs.base import ConfirmDialog, Cover
from cordage_tui.ui.external.editor import QUEUE_FILE
from cordage_tui.ui.external.foreground import ForegroundProgram
from cordage_tui.ui.queue.file_review import FileProblemDialog, QueueReview, QueueReviewDialog
from cordage_tui.ui.screen_base import EngineScreen

Made = TypeVar("Made")
_BUSY: Final = SafeText("The editor is already open.")


class QueueFileActions:
    """Actions of a file of queued prompts: write it, edit it, read it, review it and apply it."""

    def __init__(
        self,
        host: EngineScreen[None],
        foreground: ForegroundProgram,
        folder: Path,
        on_dropped: Callable[[Sequence[DroppedPrompt]], None],
    ) -> None:
        """Create the actions. `folder` keeps files that are not applied; `on_dropped` gets dropped prompts for the undo."""
        self._host = host
        self._foreground = foreground
        self._on_dropped = on_dropped
        self._folder = folder
        self._edits = QueueEdits(host.store.database, host.store.outbox, host.engine.profile.stored_as)
        self._kept: Path | None = None
        """Copy of the text that the editor saved. It is kept until the text is applied, in case the program ends."""

    def edit(self, rows: Collection[RowId] | None = None) -> None:
        """Open queued and held prompts in `$EDITOR`: those of `rows`, or all (None). Sending continues."""
        with self._host.report_errors():
            refuse_if_read_only(self._host.engine.profile)
            prompts = self._edits.unsent(rows)
            if prompts:
                self._host.run_worker(self._edit(prompts), group="editor", exclusive=False)
            else:
                self._host.toast(one_line("Nothing here can be edited: it was sent, or is open in an editor."))

    async def _edit(self, prompts: Sequence[UnsentPrompt]) -> None:
        file = await self._covered("Writing the file…", partial(QueueFile, prompts, self._host.engine.profile.label))
        text, edit_again = file.text, True
        while edit_again:
            result = await self._foreground.edit(text, QUEUE_FILE, self._keep)
            if result is None or result.words is not None:
                self._host.toast(_BUSY if result is None or result.words is None else result.words, error=True)
                break
            text = result.text
            self._forget_copy()
            if text != file.text:
                self._keep(text)
            edit_again = await self._reviewed(file, text)
        if self._kept is not None:
            self._host.toast(one_line(f"Your file is kept: {self._kept}", 400))
            self._kept = None

    async def _reviewed(self, file: QueueFile, text: str) -> bool:
        """Show the changes, and apply them if the user agrees. Return True if the file should be edited again."""
        try:
            review = await self._covered("Reading the file…", partial(self._read, file, text))
        except QueueFileError as error:
            return await self._answer(FileProblemDialog(error.what))
        if not review.changes.rows:
            self._host.toast(one_line("Nothing was changed."))
            self._forget_copy()
            return False
        stale = self._host.reads.last_good(self._edits.stale, {}, review.changes)
        dialog = QueueReviewDialog(replace(review, stale=stale))
        if await self._answer(dialog):
            with self._host.report_errors():
                self._apply(review.changes)
        return dialog.again

    def _read(self, file: QueueFile, text: str) -> QueueReview:
        changes = file.read(text)
        return QueueReview(changes, find_faults(changes, self._host.engine.profile))

    def _apply(self, changes: QueueChanges) -> None:
        refuse_if_read_only(self._host.engine.profile)
        dropped, stale = self._edits.apply(changes)
        message = f"Queue: {summary(changes, stale)}."
        if dropped:
            self._on_dropped(dropped)
        if stale:
            first_row = next(iter(stale))
            others = f" and {len(stale) - 1:,} more" if len(stale) > 1 else ""
            message += f" Left alone: {first_row}{others}. {why_left(stale[first_row])}"
        else:
            self._forget_copy()
        self._host.toast(one_line(message, 400), error=bool(stale))

    async def _covered(self, message: str, work: Callable[[], Made]) -> Made:
        """Run `work` in a thread, while a cover with a message takes all keys."""
        cover = Cover(one_line(message), leavable=False)
        await self._host.app.push_screen(cover)
        try:
            return await run_in_daemon_thread(work, "queue file")
        finally:
            cover.dismiss()

    async def _answer(self, dialog: ConfirmDialog) -> bool:
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        await self._host.app.push_screen(dialog, lambda yes: answer.set_result(bool(yes)))
        return await answer

    def _keep(self, text: str) -> None:
        """Keep a copy of the text that the editor saved. Show a toast if that fails."""
        with self._host.report_errors():
            self._kept = keep_copy(self._folder, text, self._host.clock.wall())

    def _forget_copy(self) -> None:
        if self._kept is not None:
            with suppress(OSError):
                self._kept.unlink()
        self._kept = None
