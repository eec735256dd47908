"""Faults in the response body, status or headers."""

import json
import struct
import zlib
from collections.abc import Callable
from typing import Any

from cordage_tui.simulator.faults import Fault, FaultKind
from cordage_tui.simulator.http_messages import HttpResponse

# Hostile text: escape sequences, markup, and characters that break tables (docs/dev/faults.md 100–116).

PAYLOADS = {
    "csi": "\x1b[31mred\x1b[2J\x1b[H\x1b[1;5r",
    "osc_title": "\x1b]0;PWNED\x07",
    "osc_title_st": "\x1b]2;PWNED\x1b\\",
    "osc_link": "\x1b]8;;https://evil.example/\x1b\\click\x1b]8;;\x1b\\",
    "osc_clipboard": "\x1b]52;c;UFdORUQ=\x07",
    "osc_notify": "\x1b]9;PWNED\x07\x1b]777;notify;PWNED;PWNED\x07",
    "osc_file": "\x1b]1337;File=inline=1:UFdORUQ=\x07",
    "osc_open": "\x1b]0;never ended",
    "dcs": "\x1bP+q544e\x1b\\",
    "apc": "\x1b_Ga=T,f=100;UFdORUQ=\x1b\\",
    "sixel": "\x1bPq#0;2;0;0;0#0~~@@vv\x1b\\",
    "query": "\x1b[6n\x1b[c\x1bc",
    "c1": "\x9b31mred\x9d0;PWNED\x9c\x90q\x9c",
    "esc_at_end": "split\x1b",
    "esc_rest": "]0;PWNED\x07",
    "breaks": "a\rb\bc\x7fd\ve\ff\x85g\u2028h\u2029i\tj",
    "nul": "a\x00b",
    "markup": "[red]x[/red] [@click=app.quit]quit[/] [/b] [link=https://evil.example]l[/link] [0] [ \\[ [/",
    "emoji_code": ":smile: :warning:",
    "bidi": "\u202eevil\u202c \u2066x\u2069 \u200f\u061c",
    "zero_width": "a\u200bb\u200cc\u200dd\ufeffe\u2060f\U000e0041\U000e007f",
    "combining": "z" + "\u0301\u0327" * 500,
    "wide": "日本語 👩‍👩‍👧‍👦 🇩🇪 👍🏽 ﷽",
    "surrogate": "a\ud800b\udfffc",
    "noncharacter": "a\ufffeb\uffffc\ue000d",
    "formula": "=cmd|' /C calc'!A1",
    "long": "x" * 100_000,
}
"""Hostile text by name. `surrogate` can only be sent as a JSON escape."""

EVERYTHING = " ".join(text for name, text in PAYLOADS.items() if name != "long")
"""All payloads but `long` in one string."""


def payload(name: str | None) -> str:
    """Return the named payload; all of them for None; an unknown name is itself the payload."""
    return EVERYTHING if name is None else PAYLOADS.get(name, name)


# Faults that change the response. Those of the connection are in `sockets`.

_LOGIN = "<!doctype html><html><head><title>Sign in</title></head><body><h1>Sign in to the network</h1></body></html>"
_WORDS = {
    401: "Invalid API key",
    402: "Payment required",
    403: "Forbidden",
    404: "Webhook not found",
    429: "Rate limit exceeded.",
    500: "Internal server error",
    502: "Bad gateway",
    503: "Service unavailable",
    504: "Gateway timeout",
}
_ONE_CHUNK = 1 << 20
_SPACES = b" " * _ONE_CHUNK
_GZIP_HEAD = b"\x1f\x8b\x08\0\0\0\0\0\2\xff"


def apply_fault(answer: HttpResponse, fault: Fault) -> HttpResponse:
    """Apply the fault to a response; faults of the connection only set their headers."""
    spoilt = _apply(answer, fault)
    return spoilt.with_headers(tuple(fault.headers.items())) if fault.headers else spoilt


