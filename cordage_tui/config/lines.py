"""On which line of a TOML text a key stands, which tomllib does not tell."""

import re
import tomllib
from collections.abc import Mapping
from typing import Final, TypeAlias

KeyPath: TypeAlias = tuple[str | int, ...]
"""Keys from the top down; a number is a position in an array of tables."""

_PART: Final = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_ASSIGNMENT: Final = re.compile(rf"({_PART}(?:\s*\.\s*{_PART})*)\s*=")
_FENCE: Final = re.compile("\"\"\"|'''")


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
            for quotes in _FENCE.findall(line):
                fence = quotes if fence is None else (None if quotes == fence else fence)
            if opened is None:
                self._read(line.strip(), number)

    def _read(self, line: str, number: int) -> None:
        if line.startswith("["):
            names = _key_names(line)
            if names is not None:
                self._enter(*names, number)
        elif found := _ASSIGNMENT.match(line):
            names = _key_names(f"{found.group(1)} = 0")
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
    try:
        value: object = tomllib.loads(line)
    except (ValueError, RecursionError):
        return None
    names: list[str] = []
    while isinstance(value, Mapping) and len(value) == 1:
        ((name, value),) = value.items()
        names.append(name)
    return (tuple(names), isinstance(value, list)) if names else None
