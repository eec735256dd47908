"""Flight records of one engine: calls, waits, commits, locks and health."""

from cordage_tui.api.responses import CallOutcome
from cordage_tui.config.profiles import PUBLISHED_BASE_URL
from cordage_tui.domain.urls import leads_here
from cordage_tui.domain.webhook import HealthStatus
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.events import Event, StateChanged
from cordage_tui.engine.flight_recorder import FlightRecorder, TransitionRecorder
from cordage_tui.engine.leadership import Leadership
from cordage_tui.engine.polling.health import HealthRegistry


class EngineRecorder:
    """Recorder of one engine: its calls, waits and commits, which locks it holds, and the health of its webhooks."""

    def __init__(
        self, recorder: FlightRecorder, context: EngineContext, leadership: Leadership, health: HealthRegistry
    ) -> None:
        """Begin to record."""
        self._recorder = recorder
        self._context = context
        self._leadership = leadership
        self._health = health
        self._state: tuple[bool, ...] | None = None
        self._healths: dict[int, HealthStatus] = {}
        self._transitions = TransitionRecorder(recorder, context.store, context.open_profile)
        self._transitions.attach()
        context.client.on_ended = self._record_call
        context.rate_limiter.on_waited = recorder.record_wait
        self._unsubscribe = context.events.subscribe(self._on_event)
        profile = context.open_profile
        names = [one.name for one in context.settings.profiles]
        recorder.write(
            "profile",
            number=names.index(profile.name) + 1 if profile.name in names else 0,
            webhooks=len(profile.webhooks),
            server=server_kind(profile.base_url),
            read_only=profile.read_only,
            limits=profile.is_limited,
        )

    def detach(self) -> None:
        """Record nothing more of this engine."""
        self._transitions.detach()
        self._unsubscribe()

    def record_resumed(self) -> None:
        """Record that the machine has slept, or that the process was stopped."""
        self._recorder.write("resumed")

    def record_fetch(self, seconds: float, error: Exception | None) -> None:
        """Record that the fetch of an output's file has ended."""
        result = "ok" if error is None else type(error).__name__
        self._recorder.write("fetch", result=result, ms=round(seconds * 1000))

    def _record_call(self, outcome: CallOutcome) -> None:
        self._transitions.profile = self._context.open_profile
        request, row = outcome.request, None
        if len(request.segments) > 1:
            row = self._transitions.row_of(request.webhook_key, request.segments[1])
        budget = self._context.rate_limiter.view(request.call_class)
        self._recorder.record_call(outcome, self._transitions.position(request.webhook_key), row, budget)

    def _on_event(self, event: Event) -> None:
        if not isinstance(event, StateChanged):
            return
        leadership = self._leadership
        state = (
            leadership.polls,
            leadership.sends,
            leadership.refused is not None,
            leadership.silent_sender is not None,
        )
        if state != self._state:
            self._state = state
            self._recorder.write(
                "role", **dict(zip(("polls", "sends", "key_refused", "sender_silent"), state, strict=True))
            )
        for number, webhook in enumerate(self._context.open_profile.webhooks, 1):
            health = self._health.of(webhook.key).health
            if self._healths.get(number) is not health:
                self._healths[number] = health
                self._recorder.write("health", webhook=number, health=health.value)


def server_kind(base_url: str) -> str:
    """Return what a bundle says of a server's address."""
    if base_url == PUBLISHED_BASE_URL:
        return "default"
    return "loopback" if leads_here(base_url) else "other"
