"""Distribution of spans, some of them unfinished, compared with the library lifelines."""

import json
import random
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.domain.statistics.duration_model import DurationModel
from cordage_tui.domain.statistics.survival_curve import SurvivalCurve, kaplan_meier, known_quantiles, quantile
from tests.duration_worlds import Batch, log_normal, mixed, samples

WORLDS = json.loads(Path(__file__).with_name("kaplan_meier.json").read_text())
"""Made by `python tests/domain/make_kaplan_meier.py`, which needs lifelines."""
seconds = st.floats(0.1, 1e6)


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world["name"])
def test_it_is_the_survival_of_lifelines(world: dict[str, list[float]]) -> None:
    """The share that lasts longer and the median equal those of lifelines, the median to the next span."""
    whole, lasting = (sorted(world[name]) for name in ("whole", "lasting"))
    left = 1.0
    survival = {}
    for span, share in zip(whole, kaplan_meier(whole, lasting), strict=True):
        survival[span] = left = left - share
    assert [survival[at] for at in world["times"]] == pytest.approx(world["survival"], abs=1e-12)
    (median,) = known_quantiles([*((span, True) for span in whole), *((span, False) for span in lasting)], 0.5)
    if world["median"] is None:
        assert median is None or median >= whole[-2]
    else:
        at = whole.index(world["median"])
        assert median is not None and whole[max(0, at - 1)] <= median <= whole[min(len(whole) - 1, at + 1)]


@given(st.lists(seconds, min_size=1, max_size=40), st.lists(seconds, max_size=40))
def test_shares_are_a_distribution(whole: list[float], lasting: list[float]) -> None:
    """Shares are positive and add up to 1 unless the longest span is unfinished; without unfinished spans they are
    equal."""
    shares = kaplan_meier(sorted(whole), sorted(lasting))
    total = sum(shares)
    assert len(shares) == len(whole) and min(shares) > 0 and total <= 1 + 1e-9
    assert (total == pytest.approx(1.0)) or max(lasting) >= max(whole)
    assert kaplan_meier(sorted(whole), []) == pytest.approx([1 / len(whole)] * len(whole))
    assert list(accumulate(shares))[-1] == pytest.approx(total)


@given(st.lists(seconds, min_size=1, max_size=40), st.floats(0.0, 1.0))
def test_where_none_goes_on_it_is_the_usual_quantile(whole: list[float], share: float) -> None:
    """One way of counting: the curve, the figures and the plain quantile agree."""
    expected = quantile(sorted(whole), share)
    assert known_quantiles([(span, True) for span in whole], share) == [expected]
    assert SurvivalCurve.of(whole).quantile(share) == pytest.approx(expected, rel=1e-6)


def median_of(seed: int, share: float) -> float:
    batch = Batch(seed, 200, log_normal(60.0), gap_s=0.3)
    model = DurationModel.fit(samples(*batch.at(batch.time_of(share))))
    assert model.total is not None
    return model.total.quantile(0.5)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_batch_under_way_has_the_median_that_it_will_have(share: float) -> None:
    """With a fifth of a batch ended, the learned median is within a fifth of the true minute in most batches, and
    later too."""
    medians = [median_of(seed, share) for seed in range(12)]
    assert sum(48.0 < median < 72.0 for median in medians) >= 11


def test_long_runs_of_a_mixed_webhook_are_not_forgotten() -> None:
    """If 30 % of the runs last 300 s and the latest are unfinished, about 30 % are predicted to last over a minute."""
    shares = []
    for seed in range(12):
        model = DurationModel.fit(samples(*Batch(seed, 400, mixed, gap_s=1.0).at(400.0)))
        assert model.total is not None
        shares.append(model.total.survives(60.0))
    assert 0.25 < sum(shares) / len(shares) < 0.36


def test_what_waits_at_the_server_is_a_wait_that_goes_on() -> None:
    """Runs that were not seen to begin count among the waits, as lasting at least so long."""
    from cordage_tui.domain.statistics.duration_model import DurationSample

    rng = random.Random(3)
    begun = [DurationSample(60.0 + wait, wait) for wait in (rng.uniform(0.0, 20.0) for _ in range(40))]
    waits = [DurationSample(100.0, ended=False, waits=True)] * 40
    model = DurationModel.fit([*begun, *waits])
    assert model.queued is not None and model.queued.survives(50.0) > 0.4
