"""A second server, written from docs/dev/wire-contract.md alone, which shares no line with the simulator and judges the
whole program.

It uses only the standard library, and runs take real seconds. It counts its answers and refusals, so that a test can
ask for them.
"""

import json
import struct
import sys
import threading
import time
import uuid
import zlib
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "cordage_acceptance0001"
LIMITS = {"trigger": 60, "read": 120, "kill": 30}


def _png(width: int, height: int, colour: bytes) -> bytes:
    """Return a picture of one colour (W3C PNG, colour type 2)."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = (b"\0" + colour * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


PICTURE = _png(48, 12, b"\x30\x60\xa0")


@dataclass
class Run:
    webhook: str
    body: dict[str, Any]
    seconds: float
    fails: bool
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    born: float = field(default_factory=time.time)
    killed_at: float | None = None
    outputs: tuple[str, ...] = ()
    """Links."""

    @property
    def ended_at(self) -> float | None:
        end = self.killed_at or self.born + self.seconds
        return end if time.time() >= end else None

    def status(self) -> str:
        if self.killed_at:
            return "cancelled"
        if self.ended_at is None:
            return "pending" if time.time() < self.born + 0.5 else "running"
        return "failed" if self.fails else "completed"

    def as_json(self, with_outputs: bool, stamps: "Stamps", with_inputs: bool = False) -> dict[str, Any]:
        answer: dict[str, Any] = {
            "run_id": self.id,
            "status": self.status(),
            "created_at": stamps.of(self.born),
            "completed_at": stamps.of(self.ended_at) if self.ended_at else None,
        }
        if with_outputs:
            done = self.status() == "completed"
            answer["metadata"] = {"type": "webhook", "node_count": 5, "webhook_key": self.webhook}
            answer["outputs"] = list(self.outputs) if done else None
        if with_inputs:
            answer["inputs"] = self.body
        return answer


@dataclass
class Stamps:
    """How the database stamps runs. An honest one uses the time of the front server, in whole seconds."""

    ahead_s: float = 0.0
    cut_s: float = 1.0
    zone: str = "Z"
    """Empty: naive times."""

    def of(self, at: float) -> str:
        moment = time.gmtime((at + self.ahead_s) // self.cut_s * self.cut_s)
        return time.strftime("%Y-%m-%dT%H:%M:%S", moment) + self.zone


class _Server(ThreadingHTTPServer):
    """Keeps quiet about clients that were killed, or that closed a connection they had no more use for."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Judge:
    """The whole state of the server. `shape` is that of the list: "bare", or the name that holds the array."""

    def __init__(self, webhooks: list[str], shape: str = "bare", lists_tell_outputs: bool = True) -> None:
        self.webhooks = webhooks
        self.shape = shape
        self.lists_tell_outputs = lists_tell_outputs
        self.tells_inputs = False
        """Whether lists and runs contain the inputs, which no documented call returns."""
        self.runs: list[Run] = []
        self.calls: list[tuple[str, int]] = []
        """Budget and status of every call."""
        self.outputs: tuple[str, ...] = ()
        """Outputs of the runs that are triggered from now on; if empty, a picture of this server."""
        self.fetched: list[set[str]] = []
        """Names of the headers in each request for a picture, in lower case."""
        self.deaf = False
        """Whether triggers start their run and are never answered."""
        self.loses: str | None = None
        """A part of each trigger that is lost: its "request", so that it starts nothing, or its "answer"; then the connection is
        closed."""
        self.stamps = Stamps()
        self.date_ahead_s: float | None = 0.0
        """How many seconds the `Date` of the front server is ahead; None: it sends none."""
        self.hung = threading.Event()
        """While it is set, reads are accepted and not answered."""
        self.lost = 0
        """Triggers of which a part was lost."""
        self.limits = dict(LIMITS)
        self.lock = threading.Lock()
        self.closed = threading.Event()
        self._spent: dict[str, deque[float]] = {name: deque() for name in LIMITS}
        judge = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                judge.answer(self, "GET")

            def do_POST(self) -> None:
                judge.answer(self, "POST")

            def send_header(self, name: str, value: str) -> None:
                if name != "Date" or judge.date_ahead_s is not None:
                    super().send_header(name, value)

            def date_time_string(self, timestamp: float | None = None) -> str:
                at = time.time() if timestamp is None else timestamp
                return super().date_time_string(at + (judge.date_ahead_s or 0.0))

            def log_message(self, *args: object) -> None:
                return

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def base_url(self) -> str:
        return f"{self.origin}/api/webhooks"

    def close(self) -> None:
        """Stop the server; a second call does nothing."""
        if not self._thread.is_alive():
            return
        self.closed.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, request: BaseHTTPRequestHandler, method: str) -> None:
        if request.path.startswith("/outputs/"):
            self._give(request)
            return
        length = int(request.headers.get("content-length") or 0)
        body = request.rfile.read(length)
        if len(body) < length:  # whoever asked was killed
            request.close_connection = True
            return
        parts = request.path.removeprefix("/api/webhooks/").split("/")
        budget = "read" if method == "GET" else parts[-1]
        if budget == "trigger" and self.loses == "request":
            self._lose(request)
            return
        with self.lock:
            headers, over = self._spend(budget)
            status, answer = self._decide(request, method, parts, body, over)
            self.calls.append((budget, status))
        while budget == "read" and self.hung.is_set() and not self.closed.is_set():
            self.closed.wait(0.05)
        if self.deaf and budget == "trigger":
            self.closed.wait()
            return
        if budget == "trigger" and self.loses == "answer":
            self._lose(request)
            return
        status, headers["Content-Type"], data = self.mutate(budget, status, json.dumps(answer).encode())
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        request.wfile.write(data)

    def _lose(self, request: BaseHTTPRequestHandler) -> None:
        """Close the connection without an answer."""
        self.lost += 1
        request.close_connection = True

    def colleague(self, webhook: str, seconds: float = 2.0) -> Run:
        """Start a run of somebody else on the same webhook and return it."""
        run = Run(webhook, {"prompt": "a colleague's"}, seconds, fails=False)
        run.outputs = (f"{self.origin}/outputs/{run.id}.png",)
        with self.lock:
            self.runs.append(run)
        return run

    def mutate(self, budget: str, status: int, body: bytes) -> tuple[int, str, bytes]:
        """Return status, content type and body in place of the honest answer; here the honest ones."""
        return status, "application/json", body

    def _give(self, request: BaseHTTPRequestHandler) -> None:
        """Send a file to anybody."""
        self.fetched.append({name.lower() for name in request.headers})
        request.send_response(200)
        request.send_header("Content-Type", "image/png")
        request.send_header("Content-Length", str(len(PICTURE)))
        request.end_headers()
        request.wfile.write(PICTURE)

    def _spend(self, budget: str) -> tuple[dict[str, str], bool]:
        limit, spent, now = self.limits.get(budget, 1000), self._spent.setdefault(budget, deque()), time.monotonic()
        while spent and now - spent[0] >= 60:
            spent.popleft()
        over = len(spent) >= limit
        if not over:
            spent.append(now)
        reset = round(60 - (now - spent[0])) if spent else 60
        names = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
        return dict(zip(names, map(str, (limit, limit - len(spent), reset)), strict=True)), over

    def _decide(
        self, request: BaseHTTPRequestHandler, method: str, parts: list[str], body: bytes, over: bool
    ) -> tuple[int, Any]:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return 401, {"error": "Invalid API key"}
        if over:
            return 429, {"error": "Rate limit exceeded.", "retry_after": 30}
        if parts[0] not in self.webhooks:
            return 404, {"error": "Webhook not found"}
        mine = [run for run in self.runs if run.webhook == parts[0]]
        match method, parts[1:]:
            case "POST", ["trigger"]:
                return self._trigger(parts[0], json.loads(body))
            case "GET", ["runs"]:
                rows = [run.as_json(self.lists_tell_outputs, self.stamps, self.tells_inputs) for run in reversed(mine)]
                return 200, rows if self.shape == "bare" else {self.shape: rows}
            case "GET", ["runs", run_id]:
                return next(
                    ((200, r.as_json(True, self.stamps, self.tells_inputs)) for r in mine if r.id == run_id),
                    (404, {"error": "Run not found"}),
                )
            case "POST", ["runs", run_id, "kill"]:
                return self._kill(next((run for run in mine if run.id == run_id), None))
        return 404, {"error": "Not found"}

    def _trigger(self, webhook: str, body: dict[str, Any]) -> tuple[int, Any]:
        prompt = str(body.get("prompt", ""))
        run = Run(
            webhook, body, seconds=600.0 if "long" in prompt else 2.0, fails="fail" in prompt, outputs=self.outputs
        )
        run.outputs = run.outputs or (f"{self.origin}/outputs/{run.id}.png",)
        self.runs.append(run)
        return 200, {"run_id": run.id, "status": "running", "message": "Workflow started", "node_count": 5}

    def _kill(self, run: Run | None) -> tuple[int, Any]:
        if run is None:
            return 404, {"error": "Run not found"}
        if run.ended_at is not None:
            return 409, {"error": "Run has already finished"}
        run.killed_at = time.time()
        return 200, {"run_id": run.id, "status": "cancelled", "message": "Workflow cancelled"}
