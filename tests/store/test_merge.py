"""Changes of a run's record by an answer: the pure rules, each alone and then in any order."""

import itertools
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.domain.run import SERVER_STATUS, RemoteRun, Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.store.runs.merge import RunRecord, merged, new_record

T = 1_700_000_000.0
ENDS = [Status.COMPLETED, Status.FAILED, Status.CANCELLED]


def remote_run(word="running", **fields):
    return RemoteRun("r1", SERVER_STATUS.get(word, Status.OTHER), SafeText(word), **fields)


def after(*answers, known=None, start=T):
    """Return the record after these answers, one second apart."""
    for second, answer in enumerate(answers):
        now = start + second
        known = merged(known or new_record(answer, now), answer, now)
    return known


OURS = RunRecord("r1", created_at=T - 10, ours=True)


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("back", ["running", "pending", "failed", "completed"])
def test_an_end_is_undone_by_two_sightings_in_a_row(end, back):
    """One contrary answer, perhaps a late one, does not undo an end; the same again at once does (docs/dev/faults.md 84)."""
    if end.value == back:
        return
    once = after(remote_run(end.value), remote_run(back))
    assert (once.status, once.shown) == (end, end)
    assert after(remote_run(end.value), remote_run(back), remote_run(end.value), remote_run(back)).status is end
    twice = after(remote_run("running"), remote_run(end.value), remote_run(back), remote_run(back))
    assert twice.status is SERVER_STATUS[back]
    assert (twice.ended_at is not None) is twice.status.is_final


def test_a_late_pending_does_not_push_running_back():
    """`pending` after `running` is most likely an older answer; only its repetition is believed."""
    assert after(remote_run("running"), remote_run("pending")).status is Status.RUNNING
    assert after(remote_run("running"), remote_run("pending"), remote_run("pending")).status is Status.PENDING


def test_a_doubted_answer_changes_nothing_that_shows():
    """An answer that is not believed leaves end, error, word, note and the time of the last sighting as they were."""
    known = after(remote_run("failed", error=SafeText("out of memory"), completed_at=T - 1))
    doubted = after(remote_run("paused", error=SafeText("no"), completed_at=T), known=known, start=T + 50)
    assert replace(doubted, doubt=None) == known


@pytest.mark.parametrize("word", ["running", "completed"])
def test_a_lost_run_that_shows_again_is_found(word):
    """LOST is our word for not seeing it: one sighting ends it, and its note goes."""
    lost = replace(after(remote_run("running")), status=Status.MISSING, note="gone")
    record = after(remote_run(word), known=lost)
    assert (record.status, record.note) == (SERVER_STATUS[word], None)


def test_an_unknown_word_is_kept_and_later_dropped():
    """A status we do not know shows by the server's word until a known one comes."""
    paused = after(remote_run("running"), remote_run("paused"))
    assert (paused.status, paused.word) == (Status.OTHER, "paused")
    assert after(remote_run("halted"), known=paused).word == "halted"
    assert after(remote_run("running"), known=paused).word is None


def test_a_kill_shows_until_the_run_has_ended():
    """`killing` covers every unended status, and an end clears it for good."""
    asked_to_kill = replace(after(remote_run("running")), kill_asked=T)
    assert [after(remote_run(word), known=asked_to_kill).shown for word in ("pending", "running", "paused")] == [
        Status.KILLING
    ] * 3
    ended = after(remote_run("completed"), known=asked_to_kill)
    assert (ended.shown, ended.kill_asked) == (Status.COMPLETED, None)


def test_list_rows_erase_nothing():
    """An answer that lacks outputs, nodes, inputs, error or metadata leaves the known ones."""
    full = after(
        remote_run(
            "failed",
            outputs=("https://x/1.png",),
            node_count=5,
            inputs={"prompt": "a fox"},
            error=SafeText("boom"),
            created_at=T - 9,
            completed_at=T - 1,
            raw='{"run_id": "r1", "status": "failed", "metadata": {"node_count": 5}}',
        )
    )
    for bare in (
        remote_run("failed"),
        remote_run("failed", outputs=(), raw='{"run_id": "r1", "status": "failed", "metadata": null}'),
    ):
        assert after(bare, known=full, start=T + 9) == full


