"""Simulated API: routes, JSON, fault control."""

import json
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import ip_address
from typing import Any, Protocol

from cordage_tui.simulator.fault_responses import PAYLOADS, apply_fault
from cordage_tui.simulator.faults import Call, Fault, FaultKind
from cordage_tui.simulator.http_messages import HttpRequest, HttpResponse, LogEntry, PlannedResponse
from cordage_tui.simulator.rate_limits import Budget, RetryHint
from cordage_tui.simulator.storage import link, respond
from cordage_tui.simulator.webhooks import Json
from cordage_tui.simulator.world import (
    AlreadyFinished,
    ListShape,
    RunStatus,
    SimRun,
    SimulatedWorkspace,
    UnknownResource,
)

# Routes.

BASE = "/api/webhooks"
_BUDGETS = {Call.TRIGGER: Budget.TRIGGER, Call.LIST: Budget.READ, Call.GET: Budget.READ, Call.KILL: Budget.KILL}
_METHODS = {Call.TRIGGER: "POST", Call.LIST: "GET", Call.GET: "GET", Call.KILL: "POST"}


@dataclass(frozen=True, slots=True)
class Route:
    """Call on a webhook, or on one of its runs."""

    call: Call
    webhook_key: str
    run_id: str = ""

    @property
    def budget(self) -> Budget:
        """Rate budget of the call: get and list share one (docs/dev/wire-contract.md, rate limits)."""
        return _BUDGETS[self.call]


@dataclass(frozen=True, slots=True)
class NoRoute:
    """Unknown path, or a method that the path does not allow."""

    allow: str | None
    """Allowed method; None for an unknown path."""
    budget: Budget
    call: None = None

    def answer(self) -> HttpResponse:
        """Return 404 or 405 with the documented error JSON."""
        if self.allow is None:
            return HttpResponse.of_json(404, {"error": "Not found"})
        return HttpResponse.of_json(405, {"error": "Method not allowed"}, (("Allow", self.allow),))


def match(request: HttpRequest) -> Route | NoRoute:
    """Find the route of a request."""
    route = _route(request.segments)
    if route is None:
        return NoRoute(None, Budget.READ)
    if request.method != _METHODS[route.call]:
        return NoRoute(_METHODS[route.call], route.budget)
    return route


def _route(segments: tuple[str, ...]) -> Route | None:
    match segments:
        case ("api", "webhooks", key, "trigger"):
            return Route(Call.TRIGGER, key)
        case ("api", "webhooks", key, "runs"):
            return Route(Call.LIST, key)
        case ("api", "webhooks", key, "runs", run_id):
            return Route(Call.GET, key, run_id)
        case ("api", "webhooks", key, "runs", run_id, "kill"):
            return Route(Call.KILL, key, run_id)
        case _:
            return None


# JSON of the API's responses (docs/dev/wire-contract.md, facts).


def rfc3339(seconds: float) -> str:
    """Format epoch seconds as `2024-01-15T10:30:00Z`."""
    return _rfc3339(int(seconds))


