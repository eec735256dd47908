"""Prompts on the user's word: written down before anything else happens to them."""

from collections.abc import Callable, Sequence
from contextlib import suppress

from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.outbox import Expected, StateChange
from cordage_tui.domain.run import BatchSource, RowId
from cordage_tui.domain.text import SafeText
from cordage_tui.engine.sender import WAITS_FOR_KEY
from cordage_tui.engine.session import EngineContext
from cordage_tui.engine.words import join_sentences
from cordage_tui.store.errors import StoreError


class SubmissionService:
    """What the user submits, sends again or takes back. Methods raise StoreError, and then nothing was or will be sent."""

    def __init__(self, session: EngineContext, refused: Callable[[], SafeText | None]) -> None:
        """`refused()` tells why the key is refused; None while it is not."""
        self._session = session
        self._outbox = session.store.outbox
        self._queue = session.store.queue
        self._refused = refused

    def submit(self, webhook_key: str, inputs: Inputs) -> RowId:
        """Queues it; holds it while the key is refused."""
        row = self._outbox.submit(self._session.profile, webhook_key, inputs)
        self.hold_back(row)
        return row

    def submit_batch(self, webhook_key: str, source: BatchSource, bodies: Sequence[Inputs]) -> RowId:
        """Queues all of `bodies`, or none, behind one line of the table, which is returned."""
        batch = self._session.store.batches.submit(self._session.profile, webhook_key, source, bodies)
        self.hold_back()
        return batch

    def resend(self, row: RowId, expected: Expected) -> StateChange:
        """Queues an uncertain one again, if it still stands as expected."""
        change = self._queue.resend(row, expected)
        if change.done:
            self.hold_back(row)
        return change

    def hold_back(self, row: RowId | None = None) -> None:
        """While the key is refused nothing that is queued can be sent, and says so: one row, or all."""
        if (refused := self._refused()) is not None:
            with suppress(StoreError):  # then it stays queued, and is not sent either
                self._queue.hold(self._session.profile, join_sentences(refused, WAITS_FOR_KEY), row)
