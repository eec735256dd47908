"""Typed access to TOML tables, with line numbers in messages."""

import contextlib
import json
import math
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeVar

from cordage_tui.config.errors import ConfigError, suggest
from cordage_tui.config.private_files import MAX_BYTES, read_text, write_private
from cordage_tui.domain.base.file_system import is_folder
from cordage_tui.domain.inputs import Json
from cordage_tui.domain.safe_text import SafeText, one_line, safe
from cordage_tui.domain.secrets import holds_api_key

# One TOML file, parsed, with the line of each of its keys.

_POSITION: Final = r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$"


class TomlDocument:
    """The values of one file and their positions."""

    def __init__(self, file: Path, text: str = "", cache: Path | None = None) -> None:
        """Parse a TOML file, unless `cache` has the values of this very text. Raises ConfigError with line and column when
        `text` is not TOML."""
        self.file = file
        self.values: dict[str, Any] = _values(file, text, cache)
        self.text = text
        self._lines: TomlLineIndex | None = None

    def place(self, path: "KeyPath") -> str:
        """`file:line` of a key, as editors and terminals understand it."""
        line = self.line(path)
        return f"{self.file}:{line}" if line else str(self.file)

    def line(self, path: "KeyPath") -> int | None:
        """The line of a key, or of the longest part of its path that has one."""
        if self._lines is None:
            self._lines = TomlLineIndex(self.text)
        return self._lines.line(path)


def read_document(
    file: Path, *, required: bool = False, private: bool = False, cache: Path | None = None
) -> TomlDocument:
    """The file parsed; one without values when it does not exist. Raises ConfigError, also when `required` and absent."""
    text = read_text(file, private=private)
    if text is None and required:
        raise ConfigError(f"There is no file {file}.", "Check the name after --config.")
    return TomlDocument(file, text or "", cache)


def dotted(path: "KeyPath") -> str:
    """A key's full name as messages show it: `profiles.studio.webhooks[1].name`."""
    name = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{one_line(part, 60)}" for part in path)
    return name.removeprefix(".")


def _parsed(file: Path, text: str) -> dict[str, Any]:
    import tomllib  # late: most processes find the values in the cache

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        reason, line, column = _position(str(error), text)
        raise ConfigError(f"{file}:{line}:{column}: {reason}.", "Correct that line.") from error
    except RecursionError as error:
        raise ConfigError(f"{file}: values are nested too deeply.", "Make the file simpler.") from error
    except (ValueError, OverflowError) as error:  # a number or a date that Python cannot hold
        raise ConfigError(f"{file}: {error}.", "Correct that value.") from error


def toml_values(text: str) -> dict[str, Any] | None:
    """Parse a text; None: it is not TOML."""
    try:
        return _parsed(Path(), text)
    except ConfigError:
        return None


def _position(message: str, text: str) -> tuple[str, int, int]:
    """Split tomllib's message into reason, line and column (attributes exist only from Python 3.14)."""
    position = re.search(_POSITION, message)
    if position and position.group(1):
        return message[: position.start()], int(position.group(1)), int(position.group(2))
    reason = f"{message[: position.start()]}, and the file ends here" if position else message
    return reason, text.count("\n") + 1, len(text) - text.rfind("\n")


# Cache of the values of a file: to import tomllib takes a tenth of a short command's time.


def _values(file: Path, text: str, cache: Path | None) -> dict[str, Any]:
    """Return the values of a text: from the cache if it holds this very text, otherwise parsed and then cached.

    An empty text has none, like that of a missing file.
    """
    if not text:
        return {}
    cached = None if cache is None else _cached(text, cache)
    if cached is not None:
        return cached
    values = _parsed(file, text)
    if cache is not None:
        _put(text, values, cache)
    return values


def _cached(text: str, cache: Path) -> dict[str, Any] | None:
    """Return the cached values of `text`; None: the cache holds another text, or cannot be used."""
    try:
        cached = json.loads(read_text(cache, private=True) or "{}")
        values = cached["values"] if cached["text"] == text else None
    except (ConfigError, ValueError, RecursionError, KeyError, TypeError):
        return None
    return values if isinstance(values, dict) else None


def _put(text: str, values: Mapping[str, Any], cache: Path) -> None:
    """Cache values, unless JSON cannot hold them (dates), the file contains a key, or the folder does not exist yet."""
    if holds_api_key(text) or not is_folder(cache.parent):
        return
    with contextlib.suppress(ConfigError, TypeError, ValueError, RecursionError):
        cached = json.dumps({"text": text, "values": values})
        if len(cached) <= MAX_BYTES:
            write_private(cache, cached)


# A TOML table read by type: each key asked for is known, and each key left over is a warning.

_Value = TypeVar("_Value")
MAX_WARNINGS: Final = 20
"""More than these say nothing new."""


