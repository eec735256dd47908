"""Queue as one TOML file, which a user edits, and the changes that were made in it."""

import json
import time
import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from math import isfinite
from pathlib import Path
from typing import Any, Final

import tomli_w

from cordage_tui.config.private_files import create_private
from cordage_tui.domain.inputs import PROMPT, Inputs, Json, canonical, text_fault
from cordage_tui.domain.json_text import InvalidJsonText, json_value
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.output import is_reference
from cordage_tui.domain.queue import Lane
from cordage_tui.domain.queue_changes import QueueChanges, UnsentPrompt, moved_rows
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.submission import StateChange
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.batch.body_checks import BodyChecker, InputFault
from cordage_tui.engine.batch.unexpanded import find_unexpanded
from cordage_tui.engine.errors import describe_change, join_sentences
from cordage_tui.store.runs.row_codecs import escaped

# Form of a prompt: a table with id, webhook and inputs. Values that TOML lacks are JSON under a name that ends with
# `:=`.

PROMPTS: Final = "prompt"
"""Name of the tables."""
AS_JSON: Final = ":="
"""End of the name of an input that is written as JSON; also the whole `inputs` may be."""
_DEEPEST: Final = 20
"""Levels of nesting that are written as TOML; its parser reads no more than a few hundred."""
_HEADER: Final = """\
# Unsent prompts of the queue, in the order of sending: {count}.
#
# Change inputs. Delete a whole [[prompt]] to drop it. Move it to send it earlier or later.
# You see all changes before they are applied. A file without prompts changes nothing.
# You cannot add prompts here, and you cannot change the id or the webhook of a prompt.
# Values that TOML lacks, such as null, are JSON under a name that ends with := ("style:=" = "null").
# Sending continues: a prompt that is sent before your changes are applied is left as it is, and named.
# If nothing should be sent, pause the queue first.
"""
_BORDER: Final = """\
# ── Batches: sent when no other prompt waits. A prompt that is moved across this border changes its lane.
[[prompt]]
border = "batches"
"""


class QueueFileError(Exception):
    """The file cannot be applied; `what` is the reason."""

    def __init__(self, message: str) -> None:
        self.what: SafeText = one_line(message, 400)
        super().__init__(self.what)


