"""What is learned from batches: how often a change is called where there is none, how often a true one is, and the durations that
are learned while runs go on.

    python tests/bench/durations.py [BATCHES]

All runs of a batch are alike (`duration_worlds`). Beside it the order of ends, in which the short runs of a batch come first, and
what the ended runs alone would say. Nothing is asserted; the same batch is the same each time.
"""

import random
import sys
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[2]))

from cordage_tui.domain.statistics.change_point import after_change_point
from cordage_tui.domain.statistics.duration_model import DurationModel, DurationSample
from cordage_tui.domain.statistics.survival_curve import ObservedSpan
from tests.duration_worlds import Batch, log_normal, mixed, samples

TRUE_S = 120.0


def _spans(runs: list[DurationSample]) -> list[ObservedSpan]:
    return [run.total for run in runs]


def _is_called(spans: list[ObservedSpan]) -> bool:
    return after_change_point(spans) < len(spans)


def _false_alarms(batches: int) -> None:
    print("A change is called where there is none, % of batches:")
    print(f"{'runs':>6}{'sigma':>7}{'by end':>9}{'by start':>10}{'20 % ended':>12}{'50 %':>7}{'80 %':>7}")
    for count in (50, 100, 200):
        for sigma in (0.1, 0.3, 0.8):
            called = [0] * 5
            for seed in range(batches):
                batch = Batch(seed, count, log_normal(TRUE_S, sigma))
                past, _ = batch.at(batch.time_of(1.0))
                called[0] += _is_called([run.finished.total for run in past])
                for place, share in enumerate((1.0, 0.2, 0.5, 0.8), 1):
                    called[place] += _is_called(_spans(samples(*batch.at(batch.time_of(share)))))
            by_end, by_start, *ended = (f"{100 * n / batches:.1f}" for n in called)
            print(f"{count:>6}{sigma:>7}{by_end:>9}{by_start:>10}{ended[0]:>12}{ended[1]:>7}{ended[2]:>7}")


def _power(batches: int) -> None:
    print(
        "\nA change is found after 60 equal runs, % of batches of 60 runs of another length, by the share that has ended:"
    )
    print(f"{'times':>6}{'20 %':>8}{'50 %':>8}{'100 %':>8}")
    for factor in (0.5, 0.7, 1.0, 1.4, 2.0):
        found = []
        for share in (0.2, 0.5, 1.0):
            hits = 0
            for seed in range(batches):
                rng, batch = random.Random(seed), Batch(seed, 60, log_normal(TRUE_S * factor))
                before = [(log_normal(TRUE_S)(rng), True) for _ in range(60)]
                hits += _is_called(before + _spans(samples(*batch.at(batch.time_of(share)))))
            found.append(f"{100 * hits / batches:.0f}")
        print(f"{factor:>6}" + "".join(f"{text:>8}" for text in found))


def _medians(batches: int) -> None:
    print(
        f"\nLearned median of a batch of 200 runs of {TRUE_S:.0f} s, while it is under way (a tenth of the batches is below, a tenth above):"
    )
    for share in (0.2, 0.5, 0.8, 1.0):
        learned, naive = [], []
        for seed in range(batches):
            batch = Batch(seed, 200, log_normal(TRUE_S))
            past, under_way = batch.at(batch.time_of(share))
            model = DurationModel.fit(samples(past, under_way))
            if model.total is not None:
                learned.append(model.total.quantile(0.5))
            naive.append(median(run.finished.total_s for run in past))
        low, high = (sorted(learned)[round(part * (len(learned) - 1))] for part in (0.1, 0.9))
        print(
            f"  {100 * share:>4.0f} % ended: {median(learned):.0f} s ({low:.0f} to {high:.0f}); ended runs alone {median(naive):.0f} s"
        )


def _mixture(batches: int) -> None:
    longer, naive = [], []
    for seed in range(batches):
        past, under_way = Batch(seed, 400, mixed).at(400.0)
        model = DurationModel.fit(samples(past, under_way))
        longer.append(model.total.survives(60.0) if model.total is not None else 0.0)
        naive.append(sum(run.finished.total_s > 60.0 for run in past) / len(past))
    print("\n70 % of 20 s and 30 % of 300 s, sent for 400 s: share that lasts longer than a minute")
    print(f"  learned {100 * median(longer):.0f} %; ended runs alone {100 * median(naive):.0f} %; true 30 %")


def main() -> None:
    batches = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    _false_alarms(batches)
    _power(batches)
    _medians(batches)
    _mixture(batches)


if __name__ == "__main__":
    main()
