"""Runs of uncertain prompts: rules of the pure matcher, one by one and for random lists."""

import dataclasses

from hypothesis import given, settings
from hypothesis import strategies as st

from cordage_tui.domain.match_set import FoundSet, SetKind
from cordage_tui.domain.run import RowId
from cordage_tui.engine.outbox.run_matching import CandidateRun, MatchResult, Rivals, SubmissionToMatch, match

FIRST_RUN = 100
"""Rows of runs are younger than those of prompts, unless a test says otherwise."""
HELD = RowId(2**63 - 1)
"""Row of a run that a prompt holds by a guess, as the store names it (`NO_ROW`)."""
TOOK_S = 3.0
"""How long a request was open, unless a test says otherwise."""


def submission(
    row: int,
    opens: float,
    closes: float = 1_000.0,
    prompt: str | None = None,
    ref: str | None = None,
    likely: tuple[float, float] | None = None,
) -> SubmissionToMatch:
    """Sent when its window opens."""
    open_ = likely or (opens, opens + TOOK_S)
    return SubmissionToMatch(RowId(row), opens, opens, closes, open_, {"prompt": prompt or f"prompt {row}"}, ref)


def free(number: int, created: float, prompt: str | None = None, ref: str | None = None) -> CandidateRun:
    return CandidateRun(RowId(FIRST_RUN + number), created, {"prompt": prompt} if prompt else None, ref)


def pairs(matched: MatchResult) -> set[tuple[int, int]]:
    """Return the pairs that are bound without doubt."""
    return {(bound.row, bound.run - FIRST_RUN) for bound in matched.matches}


def guesses(matched: MatchResult) -> set[tuple[int, int]]:
    """Return the pairs that are bound by a guess."""
    return {(row, run - FIRST_RUN) for found_set in matched.sets if found_set.is_bound for row, run in found_set.likely}


def torn(matched: MatchResult) -> set[int]:
    return {int(row) for found_set in matched.open_sets for row in found_set.rows}


def ran(matched: MatchResult) -> list[tuple[int, ...]]:
    """Return the sets that count as sent, although it is unknown which run is whose."""
    return [
        found_set.rows for found_set in matched.sets if found_set.kind is SetKind.ALL_RAN and not found_set.is_bound
    ]


def test_a_run_that_can_be_one_prompts_alone_is_its_by_a_guess() -> None:
    """A run that can only be one prompt's is bound by a guess, because only its time supports it."""
    matched = match([submission(1, 10.0, 50.0)], [free(1, 12.0)])
    assert guesses(matched) == {(1, 1)} and not matched.matches
    assert len(matched.sets) == 1


def test_a_run_that_was_not_created_while_the_request_was_open_is_a_guess() -> None:
    """A run created after the request had closed is bound only by a guess, because it may belong to another client."""
    matched = match([submission(1, 10.0, 150.0)], [free(1, 90.0)])
    assert not matched.matches and guesses(matched) == {(1, 1)}


def test_a_run_from_outside_the_window_is_not_bound_and_no_proof_either() -> None:
    """A run outside the window is not bound, but it leaves its prompt undecided if it was first seen since and
    belongs to nobody."""
    matched = match([submission(1, 10.0, 50.0)], [free(1, 9.9), free(2, 50.1)])
    [found_set] = matched.open_sets
    assert found_set == FoundSet(SetKind.MORE_RUNS, (RowId(1),), (RowId(101), RowId(102)))
    [found_set] = match([submission(1, 10.0, 50.0)], [free(1, -3_600.0)]).open_sets
    assert found_set == FoundSet(SetKind.SOME_RAN, (RowId(1),), (RowId(101),))


def test_a_run_known_before_the_prompt_was_sent_is_not_its_own() -> None:
    """A run whose row existed when the intent was committed is not the prompt's, whatever its stamp says."""
    sent = dataclasses.replace(submission(1, 10.0), after=RowId(FIRST_RUN + 1))
    assert match([sent], [free(1, 12.0)]) == MatchResult()
    assert guesses(match([sent], [free(1, 12.0), free(2, 13.0)])) == {(1, 2)}


