"""A trigger is sent once: one that may have arrived is never resent automatically, and one that surely did not is."""

import asyncio
import random
from itertools import pairwise

import pytest

from cordage_tui.api.errors import ConnectFailed, Delivery
from cordage_tui.api.request import Timeouts
from cordage_tui.domain.rate_limit import RateLimitClass
from cordage_tui.domain.run import RemoteRun, Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.submission import UNCERTAIN
from cordage_tui.simulator.faults import Call, FaultKind
from cordage_tui.simulator.rate_limits import Budget
from cordage_tui.simulator.world import Options, PlannedOutcome
from cordage_tui.store.errors import StoreError
from tests.engine.conftest import MakeStudio
from tests.engine.studio import Studio, Window, now, passing, until

pytestmark = pytest.mark.looptime

IMPATIENT = Timeouts(trigger_read_s=5.0, trigger_total_s=8.0)
NOT_TAKEN_IN = [
    pytest.param(FaultKind.CLOSE, {}, id="close"),
    pytest.param(FaultKind.RESET, {}, id="reset"),
    pytest.param(FaultKind.STATUS, {"status": 500}, id="500"),
    pytest.param(FaultKind.STATUS, {"status": 502}, id="502"),
    pytest.param(FaultKind.STATUS, {"status": 503}, id="503"),
    pytest.param(
        FaultKind.STATUS,
        {"status": 503, "body": '{"error": "Rate limit exceeded.", "retry_after": 1}'},
        id="503 with the limiter's JSON",
    ),
    pytest.param(FaultKind.REDIRECT, {"status": 302}, id="302"),
    pytest.param(FaultKind.REDIRECT, {"status": 303}, id="303"),
    pytest.param(FaultKind.REDIRECT, {"status": 308}, id="308"),
    pytest.param(FaultKind.STATUS, {"status": 408}, id="408"),
    pytest.param(FaultKind.STATUS, {"status": 409}, id="409"),
    pytest.param(FaultKind.STATUS, {"status": 451}, id="a status nobody listed"),
    pytest.param(FaultKind.GARBAGE, {}, id="garbage"),
    pytest.param(FaultKind.EMPTY, {}, id="empty 200"),
    pytest.param(FaultKind.HTML, {}, id="a web page"),
]
TAKEN_IN = [
    pytest.param(
        FaultKind.STATUS,
        {"status": 503, "body": '{"error": "x", "retry_after": 1}', "acts": True},
        id="503 of a limiter",
    ),
    pytest.param(FaultKind.STATUS, {"status": 409, "acts": True}, id="409"),
    pytest.param(FaultKind.REDIRECT, {"status": 302, "acts": True}, id="302"),
    pytest.param(FaultKind.CLOSE, {"acts": True}, id="close"),
    pytest.param(FaultKind.RESET, {"acts": True}, id="reset"),
    pytest.param(FaultKind.SILENCE, {"acts": True}, id="silence"),
    pytest.param(FaultKind.STATUS, {"status": 504, "acts": True}, id="504"),
    pytest.param(FaultKind.STATUS, {"status": 524, "acts": True}, id="524"),
    pytest.param(FaultKind.HALF_HEADERS, {"acts": True}, id="half a header"),
    pytest.param(FaultKind.TRUNCATED, {}, id="truncated body"),
    pytest.param(FaultKind.STALL, {"acts": True}, id="stalled body"),
    pytest.param(FaultKind.MALFORMED, {}, id="malformed JSON"),
    pytest.param(FaultKind.PATCH, {"drop": ("run_id",)}, id="no run id"),
]


@pytest.mark.parametrize(("kind", "about"), NOT_TAKEN_IN)
async def test_what_may_have_arrived_is_uncertain_and_never_sent_again(
    studio: Studio, kind: FaultKind, about: dict[str, object]
) -> None:
    """Row and note say that it may be running, and no second trigger leaves, however long it takes."""
    window = await studio.open(deadlines=IMPATIENT)
    studio.fault(Call.TRIGGER, kind, **about)
    row = window.submit("fox")
    await window.shows(row, Status.UNCERTAIN, within_s=15)
    await passing(40)
    assert studio.calls(Call.TRIGGER) == 1
    assert window.status(row) is Status.UNCERTAIN
    assert "may be running and may be charged" in window.note(row)


@pytest.mark.parametrize(("kind", "about"), TAKEN_IN)
async def test_what_did_arrive_is_found_in_the_list_whatever_its_answer_was(
    studio: Studio, kind: FaultKind, about: dict[str, object]
) -> None:
    """A trigger that arrived is found in the list, after any answer: its row becomes the run's, without a second
    trigger."""
    window = await studio.open(deadlines=IMPATIENT)
    studio.fault(Call.TRIGGER, kind, **about)
    row = window.submit("fox")
    await window.shows(row, Status.RUNNING, Status.COMPLETED, within_s=45)
    assert [row_shown.id for row_shown in window.rows()] == [row]
    assert studio.calls(Call.TRIGGER) == 1


