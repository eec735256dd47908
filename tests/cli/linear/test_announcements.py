"""Each change is announced in one sentence, once, and progress at most twice per minute."""

import re

import pytest

from cordage_tui.cli.linear.announcements import Announcer
from cordage_tui.cli.linear.speech import Speech
from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.run import Status
from cordage_tui.simulator.faults import Call, FaultKind
from cordage_tui.simulator.world import Options, PlannedOutcome
from tests.engine.studio import passing, until

pytestmark = pytest.mark.looptime


class Listener:
    """A window, and the sentences that it announces."""

    def __init__(self, window, clock, capsys):
        self.window, self.speech, self._capsys = window, Speech(), capsys
        self.announcer = Announcer(window.engine, self.speech, clock)
        self.announcer.start()
        window.engine.events.subscribe(self.announcer.on_event)

    def __call__(self):
        return self._capsys.readouterr().err.splitlines()


@pytest.fixture
def hear(make_studio, capsys):
    """Return a function that opens a window and returns the studio and the listener."""

    async def begin(**about):
        studio = await make_studio(**about)
        return studio, Listener(await studio.open(), studio.clock, capsys)

    return begin


async def test_the_start_and_the_end_of_a_run_are_announced(hear):
    """A run is announced with number and prompt, at its end with time and outputs, and with nothing else."""
    _, listener = await hear(seconds=12.0)
    row = listener.window.submit("fox in snow")
    await listener.window.shows(row, Status.COMPLETED)
    await passing(6.0)
    started, completed = listener()
    assert started == f"Run {row}, fox in snow, has started."
    assert re.fullmatch(rf"Run {row}, fox in snow, completed after \d+ seconds with \d outputs?\.", completed)


async def test_an_uncertain_prompt_is_announced_with_its_choices(hear):
    """An uncertain prompt is announced with its risk and three commands, a second one in short."""
    studio, listener = await hear()
    studio.fault(Call.TRIGGER, FaultKind.RESET)
    row = listener.window.submit("fox")
    await until(lambda: listener.window.status(row) is Status.UNCERTAIN)
    (sentence,) = [line for line in listener() if f"Prompt {row}" in line]
    assert sentence.startswith(f"Prompt {row}, fox, is uncertain. We sent this at ")
    assert sentence.count("It may be running and may be charged.") == 1
    assert all(command in sentence for command in (f"resend {row}", f"drop {row}", f"queue wait {row}"))
    studio.fault(Call.TRIGGER, FaultKind.RESET)
    row = listener.window.submit("owl")
    await until(lambda: listener.window.status(row) is Status.UNCERTAIN)
    short = f"Prompt {row}, owl, is uncertain, too: it may be running and may be charged. Type queue to hear more."
    assert short in listener(), "what to do about the first holds for the second"


async def test_progress_comes_at_most_twice_a_minute(hear):
    """Without a change the progress of a long run is announced every 30 seconds."""
    _, listener = await hear(seconds=600.0)
    row = listener.window.submit("fox")
    await listener.window.shows(row, Status.RUNNING)
    listener()
    reporting = listener.window.session.calls.spawn(listener.announcer.report_progress())
    await passing(119.0)
    sentences = listener()
    assert len(sentences) == 3 and all(line.startswith(f"Run {row}, fox, has been running for ") for line in sentences)
    listener.speech.set_quiet(True)
    await passing(60.0)
    listener.speech.set_quiet(False)
    assert listener() == [], "old progress is not repeated"
    reporting.cancel()


async def test_a_stop_of_queue_or_reading_is_announced_once(hear):
    """A pause and an unreachable server are each announced once, and the recovery too."""
    studio, listener = await hear()
    await listener.window.lives()
    reporting = listener.window.session.calls.spawn(listener.announcer.report_progress())
    listener.window.engine.queue.pause()
    row = listener.window.submit("fox")
    await passing(100.0)
    assert len(listener()) == 1
    listener.window.engine.queue.resume()
    await listener.window.shows(row, Status.COMPLETED)
    await passing(6.0)
    listener()
    studio.fault(Call.LIST, FaultKind.CLOSE, count=None)
    await passing(120.0)
    (outage,) = listener()
    assert outage.startswith("First: ") and outage.endswith(
        "The news of its runs may be outdated until it is read again."
    )
    studio.world.faults.planned.clear()
    await passing(60.0)
    assert listener() == ["The server answers again for First."]
    reporting.cancel()