def test_while_no_stamp_is_known_only_a_likely_run_is_bound() -> None:
    """The window is as wide as clocks may differ: a run in it is the one candidate, and the user is asked."""
    wide = dataclasses.replace(submission(1, -86_400.0, 86_400.0, likely=(9.0, 14.0)), knows_stamps=False)
    assert guesses(match([wide], [free(1, 12.0)])) == {(1, 1)}
    [found_set] = match([wide], [free(1, 8.0)]).open_sets
    assert found_set == FoundSet(SetKind.SOME_RAN, (RowId(1),), (RowId(101),), ((RowId(1), RowId(101)),))
    later = dataclasses.replace(wide, row=RowId(2), sent=11.0, likely=(10.0, 15.0), inputs={"prompt": "owl"})
    [found_set] = match([wide, later], [free(1, 5.0), free(2, 20.0)]).open_sets
    assert found_set.kind is SetKind.SOME_RAN and found_set.rows == (RowId(1), RowId(2))
    assert torn(match([wide, later], [free(1, 12.5)])) == {1, 2}


def test_a_run_in_another_prompts_hands_is_explained() -> None:
    """A run bound to another prompt, or counted as sent, is no candidate for a prompt of another time; in an open set
    it is."""
    early, late = submission(1, 0.0, 50.0), submission(2, 100.0, 150.0)
    matched = match([early, late], [free(1, 101.0)])
    assert guesses(matched) == {(2, 1)} and not matched.open_sets
    two = [submission(2, 100.0, 150.0), submission(3, 100.5, 150.0)]
    [found_set] = match([early, *two], [free(1, 140.0)]).open_sets
    assert found_set.rows == (RowId(1), RowId(2), RowId(3)) and found_set.runs == (RowId(101),)
    [found_set] = match([early, *two], [free(1, 140.0), free(2, 70.0), free(3, 60.0), free(4, 61.0)]).open_sets
    assert found_set.kind is SetKind.MORE_RUNS and found_set.runs == (RowId(103), RowId(104), RowId(102), RowId(101))


def test_sets_that_share_no_run_stay_apart() -> None:
    """Each prompt is asked about with the runs that may be its own, in the order of sending and of creation."""
    first = dataclasses.replace(submission(1, 0.0, 50.0, prompt="fox"), inputs={"prompt": "fox"})
    other = dataclasses.replace(submission(2, 1.0, 50.0), inputs={"prompt": "owl"})
    shown = [
        CandidateRun(RowId(101), 70.0, {"prompt": "fox", "seed": 1}),
        CandidateRun(RowId(102), 60.0, {"prompt": "owl", "seed": 1}),
    ]
    open_sets = match([first, other], shown).open_sets
    assert {(open_set.rows, open_set.runs) for open_set in open_sets} == {
        ((RowId(1),), (RowId(101),)),
        ((RowId(2),), (RowId(102),)),
    }


def test_a_run_known_here_before_the_prompt_was_written_down_is_older() -> None:
    """A run whose row is older than the prompt's is not the prompt's, whatever the server's clock says."""
    assert not match([submission(1, 10.0)], [CandidateRun(RowId(0), 12.0)]).matches


def test_a_run_of_which_no_time_is_told_may_be_older_than_it_was_seen() -> None:
    """A run without a time, first seen an hour later, may still be the prompt's, but only by a guess."""
    late = CandidateRun(RowId(200), 4_000.0, is_told=False)
    assert guesses(match([submission(1, 10.0, 150.0)], [late])) == {(1, 100)}
    assert torn(match([submission(1, 5_000.0)], [late])) == {1}


def test_a_run_from_before_the_next_prompt_was_sent_is_the_earlier_ones() -> None:
    """A run from before the next prompt was sent belongs to the earlier prompt, and then the other run to the later
    one."""
    both = [submission(1, 0.0), submission(2, 10.0)]
    assert guesses(match(both, [free(1, 2.0)])) == {(1, 1)}
    assert guesses(match(both, [free(1, 2.0), free(2, 12.0)])) == {(1, 1), (2, 2)}


def test_a_run_that_may_be_either_prompts_is_neithers() -> None:
    """A run that may belong to either prompt is bound to neither, because the other could be sent again; the likely
    one is noted."""
    matched = match([submission(1, 0.0), submission(2, 10.0)], [free(1, 12.0)])
    [found_set] = matched.sets
    assert found_set == FoundSet(SetKind.SOME_RAN, (RowId(1), RowId(2)), (RowId(101),), ((RowId(2), RowId(101)),))
    assert torn(matched) == {1, 2}


