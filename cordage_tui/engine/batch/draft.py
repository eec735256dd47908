"""Batch drafts with their estimated time."""

from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from typing import Final

from cordage_tui.domain.base.fast_dataclass import dataclass, field, replace
from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.inputs import (
    PROMPT,
    SEEN_PROMPTS,
    Inputs,
    Json,
    canonical,
    common_words,
    fingerprint,
    text_fault,
)
from cordage_tui.domain.queue import QueueEstimate
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.statistics.duration_model import DurationModel
from cordage_tui.domain.submission import Lineage
from cordage_tui.engine.batch.body_checks import Faults
from cordage_tui.engine.batch.expand import Axis, BatchMatrix, Combine, values_of
from cordage_tui.engine.batch.parsed_prompt import ParsedPrompt
from cordage_tui.engine.batch.pattern import BatchError, Lists, has_groups, no_lists, refuse_if_too_many
from cordage_tui.engine.batch.random_inputs import NOTHING_RANDOM, RandomInputs
from cordage_tui.engine.batch.sampling import EVERYTHING, Sampling, new_seed
from cordage_tui.engine.batch.unexpanded import Unexpanded, find_unexpanded, unescaped

# A batch as it would be sent: every body, and the inputs that they were made from.

LARGEST: Final = 2**20
"""UTF-8 bytes of one body."""
LARGEST_TOGETHER: Final = 64 * 2**20
"""UTF-8 bytes of all bodies."""
_MOST_KEPT: Final = 200
"""Values of an axis that are kept with the batch, to be shown."""


