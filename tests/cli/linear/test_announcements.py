"""Each change is one sentence, said once, and progress comes at most twice a minute."""

import re

import pytest

from cordage_tui.cli.linear.announcements import Announcer
from cordage_tui.cli.linear.speech import Speech
from cordage_tui.domain.outbox import BatchSource
from cordage_tui.domain.run import Status
from cordage_tui.simulator.faults import Call, FaultKind
from cordage_tui.simulator.world import Options, PlannedOutcome
from tests.engine.studio import passing, until

pytestmark = pytest.mark.looptime


class Heard:
    """A window, and what is heard of it."""

    def __init__(self, window, clock, capsys):
        self.window, self.speech, self._capsys = window, Speech(), capsys
        self.announcer = Announcer(window.engine, self.speech, clock)
        self.announcer.start()
        window.engine.events.subscribe(self.announcer.on_event)

    def __call__(self):
        return self._capsys.readouterr().err.splitlines()


@pytest.fixture
def hear(make_studio, capsys):
    async def begin(**about):
        studio = await make_studio(**about)
        return studio, Heard(await studio.open(), studio.clock, capsys)

    return begin


async def test_a_run_is_heard_to_start_and_to_complete(hear):
    """With its number, its words, how long it took and how many outputs it has; and nothing else."""
    _, heard = await hear(seconds=12.0)
    row = heard.window.submit("fox in snow")
    await heard.window.shows(row, Status.COMPLETED)
    await passing(6.0)
    started, completed = heard()
    assert started == f"Run {row}, fox in snow, has started."
    assert re.fullmatch(rf"Run {row}, fox in snow, completed after \d+ seconds with \d outputs?\.", completed)


async def test_an_uncertain_prompt_is_heard_with_its_choices(hear):
    """It may be charged, and three commands decide about it."""
    studio, heard = await hear()
    studio.fault(Call.TRIGGER, FaultKind.RESET)
    row = heard.window.submit("fox")
    await until(lambda: heard.window.status(row) is Status.UNCERTAIN)
    (said,) = [line for line in heard() if f"Prompt {row}" in line]
    assert said.startswith(f"Prompt {row}, fox, is uncertain. We sent this at ")
    assert said.count("It may be running and may be charged.") == 1
    assert all(command in said for command in (f"resend {row}", f"discard {row}", f"queue wait {row}"))
    studio.fault(Call.TRIGGER, FaultKind.RESET)
    row = heard.window.submit("owl")
    await until(lambda: heard.window.status(row) is Status.UNCERTAIN)
    short = f"Prompt {row}, owl, is uncertain, too: it may be running and may be charged. Type queue to hear more."
    assert short in heard(), "what to do about the first holds for the second"


async def test_progress_comes_at_most_twice_a_minute(hear):
    """Without a change, a long run is heard of every 30 seconds."""
    _, heard = await hear(seconds=600.0)
    row = heard.window.submit("fox")
    await heard.window.shows(row, Status.RUNNING)
    heard()
    reporting = heard.window.session.calls.spawn(heard.announcer.report_progress())
    await passing(119.0)
    said = heard()
    assert len(said) == 3 and all(line.startswith(f"Run {row}, fox, has been running for ") for line in said)
    heard.speech.set_quiet(True)
    await passing(60.0)
    heard.speech.set_quiet(False)
    assert heard() == [], "old progress is not repeated"
    reporting.cancel()


async def test_what_stops_queue_and_reading_is_heard_once(hear):
    """A pause, and a server that cannot be reached, with their ends."""
    studio, heard = await hear()
    await heard.window.lives()
    reporting = heard.window.session.calls.spawn(heard.announcer.report_progress())
    heard.window.engine.queue.pause()
    row = heard.window.submit("fox")
    await passing(100.0)
    assert len(heard()) == 1
    heard.window.engine.queue.resume()
    await heard.window.shows(row, Status.COMPLETED)
    await passing(6.0)
    heard()
    studio.fault(Call.LIST, FaultKind.CLOSE, count=None)
    await passing(120.0)
    (lost,) = heard()
    assert lost.startswith("First: ") and lost.endswith(
        "What is said of its runs may be outdated until it is read again."
    )
    studio.world.faults.planned.clear()
    await passing(60.0)
    assert heard() == ["The server answers again for First."]
    reporting.cancel()


async def test_a_prompt_that_is_tried_again_and_again_is_heard_to_wait_once(hear):
    """While the server cannot be reached, each try takes it out of the queue and puts it back."""
    studio, heard = await hear()
    await heard.window.lives()
    await studio.served.close()
    heard.window.submit("fox")
    await passing(300.0)
    assert sum("waits in the queue" in line for line in heard()) == 1


