"""Common traits of kept runs: words and input values, each with the share that was kept of the runs that have it."""

import re
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from cordage_tui.domain.base.fast_dataclass import dataclass, field, replace
from cordage_tui.domain.inputs import PROMPT
from cordage_tui.domain.run import RowId
from cordage_tui.domain.statistics.proportion import Proportion
from cordage_tui.domain.statistics.stratified_test import Stratum, TestResult, discoveries, information, stratified_test

FALSE_RATE: Final = 0.1
"""Share of the findings that is expected to be chance."""
LEAST_RUNS: Final = 8
"""Judged runs that have a word, and that do not have it, at least."""
MOST_WORDS: Final = 300
"""Words that are tested, those that tell most."""
_INFORMATIVE: Final = 0.5
"""Share of what all runs together can tell that strata must leave, to be taken together."""
_VARIANTS: Final = 0.5
"""Share of the words of two prompts that they have in common, from which on they are variants of one."""
_NEARBY: Final = 200
"""Different prompts before each, among which variants are looked for."""
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
    batch: RowId | None = None
    """Line of its batch; None: it was submitted alone."""
    day: str = ""
    """Day of its submission."""


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
    likely = {tested[at] for at in discoveries([found[place].test.p for place in tested], FALSE_RATE)}
    for place, finding in zip(
        sorted(likely), table.disentangled([found[place] for place in sorted(likely)]), strict=True
    ):
        found[place] = finding
    real = likely & {tested[at] for at in discoveries([found[place].test.p for place in tested], FALSE_RATE)}
    named = sorted((replace(found[place], is_real=True) for place in real), key=lambda finding: finding.test.p)
    rest = [finding for place, finding in enumerate(found) if place not in real]
    order = {name: place for place, name in enumerate([*table.inputs, ""])}
    rest.sort(key=lambda finding: (order[finding.trait.input], finding.test.p, finding.trait.value))
    findings = (*named, *rest)
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
        self._divisions: dict[tuple[tuple[str, ...], bool], _Division] = {}
        self._occasions = [(run.batch, run.day) for run in runs]
        """Batch and day of each run. Verdicts of different ones are never compared: one may have been judged more kindly."""
        self._families = families([words_of(run.prompt) for run in runs])

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
        by_family = not trait.input and self._varies_within_families(having)
        within, alone = self._strata_inputs(trait, by_family=by_family)
        test = stratified_test(self._strata(having, within, by_family=by_family))
        for name in alone:
            if test.p > FALSE_RATE:
                break
            single = stratified_test(self._strata(having, (name,), by_family=by_family))
            if single.p > test.p:
                test, within = single, (name,)
        if not trait.input and not by_family and test.p <= FALSE_RATE:
            test = replace(test, p=max(test.p, stratified_test(self._once_each(having)).p))
        kept = sum(self._kept[place] for place in having)
        others = Proportion(sum(self._kept) - kept, len(self._runs) - len(having))
        rows = sorted(having, key=lambda place: not self._kept[place])
        rows_of = tuple(self._runs[place].row for place in rows)
        return Finding(trait, Proportion(kept, len(having)), others, test, False, within, rows_of)

    def _varies_within_families(self, having: frozenset[int]) -> bool:
        """Return whether enough families have variants with the word and variants without it, to compare these. Variants are kept or
        rejected together for much else than one word."""
        within = information(self._strata(having, (), by_family=True))
        return within >= _INFORMATIVE * information(self._strata(having, ()))

    def _strata_inputs(self, trait: Trait, *, by_family: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the inputs that are taken together as strata, and those that are taken alone."""
        having = self._having[trait]
        enough = _INFORMATIVE * information(self._strata(having, (), by_family=by_family))
        together: tuple[str, ...] = ()
        alone: list[str] = []
        for name in self._axes:
            if name == (trait.input or PROMPT):  # a word is the same in all runs of a prompt
                continue
            if information(self._strata(having, (*together, name), by_family=by_family)) >= enough:
                together = (*together, name)
            else:
                alone.append(name)
        return together, tuple(alone)

    def _strata(self, having: frozenset[int], names: tuple[str, ...], *, by_family: bool = False) -> list[Stratum]:
        division = self._divisions.get((names, by_family))
        if division is None:
            families = self._families if by_family else [0] * len(self._runs)
            keys = [
                (occasion, family, *(run.values.get(name, "") for name in names))
                for occasion, family, run in zip(self._occasions, families, self._runs, strict=True)
            ]
            division = self._divisions[names, by_family] = _Division(keys, self._kept)
        return division.strata(having)

    def _once_each(self, having: frozenset[int]) -> list[Stratum]:
        """Return the strata of families that count once each: with the word if most of a family have it, kept if more of it is kept
        than of all."""
        members: dict[int, list[int]] = {}
        for place, family in enumerate(self._families):
            members.setdefault(family, []).append(place)
        usual = sum(self._kept) / len(self._runs)
        kept = [sum(self._kept[at] for at in places) > usual * len(places) for places in members.values()]
        has = [2 * sum(at in having for at in places) > len(places) for places in members.values()]
        occasions = [self._occasions[places[0]] for places in members.values()]
        return _Division(occasions, kept).strata(frozenset(n for n, has_it in enumerate(has) if has_it))

    def disentangled(self, found: Sequence[Finding]) -> list[Finding]:
        """Return the findings with the `p` that is left of each beside a better one, and with those it may be confused with.
        Of two findings the one of which more is left beside the other is better, unless next to nothing is left of either."""
        left = self._left_beside(found)
        named = []
        for one in found:
            beside = {other.trait: left[one.trait, other.trait] for other in found if (one.trait, other.trait) in left}
            better = [p for other, p in beside.items() if left.get((other, one.trait), 1.0) <= min(p, FALSE_RATE)]
            lost = tuple(other for other, p in beside.items() if p > FALSE_RATE)
            named.append(replace(one, test=replace(one.test, p=max([one.test.p, *better])), alike=lost))
        return named

    def _left_beside(self, found: Sequence[Finding]) -> dict[tuple[Trait, Trait], float]:
        """Return how likely each finding is chance within the runs that have another one, and within those that do not."""
        left: dict[tuple[Trait, Trait], float] = {}
        for other in found:
            having = self._having[other.trait]
            keys = [(occasion, place in having) for place, occasion in enumerate(self._occasions)]
            division = _Division(keys, self._kept)
            for one in found:
                if one is not other and (not one.trait.input or one.trait.input != other.trait.input):
                    left[one.trait, other.trait] = stratified_test(division.strata(self._having[one.trait])).p
        return left


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


def families(prompts: Sequence[Sequence[str]]) -> list[int]:
    """Return the family of each prompt, given by its words: variants of one prompt have one number. A prompt joins the family of the
    latest one with which it has `_VARIANTS` of the words in common, among the last `_NEARBY` different ones: variants are made
    one after the other."""
    known: dict[frozenset[str], int] = {}
    recent: deque[frozenset[str]] = deque(maxlen=_NEARBY)
    found: list[int] = []
    for words in prompts:
        own = frozenset(words)
        if own not in known:
            variant = next((other for other in reversed(recent) if _are_variants(own, other)), None)
            known[own] = len(found) if variant is None else known[variant]
            recent.append(own)
        found.append(known[own])
    return found


def _are_variants(one: frozenset[str], other: frozenset[str]) -> bool:
    shared = len(one & other)
    return shared >= _VARIANTS * (len(one) + len(other) - shared)
