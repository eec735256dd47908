"""Preview of a batch."""

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Button

from cordage_tui.domain.base.fast_dataclass import dataclass, replace
from cordage_tui.domain.confirmation import number_to_type
from cordage_tui.domain.formatting import counted, format_estimate
from cordage_tui.domain.inputs import PROMPT, Inputs, prompt_of, value_words
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.engine.batch.draft import BatchDraft, BatchEstimate
from cordage_tui.engine.batch.expand import Axis, Combine
from cordage_tui.engine.batch.pattern import BatchError
from cordage_tui.store.errors import StoreError
from cordage_tui.ui.dialogs.list_dialog import ListDialog
from cordage_tui.ui.keys.action import Action, bindings_of
from cordage_tui.ui.keys.disabled_reasons import DisabledReason
from cordage_tui.ui.keys.footer import key_of
from cordage_tui.ui.notifications import toast
from cordage_tui.ui.run_table.cell_texts import pieces_of
from cordage_tui.ui.widgets.tables import LazySequence
from cordage_tui.ui.widgets.text import literal

# Values of the preview.


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """Batch, and what would be sent of it now."""

    draft: BatchDraft
    """Whole batch, including prompts that are not sent."""
    sent: BatchDraft | None
    """Part of the batch that is sent; None if nothing can be sent."""
    price: BatchEstimate
    before: frozenset[int]
    """Indexes of bodies that were submitted to this webhook before."""
    repeated: frozenset[int]
    """Indexes of bodies that repeat an earlier body of this batch."""


@dataclass(frozen=True, slots=True)
class ParseOptions:
    """Options for parsing a batch."""

    lines: bool = False
    """True if each line of the text is a prompt."""
    combine: Combine = Combine.PRODUCT
    faulty: bool = False
    """True if prompts that do not fit the webhook are sent, too."""


Propose: TypeAlias = Callable[[ParseOptions], BatchPlan]
"""Function that makes the plan with these options. Raises BatchError and StoreError."""


@dataclass(frozen=True, slots=True)
class PreviewRequest:
    """Parameters of a batch preview."""

    webhook: SafeText
    propose: Propose
    reading: ParseOptions = ParseOptions()
    protected: bool = False
    """True if the profile requires the number of runs to be typed, even for a small batch."""
    by_lines: bool = False
    """True if there are several lines, so the user can choose whether each one is a prompt."""
    written: bool = False
    """True if the text is in the prompt panel and can be sent as one prompt, unexpanded."""


# Lines of the preview. Pure functions.

NOTE: Final = 11
"""Cells of the column that marks prompts that were already run."""
_SHOWN_VALUES: Final = 6
"""Most values of an axis that are named."""

_LONGEST_VALUE: Final = 24
"""Most characters of a value that are shown."""


def price_words(price: BatchEstimate) -> SafeText:
    """Return `48 runs, 48s to send, about 9m 00s to finish`, or the parts of it that are known."""
    parts = [counted(price.count, "run") + (f", {price.amount}" if price.amount else "")]
    if price.ahead:
        parts[0] += f" after {price.ahead:,} that wait{'s' if price.ahead == 1 else ''}"
    if price.send_s is not None:
        seconds = round(price.send_s)
        parts.append(f"{seconds}s to send" if seconds < 60 else f"{format_estimate(price.send_s)} to send")
    if price.finish_s is not None:
        parts.append(f"{format_estimate(price.finish_s)} to finish")
    if price.left is not None and not price.over:
        parts.append(f"{price.left:,} left of the run limit")
    return one_line(", ".join(parts))


def summary(plan: BatchPlan, combine: Combine, width: int) -> list[Content]:
    """Return the lines above the list: cost and time, what varies, and warnings."""
    price = price_words(plan.price) if plan.sent is not None else SafeText("Nothing to run")
    lines = [literal(price, "$foreground bold")]
    if len(plan.draft.axes) > 1:
        sign = " × " if combine is Combine.PRODUCT else " + "
        lines.append(literal(one_line(sign.join(axis_words(axis) for axis in plan.draft.axes), 1_000), "$quiet"))
    lines += [
        literal(sentence, "$quiet") for sentence in [one_line(plan.draft.sampled), added_words(plan.draft)] if sentence
    ]
    lines += [literal(sentence, "$run-wait") for sentence in warnings(plan)]
    return [part for line in lines for part in line.wrap(max(2, width))]


def axis_words(axis: Axis) -> str:
    """Return `style: noir, ink`. If there are many values, the first ones and their number."""
    shown = ", ".join(one_line(value_words(value), _LONGEST_VALUE) for value in axis.values[:_SHOWN_VALUES])
    more = f" … ({len(axis.values):,})" if len(axis.values) > _SHOWN_VALUES else ""
    return f"{axis.name}: {shown}{more}"


def added_words(draft: BatchDraft) -> SafeText:
    """Return the inputs of the panel that are added to a file, `From the panel: style noir · seed 7`; empty if there are
    none."""
    inputs = " · ".join(f"{name} {one_line(value_words(value), _LONGEST_VALUE)}" for name, value in draft.added.items())
    return one_line(f"From the panel: {inputs}" if inputs else "")