async def test_what_is_no_longer_read_is_not_told_as_what_is_so(hear):
    """Status, while the server is away: how it was, and that nobody knows."""
    studio, heard = await hear(seconds=600.0)
    row = heard.window.submit("fox")
    await heard.window.shows(row, Status.RUNNING)
    studio.fault(Call.ANY, FaultKind.CLOSE, count=None)
    reporting = heard.window.session.calls.spawn(heard.announcer.report_progress())
    await passing(120.0)
    assert sum("may be outdated" in line for line in heard()) == 1, "what stands still is not repeated"
    reporting.cancel()
    status = heard.announcer.progress()
    assert status.startswith(f"Run {row}, fox, was running when it was last read. ")
    assert "Not read now, so it may be outdated: First: " in status


async def test_a_run_that_no_list_names_and_no_read_shows_is_heard_to_be_silent_once(hear):
    """Status tells how it was when it was last read, though its webhook is read all the time."""
    studio, heard = await hear(seconds=600.0)
    row = heard.window.submit("fox")
    await heard.window.shows(row, Status.RUNNING)
    studio.world.options = Options(page_size=0)
    studio.fault(Call.GET, FaultKind.STATUS, status=500, count=None)
    heard()
    await passing(120.0)
    (silence,) = [line for line in heard() if "not heard from" in line]
    assert silence.startswith(f"Run {row} is not heard from, so it may have ended. ") and "500" in silence
    status = heard.announcer.progress()
    assert status.startswith(f"Run {row}, fox, was running when it was last read. Run {row} is not heard from")


async def test_of_what_is_held_back_the_last_change_of_each_run_is_heard_later(hear):
    """In quiet mode, and while a command has the word."""
    _, heard = await hear(seconds=1.0)
    heard.speech.set_quiet(True)
    first = heard.window.submit("fox")
    await heard.window.shows(first, Status.COMPLETED)
    second = heard.window.submit("owl")
    await heard.window.shows(second, Status.COMPLETED)
    await passing(6.0)
    assert heard() == []
    heard.speech.hold()
    heard.speech.set_quiet(False)
    assert heard() == []
    heard.speech.release()
    assert [line.partition(" after ")[0] for line in heard()] == [
        f"Run {first}, fox, completed",
        f"Run {second}, owl, completed",
    ]


async def test_of_a_batch_only_its_end_and_failures_are_heard(hear):
    """Not every run of many."""
    _, heard = await hear(seconds=3.0)
    bodies = [{"prompt": f"fox {n}"} for n in range(4)]
    line = heard.window.engine.queue.submit_batch(heard.window.webhook, BatchSource("fox", {}), bodies)
    said: list[str] = []
    await until(lambda: said.extend(heard()) or any("has ended" in sentence for sentence in said))
    assert said == [f"Batch {line}, fox, has ended: 4 completed."]


async def test_many_failures_of_a_batch_are_counted(hear):
    """Three are heard in full, each with what distinguishes it; then how to hear the others, and their number at the end."""
    studio, heard = await hear(seconds=3.0)
    studio.world.fate(studio.webhooks[0], *[PlannedOutcome(3.0, failure="Node broke")] * 6)
    bodies = [{"prompt": "fox", "seed": n} for n in range(6)]
    source = BatchSource("fox", {}, (("seed", tuple(map(str, range(6)))),))
    line = heard.window.engine.queue.submit_batch(heard.window.webhook, source, bodies)
    said: list[str] = []
    await until(lambda: said.extend(heard()) or any("has ended" in sentence for sentence in said))
    assert sum(" failed after " in sentence and ", seed " in sentence for sentence in said) == 3
    assert [f"runs --where 'batch:{line} status:failed'" in sentence for sentence in said].count(True) == 1
    assert said[-1] == f"Batch {line}, fox, has ended: 6 failed."


def test_what_an_earlier_engine_found_out_is_not_said_after_the_new_one(capsys):
    """It came while the new key was typed: it is said when the new engine opens, which is before its key is said to work."""
    speech = Speech()
    speech.hold()
    speech.announce("1 prompt waits: the API key is rejected.")
    speech.flush()
    speech.announce("Run 1, fox, has started.")
    speech.answer("The new API key works.")
    speech.release()
    assert capsys.readouterr().err.splitlines() == [
        "1 prompt waits: the API key is rejected.",
        "The new API key works.",
        "Run 1, fox, has started.",
    ]
