"""Match submissions to runs."""

import dataclasses
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from cordage_tui.domain.base.fast_dataclass import dataclass, field
from cordage_tui.domain.inputs import Inputs, fingerprint
from cordage_tui.domain.match_set import FoundSet, SetKind
from cordage_tui.domain.run import RowId

if TYPE_CHECKING:
    from cordage_tui.engine.outbox.bipartite_matching import Block, Decomposition

# Which of the server's runs an uncertain prompt is: a pure function.
#
# If the server does not echo a run's inputs, only its time identifies it, and other people may use the webhook. So a run
# found by its time is a guess. The guess is bound if no other prompt of ours can have started the run. Then the pair is
# part of every complete assignment of the runs to prompts. If there are several assignments, the prompts and runs form
# a set. If each prompt of the set has a run in every assignment, all of them ran, although the pairs are unknown. A run
# may also belong to a try that the user has given up.
#
# No clock can prove that a prompt did not run. A run forms a set with a prompt, whatever its time, if it was first seen
# after the prompt's request began and belongs to no other prompt.

_SPACED: Final = 0.5
"""Runs were created in the order of their prompts if their distance is at least this share of the prompts' distance."""


@dataclasses.dataclass(frozen=True, eq=False)
class SubmissionToMatch:
    """A try of a prompt whose run is not known. Times are epoch seconds by the server's clock."""

    row: RowId
    sent: float
    """When it was sent, by the best estimate."""
    opens: float
    """The earliest its run can have been created."""
    closes: float
    """The latest."""
    likely: tuple[float, float] | None
    """Between which its run was created if the server acted while the request was open; None: the clocks are too uncertain."""
    inputs: Inputs = dataclasses.field(repr=False)
    ref: str | None = None
    after: RowId | None = None
    """Last row before any run first seen since this was sent; None: its own row, from its submission."""
    knows_stamps: bool = True
    """True if we know how the server stamps runs; otherwise the window only limits how much two clocks may differ."""

    @property
    def known_until(self) -> RowId:
        """The last row of a run that was known before this was sent."""
        return self.row if self.after is None else self.after

    @cached_property
    def likeness(self) -> str:
        """Fingerprint shared by submissions with the same inputs."""
        return fingerprint(self.inputs)


@dataclass(frozen=True, slots=True, eq=False)
class CandidateRun:
    """A run that may be any prompt's."""

    row: RowId
    created: float
    """Epoch seconds by the server's clock; if unknown, when it was first seen."""
    inputs: Inputs | None = field(default=None, repr=False)
    """As the server echoes them, all or some; None: it does not."""
    ref: str | None = None
    is_told: bool = True
    """True if `created` is the server's; otherwise it may have been created at any time before."""


@dataclass(frozen=True, slots=True)
class Match:
    """A prompt and its run: the server echoes the inputs that were sent."""

    row: RowId
    run: RowId


@dataclass(frozen=True, slots=True)
class MatchResult:
    """Result of matching."""

    matches: tuple[Match, ...] = ()
    sets: tuple[FoundSet, ...] = ()
    """No prompt and no run is in two of them or also in `matches`."""

    @property
    def open_sets(self) -> Sequence[FoundSet]:
        """Sets whose submissions stay uncertain, because a run may be theirs or another's."""
        return [found_set for found_set in self.sets if _is_open(found_set)]


@dataclass(frozen=True, slots=True)
class Rivals:
    """Submissions that runs may belong to instead."""

    given_up: Sequence[SubmissionToMatch] = ()
    """Tries that the user has dropped or had sent once more: they may have run, and are given nothing."""
    guessed: Sequence[tuple[SubmissionToMatch, CandidateRun]] = ()
    """Prompts that were given a run by a guess, and those runs."""
    ruled_out: Collection[tuple[RowId, RowId]] = frozenset()
    """Pairs of prompt and run that do not belong together, as the user decided."""


