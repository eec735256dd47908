"""Queue operations: submit, resend, drop, move, pause."""

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from typing import Final

from cordage_tui.api.rate_budget import WINDOW_S
from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.match_set import MatchSet, Settlement
from cordage_tui.domain.outbox import (
    UNCERTAIN,
    UNSENT,
    Expected,
    OutboxState,
    QueueEstimate,
    QueueItem,
    QueueSettings,
    StateChange,
)
from cordage_tui.domain.rate_limit import RateLimitClass
from cordage_tui.domain.run import BatchSource, RowId
from cordage_tui.domain.text import SafeText
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.errors import PAUSED_BY_USER, join_sentences, queued_elsewhere, refuse_if_read_only
from cordage_tui.engine.outbox import search_window
from cordage_tui.engine.outbox.sender import WAITS_FOR_KEY
from cordage_tui.engine.polling.fetcher import ActiveRuns
from cordage_tui.store.errors import StoreError

# Prompts on the user's word: written down before anything else happens to them.


class SubmissionService:
    """What the user submits, sends again or takes back. Methods raise StoreError, and then nothing was or will be sent."""

    def __init__(
        self, session: EngineContext, refused: Callable[[], SafeText | None], opened: Callable[[], Profile]
    ) -> None:
        """`refused()` returns why the key is refused, None while it is not; `opened()` the profile as it is now."""
        self._session = session
        self._outbox = session.store.outbox
        self._queue = session.store.queue
        self._refused = refused
        self._opened = opened

    def submit(self, webhook_key: str, inputs: Inputs, draft: Inputs | None = None) -> RowId:
        """Commit a submission to disk as `queued`, which wakes the sender; as `held` while the key is refused.

        `draft`: what a submission from the prompt panel leaves there; it is stored in the same transaction.
        Raises `StoreError` when it cannot be written down, `ReadOnlyProfile` when the profile refuses it; then nothing
        was and nothing will be sent.
        """
        refuse_if_read_only(self._opened())
        row = self._outbox.submit(self._session.profile, webhook_key, inputs, draft)
        self.hold_back(row)
        return row

    def submit_batch(
        self, webhook_key: str, source: BatchSource, bodies: Sequence[Inputs], draft: Inputs | None = None
    ) -> RowId:
        """Commit all of `bodies` to disk as `submit` does, or none, as one row of the table, which is returned. Raises as
        `submit` does."""
        refuse_if_read_only(self._opened())
        batch = self._session.store.batches.submit(self._session.profile, webhook_key, source, bodies, draft)
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


# The queue in the user's hands: what waits, how soon it goes, and every word that changes that.

KEEP_WAITING_S: Final = 300.0
"""When an uncertain prompt is looked for once more after the user chose to wait."""

_SET_ASIDE: Final = "Set aside while you edit it."