def warnings(plan: BatchPlan) -> list[SafeText]:
    """Return the warnings about the batch, one sentence each."""
    sentences: list[str] = []
    if plan.price.blocked is not None:
        sentences.append(f"Nothing is sent yet: {plan.price.blocked}")
    if over := plan.price.over:
        sentences.append(
            f"{'All' if over == plan.price.count else f'{over:,}'} of them {'waits' if over == 1 else 'wait'} in the queue until"
            " the run limit opens."
        )
    if faulty := len(plan.draft.faults):
        verb = "does" if faulty == 1 else "do"
        not_sent = "" if plan.sent is plan.draft else f" and {'is' if faulty == 1 else 'are'} not sent"
        sentences.append(f"{faulty:,} of {len(plan.draft.bodies):,} {verb} not fit the webhook's inputs{not_sent}.")
    if plan.before:
        sentences.append(f"{len(plan.before):,} of them already run or queued.")
    if plan.repeated:
        sentences.append(
            f"{len(plan.repeated):,} of them {'is' if len(plan.repeated) == 1 else 'are'} the same as one above."
        )
    if plan.draft.unexpanded is not None:
        sentences.append(str(plan.draft.unexpanded))
    if plan.draft.loose:
        sentences.append("An unmatched brace is sent literally.")
    return [one_line(sentence, 1_000) for sentence in sentences]


def body_lines(plan: BatchPlan, width: int) -> Sequence[Content]:
    """Return a line of `width` cells for each body: its number, its prompt, the other inputs that vary, and whether it was
    already run."""
    bodies, varying, common = plan.draft.bodies, plan.draft.varying(), plan.draft.common_words()
    digits = len(f"{len(bodies):,}")
    room = width - digits - 2 - (NOTE if plan.repeated or plan.before else 0)

    def line(index: int) -> Content:
        if index in plan.draft.faults:
            return _faulty_line(plan, index, digits, width)
        note = "same above" if index in plan.repeated else "already run" if index in plan.before else ""
        middle = body_words(bodies[index], varying, common, max(1, room))
        gap = " " * (max(0, room - middle.cell_length) + NOTE - len(note)) if note else ""
        return Content.assemble((f"{index + 1:>{digits},}  ", "$quiet"), middle, gap, (note, "$run-wait"))

    return LazySequence(len(bodies), lambda first, end: map(line, range(first, end)))


def _faulty_line(plan: BatchPlan, index: int, digits: int, width: int) -> Content:
    """Return `✖ 3  style: 'inkk' is not a choice.  a red fox`. The error comes first, because the user has to correct it."""
    body = plan.draft.bodies[index]
    origin = f"{plan.draft.place(index)}: " if plan.draft.places else ""
    error = one_line(origin + " ".join(map(str, plan.draft.faults[index])), 1_000)
    prompt = literal(one_line(prompt_of(body)), "$quiet")
    line = Content.assemble(
        (f"{index + 1:>{digits},} ", "$quiet"), ("✖ ", "$run-bad"), literal(error, "$run-bad"), "  ", prompt
    )
    return line.truncate(max(1, width), ellipsis=True)


