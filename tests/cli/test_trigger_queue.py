"""`trigger --queue`: prompts are on disk when it returns, and this process sends none. `watch --fail-fast`."""

import contextlib
import json

import pytest

from cordage_tui.cli.base.errors import ExitCode
from cordage_tui.cli.main import main
from cordage_tui.domain.run import OutboxState
from cordage_tui.domain.run_json import Object
from cordage_tui.simulator.world import PlannedOutcome
from tests.cli.json_schema import wrong_with
from tests.cli.studio import Stream


def queued(studio):
    with studio.store() as store:
        profile = store.servers.stored_as(studio.profile)
        return [(one.row, one.prompt, one.state) for one in store.queue.waiting(profile, 0, 100)]


def test_it_writes_down_and_sends_nothing(studio):
    """The number of the prompt in the queue, 0, and who will send it; not one call of the server."""
    asked = len(studio.server.log)
    ended = studio("trigger", "Sunset", "a fox", "--queue")
    ((row, prompt, state),) = queued(studio)
    assert (ended.code, ended.out, prompt, state) == (0, f"{row}\n", "a fox", OutboxState.QUEUED)
    assert "1 queued, not sent by this command." in ended.err and "cordage-tui queue work" in ended.err
    assert (len(studio.server.log), studio.triggers) == (asked, 0)
    assert studio("queue", "drop", ended.out.strip(), "--yes").code == 0 and queued(studio) == []


def test_it_needs_no_api_key_unless_the_server_is_asked(studio):
    """Who sends needs it; a name of an output may have to be read from the server."""
    studio.monkeypatch.delenv("CORDAGE_API_KEY")
    asked = len(studio.server.log)
    assert studio("trigger", "Sunset", "a fox", "--queue").code == 0
    assert [prompt for _, prompt, _ in queued(studio)] == ["a fox"] and len(studio.server.log) == asked
    for refused in (["a fox"], ["image_url=@run:550e8400", "--queue"]):
        ended = studio("trigger", "Sunset", *refused)
        assert ended.code == 2 and "There is no API key" in ended.err


def test_the_next_program_sends_each_once(studio, started):
    """A worker takes up what was written down."""
    assert studio("trigger", "Sunset", "a fox", "--queue").code == 0
    worker = started("queue", "work")
    assert worker.wait(60) == 0
    assert (studio.triggers, queued(studio)) == (1, [])


def test_a_file_is_a_batch(studio, tmp_path):
    """It asks first; the JSON names the batch and its prompts in order."""
    file = tmp_path / "p.txt"
    file.write_text("one\ntwo\n")
    argv = ("trigger", "Sunset", "--file", str(file), "--queue")
    assert "Use --yes to confirm." in studio(*argv).err and queued(studio) == []
    told: Object = json.loads(studio(*argv, "--yes", "--json").out)
    assert wrong_with(told) == []
    assert [(row, prompt) for row, prompt, _ in queued(studio)] == list(zip(told["rows"], ("one", "two"), strict=True))
    rows = json.loads(studio("runs", f"--batch={told['batch']}", "--json", "--offline").out)["runs"]
    assert {row["row"] for row in rows} == {*told["rows"]}
    assert studio.triggers == 0


def test_numbers_that_cannot_be_written_do_not_make_it_unsaid(studio):
    """6, not 2, which means that the same command may be given again: it would be queued and paid for twice."""

    class Full(Stream):
        def write(self, text):
            raise OSError(28, "No space left on device")

    with contextlib.redirect_stdout(Full()), contextlib.redirect_stderr(Stream()) as err:
        assert main(["trigger", "Sunset", "a fox", "--queue"]) == ExitCode.UNFINISHED
    assert "do not repeat this command" in err.getvalue() and len(queued(studio)) == 1


@pytest.mark.parametrize("more", [["--wait"], ["--download", "x"], ["--over-limit", "3"], ["--dry-run"]])
def test_options_of_sending_are_refused_beside_it(studio, more):
    ended = studio("trigger", "Sunset", "a fox", "--queue", *more)
    assert ended.code == 2 and f"--queue does not go with {more[0]}" in ended.err
    assert queued(studio) == []


def test_a_read_only_profile_queues_nothing(studio):
    assert studio("--read-only", "trigger", "Sunset", "a fox", "--queue").code == 2
    assert queued(studio) == []


def test_a_paused_queue_says_so(studio):
    """It is written down all the same."""
    studio("queue", "pause")
    ended = studio("trigger", "Sunset", "a fox", "--queue")
    assert ended.code == 0 and "The queue is paused" in ended.err and len(queued(studio)) == 1


def test_rerun_queues_too(studio):
    run_id = studio("trigger", "Sunset", "a fox").out.strip()
    assert studio("rerun", run_id, "--queue").code == 0
    assert [prompt for _, prompt, _ in queued(studio)] == ["a fox"] and studio.triggers == 1


def test_fail_fast_ends_with_the_first_failure(studio):
    """1, though another run goes on; without it that one is waited for."""
    studio.started(1e6)
    studio.server.world.fate(studio.key, PlannedOutcome(0.0, failure="no"))
    failed = studio.server.world.trigger(studio.key, {"prompt": "x"}).run_id
    going_on = studio.started(1e6)
    ended = studio("watch", failed, going_on, "--fail-fast")
    assert ended.code == ExitCode.FAILED and "A run has failed; 1 continues." in ended.err
