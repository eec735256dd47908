"""Records of one engine: calls, waits, commits, locks and health."""

from asyncio.exceptions import CancelledError
from enum import StrEnum
from typing import TYPE_CHECKING

from cordage_tui.config.profiles import PUBLISHED_BASE_URL
from cordage_tui.domain.rate_limit import BudgetView, Priority, RateLimitClass
from cordage_tui.domain.urls import leads_here
from cordage_tui.domain.webhook import HealthStatus, Profile
from cordage_tui.engine.events import Event, StateChanged
from cordage_tui.engine.log.process_log import ProcessLog
from cordage_tui.engine.log.record_kinds import RecordKind, RecordValue
from cordage_tui.engine.log.transition_recorder import TransitionRecorder

if TYPE_CHECKING:
    from cordage_tui.api.request import ApiRequest
    from cordage_tui.api.responses import CallOutcome
    from cordage_tui.engine.context import EngineContext
    from cordage_tui.engine.polling.health import HealthRegistry
    from cordage_tui.engine.processes.leadership import Leadership


class ApiRoute(StrEnum):
    """Calls of the API."""

    LIST = "list"
    RUN = "run"
    TRIGGER = "trigger"
    KILL = "kill"


class ServerKind(StrEnum):
    """Kinds of servers, as a bundle names them."""

    DEFAULT = "default"
    LOOPBACK = "loopback"
    OTHER = "other"


class CallRecorder:
    """Recorder of calls that have ended."""

    def __init__(self, log: ProcessLog) -> None:
        self._log = log

    def record(
        self, outcome: "CallOutcome", webhook: int = 0, row: int | None = None, budget: BudgetView | None = None
    ) -> None:
        """Record a call: `webhook` is its position in the profile, 0 if it is in none; `row` that of its run."""
        answer, seen = outcome.answer, outcome.seen
        values: dict[str, RecordValue] = {
            "route": _route(outcome.request),
            "webhook": webhook,
            "row": row,
            "status": None if answer is None else answer.status,
            "ms": round(outcome.took_s * 1000),
            **_failure(outcome),
        }
        if answer is not None:
            values |= {"bytes": len(answer.body), "sends": answer.sends if answer.sends > 1 else None}
        values |= {"limit": seen.limit, "remaining": seen.remaining}
        values |= {"reset_s": seen.reset_s, "retry_after_s": seen.retry_after_s}
        if budget is not None:
            values |= {"left": budget.remaining, "of": budget.limit, "waiting": budget.waiting or None}
            values |= {"wait_s": round(budget.wait_s, 1) or None, "limited": budget.limited or None}
        self._log.write(RecordKind.CALL, **{name: value for name, value in values.items() if value is not None})


class EngineRecorder:
    """Recorder of one engine: its calls, waits and commits, which locks it holds, and the health of its webhooks."""

    def __init__(
        self, log: ProcessLog, context: "EngineContext", leadership: "Leadership", health: "HealthRegistry"
    ) -> None:
        """Begin to record."""
        self._log = log
        self._context = context
        self._leadership = leadership
        self._health = health
        self._state: tuple[bool, ...] | None = None
        self._healths: dict[int, HealthStatus] = {}
        self._calls = CallRecorder(log)
        self._transitions = TransitionRecorder(log, context.store, context.open_profile)
        self._transitions.attach()
        context.client.on_ended = self._record_call
        context.rate_limiter.on_waited = self._record_wait
        self._unsubscribe = context.events.subscribe(self._on_event)
        self._record_profile(context.open_profile, [profile.name for profile in context.settings.profiles])

    def detach(self) -> None:
        """Record nothing more of this engine."""
        self._transitions.detach()
        self._unsubscribe()

    def record_resumed(self) -> None:
        """Record that the machine has slept, or that the process was stopped."""
        self._log.write(RecordKind.RESUMED)

    def record_fetch(self, seconds: float, error: Exception | None) -> None:
        """Record that the fetch of an output's file has ended."""
        self._log.write(RecordKind.FETCH, ms=round(seconds * 1000), error=None if error is None else type(error))

    def _record_profile(self, profile: Profile, names: list[str]) -> None:
        self._log.write(
            RecordKind.PROFILE,
            number=names.index(profile.name) + 1 if profile.name in names else 0,
            webhooks=len(profile.webhooks),
            server=server_kind(profile.base_url),
            read_only=profile.read_only,
            limits=profile.is_limited,
        )

    def _record_call(self, outcome: "CallOutcome") -> None:
        self._transitions.profile = self._context.open_profile
        request, row = outcome.request, None
        if len(request.segments) > 1:
            row = self._transitions.row_of(request.webhook_key, request.segments[1])
        budget = self._context.rate_limiter.view(request.call_class)
        self._calls.record(outcome, self._transitions.position(request.webhook_key), row, budget)

    def _record_wait(self, call_class: RateLimitClass, priority: Priority, seconds: float) -> None:
        self._log.write(RecordKind.WAIT, budget=call_class, priority=priority, seconds=round(seconds, 1))

    def _on_event(self, event: Event) -> None:
        self._log.debug(RecordKind.EVENT, name=type(event))
        if isinstance(event, StateChanged):
            self._record_role()
            self._record_health()

    def _record_role(self) -> None:
        leadership = self._leadership
        is_refused, is_silent = leadership.refused is not None, leadership.silent_sender is not None
        state = (leadership.polls, leadership.sends, is_refused, is_silent)
        if state != self._state:
            self._state = state
            self._log.write(
                RecordKind.ROLE, polls=state[0], sends=state[1], key_refused=state[2], sender_silent=state[3]
            )

    def _record_health(self) -> None:
        for number, webhook in enumerate(self._context.open_profile.webhooks, 1):
            health = self._health.of(webhook.key).health
            if self._healths.get(number) is not health:
                self._healths[number] = health
                self._log.write(RecordKind.HEALTH, webhook=number, health=health)


def server_kind(base_url: str) -> ServerKind:
    """Return what a bundle says of a server's address."""
    if base_url == PUBLISHED_BASE_URL:
        return ServerKind.DEFAULT
    return ServerKind.LOOPBACK if leads_here(base_url) else ServerKind.OTHER


def _route(request: "ApiRequest") -> ApiRoute:
    match request.call_class:
        case RateLimitClass.TRIGGER:
            return ApiRoute.TRIGGER
        case RateLimitClass.KILL:
            return ApiRoute.KILL
    return ApiRoute.LIST if len(request.segments) == 1 else ApiRoute.RUN


def _failure(outcome: "CallOutcome") -> dict[str, RecordValue]:
    if outcome.error is not None:
        return {"error": type(outcome.error), "delivery": outcome.error.delivery}
    return {"error": CancelledError} if outcome.answer is None else {}
