"""Plain TOML: the part of the language that settings files are mostly written in, read without `tomllib`.

`tomllib` takes 3 ms to import and compile, a tenth of what a short command has. Plain is a text of comments, tables,
arrays of tables, and bare keys whose values are strings without escapes, numbers without signs, true, false, arrays and
inline tables of them. Whatever else there is, and whatever is wrong, is left to `tomllib`, and so are its messages.
"""

import re

TYPE_CHECKING = False  # the one of `typing` would cost most of what is saved here
if TYPE_CHECKING:
    from typing import Any

_TOKEN = r""" *(?:"([^"\\\n]*)"|'([^'\n]*)'|([A-Za-z0-9_.-]+)|([\[\]{},=])|(?:#[^\n]*)?(\n))"""
_HEADER = r"(\[\[?)([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)(\]\]?) *(?:#[^\n]*)?\n"
_KEY = r" *([A-Za-z0-9_-]+) *="
_LONGEST = 15
"""Digits of a number."""


def read_plain(text: str) -> "dict[str, Any] | None":
    """Return the values of a plain text; None: it is not plain, or not TOML."""
    if not text.replace("\n", " ").isprintable():
        return None
    try:
        return _PlainText(f"{text}\n").read()
    except (_NotPlain, RecursionError):
        return None


class _NotPlain(Exception):
    """Raised at the first thing that is not plain."""


class _PlainText:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._values: dict[str, Any] = {}
        self._made: dict[int, Any] = {id(self._values): self._values}
        """Tables and arrays of tables that headers have made, by identity: no header may add to an inline one."""

    def read(self) -> "dict[str, Any]":
        table = self._values
        while self._at < len(self._text):
            if header := self._match(_HEADER):
                table = self._table(*header.groups())
            elif key := self._match(_KEY):
                self._set(table, key[1], self._value(self._token()))
                self._expect("\n")
            else:
                self._expect("\n")
        return self._values

    def _table(self, opening: str, path: str, closing: str) -> "dict[str, Any]":
        """Make the table of a header: one that is there already is not plain, unless it is an array's."""
        *above, name = path.split(".")
        table = self._values
        for part in above:
            table = self._element(table[part] if part in table else self._add(table, part, {}))
        if len(opening) != len(closing):
            raise _NotPlain
        if opening == "[":
            return self._element(self._add(table, name, {}))
        elements = table[name] if name in table else self._add(table, name, [])
        if not isinstance(elements, list):
            raise _NotPlain
        elements.append({})
        return self._element(elements)

    def _element(self, value: "Any") -> "dict[str, Any]":
        """Return the table that a header means: of an array of tables the last."""
        if id(value) not in self._made:
            raise _NotPlain
        table: dict[str, Any] = value[-1] if isinstance(value, list) else value
        return table

    def _add(self, table: "dict[str, Any]", name: str, value: "Any") -> "Any":
        self._set(table, name, value)
        self._made[id(value)] = value
        return value

    def _value(self, token: "re.Match[str]") -> "Any":
        basic, literal, word, mark, _ = token.groups()
        if word is not None:
            return _scalar(word)
        if mark == "[":
            return self._array()
        if mark == "{":
            return self._inline_table()
        if mark or (basic is None and literal is None):
            raise _NotPlain
        return literal if basic is None else basic

    def _array(self) -> "list[Any]":
        values: list[Any] = []
        while (token := self._token_of_array())[4] != "]":
            values.append(self._value(token))
            if (token := self._token_of_array())[4] == "]":
                break
            if token[4] != ",":
                raise _NotPlain
        return values

    def _inline_table(self) -> "dict[str, Any]":
        values: dict[str, Any] = {}
        while key := self._match(_KEY):
            self._set(values, key[1], self._value(self._token()))
            if (mark := self._token()[4]) == "}":
                return values
            if mark != ",":
                break
        raise _NotPlain

    def _set(self, table: "dict[str, Any]", name: str, value: object) -> None:
        if name in table:
            raise _NotPlain
        table[name] = value

    def _token_of_array(self) -> "re.Match[str]":
        """Return the next token that is no line break: an array may have them, and comments, anywhere."""
        token = self._token()
        while token[5]:
            token = self._token()
        return token

    def _token(self) -> "re.Match[str]":
        token = self._match(_TOKEN)
        if token is None:
            raise _NotPlain
        return token

    def _expect(self, line_break: str) -> None:
        if self._token()[5] != line_break:
            raise _NotPlain

    def _match(self, pattern: str) -> "re.Match[str] | None":
        found = re.compile(pattern).match(self._text, self._at)
        if found:
            self._at = found.end()
        return found


def _scalar(word: str) -> "bool | int | float":
    if word in ("true", "false"):
        return word == "true"
    whole, point, rest = word.partition(".")
    is_number = whole.isdigit() and len(word) <= _LONGEST and (whole == "0" or not whole.startswith("0"))
    if not is_number or (point and not rest.isdigit()):
        raise _NotPlain
    return float(word) if point else int(word)
