"""Sets of uncertain prompts and runs: recorded, replaced, and settled in one transaction, only in the form shown."""

from collections.abc import Callable

import pytest

from cordage_tui.domain.match_set import FoundSet, MatchSet, SetKind, Settlement
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.run import MatchedBy, RemoteRun, RowId, Status
from cordage_tui.domain.submission import UNCERTAIN
from cordage_tui.store.store import Store
from tests.store.conftest import NOON, HeldClock, Stores
from tests.store.test_uncertain import uncertain

Told = Callable[..., RemoteRun]


@pytest.fixture
def prompts(store: Store, clock: HeldClock) -> list[RowId]:
    """Two uncertain prompts."""
    return [uncertain(store, prompt, clock) for prompt in ("fox", "owl")]


@pytest.fixture
def runs(store: Store, prompts: list[RowId], remote_run: Told) -> list[RowId]:
    """Return the rows of two unclaimed runs."""
    listed = [
        remote_run(f"r{n}", "running", created_at=NOON + n, outputs=(f"https://s.example/{n}.png",)) for n in (1, 2)
    ]
    store.runs.merge("p", "wh", listed)
    return [free.row for free in store.uncertain.unclaimed("p", "wh", NOON - 10.0)]


def record(store: Store, *found_sets: FoundSet) -> None:
    store.match_sets.record("p", "wh", found_sets, ["Which is which is not known."] * len(found_sets))


def some(prompts: list[RowId], runs: list[RowId], *likely: tuple[RowId, RowId]) -> FoundSet:
    return FoundSet(SetKind.SOME_RAN, tuple(prompts), tuple(runs), likely)


def all_ran(prompts: list[RowId], runs: list[RowId], *, bound: bool = False) -> FoundSet:
    likely = tuple(zip(prompts, runs, strict=True)) if bound else ()
    return FoundSet(SetKind.ALL_RAN, tuple(prompts), tuple(runs), likely, is_bound=bound)


def the_set(store: Store) -> MatchSet:
    [match_set] = store.match_sets.all("p")
    return match_set


def states(store: Store, rows: list[RowId]) -> list[str]:
    return [str(store.database.rows("SELECT state FROM outbox WHERE id = ?", (row,))[0][0]) for row in rows]


def statuses(store: Store, rows: list[RowId]) -> list[Status | None]:
    return [row.status if (row := store.rows.get(number)) else None for number in rows]


def free(store: Store) -> set[str]:
    return {run.run_id for run in store.uncertain.unclaimed("p", "wh", NOON - 10.0)}


def test_what_all_ran_counts_as_sent_and_its_runs_are_nobody_elses(
    store: Store, prompts: list[RowId], runs: list[RowId]
) -> None:
    """A set that all ran counts as sent: nothing waits for the user, nothing is resent, and a queued twin may go."""
    twin = store.outbox.submit("p", "wh", {"prompt": "fox"})
    record(store, all_ran(prompts, runs))
    assert states(store, prompts) == ["accepted"] * 2 and statuses(store, prompts) == [Status.UNMATCHED] * 2
    assert store.queue.counts("p") == {OutboxState.QUEUED: 1} and not free(store)
    assert "not known" in (store.query.detail(prompts[0]).note or "")  # type: ignore[union-attr]
    match_set = the_set(store)
    assert match_set.kind is SetKind.ALL_RAN and match_set.rows == tuple(prompts)
    assert [run.run_id for run in match_set.runs] == ["r1", "r2"] and not match_set.is_guessed
    claimed = store.outbox.claim("p")
    assert claimed is not None and claimed.row == twin


def test_guesses_are_bound_and_say_that_they_are_guesses(
    store: Store, prompts: list[RowId], runs: list[RowId], remote_run: Told
) -> None:
    """Bound guesses are marked on the line and in the detail until the user settles them."""
    record(store, all_ran(prompts, runs, bound=True))
    assert [store.rows.get(row).run_id for row in prompts] == ["r1", "r2"]  # type: ignore[union-attr]
    store.runs.merge("p", "wh", [remote_run("r1", "completed", created_at=NOON + 1)])
    line = store.rows.get(prompts[0])
    assert line is not None and line.matched is MatchedBy.GUESS and line.status is Status.COMPLETED
    assert "guess" in (store.query.detail(prompts[0]).note or "").lower()  # type: ignore[union-attr]
    assert [prompt.guess for prompt in the_set(store).prompts] == ["r1", "r2"]


def test_a_set_is_found_by_its_prompts_and_by_its_runs(store: Store, prompts: list[RowId], runs: list[RowId]) -> None:
    """A set is found by each of its prompts and runs, and a row outside of sets has none."""
    record(store, some(prompts, runs[:1]))
    number = the_set(store).id
    for row in (*prompts, runs[0]):
        match_set = store.match_sets.of("p", row)
        assert match_set is not None and match_set.id == number
    assert store.match_sets.of("p", runs[1]) is None
    assert all(store.match_sets.of("other", row) is None for row in (*prompts, *runs))


