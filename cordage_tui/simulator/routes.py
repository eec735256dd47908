"""Which request is which call of the API."""

from dataclasses import dataclass

from cordage_tui.simulator.faults import Call
from cordage_tui.simulator.limits import Budget
from cordage_tui.simulator.messages import HttpRequest, HttpResponse

BASE = "/api/webhooks"
_BUDGETS = {Call.TRIGGER: Budget.TRIGGER, Call.LIST: Budget.READ, Call.GET: Budget.READ, Call.KILL: Budget.KILL}
_METHODS = {Call.TRIGGER: "POST", Call.LIST: "GET", Call.GET: "GET", Call.KILL: "POST"}


@dataclass(frozen=True, slots=True)
class Route:
    """A call on one webhook, and on one run where the call has one."""

    call: Call
    webhook_key: str
    run_id: str = ""

    @property
    def budget(self) -> Budget:
        """What it draws on: get and list share one (API.md, rate limits)."""
        return _BUDGETS[self.call]


@dataclass(frozen=True, slots=True)
class NoRoute:
    """A path that there is not, or one that does not know the method."""

    allow: str | None
    """The method it would know; None: there is no such path."""
    budget: Budget
    call: None = None

    def answer(self) -> HttpResponse:
        """404 or 405 with the documented error JSON."""
        if self.allow is None:
            return HttpResponse.of_json(404, {"error": "Not found"})
        return HttpResponse.of_json(405, {"error": "Method not allowed"}, (("Allow", self.allow),))


def match(request: HttpRequest) -> Route | NoRoute:
    """The call that a request makes."""
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