class KeyLocation:
    """Location of a key. `str` of it has the line number, which is looked for only then."""

    def __init__(self, document: TomlDocument, path: "KeyPath") -> None:
        self._document = document
        self._path = path

    def __str__(self) -> str:
        return f"{self._document.place(self._path)}: {dotted(self._path)}"


class TomlTable:
    """A table of a TOML file. Readers return None when the key is absent and raise ConfigError when its type is
    wrong."""

    def __init__(
        self,
        document: TomlDocument,
        warnings: list[SafeText],
        values: Mapping[str, Any] | None = None,
        path: "KeyPath" = (),
    ) -> None:
        self._document = document
        self._warnings = warnings
        self._values = document.values if values is None else values
        self._known: list[str] = []
        self.path = path

    def text(self, key: str) -> str | None:
        """A text."""
        return self._read(key, "text in quotes", str)

    def flag(self, key: str) -> bool | None:
        """true or false."""
        return self._read(key, "true or false, without quotes", bool)

    def number(self, key: str, low: float, high: float) -> float | None:
        """A number from `low` to `high`, both included."""

        def fits(value: Any) -> bool:
            return isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high

        value: Any = self._read(key, f"a number from {low:g} to {high:g}", object, fits)
        return None if value is None else float(value)

    def whole(self, key: str, low: int, high: int) -> int | None:
        """A whole number from `low` to `high`, both included."""
        expected = f"a whole number from {low} to {high:,}"
        return self._read(key, expected, int, lambda value: not isinstance(value, bool) and low <= value <= high)

    def choice(self, key: str, allowed: Sequence[str]) -> str | None:
        """Read a text that must be in `allowed`."""
        expected = " or ".join(f'"{word}"' for word in allowed)
        return self._read(key, expected, str, lambda value: value in allowed)

    def choices(
        self, key: str, allowed: Sequence[str], required: str, earlier: Mapping[str, str], free: str
    ) -> tuple[str, ...] | None:
        """Read a list of names, none twice, with the `required` one among them.

        Each is in `allowed`, or begins with `free` and continues as the user likes. `earlier`: other spellings of names.
        """
        expected = f'a list of names, such as ["{required}"]'
        names = self._read(key, expected, list, lambda value: bool(value) and all(isinstance(n, str) for n in value))
        if names is None:
            return None
        names = [earlier.get(name, name) for name in names]
        advice = f"There are: {', '.join(allowed)}, and {free}NAME for an input."
        if unknown := next((name for name in names if name not in allowed and not _is_free(name, free)), None):
            problem = f"{self.place(key)} has {one_line(unknown, 60)!r}, and there is none of that name."
            raise ConfigError(problem + suggest(unknown, allowed), advice)
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ConfigError(f"{self.place(key)} has {twice!r} twice.", "Leave one of them out.")
        if required not in names:
            raise ConfigError(
                f"{self.place(key)} lacks {str(required)!r}, which is always shown.", f'Add "{required}" to it.'
            )
        return tuple(names)

    def absolute_path(self, key: str, example: str) -> Path | None:
        """Read an absolute path, or one in the home folder: the meaning of a relative one would depend on the current
        folder."""
        text = self.text(key)
        if text is None:
            return None
        try:
            path = Path(text).expanduser()
        except RuntimeError:
            path = Path()  # there is no such home
        if not path.is_absolute() or "\0" in text:
            raise ConfigError(
                f"{self.place(key)} must begin with / or ~/.", f'An example that works: {key} = "{example}"'
            )
        return path

    def words(self, key: str) -> tuple[str, ...] | None:
        """A command: one text, split as a shell would, or a list of texts."""
        value = self.value(key)
        if value is None:
            return None
        if isinstance(value, str):
            try:
                value = shlex.split(value)
            except ValueError as error:
                raise self.wrong(key, "a command whose quotes are closed") from error
        if isinstance(value, list) and value and all(isinstance(word, str) and "\0" not in word for word in value):
            return tuple(value)
        raise self.wrong(key, "a command as text, or a list of texts")

    def json_object(self, key: str) -> dict[str, Json] | None:
        """A table whose values can be sent as JSON: TOML's dates and infinities cannot."""
        expected = "a table of text, numbers, true, false and lists of them"
        return self._read(key, expected, dict, _is_json)

    def table(self, key: str) -> "TomlTable":
        """The table of that name; an empty one when it is absent."""
        path = (*self.path, key)
        value = self._read(key, f"a table: [{dotted(path)}]", dict)
        return TomlTable(self._document, self._warnings, value or {}, path)

    def tables(self, key: str) -> "list[TomlTable]":
        """The array of tables of that name; empty when it is absent."""

        path = (*self.path, key)
        expected = f"a list of tables: [[{dotted(path)}]]"
        items = self._read(key, expected, list, lambda value: all(isinstance(item, dict) for item in value)) or []
        return [TomlTable(self._document, self._warnings, item, (*path, n)) for n, item in enumerate(items)]

    @property
    def is_empty(self) -> bool:
        """True if it has no keys, or is not there."""
        return not self._values

    def names(self) -> tuple[str, ...]:
        """List all keys of a table whose keys the user chooses, such as `[profiles]`."""
        self._known.extend(self._values)
        return tuple(self._values)

    def value(self, key: str) -> Any:
        """Read any value, for a table with rules of its own."""
        self._known.append(key)
        return self._values.get(key)

    def place(self, key: str | None = None) -> "KeyLocation":
        """`file:line: full.key`, the beginning of every message about it."""
        return KeyLocation(self._document, self.path if key is None else (*self.path, key))

    def wrong(self, key: str, expected: str) -> ConfigError:
        """The error for a value of the wrong kind. The value itself is not shown: it may be a secret."""
        kind = _kind(self._values.get(key))
        return ConfigError(f"{self.place(key)} should be {expected}, but is {kind}.", "Correct that line.")

    def warn(self, message: str) -> None:
        """Add to the warnings, up to `MAX_WARNINGS`."""
        if len(self._warnings) < MAX_WARNINGS:
            self._warnings.append(safe(message, 500))

    def finish(self) -> None:
        """Warn of every key that was not asked for, naming the nearest known one with file and line."""
        for key in self._values:
            if key in self._known or len(self._warnings) >= MAX_WARNINGS:
                continue
            if key == "api_key":
                self.warn(f"{self.place(key)} is not read: an API key belongs in CORDAGE_API_KEY or credentials.toml.")
            else:
                self.warn(f"{self.place(key)} is not a setting and is ignored.{suggest(key, self._known)}")

    def _read(
        self, key: str, expected: str, kind: type[_Value], fits: Callable[[_Value], bool] = lambda value: True
    ) -> _Value | None:
        value = self.value(key)
        if value is None or (isinstance(value, kind) and fits(value)):
            return value
        raise self.wrong(key, expected)


