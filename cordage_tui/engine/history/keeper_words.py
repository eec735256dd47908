"""Report of what kept runs have in common, in numbers and in words."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.inputs import PROMPT, value_words
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.statistics.keepers import LEAST_RUNS, Finding, JudgedRun, KeeperReport
from cordage_tui.domain.statistics.proportion import Proportion
from cordage_tui.domain.urls import is_signed, unsigned
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.batch.body_alternatives import BatchPattern
from cordage_tui.engine.batch.pattern import BatchError, Lists
from cordage_tui.store.judged_runs import MOST, JudgedBody, JudgedPass

WEBHOOK: Final = "webhook"
"""Name under which webhooks are compared, if there are several."""
_VALUE: Final = 200
"""Characters of a value."""
_MOST_TOLD: Final = 6
"""Findings that are told in a sentence."""


def batch_pattern(source: BatchSource | None, lists: Lists) -> BatchPattern | None:
    """Read the pattern of a batch; None: it was made from none, or from one that cannot be read any more."""
    if source is None or not source.inputs:
        return None
    try:
        return BatchPattern(source, lists)
    except BatchError:
        return None


def judged_runs(bodies: Sequence[JudgedBody], profile: Profile, pattern: BatchPattern | None) -> list[JudgedRun]:
    """Return what the statistics are made of. In a batch with a `pattern`, alternatives in the prompt are compared; else its
    words are, and whole prompts that ran several times."""
    webhooks = {body.webhook_key for body in bodies}
    prompts = Counter(_prompt(body) for body in bodies)
    recur = max(prompts.values(), default=0) > 1
    runs = []
    for body in bodies:
        values = pattern.values(body.inputs) if pattern is not None else _values(body)
        values = {name: _compared(value) for name, value in values.items()}
        prompt = _prompt(body)
        is_made = pattern is not None and any(name == PROMPT or name.startswith(f"{PROMPT} ") for name in values)
        if recur and prompt and not is_made:
            values[PROMPT] = one_line(prompt, _VALUE)
        if len(webhooks) > 1:
            values[WEBHOOK] = one_line(profile.label(body.webhook_key), 60)
        day = datetime.fromtimestamp(body.created_at).date().isoformat()
        runs.append(JudgedRun(body.row, body.is_kept, values, "" if is_made else prompt, body.batch, day))
    return runs


def _prompt(body: JudgedBody) -> str:
    prompt = body.inputs.get(PROMPT)
    return prompt if isinstance(prompt, str) else ""


def _values(body: JudgedBody) -> dict[str, str]:
    return {name: value_words(value) for name, value in body.inputs.items() if name != PROMPT}


def _compared(value: str) -> SafeText:
    """Return a value as it is compared and shown: a link without its signature, which changes each time."""
    return one_line(unsigned(value) if "://" in value and is_signed(value) else value, _VALUE)


# Words of the report: sentences first, then the figures.


def judged_words(report: KeeperReport, done: JudgedPass) -> SafeText:
    """Say what was judged: `86 of 200 judged runs are kept, 43 % (36 to 50 %). 112 runs with outputs are not judged.`"""
    judged = report.judged
    if not judged.of:
        return SafeText("No run here is decided yet: keep or reject outputs, as on the contact sheet.")
    kept = f"{judged.count:,} of {judged.of:,} decided run{'s are' if judged.of > 1 else ' is'} kept, {percent(judged)}"
    rest = "1 run with outputs is undecided and counts" if done.unjudged == 1 else ""
    rest = rest or f"{done.unjudged:,} runs with outputs are undecided and count"
    cut = f" Older decided runs than the newest {MOST:,} are left out." if done.is_cut else ""
    return SafeText(f"{kept} ({interval_words(judged)}). {rest} nowhere.{cut}")


def sentences(report: KeeperReport) -> Iterator[SafeText]:
    """Yield a sentence for each real finding, those that are kept more often first, and one for what shows nothing."""
    real = [finding for finding in report.findings if finding.is_real]
    real.sort(key=lambda finding: (finding.test.difference or 0.0) < 0)
    for finding in real[:_MOST_TOLD]:
        yield one_line(_sentence(finding))
    if len(real) > _MOST_TOLD:
        yield SafeText(f"{len(real) - _MOST_TOLD:,} more differences are likely real: see below.")
    silent = [f"`{name}`" for name in report.inputs if report.is_silent(name)]
    if any(not finding.trait.input for finding in report.findings) and report.is_silent(""):
        silent.append("words")
    if silent:
        yield one_line(f"{', '.join(silent)}: nothing to see.")
    if report.judged.of and not report.findings:
        yield SafeText(
            f"Nothing can be compared yet: a value needs two decided runs, a word {LEAST_RUNS} with it and {LEAST_RUNS} without."
        )


def _sentence(finding: Finding) -> str:
    kept, rest = finding.kept, finding.rest
    which = "more" if (finding.test.difference or 0.0) > 0 else "less"
    words = f"{trait_words(finding)} is kept {which} often: {kept.count:,} of {kept.of:,}, the rest {rest.count:,} of {rest.of:,}"
    if finding.within and (finding.test.difference or 0.0) * ((kept.share or 0.0) - (rest.share or 0.0)) < 0:
        words += f", but compared within the same {' and '.join(finding.within)} it is the other way round"
    if finding.alike:
        others = ", ".join(f"`{trait.value}`" for trait in finding.alike)
        return f"{words}: likely real, but it mostly goes with {others}, so they cannot be separated."
    return f"{words}: likely real."


def trait_words(finding: Finding) -> str:
    """Name a trait in a sentence: `style noir`, or the word alone."""
    name, value = finding.trait.input, one_line(finding.trait.value, 60)
    return f"`{name} {value}`" if name else f"`{value}`"


def percent(proportion: Proportion) -> str:
    """Format a share as a percentage."""
    return f"{100 * (proportion.share or 0.0):.0f} %"


def interval_words(proportion: Proportion) -> str:
    """Format the interval of a share: `36 to 50 %`."""
    low, high = proportion.interval or (0.0, 1.0)
    return f"{100 * low:.0f} to {100 * high:.0f} %"


def difference_words(finding: Finding) -> SafeText:
    """Format the difference to the rest in percentage points: `+35`, or why there is none."""
    difference = finding.test.difference
    if difference is None:
        return SafeText("unknown")
    points = round(100 * difference)
    return SafeText(f"{points:+d}".replace("-", "−") if points else "0")


def verdict_words(finding: Finding) -> SafeText:
    """Format what is to be thought of a finding."""
    if finding.is_real:
        return SafeText("likely real")
    if finding.test.difference is None:
        return SafeText("cannot be told apart from another input, batch or day")
    if finding.alike:
        return one_line(f"goes with {', '.join(trait.value for trait in finding.alike)}", 60)
    return SafeText("could be chance")