@pytest.mark.parametrize("status", [400, 404, 413, 422])
async def test_what_the_server_refuses_is_rejected_in_its_words(studio: Studio, status: int) -> None:
    """A clear no means that nothing runs; the row says why, and the next prompt is not held up."""
    window = await studio.open()
    studio.fault(Call.TRIGGER, FaultKind.STATUS, status=status, body='{"error": "style is unknown"}')
    row, after = window.submit("fox"), window.submit("owl")
    await window.shows(row, Status.REJECTED)
    assert "style is unknown" in (window.detail(row).error or "").lower()
    await window.shows(after, Status.RUNNING)
    assert studio.prompts() == ["owl"]


async def test_while_the_server_is_away_prompts_wait_and_go_by_themselves_exactly_once(studio: Studio) -> None:
    """Refused connections are surely not sent: all prompts wait as queued and go, each once and in order, on return."""
    await studio.served.go_offline()
    window = await studio.open()
    rows = [window.submit(f"prompt {n}") for n in range(3)]
    await passing(100)
    assert [window.status(row) for row in rows] == [Status.QUEUED] * 3
    assert "Will be sent when the server is reachable" in window.note(rows[0])
    await studio.served.come_back()
    await until(lambda: studio.ended(window, rows), within_s=100)
    assert studio.prompts() == ["prompt 0", "prompt 1", "prompt 2"]
    assert studio.calls(Call.TRIGGER) == 3
    assert window.note(rows[0]) == ""


async def test_a_good_read_ends_the_wait_for_the_server(studio: Studio) -> None:
    """When a read shows that the server is back, waiting prompts go at once, without the rest of the back-off."""
    window = await studio.open()
    await window.lives()
    await studio.served.go_offline()
    row = window.submit("fox")
    await passing(150)
    await studio.served.come_back()
    assert await window.engine.refresh(None) is None
    await window.shows(row, Status.RUNNING, within_s=2)


async def test_a_429_on_a_trigger_keeps_the_order_and_sends_later(studio: Studio) -> None:
    """After a 429 the prompt is queued again, ahead of later ones, with the reason."""
    window = await studio.open()
    await window.lives()
    studio.fault(
        Call.TRIGGER, FaultKind.STATUS, status=429, body='{"error": "Rate limit exceeded.", "retry_after": 20}'
    )
    rows = [window.submit(f"prompt {n}") for n in range(3)]
    await until(lambda: window.note(rows[0]))
    assert window.status(rows[0]) is Status.QUEUED
    assert "sent automatically" in window.note(rows[0])
    start = now()
    await until(lambda: studio.ended(window, rows))
    assert studio.prompts() == ["prompt 0", "prompt 1", "prompt 2"]
    assert now() - start > 20
    assert studio.calls(Call.TRIGGER) == 4


async def test_a_429_on_reads_delays_no_trigger_and_no_kill(studio: Studio) -> None:
    """Each class of calls has its own budget."""
    window = await studio.open()
    studio.world.fate(studio.webhooks[0], PlannedOutcome(500.0))
    first = window.submit("owl")
    await window.shows(first, Status.RUNNING)
    studio.world.limiter.spend(studio.served.api_key, Budget.READ, 120, studio.world.clock())
    await until(
        lambda: next(v for v in window.engine.rate_limiter.views() if v.call_class is RateLimitClass.READ).limited,
        within_s=10,
    )
    start = now()
    row = window.submit("fox")
    await window.shows(row, Status.RUNNING, within_s=5)
    kill = asyncio.create_task(window.kill(first))
    await until(lambda: studio.calls(Call.KILL) == 1, within_s=2)
    assert now() - start < 7
    await kill


async def test_triggers_are_paced_so_that_none_is_refused(make_studio: MakeStudio) -> None:
    """Seventy prompts typed at once go out over more than a minute, in order, without a 429."""
    studio = await make_studio(seconds=1.0)
    window = await studio.open()
    for n in range(70):
        window.submit(f"prompt {n}")
    await until(lambda: studio.calls(Call.TRIGGER) == 70)
    assert now() > 60
    assert studio.prompts() == [f"prompt {n}" for n in range(70)]
    assert 429 not in studio.statuses()


async def test_one_trigger_of_a_webhook_is_on_its_way_at_a_time(make_studio: MakeStudio) -> None:
    """A slow webhook has one trigger in flight, and other webhooks do not wait for it."""
    studio = await make_studio(webhooks=2)
    window = await studio.open()
    studio.fault(Call.TRIGGER, FaultKind.DELAY, webhook=studio.webhooks[0], seconds=30.0)
    slow, next_one = window.submit("slow"), window.submit("next")
    other = window.submit("other", studio.webhooks[1])
    await window.shows(other, Status.RUNNING, within_s=5)
    assert window.status(slow) is Status.SENDING
    assert window.status(next_one) is Status.QUEUED
    await window.shows(next_one, Status.COMPLETED)


