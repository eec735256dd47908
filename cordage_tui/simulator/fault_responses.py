"""Responses with faults in them."""

import json
import struct
import zlib
from collections.abc import Callable
from typing import Any

from cordage_tui.simulator.faults import Fault, FaultKind
from cordage_tui.simulator.messages import HttpResponse

# Text that an honest server never sends: what it would do to a terminal, a markup parser or a table
# (docs/faults.md 100–116).

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
"""Name → text. `surrogate` can only travel as a JSON escape."""

EVERYTHING = " ".join(text for name, text in PAYLOADS.items() if name != "long")
"""All of them in one string, but for `long`."""


def payload(name: str | None) -> str:
    """The payload of that name; all of them for None; a name that there is not is a payload itself."""
    return EVERYTHING if name is None else PAYLOADS.get(name, name)


# Faults that show in what is answered: an answer in, a spoilt answer out. Those of the wire are in `sockets`.

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


def spoil(answer: HttpResponse, fault: Fault) -> HttpResponse:
    """The answer as this fault leaves it; unchanged for a fault of the wire, but for the fault's own headers."""
    change = _CHANGES.get(fault.kind)
    spoilt = change(answer, fault) if change else answer
    return spoilt.with_headers(tuple(fault.headers.items())) if fault.headers else spoilt


def _status(answer: HttpResponse, fault: Fault) -> HttpResponse:
    status = fault.status or 500
    if fault.body is not None:
        looks_html = fault.body.lstrip().startswith("<")
        kind = "text/html; charset=utf-8" if looks_html else "application/json"
        return HttpResponse(
            status, fault.body.encode(), (*_others(answer), ("Content-Type", kind)) if fault.body else ()
        )
    content: dict[str, object] = {"error": _WORDS.get(status, f"Something went wrong ({status})")}
    if status == 429:
        content["retry_after"] = 30 if fault.seconds is None else fault.seconds
    return HttpResponse.of_json(status, content, _others(answer))


def _redirect(answer: HttpResponse, fault: Fault) -> HttpResponse:
    return HttpResponse(fault.status or 307, b"", (*_others(answer), ("Location", fault.location)))


def _html(answer: HttpResponse, fault: Fault) -> HttpResponse:
    body = (fault.body or _LOGIN).encode()
    return HttpResponse(fault.status or 200, body, (*_others(answer), ("Content-Type", "text/html; charset=utf-8")))


def _empty(answer: HttpResponse, fault: Fault) -> HttpResponse:
    return HttpResponse(fault.status or 200, b"", answer.headers)


def _malformed(answer: HttpResponse, fault: Fault) -> HttpResponse:
    body = answer.body[: len(answer.body) // 2] if fault.body is None else fault.body.encode()
    return HttpResponse(answer.status, body, answer.headers)


def _deep(answer: HttpResponse, fault: Fault) -> HttpResponse:
    depth = fault.size or 100_000
    return HttpResponse(200, b'{"runs": ' + b"[" * depth + b"]" * depth + b"}", answer.headers)


def _huge(answer: HttpResponse, fault: Fault) -> HttpResponse:
    return HttpResponse(answer.status, answer.body.ljust(fault.size or 16 << 20), answer.headers)


def _gzip_bomb(answer: HttpResponse, fault: Fault) -> HttpResponse:
    size = max(fault.size or 64 << 20, len(answer.body))
    return HttpResponse(answer.status, bomb(answer.body, size), answer.headers).with_headers(
        (("Content-Encoding", "gzip"),)
    )


def bomb(start: bytes, size: int) -> bytes:
    """One gzip stream (RFC 1952) of `start` and then spaces, `size` bytes in all.

    Between two full flushes a deflate stream does not look back, so the same compressed spaces can be repeated.
    """
    whole, rest = divmod(size - len(start), _ONE_CHUNK)
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    first = deflate.compress(start + b" " * rest) + deflate.flush(zlib.Z_FULL_FLUSH)
    chunk = deflate.compress(_SPACES) + deflate.flush(zlib.Z_FULL_FLUSH)
    checksum = zlib.crc32(start + b" " * rest)
    for _ in range(whole):
        checksum = zlib.crc32(_SPACES, checksum)
    last = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS).flush()
    return _GZIP_HEAD + first + chunk * whole + last + struct.pack("<II", checksum, size & 0xFFFFFFFF)


def _content_type(answer: HttpResponse, fault: Fault) -> HttpResponse:
    return answer.with_headers((("Content-Type", fault.body or "text/plain; charset=utf-16"),))


def _wrong_range(answer: HttpResponse, fault: Fault) -> HttpResponse:
    told = next((value for name, value in answer.headers if name == "Content-Range"), None)
    if answer.status != 206 or told is None:
        return answer
    late = fault.size or 1
    first, rest = told.removeprefix("bytes ").split("-", 1)
    moved = (("Content-Range", f"bytes {int(first) + late}-{rest}"),)
    return HttpResponse(206, answer.body[late:], answer.headers).with_headers(moved)


def _hostile(answer: HttpResponse, fault: Fault) -> HttpResponse:
    text = payload(fault.payload)
    if fault.field == "*":
        return _rewritten(answer, lambda found: {name: _with_text(value, text) for name, value in found.items()})
    value: object = [text] if fault.field == "outputs" else text
    return _rewritten(answer, lambda found: {**found, fault.field: value})


def _patch(answer: HttpResponse, fault: Fault) -> HttpResponse:
    def change(found: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in {**found, **fault.patch}.items() if name not in fault.drop}

    return _rewritten(answer, change)


def _with_text(value: Any, text: str) -> Any:
    """`text` added to every string in `value`, however deep."""
    if isinstance(value, str):
        return value + text
    if isinstance(value, list):
        return [_with_text(item, text) for item in value]
    if isinstance(value, dict):
        return {name: _with_text(item, text) for name, item in value.items()}
    return value


def _rewritten(answer: HttpResponse, change: Callable[[dict[str, Any]], dict[str, Any]]) -> HttpResponse:
    """`change` done to every run in the answer, be it one object, an array, or an object around an array."""
    try:
        content = json.loads(answer.body)
    except ValueError:
        return answer
    if isinstance(content, list):
        changed: object = [change(item) for item in content]
    else:
        wrapped = next((name for name, value in content.items() if _is_list_of_runs(name, value)), None)
        changed = change(content) if wrapped is None else {wrapped: [change(item) for item in content[wrapped]]}
    return HttpResponse(answer.status, json.dumps(changed).encode(), answer.headers)


def _is_list_of_runs(name: str, value: object) -> bool:
    return isinstance(value, list) and name in ("runs", "data", "items", "results")


def _others(answer: HttpResponse) -> list[tuple[str, str]]:
    return [pair for pair in answer.headers if pair[0].lower() != "content-type"]


_CHANGES: dict[FaultKind, Callable[[HttpResponse, Fault], HttpResponse]] = {
    FaultKind.STATUS: _status,
    FaultKind.REDIRECT: _redirect,
    FaultKind.HTML: _html,
    FaultKind.EMPTY: _empty,
    FaultKind.MALFORMED: _malformed,
    FaultKind.DEEP: _deep,
    FaultKind.HUGE: _huge,
    FaultKind.GZIP_BOMB: _gzip_bomb,
    FaultKind.CONTENT_TYPE: _content_type,
    FaultKind.WRONG_RANGE: _wrong_range,
    FaultKind.HOSTILE: _hostile,
    FaultKind.PATCH: _patch,
}
