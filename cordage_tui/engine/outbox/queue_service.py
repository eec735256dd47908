"""Queue operations: submit, resend, drop, move, pause."""

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.key_refusal import waits_for
from cordage_tui.domain.match_set import MatchSet, Settlement
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.queue import EditStart, Lane, QueueItem, QueueSettings
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.submission import (
    NO_LINEAGE,
    UNCERTAIN,
    UNSENT,
    AuthorRequest,
    Expected,
    Lineage,
    StateChange,
)
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.errors import (
    PAUSED_BY_USER,
    KeyInInputs,
    join_sentences,
    queued_elsewhere,
    refuse_held_author,
    refuse_if_read_only,
)
from cordage_tui.engine.outbox import search_window
from cordage_tui.engine.outbox.open_question import OpenQuestion
from cordage_tui.engine.outbox.sender import WAITS_FOR_KEY
from cordage_tui.engine.processes.leadership import Leadership
from cordage_tui.store.errors import StoreError
from cordage_tui.store.store import Store

if TYPE_CHECKING:
    from cordage_tui.engine.outbox.linked_inputs import OutputNames

KEEP_WAITING_S: Final = 300.0
"""When an uncertain prompt is looked for once more after the user chose to wait."""

_EDITED: Final = (
    "Held until its edit is saved. If its window ended, edit it again: saving it unchanged sends it as it is."
)