def match(
    sought: Iterable[SubmissionToMatch],
    free: Iterable[CandidateRun],
    rivals: Rivals | None = None,
    *,
    echoes_refs: bool = False,
) -> MatchResult:
    """Match submissions to runs, one to one.

    A run created outside a submission's window, or with other inputs by the server's word, never matches it.
    `echoes_refs`: the server returns the reference of a run, so a run without one does not match a submission that
    has one.
    """
    rivals = rivals or Rivals()
    prompts = sorted(sought, key=lambda prompt: (prompt.sent, prompt.row))
    runs = sorted(free, key=lambda run: (run.created, run.row))
    table = _Table(rivals.ruled_out, echoes_refs)
    exact = list(table.echoed(prompts, runs))
    prompts, runs = _without(prompts, runs, exact)
    forced, is_tight = table.forced(prompts, runs, rivals)
    sought_prompts, held = set(prompts), {run for _, run in rivals.guessed}
    rival_pairs = [pair for pair in forced if pair[0] not in sought_prompts]
    sets = [_alone(prompt, run, is_held=run in held) for prompt, run in forced if prompt in sought_prompts]
    sets += table.sets(*_without(prompts, runs, forced), is_tight)
    sets = table.unexplained(sets, prompts, _without(prompts, runs, rival_pairs)[1])
    return MatchResult(tuple(Match(prompt.row, run.row) for prompt, run in exact), tuple(sets))


_Pair = tuple[SubmissionToMatch, CandidateRun]


class _Table:
    """Table of the runs that each submission may have started."""

    def __init__(self, ruled_out: Collection[tuple[RowId, RowId]], echoes_refs: bool) -> None:
        self._ruled_out = ruled_out
        self._echoes_refs = echoes_refs

    def echoed(self, prompts: Sequence[SubmissionToMatch], runs: Sequence[CandidateRun]) -> Iterator[_Pair]:
        """Yield pairs that agree by reference or in all inputs."""
        left = list(prompts)
        for run in runs:
            if run.ref is None and not run.inputs:
                continue
            if sought_prompt := next((p for p in left if _is_same(p, run) and self._may_be(p, run)), None):
                left.remove(sought_prompt)
                yield sought_prompt, run

    def forced(
        self, prompts: Sequence[SubmissionToMatch], runs: Sequence[CandidateRun], rivals: Rivals
    ) -> tuple[list[_Pair], set[SubmissionToMatch]]:
        """Return the pairs contained in every complete assignment of runs, and the submissions that have a run in
        each.

        For prompts with the same inputs any pairing is right, so one that holds a run by a guess keeps it.
        """
        guessed = dict(rivals.guessed)
        all_prompts = sorted([*prompts, *rivals.given_up, *guessed], key=lambda prompt: (prompt.sent, prompt.row))
        all_runs = sorted([*runs, *guessed.values()], key=lambda run: (run.created, run.row))
        parts = self._decompose(all_prompts, all_runs)
        pairs: list[_Pair] = []
        for block in parts.square:
            block_runs, block_prompts = _of(block, all_runs, all_prompts)
            if _are_alike(block_prompts):
                kept = [(prompt, run) for prompt in block_prompts if (run := guessed.get(prompt)) in block_runs]
                pairs += [*kept, *zip(*_without(block_prompts, block_runs, kept), strict=True)]
        for block in parts.fewer_runs:
            block_runs, block_prompts = _of(block, all_runs, all_prompts)
            if _are_alike(block_prompts):
                block_sought = [prompt for prompt in block_prompts if prompt in set(prompts)]
                pairs += self._in_order(block_sought, [run for run in block_runs if run not in guessed.values()])
        return pairs, {all_prompts[number] for _, numbers in parts.square for number in numbers}

    def sets(
        self, prompts: Sequence[SubmissionToMatch], runs: Sequence[CandidateRun], tight: Collection[SubmissionToMatch]
    ) -> Iterator[FoundSet]:
        """Yield sets of the remaining submissions and runs: guesses, and undecidable ones."""
        parts = self._decompose(prompts, runs)
        for block in parts.square:
            yield _even(*_of(block, runs, prompts), tight)
        for block in parts.fewer_runs:
            block_runs, block_prompts = _of(block, runs, prompts)
            yield _set(SetKind.SOME_RAN, block_prompts, block_runs, _singled_out(block_prompts, block_runs))
        for block in parts.more_runs:
            yield from self._contended(*_of(block, runs, prompts))

    def _contended(self, runs: Sequence[CandidateRun], prompts: Sequence[SubmissionToMatch]) -> Iterator[FoundSet]:
        """Yield sets of a block with more runs than submissions: other clients used the webhook too.

        A submission gets the only run created while it was open.
        """
        guesses = _singled_out(prompts, runs)
        for pair in guesses:
            yield _guess(SetKind.MORE_RUNS, [pair])
        left, free_runs = _without(prompts, runs, guesses)
        if left:
            yield _set(SetKind.MORE_RUNS, left, [run for run in free_runs if any(self._may_be(p, run) for p in left)])

    def unexplained(
        self, sets: Sequence[FoundSet], prompts: Sequence[SubmissionToMatch], runs: Sequence[CandidateRun]
    ) -> list[FoundSet]:
        """Return the sets, extended so that each prompt is in a set with every unclaimed run that it may have
        started, at any time."""
        rows_in_sets = {row for found_set in sets for row in found_set.rows}
        claimed = {run for found_set in sets if not _is_open(found_set) for run in found_set.runs}
        left = [run for run in runs if run.row not in claimed]
        order = {row: place for place, row in enumerate([*(p.row for p in prompts), *(run.row for run in runs)])}
        for prompt in prompts:
            possible_runs = (
                {run.row for run in left if self._may_have_started(prompt, run)}
                if prompt.row not in rows_in_sets
                else None
            )
            if possible_runs:
                sets = _joined(sets, prompt.row, possible_runs, order)
        return list(sets)

    def _in_order(self, prompts: Sequence[SubmissionToMatch], runs: Sequence[CandidateRun]) -> Iterator[_Pair]:
        """Pair each run with the first remaining submission that it may belong to."""
        left = list(prompts)
        for run in runs:
            if first_prompt := next((prompt for prompt in left if self._may_be(prompt, run)), None):
                left.remove(first_prompt)
                yield first_prompt, run

    def _decompose(self, prompts: Sequence[SubmissionToMatch], runs: Sequence[CandidateRun]) -> "Decomposition":
        from cordage_tui.engine.outbox.bipartite_matching import (
            decompose,  # needed only while several prompts are uncertain
        )

        graph = [[number for number, prompt in enumerate(prompts) if self._may_be(prompt, run)] for run in runs]
        return decompose(graph, len(prompts))

    def _may_be(self, prompt: SubmissionToMatch, run: CandidateRun) -> bool:
        in_time = prompt.opens <= run.created and (run.created <= prompt.closes or not run.is_told)
        by_ref = run.ref is not None and run.ref == prompt.ref
        return (in_time or by_ref) and self._may_have_started(prompt, run)

    def _may_have_started(self, prompt: SubmissionToMatch, run: CandidateRun) -> bool:
        """Return whether the run may be the prompt's, at any time."""
        if (prompt.row, run.row) in self._ruled_out:
            return False
        if run.ref is not None or (self._echoes_refs and prompt.ref is not None):
            return run.ref == prompt.ref
        # A row given to a run before the prompt was sent shows that the run is older.
        return run.row > prompt.known_until and _echoes(prompt, run)


