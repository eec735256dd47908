"""Uncertain prompts, and how they get their runs."""

from collections.abc import Callable

from cordage_tui.domain.match_set import FoundSet, SetKind
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.run import RemoteRun, RowId, Status
from cordage_tui.domain.submission import UNCERTAIN
from cordage_tui.store.store import Store
from tests.store.conftest import NOON, HeldClock
from tests.tries import accept, settle

Told = Callable[..., RemoteRun]


def uncertain(store: Store, prompt: str, clock: HeldClock, **sent: object) -> RowId:
    row = store.outbox.submit("p", "wh", {"prompt": prompt})
    assert store.outbox.claim("p", **sent) is not None  # type: ignore[arg-type]
    clock.now += 60.0
    settle(store, row, OutboxState.UNCERTAIN, "no answer")
    return row


def test_a_doubt_knows_when_it_was_sent_and_by_which_clocks(store: Store, clock: HeldClock) -> None:
    """Everything a window of the run list is computed from was written down before the first byte, or when it failed."""
    row = uncertain(store, "fox", clock, skew_s=-3.5, ref="ref-1")
    (doubt,) = store.uncertain.all("p")
    assert (doubt.row, doubt.webhook_key, doubt.sent_at, doubt.failed_at) == (row, "wh", NOON, NOON + 60.0)
    assert (doubt.skew_s, doubt.ref, doubt.checks, doubt.next_check) == (-3.5, "ref-1", 0, None)


def test_only_runs_that_nobody_here_has_claimed_are_candidates(
    store: Store, clock: HeldClock, remote_run: Told
) -> None:
    """A run of another submission of ours, or one from before, is not the one that is looked for."""
    accepted = store.outbox.submit("p", "wh", {"prompt": "owl"})
    store.outbox.claim("p")
    accept(store, accepted, remote_run("r-owl", "running"))
    uncertain(store, "fox", clock)
    created = {"r-owl": NOON, "r-old": NOON - 500.0, "r-new": NOON + 1.0}
    store.runs.merge("p", "wh", [remote_run(run, "running", created_at=at) for run, at in created.items()])
    store.runs.merge("p", "wh_other", [remote_run("r-else", "running", created_at=NOON + 1.0)])
    (free,) = store.uncertain.unclaimed("p", "wh", NOON - 10.0)
    assert (free.run_id, free.told_created) == ("r-new", NOON + 1.0)


def test_the_prompt_takes_over_its_runs_row(store: Store, clock: HeldClock, remote_run: Told) -> None:
    """The prompt takes over the row of its run with all known data, and no other prompt can claim the run."""
    row, other = (uncertain(store, prompt, clock) for prompt in ("fox", "owl"))
    outputs = ("https://storage.example/1.png",)
    store.runs.merge("p", "wh", [remote_run("r1", "completed", created_at=NOON + 1.0, outputs=outputs)])
    (free,) = store.uncertain.unclaimed("p", "wh", NOON)
    assert store.uncertain.found(row, free.row)
    detail = store.query.detail(row)
    assert detail is not None and detail.row.run_id == "r1" and detail.row.status is Status.COMPLETED
    assert detail.outputs == outputs and detail.inputs == {"prompt": "fox"} and detail.note is None
    assert store.rows.get(free.row) is None
    assert not store.uncertain.found(other, free.row) and not store.uncertain.found(other, row)
    assert [doubt.row for doubt in store.uncertain.all("p")] == [other]


def test_looking_in_vain_is_written_down_and_told_once(store: Store, clock: HeldClock) -> None:
    """A search without a result is recorded and reported once, and settled prompts are left alone."""
    row = uncertain(store, "fox", clock)
    changes: list[frozenset[RowId]] = []
    store.changes.subscribe(changes.append)
    for _ in range(2):
        store.uncertain.looked(row, 2, NOON + 300.0, "Not seen in 2 checks.")
    assert changes == [frozenset({row})]
    (doubt,) = store.uncertain.all("p")
    assert (doubt.checks, doubt.next_check) == (2, NOON + 300.0)
    store.outbox.drop(row, UNCERTAIN)
    store.uncertain.looked(row, 3, None, "never")
    assert len(changes) == 2


