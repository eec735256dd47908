"""Common traits of kept runs: words and input values, each with the share that was kept of the runs that have it."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from cordage_tui.domain.fast_dataclass import dataclass, field, replace
from cordage_tui.domain.inputs import PROMPT
from cordage_tui.domain.proportion import Proportion
from cordage_tui.domain.run import RowId
from cordage_tui.domain.stratified_test import Stratum, TestResult, discoveries, information, stratified_test

FALSE_RATE: Final = 0.1
"""Share of the findings that is expected to be chance."""
LEAST_RUNS: Final = 8
"""Judged runs that have a word, and that do not have it, at least."""
MOST_WORDS: Final = 300
"""Words that are tested, those that tell most."""
_INFORMATIVE: Final = 0.5
"""Share of what all runs together can tell that strata must leave, to be taken together."""
_WORD: Final = r"[^\W\d_](?:[\w'’-]*[^\W_])+"


@dataclass(frozen=True, slots=True)
class JudgedRun:
    """Run with at least one output that was kept or rejected."""

    row: RowId
    is_kept: bool
    """At least one of its outputs is kept."""
    values: Mapping[str, str] = field(default_factory=dict)
    """Values of its inputs, and which alternatives of the pattern it has."""
    prompt: str = ""
    """Text whose words count; empty: none do."""


@dataclass(frozen=True, slots=True)
class Trait:
    """Value of an input, or word of the prompts; words that stand in the very same runs are one trait."""

    input: str
    """Empty: it is a word."""
    value: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Trait with what was kept of the runs that have it."""

    trait: Trait
    kept: Proportion
    """Of the judged runs that have it."""
    rest: Proportion
    """Of the other judged runs."""
    test: TestResult
    is_real: bool
    """False: the difference to the rest could be chance."""
    within: tuple[str, ...]
    """Inputs within whose values it was compared."""
    rows: tuple[RowId, ...]
    """Judged runs that have it, kept ones first."""
    alike: tuple[Trait, ...] = ()
    """Other findings that it cannot be told apart from, for they mostly stand together."""


@dataclass(frozen=True, slots=True)
class KeeperReport:
    """Findings of some judged runs."""

    judged: Proportion
    """Kept runs of the judged ones."""
    findings: tuple[Finding, ...]
    """Real ones first, then by input; of each the clearest first."""
    inputs: Mapping[str, int]
    """Inputs with several values, and how many they have."""

    def is_silent(self, name: str) -> bool:
        """Return whether nothing about an input is real."""
        return not any(finding.is_real for finding in self.findings if finding.trait.input == name)


def words_of(prompt: str) -> Sequence[str]:
    """Return the words of a prompt in their order: two letters or more, whatever their case."""
    return tuple(dict.fromkeys(re.findall(_WORD, prompt.casefold())))


def keeper_report(runs: Sequence[JudgedRun]) -> KeeperReport:
    """Find what kept runs have in common."""
    table = _Table(runs)
    found = sorted((table.finding(trait) for trait in table.traits()), key=lambda finding: finding.test.p)
    tested = [place for place, finding in enumerate(found) if finding.test.least_p <= FALSE_RATE]
    real = {tested[at] for at in discoveries([found[place].test.p for place in tested], FALSE_RATE)}
    named = table.disentangled([replace(found[place], is_real=True) for place in sorted(real)])
    rest = [finding for place, finding in enumerate(found) if place not in real]
    rest += [finding for finding in named if not finding.is_real]
    order = {name: place for place, name in enumerate([*table.inputs, ""])}
    rest.sort(key=lambda finding: (order[finding.trait.input], finding.test.p, finding.trait.value))
    findings = (*(finding for finding in named if finding.is_real), *rest)
    kept = sum(run.is_kept for run in runs)
    return KeeperReport(Proportion(kept, len(runs)), findings, {n: len(table.levels(n)) for n in table.inputs})


