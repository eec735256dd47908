"""The two origins: the API, which asks for the key, and storage, which must never be sent one."""

import json
from collections import deque
from typing import Protocol

from cordage_tui.simulator.control import control
from cordage_tui.simulator.faults import Call, Fault
from cordage_tui.simulator.limits import RetryHint
from cordage_tui.simulator.messages import HttpRequest, HttpResponse, LogEntry, PlannedResponse
from cordage_tui.simulator.routes import NoRoute, Route, match
from cordage_tui.simulator.shapes import kill_json, list_json, run_json, trigger_json
from cordage_tui.simulator.spoiling import spoil
from cordage_tui.simulator.storage import stored
from cordage_tui.simulator.world import AlreadyFinished, SimulatedWorkspace, UnknownResource

_LOGGED = 20_000


class App(Protocol):
    """What a server asks for answers."""

    world: SimulatedWorkspace
    log: deque[LogEntry]
    has_connect_faults: bool
    """Whether faults bound to CONNECT strike here."""

    def reply(self, request: HttpRequest) -> PlannedResponse:
        """The answer to one request. It is logged before it is sent."""


class ApiApp:
    """`/api/webhooks/…`, and `/_sim/…` for whoever runs the simulator."""

    has_connect_faults = True

    def __init__(self, world: SimulatedWorkspace) -> None:
        self.world = world
        self.log: deque[LogEntry] = deque(maxlen=_LOGGED)

    def reply(self, request: HttpRequest) -> PlannedResponse:
        exchange = _logged(self, request)
        if request.segments[0] == "_sim":
            return PlannedResponse(control(self.world, request), exchange)
        route = match(request)
        exchange.call = route.call
        answer, fault = self._limited(request, route)
        return PlannedResponse(answer, exchange, fault, self.world.latency_s())

    def _limited(self, request: HttpRequest, route: Route | NoRoute) -> tuple[HttpResponse, Fault | None]:
        """The answer with the budget's headers, or the refusal of whoever has no key or no budget left."""
        world, now = self.world, self.world.clock()
        api_key = _bearer(request)
        if api_key not in world.api_keys:
            reading = world.limiter.budget_state("", route.budget, now)
            refusal = HttpResponse.of_json(401, {"error": "Invalid API key"}, (("WWW-Authenticate", "Bearer"),))
            return refusal.with_headers(world.limiter.headers(reading, now)), None
        reading = world.limiter.draw(api_key, route.budget, now)
        headers = world.limiter.headers(reading, now)
        if not reading.allowed:
            return _too_many(world.limiter.plan.retry, reading.reset_s).with_headers(headers), None
        if isinstance(route, NoRoute):
            return route.answer().with_headers(headers), None
        fault = world.faults.next_fault(route.call, route.webhook_key)
        acts = fault is None or fault.carries_out
        answer = (self._act(request, route) if acts else HttpResponse.of_json(200, {})).with_headers(headers)
        return (answer if fault is None else spoil(answer, fault)), fault

    def _act(self, request: HttpRequest, route: Route) -> HttpResponse:
        """Carry the call out."""
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
    """`/outputs/…`: what completed runs made."""

    has_connect_faults = False

    def __init__(self, world: SimulatedWorkspace) -> None:
        self.world = world
        self.log: deque[LogEntry] = deque(maxlen=_LOGGED)

    def reply(self, request: HttpRequest) -> PlannedResponse:
        exchange = _logged(self, request)
        exchange.call = Call.DOWNLOAD
        fault = self.world.faults.next_fault(Call.DOWNLOAD)
        answer = stored(self.world, request)
        return PlannedResponse(answer if fault is None else spoil(answer, fault), exchange, fault)


def _logged(origin: App, request: HttpRequest) -> LogEntry:
    exchange = LogEntry(request.method, request.path, origin.world.clock(), request.headers, request.body)
    origin.log.append(exchange)
    return exchange


def _bearer(request: HttpRequest) -> str:
    scheme, _, key = (request.header("authorization") or "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def _too_many(hint: RetryHint, reset_s: int) -> HttpResponse:
    content: dict[str, object] = {"error": "Rate limit exceeded."}
    if hint in (RetryHint.BODY, RetryHint.BOTH):
        content["retry_after"] = reset_s
    told = (("Retry-After", str(reset_s)),) if hint in (RetryHint.HEADER, RetryHint.BOTH) else ()
    return HttpResponse.of_json(429, content, told)