class QueueFile:
    """TOML file of unsent prompts."""

    def __init__(self, prompts: Sequence[UnsentPrompt], names: Callable[[str], str]) -> None:
        """Write `prompts`, which are by lane and place; `names` maps webhook keys to names. It takes a second for ten thousand
        of them, as `read` does: call both in a thread."""
        self._before = {prompt.row: prompt for prompt in prompts}
        self._names = {prompt.row: _plain(names(prompt.webhook_key)) for prompt in prompts}
        self._has_border = any(prompt.lane is Lane.BATCH for prompt in prompts)
        self.text = "\n".join(self._tables(prompts))

    def _tables(self, prompts: Sequence[UnsentPrompt]) -> Iterable[str]:
        yield _HEADER.format(count=f"{len(prompts):,}")
        border = self._has_border
        for prompt in prompts:
            if border and prompt.lane is Lane.BATCH:
                yield _BORDER
                border = False
            held = (
                f"# held: {_plain(prompt.note or '')}".rstrip(": ") + "\n" if prompt.state is OutboxState.HELD else ""
            )
            yield held + _table(prompt, self._names[prompt.row])

    def read(self, text: str) -> QueueChanges:
        """Return the changes made in an edited `text`. Raises QueueFileError."""
        tables = _parsed(text)
        if not tables:
            return QueueChanges(self._before)
        order: dict[Lane, list[RowId]] = {Lane.INTERACTIVE: []}
        inputs: dict[RowId, Inputs] = {}
        for at, table in enumerate(tables, 1):
            if "border" in table:
                self._check_border(table, order)
                order[Lane.BATCH] = []
                continue
            row = self._row(table, at)
            if row in inputs:
                raise QueueFileError(f"Prompt {row} is there twice.")
            inputs[row] = self._inputs(row, table)
            order[max(order)].append(row)
        if self._has_border and Lane.BATCH not in order:
            raise QueueFileError('The border of the lanes is missing: [[prompt]] with border = "batches".')
        return self._changes(inputs, order)

    def _changes(self, inputs: Mapping[RowId, Inputs], order: Mapping[Lane, Sequence[RowId]]) -> QueueChanges:
        changed = {row: body for row, body in inputs.items() if canonical(body) != canonical(self.inputs(row))}
        dropped = [row for row in self._before if row not in inputs]
        return QueueChanges(self._before, changed, dropped, order, moved_rows(self._before, order))

    def inputs(self, row: RowId) -> Inputs:
        """Return the inputs of a prompt as they were read."""
        return body_of(self._before[row])

    def _check_border(self, table: Mapping[str, object], order: Mapping[Lane, Sequence[RowId]]) -> None:
        if Lane.BATCH in order:
            raise QueueFileError("The border of the lanes is there twice.")
        if len(table) > 1:
            raise QueueFileError("The border of the lanes cannot have anything else in its [[prompt]].")
        if not self._has_border:
            raise QueueFileError("There is no other lane: remove the border.")

    def _row(self, table: Mapping[str, object], at: int) -> RowId:
        """Return the prompt of a table, the `at`th; its id and webhook must be as they were. Raises QueueFileError."""
        number = table.get("id")
        if "id" not in table:
            raise QueueFileError(f"[[prompt]] number {at} in the file has no id; prompts cannot be added here.")
        if not isinstance(number, int) or isinstance(number, bool) or number not in self._before:
            raise QueueFileError(f"Prompt {number} was not in the file before; prompts cannot be added here.")
        row = RowId(number)
        if table.get("webhook") != self._names[row]:
            raise QueueFileError(f"Prompt {row}: its webhook cannot be changed; it was {self._names[row]!r}.")
        if unknown := [name for name in table if name not in ("id", "webhook", "inputs", f"inputs{AS_JSON}")]:
            raise QueueFileError(f"Prompt {row}: {unknown[0]!r} belongs below [prompt.inputs].")
        return row

    def _inputs(self, row: RowId, table: Mapping[str, object]) -> Inputs:
        before, place = self.inputs(row), f"Prompt {row}"
        whole = f"inputs{AS_JSON}"
        inputs_table = table.get("inputs")
        if whole in table and inputs_table is None:
            inputs_table = _from_json(table[whole], before, f"{place}, {whole}")
            if isinstance(inputs_table, dict):
                return inputs_table
        if not isinstance(inputs_table, dict):
            raise QueueFileError(f"{place} has no table [prompt.inputs].")
        inputs: dict[str, Json] = {}
        for name, value in inputs_table.items():
            plain = name.removesuffix(AS_JSON)
            if plain in inputs:
                raise QueueFileError(f"{place}: {plain!r} is there twice.")
            read = _from_toml if plain == name else partial(_from_json, before=before.get(plain))
            inputs[plain] = read(value, place=f"{place}, {name}")
            if is_reference(inputs[plain]) and inputs[plain] != before.get(plain):
                raise QueueFileError(f"{place}, {name}: outputs can be named in the prompt panel only.")
        return inputs


def body_of(prompt: UnsentPrompt) -> Inputs:
    """Decode the inputs of a prompt."""
    inputs: Inputs = json.loads(prompt.body)
    return inputs


# Values.


def _table(prompt: UnsentPrompt, name: str) -> str:
    """Write the table of one prompt."""
    inputs, head = body_of(prompt), {"id": prompt.row, "webhook": name}
    if not all(map(_is_unicode, inputs)):
        return f"[[{PROMPTS}]]\n{tomli_w.dumps({**head, f'inputs{AS_JSON}': _json(inputs)})}"
    toml_inputs: dict[str, object] = {}
    for key in sorted(inputs, key=lambda name: name != PROMPT):  # the others in their stored order
        value = inputs[key]
        is_plain = _is_toml(value) and not key.endswith(AS_JSON)
        toml_inputs[key if is_plain else key + AS_JSON] = value if is_plain else _json(value)
    # A line end of Windows would be changed within a string of several lines.
    body = tomli_w.dumps({PROMPTS: {"inputs": toml_inputs}}, multiline_strings="\\r" not in prompt.body)
    return f"[[{PROMPTS}]]\n{tomli_w.dumps(head)}\n{body}"


def _plain(text: str) -> str:
    return str(one_line(text, 200))


def _json(value: Json) -> str:
    return escaped(json.dumps(value, ensure_ascii=False))


def _is_toml(value: Json, depth: int = 0) -> bool:
    """Return whether TOML has this value."""
    if value is None or depth > _DEEPEST:
        return False
    if isinstance(value, str):
        return _is_unicode(value)
    if isinstance(value, Mapping):
        return all(_is_unicode(name) and _is_toml(inner, depth + 1) for name, inner in value.items())
    return not isinstance(value, Sequence) or all(_is_toml(inner, depth + 1) for inner in value)


