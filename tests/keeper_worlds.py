"""Simulated judged runs whose keepers have a known cause, or none."""

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from random import Random
from typing import Any, NamedTuple

from cordage_tui.domain.batch import BatchSource, SeededBatch
from cordage_tui.domain.run import RemoteRun, RowId, Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.statistics.keepers import LEAST_RUNS, JudgedRun, Trait, words_of
from cordage_tui.domain.statistics.proportion import Proportion

TRUE = "noir"
"""Word or value that is better, where any is."""
RUNS = 200
USUAL, BETTER = 0.3, 0.65
"""Chance to be kept, and that of the true word."""
STYLES = (TRUE, "ink", "anime", "oil")
WORDS = [
    "fox",
    "harbour",
    "lantern",
    "rain",
    "night",
    "street",
    "market",
    "tower",
    "bridge",
    "canal",
    "portrait",
    "window",
    "train",
    "garden",
    "snow",
    "storm",
    "desert",
    "lighthouse",
    "mirror",
    "piano",
    "violin",
    "baker",
    "dancer",
    "astronaut",
    "umbrella",
    "bicycle",
    "heron",
    "owl",
    "teapot",
    "candle",
    "copper",
    "velvet",
    "marble",
    "fog",
    "dawn",
    "dusk",
    "neon",
    "grain",
    "telephoto",
    "macro",
    "backlit",
    "pastel",
]


def free_prompts(rng: Random, better: float = BETTER) -> list[JudgedRun]:
    """Prompts of eight words; a third has the true one."""
    runs = []
    for row in range(RUNS):
        words = rng.sample(WORDS, 7)
        has = rng.random() < 1 / 3
        words.append(TRUE if has else rng.choice(WORDS))
        runs.append(JudgedRun(RowId(row), rng.random() < (better if has else USUAL), prompt=" ".join(words)))
    return runs


