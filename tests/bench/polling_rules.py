"""What must hold (the issue's "it counts when"). Each rule is played at a scale and gives verdicts."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import groupby, product
from pathlib import Path

from polling_figures import Figures, Shown, Trial, mean, played, pooled
from polling_load import Cell, Changed, Exponential, LogNormal
from polling_others import round_robin
from polling_ours import ours
from polling_theory import optimum

from cordage_tui.simulator.rate_limits import HeaderMode, LimitPlan, RateWindow


@dataclass(frozen=True, slots=True)
class Verdict:
    """One figure and what it had to be."""

    what: str
    measured: float
    at_most: float

    @property
    def holds(self) -> bool:
        return self.measured <= self.at_most

    def __str__(self) -> str:
        return f"{'ok   ' if self.holds else 'FAILS'} {self.what}: {self.measured:.3g}, at most {self.at_most:.3g}"


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is simulated."""

    cells: Sequence[Cell]
    hours: float
    seeds: Sequence[int]
    pool: ProcessPoolExecutor
    kept: Path
    """Folder of the figures of trials."""
    clients: Sequence[int] = (1, 2, 4)
    foreign: Sequence[float] = (60, 110)

    def play(self, trials: Iterable[Trial], player: Callable[[Trial], Figures] = ours) -> Sequence[Figures]:
        """Each trial with every seed, in their order; one process for each at a time."""
        seeded = [[replace(trial, seed=seed) for seed in self.seeds] for trial in trials]
        futures = [[self.pool.submit(played, player, trial, self.kept) for trial in trials] for trials in seeded]
        return [pooled([future.result() for future in row]) for row in futures]


def sharing(scale: Scale) -> list[Verdict]:
    """No 429, however many share the key, as long as the demand fits; few where it cannot."""
    hours = min(1.0, scale.hours)
    trials = [
        Trial(cell, Exponential(cell.mean_s), hours=hours, clients=clients, foreign=foreign)
        for cell in scale.cells
        for clients, foreign in (
            *((clients, 0.0) for clients in scale.clients),
            *((1, reads) for reads in scale.foreign),
        )
    ]
    return [
        Verdict(
            f"429s a minute, {trial.cell}, {trial.clients} clients, {trial.foreign:g} foreign reads a minute",
            figures.refused_a_minute,
            0.5 if trial.foreign > 100 else 0.0,
        )
        for trial, figures in zip(trials, scale.play(trials), strict=True)
    ]


def memoryless(scale: Scale) -> list[Verdict]:
    """With durations that teach nothing, within 10 % of the optimum."""
    trials = [Trial(cell, Exponential(cell.mean_s), hours=scale.hours) for cell in scale.cells]
    return [
        Verdict(f"mean delay, {trial.cell}, exponential, s", figures.mean_s, 1.1 * optimum(trial.cell, trial.law))
        for trial, figures in zip(trials, scale.play(trials), strict=True)
    ]


def learned(scale: Scale) -> list[Verdict]:
    """After 100 runs of each webhook their durations are known, learned from nothing: at most 0.6 of the memoryless optimum.

    That needs reads to be free while no end is near. Where every second's budget is spent on some webhook all the time,
    full knowledge gains less: 0.63 of it at (5,5), and 0.95 with ten runs of each webhook, whose hazards add up to a
    constant. There the bound is what a constant budget allows, plus a quarter.
    """
    bounds = {Cell(1, 1): 0.6, Cell(1, 10): 0.6, Cell(20, 20): 0.6, Cell(5, 5): 1.25 * 0.63, Cell(5, 50): 1.0}
    trials = []
    for cell in bounds:
        runs_each = 100 + max(30, 1_500 / (cell.runs * len(scale.seeds)))
        trials.append(Trial(cell, LogNormal(cell.mean_s), hours=runs_each * cell.mean_s / 3600))
    verdicts = []
    for trial, figures in zip(trials, scale.play(trials), strict=True):
        late = mean(item for item in figures.shown if item.end.nth >= 100)
        bound = bounds[trial.cell] * optimum(trial.cell, Exponential(trial.cell.mean_s))
        verdicts.append(Verdict(f"mean delay after 100 runs, {trial.cell}, log-normal 0.3, s", late, bound))
    return verdicts


