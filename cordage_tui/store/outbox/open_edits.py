"""Open edits: the process in which each waiting prompt is open for changes, and whether that process still exists."""

import os
from collections.abc import Mapping
from typing import Final

from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.queue import EditStart
from cordage_tui.domain.run import RowId
from cordage_tui.domain.submission import StateChange
from cordage_tui.store.file.database import Database
from cordage_tui.store.outbox.queued_prompts import change_inputs
from cordage_tui.store.outbox.submit_and_claim import NO_LINKS
from cordage_tui.store.outbox.transitions import OutboxTransitions

_UNSENT: Final = (OutboxState.QUEUED, OutboxState.HELD)
STOPPED: Final = 0
"""Replaces the process in `outbox.editor` while a prompt is held because its batch was stopped: only the user resumes
it."""
UNSAVED: Final = -1
"""Replaces the process in `outbox.editor` if a prompt was edited in a window that ended: only the user sends it."""


class OpenEdits:
    """Edits of single prompts that wait. Each method is one transaction, on disk when it returns; all raise StoreError,
    and then nothing has changed."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._transitions = OutboxTransitions(database, clock)

    def begin_edit(self, row: RowId, note: str, pid: int) -> EditStart:
        """Hold a prompt that the user edits in the process `pid`. It is not sent before the edit is saved or left."""
        with self._database.write() as write:
            state, editor = self._transitions.state(row), self._editor(row)
            if state is OutboxState.QUEUED:
                self._transitions.move(write, row, OutboxState.HELD, note)
                write.update("outbox", row, {"editor": pid})
                return EditStart.WAS_QUEUED
            if state is not OutboxState.HELD:
                return EditStart.SENT
            if is_edited(editor):
                return EditStart.OPEN_ELSEWHERE
            if editor != STOPPED:
                write.update("outbox", row, {"editor": pid})
            return EditStart.WAS_HELD if editor in (None, STOPPED) else EditStart.WAS_UNSAVED

    def save_edit(
        self, row: RowId, inputs: Inputs, links: Mapping[str, OutputRef] = NO_LINKS, pid: int = 0
    ) -> StateChange:
        """Replace the inputs of a queued or held prompt, unless it is open to edit in another process than `pid`.

        `links`: inputs that are outputs of other runs.
        """
        with self._database.write() as write:
            editor = self._editor(row)
            if self._transitions.state(row) not in _UNSENT or (editor != pid and is_edited(editor)):
                return self._transitions.outcome(row, done=False)
            change_inputs(write, self._transitions, row, inputs, links)
            return self._transitions.outcome(row, done=True)

    def leave_edit(self, row: RowId, start: EditStart, pid: int) -> None:
        """Leave a prompt held as it was before the process `pid` edited it."""
        with self._database.write() as write:
            if self._editor(row) == pid and self._transitions.state(row) is OutboxState.HELD:
                write.update("outbox", row, {"editor": UNSAVED if start is EditStart.WAS_UNSAVED else None})

    def _editor(self, row: RowId) -> int | None:
        return next(iter(self._database.column("SELECT editor FROM outbox WHERE id = ?", (row,))), None)


def is_edited(editor: int | None) -> bool:
    """Return whether a process that exists has the prompt open to edit it."""
    return editor not in (None, STOPPED, UNSAVED) and _is_alive(editor)


def _is_alive(pid: int) -> bool:
    """Return whether the process exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # another user's
    return True
