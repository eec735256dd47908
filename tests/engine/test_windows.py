"""However many windows there are on one store, one polls and sends, and all show the same."""

import os

import pytest

from cordage_tui.domain.queue import BlockedBy
from cordage_tui.domain.run import Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.submission import UNCERTAIN
from cordage_tui.domain.webhook import HealthStatus, WebhookHealth
from cordage_tui.engine.errors import ReadOnlyProfile
from cordage_tui.engine.events import StateChanged
from cordage_tui.engine.polling.health import RECORD_EVERY_S
from cordage_tui.engine.processes.process_locks import BEAT_EVERY_S, SILENT_AFTER_S
from cordage_tui.simulator.faults import Call, FaultKind
from tests.engine.conftest import MakeStudio
from tests.engine.studio import Studio, passing, until

pytestmark = pytest.mark.looptime


async def test_ten_windows_cost_what_one_does(studio: Studio) -> None:
    """One polls; the server sees no more reads than from a single window."""
    windows = [await studio.open() for _ in range(10)]
    assert [window.engine.leadership.polls for window in windows] == [True, *[False] * 9]
    await passing(60)
    assert studio.calls() <= 4


async def test_a_window_that_has_not_started_follows_nobody(studio: Studio) -> None:
    """Whether another one polls is known once the locks were tried, and not said before."""
    window, other = studio.build(), studio.build()
    studio.windows += [window, other]
    assert not window.engine.is_follower() and not other.engine.is_follower()
    await window.engine.start()
    await other.engine.start()
    assert not window.engine.is_follower() and other.engine.is_follower()


async def test_who_begins_to_read_never_shows_the_refusal_of_an_earlier_key(studio: Studio) -> None:
    """It is stored until the first answer to the new one; nobody is told of it in between."""
    window = await studio.open()
    await window.lives()
    engine, words = window.engine, SafeText("API key rejected")
    engine.store.health.record(engine.profile.stored_as, WebhookHealth(window.webhook, HealthStatus.REFUSED, words))
    told: list[SafeText | None] = []
    engine.events.subscribe(lambda _: told.append(engine.health.refused()))
    engine.health.reset(studio.webhooks)
    assert told and set(told) == {None}


async def test_the_follower_shows_and_announces_what_the_leader_finds(studio: Studio) -> None:
    """Rows within a second, health and its age, and the end of a run, told once in each window."""
    window = await studio.open()
    other = await studio.open()
    row = window.submit("fox")
    await window.shows(row, Status.RUNNING)
    await other.shows(row, Status.RUNNING, within_s=1)
    await window.shows(row, Status.COMPLETED)
    await other.shows(row, Status.COMPLETED, within_s=1)
    await passing(2)
    assert window.finished() == other.finished() == [row]
    assert other.health() is HealthStatus.LIVE
    assert other.engine.health.of(other.webhook).ok_at is not None


async def test_reads_that_go_well_are_stored_together(make_studio: MakeStudio) -> None:
    """However many webhooks are read, their successes cost a commit in some seconds; followers know each as well as before."""
    studio = await make_studio(webhooks=5, seconds=1_000.0)
    window = await studio.open()
    other = await studio.open()
    rows = [window.submit("fox", key) for key in studio.webhooks]
    await until(lambda: all(window.status(row) is Status.RUNNING for row in rows))
    await passing(10)
    window.events.clear()
    reads = studio.calls(Call.LIST)
    await passing(60)
    assert studio.calls(Call.LIST) - reads > 60
    assert len([event for event in window.events if isinstance(event, StateChanged)]) <= 60 / RECORD_EVERY_S + 1
    for key in studio.webhooks:
        known, told = (of.engine.health.of(key).ok_at for of in (window, other))
        assert known is not None and told is not None and 0 <= known - told <= 2 * RECORD_EVERY_S


async def test_the_followers_prompt_is_sent_by_the_leader_once(studio: Studio) -> None:
    """Both windows submit; every prompt reaches the server exactly once."""
    window = await studio.open()
    other = await studio.open()
    rows = [w.submit(f"prompt {n}") for n in range(3) for w in (window, other)]
    await until(lambda: studio.ended(window, rows))
    assert sorted(studio.prompts()) == sorted(f"prompt {n}" for n in range(3) for _ in range(2))
    assert studio.calls(Call.TRIGGER) == 6


