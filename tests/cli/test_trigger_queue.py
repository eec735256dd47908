"""`trigger --queue` stores the prompts on disk and sends none. `watch --fail-fast` ends at the first failure."""

import contextlib
import json

import pytest

from cordage_tui.cli.base.errors import ExitCode
from cordage_tui.cli.main import main
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.run_json import Object
from cordage_tui.simulator.world import PlannedOutcome
from tests.cli.json_schema import wrong_with
from tests.cli.studio import Stream


def waiting_prompts(studio):
    """Return row, prompt and state of each prompt in the queue."""
    with studio.store() as store:
        profile = store.servers.stored_as(studio.profile)
        return [(prompt.row, prompt.prompt, prompt.state) for prompt in store.queue.waiting(profile, 0, 100)]


def test_queueing_stores_the_prompt_and_sends_nothing(studio):
    """`trigger --queue` prints the number of the prompt, says who sends it, and ends with 0. It calls the server not
    once."""
    calls = len(studio.server.log)
    ended = studio("trigger", "Sunset", "a fox", "--queue")
    ((row, prompt, state),) = waiting_prompts(studio)
    assert (ended.code, ended.out, prompt, state) == (0, f"{row}\n", "a fox", OutboxState.QUEUED)
    assert "1 queued, not sent by this command." in ended.err and "cordage-tui queue work" in ended.err
    assert (len(studio.server.log), studio.triggers) == (calls, 0)
    assert studio("queue", "drop", ended.out.strip(), "--yes").code == 0 and waiting_prompts(studio) == []


def test_queueing_needs_an_api_key_only_for_outputs(studio):
    """`--queue` needs no API key, except to read the output that an input names."""
    studio.monkeypatch.delenv("CORDAGE_API_KEY")
    calls = len(studio.server.log)
    assert studio("trigger", "Sunset", "a fox", "--queue").code == 0
    assert [prompt for _, prompt, _ in waiting_prompts(studio)] == ["a fox"] and len(studio.server.log) == calls
    for refused in (["a fox"], ["image_url=@run:550e8400", "--queue"]):
        ended = studio("trigger", "Sunset", *refused)
        assert ended.code == 2 and "There is no API key" in ended.err


def test_the_next_program_sends_each_once(studio, started):
    """A worker that starts later sends each queued prompt once."""
    assert studio("trigger", "Sunset", "a fox", "--queue").code == 0
    worker = started("queue", "work")
    assert worker.wait(60) == 0
    assert (studio.triggers, waiting_prompts(studio)) == (1, [])


def test_a_queued_file_is_a_batch(studio, tmp_path):
    """A file asks before it is queued. The JSON answer names its batch and the numbers of its prompts in order."""
    file = tmp_path / "p.txt"
    file.write_text("one\ntwo\n")
    argv = ("trigger", "Sunset", "--file", str(file), "--queue")
    assert "Use --yes to confirm." in studio(*argv).err and waiting_prompts(studio) == []
    answer: Object = json.loads(studio(*argv, "--yes", "--json").out)
    assert wrong_with(answer) == []
    assert [(row, prompt) for row, prompt, _ in waiting_prompts(studio)] == list(
        zip(answer["rows"], ("one", "two"), strict=True)
    )
    rows = json.loads(studio("runs", f"--batch={answer['batch']}", "--json", "--offline").out)["runs"]
    assert {row["row"] for row in rows} == {*answer["rows"]}
    assert studio.triggers == 0


def test_queued_prompts_whose_numbers_cannot_be_printed_end_with_6(studio):
    """If the numbers cannot be printed, the code is 6. Code 2 would invite the user to repeat the command and pay
    twice."""

    class Full(Stream):
        def write(self, text):
            raise OSError(28, "No space left on device")

    with contextlib.redirect_stdout(Full()), contextlib.redirect_stderr(Stream()) as err:
        assert main(["trigger", "Sunset", "a fox", "--queue"]) == ExitCode.UNFINISHED
    assert "do not repeat this command" in err.getvalue() and len(waiting_prompts(studio)) == 1


@pytest.mark.parametrize("more", [["--wait"], ["--download", "x"], ["--over-limit", "3"], ["--dry-run"]])
def test_options_of_sending_are_refused_beside_queue(studio, more):
    """An option that concerns the sending is refused beside --queue, and nothing is queued."""
    ended = studio("trigger", "Sunset", "a fox", "--queue", *more)
    assert ended.code == 2 and f"--queue and {more[0]} cannot be combined." in ended.err
    assert waiting_prompts(studio) == []


def test_a_read_only_profile_queues_nothing(studio):
    """A read-only profile refuses `trigger --queue` with code 2."""
    assert studio("--read-only", "trigger", "Sunset", "a fox", "--queue").code == 2
    assert waiting_prompts(studio) == []


def test_queueing_into_a_paused_queue_says_so(studio):
    """A prompt is stored in a paused queue, and the message says that the queue is paused."""
    studio("queue", "pause")
    ended = studio("trigger", "Sunset", "a fox", "--queue")
    assert (
        ended.code == 0
        and "Paused by you: nothing is sent until you resume. To continue: cordage-tui queue resume" in ended.err
        and len(waiting_prompts(studio)) == 1
    )


def test_rerun_with_queue_sends_nothing(studio):
    """`rerun --queue` stores the prompt in the queue and sends none."""
    run_id = studio("trigger", "Sunset", "a fox").out.strip()
    assert studio("rerun", run_id, "--queue").code == 0
    assert [prompt for _, prompt, _ in waiting_prompts(studio)] == ["a fox"] and studio.triggers == 1


def test_fail_fast_ends_with_the_first_failure(studio):
    """`watch --fail-fast` ends with 1 at the first failure, although another run continues."""
    studio.started(1e6)
    studio.server.world.fate(studio.key, PlannedOutcome(0.0, failure="no"))
    failed = studio.server.world.trigger(studio.key, {"prompt": "x"}).run_id
    going_on = studio.started(1e6)
    ended = studio("watch", failed, going_on, "--fail-fast")
    assert ended.code == ExitCode.FAILED and "A run has failed; 1 continues." in ended.err
