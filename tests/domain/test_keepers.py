"""Common traits of kept runs: true words are named, chance is not. `python tests/bench/keepers.py` prints the detailed
figures."""

from random import Random

import pytest

from cordage_tui.domain.run import RowId
from cordage_tui.domain.statistics.keepers import (
    Finding,
    JudgedRun,
    KeeperReport,
    Trait,
    families,
    keeper_report,
    words_of,
)
from tests.keeper_worlds import TRUE, WORLDS, batch, confounded_batch, free_prompts, naive_findings, repeated_prompts

FEW = 20
"""Number of worlds of each kind. At least 90 % of the reports are right."""


def real(report: KeeperReport) -> set[Trait]:
    return {finding.trait for finding in report.findings if finding.is_real}


def finding(report: KeeperReport, name: str, value: str) -> Finding:
    return next(result for result in report.findings if result.trait == Trait(name, value))


@pytest.mark.parametrize("name", WORLDS)
def test_true_words_are_named_and_chance_is_not(name: str) -> None:
    world = WORLDS[name]
    reports = [real(keeper_report(world.make(Random(f"{name} {seed}")))) for seed in range(FEW)]
    true = [{trait for trait in traits if trait.value == TRUE and world.has_true} for traits in reports]
    assert not world.has_true or sum(map(bool, true)) >= world.named * FEW
    false = [
        {trait for trait in traits - named if trait.input not in world.matters}
        for traits, named in zip(reports, true, strict=True)
    ]
    assert sum(map(bool, false)) <= (4 if world.has_true else 2)  # of discoveries, one in ten may be chance


def test_variants_of_one_prompt_are_one_family() -> None:
    """Prompts with most of their words in common are one family, also through a variant between them; others are not."""
    fox, heron = (
        ["a", "red", "fox", "in", "deep", "snow", "at", "night"],
        ["some", "heron", "over", "still", "water", "by", "day"],
    )
    variants = [fox, [*fox, "grain"], [*fox[:-1], "dawn"], heron, [*heron[1:], "grain"]]
    assert families(variants) == [0, 0, 0, 3, 3]
    assert families([[], [], ["fox"]]) == [0, 0, 2]


def test_verdicts_of_different_days_are_not_compared() -> None:
    """The effect of a word that appears on one day only cannot be separated from that day."""
    runs = [
        JudgedRun(
            RowId(n),
            n < 20,
            prompt=f"{'noir' if n < 20 else 'ink'} word{'abcdefghijklmnopqrstuvwxyz'[n % 26]}",
            day=f"{n // 20}",
        )
        for n in range(40)
    ]
    assert not real(keeper_report(runs))
    assert finding(keeper_report(runs), "", "noir").test.difference is None


def test_a_naive_table_takes_what_goes_along_for_the_cause() -> None:
    runs = confounded_batch(Random("short"))
    report = keeper_report(runs)
    assert Trait("style", "noir") in naive_findings(runs)
    assert real(report) == {Trait("steps", "40"), Trait("steps", "20")}
    style = finding(report, "style", "noir")
    assert style.within == ("steps",) and style.kept.share > style.rest.share + 0.2
    assert abs(style.test.difference) < 0.15


def test_shuffled_verdicts_are_chance() -> None:
    """If the decisions are shuffled, at most two of twenty reports name a finding."""
    rng, runs = Random(3), batch(Random(3))
    reports_with_findings = 0
    for _ in range(FEW):
        verdicts = [run.is_kept for run in runs]
        rng.shuffle(verdicts)
        shuffled = [JudgedRun(run.row, kept, run.values) for run, kept in zip(runs, verdicts, strict=True)]
        reports_with_findings += bool(real(keeper_report(shuffled)))
    assert reports_with_findings <= 2


def test_pictures_of_one_prompt_are_one_prompt() -> None:
    """The words of a prompt that ran five times count as much as those of a prompt that ran once."""
    runs = repeated_prompts(Random(1))
    once = {run.prompt: run for run in runs}
    assert any(trait.input == "" for trait in naive_findings(runs))
    assert len(once) < len(runs) and all(trait.input for trait in real(keeper_report(runs)))


def test_a_word_is_compared_from_eight_runs_on() -> None:
    """A word is compared if at least eight runs have it and at least eight do not."""
    runs = [JudgedRun(RowId(n), n < 8, prompt=f"a fox{' by night' if n < 7 else ''} number {n}") for n in range(8)]
    without_fox = [JudgedRun(RowId(10 + n), False, prompt=f"a heron number {n}") for n in range(7)]
    assert not keeper_report(runs + without_fox).findings
    more = [*without_fox, JudgedRun(RowId(30), False, prompt="a heron")]
    assert {result.trait.value for result in keeper_report(runs + more).findings} == {"fox", "heron"}


def test_words_that_always_stand_together_are_one_line() -> None:
    runs = [JudgedRun(RowId(n), n % 2 == 0, prompt="film noir" if n % 2 == 0 else "ink") for n in range(40)]
    assert [result.trait.value for result in keeper_report(runs).findings] == ["film, noir", "ink"]


def test_two_inputs_that_cannot_be_told_apart_are_not_named() -> None:
    """Two input values that appear in exactly the same runs are not named, because their effects cannot be separated."""
    values = [{"style": "noir", "seed": "7"}, {"style": "ink", "seed": "8"}]
    runs = [JudgedRun(RowId(n), n % 2 == 0, values[n % 2]) for n in range(40)]
    report = keeper_report(runs)
    assert not real(report)
    assert finding(report, "style", "noir").test.difference is None


def test_values_of_which_each_has_one_run_are_told_as_an_input() -> None:
    runs = [JudgedRun(run.row, run.is_kept, {"seed": str(run.row)}, run.prompt) for run in free_prompts(Random(4))]
    report = keeper_report(runs)
    assert report.inputs == {"seed": len(runs)} and report.is_silent("seed")
    assert not [result for result in report.findings if result.trait.input == "seed"]


def test_kept_runs_stand_first_among_those_of_a_finding() -> None:
    runs = [JudgedRun(RowId(n), n in (3, 9), {"style": "noir" if n < 10 else "ink"}) for n in range(20)]
    noir = finding(keeper_report(runs), "style", "noir")
    assert noir.rows[:2] == (3, 9) and len(noir.rows) == 10
    assert (noir.kept.count, noir.kept.of, noir.rest.count, noir.rest.of) == (2, 10, 0, 10)


def test_words_are_letters_whatever_their_case() -> None:
    assert words_of("A Red-haired fox, 85 mm, l’œil x") == ("red-haired", "fox", "mm", "l’œil")