@dataclass(frozen=True, slots=True)
class BatchDraft:
    """Batch ready to be sent. At least one body; none is empty and each can be sent."""

    source: BatchSource
    bodies: tuple[Inputs, ...] = field(repr=False)
    axes: tuple[Axis, ...] = ()
    loose: bool = False
    """Some text has a brace without its counterpart; it is sent unchanged."""
    faults: Faults = field(default_factory=dict)
    added: Mapping[str, Json] = field(default_factory=dict)
    """Inputs that some bodies have although their file does not contain them."""
    sampling: Sampling = EVERYTHING
    """How often each combination occurs, and the seed if anything was random."""
    sampled: str = ""
    """How the bodies were chosen, if not all combinations once: `20 of 1,000 combinations, random seed 7`."""
    lineages: tuple[Lineage, ...] = ()
    """Of each body; empty: all were written from nothing."""
    unexpanded: Unexpanded | None = None
    """Text that looks like a pattern and is sent unchanged: the user is asked whether that is intended."""

    places: tuple[str, ...] = ()
    """Place of each body in its file, such as `Line 4`; empty: they are from no file."""

    def place(self, index: int) -> str:
        """Name a body for messages: by its place in the file, otherwise by its number."""
        return self.places[index] if self.places else f"Prompt {index + 1:,}"

    def without_faulty(self) -> "BatchDraft | None":
        """Return the batch without the bodies that do not fit their webhook; None: all have faults."""
        fit = tuple(body for place, body in enumerate(self.bodies) if place not in self.faults)
        lineages = tuple(lineage for place, lineage in enumerate(self.lineages) if place not in self.faults)
        places = tuple(name for place, name in enumerate(self.places) if place not in self.faults)
        return replace(self, bodies=fit, faults={}, lineages=lineages, places=places) if fit else None

    def repeated(self) -> frozenset[int]:
        """Indices of bodies that equal an earlier one of this batch, other than those that are wanted several times."""
        first: dict[str, int] = {}
        numbered = ((place, place // self.sampling.times, body) for place, body in enumerate(self.bodies))
        return frozenset(
            place for place, number, body in numbered if first.setdefault(fingerprint(body), number) != number
        )

    def common_words(self) -> frozenset[str]:
        """Return the words that all its prompts have, for a long batch only the first and the last ones; empty for a
        single prompt."""
        sample_bodies = [*self.bodies[:SEEN_PROMPTS], *self.bodies[-SEEN_PROMPTS:]]
        return common_words(one_line(text) for body in sample_bodies if isinstance(text := body.get(PROMPT), str))

    def varying(self) -> tuple[str, ...]:
        """Names of inputs other than the prompt that differ between bodies."""
        names = dict.fromkeys(name for body in self.bodies for name in body if name != PROMPT)
        first = self.bodies[0]
        return tuple(n for n in names if any(n not in body or body[n] != first.get(n) for body in self.bodies))


def draft_of(
    inputs: Inputs,
    *,
    lines: bool,
    combine: Combine,
    seed: int | None = None,
    lists: Lists = no_lists,
    random: RandomInputs = NOTHING_RANDOM,
) -> BatchDraft:
    """Draft of the prompt panel's inputs; `lines`: each line of the prompt is one prompt. Chance takes the `seed` that is
    written there, this one, or a new one. `lists` reads word lists; numbers are drawn for `random` inputs. Raises BatchError."""
    text = inputs.get(PROMPT)
    written = ParsedPrompt.of(text) if isinstance(text, str) else ParsedPrompt("", {})
    fixed = {key: value for key, value in inputs.items() if key != PROMPT or not isinstance(value, str)}
    prompts = written.lines if lines else (written.prompt,) if written.prompt else ()
    seed = next(choice for choice in (written.sampling.seed, seed, new_seed()) if choice is not None)
    sampling = replace(written.sampling, seed=seed)
    matrix = BatchMatrix.of({**fixed, **written.settings}, prompts, seed, lists)
    combined = matrix.bodies(combine, sampling)
    bodies = checked(random.drawn(combined, seed))
    total = matrix.count(combine)
    if not (matrix.random or any(map(random.open_in, combined))) and (sampling.take is None or sampling.take >= total):
        sampling = written.sampling
    elif written.sampling.seed is None and isinstance(inputs.get(PROMPT, ""), str):
        inputs = {**inputs, PROMPT: sampling.recorded_in(text if isinstance(text, str) else "")}
    title = " · ".join([_title(prompts, fixed | dict(written.settings)), *sampling.lines])
    axes = [(axis.name, tuple(map(str, axis.values[:_MOST_KEPT]))) for axis in matrix.axes]
    if sampling.times > 1:
        axes.append(("times", tuple(map(str, range(1, sampling.times + 1)[:_MOST_KEPT]))))
    source = BatchSource(title, inputs, tuple(axes))
    draft = BatchDraft(source, bodies, matrix.axes, matrix.loose, unexpanded=_left_in(inputs, bodies))
    return replace(draft, sampling=sampling, sampled=sampling.describe(total))


def _left_in(inputs: Inputs, bodies: Sequence[Inputs]) -> Unexpanded | None:
    """Find text that looks like a pattern after those in `inputs` were expanded: of other programs, or from a word
    list."""
    own = unescaped(inputs)  # otherwise braces in the bodies may be intended
    return find_unexpanded([inputs], own=False) or find_unexpanded(bodies, own=own)


def asks_for_batch(inputs: Inputs) -> bool:
    """Return whether the inputs contain several values, or a faulty attempt at that."""
    text = inputs.get(PROMPT)
    try:
        written = ParsedPrompt.of(text) if isinstance(text, str) else None
        if written is not None and (written.settings or written.sampling != EVERYTHING or has_groups(written.prompt)):
            return True
        return any(
            key != PROMPT and isinstance(value, str) and (values_of(value) is not None or has_groups(value))
            for key, value in inputs.items()
        )
    except BatchError:
        return True


def draft_from(
    title: str, bodies: Iterable[Inputs], lineages: Iterable[Lineage] = (), places: Sequence[str] = ()
) -> BatchDraft:
    """Draft existing bodies, such as a file's or those that failed. Raises BatchError.

    `lineages` has one for each body, or none; `places` names the bodies in the file.
    """
    checked_bodies = checked(list(bodies), places)
    draft = BatchDraft(
        BatchSource(title), checked_bodies, lineages=tuple(lineages), unexpanded=find_unexpanded(checked_bodies)
    )
    return replace(draft, places=tuple(places))


def line_count(inputs: Inputs) -> int:
    """Number of prompts when each line is one."""
    text = inputs.get(PROMPT)
    return len(ParsedPrompt.of(text).lines) if isinstance(text, str) else 0


def checked(bodies: Sequence[Inputs], places: Sequence[str] = ()) -> tuple[Inputs, ...]:
    """Check that the bodies may be sent; `places` name them in a file. Raises BatchError."""
    refuse_if_too_many(len(bodies))
    together = 0
    for index, body in enumerate(bodies):
        place = places[index] if places else f"Prompt {index + 1:,}"
        if not any(value != "" for value in body.values()):
            raise BatchError(f"{place} would be empty.")
        text = canonical(body)
        if (fault := text_fault(text)) is not None:
            raise BatchError(f"{place} {fault}")
        size = len(text.encode())
        together += size
        if size > LARGEST:
            raise BatchError(f"{place} has a prompt and inputs that are larger than 1 MiB together.")
        if together > LARGEST_TOGETHER:
            raise BatchError(f"The batch is larger than {LARGEST_TOGETHER // 2**20} MiB; split it.")
    if not bodies:
        raise BatchError("Nothing to send: no prompts in it.")
    return tuple(bodies)


def _title(prompts: Sequence[str], fixed: Inputs) -> str:
    if not prompts:
        return ", ".join(f"{key}={value}" for key, value in fixed.items())
    more = len(prompts) - 1
    return f"{prompts[0]} · and {more:,} more" if more else prompts[0]


# What a batch costs in time.


@dataclass(frozen=True, slots=True)
class BatchEstimate:
    """Estimate of a batch before it is sent."""

    count: int
    """Runs that it starts."""
    ahead: int
    """Prompts that are queued before it."""
    send_s: float | None
    """Seconds until the last of it is sent; None: nothing is sent now."""
    finish_s: float | None
    """Seconds until the last of it will probably have ended; None: too little history to say, or nothing is sent."""
    blocked: SafeText | None
    """Why nothing is sent now."""
    amount: str = ""
    """Its cost by the user's own price; empty: unknown."""
    left: int | None = None
    """How many more would be sent before a run limit is reached; None: there is none."""

    @property
    def over(self) -> int:
        """Runs of it that wait for a run limit to open."""
        return 0 if self.left is None else max(0, self.count - self.left)


def estimate_batch(count: int, drain: QueueEstimate, durations: DurationModel, max_active: int | None) -> BatchEstimate:
    """Estimate `count` more runs after the queue's `drain`; `max_active` is the queue's limit."""
    if drain.blocked is not None or drain.seconds is None:
        return BatchEstimate(count, drain.queued, None, None, drain.blocked)
    send_s = drain.seconds + count * 60.0 / drain.a_minute
    return BatchEstimate(count, drain.queued, send_s, finish_s(count, send_s, durations, max_active), None)


def finish_s(count: int, send_s: float, durations: DurationModel, max_active: int | None) -> float | None:
    """Estimate the seconds until `count` runs have ended if the last is sent in `send_s`; None: too little history.

    The slowest run decides: of n runs about one is slower than the quantile n/(n + 1) of past durations. If only
    `max_active` may run at once, they may instead need several rounds of the typical length, if that takes longer.
    """
    if durations.total is None:
        return None
    rounds_s = 0.0 if max_active is None else ceil(count / max_active) * durations.total.quantile(0.5)
    return max(send_s + durations.total.quantile(count / (count + 1)), rounds_s)