def test_the_same_finding_again_writes_nothing_and_another_one_replaces_it(
    store: Store, prompts: list[RowId], runs: list[RowId]
) -> None:
    """The same set found again writes nothing, and another one replaces it; an open dialog stays valid until a
    change."""
    record(store, some(prompts, runs[:1], (prompts[0], runs[0])))
    shown, changes = the_set(store), []
    store.changes.subscribe(changes.append)
    record(store, some(prompts, runs[:1], (prompts[0], runs[0])))
    assert not changes and shown.is_same(the_set(store))
    record(store, some(prompts, runs[:1]))
    assert changes and not shown.is_same(the_set(store))
    record(store)
    assert not store.match_sets.all("p")


def test_a_set_that_ran_stays_when_lists_show_no_more_of_it(
    store: Store, prompts: list[RowId], runs: list[RowId]
) -> None:
    """A set that ran stays although lists no longer show it, because only uncertain ones are searched again."""
    record(store, all_ran(prompts, runs))
    record(store)
    assert the_set(store).kind is SetKind.ALL_RAN


def test_what_was_decided_meanwhile_is_not_recorded(store: Store, prompts: list[RowId], runs: list[RowId]) -> None:
    """A prompt that is queued again, or a run that got an owner while the list was on its way."""
    store.queue.resend(prompts[0])
    record(store, all_ran(prompts, runs))
    assert states(store, prompts) == ["queued", "uncertain"] and not store.match_sets.all("p")


def test_a_prompt_that_is_sent_again_or_dropped_ends_its_set_and_is_remembered(
    store: Store, prompts: list[RowId], runs: list[RowId]
) -> None:
    """A prompt that is resent or dropped ends its set, and its try still competes for runs."""
    record(store, some(prompts, runs[:1]))
    store.queue.resend(prompts[0])
    assert not store.match_sets.all("p")
    store.outbox.drop(prompts[1], UNCERTAIN)
    given_up = store.uncertain.given_up("p", "wh", NOON - 1.0)
    assert [(doubt.row, doubt.inputs, doubt.sent_at) for doubt in given_up] == [
        (prompts[0], {"prompt": "fox"}, NOON),
        (prompts[1], {"prompt": "owl"}, NOON + 60.0),
    ]


def test_all_ran_settles_a_set_of_which_some_was_known_to_have_run(
    store: Store, prompts: list[RowId], runs: list[RowId]
) -> None:
    """ALL_RAN settles a set in one step: no prompt is resent, and the runs shown are claimed."""
    record(store, some(prompts, runs[:1]))
    assert store.match_sets.settle(the_set(store), Settlement.ALL_RAN)
    assert statuses(store, prompts) == [Status.UNMATCHED] * 2 and free(store) == {"r2"}
    assert not store.match_sets.all("p") and store.queue.counts("p") == {}


def test_none_ran_leaves_all_uncertain_and_rules_those_runs_out(
    store: Store, prompts: list[RowId], runs: list[RowId]
) -> None:
    """NONE_RAN leaves all prompts uncertain and excludes these runs; nothing is sent."""
    record(store, some(prompts, runs))
    assert store.match_sets.settle(the_set(store), Settlement.NONE_RAN)
    assert states(store, prompts) == ["uncertain"] * 2 and free(store) == {"r1", "r2"}
    assert store.match_sets.ruled_out("p", "wh") == {(row, run) for row in prompts for run in runs}
    for line in store.queue.waiting("p"):
        assert line.next_check is None and "charged a second time" in (line.note or "")


@pytest.mark.parametrize("bound", [True, False], ids=["guesses", "not told"])
def test_none_ran_takes_back_what_was_counted_as_sent(
    store: Store, prompts: list[RowId], runs: list[RowId], remote_run: Told, bound: bool
) -> None:
    """The runs are strangers' again, with all that was learned of them, and the prompts uncertain, without it."""
    store.runs.merge("p", "wh", [remote_run("r1", "completed", created_at=NOON + 1)])
    record(store, all_ran(prompts, runs, bound=bound))
    assert store.match_sets.settle(the_set(store), Settlement.NONE_RAN)
    assert states(store, prompts) == ["uncertain"] * 2 and statuses(store, prompts) == [Status.UNCERTAIN] * 2
    assert free(store) == {"r1", "r2"}
    assert {run for _, run in store.match_sets.ruled_out("p", "wh")} == {
        unclaimed.row for unclaimed in store.uncertain.unclaimed("p", "wh", NOON - 10.0)
    }
    prompt, run = store.query.detail(prompts[0]), store.query.detail(_row_of(store, "r1"))
    assert prompt is not None and prompt.row.run_id is None and prompt.row.matched is None and not prompt.outputs
    assert prompt.inputs == {"prompt": "fox"} and prompt.row.prompt == "fox"
    assert run is not None and run.row.status is Status.COMPLETED and run.outputs and run.inputs is None
    assert run.row.prompt == ""
    [first, _] = store.uncertain.all("p")
    assert "\n" in first.note and first.checks == 2 and first.next_check is None


