"""A TOML table read by type: what is asked for is known, what is left over is a warning."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from cordage_tui.config.document import TomlDocument, dotted
from cordage_tui.config.errors import ConfigError
from cordage_tui.config.near_miss import suggest
from cordage_tui.domain.inputs import Json
from cordage_tui.domain.text import SafeText, safe

if TYPE_CHECKING:
    from cordage_tui.config.lines import KeyPath

MAX_WARNINGS: Final = 20
"""More than these say nothing new."""


class KeyLocation:
    """Where a key stands. Its words are `str` of it: the line is looked for only when somebody complains."""

    def __init__(self, document: TomlDocument, path: "KeyPath") -> None:
        self._document = document
        self._path = path

    def __str__(self) -> str:
        return f"{self._document.place(self._path)}: {dotted(self._path)}"


class TomlTable:
    """One table of a file. Readers return None when the key is absent and raise ConfigError when its type is wrong."""

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
        value = self._take(key)
        if value is None or isinstance(value, str):
            return value
        raise self.wrong(key, "text in quotes")

    def flag(self, key: str) -> bool | None:
        """true or false."""
        value = self._take(key)
        if value is None or isinstance(value, bool):
            return value
        raise self.wrong(key, "true or false, without quotes")

    def number(self, key: str, low: float, high: float) -> float | None:
        """A number from `low` to `high`, both included."""
        value = self._take(key)
        if value is None:
            return None
        if isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high:
            return float(value)
        raise self.wrong(key, f"a number from {low:g} to {high:g}")

    def choice(self, key: str, allowed: Sequence[str]) -> str | None:
        """One of the texts in `allowed`."""
        value = self._take(key)
        if value is None or (isinstance(value, str) and value in allowed):
            return value
        raise self.wrong(key, " or ".join(f'"{word}"' for word in allowed))

    def words(self, key: str) -> tuple[str, ...] | None:
        """A command: one text, split as a shell would, or a list of texts."""
        value = self._take(key)
        if value is None:
            return None
        if isinstance(value, str):
            import shlex

            try:
                value = shlex.split(value)
            except ValueError as error:
                raise self.wrong(key, "a command whose quotes are closed") from error
        if isinstance(value, list) and value and all(isinstance(word, str) and "\0" not in word for word in value):
            return tuple(value)
        raise self.wrong(key, "a command as text, or a list of texts")

    def json_object(self, key: str) -> dict[str, Json] | None:
        """A table whose values can be sent as JSON: TOML's dates and infinities cannot."""
        value = self._take(key)
        if value is None:
            return None
        if isinstance(value, dict) and _is_json(value):
            return value
        raise self.wrong(key, "a table of text, numbers, true, false and lists of them")

    def table(self, key: str) -> "TomlTable":
        """The table of that name; an empty one when it is absent."""
        value = self._take(key)
        if value is None or isinstance(value, dict):
            return TomlTable(self._document, self._warnings, value or {}, (*self.path, key))
        raise self.wrong(key, f"a table: [{dotted((*self.path, key))}]")

    def tables(self, key: str) -> "list[TomlTable]":
        """The array of tables of that name; empty when it is absent."""
        value = self._take(key)
        if value is None:
            return []
        if isinstance(value, list) and all(isinstance(item, dict) for item in value):
            paths = ((*self.path, key, index) for index in range(len(value)))
            return [TomlTable(self._document, self._warnings, *found) for found in zip(value, paths, strict=True)]
        raise self.wrong(key, f"a list of tables: [[{dotted((*self.path, key))}]]")

    def names(self) -> tuple[str, ...]:
        """All keys of a table whose keys the user chooses, such as `[profiles]`."""
        self._known.extend(self._values)
        return tuple(self._values)

    def value(self, key: str) -> Any:
        """Whatever stands there, for a table with rules of its own."""
        return self._take(key)

    def place(self, key: str | None = None) -> "KeyLocation":
        """`file:line: full.key`, the beginning of every message about it."""
        return KeyLocation(self._document, self.path if key is None else (*self.path, key))

    def wrong(self, key: str, expected: str) -> ConfigError:
        """The error for a value of the wrong kind. The value itself is not shown: it may be a secret."""
        found = _kind(self._values.get(key))
        return ConfigError(f"{self.place(key)} should be {expected}, but is {found}.", "Correct that line.")

    def warn(self, message: str) -> None:
        """Add to the warnings, up to `MAX_WARNINGS`."""
        if len(self._warnings) < MAX_WARNINGS:
            self._warnings.append(safe(message, 500))

    def finish(self) -> None:
        """Warn of every key nobody asked for, naming the nearest known one with file and line."""
        for key in self._values:
            if key in self._known or len(self._warnings) >= MAX_WARNINGS:
                continue
            if key == "api_key":
                self.warn(f"{self.place(key)} is not read: an API key belongs in CORDAGE_API_KEY or credentials.toml.")
            else:
                self.warn(f"{self.place(key)} is not a setting and is ignored.{suggest(key, self._known)}")

    def _take(self, key: str) -> Any:
        self._known.append(key)
        return self._values.get(key)


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