def body_words(body: Inputs, varying: Sequence[str], common: frozenset[str], width: int) -> Content:
    """Return `a red fox  style noir · seed 3` in at most `width` cells. The inputs get at most half of them. Words that are not
    `common` to all prompts of the batch have the accent colour."""
    rest = one_line(" · ".join(f"{name} {value_words(body[name])}" for name in varying if name in body))
    inputs = literal(rest, "$accent").truncate(max(1, width // 2), ellipsis=True) if rest else Content("")
    text = body.get(PROMPT)
    name = one_line(text if isinstance(text, str) else ("" if rest else prompt_of(body)))
    room = width - (inputs.cell_length + 2 if rest and name else inputs.cell_length)
    pieces = [literal(SafeText(piece), "$accent" if new else "$foreground") for piece, new in pieces_of(name, common)]
    prompt = Content.assemble(*pieces).truncate(max(1, room), ellipsis=True)
    return Content.assemble(prompt, "  " if rest and name else "", inputs)


# Confirmation of a batch: each body that would be sent, and the time the batch takes.


class CombineOrPair(Action["BatchPreview"]):
    """Switch between all combinations and paired values."""

    id, keys, word = "batch.combine", "ctrl+t", "combine or pair"
    in_footer = True

    def reason(self, on: "BatchPreview") -> DisabledReason | None:
        return None if on.can_combine else DisabledReason(SafeText("Only one input varies: there is nothing to pair."))

    def run(self, on: "BatchPreview") -> None:
        other = Combine.PRODUCT if on.options.combine is Combine.ZIP else Combine.ZIP
        on.read_as(replace(on.options, combine=other))


class SplitLines(Action["BatchPreview"]):
    """Switch between one prompt per line and one prompt in all."""

    id, keys, word = "batch.lines", "ctrl+l", "lines"
    in_footer = True

    def reason(self, on: "BatchPreview") -> DisabledReason | None:
        return None if on.offer.by_lines else DisabledReason(SafeText("The prompt is on one line."))

    def run(self, on: "BatchPreview") -> None:
        on.read_as(replace(on.options, lines=not on.options.lines))


class SendFaultyPrompts(Action["BatchPreview"]):
    """Send prompts too that do not fit the webhook's inputs, or leave them out."""

    id, keys, word = "batch.faulty", "ctrl+e", "with errors"
    in_footer = True

    def reason(self, on: "BatchPreview") -> DisabledReason | None:
        return None if on.has_faults else DisabledReason(SafeText("No prompt has an error."))

    def run(self, on: "BatchPreview") -> None:
        on.read_as(replace(on.options, faulty=not on.options.faulty))


class SendLiterally(Action["BatchPreview"]):
    """Send the text as one prompt, unexpanded."""

    id, keys, word = "batch.literally", "ctrl+o", "as one prompt"
    in_footer = sends = True

    def reason(self, on: "BatchPreview") -> DisabledReason | None:
        if on.offer.written:
            return None
        return DisabledReason(SafeText("This batch was not written in the prompt panel."))

    def run(self, on: "BatchPreview") -> None:
        on.answer_literally()


class BatchPreview(ListDialog):
    """Preview of a batch, and the question whether to send it. Returns True to send `chosen`, False to send nothing.

    If `chosen` is None, the text is sent as one prompt, unexpanded.
    """

    ACTIONS = (CombineOrPair(), SplitLines(), SendFaultyPrompts(), SendLiterally())
    BINDINGS = bindings_of(ACTIONS)

    def __init__(self, offer: PreviewRequest) -> None:
        super().__init__(one_line(f"Batch → {offer.webhook}"), (), one_line("Run"))
        self.offer = offer
        self.options = offer.reading
        self._plan: BatchPlan | None = None
        self._problem: SafeText | None = None
        self.chosen: BatchDraft | None = None

    def compose_more(self) -> ComposeResult:
        if self.offer.written:
            yield Button(literal(one_line("As one prompt")), id="literally", compact=True)

    def read_as(self, options: ParseOptions) -> None:
        """Parse the batch with these options, and show the result."""
        self.options = options
        self.show()

    @on(Button.Pressed, "#literally")
    def answer_literally(self) -> None:
        """Answer that the text is sent as one prompt."""
        if self.takes_yes():
            self.chosen = None
            self.dismiss(True)

    def answer_yes(self) -> None:
        self.chosen = self._plan.sent if self._plan else None
        super().answer_yes()

    @property
    def has_faults(self) -> bool:
        """True if prompts do not fit the webhook's inputs."""
        return bool(self._plan and self._plan.draft.faults)

    @property
    def can_combine(self) -> bool:
        """True if the values can be paired, or if pairing them failed."""
        axes = self._plan.draft.axes if self._plan else ()
        return len(axes) > 1 or self.options.combine is Combine.ZIP

    @on(Button.Pressed, "#no")
    def _show_cancelled(self) -> None:
        """Show that nothing was run. The focus is on Cancel, so somebody who presses Enter to continue may expect a run."""
        advice = "" if self._typed else f" {key_of(self, 'dialog.yes')} runs a previewed batch."
        toast(self.app, one_line(f"Nothing was run.{advice}"))

    def show(self) -> None:
        """Make the plan and show it, or show why there is none."""
        self._problem = None
        try:
            self._plan = self.offer.propose(self.options)
        except (BatchError, StoreError) as error:
            self._plan, self._problem = None, error.what
        self.refresh_bindings()
        count = len(self._plan.sent.bodies) if self._plan and self._plan.sent else 0
        typed = number_to_type(count, listed=True, always=self.offer.protected)
        self.set_question(one_line(f"Run {count:,}" if count else "Run"), typed, possible=count > 0)
        super().show()

    def list_lines(self, width: int) -> Sequence[Content]:
        return () if self._plan is None else body_lines(self._plan, width)

    def words_above(self, width: int) -> Sequence[Content]:
        if self._plan is None:
            return literal(self._problem or SafeText(""), "$run-bad").wrap(width)
        return summary(self._plan, self.options.combine, width)

    def words_below(self) -> Content:
        """Return the keys for other options, and what they do."""
        zipped, lines = self.options.combine is Combine.ZIP, self.options.lines
        options = []
        if self.can_combine:
            options.append(("ctrl+t", "all combinations" if zipped else "pair values"))
        if self.has_faults:
            options.append(
                ("ctrl+e", "leave out those with errors" if self.options.faulty else "send those with errors, too")
            )
        if self.offer.by_lines:
            options.append(("ctrl+l", "join the lines" if lines else "one prompt per line"))
        parts = [
            Content.assemble(literal(one_line(key), "$accent"), " ", literal(one_line(effect), "$quiet"))
            for key, effect in options
        ]
        return Content("   ").join(parts)
