"""Any sequence of submit, claim, settle, crash and recover: no illegal step, no lost row, no prompt sent twice."""

import sqlite3
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from cordage_tui.domain.outbox_states import SHOWN_AS, TRANSITIONS, OutboxState
from cordage_tui.domain.run import RemoteRun, RunQuery, Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.submission import Author, Expected
from cordage_tui.store.outbox.queue_edits import QueueEdits
from cordage_tui.store.pruning import PruneFilter, PrunePass
from cordage_tui.store.store import Store

ALL = RunQuery("p")
WEBHOOKS = st.sampled_from(["wh_a", "wh_b"])
MAY_TAKE_A_RUN = (OutboxState.UNCERTAIN, OutboxState.QUEUED, OutboxState.HELD, OutboxState.REJECTED)
PROMPTS = st.sampled_from(["a fox", "an owl", "a heron"])


class Clock:
    now = 1_700_000_000.0

    def wall(self):
        self.now += 1
        return self.now

    monotonic = wall


class Sending(RuleBasedStateMachine):
    """Machine that keeps a model of every submission, and sometimes reopens the store as after a crash.

    One connection of its own reads the disk, as another process would, because each new connection reads the schema
    again.
    """

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = Clock()
        self.path = Path(self.folder.name) / "cordage.db"
        self._open()
        self.states = {}
        self.prompts = {}
        self.runs = 0
        self.tries = []
        """Requests whose outcome nobody has told yet."""
        self.last = {}
        self.beside = {}
        """Runs of each prompt that stand beside it."""
        self.strangers = set()
        self.pruned = set()
        self.undo = []
        self.dropped_as = {}
        self.unapproved = set()

    def _open(self):
        self.store = Store.open(self.path, self.clock)
        self.disk = sqlite3.connect(self.path)

    def _close(self):
        self.disk.close()
        self.store.close()

    def teardown(self):
        self._close()
        self.folder.cleanup()

    def in_state(self, *states):
        return sorted(row for row, state in self.states.items() if state in states)

    @initialize(twins=st.integers(0, 3))
    def begin_with_twins_on_their_way(self, twins):
        for _ in range(twins):
            self.submit("wh_a", "a fox")
        self.claim(frozenset())

    @rule(webhook=WEBHOOKS, prompt=PROMPTS)
    def submit(self, webhook, prompt):
        row = self.store.outbox.submit("p", webhook, {"prompt": prompt})
        assert row not in self.states
        self.states[row] = OutboxState.QUEUED
        self.prompts[row] = (webhook, prompt)

    @rule(webhook=WEBHOOKS, prompt=PROMPTS)
    def submit_for_approval(self, webhook, prompt):
        author = Author(SafeText("claude"), is_held=True)
        row = self.store.outbox.submit("p", webhook, {"prompt": prompt}, author=author)
        self.states[row] = OutboxState.HELD
        self.prompts[row] = (webhook, prompt)
        self.unapproved.add(row)

    @precondition(lambda self: self.unapproved)
    @rule(data=st.data())
    def approve(self, data):
        """Approving works for prompts that wait for it, and not for dropped ones."""
        row = data.draw(st.sampled_from(sorted(self.unapproved)))
        edits = QueueEdits(self.store.database, self.store.outbox, "p")
        shown = edits.unsent([row], unapproved=True)
        assert [prompt.row for prompt in shown] == [row] * (self.states[row] is OutboxState.HELD)
        if shown:
            assert edits.approve(shown) == {} and [*edits.approve(shown)] == [row]
            self.states[row] = OutboxState.QUEUED
            self.unapproved.discard(row)

    @rule(busy=st.sets(WEBHOOKS, max_size=1))
    def claim(self, busy):
        on_the_way = {self.prompts[row] for row in self.in_state(OutboxState.SENDING, OutboxState.UNCERTAIN)}
        free = [
            row
            for row in self.in_state(OutboxState.QUEUED)
            if self.prompts[row] not in on_the_way and self.prompts[row][0] not in busy
        ]
        assert (self.store.outbox.next("p", busy) is not None) == bool(free)
        outgoing = self.store.outbox.claim("p", busy)
        assert (outgoing and outgoing.row) == (free[0] if free else None)
        if outgoing:
            assert (outgoing.webhook_key, outgoing.inputs["prompt"]) == self.prompts[outgoing.row]
            self.states[outgoing.row] = OutboxState.SENDING
            self.tries.append(outgoing)
            self.last[outgoing.row] = outgoing

    @precondition(lambda self: self.tries)
    @rule(data=st.data(), seen_first=st.booleans())
    def accept(self, data, seen_first):
        """The answer to any try that was not answered yet, however late: the run that it names is never thrown away."""
        sent = self.answered_try(data)
        self.runs += 1
        run = RemoteRun(f"r{self.runs}", Status.RUNNING, SafeText("running"))
        if seen_first:
            self.store.runs.merge("p", self.prompts[sent.row][0], [run])
            self.strangers.add(run.run_id)
        is_bound = self.store.outcomes.accept(sent, run)
        if self.is_on_the_wire(sent) or (self.states[sent.row] in MAY_TAKE_A_RUN and sent.row not in self.pruned):
            self.becomes(sent.row, run.run_id)
            assert is_bound
        else:
            self.beside.setdefault(sent.row, []).append(run.run_id)
            self.strangers.add(run.run_id)
            assert not is_bound

    @precondition(lambda self: self.tries)
    @rule(
        data=st.data(),
        end=st.sampled_from([OutboxState.REJECTED, OutboxState.HELD, OutboxState.UNCERTAIN, OutboxState.QUEUED]),
    )
    def end(self, data, end):
        """Any other outcome of any try, however late."""
        sent = self.answered_try(data)
        self.store.outcomes.end(sent, end, "because")
        self.ends(sent, end)

    def answered_try(self, data):
        sent = data.draw(st.sampled_from(self.tries))
        self.tries.remove(sent)
        return sent

    def is_on_the_wire(self, sent):
        return self.states[sent.row] is OutboxState.SENDING and self.last[sent.row] is sent

    def ends(self, sent, state):
        """Only the last try changes its prompt, and only while its outcome is unknown."""
        is_unknown = self.states[sent.row] is OutboxState.UNCERTAIN and self.last[sent.row] is sent
        if self.is_on_the_wire(sent) or (is_unknown and state is not OutboxState.UNCERTAIN):
            self.leaves(sent.row, state)

    def leaves(self, row, state):
        """Apply the outcome, unless an earlier try has run: then its run becomes the prompt's."""
        if self.beside.get(row):
            self.becomes(row, self.beside[row].pop(0))
        else:
            self.states[row] = state

    def becomes(self, row, run_id):
        self.states[row] = OutboxState.ACCEPTED
        self.strangers.discard(run_id)
        assert self.store.rows.get(row).run_id == run_id

    @precondition(lambda self: self.in_state(OutboxState.UNCERTAIN))
    @rule(data=st.data())
    def resend(self, data):
        row = data.draw(st.sampled_from(self.in_state(OutboxState.UNCERTAIN)))
        assert self.store.queue.resend(row).done
        self.states[row] = OutboxState.QUEUED

    @precondition(lambda self: self.states)
    @rule(data=st.data(), expected=st.sampled_from(OutboxState))
    def drop(self, data, expected):
        """Dropping works only in the expected state, if that state may be dropped."""
        row = data.draw(st.sampled_from(sorted(self.states)))
        may = self.states[row] is expected and (expected, OutboxState.DROPPED) in TRANSITIONS
        change = self.store.outbox.drop(row, Expected(expected))
        if may:
            self.dropped_as[row] = self.states[row]
            self.states[row] = OutboxState.DROPPED
        assert (change.done, change.state) == (may, self.states[row])

    @precondition(lambda self: self.states)
    @rule(data=st.data())
    def drop_unsent(self, data):
        """Drop an unsent prompt like the queue does, so that it can be undone."""
        row = data.draw(st.sampled_from(sorted(self.states)))
        expected = self.store.outbox.expected(row)
        dropped, left = QueueEdits(self.store.database, self.store.outbox, "p").drop({row: expected})
        may = self.states[row] in (OutboxState.QUEUED, OutboxState.HELD)
        assert [prompt.row for prompt in dropped] == [row] * may and [*left] == [row] * (not may)
        if may:
            self.dropped_as[row] = self.states[row]
            self.states[row] = OutboxState.DROPPED
            self.undo += dropped

    @precondition(lambda self: self.undo)
    @rule(data=st.data())
    def restore(self, data):
        """Undoing a drop works for prompts that were neither tried nor pruned since."""
        prompt = data.draw(st.sampled_from(self.undo))
        untried = self.store.outbox.expected(prompt.row) == Expected(OutboxState.DROPPED, prompt.attempt)
        may = untried and prompt.row not in self.pruned
        assert not may or self.dropped_as[prompt.row] in (OutboxState.QUEUED, OutboxState.HELD)
        restored = QueueEdits(self.store.database, self.store.outbox, "p").restore([prompt])
        assert restored == [prompt.row] * may
        state = OutboxState.HELD if prompt.row in self.unapproved else OutboxState.QUEUED
        self.states |= dict.fromkeys(restored, state)

    @rule()
    def release(self):
        held = [row for row in self.in_state(OutboxState.HELD) if row not in self.unapproved]
        assert self.store.outbox.release_held("p") == len(held)
        self.states |= dict.fromkeys(held, OutboxState.QUEUED)

    @rule()
    def crash_and_recover(self):
        """Crash, or let another process take over: tries on the wire may still be answered."""
        self._close()
        self._open()
        sending = self.in_state(OutboxState.SENDING)
        assert self.store.outbox.recover("p") == len(sending)
        for row in sending:
            self.leaves(row, OutboxState.UNCERTAIN)

    @rule()
    def prune(self):
        """Prune days later: only settled prompts go, and they are remembered as sent."""
        self.clock.now += 3 * 86_400
        done = PrunePass(self.store.database, self.store.clock, PruneFilter("p", self.clock.now - 86_400))
        while done.step(remove=True, limit=2):
            pass
        pruned = {row for (row,) in self.disk.execute("SELECT id FROM outbox WHERE pruned_at IS NOT NULL")}
        assert pruned <= set(self.in_state(OutboxState.REJECTED, OutboxState.DROPPED)) | self.pruned
        self.pruned |= pruned

    @invariant()
    def every_submission_shows_as_what_it_is(self):
        shown = {row.id: row for row in self.store.query.window(ALL, 0, 1000)}
        kept = {row for row, state in self.states.items() if state is not OutboxState.DROPPED} - self.pruned
        assert kept <= shown.keys()
        assert {shown[row].run_id for row in shown.keys() - kept} == self.strangers
        for row in kept:
            assert shown[row].status is SHOWN_AS.get(self.states[row], Status.RUNNING)
            assert shown[row].prompt == self.prompts[row][1]
        assert self.store.query.count(ALL) == len(shown)

    @invariant()
    def every_run_has_its_details_and_only_dropped_prompts_have_details_without_a_run(self):
        runs, details = (
            {row for (row,) in self.disk.execute(f"SELECT id FROM {table}")} for table in ("runs", "details")
        )
        assert runs <= details
        assert details - runs <= set(self.in_state(OutboxState.DROPPED))
        assert not (details | runs) & self.pruned


Sending.TestCase.settings = settings(max_examples=60, stateful_step_count=40)
TestSending = Sending.TestCase