def test_a_fuller_or_newer_answer_is_the_one_kept():
    """The raw answer kept is the newest of those that say as much; a new status always replaces it."""
    fuller = '{"run_id": "r1", "status": "running", "step": 2}'
    assert after(remote_run(raw='{"run_id": "r1", "status": "running"}'), remote_run(raw=fuller)).raw == fuller
    newer = fuller.replace("2", "3")
    assert after(remote_run(raw=fuller), remote_run(raw=newer)).raw == newer
    assert after(remote_run(raw=fuller), remote_run("completed", raw='{"run_id": "r1"}')).raw == '{"run_id": "r1"}'


def test_nothing_new_is_equal():
    """The same answer again gives an equal value, so that nothing is written and the screen stays calm."""
    answer = remote_run("running", created_at=T - 5, node_count=3, raw='{"a": 1}')
    known = after(answer)
    assert merged(known, answer, T + 100) == known
    assert known.seen_at == T


def test_started_is_when_it_was_first_seen_running():
    """A run started when its status became running; a foreign run seen soon after its creation started then.

    For a foreign run seen later the start is unknown.
    """
    assert after(remote_run("running"), known=OURS).started_at == T
    assert after(remote_run("pending"), remote_run("running"), remote_run("running")).started_at == T + 1
    assert after(remote_run("running", created_at=T - 6)).started_at == T - 6
    assert after(remote_run("running", created_at=T - 60), remote_run("running", created_at=T - 60)).started_at is None
    assert after(remote_run("completed", created_at=T - 60)).started_at is None


def test_what_turns_out_to_wait_has_not_started():
    """A trigger is answered "running" of a run that still waits: its time starts when it does."""
    answers = [
        remote_run("running"),
        remote_run("pending"),
        remote_run("pending"),
        remote_run("running"),
        remote_run("running"),
    ]
    assert after(*answers[:3], known=OURS).started_at is None
    assert after(*answers, known=OURS).started_at == T + 3


@pytest.mark.parametrize(
    ("known", "completed_at", "expected"),
    [
        pytest.param(after(remote_run("running")), T + 4, T + 4, id="as the server says"),
        pytest.param(after(remote_run("running")), T + 400, T + 5, id="not after we saw it ended"),
        pytest.param(after(remote_run("running")), T - 400, T, id="not before we saw it running"),
        pytest.param(OURS, T - 400, T - 10, id="not before it was submitted"),
        pytest.param(after(remote_run("running")), None, T + 5, id="when we saw it ended"),
        pytest.param(None, T - 400, T - 400, id="a stranger: as the server says"),
        pytest.param(None, None, None, id="a stranger without a time: nobody knows"),
    ],
)
def test_the_end_is_held_between_what_we_saw(known, completed_at, expected):
    """An end lies between our sightings, whatever the clock skew (docs/dev/faults.md 176)."""
    assert after(remote_run("completed", completed_at=completed_at), known=known, start=T + 5).ended_at == expected


def test_a_later_get_makes_a_guessed_end_exact():
    """An end taken from our own clock becomes the server's once it is known, within our sightings, and then stays."""
    guessed = after(remote_run("running"), remote_run("completed"))
    exact = after(remote_run("completed", completed_at=T + 0.4), known=guessed, start=T + 9)
    assert (guessed.ended_at, exact.ended_at) == (T + 1, T + 0.4)
    assert after(remote_run("completed", completed_at=T + 0.2), known=exact, start=T + 10) == exact


def test_when_the_clock_was_set_back_the_server_is_believed():
    """If our clock was set back before the last sighting, the server's end counts without bounds."""
    known = after(remote_run("running"))
    assert after(remote_run("completed", completed_at=T - 3000), known=known, start=T - 3600).ended_at == T - 3000