def test_as_many_runs_as_prompts_of_one_age_all_ran() -> None:
    """None is sent again. Which is whose, times that are as far apart as the prompts' make likely, and no others."""
    three = [submission(1, 0.0), submission(2, 1.0), submission(3, 2.0)]
    late = match(three, [free(n, 10.0 + n) for n in (2, 1, 3)])
    assert ran(late) == [(1, 2, 3)] and not late.matches and not torn(late)
    spaced = match(three, [free(n, 1.1 + n) for n in (2, 1, 3)])
    assert guesses(spaced) == {(1, 1), (2, 2), (3, 3)} and not spaced.matches
    close = match(three, [free(n, 2.5 + n / 10) for n in (2, 1, 3)])
    assert ran(close) == [(1, 2, 3)] and not guesses(close), (
        "a tenth of a second apart, where the prompts were a second"
    )
    at_once = match(three, [free(n, 2.5) for n in (2, 1, 3)])
    assert ran(at_once) == [(1, 2, 3)]


def test_the_order_of_sending_counts_not_that_of_the_windows() -> None:
    """Each try knows the server's clock as well as it was known then, so windows may open in another order."""
    first = SubmissionToMatch(RowId(1), 0.0, 1.4, 200.0, (0.0, 6.0), {"prompt": "a"})
    second = SubmissionToMatch(RowId(2), 1.0, 0.2, 190.0, (0.0, 6.0), {"prompt": "b"})
    assert guesses(match([second, first], [free(1, 2.0), free(2, 3.0)])) == {(1, 1), (2, 2)}


def test_where_fewer_runs_than_prompts_show_what_must_have_run_is_told_from_what_may_have() -> None:
    """If one run fits two early prompts, one of them ran; if two fit two late ones, both ran."""
    prompts = [submission(1, 0.0, 60.0), submission(2, 1.0, 60.0), submission(3, 100.0), submission(4, 101.0)]
    matched = match(prompts, [free(1, 20.0), free(2, 110.0), free(3, 110.0)])
    assert torn(matched) == {1, 2} and ran(matched) == [(3, 4)]


def test_prompts_that_are_the_very_same_are_interchangeable() -> None:
    """For equal prompts the smaller number of prompts and runs is bound in the order of time, and the others are not
    seen."""
    three = [submission(n, float(n), prompt="fox") for n in (1, 2, 3)]
    matched = match(three, [free(1, 3.5), free(2, 3.6)])
    assert guesses(matched) == {(1, 1), (2, 2)}
    assert not matched.open_sets and not matched.matches


def test_of_more_runs_than_prompts_only_the_one_from_while_the_request_was_open_is_given() -> None:
    """If another client uses the webhook, a guess is bound only if the times fit one run; otherwise the user is
    asked."""
    alone = match([submission(1, 0.0)], [free(1, 2.0), free(2, 30.0)])
    assert guesses(alone) == {(1, 1)} and not alone.matches
    unclear = match([submission(1, 0.0)], [free(1, 20.0), free(2, 30.0)])
    assert [open_set.kind for open_set in unclear.open_sets] == [SetKind.MORE_RUNS] and torn(unclear) == {1}


def test_a_run_that_may_be_that_of_a_try_which_was_given_up_is_a_guess() -> None:
    """A run that may belong to a dropped or resent try is bound only by a guess, because that try may have run."""
    dropped = Rivals(given_up=[submission(1, 0.0)])
    assert guesses(match([submission(2, 1.0)], [free(1, 2.0)], dropped)) == {(2, 1)}
    assert torn(match([submission(2, 1.0)], [free(1, 20.0)], dropped)) == {2}
    assert match([submission(2, 10.0)], [free(1, 2.0)], dropped) == MatchResult(), "it is the dropped one's"


def test_what_was_bound_by_a_guess_makes_nothing_else_certain() -> None:
    """If one of two runs was given away by a guess, the other one is also only a guess."""
    guessed = Rivals(guessed=[(submission(1, 0.0), CandidateRun(RowId(9_000), 2.0))])
    assert guesses(match([submission(2, 1.0)], [free(1, 2.5)], guessed)) == {(2, 1)}


TWIN = "the very same"


def test_a_run_given_by_a_guess_is_given_to_no_other_prompt() -> None:
    """A resent equal prompt does not get a run that another holds by a guess: it is not seen, and its search
    continues."""
    holder = submission(1, 0.0, prompt=TWIN), CandidateRun(HELD, 2.0)
    assert match([submission(2, 1.0, prompt=TWIN)], [], Rivals(guessed=[holder])) == MatchResult()


def test_the_very_same_prompts_get_what_the_guess_leaves() -> None:
    """A free run goes to the prompt that has none, whichever of the runs is older."""
    for held_at, free_at in ((2.0, 3.0), (3.0, 2.0)):
        holder = submission(1, 0.0, prompt=TWIN), CandidateRun(HELD, held_at)
        matched = match([submission(2, 1.0, prompt=TWIN)], [free(1, free_at)], Rivals(guessed=[holder]))
        assert guesses(matched) == {(2, 1)}