def test_what_settling_takes_is_remembered_once_for_each_run(store: Store, remote_run: Told) -> None:
    """The first list that shows a run counts, later ones do not."""
    row = store.outbox.submit("p", "wh", {"prompt": "fox"})
    store.outbox.claim("p")
    accept(store, row, remote_run("r1"))
    store.uncertain.listed(row, 1.5)
    store.uncertain.listed(row, 9.0)
    assert store.uncertain.settling_s("p", "wh") == [1.5]


def test_the_intent_remembers_which_runs_were_known(store: Store, clock: HeldClock, remote_run: Told) -> None:
    """The intent records the last known run: later rows were first seen since, by any clock.

    Each try has its own mark, also one that was given up.
    """
    store.runs.merge("p", "wh", [remote_run("r-before", "running", created_at=NOON + 500.0)])
    row = store.outbox.submit("p", "wh", {"prompt": "fox"})
    store.runs.merge("p", "wh", [remote_run("r-meanwhile", "running", created_at=NOON + 500.0)])
    assert store.outbox.claim("p") is not None
    assert store.uncertain.in_flight("p", "wh") == row + 1 and store.uncertain.in_flight("p", "wh_other") is None
    settle(store, row, OutboxState.UNCERTAIN, "no answer")
    assert store.uncertain.in_flight("p", "wh") is None
    store.runs.merge("p", "wh", [remote_run("r-since", "running", created_at=NOON - 9_000.0)])
    (doubt,) = store.uncertain.all("p")
    assert doubt.after == row + 1
    assert [run.run_id for run in store.uncertain.first_seen_since("p", "wh", doubt.after)] == ["r-since"]
    assert store.queue.resend(row)
    (given_up,) = store.uncertain.given_up("p", "wh", 0.0)
    assert given_up.after == row + 1
    assert store.outbox.claim("p") is not None
    assert store.uncertain.in_flight("p", "wh") == row + 2


def test_accepted_runs_show_how_the_server_stamps_them(store: Store, clock: HeldClock, remote_run: Told) -> None:
    """The latest first, those whose answers named the run; a guess shows nothing."""
    for number, skew_s in enumerate((None, 3.0)):
        row = store.outbox.submit("p", "wh", {"prompt": f"fox {number}"})
        store.outbox.claim("p", skew_s=skew_s)
        accept(store, row, remote_run(f"r{number}", "running", created_at=clock.now - 6.0))
        clock.now += 60.0
    guessed = uncertain(store, "owl", clock)
    store.runs.merge("p", "wh", [remote_run("r-owl", "running", created_at=NOON)])
    (free,) = store.uncertain.first_seen_since("p", "wh", guessed)
    found_set = FoundSet(SetKind.ALL_RAN, (guessed,), (free.row,), ((guessed, free.row),), is_bound=True)
    store.match_sets.record("p", "wh", [found_set], ["note"])
    stamps = store.uncertain.stamps("p")
    assert [(stamp.webhook_key, stamp.sent_at, stamp.skew_s, stamp.created) for stamp in stamps] == [
        ("wh", NOON + 60.0, 3.0, NOON + 54.0),
        ("wh", NOON, None, NOON - 6.0),
    ]


def test_what_a_list_has_to_name_is_told_by_rows_and_not_by_stamps(
    store: Store, clock: HeldClock, remote_run: Told
) -> None:
    """Runs of others stand before or after the request as their rows do; ours by when they were sent."""
    store.runs.merge("p", "wh", [remote_run("r-before", "running", created_at=NOON + 40.0)])
    own_row = store.outbox.submit("p", "wh", {"prompt": "hare"})
    store.outbox.claim("p")
    accept(store, own_row, remote_run("r-ours", "running"))
    clock.now += 10.0
    row = store.outbox.submit("p", "wh", {"prompt": "fox"})
    store.outbox.claim("p")
    settle(store, row, OutboxState.UNCERTAIN, "no answer")
    clock.now += 10.0
    later = store.outbox.submit("p", "wh", {"prompt": "owl"})
    store.outbox.claim("p")
    accept(store, later, remote_run("r-later", "running"))
    store.runs.merge("p", "wh", [remote_run("r-since", "running", created_at=NOON - 40.0)])
    around = store.uncertain.neighbours("p", "wh", RowId(row), NOON + 10.0, NOON + 100.0)
    assert around.before == {"r-before", "r-ours"}
    assert around.after == {"r-later", "r-since"} and around.is_ours_after
    assert store.uncertain.neighbours("p", "wh", RowId(row), NOON + 10.0, NOON + 15.0).after == {"r-since"}
