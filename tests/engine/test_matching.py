"""Which run an uncertain prompt is: rules of the pure matcher, one by one and for whatever lists hypothesis thinks of."""

from hypothesis import given, settings
from hypothesis import strategies as st

from cordage_tui.domain.run import RowId
from cordage_tui.engine.matching import Free, Matched, Sought, match

FIRST_RUN = 100
"""Rows of runs are younger than those of prompts, unless a test says otherwise."""


def sought(
    row: int, opens: float, closes: float = 1_000.0, prompt: str | None = None, ref: str | None = None
) -> Sought:
    return Sought(RowId(row), opens, closes, {"prompt": prompt or f"prompt {row}"}, ref)


def free(number: int, created: float, prompt: str | None = None, ref: str | None = None) -> Free:
    return Free(RowId(FIRST_RUN + number), created, {"prompt": prompt} if prompt else None, ref)


def pairs(matched: Matched) -> set[tuple[int, int]]:
    return {(found.row, found.run - FIRST_RUN) for found in matched.matches}


def test_a_run_that_can_be_one_prompts_alone_is_its() -> None:
    """Time alone speaks for it, and the match says that it is not sure."""
    matched = match([sought(1, 10.0, 50.0)], [free(1, 12.0)])
    assert pairs(matched) == {(1, 1)}
    assert not matched.matches[0].is_sure


def test_a_run_from_outside_the_window_is_somebody_elses() -> None:
    """Created before the prompt was sent, or after anything of it can still come."""
    assert match([sought(1, 10.0, 50.0)], [free(1, 9.9), free(2, 50.1)]) == Matched((), frozenset())


def test_a_run_known_here_before_the_prompt_was_written_down_is_older() -> None:
    """Whatever the server's clock says: its row was given first."""
    assert not match([sought(1, 10.0)], [Free(RowId(0), 12.0)]).matches


def test_a_run_from_before_the_next_prompt_was_sent_is_the_earlier_ones() -> None:
    """And when that is settled, the other run can only be the later one's."""
    both = [sought(1, 0.0), sought(2, 10.0)]
    assert pairs(match(both, [free(1, 5.0)])) == {(1, 1)}
    assert pairs(match(both, [free(1, 5.0), free(2, 12.0)])) == {(1, 1), (2, 2)}


def test_a_run_that_may_be_either_prompts_is_neithers_yet() -> None:
    """Both prompts are torn; were it given to one, the other would be sent again though it runs."""
    matched = match([sought(1, 0.0), sought(2, 10.0)], [free(1, 12.0)])
    assert matched == Matched((), frozenset({RowId(1), RowId(2)}))


def test_where_every_prompt_of_a_cluster_has_a_run_they_are_given_in_the_order_of_time() -> None:
    """None is lost and none is sent again, whichever is which."""
    matched = match([sought(1, 0.0), sought(2, 1.0), sought(3, 2.0)], [free(n, 10.0 + n) for n in (2, 1, 3)])
    assert pairs(matched) == {(1, 1), (2, 2), (3, 3)}
    assert not matched.torn


def test_prompts_that_are_the_very_same_are_interchangeable() -> None:
    """Of k prompts and m runs the smaller number is bound, in the order of time; the rest is not seen, and not torn."""
    three = [sought(n, float(n), prompt="fox") for n in (1, 2, 3)]
    matched = match(three, [free(1, 10.0), free(2, 11.0)])
    assert pairs(matched) == {(1, 1), (2, 2)}
    assert not matched.torn
    assert pairs(match(three[:1], [free(1, 10.0), free(2, 11.0)])) == {(1, 1)}


def test_what_the_server_echoes_decides() -> None:
    """The run of the same inputs is the prompt's, surely; one of other inputs never is."""
    both = [sought(1, 0.0, prompt="fox"), sought(2, 1.0, prompt="owl")]
    matched = match(both, [free(1, 10.0, "owl"), free(2, 11.0, "hare")])
    assert pairs(matched) == {(2, 1)}
    assert matched.matches[0].is_sure and not matched.torn


def test_a_partial_echo_leaves_a_run_open_to_what_agrees_with_it() -> None:
    """A server may echo the prompt alone, or fill in defaults: what it says of ours must be ours."""
    prompt = Sought(RowId(1), 0.0, 99.0, {"prompt": "fox", "style": "ink"})
    for echo, agrees in (
        ({"prompt": "fox"}, True),
        ({"prompt": "fox", "style": "ink", "steps": 20}, True),
        ({"prompt": "fox", "style": "noir"}, False),
        ({"steps": 20}, False),
    ):
        matched = match([prompt], [Free(RowId(200), 5.0, echo)])
        assert bool(matched.matches) is agrees
        assert not any(found.is_sure for found in matched.matches)


def test_a_reference_is_exact() -> None:
    """The prompt's own finds it, whatever clocks say; another's shuts the run out."""
    prompts = [sought(1, 0.0, ref="a"), sought(2, 0.0, ref="b")]
    matched = match(prompts, [free(1, 5_000.0, ref="b"), free(2, 5.0, ref="c")])
    assert pairs(matched) == {(2, 1)}
    assert matched.matches[0].is_sure


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
        [sought(n, opens, opens + lasts, prompt, ref) for n, (opens, lasts, prompt, ref) in enumerate(prompts)],
        [free(n, created, prompt, ref) for n, (created, prompt, ref) in enumerate(runs)],
    )


@settings(deadline=None)
@given(PROMPTS, RUNS)
def test_no_match_breaks_a_rule(prompts: list, runs: list) -> None:
    """One run for one prompt; inside its window unless a reference proves it; never against what the server echoes."""
    looked_for, found = world(prompts, runs)
    matched = match(looked_for, found)
    assert len({m.row for m in matched.matches}) == len({m.run for m in matched.matches}) == len(matched.matches)
    by_row, by_run = {p.row: p for p in looked_for}, {r.row: r for r in found}
    for pair in matched.matches:
        prompt, run = by_row[pair.row], by_run[pair.run]
        if run.ref is not None:
            assert run.ref == prompt.ref
        else:
            assert prompt.opens <= run.created <= prompt.closes
            assert run.inputs is None or run.inputs == prompt.inputs
    assert not matched.torn & {m.row for m in matched.matches}


@settings(deadline=None)
@given(PROMPTS, RUNS, st.randoms())
def test_the_order_in_which_things_are_listed_does_not_matter(prompts: list, runs: list, rng) -> None:
    """Lists may come in any order (API.md)."""
    looked_for, found = world(prompts, runs)
    one = match(looked_for, found)
    rng.shuffle(looked_for)
    rng.shuffle(found)
    other = match(looked_for, found)
    assert (set(one.matches), one.torn) == (set(other.matches), other.torn)


@settings(deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=6), st.floats(0.0, 20.0), st.floats(2.0, 30.0))
def test_where_nobody_else_uses_the_webhook_no_prompt_is_misjudged(
    arrived: list[bool], delay_s: float, gap_s: float
) -> None:
    """Different prompts, sent one after the other, each taken in `delay_s` late or not at all: what did run is bound or torn,
    so nobody is told it is not there; and what did not run is never given a run, so nobody loses it."""
    prompts = [sought(n, n * gap_s, n * gap_s + 60.0) for n in range(len(arrived))]
    ran = {n for n, did in enumerate(arrived) if did}
    matched = match(prompts, [free(n, n * gap_s + delay_s) for n in ran])
    bound = {int(found.row) for found in matched.matches}
    assert bound <= ran <= bound | {int(row) for row in matched.torn}