def test_our_submission_time_stands():
    """Our own run was created at its submission; a foreign run has the server's time once it is known."""
    assert after(remote_run(created_at=T - 500), known=OURS).created_at == OURS.created_at
    assert after(remote_run(), remote_run(created_at=T - 500)).created_at == T - 500


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), None])
def test_times_that_are_none_are_left_out(bad):
    """A time that is not a number of seconds counts as missing."""
    known = after(remote_run("completed", created_at=bad, completed_at=bad))
    assert (known.created_at, known.ended_at) == (T, None)


def test_numbers_that_no_column_holds_are_bounded():
    """A node count beyond 64 bits does not keep the run out of the database (docs/dev/faults.md 78)."""
    assert after(remote_run(node_count=2**70)).node_count == 2**63 - 1


FACTS = st.fixed_dictionaries(
    {},
    optional={
        "outputs": st.just(("https://x/1.png",)),
        "node_count": st.just(5),
        "inputs": st.just({"prompt": "a fox"}),
        "created_at": st.just(T - 60),
    },
)


@given(
    st.lists(
        st.tuples(st.sampled_from(["pending", "running", "completed"]), FACTS),
        min_size=1,
        max_size=3,
        unique_by=lambda a: a[0],
    )
)
def test_the_order_of_answers_does_not_matter(answers):
    """Answers of one way from pending to running to completed give the same record in any order."""
    made_answers = [remote_run(word, **facts) for word, facts in answers]
    results = {
        (known.status, known.shown, known.outputs, known.node_count, known.inputs, known.created_at, known.told_created)
        for order in itertools.permutations(made_answers)
        for known in [after(*order)]
    }
    first = next(iter(results))
    assert {r[:5] for r in results} == {first[:5]}
    if any(answer.created_at for answer in made_answers):
        assert {r[5:] for r in results} == {(T - 60, T - 60)}


WORDS = st.sampled_from([*SERVER_STATUS, "paused"])
ANSWERS = st.builds(
    lambda word, facts, extra: remote_run(word, raw=json.dumps({"status": word, **extra}), **facts),
    WORDS,
    FACTS,
    st.dictionaries(st.sampled_from("abc"), st.none() | st.integers(0, 2)),
)


@given(st.lists(ANSWERS, max_size=6), ANSWERS)
def test_repeating_an_answer_comes_to_rest(answers, last):
    """The same answer changes a run at most twice, whatever came before, so that polling finally writes nothing."""
    settled = after(*answers, last, last)
    assert merged(settled, last, T + 100) == settled


@given(st.lists(ANSWERS, min_size=1, max_size=6))
def test_facts_only_grow(answers):
    """Outputs, inputs, node count and the server's creation time are never lost by later answers."""
    known = new_record(answers[0], T)
    for answer in answers:
        before, known = known, merged(known, answer, T)
        for fact in ("outputs", "inputs", "node_count", "told_created"):
            assert getattr(before, fact) in (None, getattr(known, fact))


@pytest.mark.parametrize("ahead", [3_600.0, -3_600.0])
def test_a_servers_clock_that_is_off_shifts_no_age_and_no_end(ahead):
    """Times of a foreign run are moved to this machine's clock, and the server's own times are stored too."""
    answer = remote_run("completed", created_at=T - 90 + ahead, completed_at=T - 30 + ahead, clock_ahead_s=ahead)
    known = after(answer)
    assert (known.created_at, known.ended_at) == (T - 90, T - 30)
    assert (known.told_created, known.told_completed) == (T - 90 + ahead, T - 30 + ahead)
    assert after(replace(answer, clock_ahead_s=ahead + 0.3), known=known, start=T + 1) == known


def test_the_end_of_a_run_of_ours_is_told_exactly_across_skew():
    """The end of our own run is exact across a clock skew, and not only the time of its sighting."""
    known = after(remote_run("running"), known=OURS)
    ended = remote_run("completed", completed_at=T + 20 + 3_600, clock_ahead_s=3_600.0)
    assert after(ended, known=known, start=T + 24).ended_at == T + 20