async def test_the_twin_of_an_uncertain_prompt_waits_and_says_so(studio: Studio) -> None:
    """The twin of an uncertain prompt waits with a note, because the two could not be distinguished; other prompts
    pass it."""
    window = await studio.open()
    studio.fault(Call.TRIGGER, FaultKind.STATUS, status=502)
    first = window.submit("fox")
    await window.shows(first, Status.UNCERTAIN)
    twin, other = window.submit("fox"), window.submit("owl")
    await window.shows(other, Status.RUNNING)
    assert window.status(twin) is Status.QUEUED
    assert "as soon as that prompt is settled" in window.note(twin)
    assert window.store.outbox.drop(first, UNCERTAIN)
    await window.shows(twin, Status.RUNNING, within_s=5)
    assert window.note(twin) == ""


async def test_an_uncertain_prompt_is_sent_again_on_the_users_word_only(studio: Studio) -> None:
    """`resend` queues it once more, once; of a row that is not uncertain it makes nothing."""
    window = await studio.open()
    studio.fault(Call.TRIGGER, FaultKind.CLOSE)
    row = window.submit("fox")
    await window.shows(row, Status.UNCERTAIN)
    assert window.engine.queue.resend(row)
    assert not window.engine.queue.resend(row)
    await window.shows(row, Status.RUNNING)
    assert not window.engine.queue.resend(row)
    assert studio.prompts() == ["fox"]
    assert studio.calls(Call.TRIGGER) == 2


async def test_an_uncertain_prompt_that_is_dropped_leaves_the_list_unsent(studio: Studio) -> None:
    """`drop` takes it away for good; a run that did start shows as a run of its own."""
    studio.world.options = Options(list_lag_s=5.0)
    window = await studio.open()
    studio.fault(Call.TRIGGER, FaultKind.CLOSE, acts=True)
    row = window.submit("fox")
    await window.shows(row, Status.UNCERTAIN)
    assert window.store.outbox.drop(row, UNCERTAIN)
    await until(lambda: len(window.rows()) == 1, within_s=35)
    assert window.status(row) is None
    assert not window.store.outbox.drop(row, UNCERTAIN)
    assert [r.run_id is not None for r in window.rows()] == [True]
    assert studio.calls(Call.TRIGGER) == 1


class Longest(random.Random):
    """Draws the longest back-off."""

    def uniform(self, a: float, b: float) -> float:
        return b


class Attempts:
    """Triggers of a window whose server is not asked: each is answered with the next of these errors, the last one for good."""

    def __init__(self, window: Window, *deliveries: Delivery) -> None:
        self.at: list[float] = []
        self._deliveries = list(deliveries)
        window.session.rng = Longest()
        window.session.client.trigger = self._trigger  # type: ignore[method-assign]
        window.engine.poller.answer_listeners.clear()

    async def _trigger(self, *_: object) -> RemoteRun:
        self.at.append(now())
        delivery = self._deliveries.pop(0) if len(self._deliveries) > 1 else self._deliveries[0]
        raise ConnectFailed("trigger", SafeText("no connection"), delivery=delivery)

    @property
    def gaps(self) -> list[float]:
        return [later - earlier for earlier, later in pairwise(self.at)]


async def test_the_back_off_doubles_from_two_seconds_up_to_a_minute(studio: Studio) -> None:
    """After n failures in a row the back-off is at most 2ⁿ s and a fifth of a second, and never more than 60 s."""
    window = await studio.open()
    attempts = Attempts(window, Delivery.NOT_SENT)
    window.submit("fox")
    await until(lambda: len(attempts.at) == 9, within_s=300)
    assert attempts.gaps == pytest.approx([2.2, 4.2, 8.2, 16.2, 32.2, 60.0, 60.0, 60.0], abs=0.02)


async def test_a_request_that_reached_the_server_ends_the_back_off(make_studio: MakeStudio) -> None:
    """A request that reached the server ends the back-off, whatever its outcome: later prompts go at once."""
    studio = await make_studio(webhooks=2)
    window = await studio.open()
    no, yes = Delivery.NOT_SENT, Delivery.UNCERTAIN
    attempts = Attempts(window, no, no, no, yes, no)
    for webhook in studio.webhooks[:2]:
        window.submit("fox", webhook)
    await until(lambda: len(attempts.at) == 7, within_s=100)
    assert attempts.gaps[:3] == pytest.approx([2.2, 4.2, 8.2], abs=0.02)
    assert attempts.gaps[3] < 2.0
    assert attempts.gaps[4:] == pytest.approx([2.2, 4.2], abs=0.02)


async def test_a_disk_that_takes_no_intent_is_tried_at_the_same_intervals(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is sent without its intent on disk, and failed writes are retried at the same intervals."""
    window = await studio.open()
    await window.lives()
    Attempts(window, Delivery.NOT_SENT)
    claims: list[float] = []

    def claim(*_: object, **__: object) -> None:
        claims.append(now())
        raise StoreError("The disk is full.")

    monkeypatch.setattr(window.store.outbox, "claim", claim)
    window.submit("fox")
    await until(lambda: len(claims) == 4, within_s=100)
    assert [b - a for a, b in pairwise(claims)] == pytest.approx([2.2, 4.2, 8.2], abs=0.02)
