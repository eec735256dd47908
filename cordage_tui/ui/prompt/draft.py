"""Draft of a prompt as one value, its undo steps, the timer that stores it, and drafts that are not stored yet."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from textual.timer import Timer

from cordage_tui.domain.base.fast_dataclass import dataclass, field, replace
from cordage_tui.domain.inputs import LOST, PROMPT, Inputs, Json, canonical, text_fault
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.submission import NO_LINEAGE, Lineage
from cordage_tui.domain.webhook import Webhook
from cordage_tui.store.drafts import Prompts
from cordage_tui.ui.prompt.earlier_prompts import OWN, HistoryPlace, PromptHistory
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
    """Prompt; empty if none is written."""
    fields: Inputs = field(default_factory=dict)
    """Values of the fields, without fields that are left out or invalid."""
    invalid: Mapping[str, SafeText] = field(default_factory=dict)
    """Typed texts that are not valid values, by the name of their field."""
    lineage: Lineage = NO_LINEAGE
    """Run that the draft was made from, and outputs that it names."""
    batch_lines: bool | None = None
    """Set while a loaded batch is edited; Enter previews it. True if each line was a prompt; None if this is no batch."""
    at_rest: str | None = None
    """Canonical fields that are not sent without a prompt, in case Enter was hit by accident; None: any fields are sent."""
    untouched: str | None = None
    """Canonical inputs as the webhook's defaults made them; None if the draft was stored or loaded."""

    @classmethod
    def of(cls, inputs: Inputs) -> "Draft":
        """Return the draft of these inputs. A prompt that is not text becomes a field like any other."""
        return cls(prompt_text(inputs), fields_of(inputs))

    @property
    def inputs(self) -> Inputs:
        """Inputs that the draft is sent as."""
        return {**self.fields, **({PROMPT: self.text} if self.text else {})}

    @property
    def fault(self) -> SafeText | None:
        """Reason why its inputs cannot be sent; None if they can."""
        body = canonical(self.inputs)
        if not self.inputs or (PROMPT not in self.inputs and body == self.at_rest):
            return NOTHING_TYPED
        if size(body) > MAX_BYTES:
            return TOO_LARGE
        if (fault := text_fault(body)) is not None:
            return SafeText(f"Not sent: it {fault}")
        return LOST_CHARACTER if editable(LOST) in body else None

    def is_work(self, *known: Inputs | None) -> bool:
        """Return whether the draft is somebody's work, which would be lost with it: it is neither the default nor one of the
        `known` inputs."""
        body = canonical(self.inputs)
        is_idle = body == self.untouched or (PROMPT not in self.inputs and body in (self.at_rest, canonical({})))
        return not is_idle and body not in [canonical(inputs) for inputs in known if inputs is not None]

    def asks_for_preview(self, declared: Mapping[str, Json]) -> bool:
        """Return whether Enter opens the preview instead of sending. That is so for a batch, for a text that may not be meant
        literally, and for inputs that do not fit the `declared` inputs of the webhook."""
        from cordage_tui.engine.batch.draft import asks_for_batch  # the first screen needs no batches
        from cordage_tui.engine.batch.unexpanded import asks_about

        body = self.inputs
        return self.batch_lines is not None or asks_for_batch(body) or asks_about(body) or _misfits(body, declared)

    def without_field(self, name: str) -> "Draft":
        """Return the draft without the field of that name."""
        fields = {other: value for other, value in self.fields.items() if other != name}
        invalid = {other: text for other, text in self.invalid.items() if other != name}
        return replace(self, fields=fields, invalid=invalid)

    def with_fields(self, fields: Inputs) -> "Draft":
        """Return the draft with these fields set."""
        invalid = {name: text for name, text in self.invalid.items() if name not in fields}
        return replace(self, fields={**self.fields, **fields}, invalid=invalid)


def _misfits(body: Inputs, declared: Mapping[str, Json]) -> bool:
    """Return whether an input does not fit the webhook, such as a choice of an earlier run that is no longer offered."""
    from cordage_tui.engine.batch.body_checks import BodyChecker
    from cordage_tui.engine.batch.random_inputs import RandomInputs

    fixed = {name: value for name, value in body.items() if name not in RandomInputs(declared).open_in(body)}
    return bool(BodyChecker(declared, allowed=fixed).faults([fixed]))


