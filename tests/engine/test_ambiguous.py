"""Many prompts whose answers are lost, on clocks that are off, against what the server really did: no wrong run unmarked."""

import asyncio
import random
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from cordage_tui.config.paths import Paths
from cordage_tui.domain.match_set import MatchSet, SetKind, Settlement
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.run import MatchedBy, RowId, RunQuery, Status
from cordage_tui.simulator.world import Options, SimulatedWorkspace, plain_world
from tests.engine.outbox_world import PROFILE, Fate, Process, Server
from tests.engine.studio import EPOCH, now, passing

pytestmark = pytest.mark.looptime

FATES = {
    Fate.WELL: 6,
    Fate.LOST: 3,
    Fate.ANSWER_LOST: 5,
    Fate.ERROR_DONE: 2,
    Fate.ERROR: 1,
    Fate.NO_ID: 1,
    Fate.ACTED_LATE: 2,
    Fate.LATE: 1,
}
PROMPTS = 24


class Campaign:
    """One server, one home, and processes on it, one after the other; each prompt has a text of its own."""

    def __init__(self, home: Path, seed: int) -> None:
        self.rng = random.Random(seed)
        lag_s = self.rng.choice([0.0, 0.0, 30.0])
        self.world: SimulatedWorkspace = plain_world(
            lambda: EPOCH + now(), webhooks=2, seconds=30.0, options=Options(list_lag_s=lag_s), seed=seed
        )
        self.server = Server(self.world)
        self.server.fates.extend(self.rng.choices(list(FATES), FATES.values(), k=2 * PROMPTS))
        self.home = home
        self.ahead_s = self.rng.choice([0.0, 0.7, -1.3, 45.0, -3_600.0])
        self.texts: dict[RowId, str] = {}
        self.process: Process

    async def start(self) -> None:
        self.process = Process(self.server, self.home, client_ref=False, ahead_s=self.ahead_s)
        await self.process.engine.start()

    async def run(self) -> None:
        """Bursts and single prompts; now and then a process dies, and somebody sets the clock."""
        await self.start()
        while len(self.texts) < PROMPTS:
            self.process.engine.queue.resume()
            for _ in range(self.rng.choice([1, 2, 3, 6])):
                hook, text = self.rng.choice(self.world.webhooks).key, f"prompt {len(self.texts)}"
                self.texts[self.process.engine.queue.submit(hook, {"prompt": text})] = text
            await passing(self.rng.choice([0.3, 2.0, 7.0, 40.0, 200.0]))
            if self.rng.random() < 0.2:
                await self.process.die()
                self.ahead_s += self.rng.choice([0.0, 0.0, 0.4, -2.0, 600.0])
                await self.start()
        self.server.fates.clear()
        for _ in range(20):
            self.process.engine.queue.resume()
            await passing(30)

    def rows(self, sql: str) -> list[tuple]:
        with closing(sqlite3.connect(Paths.under(self.home).database)) as connection:
            return connection.execute(sql).fetchall()

    @property
    def ran(self) -> set[str]:
        return {str(inputs["prompt"]) for inputs in self.world.past_prompts().values()}

    def bound(self) -> list[tuple[RowId, str, MatchedBy | None]]:
        """Each prompt that is shown with a run: the text of that run, and how it was found."""
        truth = {run: str(inputs["prompt"]) for (_, run), inputs in self.world.past_prompts().items()}
        found = self.rows("SELECT id, run_id, matched FROM runs JOIN outbox USING (id) WHERE run_id IS NOT NULL")
        return [(RowId(row), truth[run], MatchedBy(by) if by else None) for row, run, by in found]

    def sets(self) -> list[MatchSet]:
        return self.process.store.match_sets.all(PROFILE)

    def uncertain(self) -> list[RowId]:
        return [one.row for one in self.process.engine.queue.waiting() if one.state is OutboxState.UNCERTAIN]


