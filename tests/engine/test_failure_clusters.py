"""Failure clusters: errors are counted, and what has not completed since is run again."""

import pytest

from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.queue import BlockedBy
from cordage_tui.domain.run import RowId, Status
from cordage_tui.domain.statistics.proportion import Proportion
from cordage_tui.engine.batch.random_inputs import NOTHING_RANDOM
from cordage_tui.engine.batch.run_again import draft_again, earlier_runs
from cordage_tui.engine.events import BatchStopped
from cordage_tui.engine.history.failure_clusters import (
    ClusterPass,
    FailureCluster,
    again_words,
    cluster_filter,
    draft_rerun,
    error_words,
    random_inputs,
)
from cordage_tui.simulator.world import PlannedOutcome
from cordage_tui.store.failure_groups import FailurePass
from tests.engine.studio import EPOCH, Studio, Window, passing, until

TIMEOUT, POLICY = "Upstream timed out after {} s", "Prompt {} is against the content policy"


def cluster(count: int = 14, again: tuple[int, int] = (0, 0), **about: object) -> FailureCluster:
    fields = {"left": (), "unknown": 0, "under_way": 0, "filter": None, "pattern": "timed out after …", **about}
    return FailureCluster("wh_a", count=count, since=EPOCH, last=EPOCH + 60, again=Proportion(*again), **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(("again", "words"), [((0, 0), "–"), ((0, 4), "0/4"), ((19, 22), "19/22")])
def test_reruns_are_counted(again: tuple[int, int], words: str) -> None:
    """A cell has the prompts that completed when they were run again, of those that ended, and no judgement."""
    assert again_words(cluster(again=again)) == words


async def failed(studio: Studio, window: Window, prompts: int) -> None:
    """Run so many prompts that time out, and as many that are refused."""
    plans = [text.format(n) for n in range(prompts) for text in (TIMEOUT, POLICY)]
    studio.world.fate(studio.webhooks[0], *(PlannedOutcome(1.0, failure=text) for text in plans))
    rows = [window.submit(f"fox {n}") for n in range(len(plans))]
    await until(lambda: studio.ended(window, rows))


def read(window: Window) -> list[FailureCluster]:
    profile = window.engine.profile
    done = ClusterPass(
        FailurePass(window.store.database, window.store.clock, profile.stored_as, random_inputs(profile))
    )
    return sorted(done.run(), key=lambda cluster: cluster.pattern)


@pytest.mark.looptime
async def test_what_is_run_again_is_counted_by_its_error(studio: Studio) -> None:
    """Twenty prompts are run again: of those that timed out nine of ten complete, of the others none. What has completed is
    not offered once more."""
    window = await studio.open()
    await failed(studio, window, 10)
    policy, timeout = read(window)
    assert (policy.pattern, timeout.pattern) == (
        "Prompt … is against the content policy",
        "Upstream timed out after … s",
    )
    assert (policy.count, len(policy.left), timeout.count, len(timeout.left)) == (10, 10, 10, 10)
    for one, text in ((timeout, TIMEOUT), (policy, POLICY)):
        draft = draft_again([run.unchanged() for run in earlier_runs(window.store, one.left)], NOTHING_RANDOM)
        again_fails = [one is policy or n == 3 for n in range(10)]
        plans = [
            PlannedOutcome(1.0, failure=text.format(n + 50) if fails else None) for n, fails in enumerate(again_fails)
        ]
        studio.world.fate(studio.webhooks[0], *plans)
        line = window.engine.queue.submit_batch(
            window.webhook, BatchSource("again"), draft.bodies, lineages=draft.lineages
        )
        await until(
            lambda line=line: all(window.row(row).status.is_final for row in window.store.batches.members(line))
        )
    policy, timeout = read(window)
    assert (timeout.again, policy.again) == (Proportion(9, 10), Proportion(0, 10))
    assert (len(timeout.left), len(policy.left)) == (1, 10)
    assert all(window.status(row) is Status.FAILED for one in (policy, timeout) for row in one.left)


@pytest.mark.parametrize(
    ("pattern", "others", "found"),
    [
        ("timed out", [], 'error:"timed out"'),
        ("Node … timed out", ["no memory"], 'error:"Node" error:"timed out"'),
        ("timed out", ["Node … timed out", "no memory"], 'error:"timed out" -error:"Node"'),
        ("Timed out … node", ["node … timed out"], 'error:"Timed out" error:"node"'),
        ("", ["no memory"], "-has:error"),
        ("…", ["no memory"], None),
    ],
)
def test_a_filter_leaves_other_errors_out(pattern: str, others: list[str], found: str | None) -> None:
    assert cluster_filter(pattern, others) == (None if found is None else f"status:failed,rejected {found}")


def test_a_filter_of_a_long_error_is_short() -> None:
    text = cluster_filter("no memory … " * 400, [])
    assert text is not None and len(text) < 700


def test_an_error_without_a_text_is_named() -> None:
    assert error_words(cluster(pattern="")) == "no error text" and error_words(cluster(pattern="…")) == "…"


async def rerun(studio: Studio, window: Window, *failures: str | None) -> RowId:
    """Run six prompts that fail again, as a cluster is; the new runs end so."""
    key = studio.webhooks[0]
    studio.world.fate(key, *[PlannedOutcome(0.0, failure=TIMEOUT.format(n)) for n in range(6)])
    rows = [window.submit(f"fox {n}") for n in range(6)]
    await until(lambda: studio.ended(window, rows))
    studio.world.fate(key, *[PlannedOutcome(0.0, failure=failure) for failure in failures])
    draft = draft_rerun(window.store, read(window)[0])
    window.engine.queue.limit_active(1)
    return window.engine.queue.submit_batch(window.webhook, draft.source, draft.bodies, lineages=draft.lineages)


def statuses(window: Window, line: RowId) -> list[str]:
    return [window.row(row).status.value for row in window.store.batches.members(line)]


@pytest.mark.looptime
async def test_three_failures_in_a_row_stop_a_rerun(studio: Studio) -> None:
    """The rest is held, with the reason, and it is said once; no other prompt waits for it, and no new key lets it go on. The
    user does: then three more failures stop it again."""
    window = await studio.open()
    line = await rerun(studio, window, *[None, *[POLICY.format(n) for n in range(3)]])
    await until(lambda: statuses(window, line)[-1] == "held")
    assert statuses(window, line) == ["completed", "failed", "failed", "failed", "held", "held"]
    again = draft_rerun(window.store, read(window)[0])
    assert [body["prompt"] for body in again.bodies] == ["fox 1", "fox 2", "fox 3"], "in the order of the batch"
    held = window.store.batches.members(line)[-1]
    assert "Not sent: 3 runs in a row of this batch failed. The last error: Prompt 2 is against" in window.note(held)
    told = [event.words for event in window.events if isinstance(event, BatchStopped)]
    assert told == [
        "rerun of: Upstream timed out after … s: 3 runs in a row failed, so the other 2 are held in the queue."
    ]
    typed = window.submit("an owl")
    await window.shows(typed, Status.COMPLETED)
    assert window.store.outbox.release_held("studio") == 0 and window.status(held) is Status.HELD
    assert window.store.failure_stops.resume("studio", [held]) == 2
    await until(lambda: statuses(window, line)[-1] == "completed")
    assert len([event for event in window.events if isinstance(event, BatchStopped)]) == 1


@pytest.mark.looptime
async def test_a_rerun_that_completes_in_between_goes_on(studio: Studio) -> None:
    window = await studio.open()
    line = await rerun(studio, window, *[TIMEOUT.format(1), TIMEOUT.format(2), None] * 2)
    await until(
        lambda: (
            "queued" not in statuses(window, line)
            and window.row(line)
            and all(window.row(row).status.is_final for row in window.store.batches.members(line))
        )
    )
    assert statuses(window, line) == ["failed", "failed", "completed"] * 2


@pytest.mark.looptime
async def test_the_rest_of_a_rerun_waits_for_the_first_three(studio: Studio) -> None:
    """However fast they could be sent: not before one of them has completed is more paid for. Other prompts pass by."""
    window = await studio.open()
    line = await rerun(studio, window)
    studio.world.fate(studio.webhooks[0], *[PlannedOutcome(30.0)] * 7)
    window.engine.queue.limit_active(None)
    await until(lambda: statuses(window, line).count("running") == 3)
    await passing(20)
    assert statuses(window, line) == ["running"] * 3 + ["queued"] * 3
    waiting = window.store.batches.members(line)[-1]
    assert window.note(waiting) == "Waits until one of the first runs of its batch has completed."
    drain = window.engine.forecast.drain()
    assert (drain.blocked_by, drain.seconds, drain.queued) == (BlockedBy.FIRST_RUNS, None, 3)
    typed = window.submit("an owl")
    await window.shows(typed, Status.RUNNING)
    assert window.status(waiting) is Status.QUEUED
    await until(lambda: statuses(window, line) == ["completed"] * 6)
    assert window.note(waiting) == ""