def repeated_prompts(rng: Random) -> list[JudgedRun]:
    """Forty prompts that ran five times each; some are better than others, but no word is."""
    runs: list[JudgedRun] = []
    for _ in range(RUNS // 5):
        prompt, chance = " ".join(rng.sample(WORDS, 8)), rng.betavariate(0.6, 1.4)
        runs += (JudgedRun(RowId(len(runs) + n), rng.random() < chance, {"prompt": prompt}, prompt) for n in range(5))
    return runs


def batch(rng: Random, better: float = BETTER) -> list[JudgedRun]:
    """Four styles for each of ten seeds and five subjects."""
    runs: list[JudgedRun] = []
    for style, seed, subject in product(STYLES, range(10), range(5)):
        chance = better if style == TRUE else USUAL
        values = {"style": style, "seed": str(seed), "prompt": f"subject {subject}"}
        runs.append(JudgedRun(RowId(len(runs)), rng.random() < chance, values))
    return runs


def companion_word(rng: Random) -> list[JudgedRun]:
    """As `free_prompts`, and `smoke` stands in most prompts that have the true word, without an effect of its own."""
    runs = []
    for run in free_prompts(rng):
        has = TRUE in run.prompt.split()
        smoke = " smoke" if rng.random() < (0.75 if has else 0.1) else ""
        runs.append(JudgedRun(run.row, run.is_kept, prompt=run.prompt + smoke))
    return runs


def confounded_batch(rng: Random) -> list[JudgedRun]:
    """Forty steps are better than twenty, and `noir` ran mostly with them; no style has an effect."""
    runs = []
    for style, steps, count in (("noir", 40, 75), ("noir", 20, 25), ("ink", 40, 25), ("ink", 20, 75)):
        for _ in range(count):
            values = {"style": style, "steps": str(steps)}
            runs.append(JudgedRun(RowId(len(runs)), rng.random() < (0.7 if steps == 40 else 0.25), values))
    return runs


# Worlds in which something else than words and values decides what is kept. Each exists with the true word, too.


def _words(rng: Random, theme: Sequence[str], count: int = 7) -> list[str]:
    """Draw words, half of them of a theme."""
    words: list[str] = []
    while len(words) < count:
        word = rng.choice(theme if rng.random() < 0.5 else WORDS)
        if word not in words:
            words.append(word)
    return words


def _odds(usual: float, *, has: bool) -> float:
    """Chance to be kept where `usual` is, with the true word as much better as BETTER is than USUAL: by the odds."""
    odds = usual / (1 - usual) * (BETTER / (1 - BETTER) / (USUAL / (1 - USUAL)) if has else 1.0)
    return odds / (1 + odds)


def _run(rng: Random, row: int, words: Sequence[str], usual: float, true: bool, **context: Any) -> JudgedRun:
    """Judged run of some words; with `true` a third of the prompts has the true word."""
    has = true and rng.random() < 1 / 3
    prompt = " ".join([*words, TRUE] if has else words)
    return JudgedRun(RowId(row), rng.random() < _odds(usual, has=has), prompt=prompt, **context)


def two_batches(rng: Random, true: bool = False) -> list[JudgedRun]:
    """Two batches of different themes, of which one was judged more kindly."""
    themes, kindness = (WORDS[:21], WORDS[21:]), (0.2, 0.6)
    return [
        _run(rng, row, _words(rng, themes[row % 2]), kindness[row % 2], true, batch=RowId(1_000 + row % 2))
        for row in range(RUNS)
    ]


def drifting_days(rng: Random, true: bool = False) -> list[JudgedRun]:
    """Ten days with a theme each; the user is kinder from day to day."""
    themes = [rng.sample(WORDS, 8) for _ in range(10)]
    return [
        _run(
            rng, row, _words(rng, themes[row // 20]), 0.1 + 0.06 * (row // 20), true, day=f"2026-11-{row // 20 + 1:02}"
        )
        for row in range(RUNS)
    ]


def sessions(rng: Random, true: bool = False) -> list[JudgedRun]:
    """Twenty prompts with ten variants each, which have six of the eight words; some prompts are better than others."""
    runs: list[JudgedRun] = []
    for _ in range(20):
        base, usual = rng.sample(WORDS, 6), rng.betavariate(0.8, 1.6)
        for _ in range(10):
            own = rng.sample([word for word in WORDS if word not in base], 2)
            runs.append(_run(rng, len(runs), [*base, *own], min(0.9, max(0.05, usual)), true))
    return runs


MOODS = ("calm", "eerie", "lush", "moody", "quiet", "sombre", "stark", "tender", "vivid", "wistful")


def correlated_words(rng: Random, true: bool = True) -> list[JudgedRun]:
    """As `free_prompts`, and ten words that stand in most prompts with the true one, and in a few others."""
    runs = []
    for run in free_prompts(rng, BETTER if true else USUAL):
        has = TRUE in run.prompt.split()
        more = [word for word in MOODS if rng.random() < (0.7 if has else 0.15)]
        runs.append(JudgedRun(run.row, run.is_kept, prompt=" ".join([run.prompt, *more])))
    return runs


class World(NamedTuple):
    """Kind of worlds."""

    make: Callable[[Random], list[JudgedRun]]
    has_true: bool = False
    matters: tuple[str, ...] = ()
    """Inputs whose values are better or worse: to call one of them real is not false."""
    named: float = 0.9
    """Share of the worlds in which the true word is named, at least."""


WORLDS: Mapping[str, World] = {
    "free prompts, true word": World(free_prompts, True),
    "free prompts, true word with a companion": World(companion_word, True),
    "batch of style, seed, subject, true style": World(batch, True, ("style",)),
    "free prompts, no effect": World(lambda rng: free_prompts(rng, USUAL)),
    "prompts run five times each, no word matters": World(repeated_prompts, matters=("prompt",)),
    "batch of style, seed, subject, no effect": World(lambda rng: batch(rng, USUAL)),
    "batch, steps matter, style goes along": World(confounded_batch, matters=("steps",)),
    "two batches, one judged more kindly": World(two_batches),
    "the same, true word": World(lambda rng: two_batches(rng, True), True, named=0.6),
    "kinder from day to day": World(drifting_days),
    "kinder from day to day, true word": World(lambda rng: drifting_days(rng, True), True, named=0.6),
    "20 sessions of variants": World(sessions),
    "20 sessions of variants, true word": World(lambda rng: sessions(rng, True), True, named=0.6),
    "true word, and ten that go along with it": World(correlated_words, True, named=0.7),
    "ten words that go together, no effect": World(lambda rng: correlated_words(rng, False)),
}


def naive_shares(runs: list[JudgedRun], name: str) -> dict[str, tuple[int, int]]:
    """Return what was kept by the value of an input."""
    values = dict.fromkeys(run.values[name] for run in runs)
    having = {value: [run.is_kept for run in runs if run.values[name] == value] for value in values}
    return {value: (sum(kept), len(kept)) for value, kept in having.items()}


def naive_findings(runs: list[JudgedRun]) -> set[Trait]:
    """Return what a table of shares with intervals would show."""
    traits = {Trait(name, value) for run in runs for name, value in run.values.items()}
    traits |= {Trait("", word) for run in runs for word in words_of(run.prompt)}
    found = set()
    for trait in traits:
        has = [run.is_kept for run in runs if _has(run, trait)]
        rest = [run.is_kept for run in runs if not _has(run, trait)]
        if min(len(has), len(rest)) < LEAST_RUNS:
            continue
        (low, high), (rest_low, rest_high) = (
            Proportion(sum(each), len(each)).interval or (0.0, 1.0) for each in (has, rest)
        )
        if low > rest_high or high < rest_low:
            found.add(trait)
    return found


def _has(run: JudgedRun, trait: Trait) -> bool:
    return trait.value in words_of(run.prompt) if not trait.input else run.values.get(trait.input) == trait.value


def judged_batch(webhook_key: str, at: float) -> SeededBatch:
    """A past batch of the app: `neon` is kept seven times of eight, `fog` twice, whatever style and seed; two runs are not
    judged."""
    lights, styles, seeds = ("neon", "fog"), ("film", "studio"), ("1", "2", "3", "4")
    title = f"a musician, {{{'|'.join(lights)}}}"
    inputs = {"prompt": f"{title}\nstyle={{{','.join(styles)}}}\nseed=1..4"}
    runs, verdicts = [], {}
    for place, (light, style, seed) in enumerate(product(lights, styles, seeds)):
        for again in (0, 1):
            run_id, created_at = f"batch{place:02}{again}", at + 2.0 * place
            urls = (SafeText(f"http://127.0.0.1:9/{run_id}.png"),)
            done = RemoteRun(
                run_id, Status.COMPLETED, SafeText("completed"), created_at, created_at + 9.0, outputs=urls
            )
            runs.append((webhook_key, done, {"prompt": f"a musician, {light}", "style": style, "seed": int(seed)}))
            verdicts[run_id] = (light == "neon") is not (place % 8 in (0, 7) and again == (light == "fog"))
    del verdicts["batch020"], verdicts["batch110"]
    axes = ("prompt", lights), ("style", styles), ("seed", seeds), ("times", ("1", "2"))
    return SeededBatch(webhook_key, at, BatchSource(title, inputs, axes), runs, verdicts)