async def test_a_leader_without_a_sign_of_life_is_told_as_what_it_is(studio: Studio) -> None:
    """Nothing is called live that is not read, and nobody is told that a prompt will be sent: within seconds, and only until
    there are signs again."""
    window, other = await studio.open(), await studio.open()
    await window.lives()
    await until(lambda: other.health() is HealthStatus.LIVE, within_s=1)
    assert other.engine.is_sent_elsewhere
    beats, window.engine.leadership.heartbeat = window.engine.leadership.heartbeat, lambda *, slept: False
    await until(lambda: other.health() is HealthStatus.STALLED, within_s=SILENT_AFTER_S + BEAT_EVERY_S + 1)
    reader, sender = other.engine.health.silent_reader, other.engine.leadership.silent_sender
    assert reader is not None and sender is not None and reader.pid == sender.pid == os.getpid()
    assert str(os.getpid()) in (other.engine.health.of(other.webhook).words or "")
    assert not other.engine.is_sent_elsewhere and not other.engine.leadership.polls
    window.engine.leadership.heartbeat = beats
    await until(lambda: other.health() is HealthStatus.LIVE, within_s=1)
    assert other.engine.health.silent_reader is None and other.engine.is_sent_elsewhere


async def test_a_prompt_is_not_promised_to_be_sent_while_its_sender_is_silent(studio: Studio) -> None:
    """Its row and its panel say what is in the way, as the top line and the queue do."""
    window, other = await studio.open(), await studio.open()
    await window.lives()
    studio.fault(
        Call.TRIGGER, FaultKind.STATUS, count=None, status=429, body='{"error": "Rate limit.", "retry_after": 600}'
    )
    row = other.submit("fox")
    await until(lambda: other.status(row) is Status.QUEUED and studio.calls(Call.TRIGGER) == 1)
    assert other.engine.forecast.standings([other.row(row)])[row].blocked_by is None
    window.engine.leadership.heartbeat = lambda *, slept: False
    await until(lambda: other.engine.leadership.silent_sender, within_s=SILENT_AFTER_S + BEAT_EVERY_S + 1)
    standing = other.engine.forecast.standings([other.row(row)])[row]
    assert (standing.blocked_by, standing.seconds) == (BlockedBy.STALLED, None)
    assert str(os.getpid()) in (other.engine.forecast.drain().blocked or "")


async def test_a_follower_that_slept_does_not_take_the_leader_for_dead(studio: Studio) -> None:
    """Nobody gives signs of life while the machine sleeps."""
    window, other = await studio.open(), await studio.open()
    await window.lives()
    studio.clock.suspended_s += 28_000.0
    for _ in range(20):
        await passing(0.25)
        assert other.engine.health.silent_reader is None


async def test_a_lock_that_nobody_holds_any_more_makes_nobody_silent(studio: Studio) -> None:
    """A window that may not send looks at the mark of a sender that is gone."""
    sender = await studio.open()
    await sender.lives()
    await sender.engine.stop()
    watcher = await studio.open(profile=studio.profile(read_only=True))
    await passing(20)
    assert watcher.engine.leadership.silent_sender is None and watcher.health() is HealthStatus.LIVE


async def test_a_follower_takes_over_within_a_second(studio: Studio) -> None:
    """When the leader lets go, the next one polls and sends; what was queued goes, once."""
    window = await studio.open()
    other = await studio.open()
    await window.lives()
    await window.engine.stop()
    row = other.submit("fox")
    await until(lambda: other.engine.leadership.polls, within_s=1)
    await other.shows(row, Status.COMPLETED)
    assert studio.prompts() == ["fox"]


