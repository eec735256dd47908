"""Bounded JSON parsing, and timestamps in JSON."""

import json
import math
import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NoReturn, TypeAlias

# JSON from outside: bounded, finite, and fit for SQLite and for a terminal's encoder.
#
# Python's JSON scanner is one call into C that holds the interpreter until it ends. A large body would freeze the
# screen even from another thread. `parse` therefore scans a large body in pieces of `PIECE` characters.

MAX_DEPTH: Final = 64
"""Arrays and objects inside one another."""
MAX_STRING: Final = 1024 * 1024
"""Characters of one string."""
MAX_VALUES: Final = 1_000_000
"""Values in one body, counting those inside others."""
PIECE: Final = 32 * 1024
"""Characters that are scanned in one call into C, which takes less than a millisecond."""

SMALL: Final = 4 * PIECE
"""Characters of a small body. Only its depth is checked; it is copied only if it may contain a lone surrogate."""

_LONE_SURROGATE: Final = "[\ud800-\udfff]"
_SURROGATE_ESCAPE: Final = r"\\u[dD]"
_SPACE: Final = re.compile(r"[ \t\n\r]*")
_INT_LIMIT: Final = 2**63
"""SQLite's integers end here; larger ones are kept as text."""

Parsed: TypeAlias = "bool | int | float | str | list[Parsed] | dict[str, Parsed] | None"


class InvalidJson(ValueError):
    """Invalid JSON, by our bounds; `str` says why, and quotes nothing of it."""


def parse(body: bytes) -> Parsed:
    """Parse the JSON document `body`, UTF-8 or detectably UTF-16 or UTF-32, with or without BOM.

    Lone surrogates become U+FFFD, integers SQLite cannot hold become text. The last of duplicate keys wins, but a
    `run_id` given twice with two values is None: neither is to be trusted. Raises InvalidJson: not JSON, not finite,
    deeper than MAX_DEPTH, a string longer than MAX_STRING, more than MAX_VALUES values.
    """
    try:
        text = body.decode(json.detect_encoding(body))
        value = _Scanner(text).document()
        if len(text) <= min(SMALL, MAX_STRING, MAX_VALUES) and not re.search(_SURROGATE_ESCAPE, text):
            _refuse_deep(value)
            return value  # type: ignore[no-any-return]
    except InvalidJson:
        raise
    except UnicodeDecodeError:
        problem = "the body is not UTF-8"
    except RecursionError:
        problem = "the body is nested too deep"
    except ValueError:
        problem = "the body is not JSON" if body.strip() else "the body is empty"
    else:
        return _Cleaner().clean(value, 0)
    raise InvalidJson(problem)


