"""Common traits of kept runs: words and input values, each with the kept share of the runs that have it."""

import re
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from cordage_tui.domain.base.fast_dataclass import dataclass, field, replace
from cordage_tui.domain.inputs import PROMPT
from cordage_tui.domain.run import RowId
from cordage_tui.domain.statistics.mantel_haenszel import Stratum, TestResult, discoveries, information, mantel_haenszel
from cordage_tui.domain.statistics.proportion import Proportion

FALSE_RATE: Final = 0.1
"""False discovery rate: share of the findings that is expected to be chance."""
LEAST_RUNS: Final = 8
"""A word is tested if at least this many judged runs have it and as many do not."""
MOST_WORDS: Final = 300
"""Largest number of words that are tested, the most informative ones first."""
_INFORMATIVE: Final = 0.5
"""Inputs are combined into strata if at least this share of the information of all runs remains."""
_VARIANTS: Final = 0.5
"""Two prompts are variants of one if at least this share of their words is common to both."""
_NEARBY: Final = 200
"""Number of earlier different prompts with which each prompt is compared."""
_WORD: Final = r"[^\W\d_](?:[\w'’-]*[^\W_])+"


@dataclass(frozen=True, slots=True)
class JudgedRun:
    """Run with at least one output that was kept or rejected."""

    row: RowId
    is_kept: bool
    """At least one of its outputs is kept."""
    values: Mapping[str, str] = field(default_factory=dict)
    """Values of its inputs, and the alternatives of the prompt pattern that it has."""
    prompt: str = ""
    """Text whose words are tested; empty if there are none."""
    batch: RowId | None = None
    """Row of its batch; None if it was submitted alone."""
    day: str = ""
    """Day of its submission."""