def test_a_guess_that_must_be_wrong_leaves_the_other_prompt_open() -> None:
    """If the holder of a guess can have started a later run, and the other prompt only this one, the user decides."""
    holder = submission(1, 0.0), CandidateRun(HELD, 2.0)
    matched = match([submission(2, 1.0, closes=5.0)], [free(1, 20.0)], Rivals(guessed=[holder]))
    assert torn(matched) == {2} and not guesses(matched)


def test_what_the_user_has_ruled_out_stays_so() -> None:
    """The run is not offered to that prompt again, and to others it is."""
    ruled_out = Rivals(ruled_out={(RowId(1), RowId(101))})
    assert match([submission(1, 0.0)], [free(1, 2.0)], ruled_out) == MatchResult()
    assert guesses(match([submission(1, 0.0), submission(2, 1.0)], [free(1, 2.0)], ruled_out)) == {(2, 1)}


def test_what_the_server_echoes_decides() -> None:
    """The run of the same inputs is the prompt's, surely; one of other inputs never is."""
    both = [submission(1, 0.0, prompt="fox"), submission(2, 1.0, prompt="owl")]
    matched = match(both, [free(1, 10.0, "owl"), free(2, 11.0, "hare")])
    assert pairs(matched) == {(2, 1)} and not matched.sets


def test_a_partial_echo_leaves_a_run_open_to_what_agrees_with_it() -> None:
    """A partial echo, or one with defaults, matches only prompts that agree with it."""
    prompt = SubmissionToMatch(RowId(1), 4.0, 0.0, 99.0, (4.0, 6.0), {"prompt": "fox", "style": "ink"})
    for echo, agrees in (
        ({"prompt": "fox"}, True),
        ({"prompt": "fox", "style": "ink", "steps": 20}, True),
        ({"prompt": "fox", "style": "noir"}, False),
        ({"steps": 20}, False),
    ):
        matched = match([prompt], [CandidateRun(RowId(200), 5.0, echo)])
        assert bool(guesses(matched)) is agrees
        assert not matched.matches and not matched.open_sets


def test_a_reference_is_exact() -> None:
    """A reference finds its prompt's run at any time, and excludes every other run."""
    prompts = [submission(1, 0.0, ref="a"), submission(2, 0.0, ref="b")]
    matched = match(prompts, [free(1, 5_000.0, ref="b"), free(2, 5.0, ref="c")])
    assert pairs(matched) == {(2, 1)} and not matched.sets


PROMPTS = st.lists(
    st.tuples(
        st.floats(0, 60), st.floats(0, 60), st.sampled_from(["fox", "owl", "hare"]), st.sampled_from([None, "a", "b"])
    ),
    max_size=6,
)
RUNS = st.lists(
    st.tuples(st.floats(-5, 130), st.sampled_from([None, "fox", "owl"]), st.sampled_from([None, None, "a", "z"])),
    max_size=6,
)


def world(prompts: list[tuple[float, float, str, str | None]], runs: list[tuple[float, str | None, str | None]]):
    return (
        [submission(n, opens, opens + lasts, prompt, ref) for n, (opens, lasts, prompt, ref) in enumerate(prompts)],
        [free(n, created, prompt, ref) for n, (created, prompt, ref) in enumerate(runs)],
    )


@given(PROMPTS, RUNS)
def test_no_match_breaks_a_rule(prompts: list, runs: list) -> None:
    """Each prompt and each run is matched once, inside the window unless a reference proves it, never against an
    echo."""
    looked_for, listed = world(prompts, runs)
    matched = match(looked_for, listed)
    given_ = [(m.row, m.run) for m in matched.matches]
    given_ += [pair for found_set in matched.sets for pair in found_set.likely]
    assert len({row for row, _ in given_}) == len({run for _, run in given_}) == len(given_)
    by_row, by_run = {p.row: p for p in looked_for}, {r.row: r for r in listed}
    for row, run_row in given_:
        prompt, run = by_row[row], by_run[run_row]
        if run.ref is not None:
            assert run.ref == prompt.ref
        else:
            assert prompt.opens <= run.created <= prompt.closes
            assert run.inputs is None or run.inputs == prompt.inputs
    members = [*(m.row for m in matched.matches), *(row for found_set in matched.sets for row in found_set.rows)]
    members += [*(m.run for m in matched.matches), *(run for found_set in matched.sets for run in found_set.runs)]
    assert len(set(members)) == len(members)
    assert all(len(found_set.likely) == len(found_set.rows) for found_set in matched.sets if found_set.is_bound)


