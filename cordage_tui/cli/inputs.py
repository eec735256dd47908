"""What is to be sent, out of the words of a command line: a prompt, then `key=value`, `key:=json`, `key=@file`."""

import os
import re
import stat
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from cordage_tui.cli.errors import UsageError
from cordage_tui.domain.inputs import PROMPT, Inputs, Json
from cordage_tui.domain.text import one_line
from cordage_tui.domain.webhook import Webhook
from cordage_tui.engine.input_fields import InputField, InvalidFieldValue, Value, declared, json_of, typed

LARGEST: Final = 2**20
"""Bytes of a prompt or a file that becomes a value."""

_INPUT: Final = re.compile(r"(?P<name>[A-Za-z_][\w.-]{0,59})(?P<sign>:=|=@|=)(?P<value>.*)", re.DOTALL | re.ASCII)
_HELP: Final = "See: cordage-tui trigger --help"


def inputs_of(words: Sequence[str], declared_inputs: Mapping[str, Json]) -> dict[str, Value]:
    """What `words` give to a webhook that declares these inputs, each value of the kind that its input has; a lone `-` is a prompt
    on stdin. Raises UsageError."""
    fields = {field.name: field for field, _ in declared(declared_inputs)}
    found: dict[str, Value] = {}
    for place, word in enumerate(words):
        name, value = _named(word, fields) if _INPUT.fullmatch(word) else (PROMPT, _prompt(word, place))
        if name in found:
            raise UsageError(f"There are two values for {one_line(name, 60)!r}.", f"Give each input once. {_HELP}")
        found[name] = value.strip() if name == PROMPT and isinstance(value, str) else value
    return found


def check_names(names: Iterable[str], webhook: Webhook) -> None:
    """Raise UsageError for an input that the webhook does not declare, where it declares any: with a name that was mistyped a run
    would be paid for without it."""
    if not webhook.inputs:
        return
    known = list(dict.fromkeys([PROMPT, *webhook.inputs]))
    for name in names:
        if name not in known:
            from cordage_tui.config.errors import suggest

            raise UsageError(
                f"Webhook {webhook.name!r} has no input {one_line(name, 60)!r}.{suggest(name, known)}",
                f"It has {one_line(', '.join(known), 200)}. To send another all the same: --undeclared",
            )


def check_not_empty(inputs: Inputs) -> None:
    """Raises UsageError where a run would be started with nothing in it."""
    if not any(value != "" for value in inputs.values()):
        raise UsageError("There is nothing to send.", f"Give a prompt, or key=value. {_HELP}")


def stdin_text() -> str:
    """All of stdin. Raises UsageError where it is too long, or no text."""
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError("- reads stdin, and stdin is a terminal.", "Pipe the prompt into it.")
    return _text(sys.stdin.buffer.read(LARGEST + 1), "stdin")


def _prompt(word: str, place: int) -> str:
    if word == "-":
        return stdin_text().rstrip("\r\n")
    if place:
        raise UsageError(
            f"{one_line(word, 60)!r} is no input: those are key=value, key:=json or key=@file.",
            f"Quote a prompt of several words. {_HELP}",
        )
    return word


def _named(word: str, fields: Mapping[str, InputField]) -> tuple[str, Value]:
    found = _INPUT.fullmatch(word)
    assert found is not None
    name, sign, value = found["name"], found["sign"], found["value"]
    if sign == "=@":
        return name, _contents(Path(value))
    try:
        if sign == ":=":
            return name, json_of(value)
        return name, typed(fields[name], value) if name in fields else value
    except InvalidFieldValue as wrong:
        example = f"""An example that works: {name}:='{{"x": 1}}'""" if sign == ":=" else _HELP
        raise UsageError(f"{name}{sign} {wrong.words}", example) from None


def _contents(path: Path) -> str:
    """The text of a file, whole; a pipe without a writer would hold us for ever."""
    try:
        path = path.expanduser()
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise UsageError(f"{path} is not a regular file.", _HELP)
            return _text(file.read(LARGEST + 1), str(path))
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: there is no such home
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise UsageError(f"{path} cannot be read: {reason}.", _HELP) from None


def _text(data: bytes, source: str) -> str:
    if len(data) > LARGEST:
        raise UsageError(f"{source} is larger than {LARGEST // 2**20} MiB.", _HELP)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{source}: byte {error.start + 1} is not UTF-8.", "Save it as UTF-8.") from None
