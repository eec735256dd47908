"""The log of an engine says what happened, by numbers and words of this program."""

import re

import pytest

from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.rate_limit import Priority, RateLimitClass
from cordage_tui.domain.run import Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.urls import parse_base_url
from cordage_tui.domain.webhook import HealthStatus
from cordage_tui.engine.log.process_log import ProcessLog
from cordage_tui.engine.log.record_kinds import ProcessKind
from cordage_tui.simulator.faults import Call, FaultKind
from tests.engine.conftest import MakeStudio
from tests.engine.studio import Studio, Window, passing, until
from tests.records import Record, records

pytestmark = pytest.mark.looptime


async def recorded(studio: Studio) -> Window:
    window = studio.build()
    window.engine.start_recording(ProcessLog(studio.paths, ProcessKind.APP, {}))
    await window.engine.start()
    studio.windows.append(window)
    return window


def found(studio: Studio, *kinds: str) -> list[Record]:
    return records(studio.paths, *kinds)


async def test_a_prompt_is_followed_from_the_queue_to_its_end(make_studio: MakeStudio) -> None:
    """Its transitions by its row number, the calls by their routes with what the server says of the budget, and who sends."""
    studio = await make_studio(webhooks=2)
    window = await recorded(studio)
    row = window.submit("fox", studio.webhooks[1])
    await window.shows(row, Status.COMPLETED)
    states = [(one["webhook"], one["status"], one["state"], one["attempt"]) for one in found(studio, "row")]
    assert states == [
        ("2", "queued", "queued", "0"),
        ("2", "sending", "sending", "1"),
        ("2", "running", "accepted", "1"),
        ("2", "completed", "accepted", "1"),
    ]
    (trigger,) = [one for one in found(studio, "call") if one["route"] == "trigger"]
    assert (trigger["webhook"], trigger["status"]) == ("2", "200")
    assert (trigger["limit"], trigger["remaining"], trigger["of"], trigger["left"]) == ("60", "59", "60", "59")
    begin, profile = found(studio)[:2]
    assert (begin.kind, begin["command"], profile["server"], profile["webhooks"]) == ("begin", "app", "loopback", "2")
    assert found(studio, "role")[-1]["sends"] == "yes"
    assert [one["health"] for one in found(studio, "health") if one["webhook"] == "2"] == ["loading", "live"]


async def test_calls_that_fail_say_how(studio: Studio) -> None:
    """The kind of failure, whether the server may have got it, its status; a call about one run has that run's row."""
    window = await recorded(studio)
    await window.lives()
    row = window.submit("fox")
    await window.shows(row, Status.RUNNING)
    studio.fault(Call.KILL, FaultKind.STATUS, status=503, body='{"error": "who are you, Bob?"}')
    await window.kill(row)
    (kill,) = [one for one in found(studio, "call") if one["route"] == "kill"]
    assert (kill["row"], kill["status"], kill["error"]) == (str(row), "503", "ServerError")
    studio.fault(Call.LIST, FaultKind.CLOSE, count=None)
    await until(lambda: window.health() is HealthStatus.OFFLINE)
    lost = found(studio, "call")[-1]
    assert (lost["error"], lost["delivery"], lost.get("status")) == ("ConnectionLost", "uncertain", None)


async def test_waits_pauses_and_sleep_are_recorded(studio: Studio) -> None:
    """A long wait for budget, a queue that is paused and goes on, more rows than are worth a record, a machine that slept."""
    window = await recorded(studio)
    await window.lives()
    limiter = window.engine.rate_limiter
    for _ in range(limiter.limit(RateLimitClass.KILL) + 1):
        await limiter.acquire(RateLimitClass.KILL, Priority.USER)
    (wait,) = [one for one in found(studio, "wait") if one["budget"] == "kills"]
    assert float(wait["seconds"]) > 1
    studio.clock.suspended_s += 3_600
    await passing(2)
    assert found(studio, "resumed")
    queue = window.engine.queue
    queue.pause()
    bodies = [{"prompt": f"{n}"} for n in range(60)]
    queue.submit_batch(window.webhook, BatchSource(SafeText("60 foxes"), {}), bodies)
    assert sum(one["state"] == "queued" for one in found(studio, "row")) < 60
    more = sum(int(one["more"]) for one in found(studio, "rows"))
    assert more == 11, "60 prompts and the line of the batch, of which 50 have a record each"
    queue.resume()
    assert [one["paused"] for one in found(studio, "queue")][-2:] == ["yes", "no"]


async def test_a_killed_process_leaves_its_records(studio: Studio) -> None:
    """Each is in the file the moment it is made, so the last one before SIGKILL is there, and no end."""
    window = await recorded(studio)
    await window.lives()
    row = window.submit("fox")
    await window.dies()
    kinds = [one.kind for one in found(studio)]
    assert found(studio, "row")[0]["row"] == str(row)
    assert kinds[0] == "begin" and "end" not in kinds


async def test_a_stopped_engine_records_nothing_more(studio: Studio) -> None:
    """Its store is that of the next profile."""
    window = await recorded(studio)
    await window.lives()
    await window.engine.stop()
    before = found(studio)
    window.store.queue_control.pause(window.engine.profile.stored_as, "x")
    assert found(studio) == before


async def test_bugs_are_recorded_by_type_and_place(studio: Studio) -> None:
    """Of an error only what this program's own text says: no message, no file of another program. A process that has done
    nothing worth a record leaves none."""
    recorder = ProcessLog(studio.paths, ProcessKind.APP, {})
    recorder.record_end(0)
    assert found(studio) == []
    with pytest.raises(ValueError, match="is plain http") as caught:
        parse_base_url("http://secret.example")
    recorder.record_bug(caught.value)
    for code in (70, 0):
        recorder.record_end(code)
    begin, bug, end = found(studio)
    assert (begin.kind, bug.kind, bug["error"], end["code"]) == ("begin", "bug", "builtins.ValueError", "70")
    assert re.fullmatch(r"domain/urls\.py:\d+", bug["at"])
