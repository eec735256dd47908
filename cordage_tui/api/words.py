"""The server's own words out of an error body, as one line of text; still raw: `Redactor.line` makes it safe."""

import re
from typing import Final

from cordage_tui.api.json_body import InvalidJson, Parsed, parse

_LOOKED_AT: Final = 16_384
"""Bytes of an error page that are looked at."""
_JSON_MAX: Final = 1024 * 1024
_NAMES: Final = ("error", "message", "detail", "errors", "msg", "title")
_TITLE: Final = re.compile(r"<title[^>]{0,200}>([^<]{1,500})", re.IGNORECASE)
_MUTE: Final = re.compile(r"<(?:script|style)\b[^<]*|<!--[^<]*", re.IGNORECASE)
_TAG: Final = re.compile(r"<[^<>]*>")
_PARTS_MAX: Final = 5


def error_message(body: bytes) -> str:
    """What the body says went wrong: `error`, `message` or the like of a JSON object, field errors joined, the title or
    the text of a web page, else the text itself. Empty when it says nothing."""
    try:
        return _of_json(parse(body)) if len(body) <= _JSON_MAX else _of_page(body)
    except InvalidJson:
        return _of_page(body)


def retry_after_in(body: bytes) -> object:
    """The field of the documented limiter answer, whatever its type; None when there is none."""
    try:
        value = parse(body) if len(body) <= _JSON_MAX else None
    except InvalidJson:
        return None
    return value.get("retry_after") if isinstance(value, dict) else None


def _of_json(value: Parsed) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "; ".join(filter(None, (_of_json(item) for item in value[:_PARTS_MAX])))
    if not isinstance(value, dict):
        return ""
    for name in _NAMES:
        words = _of_json(value.get(name))
        if words:
            return words if name != "msg" else _placed(value.get("loc"), words)
    fields = [(name, _of_json(item)) for name, item in list(value.items())[:_PARTS_MAX]]
    return "; ".join(f"{name}: {words}" for name, words in fields if words)


def _placed(place: Parsed, words: str) -> str:
    """A field error with the field before it, as FastAPI and others tell them apart."""
    parts = [str(p) for p in place if isinstance(p, str | int)] if isinstance(place, list) else []
    return f"{'.'.join(parts)}: {words}" if parts else words


def _of_page(body: bytes) -> str:
    text = body[:_LOOKED_AT].decode("utf-8", "replace")
    title = _TITLE.search(text)
    if title and title.group(1).strip():
        return title.group(1)
    if "<" in text and ">" in text:
        text = _TAG.sub(" ", _MUTE.sub(" ", text))
    return text