class QueueService:
    """The queue of one profile. Methods raise StoreError, and then nothing has changed; those that let something be sent
    raise ReadOnlyProfile where the profile refuses it."""

    def __init__(
        self,
        session: EngineContext,
        submissions: SubmissionService,
        activity: ActiveRuns,
        refused: Callable[[], SafeText | None],
        opened: Callable[[], Profile],
        disk: Callable[[], SafeText | None],
    ) -> None:
        """`refused()` tells why the key is refused, and `disk()` why the disk keeps prompts back, None while they do not;
        `opened()` is the profile as it is now."""
        self._session = session
        self._profile = session.profile
        self._store = session.store
        self._queue = session.store.queue
        self._control = session.store.queue_control
        self._submissions = submissions
        self._activity = activity
        self._refused = refused
        self._opened = opened
        self._disk = disk

    def waiting(self, offset: int = 0, limit: int = 1_000) -> list[QueueItem]:
        """What is not settled: uncertain, being sent, queued in the order it will go, held."""
        return self._queue.waiting(self._profile, offset, limit)

    def ahead(self, row: RowId) -> int | None:
        """How many stand above this one in `waiting`; None when it is settled."""
        return self._queue.ahead(self._profile, row)

    def counts(self) -> Mapping[OutboxState, int]:
        """How many there are of each state that is not settled; states without any are missing."""
        return self._queue.counts(self._profile)

    def control(self) -> QueueSettings:
        """Whether it is paused, and by how many active runs it is limited."""
        return self._control.read(self._profile)

    def elsewhere(self) -> SafeText | None:
        """What waits under this profile for other servers, in words: it is not sent to this one. None: nothing does."""
        return queued_elsewhere(self._store.servers.queued_elsewhere(self._opened()))

    def drain(self) -> QueueEstimate:
        """The time to send all that is queued at the trigger budget's pace, or why it stands still."""
        counts = self.counts()
        queued = counts.get(OutboxState.QUEUED, 0)
        trigger = self._session.pacer.view(RateLimitClass.TRIGGER)
        a_minute = trigger.limit * 60.0 / WINDOW_S
        blocked = self._blocked(counts)
        seconds = None if blocked else trigger.wait_s + max(queued - 1, 0) * 60.0 / a_minute if queued else 0.0
        return QueueEstimate(queued, a_minute, seconds, blocked)

    def pause(self) -> None:
        """Nothing more is sent, by whatever process, until `resume`. What is on the wire goes on."""
        self._control.pause(self._profile, PAUSED_BY_USER)

    def resume(self) -> None:
        """The queue goes on."""
        refuse_if_read_only(self._opened())
        self._control.resume(self._profile)

    def limit_active(self, runs: int | None) -> None:
        """Nothing is sent while `runs` runs of the profile are active; None: no such limit."""
        self._control.limit_active(self._profile, runs)

    def send_first(self, rows: Collection[RowId]) -> None:
        """These go next, in the order given."""
        self._queue.reorder(self._profile, rows, 0)

    def move(self, rows: Collection[RowId], to: int) -> None:
        """These, in the order given, stand behind `to` other queued ones."""
        self._queue.reorder(self._profile, rows, to)

    def expected(self, row: RowId) -> Expected | None:
        """How a prompt stands, for a question to the user: what is decided is done only while it stands so. None: it is no
        prompt of ours."""
        return self._store.outbox.expected(row)

    def drop(self, row: RowId, expected: Expected = UNSENT) -> StateChange:
        """Takes a prompt off the list, on the user's word, if it still stands as expected: queued, held, rejected or
        uncertain. An uncertain one may run all the same."""
        return self._store.outbox.drop(row, expected)

    def queued(self) -> list[RowId]:
        """What is queued, in the order it will go."""
        return self._queue.queued(self._profile)

    def drop_queued(self, rows: Collection[RowId]) -> int:
        """Takes those of `rows` off the list that are queued still. Returns how many there were."""
        return sum(map(bool, self._store.outbox.drop_all(dict.fromkeys(rows, UNSENT)).values()))

    def edit(self, row: RowId, inputs: Inputs) -> StateChange:
        """Sends these inputs instead, if it is queued or held still."""
        refuse_if_read_only(self._opened())
        return self._queue.edit(row, inputs)

    def set_aside(self, row: RowId) -> bool:
        """Holds a queued one, so that it does not go while the user edits it. False when it is not queued (any more)."""
        return self._queue.set_aside(self._profile, row, _SET_ASIDE, os.getpid())

    def put_back(self, row: RowId) -> None:
        """What was set aside goes in its turn."""
        if self._queue.release(row):
            self._submissions.hold_back(row)

    def resend(self, row: RowId, expected: Expected = UNCERTAIN) -> StateChange:
        """Sends an uncertain one once more, on the user's word, if it still stands as expected: if the first one did arrive,
        both run and both cost."""
        refuse_if_read_only(self._opened())
        return self._submissions.resend(row, expected)

    def keep_waiting(self, row: RowId) -> bool:
        """Looks for an uncertain one again in `KEEP_WAITING_S` instead of asking now. False when it is not uncertain."""
        doubt = next((doubt for doubt in self._store.doubts.all(self._profile) if doubt.row == row), None)
        if doubt is None:
            return False
        next_check = self._session.clock.wall() + KEEP_WAITING_S
        self._store.doubts.looked(row, doubt.checks, next_check, search_window.keeps_waiting(doubt, next_check))
        return True

    def match_sets(self) -> list[MatchSet]:
        """The sets of prompts and runs of which is not told which is whose, as far as nobody has settled them."""
        return self._store.match_sets.all(self._profile)

    def match_set_of(self, row: RowId) -> MatchSet | None:
        """The set that has this prompt or run; None: none has that is not settled."""
        return self._store.match_sets.of(self._profile, row)

    def settle(self, shown: MatchSet, settlement: Settlement, *, again: bool = False) -> bool:
        """Settles a set in one step, on the user's word. False when it is not as it was `shown` any more; then nothing is done.
        `again`: where none ran, sends all of them once more; any that did run after all is paid for twice."""
        if again:
            refuse_if_read_only(self._opened())
        if not self._store.match_sets.settle(shown, settlement, again=again):
            return False
        for row in shown.rows if again else ():
            self._submissions.hold_back(row)
        return True

    def _blocked(self, counts: Mapping[OutboxState, int]) -> SafeText | None:
        control, active = self.control(), self._activity.count()
        if control.paused is not None:
            return control.paused
        if not counts.get(OutboxState.QUEUED):
            return None
        if (refused := self._refused()) is not None:
            return join_sentences(refused, "Nothing is sent until there is a key that works")
        if (trouble := self._disk()) is not None:
            return trouble
        if self._session.breaker.is_open:
            return join_sentences("The server is not reached; what is queued goes when it is")
        if control.max_active is not None and active >= control.max_active:
            return join_sentences(f"Waits until fewer than {control.max_active} runs are active; {active} are")
        if self._control.open_since(self._profile) is None:
            return join_sentences("No window or worker that may send is open")
        if not counts.get(OutboxState.SENDING) and not self._store.outbox.has_claimable(self._profile):
            return join_sentences("What is left is the very same as an uncertain prompt and waits for it")
        return None