def skewed(scale: Scale) -> list[Verdict]:
    """One webhook with 181 runs and 19 with one: three times better than taking turns."""
    trial = Trial(Cell(20, 200, skewed=True), Exponential(200.0), hours=scale.hours)
    (figures,) = scale.play([trial])
    return [Verdict(f"mean delay, {trial.cell}, exponential, s", figures.mean_s, _turns(scale, trial) / 3)]


def changing(scale: Scale) -> list[Verdict]:
    """A workflow that takes twice as long from now on, or half as long, is learned anew within 20 runs."""
    cell, verdicts = Cell(20, 20), []
    change_s = 50 * cell.mean_s
    trials = []
    for factor in (2.0, 0.5):
        law = Changed(LogNormal(cell.mean_s), change_s, factor)
        trials.append(Trial(cell, law, hours=(change_s + 100 * factor * cell.mean_s) / 3600))
    turns = _turns(scale, Trial(cell, LogNormal(cell.mean_s), hours=scale.hours))
    for figures, word in zip(scale.play(trials), ("doubled", "halved"), strict=True):
        after = _by_turn(figures.shown, change_s)
        steady = mean(item for n, item in after if n >= 45)
        again = mean(item for n, item in after if 20 <= n < 40)
        worst = max(mean(item for n, item in after if start <= n < start + 5) for start in range(0, 20, 5))
        verdicts.append(Verdict(f"delay 20 to 40 runs after durations {word}, s", again, 1.2 * steady))
        verdicts.append(Verdict(f"worst delay of five runs after durations {word}, s", worst, 1.5 * turns))
    return verdicts


def headers(scale: Scale) -> list[Verdict]:
    """Both kinds of windows, and headers that are missing, malformed or lie: no 429s, and nobody starves."""
    plans = [LimitPlan(window=window, headers=mode) for window, mode in product(RateWindow, HeaderMode)]
    cells = [cell for cell in scale.cells if 1 < cell.webhooks <= 20] or scale.cells
    trials = [
        Trial(cell, Exponential(cell.mean_s), hours=min(0.5, scale.hours), plan=plan)
        for cell in cells
        for plan in plans
    ]
    verdicts = []
    for trial, figures in zip(trials, scale.play(trials), strict=True):
        about = f"{trial.cell}, {trial.plan.window} window, {trial.plan.headers} headers"
        verdicts.append(Verdict(f"429s a minute, {about}", figures.refused_a_minute, 0.0))
        verdicts.append(Verdict(f"longest time without a look, {about}, s", figures.longest_gap_s, 60.0))
    return verdicts


RULES: Mapping[str, Callable[[Scale], list[Verdict]]] = {
    rule.__name__: rule for rule in (sharing, memoryless, learned, skewed, changing, headers)
}


def _turns(scale: Scale, trial: Trial) -> float:
    """Mean delay of the round robin in the same trial."""
    return pooled([round_robin(replace(trial, seed=seed)) for seed in scale.seeds]).mean_s


def _by_turn(shown: Iterable[Shown], since_s: float) -> list[tuple[int, Shown]]:
    """The runs begun from `since_s` on, each with the how-many-eth of its webhook it was since then."""
    begun = sorted((item for item in shown if item.end.began_at >= since_s), key=_webhook)
    return [
        (n, item)
        for _, group in groupby(begun, key=_webhook)
        for n, item in enumerate(sorted(group, key=lambda item: item.end.began_at))
    ]


def _webhook(item: Shown) -> int:
    return item.end.webhook
