"""The decomposition against all maximum matchings of small graphs, tried one by one."""

from itertools import combinations, permutations

from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.engine.outbox.bipartite_matching import decompose

MOST = 4
GRAPHS = st.lists(st.sets(st.integers(0, MOST - 1)), max_size=MOST)


def maximum_matchings(near: list[set[int]]) -> list[frozenset[tuple[int, int]]]:
    """Every way to match as many runs with prompts as can be."""
    for size in range(min(len(near), MOST), 0, -1):
        found = {
            frozenset(zip(runs, prompts, strict=True))
            for runs in combinations(range(len(near)), size)
            for prompts in permutations(range(MOST), size)
            if all(prompt in near[run] for run, prompt in zip(runs, prompts, strict=True))
        }
        if found:
            return list(found)
    return [frozenset()]


@given(GRAPHS)
def test_the_parts_are_what_all_maximum_matchings_have_in_common(near: list[set[int]]) -> None:
    """A pair that stands alone is in all of them; of a square part all are matched within it in each; of the other parts the
    longer side is left out of some."""
    parts = decompose([sorted(prompts) for prompts in near], MOST)
    ways = maximum_matchings(near)
    forced = set(ways[0]).intersection(*ways)
    assert {(runs[0], prompts[0]) for runs, prompts in parts.square if len(runs) == 1} == forced
    for runs, prompts in parts.square:
        assert len(runs) == len(prompts)
        assert all({(r, p) for r, p in way if r in runs} == {(r, p) for r, p in way if p in prompts} for way in ways)
        assert all(sum(r in runs for r, _ in way) == len(runs) for way in ways)
    for runs, prompts in parts.fewer_runs:
        assert len(runs) < len(prompts)
        assert all(any(prompt not in {p for _, p in way} for way in ways) for prompt in prompts)
        assert all(set(runs) <= {r for r, _ in way} for way in ways)
    for runs, prompts in parts.more_runs:
        assert len(runs) > len(prompts)
        assert all(any(run not in {r for r, _ in way} for way in ways) for run in runs)
        assert all(set(prompts) <= {p for _, p in way} for way in ways)


@given(GRAPHS)
def test_nothing_is_in_two_parts_and_nothing_is_forgotten(near: list[set[int]]) -> None:
    """Each run, and each prompt that some run may be, is in exactly one."""
    parts = decompose([sorted(prompts) for prompts in near], MOST)
    blocks = [*parts.square, *parts.fewer_runs, *parts.more_runs]
    assert sorted(run for runs, _ in blocks for run in runs) == list(range(len(near)))
    prompts = sorted(prompt for _, prompts in blocks for prompt in prompts)
    assert prompts == sorted(set().union(*near))


def test_thousands_are_decomposed_at_once() -> None:
    """A chain where each run may be one of two prompts, and a crowd: no recursion, and no time that grows with the square."""
    chain = [[n, n + 1] for n in range(20_000)]
    parts = decompose(chain, 20_001)
    assert not parts.square and len(parts.fewer_runs) == 1
    parts = decompose([[*range(max(0, n - 50), n + 1)] for n in range(5_000)], 5_000)
    assert len(parts.square) == 5_000
