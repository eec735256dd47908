"""A batch as it would be sent: every body, and what they were made from."""

from collections.abc import Iterable, Sequence
from typing import Final

from cordage_tui.domain.fast_dataclass import dataclass, field
from cordage_tui.domain.inputs import PROMPT, Inputs, canonical, fingerprint
from cordage_tui.domain.run import BatchSource
from cordage_tui.engine.batch.errors import BatchError, refuse_if_too_many
from cordage_tui.engine.batch.matrix import Axis, BatchMatrix, Combine
from cordage_tui.engine.batch.pattern import has_groups
from cordage_tui.engine.batch.values import values_of
from cordage_tui.engine.batch.written import ParsedPrompt

LARGEST: Final = 2**20
"""UTF-8 bytes of one body."""
LARGEST_TOGETHER: Final = 64 * 2**20
"""UTF-8 bytes of all bodies."""
_MOST_KEPT: Final = 200
"""Values of an axis that are kept with the batch, to be shown."""


@dataclass(frozen=True, slots=True)
class BatchDraft:
    """What a batch consists of. At least one body; each has something in it and can be sent."""

    source: BatchSource
    bodies: tuple[Inputs, ...] = field(repr=False)
    axes: tuple[Axis, ...] = ()
    loose: bool = False
    """Some text has a brace without its counterpart; it is sent as it is."""

    def repeated(self) -> frozenset[int]:
        """Places of bodies that are the same to a server as one before them in this batch."""
        first: dict[str, int] = {}
        return frozenset(
            place for place, body in enumerate(self.bodies) if first.setdefault(fingerprint(body), place) != place
        )

    def varying(self) -> tuple[str, ...]:
        """Names of the inputs besides the prompt that are not the same in all bodies."""
        names = dict.fromkeys(name for body in self.bodies for name in body if name != PROMPT)
        first = self.bodies[0]
        return tuple(n for n in names if any(n not in body or body[n] != first.get(n) for body in self.bodies))


def draft_of(inputs: Inputs, *, lines: bool, combine: Combine) -> BatchDraft:
    """What stands in the prompt panel, as a batch; `lines`: each line of the prompt is one. Raises BatchError."""
    text = inputs.get(PROMPT)
    written = ParsedPrompt.of(text) if isinstance(text, str) else ParsedPrompt("", {})
    fixed = {key: value for key, value in inputs.items() if key != PROMPT or not isinstance(value, str)}
    prompts = written.lines if lines else (written.prompt,) if written.prompt else ()
    matrix = BatchMatrix.of({**fixed, **written.settings}, prompts)
    bodies = checked(matrix.bodies(combine))
    title = _title(prompts, fixed | dict(written.settings))
    return BatchDraft(BatchSource(title, inputs, _kept(matrix.axes)), bodies, matrix.axes, matrix.loose)


def asks_for_batch(inputs: Inputs) -> bool:
    """Whether several values stand in what was written, or something that looks so and cannot be."""
    text = inputs.get(PROMPT)
    try:
        written = ParsedPrompt.of(text) if isinstance(text, str) else None
        if written is not None and (written.settings or has_groups(written.prompt)):
            return True
        return any(
            key != PROMPT and isinstance(value, str) and (values_of(value) is not None or has_groups(value))
            for key, value in inputs.items()
        )
    except BatchError:
        return True


def draft_from(title: str, bodies: Iterable[Inputs]) -> BatchDraft:
    """A batch of bodies that stand already, such as a file's or those that failed. Raises BatchError."""
    return BatchDraft(BatchSource(title), checked(list(bodies)))


def line_count(inputs: Inputs) -> int:
    """How many prompts there are when each line is one."""
    text = inputs.get(PROMPT)
    return len(ParsedPrompt.of(text).lines) if isinstance(text, str) else 0


def checked(bodies: Sequence[Inputs]) -> tuple[Inputs, ...]:
    """The bodies, if they may be sent. Raises BatchError."""
    refuse_if_too_many(len(bodies))
    together = 0
    for place, body in enumerate(bodies, 1):
        if not any(value != "" for value in body.values()):
            raise BatchError(f"Prompt {place:,} would be empty.")
        size = len(canonical(body).encode("utf-8", "surrogatepass"))
        together += size
        if size > LARGEST:
            raise BatchError(f"Prompt {place:,} and its inputs are larger than 1 MiB together.")
        if together > LARGEST_TOGETHER:
            raise BatchError(
                f"All together is larger than {LARGEST_TOGETHER // 2**20} MiB; make several batches of it."
            )
    if not bodies:
        raise BatchError("Nothing to send: no prompts in it.")
    return tuple(bodies)


def _title(prompts: Sequence[str], fixed: Inputs) -> str:
    if not prompts:
        return ", ".join(f"{key}={value}" for key, value in fixed.items())
    more = len(prompts) - 1
    return f"{prompts[0]} · and {more:,} more" if more else prompts[0]


def _kept(axes: Iterable[Axis]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((axis.name, tuple(str(value) for value in axis.values[:_MOST_KEPT])) for axis in axes)