@pytest.fixture
def wrong(tmp_path: Path) -> Callable[[Campaign], None]:
    """Raises AssertionError where what is shown is not so and not marked."""

    def check(campaign: Campaign) -> None:
        texts, ran = campaign.texts, campaign.ran
        runs = Counter(str(inputs["prompt"]) for inputs in campaign.world.past_prompts().values())
        assert max(runs.values()) == 1, "sent twice"
        for row, text, by in campaign.bound():
            assert by is MatchedBy.GUESS or texts[row] == text, f"{texts[row]} is shown with the run of {text}, {by}"
        sent = {row for (row,) in campaign.rows("SELECT id FROM runs WHERE status = 'sent'")}
        assert all(texts[RowId(row)] in ran for row in sent), "counted as sent, and did not run"
        for line in campaign.process.engine.queue.waiting():
            if "Not seen" in (line.note or ""):
                assert texts[line.row] not in ran, "called not seen, and runs"

    return check


@pytest.mark.parametrize("seed", range(6))
async def test_no_wrong_run_is_shown_unmarked(tmp_path: Path, wrong: Callable[[Campaign], None], seed: int) -> None:
    """Random clocks, losses, late acts and deaths: what is bound without a mark is right, what counts as sent has run, what is not
    seen has not, and nothing is sent twice."""
    campaign = Campaign(tmp_path, seed)
    try:
        await campaign.run()
        wrong(campaign)
        torn = {row for found in campaign.sets() for row in found.rows if found.kind is not SetKind.ALL_RAN}
        unseen = {one.row for one in campaign.process.engine.queue.waiting() if "Not seen" in (one.note or "")}
        left = {one.row: one.note for one in campaign.process.engine.queue.waiting() if one.row not in torn | unseen}
        assert not left, "left uncertain without a word"
    finally:
        await campaign.process.stop()


@pytest.mark.parametrize("seed", range(2))
async def test_a_user_who_looks_settles_what_is_left_set_by_set(
    tmp_path: Path, wrong: Callable[[Campaign], None], seed: int
) -> None:
    """Sets of which all ran are settled as that; of the others each prompt that did not run is sent again, once. In the end every
    prompt has run once."""
    campaign = Campaign(tmp_path, 100 + seed)
    try:
        await campaign.run()
        for _ in range(60):
            queue = campaign.process.engine.queue
            sets, ran = campaign.sets(), campaign.ran
            for found in sets:
                if all(campaign.texts[row] in ran for row in found.rows):
                    queue.settle(found, Settlement.ALL_RAN)
            for row in campaign.uncertain():
                if campaign.texts[row] not in ran:
                    queue.resend(row)
            await passing(60)
            if not queue.counts() and not campaign.sets():
                break
        assert not campaign.uncertain()
        assert campaign.ran == set(campaign.texts.values())
        wrong(campaign)
    finally:
        await campaign.process.stop()


async def test_two_of_one_age_are_a_set_and_the_screen_has_their_runs(tmp_path: Path) -> None:
    """Sent a second apart, acted upon later than the other, and listed late: both ran, and count as sent."""
    campaign = Campaign(tmp_path, 1)
    campaign.world.options = Options(list_lag_s=20.0)
    campaign.server.fates.clear()
    campaign.server.fates.extend([Fate.ANSWER_LOST, Fate.ACTED_LATE])
    try:
        await campaign.start()
        hook = campaign.world.webhooks[0].key
        campaign.server.fates.appendleft(Fate.WELL)
        campaign.process.engine.queue.submit(hook, {"prompt": "hare"})  # which shows how the server stamps runs
        await passing(60)
        rows = [campaign.process.engine.queue.submit(hook, {"prompt": text}) for text in ("fox", "owl")]
        await passing(60)
        found = campaign.process.engine.queue.match_set_of(rows[0])
        assert found is not None and set(found.rows) == set(rows) and found.kind is SetKind.ALL_RAN
        shown = campaign.process.store.query.window(RunQuery(PROFILE), 0, 10)
        assert all(line.status is not Status.UNCERTAIN for line in shown)
        assert campaign.ran == {"hare", "fox", "owl"}
        await asyncio.sleep(400)
        assert len(campaign.world.past_prompts()) == 3
    finally:
        await campaign.process.stop()