@pytest.mark.parametrize("kind", [SetKind.ALL_RAN, SetKind.SOME_RAN])
def test_none_ran_sends_again_only_where_that_was_asked_for(
    store: Store, prompts: list[RowId], runs: list[RowId], kind: SetKind
) -> None:
    """NONE_RAN with `again` queues each prompt once in the same transaction, and the runs stay excluded."""
    record(store, all_ran(prompts, runs, bound=True) if kind is SetKind.ALL_RAN else some(prompts, runs))
    assert store.match_sets.settle(the_set(store), Settlement.NONE_RAN, again=True)
    assert states(store, prompts) == ["queued"] * 2
    assert len(store.uncertain.given_up("p", "wh", NOON - 1.0)) == 2
    assert len(store.match_sets.ruled_out("p", "wh")) == 4


def test_as_guessed_binds_the_guesses_and_leaves_the_rest_uncertain(
    store: Store, prompts: list[RowId], runs: list[RowId]
) -> None:
    """AS_GUESSED makes the guessed runs certain, and prompts without a guess stay uncertain and may be resent."""
    record(store, some(prompts, runs[:1], (prompts[1], runs[0])))
    assert store.match_sets.settle(the_set(store), Settlement.AS_GUESSED)
    line = store.rows.get(prompts[1])
    assert line is not None and line.run_id == "r1" and line.matched is MatchedBy.USER
    assert states(store, prompts) == ["uncertain", "accepted"]
    assert store.queue.resend(prompts[0])


@pytest.mark.parametrize("settlement", [Settlement.AS_GUESSED, Settlement.ALL_RAN])
def test_a_confirmed_guess_is_one_no_more(
    store: Store, prompts: list[RowId], runs: list[RowId], settlement: Settlement
) -> None:
    """The mark goes, the runs stay."""
    record(store, all_ran(prompts, runs, bound=True))
    assert store.match_sets.settle(the_set(store), settlement)
    lines = [store.rows.get(row) for row in prompts]
    assert [line and (line.run_id, line.matched) for line in lines] == [("r1", MatchedBy.USER), ("r2", MatchedBy.USER)]


@pytest.mark.parametrize("settlement", Settlement)
def test_a_set_that_is_no_longer_as_it_was_shown_is_not_settled(
    stores: Stores, store: Store, prompts: list[RowId], runs: list[RowId], settlement: Settlement
) -> None:
    """A set that changed since it was shown is not settled: the other window's change counts."""
    other = stores.open()
    record(store, some(prompts, runs[:1], (prompts[0], runs[0])))
    shown = the_set(store)
    other.queue.resend(prompts[0])
    assert not store.match_sets.settle(shown, settlement, again=True)
    assert states(store, prompts) == ["queued", "uncertain"]
    record(store, some(prompts[1:], runs[:1]))
    shown = the_set(store)
    assert other.match_sets.settle(shown, Settlement.ALL_RAN)
    assert not store.match_sets.settle(shown, settlement, again=True)
    assert states(store, prompts[1:]) == ["accepted"]


def test_a_run_that_goes_on_meanwhile_does_not_make_it_another_set(
    store: Store, prompts: list[RowId], runs: list[RowId], remote_run: Told
) -> None:
    """Runs that change while the question is shown do not change the set."""
    record(store, all_ran(prompts, runs, bound=True))
    shown = the_set(store)
    store.runs.merge("p", "wh", [remote_run("r1", "completed", created_at=NOON + 1)])
    assert store.match_sets.settle(shown, Settlement.ALL_RAN)


def _row_of(store: Store, run_id: str) -> RowId:
    return RowId(store.database.rows("SELECT id FROM runs WHERE run_id = ?", (run_id,))[0][0])


def test_a_guessed_run_whose_creation_nobody_says_has_the_time_at_which_it_was_first_seen(
    store: Store, prompts: list[RowId], remote_run: Told, clock: HeldClock
) -> None:
    """A guessed run without a creation time has the time when it was first seen, which matching needs."""
    store.runs.merge("p", "wh", [remote_run("r1", "running")])
    [run] = store.uncertain.unclaimed("p", "wh", NOON - 10.0)
    assert run.told_created is None
    record(store, all_ran(prompts[:1], [run.row], bound=True))
    [(_, guessed)] = store.uncertain.guessed("p", "wh", NOON - 3_600.0)
    assert (guessed.run_id, guessed.told_created, guessed.seen_at) == ("r1", None, clock.now)
