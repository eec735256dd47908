"""Whatever a user, a server and death do in whatever order: one run for each prompt, and nobody's word but the user's repeats it."""

import asyncio
import json
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from cordage_tui.config.paths import Paths
from cordage_tui.domain.match_set import Settlement
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.queue import QueueItem
from cordage_tui.domain.run import RowId, Status
from cordage_tui.simulator.world import Options, SimulatedWorkspace, plain_world
from tests.bench.polling_clock import SimulatedLoop
from tests.engine.outbox_world import PROFILE, Fate, Process, Server
from tests.engine.studio import EPOCH

T = TypeVar("T")
WATCH = """CREATE TABLE watched (id, was, became);
CREATE TRIGGER watch AFTER UPDATE OF state ON outbox BEGIN INSERT INTO watched VALUES (NEW.id, OLD.state, NEW.state); END"""
ROUNDS_TO_REST = 160
ROUND_S = 15.0
prompts = st.lists(st.tuples(st.sampled_from(["fox", "owl", "elk"]), st.integers(0, 1)), min_size=1, max_size=5)
fates = st.lists(st.sampled_from(Fate), min_size=4, max_size=8)
seconds = st.sampled_from([0.3, 1.0, 3.0, 20.0, 130.0])


class OutboxMachine(RuleBasedStateMachine):
    """One process at a time on one real database; the server's runs are the truth."""

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp(prefix="cordage-machine-"))
        self.loop = SimulatedLoop()
        self.process: Process | None = None
        self.submitted: dict[RowId, tuple[str, str]] = {}
        """Webhook key and text of each prompt."""
        self.words: Counter[RowId] = Counter()
        """How often the user has said that one is to be sent again."""
        self.dropped: set[RowId] = set()

    @initialize(echo=st.booleans(), ref=st.booleans(), lag_s=st.sampled_from([0.0, 50.0]), some=fates, first=prompts)
    def begins(self, echo: bool, ref: bool, lag_s: float, some: list[Fate], first: list[tuple[str, int]]) -> None:
        options = Options(echo_inputs=echo, list_lag_s=lag_s)
        self.server = Server(plain_world(lambda: EPOCH + self.loop.time(), webhooks=2, seconds=5.0, options=options))
        self.server.fates.extend(some)
        self.client_ref = ref
        self._start()
        with closing(sqlite3.connect(self._database)) as connection:
            connection.executescript(WATCH)
        self.submit(first, 3.0)

    @property
    def world(self) -> SimulatedWorkspace:
        return self.server.world

    @property
    def here(self) -> Process:
        assert self.process is not None
        return self.process

    @precondition(lambda self: self.process)
    @rule(some=prompts, passed=seconds)
    def submit(self, some: list[tuple[str, int]], passed: float) -> None:
        for text, hook in some:
            key = self.world.webhooks[hook].key
            row = self._do(lambda key=key, text=text: self.here.engine.queue.submit(key, {"prompt": text}))  # type: ignore[misc]
            self.submitted[row] = (key, text)
        self._run(asyncio.sleep(passed))

    @rule(some=fates)
    def triggers_go(self, some: list[Fate]) -> None:
        self.server.fates.extend(some)

    @rule(count=st.integers(1, 3))
    def reads_fail(self, count: int) -> None:
        self.server.lists_fail += count

    @rule(passed=seconds)
    def time_passes(self, passed: float) -> None:
        self._run(asyncio.sleep(passed))

    @precondition(lambda self: self.process)
    @rule(killed=st.booleans())
    def ends(self, killed: bool) -> None:
        self._run(self.here.die() if killed else self.here.stop())
        self.here_is_no_bug()
        self.process = None

    @precondition(lambda self: not self.process)
    @rule(resumed=st.booleans())
    def is_started(self, resumed: bool) -> None:
        """After a death the queue is paused."""
        self._start()
        if resumed:
            self._do(self.here.engine.queue.resume)

    @precondition(lambda self: self.process and self._asked())
    @rule(choice=st.sampled_from(["send again", "wait", "drop"]))
    def user_chooses(self, choice: str) -> None:
        """For the first one that the user is asked about."""
        line = self._asked()[0]
        if choice == "wait" or not self._surely_missing(line):
            self._do(lambda: self.here.engine.queue.keep_waiting(line.row))
        elif choice == "drop":  # of two, to drop the one that runs would give its run to the other
            self.dropped.add(line.row)
            self._do(lambda: self.here.store.outbox.drop(line.row, line.expected))
        else:
            self._resend(line.row)

    @invariant()
    def no_prompt_runs_more_often_than_it_was_submitted(self) -> None:
        """The user's word was only given for what is not there, so it allows no second run."""
        runs, wanted = self._runs(), Counter(self.submitted.values())
        assert all(count <= wanted[prompt] for prompt, count in runs.items()), (runs, wanted)

    @invariant()
    def every_prompt_is_in_one_state(self) -> None:
        assert set(self._states()) == set(self.submitted)

    @invariant()
    def only_the_user_repeats_or_drops_what_is_uncertain(self) -> None:
        repeated = Counter(
            RowId(row) for row, was, became in self._watched() if (was, became) == ("uncertain", "queued")
        )
        assert repeated == +self.words
        assert self.dropped == {row for row, state in self._states().items() if state is OutboxState.DROPPED}

    @invariant()
    def what_is_unknown_is_never_called_failed(self) -> None:
        assert not self._rows_shown(Status.FAILED)
        refused = {str(json.loads(body)["prompt"]) for body in self.server.refused}
        for row, state in self._states().items():
            if state is OutboxState.REJECTED:
                assert self.submitted[row][1] in refused

    @invariant()
    def here_is_no_bug(self) -> None:
        if self.process is not None and self.process.bugs:
            raise self.process.bugs[0]

    def teardown(self) -> None:
        """In fair weather, with a user who answers, all comes to rest: each prompt is one run, its own."""
        try:
            if hasattr(self, "server"):
                self._come_to_rest()
                self._all_have_their_runs()
        finally:
            if self.process is not None:
                self._run(self.process.stop())
            self.loop.close()
            shutil.rmtree(self.home)

    def _come_to_rest(self) -> None:
        self.server.fates.clear()
        self.server.lists_fail = 0
        self.world.options = replace(self.world.options, list_lag_s=0.0)
        if self.process is None:
            self._start()
        for _ in range(ROUNDS_TO_REST):
            self._do(self.here.engine.queue.resume)
            for line in self._asked():
                self._answer(line)
            self._run(asyncio.sleep(ROUND_S))
            if not self.here.engine.queue.counts():
                return
        raise AssertionError(f"never settled: {self.here.engine.queue.waiting()}")

    def _all_have_their_runs(self) -> None:
        self.no_prompt_runs_more_often_than_it_was_submitted()
        self.only_the_user_repeats_or_drops_what_is_uncertain()
        self.here_is_no_bug()
        truth = self.world.past_prompts()
        bound = self._bound()
        accepted = {row for row, state in self._states().items() if state is OutboxState.ACCEPTED}
        assert accepted - set(bound) == {row for (row,) in self._rows_shown(Status.UNMATCHED)}
        assert len(set(bound.values())) == len(bound)
        guessed = {RowId(row) for (row,) in self._ask("SELECT id FROM runs WHERE matched = 'guess'")}
        for row, run in bound.items():
            assert row in guessed or truth[run]["prompt"] == self.submitted[row][1]
        assert self._runs() == Counter(self.submitted[row] for row in accepted)

    def _start(self) -> None:
        async def started() -> Process:
            process = Process(self.server, self.home, client_ref=self.client_ref)
            await process.engine.start()
            return process

        self.process = self._run(started())

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def _do(self, act: Callable[[], T]) -> T:
        """The engine's methods are called on its loop."""

        async def done() -> T:
            return act()

        return self._run(done())

    def _asked(self) -> list[QueueItem]:
        lines = self.here.engine.queue.waiting()
        return [
            one
            for one in lines
            if one.state is OutboxState.UNCERTAIN and one.next_check is None and "\n" in (one.note or "")
        ]

    def _surely_missing(self, line: QueueItem) -> bool:
        """It says so, or, where it cannot tell whose a run is, the user has looked."""
        return "Not seen" in (line.note or "") or not self._has_run(line.row)

    def _answer(self, line: QueueItem) -> None:
        found = self.here.engine.queue.match_set_of(line.row)
        if self._surely_missing(line):
            self._resend(line.row)
        elif found is not None and all(self._has_run(row) for row in found.rows):
            self._do(lambda: self.here.engine.queue.settle(found, Settlement.ALL_RAN))
        else:
            self._do(lambda: self.here.engine.queue.keep_waiting(line.row))

    def _has_run(self, row: RowId) -> bool:
        """The server has more runs of it than were bound or counted here."""
        counted = {RowId(row) for row, state in self._states().items() if state is OutboxState.ACCEPTED}
        prompt = self.submitted[row]
        return self._runs()[prompt] > sum(self.submitted[row] == prompt for row in counted)

    def _resend(self, row: RowId) -> None:
        if self._do(lambda: self.here.engine.queue.resend(row)):
            self.words[row] += 1

    def _runs(self) -> Counter[tuple[str, str]]:
        return Counter((key, str(inputs["prompt"])) for (key, _), inputs in self.world.past_prompts().items())

    @property
    def _database(self) -> Path:
        return Paths.under(self.home).database

    def _ask(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self._database)) as connection:
            return connection.execute(sql, values).fetchall()

    def _states(self) -> dict[RowId, OutboxState]:
        return {RowId(row): OutboxState(state) for row, state in self._ask("SELECT id, state FROM outbox")}

    def _watched(self) -> list[tuple[Any, ...]]:
        return self._ask("SELECT id, was, became FROM watched")

    def _rows_shown(self, status: Status) -> list[tuple[Any, ...]]:
        return self._ask("SELECT id FROM runs WHERE profile = ? AND status = ?", PROFILE, status.value)

    def _bound(self) -> dict[RowId, tuple[str, str]]:
        sql = "SELECT outbox.id, runs.webhook, run_id FROM outbox JOIN runs USING (id) WHERE state = 'accepted' AND run_id IS NOT NULL"
        return {RowId(row): (webhook, run_id) for row, webhook, run_id in self._ask(sql)}


@pytest.mark.filterwarnings("ignore::ResourceWarning")
class TestOutbox(OutboxMachine.TestCase):  # type: ignore[name-defined,misc]
    """The machine above, as a test."""

    settings = settings(
        max_examples=12,
        stateful_step_count=25,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