@lru_cache(4_000)
def _rfc3339(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def trigger_json(world: SimulatedWorkspace, run: SimRun) -> dict[str, Json]:
    """Response to a trigger."""
    says_running = world.options.trigger_says_running
    status = RunStatus.RUNNING if says_running else run.status(world.clock())
    answer: dict[str, Json] = {"run_id": run.run_id, "status": status.value, "message": "Workflow started"}
    if world.options.tells_node_count:
        answer["node_count"] = world.webhook(run.webhook_key).node_count
    return answer


def run_json(world: SimulatedWorkspace, run: SimRun) -> dict[str, Json]:
    """Response to a get."""
    now = world.clock()
    status, ended_at = run.status(now), run.ended_at(now)
    metadata: dict[str, Json] = {
        "type": "webhook",
        "node_count": world.webhook(run.webhook_key).node_count,
        "webhook_key": run.webhook_key,
    }
    if world.options.echo_inputs:
        metadata["inputs"] = dict(run.inputs)
    answer: dict[str, Json] = {
        "run_id": run.run_id,
        "status": status.value,
        "created_at": _stamp(world, run.created_at),
        "completed_at": None if ended_at is None else _stamp(world, ended_at),
        "metadata": metadata,
        "outputs": [link(world, run, name) for name in run.files] if status is RunStatus.COMPLETED else None,
    }
    if status is RunStatus.FAILED and world.options.tells_reason:
        answer["error"] = run.failure
    return answer


def _stamp(world: SimulatedWorkspace, seconds: float) -> str:
    """Format a time of the world as the clock that stamps runs has it."""
    cut = world.options.stamps_cut_s
    return rfc3339((seconds + world.options.stamps_ahead_s) // cut * cut)


def list_json(world: SimulatedWorkspace, runs: Sequence[SimRun]) -> Json:
    """Response to a list, in the shape of the options."""
    left_out = [
        name
        for name, kept in (("outputs", world.options.rows_have_outputs), ("metadata", world.options.rows_have_metadata))
        if not kept
    ]
    rows: list[Json] = []
    for run in runs:
        row = run_json(world, run)
        for name in left_out:
            del row[name]
        rows.append(row)
    shape = world.options.list_shape
    return rows if shape is ListShape.BARE else {shape.value: rows}


def kill_json(run: SimRun) -> dict[str, Json]:
    """Response to a kill."""
    return {"run_id": run.run_id, "status": RunStatus.CANCELLED.value, "message": "Workflow cancelled"}


# `/_sim/faults`: control of faults while serving, for loopback clients only. Not part of Cordage.
#
# POST adds one (`{"call": "trigger", "kind": "reset", "acts": true, "count": 3}`), GET lists active faults and all kinds,
# DELETE removes all.

PATH = "/_sim/faults"
_FAULT_FIELDS = {field.name for field in fields(Fault)}
_TYPES: dict[str, type | tuple[type, ...]] = {
    "acts": bool,
    "status": int,
    "size": int,
    "seconds": (int, float),
    "patch": dict,
    "drop": list,
    "headers": dict,
}
"""Types of the fields of `Fault` that are not strings."""
_BINDING = {"call", "count", "probability", "webhook_key"}


def control(world: SimulatedWorkspace, request: HttpRequest) -> HttpResponse:
    """Respond to a request under `/_sim`."""
    if not ip_address(request.peer).is_loopback:
        return HttpResponse.of_json(403, {"error": "Only from this machine"})
    if request.path != PATH:
        return HttpResponse.of_json(404, {"error": f"There is only {PATH}"})
    match request.method:
        case "GET":
            return HttpResponse.of_json(200, _overview(world))
        case "DELETE":
            world.faults.planned.clear()
            return HttpResponse.of_json(200, _overview(world))
        case "POST":
            return _add_fault(world, request.body)
        case _:
            return HttpResponse.of_json(405, {"error": "Method not allowed"}, (("Allow", "GET, POST, DELETE"),))


def _add_fault(world: SimulatedWorkspace, body: bytes) -> HttpResponse:
    try:
        request = json.loads(body)
        if not isinstance(request, dict):
            raise ValueError("expected a JSON object")
        unknown = set(request) - _FAULT_FIELDS - _BINDING
        if unknown:
            raise ValueError(f"unknown field: {', '.join(sorted(unknown))}")
        binding = {name: request[name] for name in _BINDING & set(request) if name != "call"}
        world.faults.add(Call(request.get("call", "any")), parse_fault(request), **binding)
    except (ValueError, TypeError, RecursionError) as error:
        return HttpResponse.of_json(400, {"error": str(error)})
    return HttpResponse.of_json(200, _overview(world))


def parse_fault(request: dict[str, Any]) -> Fault:
    """Build a fault from a JSON object with the field names of `Fault`. Raises ValueError or TypeError."""
    fields = {name: value for name, value in request.items() if name in _FAULT_FIELDS}
    fields["kind"] = FaultKind(str(request.get("kind")))
    for name, value in fields.items():
        if not isinstance(value, _TYPES.get(name, str)):
            raise TypeError(f"{name} has the wrong type")
    if "drop" in fields:
        fields["drop"] = tuple(fields["drop"])
    return Fault(**fields)


def _overview(world: SimulatedWorkspace) -> dict[str, object]:
    switched_on = [
        {
            "call": planned.call.value,
            "kind": planned.fault.kind.value,
            "left": planned.left,
            "probability": planned.probability,
        }
        for planned in world.faults.planned
    ]
    return {
        "on": switched_on,
        "calls": [call.value for call in Call],
        "kinds": [kind.value for kind in FaultKind],
        "payloads": list(PAYLOADS),
    }


# The two origins: the API, which requires the key, and storage, which must never get it.

_LOGGED = 20_000


class App(Protocol):
    """Application that a listener serves."""

    world: SimulatedWorkspace
    log: deque[LogEntry]
    has_connect_faults: bool
    """Whether faults bound to CONNECT apply here."""

    def reply(self, request: HttpRequest) -> PlannedResponse:
        """Log a request, and return the planned response."""


class ApiApp:
    """Application of the API, `/api/webhooks/…`, and of the fault control, `/_sim/…`."""

    has_connect_faults = True

    def __init__(self, world: SimulatedWorkspace) -> None:
        self.world = world
        self.log: deque[LogEntry] = deque(maxlen=_LOGGED)

    def reply(self, request: HttpRequest) -> PlannedResponse:
        exchange = _log(self, request)
        if request.segments[0] == "_sim":
            return PlannedResponse(control(self.world, request), exchange)
        route = match(request)
        exchange.call = route.call
        answer, fault = self._respond(request, route)
        return PlannedResponse(answer, exchange, fault, self.world.latency_s())

    def _respond(self, request: HttpRequest, route: Route | NoRoute) -> tuple[HttpResponse, Fault | None]:
        """Respond with the rate limit headers, or refuse a call without a valid key or budget."""
        world, now = self.world, self.world.clock()
        api_key = _bearer_token(request)
        if api_key not in world.api_keys:
            reading = world.limiter.budget_state("", route.budget, now)
            refusal = HttpResponse.of_json(401, {"error": "Invalid API key"}, (("WWW-Authenticate", "Bearer"),))
            return refusal.with_headers(world.limiter.headers(reading, now)), None
        reading = world.limiter.draw(api_key, route.budget, now)
        headers = world.limiter.headers(reading, now)
        if not reading.allowed:
            return _rate_limited(world.limiter.plan.retry, reading.reset_s).with_headers(headers), None
        if isinstance(route, NoRoute):
            return route.answer().with_headers(headers), None
        fault = world.faults.next_fault(route.call, route.webhook_key)
        acts = fault is None or fault.carries_out
        answer = (self._carry_out(request, route) if acts else HttpResponse.of_json(200, {})).with_headers(headers)
        return (answer if fault is None else apply_fault(answer, fault)), fault

    def _carry_out(self, request: HttpRequest, route: Route) -> HttpResponse:
        """Carry out the call."""
        try:
            match route.call:
                case Call.TRIGGER:
                    return self._trigger(request, route)
                case Call.LIST:
                    return HttpResponse.of_json(200, list_json(self.world, self.world.list_runs(route.webhook_key)))
                case Call.KILL:
                    return HttpResponse.of_json(200, kill_json(self.world.kill(route.webhook_key, route.run_id)))
                case _:
                    run = self.world.run(route.webhook_key, route.run_id)
                    return HttpResponse.of_json(200, run_json(self.world, run))
        except UnknownResource as unknown:
            return HttpResponse.of_json(404, {"error": str(unknown)})
        except AlreadyFinished as ended:
            return HttpResponse.of_json(self.world.options.kill_ended_status, {"error": str(ended)})

    def _trigger(self, request: HttpRequest, route: Route) -> HttpResponse:
        self.world.webhook(route.webhook_key)
        try:
            inputs = json.loads(request.body or b"{}")
        except (ValueError, RecursionError):
            return HttpResponse.of_json(400, {"error": "Request body is not valid JSON"})
        if not isinstance(inputs, dict):
            return HttpResponse.of_json(400, {"error": "Request body must be a JSON object"})
        return HttpResponse.of_json(200, trigger_json(self.world, self.world.trigger(route.webhook_key, inputs)))


class FileApp:
    """Application of storage, `/outputs/…`: files of completed runs."""

    has_connect_faults = False

    def __init__(self, world: SimulatedWorkspace) -> None:
        self.world = world
        self.log: deque[LogEntry] = deque(maxlen=_LOGGED)

    def reply(self, request: HttpRequest) -> PlannedResponse:
        exchange = _log(self, request)
        exchange.call = Call.DOWNLOAD
        fault = self.world.faults.next_fault(Call.DOWNLOAD)
        answer = respond(self.world, request)
        return PlannedResponse(answer if fault is None else apply_fault(answer, fault), exchange, fault)


def _log(origin: App, request: HttpRequest) -> LogEntry:
    exchange = LogEntry(request.method, request.path, origin.world.clock(), request.headers, request.body)
    origin.log.append(exchange)
    return exchange


def _bearer_token(request: HttpRequest) -> str:
    scheme, _, key = (request.header("authorization") or "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def _rate_limited(hint: RetryHint, reset_s: int) -> HttpResponse:
    content: dict[str, object] = {"error": "Rate limit exceeded."}
    if hint in (RetryHint.BODY, RetryHint.BOTH):
        content["retry_after"] = reset_s
    headers = (("Retry-After", str(reset_s)),) if hint in (RetryHint.HEADER, RetryHint.BOTH) else ()
    return HttpResponse.of_json(429, content, headers)