async def test_what_a_dead_window_was_sending_becomes_uncertain_and_is_not_sent_again(studio: Studio) -> None:
    """The heir cannot know whether it arrived."""
    window, other = await studio.open(), await studio.open()
    studio.fault(Call.TRIGGER, FaultKind.SILENCE, acts=True)
    row = window.submit("fox")
    await window.shows(row, Status.SENDING)
    await until(lambda: studio.calls(Call.TRIGGER) == 1)
    await window.engine.stop()
    await other.shows(row, Status.UNCERTAIN, within_s=1)
    await passing(60)
    assert studio.calls(Call.TRIGGER) == 1


async def test_a_followers_own_refresh_and_kill_go_out_from_it(studio: Studio) -> None:
    """The user's keys answer in every window, and what they bring is seen in all."""
    window = await studio.open()
    other = await studio.open()
    row = window.submit("fox")
    await window.shows(row, Status.RUNNING)
    await other.shows(row, Status.RUNNING, within_s=1)
    report = await other.kill(row)
    assert report.outcome.value == "cancelled"
    await window.shows(row, Status.CANCELLED, within_s=1)
    assert await other.engine.refresh(None) is None


async def test_a_read_only_window_sends_nothing_and_keeps_no_other_from_sending(studio: Studio) -> None:
    """It refuses in words; a second window that may send does, though the first one polls."""
    watcher = await studio.open(profile=studio.profile(read_only=True))
    with pytest.raises(ReadOnlyProfile):
        watcher.submit("fox")
    with pytest.raises(ReadOnlyProfile):
        await watcher.kill(watcher.store.outbox.submit("studio", watcher.webhook, {"prompt": "by another window"}))
    await passing(5)
    assert studio.calls(Call.TRIGGER) == 0
    await studio.open()
    await until(lambda: studio.prompts() == ["by another window"], within_s=5)


async def test_profiles_that_share_a_key_are_both_polled_and_sent(make_studio: MakeStudio) -> None:
    """A window on another profile is no follower of the first one's: nobody else would read its webhooks."""
    studio = await make_studio()
    first, second = await studio.open(), await studio.open(profile=studio.profile("other"))
    assert first.engine.leadership.polls and second.engine.leadership.polls
    row = second.submit("fox")
    await second.shows(row, Status.COMPLETED)
    assert studio.prompts() == ["fox"]


async def test_a_window_with_another_key_does_not_disturb_what_the_first_is_sending(studio: Studio) -> None:
    """Two keys, one profile: both poll, one sends, and its trigger in flight is not called uncertain."""
    studio.world.api_keys.add("cordage_second")
    window = await studio.open()
    studio.fault(Call.TRIGGER, FaultKind.DELAY, seconds=5.0)
    row = window.submit("fox")
    await window.shows(row, Status.SENDING)
    other = await studio.open(key="cordage_second")
    await passing(2)
    assert other.status(row) is Status.SENDING
    mine = other.submit("owl")
    await until(lambda: studio.ended(window, [row, mine]))
    assert studio.prompts() == ["fox", "owl"]


async def test_the_window_that_polls_hurries_for_what_another_one_sent(make_studio: MakeStudio) -> None:
    """One polls and another sends: the run is followed at an active webhook's pace, not found after half a minute."""
    studio = await make_studio(seconds=5.0)
    watcher = await studio.open(profile=studio.profile(read_only=True))
    window = await studio.open()
    await watcher.lives()
    await passing(2)
    row = window.submit("fox")
    await window.shows(row, Status.COMPLETED, within_s=9)
    assert watcher.engine.leadership.polls and not window.engine.leadership.polls


async def test_what_others_decided_meanwhile_stands_and_holds_up_nothing(studio: Studio) -> None:
    """The answer to a trigger finds its row dropped by another window: it is not written over, and the next prompt goes."""
    window = await studio.open()
    studio.fault(Call.TRIGGER, FaultKind.DELAY, seconds=3.0)
    row = window.submit("fox")
    await window.shows(row, Status.SENDING)
    other = studio.build()
    other.store.outbox.recover("studio")
    assert other.store.outbox.drop(row, UNCERTAIN)
    after = window.submit("owl")
    await window.shows(after, Status.COMPLETED, within_s=30)
    assert window.status(row) is None