def _is_unicode(text: str) -> bool:
    """Return whether a file in UTF-8 can hold a text."""
    return not any("\ud800" <= char <= "\udfff" for char in text)


def _parsed(text: str) -> Sequence[Mapping[str, object]]:
    """Return the tables of prompts. Raises QueueFileError."""
    if not _is_unicode(text):
        raise QueueFileError("The file is not UTF-8 text any more.")
    try:
        values = tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        raise QueueFileError(f"Not TOML: {error}.") from None
    except (RecursionError, ValueError):  # more digits than Python reads
        raise QueueFileError("Not usable: nested too deeply, or a number too large.") from None
    if unknown := [name for name in values if name != PROMPTS]:
        raise QueueFileError(f"{unknown[0]!r} is not within a [[prompt]].")
    tables = values.get(PROMPTS, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise QueueFileError("Each prompt is a table that begins with [[prompt]].")
    return tables


def _from_toml(value: Any, place: str) -> Json:
    """Return a value of TOML as JSON. Raises QueueFileError for one that JSON lacks."""
    if isinstance(value, float) and not isfinite(value):
        raise QueueFileError(f"{place}: {value} is not a number that JSON has.")
    if isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list):
        return [_from_toml(inner, place) for inner in value]
    if isinstance(value, dict):
        return {name: _from_toml(inner, place) for name, inner in value.items()}
    raise QueueFileError(f"{place}: a date or time must be in quotes.")


def _from_json(value: object, before: Json, place: str) -> Json:
    """Return the value of an input that is written as JSON; `before`: as it was. Raises QueueFileError."""
    if not isinstance(value, str):
        raise QueueFileError(f"{place}: must be JSON in quotes.")
    if value == _json(before):  # accepts the old text even if a strict reading refuses it
        return before
    try:
        return json_value(value)
    except InvalidJsonText as error:
        raise QueueFileError(f"{place}: {error}") from None


# Texts about changes, and a copy of a file that was not applied.


def find_faults(changes: QueueChanges, profile: Profile) -> Mapping[RowId, tuple[InputFault, ...]]:
    """Check changed inputs against those that their webhooks declare, as before sending a batch, and look for
    patterns.

    Inputs that a prompt had before count as known, and unchanged ones are not asked about again.
    """
    faults_of: dict[RowId, tuple[InputFault, ...]] = {}
    for row, inputs in changes.inputs.items():
        webhook = profile.webhook(changes.before[row].webhook_key)
        if faults := changed_faults(inputs, body_of(changes.before[row]), webhook.inputs if webhook else {}):
            faults_of[row] = faults
    return faults_of


def changed_faults(inputs: Inputs, before: Inputs, declared: Mapping[str, Json]) -> tuple[InputFault, ...]:
    """Check the inputs of one prompt that had others before."""
    faults = BodyChecker(declared, allowed=before).faults([inputs, before]).get(0, ())
    new = {name: value for name, value in inputs.items() if value != before.get(name)}
    if (pattern := find_unexpanded([new])) is not None:
        faults = (*faults, InputFault(pattern.name, one_line(str(pattern), 200)))
    if (text := text_fault(canonical(new))) is not None:
        faults = (*faults, InputFault(next(iter(new)), one_line(f"It {text}")))
    return faults


def summary(changes: QueueChanges, left: Collection[RowId] = ()) -> SafeText:
    """Count the changes, except of those `left` unchanged: `3 changed, 2 dropped, 1 moved`."""
    kinds = {"changed": changes.inputs, "dropped": changes.dropped, "moved": changes.moved}
    counts = {change: len({*rows}.difference(left)) for change, rows in kinds.items()}
    return one_line(", ".join(f"{count:,} {change}" for change, count in counts.items() if count) or "nothing changed")


def why_left(change: StateChange) -> SafeText:
    """Explain why a prompt is left unchanged."""
    if change.state is OutboxState.QUEUED:
        return join_sentences("It was changed elsewhere in the meantime", "Nothing was done")
    return describe_change(change)


def keep_copy(folder: Path, text: str, now: float) -> Path:
    """Store a file that was not applied, readable only by the user, and return its path; `now` in epoch seconds.

    Raises ConfigError.
    """
    stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(now))
    for name in (f"queue-{stamp}{more}.toml" for more in ("", *(f"-{n}" for n in range(2, 1_000)))):
        if create_private(folder / name, text):
            break
    return folder / name
