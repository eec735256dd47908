"""Write `kaplan_meier.json`: the answers of lifelines for spans, some of them unfinished.

    pip install lifelines
    python tests/domain/make_kaplan_meier.py

The library is too heavy for every run of the tests, so its answers are stored. The same spans are generated each
time.
"""

import json
import math
import random
from pathlib import Path

from lifelines import KaplanMeierFitter


def _worlds():
    rng = random.Random(25)
    batch = [(0.3 * place, 60.0 * math.exp(rng.gauss(0.0, 0.3))) for place in range(60)]
    for share in (20, 50, 100):
        now = sorted(begun + lasted for begun, lasted in batch)[share * 60 // 100 - 1]
        spans = [(min(lasted, now - begun), begun + lasted <= now) for begun, lasted in batch if begun <= now]
        yield f"batch of 60, {share} % ended", spans
    mixed = [(float(place), 20.0 if rng.random() < 0.7 else 300.0) for place in range(200)]
    spans = [(min(lasted, 200.0 - begun), begun + lasted <= 200.0) for begun, lasted in mixed]
    yield "70 % of 20 s, 30 % of 300 s", spans
    yield "ties", [(float(rng.randint(1, 8)), rng.random() < 0.6) for _ in range(50)]
    yield "one", [(5.0, True)]


def main() -> None:
    worlds = []
    for name, spans in _worlds():
        fitter = KaplanMeierFitter().fit([seconds for seconds, _ in spans], [is_whole for _, is_whole in spans])
        survival = fitter.survival_function_["KM_estimate"]
        times = sorted({seconds for seconds, is_whole in spans if is_whole})
        median = float(fitter.median_survival_time_)
        worlds.append(
            {
                "name": name,
                "whole": [seconds for seconds, is_whole in spans if is_whole],
                "lasting": [seconds for seconds, is_whole in spans if not is_whole],
                "times": times,
                "survival": [float(survival.loc[at]) for at in times],
                "median": None if math.isinf(median) else median,
            }
        )
    Path(__file__).with_name("kaplan_meier.json").write_text(json.dumps(worlds, indent=1) + "\n")


if __name__ == "__main__":
    main()