class _Table:
    """Judged runs by what they have; runs are named by their places."""

    def __init__(self, runs: Sequence[JudgedRun]) -> None:
        self._runs = runs
        self._kept = [run.is_kept for run in runs]
        names = dict.fromkeys(name for run in runs for name in run.values)
        levels = {name: Counter(run.values.get(name, "") for run in runs) for name in names}
        self._levels = {name: found for name, found in levels.items() if len(found) > 1}
        self.inputs = tuple(self._levels)
        """Inputs with several values."""
        self._axes = [name for name in self.inputs if 2 * len(self._levels[name]) <= len(runs)]
        """Inputs whose values recur, the ones with few values first: others can be compared within them."""
        self._axes.sort(key=lambda name: len(self._levels[name]))
        self._having: dict[Trait, frozenset[int]] = {}
        self._divisions: dict[tuple[str, ...], _Division] = {}

    def levels(self, name: str) -> Mapping[str, int]:
        """Return the values of an input, and how many judged runs have each; empty is the value of those without it."""
        return self._levels[name]

    def traits(self) -> Iterable[Trait]:
        """Find the traits that are compared: values that several runs have, and words that enough have and enough do not."""
        for name in self.inputs:
            for value, count in self._levels[name].items():
                if value and count > 1:
                    trait = Trait(name, value)
                    matching = (at for at, run in enumerate(self._runs) if run.values.get(name) == value)
                    self._having[trait] = frozenset(matching)
        words: dict[str, list[int]] = {}
        for place, run in enumerate(self._runs):
            for word in words_of(run.prompt):
                words.setdefault(word, []).append(place)
        same: dict[frozenset[int], list[str]] = {}
        for word, places in words.items():
            if min(len(places), len(self._runs) - len(places)) >= LEAST_RUNS:
                same.setdefault(frozenset(places), []).append(word)
        telling = sorted(same.items(), key=lambda found: (abs(2 * len(found[0]) - len(self._runs)), found[1]))
        for having, alike in telling[:MOST_WORDS]:
            self._having[Trait("", ", ".join(alike))] = having
        return tuple(self._having)

    def finding(self, trait: Trait) -> Finding:
        """Compare the runs that have a trait with the others. It has to hold within the other inputs taken together, as far
        as these leave enough to compare, and within each of the rest."""
        having = self._having[trait]
        within, alone = self._strata_inputs(trait)
        test = stratified_test(self._strata(having, within))
        for name in alone:
            if test.p <= FALSE_RATE and (single := stratified_test(self._strata(having, (name,)))).p > test.p:
                test, within = single, (name,)
        if not trait.input and test.p <= FALSE_RATE:
            test = self._among_prompts(having, test)
        kept = sum(self._kept[place] for place in having)
        others = Proportion(sum(self._kept) - kept, len(self._runs) - len(having))
        rows = sorted(having, key=lambda place: not self._kept[place])
        rows_of = tuple(self._runs[place].row for place in rows)
        return Finding(trait, Proportion(kept, len(having)), others, test, False, within, rows_of)

    def _strata_inputs(self, trait: Trait) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the inputs that are taken together as strata, and those that are taken alone."""
        having = self._having[trait]
        enough = _INFORMATIVE * information(self._strata(having, ()))
        together: tuple[str, ...] = ()
        alone: list[str] = []
        for name in self._axes:
            if name == (trait.input or PROMPT):  # a word is the same in all runs of a prompt
                continue
            if information(self._strata(having, (*together, name))) >= enough:
                together = (*together, name)
            else:
                alone.append(name)
        return together, tuple(alone)

    def _strata(self, having: frozenset[int], names: tuple[str, ...]) -> list[Stratum]:
        division = self._divisions.get(names)
        if division is None:
            keys = [tuple(run.values.get(name, "") for name in names) for run in self._runs]
            division = self._divisions[names] = _Division(keys, self._kept)
        return division.strata(having)

    def _among_prompts(self, having: frozenset[int], test: TestResult) -> TestResult:
        """Return the test of a word with each prompt counted once, where some ran several times: the pictures of one prompt are
        kept or rejected together for much else than that word."""
        by_prompt: dict[str, list[int]] = {}
        for place, run in enumerate(self._runs):
            by_prompt.setdefault(run.prompt, []).append(place)
        if len(by_prompt) == len(self._runs):
            return test
        usual = sum(self._kept) / len(self._runs)
        kept = [sum(self._kept[at] for at in places) > usual * len(places) for places in by_prompt.values()]
        has = frozenset(n for n, places in enumerate(by_prompt.values()) if places[0] in having)
        once = stratified_test(_Division([()] * len(kept), kept).strata(has))
        return replace(test, p=max(test.p, once.p))

    def disentangled(self, found: Sequence[Finding]) -> list[Finding]:
        """Take back what only goes along with another finding: within the runs that have that, and within those that do not,
        nothing is left of it."""
        stands: dict[tuple[Trait, Trait], bool] = {}
        for other in found:
            division = _Division([place in self._having[other.trait] for place in range(len(self._runs))], self._kept)
            for one in found:
                if one is not other and (not one.trait.input or one.trait.input != other.trait.input):
                    test = stratified_test(division.strata(self._having[one.trait]))
                    stands[one.trait, other.trait] = test.p <= FALSE_RATE
        named = []
        for one in found:
            lost = [other.trait for other in found if not stands.get((one.trait, other.trait), True)]
            explained = any(stands[trait, one.trait] for trait in lost)
            named.append(replace(one, is_real=not explained, alike=tuple(lost)))
        return named


class _Division:
    """Runs divided into strata by a key."""

    def __init__(self, keys: Sequence[object], kept: Sequence[bool]) -> None:
        numbers: dict[object, int] = {}
        self._stratum = [numbers.setdefault(key, len(numbers)) for key in keys]
        self._is_kept = kept
        self._of = Counter(self._stratum)
        self._kept = Counter(number for number, is_kept in zip(self._stratum, kept, strict=True) if is_kept)

    def strata(self, having: frozenset[int]) -> list[Stratum]:
        """Return the fourfold table of each stratum with runs that have something and runs that do not."""
        has, both = Counter[int](), Counter[int]()
        for place in having:
            number = self._stratum[place]
            has[number] += 1
            both[number] += self._is_kept[place]
        return [
            Stratum(both[number], count, self._kept[number], self._of[number])
            for number, count in has.items()
            if count < self._of[number]
        ]
