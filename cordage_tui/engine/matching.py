"""Which of the server's runs an uncertain prompt is: a pure function (FAULTS.md B5, 3 and 4).

Where the server does not say what a run was started with, only its time tells. So two things are kept apart: a run that can
be one prompt's alone is bound to it; of runs that may be one or another's, none is bound before each of these prompts has one.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from cordage_tui.domain.inputs import Inputs, fingerprint
from cordage_tui.domain.run import RowId


@dataclass(frozen=True, slots=True, eq=False)
class Sought:
    """An uncertain prompt. Times are epoch seconds by the server's clock."""

    row: RowId
    opens: float
    """The earliest its run can have been created."""
    closes: float
    """The latest."""
    inputs: Inputs = field(repr=False)
    ref: str | None = None

    @property
    def likeness(self) -> str:
        """What it shares with prompts that are the very same."""
        return fingerprint(self.inputs)


@dataclass(frozen=True, slots=True, eq=False)
class Free:
    """A run that no prompt of ours has claimed."""

    row: RowId
    created: float
    """Epoch seconds by the server's clock."""
    inputs: Inputs | None = field(default=None, repr=False)
    """As the server echoes them, all or some; None: it does not."""
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """A prompt and its run."""

    row: RowId
    run: RowId
    is_sure: bool
    """The server echoes what was sent; else the time alone speaks for it."""


@dataclass(frozen=True, slots=True)
class Matched:
    """What came of it."""

    matches: tuple[Match, ...]
    torn: frozenset[RowId]
    """Prompts that may be a run which may be another one's as well."""


def match(sought: Iterable[Sought], free: Iterable[Free], *, echoes_refs: bool = False) -> Matched:
    """Never gives a run to two prompts or two runs to one; never a run that was created outside a prompt's window, or that
    the server says was started with something else. `echoes_refs`: the server is known to tell the reference of a run, so one
    that has none is no prompt's that was sent with one."""
    prompts = sorted(sought, key=lambda prompt: (prompt.closes, prompt.opens, prompt.row))
    runs = sorted(free, key=lambda run: (run.created, run.row))
    table = _Table({run: [prompt for prompt in prompts if _may_be(prompt, run, echoes_refs)] for run in runs})
    table.bind_echoed()
    table.bind_unshared()
    for group in table.groups():
        table.bind_whole(group)
    return Matched(tuple(table.matches), frozenset(prompt.row for some in table.open.values() for prompt in some))


def _may_be(prompt: Sought, run: Free, echoes_refs: bool) -> bool:
    if run.ref is not None or (echoes_refs and prompt.ref is not None):
        return run.ref == prompt.ref
    # A row given to a run before the prompt had one shows that the run is older.
    return prompt.opens <= run.created <= prompt.closes and run.row > prompt.row and _echoes(prompt, run)


def _echoes(prompt: Sought, run: Free) -> bool:
    """A server may fill in defaults, or echo the prompt alone; what it echoes of ours must be ours."""
    if not run.inputs:
        return True
    shared = prompt.inputs.keys() & run.inputs.keys()
    return bool(shared) and _part(prompt.inputs, shared) == _part(run.inputs, shared)


def _part(inputs: Inputs, names: Collection[str]) -> str:
    return fingerprint({name: inputs[name] for name in names})


class _Table:
    """Who may still be whose, in the order of time."""

    def __init__(self, open_: Mapping[Free, Sequence[Sought]]) -> None:
        self.open = {run: list(prompts) for run, prompts in open_.items() if prompts}
        self.matches: list[Match] = []

    def bind_echoed(self) -> None:
        """What is the very same, by reference or in all inputs, goes before what may be."""
        for run, prompts in list(self.open.items()):
            same = [prompt for prompt in prompts if _is_same(prompt, run)]
            if run in self.open and (left := [prompt for prompt in self.open[run] if prompt in same]):
                self._bind(left[0], run)

    def bind_unshared(self) -> None:
        """Bind each run that can be one prompt's alone, or that of one of several which are the very same; until none is left."""
        while run := next((run for run, prompts in self.open.items() if len({p.likeness for p in prompts}) == 1), None):
            self._bind(self.open[run][0], run)

    def groups(self) -> list[set[Sought]]:
        """The prompts that have runs in common."""
        found: list[set[Sought]] = []
        for prompts in self.open.values():
            joined = set(prompts).union(*(group for group in found if not group.isdisjoint(prompts)))
            found = [group for group in found if group.isdisjoint(prompts)]
            found.append(joined)
        return found

    def bind_whole(self, group: set[Sought]) -> None:
        """Bind the group's prompts in the order of time, if there is a run for each of them."""
        left, pairs = set(group), []
        for run, prompts in self.open.items():
            if prompt := next((prompt for prompt in prompts if prompt in left), None):
                left.discard(prompt)
                pairs.append((prompt, run))
        if not left:
            for prompt, run in pairs:
                self._bind(prompt, run)

    def _bind(self, prompt: Sought, run: Free) -> None:
        self.matches.append(Match(prompt.row, run.row, is_sure=_is_same(prompt, run)))
        rest = {
            other: [p for p in prompts if p is not prompt] for other, prompts in self.open.items() if other is not run
        }
        self.open = {other: prompts for other, prompts in rest.items() if prompts}


def _is_same(prompt: Sought, run: Free) -> bool:
    if run.ref is not None:
        return run.ref == prompt.ref
    return bool(run.inputs) and fingerprint(run.inputs or {}) == prompt.likeness