@dataclass(frozen=True, slots=True)
class Trait:
    """Value of an input, or a word of the prompts. Words that appear in exactly the same runs are one trait."""

    input: str
    """Name of the input; empty for a word."""
    value: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Trait with the kept share of the runs that have it."""

    trait: Trait
    kept: Proportion
    """Kept share of the judged runs that have the trait."""
    rest: Proportion
    """Kept share of the other judged runs."""
    test: TestResult
    is_real: bool
    """False if the difference from the rest could be chance."""
    within: tuple[str, ...]
    """Inputs that formed the strata of the comparison."""
    rows: tuple[RowId, ...]
    """Judged runs that have the trait, kept runs first."""
    alike: tuple[Trait, ...] = ()
    """Other traits whose effect cannot be separated from this one, because they mostly appear together."""


@dataclass(frozen=True, slots=True)
class KeeperReport:
    """Findings of some judged runs."""

    judged: Proportion
    """Kept share of the judged runs."""
    findings: tuple[Finding, ...]
    """Significant findings first, then the others by input; each group by p value."""
    inputs: Mapping[str, int]
    """Number of values of each input with several values."""

    def is_silent(self, name: str) -> bool:
        """Return whether no finding about an input is significant."""
        return not any(finding.is_real for finding in self.findings if finding.trait.input == name)


def words_of(prompt: str) -> Sequence[str]:
    """Return the different words of a prompt in their order, in lower case. A word has at least two characters."""
    return tuple(dict.fromkeys(re.findall(_WORD, prompt.casefold())))


def keeper_report(runs: Sequence[JudgedRun]) -> KeeperReport:
    """Find what kept runs have in common."""
    table = _Table(runs)
    candidates = sorted((table.finding(trait) for trait in table.traits()), key=lambda finding: finding.test.p)
    tested = [index for index, finding in enumerate(candidates) if finding.test.least_p <= FALSE_RATE]
    likely = {tested[i] for i in discoveries([candidates[index].test.p for index in tested], FALSE_RATE)}
    for index, finding in zip(
        sorted(likely), table.disentangled([candidates[index] for index in sorted(likely)]), strict=True
    ):
        candidates[index] = finding
    significant = likely & {tested[i] for i in discoveries([candidates[index].test.p for index in tested], FALSE_RATE)}
    real = sorted(
        (replace(candidates[index], is_real=True) for index in significant), key=lambda finding: finding.test.p
    )
    rest = [finding for index, finding in enumerate(candidates) if index not in significant]
    order = {name: position for position, name in enumerate([*table.inputs, ""])}
    rest.sort(key=lambda finding: (order[finding.trait.input], finding.test.p, finding.trait.value))
    findings = (*real, *rest)
    kept = sum(run.is_kept for run in runs)
    return KeeperReport(Proportion(kept, len(runs)), findings, {n: len(table.levels(n)) for n in table.inputs})


class _Table:
    """Judged runs by trait. A run is identified by its index."""

    def __init__(self, runs: Sequence[JudgedRun]) -> None:
        self._runs = runs
        self._kept = [run.is_kept for run in runs]
        names = dict.fromkeys(name for run in runs for name in run.values)
        levels = {name: Counter(run.values.get(name, "") for run in runs) for name in names}
        self._levels = {name: counts for name, counts in levels.items() if len(counts) > 1}
        self.inputs = tuple(self._levels)
        """Names of the inputs with several values."""
        self._axes = [name for name in self.inputs if 2 * len(self._levels[name]) <= len(runs)]
        """Inputs whose values recur, so that other traits can be compared within them; those with few values first."""
        self._axes.sort(key=lambda name: len(self._levels[name]))
        self._having: dict[Trait, frozenset[int]] = {}
        self._divisions: dict[tuple[tuple[str, ...], bool], _Division] = {}
        self._occasions = [(run.batch, run.day) for run in runs]
        """Batch and day of each run. Different ones are never compared, because one may have been judged more leniently."""
        self._families = families([words_of(run.prompt) for run in runs])

    def levels(self, name: str) -> Mapping[str, int]:
        """Return how many judged runs have each value of an input. Runs without the input have the empty value."""
        return self._levels[name]

    def traits(self) -> Iterable[Trait]:
        """Return the traits to compare: values of several runs, and words that at least `LEAST_RUNS` runs have and as many do not."""
        for name in self.inputs:
            for value, count in self._levels[name].items():
                if value and count > 1:
                    trait = Trait(name, value)
                    matching = (index for index, run in enumerate(self._runs) if run.values.get(name) == value)
                    self._having[trait] = frozenset(matching)
        words: dict[str, list[int]] = {}
        for index, run in enumerate(self._runs):
            for word in words_of(run.prompt):
                words.setdefault(word, []).append(index)
        words_by_runs: dict[frozenset[int], list[str]] = {}
        for word, indexes in words.items():
            if min(len(indexes), len(self._runs) - len(indexes)) >= LEAST_RUNS:
                words_by_runs.setdefault(frozenset(indexes), []).append(word)
        informative = sorted(words_by_runs.items(), key=lambda item: (abs(2 * len(item[0]) - len(self._runs)), item[1]))
        for having, same_runs in informative[:MOST_WORDS]:
            self._having[Trait("", ", ".join(same_runs))] = having
        return tuple(self._having)

    def finding(self, trait: Trait) -> Finding:
        """Compare the runs that have a trait with the others.

        The strata combine the other inputs as far as enough information remains. The trait must also be significant within
        each of the remaining inputs.
        """
        having = self._having[trait]
        by_family = not trait.input and self._varies_within_families(having)
        within, remaining = self._strata_inputs(trait, by_family=by_family)
        test = mantel_haenszel(self._strata(having, within, by_family=by_family))
        for name in remaining:
            if test.p > FALSE_RATE:
                break
            single = mantel_haenszel(self._strata(having, (name,), by_family=by_family))
            if single.p > test.p:
                test, within = single, (name,)
        if not trait.input and not by_family and test.p <= FALSE_RATE:
            test = replace(test, p=max(test.p, mantel_haenszel(self._once_each(having)).p))
        kept = sum(self._kept[index] for index in having)
        rest = Proportion(sum(self._kept) - kept, len(self._runs) - len(having))
        kept_first = sorted(having, key=lambda index: not self._kept[index])
        rows = tuple(self._runs[index].row for index in kept_first)
        return Finding(trait, Proportion(kept, len(having)), rest, test, False, within, rows)

    def _varies_within_families(self, having: frozenset[int]) -> bool:
        """Return whether enough families have variants with the word and variants without it to compare within families.

        Variants of a prompt are often kept or rejected together for reasons other than one word.
        """
        within = information(self._strata(having, (), by_family=True))
        return within >= _INFORMATIVE * information(self._strata(having, ()))

    def _strata_inputs(self, trait: Trait, *, by_family: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the inputs that are combined into strata, and those that are tested one by one."""
        having = self._having[trait]
        enough = _INFORMATIVE * information(self._strata(having, (), by_family=by_family))
        combined: tuple[str, ...] = ()
        single: list[str] = []
        for name in self._axes:
            if name == (trait.input or PROMPT):  # a word is the same in all runs of a prompt
                continue
            if information(self._strata(having, (*combined, name), by_family=by_family)) >= enough:
                combined = (*combined, name)
            else:
                single.append(name)
        return combined, tuple(single)

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
        """Return the strata of families instead of runs, so that each family counts once.

        A family has the word if most of its runs have it. It counts as kept if its kept share is above that of all runs.
        """
        members: dict[int, list[int]] = {}
        for index, family in enumerate(self._families):
            members.setdefault(family, []).append(index)
        kept_share = sum(self._kept) / len(self._runs)
        kept = [sum(self._kept[i] for i in indexes) > kept_share * len(indexes) for indexes in members.values()]
        has = [2 * sum(i in having for i in indexes) > len(indexes) for indexes in members.values()]
        occasions = [self._occasions[indexes[0]] for indexes in members.values()]
        return _Division(occasions, kept).strata(frozenset(n for n, has_it in enumerate(has) if has_it))

    def disentangled(self, findings: Sequence[Finding]) -> list[Finding]:
        """Return the findings with the `p` of each within the runs of a better one, and with the traits it may be confused with.

        Of two findings, the better one is more significant within the runs of the other. Neither is better if neither is
        significant there.
        """
        within_p = self._within_p(findings)
        disentangled = []
        for finding in findings:
            trait = finding.trait
            p_by_other = {
                item.trait: within_p[trait, item.trait] for item in findings if (trait, item.trait) in within_p
            }
            better = [p for other, p in p_by_other.items() if within_p.get((other, trait), 1.0) <= min(p, FALSE_RATE)]
            alike = tuple(other for other, p in p_by_other.items() if p > FALSE_RATE)
            test = replace(finding.test, p=max([finding.test.p, *better]))
            disentangled.append(replace(finding, test=test, alike=alike))
        return disentangled

    def _within_p(self, findings: Sequence[Finding]) -> dict[tuple[Trait, Trait], float]:
        """Return the `p` of each trait (first) in strata of the runs with and without another one (second)."""
        within_p: dict[tuple[Trait, Trait], float] = {}
        for other in findings:
            having = self._having[other.trait]
            keys = [(occasion, index in having) for index, occasion in enumerate(self._occasions)]
            division = _Division(keys, self._kept)
            for finding in findings:
                trait = finding.trait
                if finding is not other and (not trait.input or trait.input != other.trait.input):
                    within_p[trait, other.trait] = mantel_haenszel(division.strata(self._having[trait])).p
        return within_p


