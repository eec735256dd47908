"""Draft of a prompt as one value, its steps of undo, the timer that stores it, and the guard against sending it twice."""

from collections.abc import Callable, Mapping
from typing import Final

from textual.timer import Timer

from cordage_tui.domain.base.fast_dataclass import dataclass, field, replace
from cordage_tui.domain.inputs import LOST, PROMPT, REPEAT_S, Inputs, Json, canonical, fingerprint, text_fault
from cordage_tui.domain.outbox import NO_LINEAGE, Lineage
from cordage_tui.domain.text import SafeText
from cordage_tui.domain.webhook import Webhook
from cordage_tui.ui.prompt.editor import OWN, HistoryPlace, PromptHistory
from cordage_tui.ui.widgets.text_area import MAX_BYTES, editable, size

NOTHING_TYPED: Final = SafeText("Nothing to send: type a prompt.")
TOO_LARGE: Final = SafeText("Not sent: the prompt and its fields are larger than 1 MiB together.")
LOST_CHARACTER: Final = SafeText(
    "Not sent: it has U+FFFD in the place of a character that was not UTF-8. Type it again."
)


@dataclass(frozen=True, slots=True)
class Draft:
    """Text and fields written for a webhook, and where they came from."""

    text: str = ""
    """Prompt; empty: none is written."""
    fields: Inputs = field(default_factory=dict)
    """Values of the fields, without those that are left out or invalid."""
    invalid: Mapping[str, SafeText] = field(default_factory=dict)
    """Typed texts that are no value, by the name of their field."""
    lineage: Lineage = NO_LINEAGE
    """Run that it was made from, and outputs that it names."""
    batch_lines: bool | None = None
    """Set while a loaded batch is edited, which Enter previews; True: each line was a prompt."""
    at_rest: str | None = None
    """Canonical fields that a stray Enter does not send without a prompt; None: any fields are sent."""
    untouched: str | None = None
    """Canonical inputs that the webhook's defaults gave; None: the draft was stored or loaded."""

    @classmethod
    def of(cls, inputs: Inputs) -> "Draft":
        """Return the draft of these inputs; a prompt that is no text is a field like any other."""
        return cls(prompt_text(inputs), fields_of(inputs))

    @property
    def inputs(self) -> Inputs:
        """Inputs that it makes."""
        return {**self.fields, **({PROMPT: self.text} if self.text else {})}

    @property
    def fault(self) -> SafeText | None:
        """Reason why its inputs cannot be sent; None: they can."""
        body = canonical(self.inputs)
        if not self.inputs or (PROMPT not in self.inputs and body == self.at_rest):
            return NOTHING_TYPED
        if size(body) > MAX_BYTES:
            return TOO_LARGE
        if (fault := text_fault(body)) is not None:
            return SafeText(f"Not sent: it {fault}")
        return LOST_CHARACTER if editable(LOST) in body else None

    def is_work(self, *known: Inputs | None) -> bool:
        """Return whether somebody's work is lost with it: it is no default, and none of the `known` inputs."""
        body = canonical(self.inputs)
        is_idle = body == self.untouched or (PROMPT not in self.inputs and body in (self.at_rest, canonical({})))
        return not is_idle and body not in [canonical(inputs) for inputs in known if inputs is not None]

    def asks_for_preview(self, declared: Mapping[str, Json]) -> bool:
        """Return whether Enter opens the preview instead of sending: it is a batch, may not be meant as it is written, or does
        not fit the `declared` inputs of the webhook."""
        from cordage_tui.engine.batch.draft import asks_for_batch  # the first screen does without batches
        from cordage_tui.engine.batch.unexpanded import asks_about

        body = self.inputs
        return self.batch_lines is not None or asks_for_batch(body) or asks_about(body) or _misfits(body, declared)

    def without_field(self, name: str) -> "Draft":
        """Return it without the field of that name."""
        fields = {other: value for other, value in self.fields.items() if other != name}
        invalid = {other: text for other, text in self.invalid.items() if other != name}
        return replace(self, fields=fields, invalid=invalid)

    def with_fields(self, fields: Inputs) -> "Draft":
        """Return it with these fields set."""
        invalid = {name: text for name, text in self.invalid.items() if name not in fields}
        return replace(self, fields={**self.fields, **fields}, invalid=invalid)


