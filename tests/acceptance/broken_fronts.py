"""Servers that start the run and answer the trigger with something else, in front of the judge."""

import io
import json
from enum import StrEnum
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.acceptance.server import Judge


class Front(StrEnum):
    """What stands between the program and the server."""

    LIMITER_503 = "503 with a numeric retry_after"
    CLAIMS_500 = "500 whose body says that nothing was started"
    PAGE_502 = "502 with a web page"
    REDIRECT_302 = "302"
    REDIRECT_303 = "303"
    REDIRECT_308 = "308"
    CONFLICT = "409 after the run was started"
    LOGIN_PAGE = "200 with a login page"
    BLOCKED_403 = "403 with a web page"
    NO_ID = "200 without a run id"
    OLD_ID = "200 with the id of the run before"
    CUT = "200 whose body is cut"


_ANSWERS: dict[Front, tuple[int, str, bytes]] = {
    Front.LIMITER_503: (503, "application/json", b'{"error": "Rate limit exceeded.", "retry_after": 1}'),
    Front.CLAIMS_500: (500, "application/json", b'{"error": "Nothing was started.", "retry_after": 1}'),
    Front.PAGE_502: (502, "text/html", b"<html><title>502 Bad Gateway</title></html>"),
    Front.REDIRECT_302: (302, "text/html", b"<html>moved</html>"),
    Front.REDIRECT_303: (303, "text/html", b""),
    Front.REDIRECT_308: (308, "text/html", b""),
    Front.CONFLICT: (409, "application/json", b'{"error": "A run of this workflow is active."}'),
    Front.LOGIN_PAGE: (200, "text/html", b"<html>Log in to the hotel's network</html>"),
    Front.BLOCKED_403: (403, "text/html", b"<html><title>Blocked by the proxy</title></html>"),
    Front.NO_ID: (200, "application/json", b'{"status": "running", "message": "Workflow started"}'),
}


class BrokenFront(Judge):
    """The judge behind a front that spoils the answers to triggers, and with `reads_too` also those to reads."""

    front: Front | None = None
    """None: the front changes nothing."""
    reads_too = False
    acts = True
    """A trigger is carried out before its answer is spoiled."""

    @property
    def triggers(self) -> int:
        """Number of triggers that have arrived."""
        return [budget for budget, _ in self.calls].count("trigger")

    def answer(self, request: BaseHTTPRequestHandler, method: str) -> None:
        if self.front is not Front.CUT or method != "POST":
            super().answer(request, method)
            return
        wire, request.wfile = request.wfile, io.BytesIO()
        super().answer(request, method)
        whole, request.wfile = request.wfile.getvalue(), wire
        wire.write(whole[:-20])
        request.close_connection = True

    def mutate(self, budget: str, status: int, body: bytes) -> tuple[int, str, bytes]:
        if self.front is Front.OLD_ID and budget == "trigger" and len(self.runs) > 1:
            return 200, "application/json", json.dumps(json.loads(body) | {"run_id": self.runs[-2].id}).encode()
        spoiled = _ANSWERS.get(self.front) if self.front is not None else None
        if spoiled is None or not (budget == "trigger" or (self.reads_too and budget == "read")):
            return super().mutate(budget, status, body)
        return spoiled

    def _trigger(self, webhook: str, body: dict[str, Any]) -> tuple[int, Any]:
        return super()._trigger(webhook, body) if self.acts else (200, {})
