"""What storage answers: the files of completed runs, whole or in part, to whoever has the signed link."""

import re
from hashlib import sha256

from cordage_tui.simulator.making import made
from cordage_tui.simulator.messages import HttpRequest, HttpResponse
from cordage_tui.simulator.runs import RunStatus, SimRun
from cordage_tui.simulator.signing import is_signed
from cordage_tui.simulator.world import SimulatedWorkspace, UnknownResource

_RANGE = re.compile(r"bytes=(\d{1,15})-(\d{0,15})", re.ASCII)


def stored(world: SimulatedWorkspace, request: HttpRequest) -> HttpResponse:
    """The answer to a request to storage. Errors are XML, as object stores give them."""
    if request.method not in ("GET", "HEAD"):
        return _refusal(405, "MethodNotAllowed", (("Allow", "GET, HEAD"),))
    if request.header("authorization") is not None:
        return _refusal(400, "UnsupportedAuthorization")
    found = _file(world, request.segments)
    if found is None:
        return _refusal(404, "NoSuchKey")
    if not is_signed(world, request.path, request.query):
        return _refusal(403, "AccessDenied")
    run, name = found
    content, media_type = made(world.webhook(run.webhook_key), run, name)
    return _part(request, content, media_type)


def _file(world: SimulatedWorkspace, segments: tuple[str, ...]) -> tuple[SimRun, str] | None:
    if len(segments) != 3 or segments[0] != "outputs":
        return None
    try:
        run = world.find(segments[1])
    except UnknownResource:
        return None
    there = run.status(world.clock()) is RunStatus.COMPLETED and segments[2] in run.files
    return (run, segments[2]) if there else None


def _part(request: HttpRequest, content: bytes, media_type: str) -> HttpResponse:
    """The whole, or what was asked for by Range where If-Range allows it (RFC 9110, section 14)."""
    etag = f'"{sha256(content).hexdigest()[:32]}"'
    headers = [("Content-Type", media_type), ("ETag", etag), ("Accept-Ranges", "bytes")]
    if request.header("if-none-match") == etag:
        return HttpResponse(304, b"", headers)
    asked = _RANGE.fullmatch(request.header("range") or "")
    if asked is None or request.header("if-range") not in (None, etag):
        return HttpResponse(200, content, headers)
    first = int(asked[1])
    last = min(int(asked[2]) if asked[2] else len(content) - 1, len(content) - 1)
    if first > last:
        return _refusal(416, "InvalidRange", (("Content-Range", f"bytes */{len(content)}"),))
    headers.append(("Content-Range", f"bytes {first}-{last}/{len(content)}"))
    return HttpResponse(206, content[first : last + 1], headers)


def _refusal(status: int, code: str, headers: tuple[tuple[str, str], ...] = ()) -> HttpResponse:
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code></Error>'.encode()
    return HttpResponse(status, body, (("Content-Type", "application/xml"), *headers))
