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
    from cordage_tui.engine.outbox.bipartite import Block, Decomposition

# Which of the server's runs an uncertain prompt is: a pure function.
#
# Where the server does not echo a run's inputs, only its time identifies it, and somebody else may use the webhook. So a
# run that is found by its time is a guess, and is bound as one where nobody else of ours can have started it: a pair that
# is in every way in which all runs can be given to prompts. Where there are several such ways, the prompts and runs are a
# set: if each of its prompts has a run in every way, they all ran, though which is whose is unknown. A run may also be
# that of a try which the user has given up.
#
# No clock is trusted to say that a prompt did not run. As long as a run that was first seen after its request began is
# nobody's, the two are in a set, whatever the run's time is.

_SPACED: Final = 0.5
"""Runs were created in the order their prompts were sent, if they lie at least so much of the prompts' distance apart."""


@dataclasses.dataclass(frozen=True, eq=False)
class SubmissionToMatch:
    """A try of a prompt whose run is not known. Times are epoch seconds by the server's clock."""

    row: RowId
    sent: float
    """When it was sent, as far as is known."""
    opens: float
    """The earliest its run can have been created."""
    closes: float
    """The latest."""
    likely: tuple[float, float] | None
    """Between which its run was created if the server acted while the request was open; None: the clocks are too uncertain."""
    inputs: Inputs = dataclasses.field(repr=False)
    ref: str | None = None
    after: RowId | None = None
    """Row after which a run was first seen since this was sent; None: since it was submitted, by its own row."""
    knows_stamps: bool = True
    """How the server stamps runs is known; else the window only bounds by how much two clocks may differ."""

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
    """True if `created` is the server's; else it may have been created at any time before."""


@dataclass(frozen=True, slots=True)
class Match:
    """A prompt and its run: the server echoes what was sent."""

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
        return [found for found in self.sets if _is_open(found)]


@dataclass(frozen=True, slots=True)
class Rivals:
    """Submissions that runs may belong to instead."""

    given_up: Sequence[SubmissionToMatch] = ()
    """Tries that the user has dropped or had sent once more: they may have run, and are given nothing."""
    guessed: Sequence[tuple[SubmissionToMatch, CandidateRun]] = ()
    """Prompts that were given a run by a guess, and those runs."""
    ruled_out: Collection[tuple[RowId, RowId]] = frozenset()
    """Prompt and run that are not each other's, by the user's word."""


def match(
    sought: Iterable[SubmissionToMatch],
    free: Iterable[CandidateRun],
    rivals: Rivals | None = None,
    *,
    echoes_refs: bool = False,
) -> MatchResult:
    """Match submissions to runs, one to one; never to a run created outside a submission's window, or that the server
    says was started with other inputs. `echoes_refs`: the server returns the reference of a run, so a run without one
    does not match a submission that has one."""
    rivals = rivals or Rivals()
    prompts = sorted(sought, key=lambda prompt: (prompt.sent, prompt.row))
    runs = sorted(free, key=lambda run: (run.created, run.row))
    table = _Table(rivals.ruled_out, echoes_refs)
    exact = list(table.echoed(prompts, runs))
    prompts, runs = _without(prompts, runs, exact)
    forced, is_tight = table.forced(prompts, runs, rivals)
    mine, held = set(prompts), {run for _, run in rivals.guessed}
    theirs = [pair for pair in forced if pair[0] not in mine]
    sets = [_alone(prompt, run, is_held=run in held) for prompt, run in forced if prompt in mine]
    sets += table.sets(*_without(prompts, runs, forced), is_tight)
    sets = table.unexplained(sets, prompts, _without(prompts, runs, theirs)[1])
    return MatchResult(tuple(Match(prompt.row, run.row) for prompt, run in exact), tuple(sets))


_Pair = tuple[SubmissionToMatch, CandidateRun]