class _Division:
    """Runs divided into strata by a key."""

    def __init__(self, keys: Sequence[object], kept: Sequence[bool]) -> None:
        numbers: dict[object, int] = {}
        self._stratum = [numbers.setdefault(key, len(numbers)) for key in keys]
        self._is_kept = kept
        self._of = Counter(self._stratum)
        self._kept = Counter(number for number, is_kept in zip(self._stratum, kept, strict=True) if is_kept)

    def strata(self, having: frozenset[int]) -> list[Stratum]:
        """Return the contingency table of each stratum in which some runs are in `having` and some are not."""
        has, kept_with = Counter[int](), Counter[int]()
        for index in having:
            number = self._stratum[index]
            has[number] += 1
            kept_with[number] += self._is_kept[index]
        return [
            Stratum(kept_with[number], count, self._kept[number], self._of[number])
            for number, count in has.items()
            if count < self._of[number]
        ]


def families(prompts: Sequence[Sequence[str]]) -> list[int]:
    """Return the family number of each prompt, which is given by its words. Variants of one prompt have the same number.

    A prompt joins the family of its latest variant among the last `_NEARBY` different prompts, because variants are usually
    submitted one after the other.
    """
    family_by_words: dict[frozenset[str], int] = {}
    recent: deque[frozenset[str]] = deque(maxlen=_NEARBY)
    numbers: list[int] = []
    for prompt_words in prompts:
        words = frozenset(prompt_words)
        if words not in family_by_words:
            variant = next((earlier for earlier in reversed(recent) if _are_variants(words, earlier)), None)
            family_by_words[words] = len(numbers) if variant is None else family_by_words[variant]
            recent.append(words)
        numbers.append(family_by_words[words])
    return numbers


def _are_variants(words: frozenset[str], earlier: frozenset[str]) -> bool:
    shared = len(words & earlier)
    return shared >= _VARIANTS * (len(words) + len(earlier) - shared)