def _misfits(body: Inputs, declared: Mapping[str, Json]) -> bool:
    """Return whether an input does not fit the webhook, such as a choice of an earlier run that is not offered any more."""
    from cordage_tui.engine.batch.checks import BodyChecker
    from cordage_tui.engine.batch.random_inputs import RandomInputs

    known = {name: value for name, value in body.items() if name not in RandomInputs(declared).open_in(body)}
    return bool(BodyChecker(declared, allowed=known).faults([known]))


def prompt_text(inputs: Inputs) -> str:
    """Return the prompt of `inputs`; empty: there is none, or one that is no text."""
    prompt = inputs.get(PROMPT)
    return prompt if isinstance(prompt, str) else ""


def fields_of(inputs: Inputs) -> Inputs:
    """Return `inputs` without the prompt; a prompt that is no text is a field like any other."""
    return {name: value for name, value in inputs.items() if name != PROMPT or not isinstance(value, str)}


@dataclass(frozen=True, slots=True)
class DraftStep:
    """Step of undo and redo: a draft with its webhook and the user's place in the history."""

    webhook: Webhook | None
    draft: Draft
    place: HistoryPlace = OWN
    history: PromptHistory | None = None
    """Of the webhook; None: that of the panel."""
    leaves: tuple[Inputs, Lineage] = ({}, NO_LINEAGE)
    """Draft of the webhook that was shown before, if that is another one."""
    finds: tuple[Inputs, Lineage] = ({}, NO_LINEAGE)
    """Draft that the webhook had before."""


DRAFT_S: Final = 0.3
"""Seconds after a change until the draft is stored: what a crash can lose."""


class DraftSaver:
    """Timer that stores a draft soon after each change, and the inputs that were stored last."""

    def __init__(self, set_timer: Callable[[float, Callable[[], None]], Timer], save: Callable[[], None]) -> None:
        """`set_timer` calls back after seconds, as Textual's does; `save` stores the draft."""
        self._set_timer = set_timer
        self._save = save
        self._timer: Timer | None = None
        self._stored: str | None = canonical({})

    def save_soon(self) -> None:
        """Store the draft after `DRAFT_S`."""
        if self._timer is None:
            self._timer = self._set_timer(DRAFT_S, self._save)

    def stop_timer(self) -> None:
        """Drop the call that `save_soon` has scheduled."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def is_stored(self, inputs: Inputs) -> bool:
        """Return whether these inputs are the stored ones."""
        return canonical(inputs) == self._stored

    def mark_stored(self, inputs: Inputs) -> None:
        """Note that these inputs are stored."""
        self._stored = canonical(inputs)

    def forget_stored(self) -> None:
        """Store the next draft even if its inputs are the stored ones: its lineage may be another."""
        self._stored = None


class DuplicateSubmitGuard:
    """Guard against a stray key that costs money: it detects the same submission twice in a row. Times are arguments."""

    def __init__(self, repeat_s: float = REPEAT_S) -> None:
        self._repeat_s = repeat_s
        self._sent: dict[tuple[str, str], float] = {}

    def sent(self, webhook_key: str, inputs: Inputs, now: float) -> None:
        """Note a submission at `now`, monotonic seconds."""
        self._sent = {body: at for body, at in self._sent.items() if now - at < self._repeat_s}
        self._sent[webhook_key, fingerprint(inputs)] = now

    def refused(self, inputs: Inputs) -> None:
        """Forget a submission that was refused, so that the same body counts as the first again."""
        self._sent = {body: at for body, at in self._sent.items() if body[1] != fingerprint(inputs)}

    def since(self, webhook_key: str, inputs: Inputs, now: float) -> float | None:
        """Return seconds since the same body went to the same webhook; None when it did not, or long enough ago."""
        at = self._sent.get((webhook_key, fingerprint(inputs)))
        return now - at if at is not None and now - at < self._repeat_s else None
