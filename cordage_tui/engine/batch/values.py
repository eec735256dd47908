"""A whole value that stands for several: `{noir,ink}`, `1..8`, `{1..4,10}`.

A list whose every element is a number gives numbers, any other gives text; double quotes keep an element text.
"""

import json
import re
from collections.abc import Sequence
from typing import Final

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.inputs import Json
from cordage_tui.engine.batch.errors import BatchError, refuse_if_too_many

_RANGE: Final = re.compile(r"(-?[0-9]{1,9})\.\.(-?[0-9]{1,9})(?:\.\.([0-9]{1,9}))?", re.ASCII)
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?P<rest>(?:\.[0-9]{1,15})?(?:[eE][+-]?[0-9]{1,2})?)", re.ASCII)
_ELEMENT: Final = re.compile(r'\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"\s*|(?P<plain>[^",{}|]*))', re.DOTALL)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Element:
    """One element of a list, as written."""

    text: str
    quoted: bool


def values_of(text: str) -> Sequence[Json] | None:
    """The values that `text` stands for; None when it stands for itself. Raises BatchError for too many of them."""
    text = text.strip()
    if found := _RANGE.fullmatch(text):
        return _range(found)
    if len(text) < 3 or text[0] != "{" or text[-1] != "}" or _is_json(text):
        return None
    elements = _elements(text[1:-1])
    return None if elements is None else _typed(elements)


def number(text: str) -> int | float | None:
    """The number that `text` is as JSON writes numbers, so neither `007` nor `1_000`; None when it is none."""
    found = _NUMBER.fullmatch(text)
    return None if found is None else float(text) if found["rest"] else int(text)


def _range(found: re.Match[str]) -> Sequence[int]:
    first, last, step = int(found[1]), int(found[2]), int(found[3] or 1)
    if not step:
        raise BatchError(f"{found[0]}: a step of 0 leads nowhere.")
    values = range(first, last + 1, step) if first <= last else range(first, last - 1, -step)
    refuse_if_too_many(len(values))
    return values


def _elements(inner: str) -> list[_Element] | None:
    """The elements between the braces; None when it is no list: one element that is no range, or braces in it."""
    elements: list[_Element] = []
    end = -1
    while end < len(inner):
        found = _ELEMENT.match(inner, end + 1)
        if found is None or (found.end() < len(inner) and inner[found.end()] != ","):
            return None
        quoted, end = found["quoted"], found.end()
        text = found["plain"].strip() if quoted is None else _ESCAPED.sub(r"\1", quoted)
        elements.append(_Element(text, quoted is not None))
    lone = len(elements) == 1 and not _RANGE.fullmatch(elements[0].text)
    return None if lone else elements


def _typed(elements: Sequence[_Element]) -> Sequence[Json]:
    parts: list[Sequence[Json]] = []
    for element in elements:
        found = None if element.quoted else _RANGE.fullmatch(element.text)
        parts.append(_range(found) if found else [element.text])
    refuse_if_too_many(sum(map(len, parts)))
    values = [value for part in parts for value in part]
    numbers = [value if isinstance(value, int) else number(str(value)) for value in values]
    if any(element.quoted for element in elements) or any(value is None for value in numbers):
        return [str(value) for value in values]
    return numbers


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