async def test_a_prompt_that_is_retried_is_announced_as_waiting_once(hear):
    """While the server is unreachable each try takes the prompt from the queue, but its wait is announced once."""
    studio, listener = await hear()
    await listener.window.lives()
    await studio.served.close()
    listener.window.submit("fox")
    await passing(300.0)
    assert sum("waits in the queue" in line for line in listener()) == 1


async def test_status_calls_old_knowledge_old(hear):
    """While the server is unreachable, status says how the run was at the last read, and that this may be outdated."""
    studio, listener = await hear(seconds=600.0)
    row = listener.window.submit("fox")
    await listener.window.shows(row, Status.RUNNING)
    studio.fault(Call.ANY, FaultKind.CLOSE, count=None)
    reporting = listener.window.session.calls.spawn(listener.announcer.report_progress())
    await passing(120.0)
    assert sum("may be outdated" in line for line in listener()) == 1, "what stands still is not repeated"
    reporting.cancel()
    status = listener.announcer.progress()
    assert status.startswith(f"Run {row}, fox, was running when it was last read. ")
    assert "Not read now, so it may be outdated: First: " in status


async def test_a_run_without_news_is_announced_as_silent_once(hear):
    """Status says how a silent run was at its last read, although its webhook is read all the time."""
    studio, listener = await hear(seconds=600.0)
    row = listener.window.submit("fox")
    await listener.window.shows(row, Status.RUNNING)
    studio.world.options = Options(page_size=0)
    studio.fault(Call.GET, FaultKind.STATUS, status=500, count=None)
    listener()
    await passing(120.0)
    (silence,) = [line for line in listener() if "not heard from" in line]
    assert silence.startswith(f"Run {row} is not heard from, so it may have ended. ") and "500" in silence
    status = listener.announcer.progress()
    assert status.startswith(f"Run {row}, fox, was running when it was last read. Run {row} is not heard from")


async def test_only_the_last_held_back_change_of_a_run_is_announced_later(hear):
    """Changes during quiet mode or a command are announced later, the last one of each run."""
    _, listener = await hear(seconds=1.0)
    listener.speech.set_quiet(True)
    first = listener.window.submit("fox")
    await listener.window.shows(first, Status.COMPLETED)
    second = listener.window.submit("owl")
    await listener.window.shows(second, Status.COMPLETED)
    await passing(6.0)
    assert listener() == []
    listener.speech.hold()
    listener.speech.set_quiet(False)
    assert listener() == []
    listener.speech.release()
    assert [line.partition(" after ")[0] for line in listener()] == [
        f"Run {first}, fox, completed",
        f"Run {second}, owl, completed",
    ]


async def test_only_the_end_and_the_failures_of_a_batch_are_announced(hear):
    """The runs of a batch are not announced one by one, only its end."""
    _, listener = await hear(seconds=3.0)
    bodies = [{"prompt": f"fox {n}"} for n in range(4)]
    line = listener.window.engine.queue.submit_batch(listener.window.webhook, BatchSource("fox", {}), bodies)
    sentences: list[str] = []
    await until(lambda: sentences.extend(listener()) or any("has ended" in sentence for sentence in sentences))
    assert sentences == [f"Batch {line}, fox, has ended: 4 completed."]


async def test_many_failures_of_a_batch_are_counted(hear):
    """Three failures of a batch are announced in full, then the command for the others, and their number at the end."""
    studio, listener = await hear(seconds=3.0)
    studio.world.fate(studio.webhooks[0], *[PlannedOutcome(3.0, failure="Node broke")] * 6)
    bodies = [{"prompt": "fox", "seed": n} for n in range(6)]
    source = BatchSource("fox", {}, (("seed", tuple(map(str, range(6)))),))
    line = listener.window.engine.queue.submit_batch(listener.window.webhook, source, bodies)
    sentences: list[str] = []
    await until(lambda: sentences.extend(listener()) or any("has ended" in sentence for sentence in sentences))
    assert sum(" failed after " in sentence and ", seed " in sentence for sentence in sentences) == 3
    assert [f"runs --where 'batch:{line} status:failed'" in sentence for sentence in sentences].count(True) == 1
    assert sentences[-1] == f"Batch {line}, fox, has ended: 6 failed."


def test_sentences_of_an_old_engine_come_before_those_of_the_new_one(capsys):
    """A sentence held back while the key was typed is announced before the answer about the new key."""
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