def prompt_text(inputs: Inputs) -> str:
    """Return the prompt of `inputs`; empty if there is none or if it is not text."""
    prompt = inputs.get(PROMPT)
    return prompt if isinstance(prompt, str) else ""


def fields_of(inputs: Inputs) -> Inputs:
    """Return `inputs` without the prompt. A prompt that is not text counts as a field like any other."""
    return {name: value for name, value in inputs.items() if name != PROMPT or not isinstance(value, str)}


@dataclass(frozen=True, slots=True)
class DraftStep:
    """Step of undo or redo: a draft with its webhook, and the user's place in the history."""

    webhook: Webhook | None
    draft: Draft
    place: HistoryPlace = OWN
    history: PromptHistory | None = None
    """History of the webhook; None: the panel's present history."""
    leaves: tuple[Inputs, Lineage] = ({}, NO_LINEAGE)
    """Draft that the previous webhook keeps, if the step changes the webhook."""
    finds: tuple[Inputs, Lineage] = ({}, NO_LINEAGE)
    """Draft that the new webhook had before, if the step changes the webhook."""


DRAFT_S: Final = 0.3
"""Seconds after a change until the draft is stored. A crash can lose what was typed in this time."""


class DraftSaver:
    """Timer that stores a draft soon after each change. It also keeps the inputs that were stored last."""

    def __init__(self, set_timer: Callable[[float, Callable[[], None]], Timer], save: Callable[[], None]) -> None:
        """Create it. `set_timer` calls a function after some seconds, like Textual's; `save` stores the draft."""
        self._set_timer = set_timer
        self._save = save
        self._timer: Timer | None = None
        self._stored: str | None = canonical({})

    def save_soon(self) -> None:
        """Store the draft after `DRAFT_S`."""
        if self._timer is None:
            self._timer = self._set_timer(DRAFT_S, self._save)

    def stop_timer(self) -> None:
        """Cancel the call that `save_soon` has scheduled."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def is_stored(self, inputs: Inputs) -> bool:
        """Return whether these inputs were stored last."""
        return canonical(inputs) == self._stored

    def mark_stored(self, inputs: Inputs) -> None:
        """Record that these inputs are stored."""
        self._stored = canonical(inputs)

    def forget_stored(self) -> None:
        """Store the next draft even if its inputs are stored already, because its lineage may differ."""
        self._stored = None


class UnsavedDrafts:
    """Drafts of the prompt panel on their way to the database, and replaced ones on their way to the history."""

    def __init__(self) -> None:
        self._drafts: dict[str, tuple[Inputs, Lineage]] = {}
        self._replaced: list[tuple[str, Inputs]] = []

    def put(self, webhook_key: str, inputs: Inputs, lineage: Lineage) -> None:
        """Add the draft of a webhook, in place of an older one."""
        self._drafts[webhook_key] = inputs, lineage

    def put_replaced(self, webhook_key: str, inputs: Inputs) -> None:
        """Add a draft that was replaced before it was sent."""
        self._replaced.append((webhook_key, inputs))

    def drop(self, webhook_key: str) -> None:
        """Forget the draft of a webhook, because a later state of it is stored."""
        self._drafts.pop(webhook_key, None)

    def draft(self, webhook_key: str) -> tuple[Inputs, Lineage] | None:
        """Return the draft of a webhook that is not stored yet; None: there is none."""
        return self._drafts.get(webhook_key)

    def write(self, prompts: Prompts, profile: str) -> None:
        """Store all of them. Raises StoreError, and then the rest stays here."""
        for key, (inputs, lineage) in list(self._drafts.items()):
            prompts.save_draft(profile, key, inputs, lineage)
            del self._drafts[key]
        while self._replaced:
            prompts.keep_replaced(profile, *self._replaced[0])
            del self._replaced[0]

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield webhook key and prompt of each that has a text."""
        for key, inputs in [*self._replaced, *((key, inputs) for key, (inputs, _) in self._drafts.items())]:
            if str(inputs.get(PROMPT) or "").strip():
                yield key, str(inputs[PROMPT])