class _Scanner:
    """Scans a text in calls into C of at most `PIECE` characters, but for a single string or number that is longer."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._values = 0
        self._decoder = json.JSONDecoder(
            parse_int=_int, parse_float=_float, parse_constant=_not_finite, object_pairs_hook=_object
        )

    def document(self) -> Any:
        """Return the one value of the text. Raises ValueError if it is not JSON, or if text follows the value."""
        value, end = self._value(self._skip_space(0), 0)
        if self._skip_space(end) != len(self._text):
            raise ValueError("something follows the value")
        return value

    def _value(self, at: int, depth: int) -> tuple[Any, int]:
        """Return the value that begins at `at`, and the position after it."""
        self._values += 1
        if self._values > MAX_VALUES:
            raise _too_many()
        opening = self._text[at : at + 1]
        if opening not in {"[", "{"}:
            return self._decoder.raw_decode(self._text, at)
        piece = self._text[at : at + PIECE]
        try:
            value, used = self._decoder.raw_decode(piece)
        except InvalidJson:
            raise
        except ValueError:
            if at + len(piece) == len(self._text):
                raise
        else:
            return value, at + used
        if depth >= MAX_DEPTH:
            raise _too_deep()
        return self._array(at + 1, depth) if opening == "[" else self._members(at + 1, depth)

    def _array(self, at: int, depth: int) -> tuple[list[Any], int]:
        items: list[Any] = []
        at = self._skip_space(at)
        closed = self._text[at : at + 1] == "]"
        at += closed
        while not closed:
            value, at = self._value(at, depth + 1)
            items.append(value)
            at, closed = self._next(at, "]")
        return items, at

    def _members(self, at: int, depth: int) -> tuple[dict[str, Any], int]:
        pairs: list[tuple[str, Any]] = []
        at = self._skip_space(at)
        closed = self._text[at : at + 1] == "}"
        at += closed
        while not closed:
            if self._text[at : at + 1] != '"':
                raise ValueError("a name is missing")
            name, at = self._decoder.raw_decode(self._text, at)
            at = self._skip_space(at)
            if self._text[at : at + 1] != ":":
                raise ValueError("a colon is missing")
            value, at = self._value(self._skip_space(at + 1), depth + 1)
            pairs.append((name, value))
            at, closed = self._next(at, "}")
        return _object(pairs), at

    def _next(self, at: int, end: str) -> tuple[int, bool]:
        """Return the position of the next item or after the container, and whether the container has ended."""
        at = self._skip_space(at)
        mark = self._text[at : at + 1]
        if mark == end:
            return at + 1, True
        if mark != ",":
            raise ValueError("a comma is missing")
        return self._skip_space(at + 1), False

    def _skip_space(self, at: int) -> int:
        space = _SPACE.match(self._text, at)
        return space.end() if space else at


def _int(digits: str) -> int | str:
    if len(digits) > 20:
        return digits
    value = int(digits)
    return value if -_INT_LIMIT <= value < _INT_LIMIT else digits


def _float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise InvalidJson("a number is not finite")
    return value


def _not_finite(name: str) -> NoReturn:
    raise InvalidJson(f"{name} is not a JSON number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs) and len({repr(value) for name, value in pairs if name == "run_id"}) > 1:
        members["run_id"] = None
    return members


class _Cleaner:
    """Copies a parsed value with its strings made safe, and checks the bounds.

    It frees the value piece by piece. Freeing all at once would hold every thread for as long.
    """

    def __init__(self) -> None:
        self._values = 0

    def clean(self, value: Any, depth: int) -> Parsed:
        """Clean a value. Raises InvalidJson beyond a bound."""
        self._values += 1
        if isinstance(value, str):
            return _text(value)
        if not isinstance(value, list | dict):
            return value  # type: ignore[no-any-return]
        if depth >= MAX_DEPTH:
            raise _too_deep()
        if self._values + len(value) > MAX_VALUES:
            raise _too_many()
        if isinstance(value, list):
            value.reverse()
            return [self.clean(value.pop(), depth + 1) for _ in range(len(value))]
        return {_text(name): self.clean(value.pop(name), depth + 1) for name in list(value)}


def _refuse_deep(value: Any) -> None:
    """Raise InvalidJson if a value is nested deeper than `MAX_DEPTH`."""
    level = [value] if isinstance(value, list | dict) else []
    for _ in range(MAX_DEPTH):
        level = [
            item
            for container in level
            for item in (container.values() if type(container) is dict else container)
            if type(item) is dict or type(item) is list
        ]
    if level:
        raise _too_deep()


def _too_deep() -> InvalidJson:
    return InvalidJson(f"the body is nested deeper than {MAX_DEPTH}")


def _too_many() -> InvalidJson:
    return InvalidJson(f"the body has more than {MAX_VALUES:,} values")


def _text(value: str) -> str:
    if len(value) > MAX_STRING:
        raise InvalidJson("a string is too long")
    return value if value.isascii() else re.sub(_LONE_SURROGATE, "\N{REPLACEMENT CHARACTER}", value)


# Times as servers write them → epoch seconds or None, never a crash (docs/dev/faults.md 93).

LATEST: Final = 32_503_680_000.0
"""The year 3000. Later, or before 1970, is not a time of a run: local time could not even show it."""

_RFC3339: Final = r"(?a)(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}):(\d{2})(?:[.,](\d{1,12}))?\s?(Z|z|[+-]\d{2}:?\d{2})?"
_EPOCH: Final = r"(?a)\d{9,19}(?:\.\d{1,9})?"


def epoch(value: object) -> float | None:
    """RFC 3339 with or without zone (then UTC) and with any fraction, or an epoch number in s, ms, µs or ns."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _from_number(float(value))
    if not isinstance(value, str) or len(value) > 64:
        return None
    return _from_text(value.strip())


@lru_cache(2_000)
def _from_text(text: str) -> float | None:
    """Read a time; each poll gives the same ones again."""
    if re.fullmatch(_EPOCH, text):
        return _from_number(float(text))
    match = re.fullmatch(_RFC3339, text)
    return _from_parts(*match.groups()) if match else None


def http_date(value: str | None) -> float | None:
    """The `Date` header (RFC 9110) → epoch seconds; None when missing or unreadable."""
    if value is None or len(value) > 64:
        return None
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return _bounded((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _from_number(value: float) -> float | None:
    for unit in (1.0, 1e3, 1e6, 1e9):
        if value / unit < 1e11:  # the year 5138 in seconds, 1973 in milliseconds
            return _bounded(value / unit)
    return None


def _from_parts(day: str, minute: str, second: str, fraction: str | None, zone: str | None) -> float | None:
    leap = second == "60"
    offset = "+00:00" if zone is None or zone in "Zz" else zone if ":" in zone else f"{zone[:3]}:{zone[3:]}"
    try:
        moment = datetime.fromisoformat(f"{day}T{minute}:{'59' if leap else second}{offset}")
    except ValueError:
        return None
    since = moment - datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=1 if leap else 0)
    return _bounded(since.total_seconds() + float(f"0.{fraction or 0}"))


def _bounded(value: float) -> float | None:
    return value if 0.0 <= value <= LATEST else None