@given(PROMPTS, RUNS, st.lists(st.booleans(), min_size=6, max_size=6))
def test_no_run_that_a_prompt_holds_by_a_guess_is_given_to_another(prompts: list, runs: list, holds: list) -> None:
    """Bound sets, and those counted as sent, contain only free runs, so the store can always record them."""
    looked_for, listed = world(prompts, runs)
    held = [
        (prompt, CandidateRun(HELD, prompt.opens + 1.0))
        for prompt, holder in zip(looked_for, holds, strict=False)
        if holder
    ]
    holders = {prompt for prompt, _ in held}
    sought = [prompt for prompt in looked_for if prompt not in holders]
    matched = match(sought, listed, Rivals(guessed=held))
    decided = [match_found for match_found in matched.sets if match_found not in matched.open_sets]
    given_runs = [
        *(match_found.run for match_found in matched.matches),
        *(run for match_found in decided for run in match_found.runs),
    ]
    assert HELD not in given_runs and len(set(given_runs)) == len(given_runs)
    assert {row for found_set in matched.sets for row in found_set.rows} <= {prompt.row for prompt in sought}


@given(PROMPTS, RUNS, st.randoms())
def test_the_order_in_which_things_are_listed_does_not_matter(prompts: list, runs: list, rng) -> None:
    """Lists may come in any order (docs: the wire contract)."""
    looked_for, listed = world(prompts, runs)
    result = match(looked_for, listed)
    rng.shuffle(looked_for)
    rng.shuffle(listed)
    other = match(looked_for, listed)
    assert (set(result.matches), set(result.sets)) == (set(other.matches), set(other.sets))


TRIES = st.lists(
    st.tuples(
        st.floats(0.0, 12.0),  # since the one before
        st.floats(0.1, 6.0),  # how long its request was open
        st.one_of(
            st.none(), st.floats(0.0, 1.0), st.floats(1.0, 40.0)
        ),  # when its run was created, in those; None: never
        st.sampled_from(["mine", "mine", "mine", "dropped"]),
    ),
    max_size=7,
)
CLOCK = st.floats(-1.5, 1.5)
WITHIN_S, SLACK_S, SETTLE_S = 1.5, 2.0, 40.0


@settings(max_examples=600)
@given(TRIES, CLOCK, st.data())
def test_no_wrong_run_is_bound_unmarked(tries: list, off_s: float, data) -> None:
    """No wrong run is ever bound without the mark of a guess.

    It holds for requests lost before or after their arrival, slow servers, partial lists and errors of the clock.
    Prompts counted as sent have run. Prompts not seen in a whole list have not, unless a guess gave their run to
    another prompt.
    """
    prompts, given_up, runs, owner, sent = [], [], [], {}, 0.0
    for number, (gap_s, took_s, acted, fate) in enumerate(tries):
        sent += gap_s
        guess = sent + off_s
        window = guess - WITHIN_S - SLACK_S, guess + took_s + SETTLE_S + WITHIN_S + SLACK_S
        likely = guess - WITHIN_S - 1.0, guess + took_s + WITHIN_S + 1.0
        attempt = SubmissionToMatch(RowId(number), sent, *window, likely, {"prompt": f"prompt {number}"})
        (prompts if fate == "mine" else given_up).append(attempt)
        if acted is not None:
            late = acted * took_s if acted <= 1.0 else took_s + acted - 1.0
            runs.append(free(number, float(int(sent + late))))
            owner[RowId(FIRST_RUN + number)] = RowId(number)
        sent += took_s
    shown = [run for run in runs if data.draw(st.booleans())]
    for listed in (shown, runs):
        matched = match(prompts, listed, Rivals(given_up=given_up))
        assert not matched.matches, "no echo, no certainty"
        for found_set in matched.sets:
            if found_set.kind is SetKind.ALL_RAN and not found_set.is_bound:
                assert {owner[run] for run in found_set.runs} == set(found_set.rows)
    known = {bound.row for bound in matched.matches} | {row for found_set in matched.sets for row in found_set.rows}
    guessed = {run for found_set in matched.sets if found_set.is_bound for run in found_set.runs}
    unseen = {prompt.row for prompt in prompts} - known
    assert all(owner.get(run) not in unseen for run in owner if run not in guessed)
