"""What is learned from the runs of a profile, as they finish."""

import asyncio
import math

import pytest

from cordage_tui.domain.run import RemoteRun, RowId, Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.statistics.duration_model import PRIOR_S
from cordage_tui.domain.webhook import HealthStatus, WebhookHealth
from cordage_tui.engine.history.estimates import DurationEstimates
from tests.duration_worlds import Batch
from tests.engine.studio import EPOCH, Studio, Window, passing

pytestmark = pytest.mark.looptime


def run(name: str, took_s: float | None, *, nodes: int | None = 5, created: float = EPOCH) -> RemoteRun:
    """One that completed after that long, or is running."""
    status = Status.RUNNING if took_s is None else Status.COMPLETED
    ended = None if took_s is None else created + took_s
    return RemoteRun(name, status, SafeText(status.value), created, ended, nodes, outputs=("https://a.example/b.png",))


class Class:
    """A learner beside a window's store."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.learning = DurationEstimates(window.engine._context)
        window.store.changes.subscribe(self.learning.on_rows_changed)

    def teach(self, *runs: RemoteRun) -> frozenset[RowId]:
        return self.window.store.runs.merge("studio", "wh_a", runs)

    def median_s(self, nodes: int | None = None) -> float | None:
        return self.learning.of("wh_a", nodes).left_s(0.0, None)


@pytest.fixture
async def learner(studio: Studio) -> Class:
    return Class(studio.build())


async def test_what_finished_before_the_start_is_learned_from(learner: Class) -> None:
    """The history counts, not only what this process has seen end."""
    learner.teach(*(run(f"r{n}", 40.0 + n % 5) for n in range(30)))
    assert DurationEstimates(learner.window.engine._context).of("wh_a").left_s(0.0, None) == pytest.approx(
        42.0, abs=2.0
    )


async def test_learning_goes_on_as_runs_finish(learner: Class) -> None:
    """Nothing is known, then runs finish one by one, and from the twentieth on something is."""
    assert learner.learning.of("wh_a").hazard(0.0, None) == pytest.approx(1 / PRIOR_S)
    for n in range(19):
        learner.teach(run(f"r{n}", 40.0 + n % 5))
        assert learner.median_s() is None
    learner.teach(run("last", 42.0))
    assert learner.median_s() == pytest.approx(42.0, abs=2.0)


async def test_a_run_counts_once_however_often_its_row_changes(learner: Class) -> None:
    """Its outputs are told later, its note is written: it is one run all the same."""
    learner.learning.of("wh_a")
    rows = learner.teach(*(run(f"r{n}", 40.0) for n in range(19)))
    for row in rows:
        learner.window.store.runs.note(row, "looked at")
    assert learner.learning.of("wh_a").runs == 19


async def test_only_the_latest_are_remembered(learner: Class) -> None:
    """Memory does not grow, and what was true long ago is not."""
    learner.learning.of("wh_a")
    for batch in range(3):
        begun = [EPOCH - 1_100.0 * (3 - batch) + 10.0 * n for n in range(100)]
        learner.teach(*(run(f"{batch}-{n}", 40.0 + n % 5, created=at) for n, at in enumerate(begun)))
    assert learner.learning.of("wh_a").runs == 200


async def test_workflows_of_another_size_are_learned_apart(learner: Class) -> None:
    """Where enough runs had that many nodes theirs count, else all of the webhook's."""
    runs = [run(f"s{n}", 20.0 + n % 3, nodes=3) for n in range(30)]
    learner.teach(*runs, *(run(f"l{n}", 90.0 + n % 3, nodes=9, created=EPOCH - 500.0) for n in range(30)))
    assert learner.median_s(3) == pytest.approx(21.0, abs=2.0)
    assert learner.median_s(9) == pytest.approx(91.0, abs=3.0)
    assert learner.learning.of("wh_a", 77) is learner.learning.of("wh_a")


async def test_hanging_runs_are_noticed_though_none_finishes(learner: Class) -> None:
    """Active runs that have outlasted all finished ones make the end of the next less sure, as far as they were seen to go on."""
    learner.teach(*(run(f"r{n}", 40.0 + n % 5) for n in range(20)), *(run(f"h{n}", None) for n in range(20)))
    before = learner.learning.of("wh_a").left_s(45.0, None)
    await passing(120.0)
    assert learner.learning.of("wh_a").left_s(45.0, None) == before, "nobody has read since"
    read = WebhookHealth("wh_a", HealthStatus.LIVE, None, EPOCH + 120.0, None)
    learner.window.store.health.record("studio", read)
    await passing(70.0)
    after = learner.learning.of("wh_a").left_s(45.0, None)
    assert before is not None and after is not None and after > 1.5 * before


async def test_a_batch_is_learned_from_whole(learner: Class) -> None:
    """A hundred equal runs that end in the order of their lengths are no change of speed: all of them are learned from."""
    past, _ = Batch("learned", 100).at(math.inf)
    learner.learning.of("wh_a")
    for ended in past:
        took_s = ended.finished.total_s
        learner.teach(run(f"r{ended.id}", took_s, created=EPOCH + ended.begun_at - 3_600.0))
    model = learner.learning.of("wh_a")
    assert model.runs == 100 and model.left_s(0.0, None) == pytest.approx(120.0, rel=0.15)
    fresh = DurationEstimates(learner.window.engine._context).of("wh_a")
    assert fresh.runs == 100


async def test_expectations_are_of_what_waits_or_runs(learner: Class) -> None:
    """None for a run that has ended or is being killed, and none for a webhook nothing is known of."""
    learner.teach(*(run(f"r{n}", 40.0 + n % 5) for n in range(20)))
    (on,) = learner.teach(run("on", None))
    (killed,) = learner.teach(run("killed", None))
    learner.window.store.runs.ask_kill(killed)
    (strange,) = learner.window.store.runs.merge("studio", "wh_b", [run("strange", None)])
    await passing(10.0)
    found = learner.learning.estimate_rows(learner.window.rows())
    assert set(found) == {on}
    assert found[on].left_s == pytest.approx(32.0, abs=2.0)
    assert strange not in found


async def test_the_engine_learns_from_its_own_runs(studio: Studio) -> None:
    """Twenty runs through the whole program, and the next one has an expectation."""
    window = await studio.open()
    rows = [window.submit(f"prompt {n}") for n in range(20)]
    for row in rows:
        await window.shows(row, Status.COMPLETED)
    last = window.submit("one more")
    await window.shows(last, Status.RUNNING, Status.PENDING)
    await asyncio.sleep(0)
    assert 0 < window.engine.durations.estimate_rows([window.row(last)])[last].left_s < 12.0