def _even(
    runs: Sequence[CandidateRun], prompts: Sequence[SubmissionToMatch], tight: Collection[SubmissionToMatch]
) -> FoundSet:
    """Return the set of equally many runs and submissions.

    It is bound as a guess if the times make that likely. Otherwise it counts as all ran if each prompt has a run in
    every assignment.
    """
    pairs = list(zip(prompts, runs, strict=True))
    if all(_is_likely(*pair) for pair in pairs) and (_are_alike(prompts) or _are_spaced(pairs)):
        return _guess(SetKind.ALL_RAN, pairs)
    all_ran = bool(tight) and set(prompts) <= set(tight) and all(prompt.knows_stamps for prompt in prompts)
    return _set(SetKind.ALL_RAN if all_ran else SetKind.SOME_RAN, prompts, runs, [])


def _alone(prompt: SubmissionToMatch, run: CandidateRun, *, is_held: bool) -> FoundSet:
    """Return the set of a run that can belong to no other prompt of ours: bound as a guess, unless only that supports
    it.

    If another prompt holds the run by a guess, the set stays open: the guess is wrong, or the times are.
    """
    if is_held:
        return _set(SetKind.SOME_RAN, [prompt], [run])
    if prompt.knows_stamps or _is_likely(prompt, run):
        return _guess(SetKind.ALL_RAN, [(prompt, run)])
    return _set(SetKind.SOME_RAN, [prompt], [run], [(prompt, run)])


def _is_open(found_set: FoundSet) -> bool:
    """Return whether the submissions of a set stay uncertain."""
    return not found_set.is_bound and found_set.kind is not SetKind.ALL_RAN