def _apply(answer: HttpResponse, fault: Fault) -> HttpResponse:
    headers = [pair for pair in answer.headers if pair[0].lower() != "content-type"]
    match fault.kind:
        case FaultKind.STATUS:
            return _status(fault, headers)
        case FaultKind.REDIRECT:
            return HttpResponse(fault.status or 307, b"", (*headers, ("Location", fault.location)))
        case FaultKind.HTML:
            body = (fault.body or _LOGIN).encode()
            return HttpResponse(fault.status or 200, body, (*headers, ("Content-Type", "text/html; charset=utf-8")))
        case FaultKind.EMPTY:
            return HttpResponse(fault.status or 200, b"", answer.headers)
        case FaultKind.MALFORMED:
            body = answer.body[: len(answer.body) // 2] if fault.body is None else fault.body.encode()
            return HttpResponse(answer.status, body, answer.headers)
        case FaultKind.DEEP:
            depth = fault.size or 100_000
            return HttpResponse(200, b'{"runs": ' + b"[" * depth + b"]" * depth + b"}", answer.headers)
        case FaultKind.HUGE:
            return HttpResponse(answer.status, answer.body.ljust(fault.size or 16 << 20), answer.headers)
        case FaultKind.GZIP_BOMB:
            body = bomb(answer.body, max(fault.size or 64 << 20, len(answer.body)))
            return HttpResponse(answer.status, body, answer.headers).with_headers((("Content-Encoding", "gzip"),))
        case FaultKind.CONTENT_TYPE:
            return answer.with_headers((("Content-Type", fault.body or "text/plain; charset=utf-16"),))
        case FaultKind.WRONG_RANGE:
            return _wrong_range(answer, fault)
        case FaultKind.HOSTILE:
            return _hostile(answer, fault)
        case FaultKind.PATCH:
            kept = {name: value for name, value in fault.patch.items() if name not in fault.drop}
            drop = fault.drop
            return _rewrite_runs(answer, lambda run: {n: v for n, v in run.items() if n not in drop} | kept)
        case _:
            return answer


def _status(fault: Fault, headers: list[tuple[str, str]]) -> HttpResponse:
    status = fault.status or 500
    if fault.body is not None:
        looks_html = fault.body.lstrip().startswith("<")
        kind = "text/html; charset=utf-8" if looks_html else "application/json"
        return HttpResponse(status, fault.body.encode(), (*headers, ("Content-Type", kind)) if fault.body else ())
    content: dict[str, object] = {"error": _WORDS.get(status, f"Something went wrong ({status})")}
    if status == 429:
        content["retry_after"] = 30 if fault.seconds is None else fault.seconds
    return HttpResponse.of_json(status, content, headers)


def bomb(start: bytes, size: int) -> bytes:
    """Make a gzip stream (RFC 1952) of `start` followed by spaces, `size` bytes in all.

    A deflate stream has no references across a full flush, so the same compressed spaces can be repeated.
    """
    whole, remainder = divmod(size - len(start), _ONE_CHUNK)
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    first = deflate.compress(start + b" " * remainder) + deflate.flush(zlib.Z_FULL_FLUSH)
    chunk = deflate.compress(_SPACES) + deflate.flush(zlib.Z_FULL_FLUSH)
    checksum = zlib.crc32(start + b" " * remainder)
    for _ in range(whole):
        checksum = zlib.crc32(_SPACES, checksum)
    last = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS).flush()
    return _GZIP_HEAD + first + chunk * whole + last + struct.pack("<II", checksum, size & 0xFFFFFFFF)


def _wrong_range(answer: HttpResponse, fault: Fault) -> HttpResponse:
    content_range = next((value for name, value in answer.headers if name == "Content-Range"), None)
    if answer.status != 206 or content_range is None:
        return answer
    late = fault.size or 1
    first, end_and_size = content_range.removeprefix("bytes ").split("-", 1)
    moved = (("Content-Range", f"bytes {int(first) + late}-{end_and_size}"),)
    return HttpResponse(206, answer.body[late:], answer.headers).with_headers(moved)


def _hostile(answer: HttpResponse, fault: Fault) -> HttpResponse:
    text = payload(fault.payload)
    if fault.field == "*":
        return _rewrite_runs(answer, lambda run: {name: _append_text(value, text) for name, value in run.items()})
    value: object = [text] if fault.field == "outputs" else text
    return _rewrite_runs(answer, lambda run: {**run, fault.field: value})


def _append_text(value: Any, text: str) -> Any:
    """Append `text` to every string in `value`, at any depth."""
    if isinstance(value, str):
        return value + text
    if isinstance(value, list):
        return [_append_text(item, text) for item in value]
    if isinstance(value, dict):
        return {name: _append_text(item, text) for name, item in value.items()}
    return value


def _rewrite_runs(answer: HttpResponse, change: Callable[[dict[str, Any]], dict[str, Any]]) -> HttpResponse:
    """Apply `change` to every run in the response: an object, an array, or an object around an array."""
    try:
        content = json.loads(answer.body)
    except ValueError:
        return answer
    if isinstance(content, list):
        changed: object = [change(item) for item in content]
    else:
        lists = ("runs", "data", "items", "results")
        wrapped = next((name for name in lists if isinstance(content.get(name), list)), None)
        changed = change(content) if wrapped is None else {wrapped: [change(item) for item in content[wrapped]]}
    return HttpResponse(answer.status, json.dumps(changed).encode(), answer.headers)
