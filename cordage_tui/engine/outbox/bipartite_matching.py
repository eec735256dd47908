"""Maximum matching of runs and prompts, and the Dulmage-Mendelsohn decomposition: the common part of all maximum
matchings.

See Dulmage and Mendelsohn, "Coverings of bipartite graphs", 1958. See also Pothen and Fan, "Computing the block
triangular form of a sparse matrix", 1990. Runs and prompts are numbers here. Nothing is recursive, and everything
except the matching is linear in the edges.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

Block = tuple[list[int], list[int]]
"""Runs and prompts of one part, each in ascending order."""


@dataclass(frozen=True)
class Decomposition:
    """The parts of a graph of runs and prompts."""

    square: list[Block]
    """As many runs as prompts, all matched with one another in every maximum matching; with one of each, the pair is in all of
    them."""
    fewer_runs: list[Block]
    """Connected; all runs are matched in every maximum matching, and each prompt is unmatched in some."""
    more_runs: list[Block]
    """Connected; all prompts are matched in every maximum matching, and each run is unmatched in some."""


def decompose(prompts_of: Sequence[Sequence[int]], prompts: int) -> Decomposition:
    """Decompose a bipartite graph of runs and prompts. `prompts_of[run]` holds the prompts, numbered below `prompts`,
    that the run may belong to; earlier ones are tried first."""
    run_of, prompt_of = _matched(prompts_of, prompts)
    runs_of = _turned(prompts_of, prompts)
    few_prompts, few_runs = _reached(
        (p for p in range(prompts) if p not in run_of and runs_of[p]), runs_of, prompt_of, "prompts"
    )
    many_prompts, many_runs = _reached(
        (r for r in range(len(prompts_of)) if r not in prompt_of), prompts_of, run_of, "runs"
    )
    inner = [run for run in range(len(prompts_of)) if run in prompt_of and run not in few_runs and run not in many_runs]
    return Decomposition(
        [(sorted(block), sorted(prompt_of[run] for run in block)) for block in _strong(inner, prompts_of, run_of)],
        _connected(few_prompts, few_runs, prompts_of, runs_of),
        _connected(many_prompts, many_runs, prompts_of, runs_of),
    )


def _matched(prompts_of: Sequence[Sequence[int]], prompts: int) -> tuple[dict[int, int], dict[int, int]]:
    """Return a maximum matching: run by prompt, and prompt by run. Prompts from which a search found no free prompt
    are never entered again."""
    run_of: dict[int, int] = {}
    prompt_of: dict[int, int] = {}
    for run, near in enumerate(prompts_of):
        if (free := next((prompt for prompt in near if prompt not in run_of), None)) is not None:
            run_of[free], prompt_of[run] = run, free
    dead: set[int] = set()
    for run in range(len(prompts_of)):
        if run not in prompt_of:
            _augment(run, prompts_of, run_of, prompt_of, dead)
    return run_of, prompt_of


def _augment(
    start: int, prompts_of: Sequence[Sequence[int]], run_of: dict[int, int], prompt_of: dict[int, int], dead: set[int]
) -> None:
    came_from: dict[int, int] = {}
    runs = [start]
    for run in runs:
        for prompt in prompts_of[run]:
            if prompt in came_from or prompt in dead:
                continue
            came_from[prompt] = run
            if prompt in run_of:
                runs.append(run_of[prompt])
                continue
            _flip(prompt, came_from, run_of, prompt_of)
            return
    dead.update(came_from)


def _flip(last: int, came_from: Mapping[int, int], run_of: dict[int, int], prompt_of: dict[int, int]) -> None:
    """Match each run of the path with the prompt that it led to."""
    prompt: int | None = last
    while prompt is not None:
        run = came_from[prompt]
        before = prompt_of.get(run)
        run_of[prompt], prompt_of[run] = run, prompt
        prompt = before


def _turned(prompts_of: Sequence[Sequence[int]], prompts: int) -> list[list[int]]:
    """The runs of each prompt."""
    runs_of: list[list[int]] = [[] for _ in range(prompts)]
    for run, near in enumerate(prompts_of):
        for prompt in near:
            runs_of[prompt].append(run)
    return runs_of


def _reached(
    unmatched: Iterable[int], across: Sequence[Sequence[int]], back: Mapping[int, int], side: str
) -> tuple[set[int], set[int]]:
    """Prompts and runs on alternating paths from the `unmatched` of one `side`."""
    side_nodes, opposite_nodes = list(unmatched), set[int]()
    known_nodes = set(side_nodes)
    for node in side_nodes:
        for other in across[node]:
            if other in opposite_nodes:
                continue
            opposite_nodes.add(other)
            mate = back[other]
            if mate not in known_nodes:
                known_nodes.add(mate)
                side_nodes.append(mate)
    return (known_nodes, opposite_nodes) if side == "prompts" else (opposite_nodes, known_nodes)


def _connected(
    prompts: Collection[int],
    runs: Collection[int],
    prompts_of: Sequence[Sequence[int]],
    runs_of: Sequence[Sequence[int]],
) -> list[Block]:
    """Split these runs and prompts into connected parts."""
    parts: list[Block] = []
    known_runs: set[int] = set()
    for first in sorted(runs):
        if first in known_runs:
            continue
        known_runs.add(first)
        part_runs, part_prompts = [first], set[int]()
        for run in part_runs:
            for prompt in prompts_of[run]:
                if prompt not in prompts or prompt in part_prompts:
                    continue
                part_prompts.add(prompt)
                new = [other for other in runs_of[prompt] if other in runs and other not in known_runs]
                known_runs.update(new)
                part_runs += new
        parts.append((sorted(part_runs), sorted(part_prompts)))
    return parts


def _strong(runs: Sequence[int], prompts_of: Sequence[Sequence[int]], run_of: Mapping[int, int]) -> list[list[int]]:
    """Find the strongly connected components (Tarjan). A run leads to the matched run of each prompt that might also
    be its own."""
    inside = set(runs)
    leads = {run: [run_of[p] for p in prompts_of[run] if run_of.get(p) in inside] for run in runs}
    order: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    stacked: set[int] = set()
    components: list[list[int]] = []
    for root in runs:
        if root in order:
            continue
        path = [(root, iter(leads[root]))]
        order[root] = low[root] = len(order)
        stack.append(root)
        stacked.add(root)
        while path:
            run, neighbours = path[-1]
            for near in neighbours:
                if near not in order:
                    order[near] = low[near] = len(order)
                    stack.append(near)
                    stacked.add(near)
                    path.append((near, iter(leads[near])))
                    break
                if near in stacked:
                    low[run] = min(low[run], order[near])
            else:
                path.pop()
                if path:
                    low[path[-1][0]] = min(low[path[-1][0]], low[run])
                if low[run] == order[run]:
                    at = stack.index(run)
                    components.append(stack[at:])
                    stacked.difference_update(stack[at:])
                    del stack[at:]
    return components
