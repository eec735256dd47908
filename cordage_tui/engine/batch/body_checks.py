"""Checks of request bodies against the inputs that their webhook declares, before they cost anything."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from cordage_tui.config.errors import suggest
from cordage_tui.domain.inputs import PROMPT, Inputs, Json, holds_prompt, nearly_prompt, value_words
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.engine.input_fields import FieldKind, InputField, declared

SHOWN: Final = 60
"""Characters of a name or value that an error quotes."""


class InputFault(NamedTuple):
    """Error of one input of a body."""

    name: str
    words: SafeText
    """The fault, as a sentence."""

    def __str__(self) -> str:
        return f"{one_line(self.name, SHOWN)}: {self.words}"


NO_PROMPT: Final = InputFault(PROMPT, SafeText("Missing."))
"""Fault of a body whose prompt is missing."""
_WRAPPERS: Final = frozenset(("body", "data", "input", "inputs", "items", "payload", "prompts", "rows", "runs"))
"""Names of inputs that are probably a wrapper around the real inputs."""

Faults: TypeAlias = Mapping[int, tuple[InputFault, ...]]
"""Places of bodies that do not fit their webhook, with their faults."""


class BodyChecker:
    """Checks bodies for one webhook, by its `inputs` setting; one that declares none takes any, unless it is
    `closed`."""

    def __init__(
        self,
        inputs: Mapping[str, Json],
        *,
        free: Collection[str] = (),
        allowed: Collection[str] = (),
        closed: bool = False,
    ) -> None:
        """Create a checker.

        `free`: undeclared names that are accepted, such as fields the user has added, unless they nearly equal a
        declared name. `allowed`: names that are always accepted. `closed`: a webhook without declared inputs takes
        only a prompt.
        """
        self._free = free
        self._allowed = allowed
        self._fields = {field.name: field for field, _ in declared(inputs)}
        self._known = [PROMPT, *self._fields] if inputs or closed else []
        self._has_prompt = bool(inputs.get(PROMPT))

    def knows(self, name: str) -> bool:
        """Return whether that is the prompt or a declared input."""
        return name == PROMPT or name in self._fields

    def known_as(self, name: str) -> str | None:
        """Return the prompt or the declared input that a person means by a name, in any case; None: neither."""
        if self.knows(name):
            return name
        folded = name.casefold()
        alike = [field for field in (PROMPT, *self._fields) if field.casefold() == folded]
        return alike[0] if len(alike) == 1 else None

    def field(self, name: str) -> InputField | None:
        """Return the declared input of that name."""
        return self._fields.get(name)

    def faults(self, bodies: Sequence[Inputs]) -> Faults:
        """Map the places of the bodies that do not fit the webhook to their faults.

        A body without a prompt is wrong if others of the batch have one, or if another input is probably meant as
        one.
        """
        prompted = any(body.get(PROMPT) for body in bodies)
        faults_of: dict[int, tuple[InputFault, ...]] = {}
        for place, body in enumerate(bodies):
            wrong = [
                InputFault(name, sentence) for name, value in body.items() if (sentence := self._fault(name, value))
            ]
            if (prompted or body.get(PROMPT) == "") and not body.get(PROMPT) and not self._has_prompt:
                wrong.insert(0, NO_PROMPT)
            if not self._known and not body.get(PROMPT):
                wrong += self._in_place_of_prompt(body)
            if wrong:
                faults_of[place] = tuple(wrong)
        return faults_of

    def _in_place_of_prompt(self, body: Inputs) -> Iterator[InputFault]:
        """Find the inputs that a body without a prompt has in its place; a webhook without declared inputs would
        charge for it."""
        for name, value in body.items():
            if name in self._free or name in self._allowed:
                continue
            if nearly_prompt(name):
                yield InputFault(name, one_line(f"Unknown input. Did you mean {PROMPT!r}?"))
            elif name.casefold() in _WRAPPERS and (
                isinstance(value, Sequence | Mapping) and not isinstance(value, str)
            ):
                yield InputFault(name, SafeText("It wraps inputs, and the run would have no prompt."))
            elif holds_prompt(value):
                yield InputFault(name, SafeText("It has a prompt inside, and the run would have none."))

    def _fault(self, name: str, value: Json) -> SafeText | None:
        if name == PROMPT:
            return None if isinstance(value, str) else SafeText("Must be text.")
        if name in self._fields:
            return _misfit(self._fields[name], value)
        if not self._known or name in self._allowed:
            return None
        nearest = suggest(name, self._known)
        return None if name in self._free and not nearest else one_line(f"Unknown input.{nearest}")


def _misfit(field: InputField, value: Json) -> SafeText | None:
    """Return why a value does not fit a field; None: it does, as JSON's null always does."""
    if value is None:
        return None
    if field.kind is FieldKind.NUMBER and (isinstance(value, bool) or not isinstance(value, int | float)):
        return one_line(f"{_quoted(value)} is not a number.")
    if field.kind is FieldKind.BOOLEAN and not isinstance(value, bool):
        return one_line(f"{_quoted(value)} is neither true nor false.")
    if field.kind is FieldKind.CHOICE and not any(_same(value, option) for option in field.options):
        choices = [value_words(option) for option in field.options]
        return one_line(f"{_quoted(value)} is not a choice.{suggest(value_words(value), choices)}")
    if field.kind is FieldKind.TEXT and isinstance(value, bool | Sequence | Mapping) and not isinstance(value, str):
        return one_line(f"{_quoted(value)} is not text.")
    return None


def _same(value: Json, other: Json) -> bool:
    return value == other and isinstance(value, bool) is isinstance(other, bool)


def _quoted(value: Json) -> str:
    return repr(str(one_line(value_words(value), SHOWN)))