class _Table:
    """Table of the runs that each submission may have started."""

    def __init__(self, ruled_out: Collection[tuple[RowId, RowId]], echoes_refs: bool) -> None:
        self._ruled_out = ruled_out
        self._echoes_refs = echoes_refs

    def echoed(self, prompts: Sequence[SubmissionToMatch], runs: Sequence[CandidateRun]) -> Iterator[_Pair]:
        """Pairs that agree by reference or in all inputs."""
        left = list(prompts)
        for run in runs:
            if run.ref is None and not run.inputs:
                continue
            if found := next((p for p in left if _is_same(p, run) and self._may_be(p, run)), None):
                left.remove(found)
                yield found, run

    def forced(
        self, prompts: Sequence[SubmissionToMatch], runs: Sequence[CandidateRun], rivals: Rivals
    ) -> tuple[list[_Pair], set[SubmissionToMatch]]:
        """Pairs contained in every complete assignment of runs, and the submissions that have a run in each. Of prompts with the
        same inputs any pairing is right, so one that holds a run by a guess keeps it."""
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
                mine = [prompt for prompt in block_prompts if prompt in set(prompts)]
                pairs += self._in_order(mine, [run for run in block_runs if run not in guessed.values()])
        return pairs, {all_prompts[number] for _, numbers in parts.square for number in numbers}

    def sets(
        self, prompts: Sequence[SubmissionToMatch], runs: Sequence[CandidateRun], tight: Collection[SubmissionToMatch]
    ) -> Iterator[FoundSet]:
        """Sets of the remaining submissions and runs: guesses, and those that cannot be decided."""
        parts = self._decompose(prompts, runs)
        for block in parts.square:
            yield _even(*_of(block, runs, prompts), tight)
        for block in parts.fewer_runs:
            some, theirs = _of(block, runs, prompts)
            yield _set(SetKind.SOME_RAN, theirs, some, _singled_out(theirs, some))
        for block in parts.more_runs:
            yield from self._contended(*_of(block, runs, prompts))

    def _contended(self, runs: Sequence[CandidateRun], prompts: Sequence[SubmissionToMatch]) -> Iterator[FoundSet]:
        """Match more runs than submissions: others used the webhook too. A submission gets the only run created while
        it was open."""
        guesses = _singled_out(prompts, runs)
        for pair in guesses:
            yield _guess(SetKind.MORE_RUNS, [pair])
        left, rest = _without(prompts, runs, guesses)
        if left:
            yield _set(SetKind.MORE_RUNS, left, [run for run in rest if any(self._may_be(p, run) for p in left)])

    def unexplained(
        self, sets: Sequence[FoundSet], prompts: Sequence[SubmissionToMatch], runs: Sequence[CandidateRun]
    ) -> list[FoundSet]:
        """Return the sets such that no prompt is left without one that may have started a run which is in no other prompt's
        hands, whatever the times say."""
        told = {row for found in sets for row in found.rows}
        claimed = {run for found in sets if not _is_open(found) for run in found.runs}
        left = [run for run in runs if run.row not in claimed]
        order = {row: place for place, row in enumerate([*(p.row for p in prompts), *(run.row for run in runs)])}
        for prompt in prompts:
            own = {run.row for run in left if self._may_have_started(prompt, run)} if prompt.row not in told else None
            if own:
                sets = _joined(sets, prompt.row, own, order)
        return list(sets)

    def _in_order(self, prompts: Sequence[SubmissionToMatch], runs: Sequence[CandidateRun]) -> Iterator[_Pair]:
        """Pair each run with the first remaining submission that it may belong to."""
        left = list(prompts)
        for run in runs:
            if found := next((prompt for prompt in left if self._may_be(prompt, run)), None):
                left.remove(found)
                yield found, run

    def _decompose(self, prompts: Sequence[SubmissionToMatch], runs: Sequence[CandidateRun]) -> "Decomposition":
        from cordage_tui.engine.outbox.bipartite import decompose  # needed only while several prompts are uncertain

        graph = [[number for number, prompt in enumerate(prompts) if self._may_be(prompt, run)] for run in runs]
        return decompose(graph, len(prompts))

    def _may_be(self, prompt: SubmissionToMatch, run: CandidateRun) -> bool:
        in_time = prompt.opens <= run.created and (run.created <= prompt.closes or not run.is_told)
        by_ref = run.ref is not None and run.ref == prompt.ref
        return (in_time or by_ref) and self._may_have_started(prompt, run)

    def _may_have_started(self, prompt: SubmissionToMatch, run: CandidateRun) -> bool:
        """Return whether the run may be the prompt's, whatever its time is."""
        if (prompt.row, run.row) in self._ruled_out:
            return False
        if run.ref is not None or (self._echoes_refs and prompt.ref is not None):
            return run.ref == prompt.ref
        # A row given to a run before the prompt was sent shows that the run is older.
        return run.row > prompt.known_until and _echoes(prompt, run)


