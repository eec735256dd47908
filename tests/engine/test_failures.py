"""Failure clusters: whether an error goes away by itself is learned from what was run again."""

import random

import pytest

from cordage_tui.domain.outbox import BatchSource, BlockedBy
from cordage_tui.domain.run import RowId, Status
from cordage_tui.domain.statistics.proportion import Proportion
from cordage_tui.engine.batch.again import draft_again, earlier_runs
from cordage_tui.engine.batch.random_inputs import NOTHING_RANDOM
from cordage_tui.engine.events import BatchStopped
from cordage_tui.engine.history.failures import (
    ClusterPass,
    FailureCluster,
    Transience,
    again_words,
    cluster_filter,
    draft_rerun,
    error_words,
    left_words,
    random_inputs,
    time_words,
    transience,
)
from cordage_tui.simulator.world import PlannedOutcome
from tests.engine.studio import EPOCH, Studio, Window, passing, until

TIMEOUT, POLICY = "Upstream timed out after {} s", "Prompt {} is against the content policy"


def cluster(count: int = 14, again: tuple[int, int] = (0, 0), **about: object) -> FailureCluster:
    fields = {"left": (), "unknown": 0, "under_way": 0, "filter": None, "pattern": "timed out after …", **about}
    return FailureCluster("wh_a", count=count, since=EPOCH, last=EPOCH + 60, again=Proportion(*again), **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("again", "kind"),
    [
        ((0, 0), Transience.UNKNOWN),
        ((4, 4), Transience.UNKNOWN),
        ((0, 4), Transience.UNKNOWN),
        ((5, 5), Transience.TRANSIENT),
        ((0, 5), Transience.PERMANENT),
        ((5, 10), Transience.MIXED),
        ((19, 22), Transience.TRANSIENT),
        ((1, 20), Transience.PERMANENT),
    ],
)
def test_below_five_it_is_not_known(again: tuple[int, int], kind: Transience) -> None:
    assert transience(Proportion(*again)) is kind
    assert ("not known yet" in again_words(cluster(again=again))) is (kind is Transience.UNKNOWN)


def test_a_transient_and_a_permanent_error_are_told_apart_after_twenty_reruns() -> None:
    """In at least 95 of 100 worlds in which one goes away in nine of ten cases, and the other in one of twenty; an error that
    goes away in seven of ten may be told as mixed, and is never told as permanent."""
    rng = random.Random(7)
    worlds = [[sum(rng.random() < share for _ in range(20)) for share in (0.9, 0.7, 0.05)] for _ in range(100)]
    told = [[transience(Proportion(count, 20)) for count in world] for world in worlds]
    assert sum((one[0], one[2]) == (Transience.TRANSIENT, Transience.PERMANENT) for one in told) >= 95
    assert all(one[1] in (Transience.TRANSIENT, Transience.MIXED) for one in told)


async def failed(studio: Studio, window: Window, prompts: int) -> None:
    """Run so many prompts that time out, and as many that are refused."""
    plans = [text.format(n) for n in range(prompts) for text in (TIMEOUT, POLICY)]
    studio.world.fate(studio.webhooks[0], *(PlannedOutcome(1.0, failure=text) for text in plans))
    rows = [window.submit(f"fox {n}") for n in range(len(plans))]
    await until(lambda: studio.ended(window, rows))


def read(window: Window) -> list[FailureCluster]:
    profile = window.engine.profile
    done = ClusterPass(window.store.failure_pass(profile.stored_as, random_inputs(profile)))
    return sorted(done.run(), key=lambda cluster: cluster.pattern)


@pytest.mark.looptime
async def test_what_is_run_again_teaches_which_error_is_transient(studio: Studio) -> None:
    """Twenty prompts are run again: of those that timed out nine of ten complete, of the others none. What has completed is
    not offered once more."""
    window = await studio.open()
    await failed(studio, window, 10)
    policy, timeout = read(window)
    assert (policy.pattern, timeout.pattern) == (
        "Prompt … is against the content policy",
        "Upstream timed out after … s",
    )
    assert {one.transience for one in (policy, timeout)} == {Transience.UNKNOWN}
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
    assert (timeout.again, timeout.transience) == (Proportion(9, 10), Transience.TRANSIENT)
    assert (policy.again, policy.transience) == (Proportion(0, 10), Transience.PERMANENT)
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


def test_what_is_left_is_told_with_what_is_under_way() -> None:
    assert left_words(cluster(left=(1, 2), under_way=3)) == "2 to rerun, 3 under way"
    assert left_words(cluster(again=(3, 3))) == "all completed since"
    assert left_words(cluster(unknown=14)) == "14 with unknown inputs"
    assert left_words(cluster(left=(1,), unknown=2)) == "1 to rerun, 2 with unknown inputs"


def test_an_error_without_a_text_is_named() -> None:
    assert error_words(cluster(pattern="")) == "no error text" and error_words(cluster(pattern="…")) == "…"


def test_one_failure_has_one_time() -> None:
    one, several = (time_words(cluster(count), EPOCH + 120) for count in (1, 2))
    assert "since" not in one and one.endswith(", 1m ago") and several.startswith("since ")


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