def _is_json(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, list):
        return all(map(_is_json, value))
    if isinstance(value, dict):
        return all(map(_is_json, value.values()))
    return isinstance(value, (str, int))


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "true or false"
    kinds = {str: "other text", int: "another number", float: "another number", list: "a list", dict: "a table"}
    return kinds.get(type(value), "a date or time")


# Line numbers of keys in a TOML text, which tomllib does not have.

KeyPath: TypeAlias = tuple[str | int, ...]
"""Keys from the top down; a number is a position in an array of tables."""

_PART: Final = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_ASSIGNMENT: Final = rf"({_PART}(?:\s*\.\s*{_PART})*)\s*="
_FENCE: Final = "\"\"\"|'''"


class TomlLineIndex:
    """Line numbers of the keys of one text, from 1. Best effort: an unknown key has its nearest parent's line."""

    def __init__(self, text: str) -> None:
        self._lines: dict[KeyPath, int] = {}
        self._counts: dict[KeyPath, int] = {}
        self._table: KeyPath = ()
        self._scan(text)

    def line(self, path: KeyPath) -> int | None:
        """The line of `path`, or of the longest part of it that has one."""
        return next((self._lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self._lines), None)

    def _scan(self, text: str) -> None:
        fence: str | None = None
        for number, line in enumerate(text.split("\n"), start=1):
            opened = fence
            for quotes in re.findall(_FENCE, line):
                fence = quotes if fence is None else (None if quotes == fence else fence)
            if opened is None:
                self._read(line.strip(), number)

    def _read(self, line: str, number: int) -> None:
        if line.startswith("["):
            names = _key_names(line)
            if names is not None:
                self._enter(*names, number)
        elif assignment := re.match(_ASSIGNMENT, line):
            names = _key_names(f"{assignment.group(1)} = 0")
            if names is not None:
                self._record(self._table, names[0], number)

    def _enter(self, names: tuple[str, ...], is_array: bool, number: int) -> None:
        path = self._record((), names, number)
        if is_array:
            self._counts[path] = self._counts.get(path, -1) + 1
            path = (*path, self._counts[path])
            self._lines[path] = number
        self._table = path

    def _record(self, base: KeyPath, names: tuple[str, ...], number: int) -> KeyPath:
        """Note every new level of `names` below `base`; arrays on the way mean their latest element."""
        path = base
        for index, name in enumerate(names):
            path = (*path, name)
            self._lines.setdefault(path, number)
            if path in self._counts and index < len(names) - 1:
                path = (*path, self._counts[path])
        return path


def _key_names(line: str) -> tuple[tuple[str, ...], bool] | None:
    """The names in a header or an assignment, and whether it is an array's header; None when it is neither."""
    value: object = toml_values(line)
    names: list[str] = []
    while isinstance(value, Mapping) and len(value) == 1:
        ((name, value),) = value.items()
        names.append(name)
    return (tuple(names), isinstance(value, list)) if names else None


def _is_free(name: str, beginning: str) -> bool:
    """Return whether a name continues after this beginning."""
    return name.startswith(beginning) and bool(name[len(beginning) :].strip())