class QueueService:
    """The user's operations on the queue of one profile. Methods raise StoreError, and then nothing has changed.

    Those that cause sending raise ReadOnlyProfile if the profile refuses it, and UserOnly if an author may not.
    Inputs that contain the API key raise KeyInInputs.
    """

    def __init__(
        self,
        context: EngineContext,
        leadership: Leadership,
    ) -> None:
        self._context = context
        self._profile = context.profile
        self._store = context.store
        self._queue = context.store.queue
        self._control = context.store.queue_control
        self._leadership = leadership

    def refuse_key(self, bodies: Iterable[Inputs]) -> None:
        """Raise KeyInInputs if one of the bodies has the API key of the profile in it."""
        if any(map(self._context.client.holds_key, bodies)):
            raise KeyInInputs

    def submit(
        self,
        webhook_key: str,
        inputs: Inputs,
        draft: Inputs | None = None,
        lane: Lane = Lane.INTERACTIVE,
        lineage: Lineage = NO_LINEAGE,
        *,
        over_limit: bool = False,
        request: AuthorRequest | None = None,
    ) -> RowId:
        """Commit a submission to disk as `queued`, last in its lane, and wake the sender.

        It becomes `held` while the key is refused, and if the user must approve an author's submissions. Submissions
        of the context's author join the batch lane. URLs replace the names of outputs.

        `draft` is the text left in the prompt panel. It is stored in the same transaction as the `lineage`, the
        permission to exceed the run limits, and the name of a `request`.

        Raises `StoreError` if it cannot be stored, and `UnknownOutput` for an unknown name of an output. Raises
        `ReadOnlyProfile` if the profile refuses it, and `AlreadyRequested` if the request was submitted before.
        Then nothing was sent, and nothing will be.
        """
        refuse_if_read_only(self._context.open_profile)
        self.refuse_key([inputs])
        inputs, lineage = output_names(self._context).linked(inputs, lineage)
        author = self._context.author
        lane = lane if author is None else Lane.BATCH
        row = self._store.outbox.submit(
            self._profile, webhook_key, inputs, draft, lane, lineage, author, over_limit, request
        )
        self.hold_back(row)
        return row

    def submit_batch(
        self,
        webhook_key: str,
        source: BatchSource,
        bodies: Sequence[Inputs],
        draft: Inputs | None = None,
        lane: Lane = Lane.BATCH,
        lineages: Sequence[Lineage] = (),
        *,
        over_limit: int = 0,
        request: AuthorRequest | None = None,
    ) -> RowId:
        """Commit all of `bodies` to disk as `submit` does, or none, as one row of the table, which is returned.
        Raises as `submit`.

        `lineages`: one for each body, or none at all. `over_limit`: this many of the last ones may exceed the
        run limits.
        """
        refuse_if_read_only(self._context.open_profile)
        self.refuse_key(bodies)
        names = output_names(self._context)
        linked = [
            names.linked(*body_and_lineage)
            for body_and_lineage in zip(bodies, lineages or [NO_LINEAGE] * len(bodies), strict=True)
        ]
        bodies, lineages = [body for body, _ in linked], [lineage for _, lineage in linked]
        author = self._context.author
        lane = lane if author is None else Lane.BATCH
        batch = self._store.batches.submit(
            self._profile, webhook_key, source, bodies, draft, lane, lineages, author, over_limit, request
        )
        self.hold_back()
        return batch

    def waiting(self, offset: int = 0, limit: int = 1_000) -> list[QueueItem]:
        """Unsettled submissions: uncertain, being sent, queued in the order of sending, held."""
        return self._queue.waiting(self._profile, offset, limit)

    def ahead(self, row: RowId) -> int | None:
        """Number of submissions above this one in `waiting`; None when it is settled."""
        return self._queue.ahead(self._profile, row)

    def counts(self) -> Mapping[OutboxState, int]:
        """Count unsettled submissions by state; states without any are missing."""
        return self._queue.counts(self._profile)

    def control(self) -> QueueSettings:
        """Read whether the queue is paused, and its limit of active runs."""
        return self._control.read(self._profile)

    def queued_elsewhere(self) -> SafeText | None:
        """Describe the queue of this profile for other servers; None: it is empty."""
        return queued_elsewhere(self._store.servers.queued_elsewhere(self._context.open_profile))

    def lanes(self) -> Mapping[Lane, int]:
        """Count the queued submissions of each lane; lanes without any are missing."""
        return self._queue.lanes(self._profile)

    def pause(self) -> None:
        """Pause the queue for all processes until `resume`. Requests on the wire are completed."""
        self._control.pause(self._profile, PAUSED_BY_USER)

    def resume(self) -> None:
        """Resume the queue."""
        refuse_if_read_only(self._context.open_profile)
        self._control.resume(self._profile)

    def limit_active(self, runs: int | None) -> None:
        """Send nothing while `runs` runs of the profile are active; None: no limit."""
        self._control.limit_active(self._profile, runs)

    def move(self, rows: Collection[RowId], to: int, lane: Lane | None = None) -> None:
        """Move queued rows, in the order given, after `to` others; within `lane`, as near to there as it reaches."""
        self._queue.reorder(self._profile, rows, to, lane)

    def shift(self, row: RowId, by: int) -> bool:
        """Move a queued row by `by` places; crossing the border of the lanes counts as one. False when it is not
        queued."""
        return self._queue.shift(self._profile, row, by)

    def queued(self) -> list[RowId]:
        """List queued submissions in the order of sending."""
        return self._queue.queued(self._profile)

    def drop_queued(self, rows: Collection[RowId]) -> int:
        """Drop those of `rows` that are still queued. Returns how many there were."""
        return sum(map(bool, self._store.outbox.drop_all(dict.fromkeys(rows, UNSENT)).values()))

    def edit(self, row: RowId, inputs: Inputs) -> StateChange:
        """Replace the inputs of a submission that is still queued or held; a held one is queued then, unless it waits for
        approval. Raises as `submit` does."""
        _refuse_changes(self._context)
        self.refuse_key([inputs])
        inputs, links = output_names(self._context).resolve(inputs)
        change = self._store.open_edits.save_edit(row, inputs, links, os.getpid())
        if change.done and change.state is OutboxState.HELD:
            self.put_back(row)
        return change

    def ask_about(self, rows: Collection[RowId]) -> OpenQuestion:
        """Hold prompts during a question to the user about them. They are not sent until the question is closed."""
        return OpenQuestion(self._store.questions, self._context.clock, self._profile, rows)

    def begin_edit(self, row: RowId) -> EditStart:
        """Hold an unsent submission while the user edits it. If this process ends before the edit does, it stays held."""
        return self._store.open_edits.begin_edit(row, _EDITED, os.getpid())

    def leave_edit(self, row: RowId, start: EditStart) -> None:
        """Put a submission that was not edited back as it was."""
        if start is EditStart.WAS_QUEUED:
            self.put_back(row)
        else:
            self._store.open_edits.leave_edit(row, start, os.getpid())

    def put_back(self, row: RowId) -> None:
        """Queue a held submission, in its place."""
        if self._queue.release(row):
            self.hold_back(row)

    def resend(self, row: RowId, expected: Expected = UNCERTAIN) -> StateChange:
        """Send an uncertain submission once more, as the user decided, if its state is still the expected one.

        If the first one arrived, both run and both are charged.
        """
        _refuse_changes(self._context)
        change = self._queue.resend(row, expected)
        if change.done:
            self.hold_back(row)
        return change

    def keep_waiting(self, row: RowId) -> bool:
        """Search for an uncertain submission again in `KEEP_WAITING_S` instead of asking now. False when it is not
        uncertain."""
        return keep_waiting(self._store, self._context.clock, self._profile, row)

    def match_set_of(self, row: RowId) -> MatchSet | None:
        """Unsettled set that has this submission or run; None: there is none."""
        return self._store.match_sets.of(self._profile, row)

    def settle(self, shown: MatchSet, settlement: Settlement, *, again: bool = False) -> bool:
        """Settle a set in one step as the user decided. False when it has changed since it was `shown`; then nothing
        is done.

        `again`: if none ran, send all of them once more. Any that did run after all is paid for twice.
        """
        if again:
            _refuse_changes(self._context)
        if not self._store.match_sets.settle(shown, settlement, again=again):
            return False
        for row in shown.rows if again else ():
            self.hold_back(row)
        return True

    def hold_back(self, row: RowId | None = None) -> None:
        """Hold one queued row, or all, while the key is refused, with the reason as a note."""
        if (refused := self._leadership.refused) is not None:
            with suppress(StoreError):  # then it stays queued, and is not sent either
                self._queue.hold(self._profile, join_sentences(refused, WAITS_FOR_KEY.format(waits_for(refused))), row)


def _refuse_changes(context: EngineContext) -> None:
    refuse_if_read_only(context.open_profile)
    refuse_held_author(context.open_profile, context.author_name)


def keep_waiting(store: Store, clock: Clock, profile: str, row: RowId) -> bool:
    """Carry out `QueueService.keep_waiting`. Raises StoreError."""
    uncertain = next((uncertain for uncertain in store.uncertain.all(profile) if uncertain.row == row), None)
    if uncertain is None:
        return False
    next_check = clock.wall() + KEEP_WAITING_S
    store.uncertain.looked(row, uncertain.checks, next_check, search_window.note_waiting(uncertain, next_check))
    return True


def output_names(context: EngineContext) -> "OutputNames":
    """Return the names of outputs in inputs of a profile."""
    from cordage_tui.engine.outbox.linked_inputs import OutputNames  # the first screen submits nothing

    return OutputNames(context.store, context.profile)