def _even(
    runs: Sequence[CandidateRun], prompts: Sequence[SubmissionToMatch], tight: Collection[SubmissionToMatch]
) -> FoundSet:
    """Set of equally many runs and submissions: bound as a guess where the times make that likely; else all ran, if
    nobody else can have."""
    pairs = list(zip(prompts, runs, strict=True))
    if all(_is_likely(*pair) for pair in pairs) and (_are_alike(prompts) or _are_spaced(pairs)):
        return _guess(SetKind.ALL_RAN, pairs)
    all_ran = bool(tight) and set(prompts) <= set(tight) and all(prompt.knows_stamps for prompt in prompts)
    return _set(SetKind.ALL_RAN if all_ran else SetKind.SOME_RAN, prompts, runs, [])


def _alone(prompt: SubmissionToMatch, run: CandidateRun, *, is_held: bool) -> FoundSet:
    """Set of a run that can be no other prompt's of ours: bound as a guess, unless nothing but that speaks for it. A run that
    another prompt holds by a guess leaves this one open: the guess is wrong, or the times are."""
    if is_held:
        return _set(SetKind.SOME_RAN, [prompt], [run])
    if prompt.knows_stamps or _is_likely(prompt, run):
        return _guess(SetKind.ALL_RAN, [(prompt, run)])
    return _set(SetKind.SOME_RAN, [prompt], [run], [(prompt, run)])


def _is_open(found: FoundSet) -> bool:
    """Return whether the submissions of a set stay uncertain."""
    return not found.is_bound and found.kind is not SetKind.ALL_RAN


def _joined(
    sets: Sequence[FoundSet], prompt: RowId, own: Collection[RowId], order: Mapping[RowId, int]
) -> list[FoundSet]:
    """Return the sets with one more that has the prompt and its `own` runs, and all that the open ones have which share a run
    with it."""
    near = [found for found in sets if _is_open(found) and not set(found.runs).isdisjoint(own)]
    rows = sorted({prompt, *(row for found in near for row in found.rows)}, key=order.__getitem__)
    runs = sorted({*own, *(run for found in near for run in found.runs)}, key=order.__getitem__)
    kind = SetKind.MORE_RUNS if len(runs) > len(rows) else SetKind.SOME_RAN
    likely = tuple(pair for found in near for pair in found.likely)
    return [*(found for found in sets if found not in near), FoundSet(kind, tuple(rows), tuple(runs), likely)]


def _singled_out(prompts: Sequence[SubmissionToMatch], runs: Sequence[CandidateRun]) -> list[_Pair]:
    """Pairs in which each is the only likely one for the other."""
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
    settled, given = {prompt for prompt, _ in pairs}, {run for _, run in pairs}
    return [prompt for prompt in prompts if prompt not in settled], [run for run in runs if run not in given]


def _guess(kind: SetKind, pairs: Sequence[_Pair]) -> FoundSet:
    found = _set(kind, [prompt for prompt, _ in pairs], [run for _, run in pairs], pairs)
    return FoundSet(found.kind, found.rows, found.runs, found.likely, is_bound=True)


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