def _joined(
    sets: Sequence[FoundSet], prompt: RowId, own: Collection[RowId], order: Mapping[RowId, int]
) -> list[FoundSet]:
    """Return the sets with one more: the prompt and its `own` runs, joined with all open sets that share a run with
    it."""
    near = [found_set for found_set in sets if _is_open(found_set) and not set(found_set.runs).isdisjoint(own)]
    rows = sorted({prompt, *(row for found_set in near for row in found_set.rows)}, key=order.__getitem__)
    runs = sorted({*own, *(run for found_set in near for run in found_set.runs)}, key=order.__getitem__)
    kind = SetKind.MORE_RUNS if len(runs) > len(rows) else SetKind.SOME_RAN
    likely = tuple(pair for found_set in near for pair in found_set.likely)
    return [
        *(found_set for found_set in sets if found_set not in near),
        FoundSet(kind, tuple(rows), tuple(runs), likely),
    ]


def _singled_out(prompts: Sequence[SubmissionToMatch], runs: Sequence[CandidateRun]) -> list[_Pair]:
    """Return the pairs whose members are each other's only likely match."""
    likely = [(prompt, run) for prompt in prompts for run in runs if _is_likely(prompt, run)]
    by_prompt: dict[SubmissionToMatch, list[CandidateRun]] = {}
    by_run: dict[CandidateRun, list[SubmissionToMatch]] = {}
    for prompt, run in likely:
        by_prompt.setdefault(prompt, []).append(run)
        by_run.setdefault(run, []).append(prompt)
    return [(prompt, run) for prompt, run in likely if len(by_prompt[prompt]) == len(by_run[run]) == 1]


def _is_likely(prompt: SubmissionToMatch, run: CandidateRun) -> bool:
    return run.is_told and prompt.likely is not None and prompt.likely[0] <= run.created <= prompt.likely[1]


def _are_spaced(pairs: Sequence[_Pair]) -> bool:
    """Return whether the runs follow one another as the submissions did."""
    return all(
        run.created > before.created and run.created - before.created >= _SPACED * (prompt.sent - earlier.sent)
        for (earlier, before), (prompt, run) in pairwise(pairs)
    )


def _are_alike(prompts: Sequence[SubmissionToMatch]) -> bool:
    return len({prompt.likeness for prompt in prompts}) == 1


def _of(
    block: "Block", runs: Sequence[CandidateRun], prompts: Sequence[SubmissionToMatch]
) -> tuple[list[CandidateRun], list[SubmissionToMatch]]:
    return [runs[number] for number in block[0]], [prompts[number] for number in block[1]]


def _without(
    prompts: Sequence[SubmissionToMatch], runs: Sequence[CandidateRun], pairs: Sequence[_Pair]
) -> tuple[list[SubmissionToMatch], list[CandidateRun]]:
    paired_prompts, paired_runs = {prompt for prompt, _ in pairs}, {run for _, run in pairs}
    left_prompts = [prompt for prompt in prompts if prompt not in paired_prompts]
    return left_prompts, [run for run in runs if run not in paired_runs]


def _guess(kind: SetKind, pairs: Sequence[_Pair]) -> FoundSet:
    unbound = _set(kind, [prompt for prompt, _ in pairs], [run for _, run in pairs], pairs)
    return FoundSet(unbound.kind, unbound.rows, unbound.runs, unbound.likely, is_bound=True)


def _set(
    kind: SetKind, prompts: Sequence[SubmissionToMatch], runs: Sequence[CandidateRun], likely: Sequence[_Pair] = ()
) -> FoundSet:
    return FoundSet(
        kind,
        tuple(prompt.row for prompt in prompts),
        tuple(run.row for run in runs),
        tuple((prompt.row, run.row) for prompt, run in likely),
    )


def _echoes(prompt: SubmissionToMatch, run: CandidateRun) -> bool:
    """Return whether the echoed inputs agree. A server may add defaults, or echo the prompt alone; those it echoes of
    ours must be equal."""
    if not run.inputs:
        return True
    shared = prompt.inputs.keys() & run.inputs.keys()
    return bool(shared) and _part(prompt.inputs, shared) == _part(run.inputs, shared)


def _part(inputs: Inputs, names: Collection[str]) -> str:
    return fingerprint({name: inputs[name] for name in names})


def _is_same(prompt: SubmissionToMatch, run: CandidateRun) -> bool:
    if run.ref is not None:
        return run.ref == prompt.ref
    return bool(run.inputs) and fingerprint(run.inputs or {}) == prompt.likeness
