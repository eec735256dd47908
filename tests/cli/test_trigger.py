"""`cordage-tui trigger` sends each prompt once, and its output and code tell the shell what happened."""

import json
import re

import pytest

from cordage_tui.simulator.faults import Call, Fault, FaultKind
from cordage_tui.simulator.world import PlannedOutcome


def sent(studio):
    """Return the inputs of all runs on the server, the oldest first."""
    runs = studio.server.world.list_runs(studio.key)
    return [dict(run.inputs) for run in sorted(runs, key=lambda run: run.created_at)]


def test_trigger_accepts_every_form_of_input(studio, tmp_path):
    """Inputs may be strings, JSON or files. The prompt is the first word or comes from stdin."""
    notes = tmp_path / "notes.txt"
    notes.write_text("line one\nline two\n")
    ended = studio("trigger", "Sunset", "a = b", "style=anime=x", "n:=3", 'mask:={"x": [1, null]}', f"notes=@{notes}")
    assert ended.code == 0
    (body,) = sent(studio)
    assert body == {
        "prompt": "a = b",
        "style": "anime=x",
        "n": 3,
        "mask": {"x": [1, None]},
        "notes": "line one\nline two\n",
    }
    assert studio("trigger", studio.key, "-", stdin="from\nstdin\n").code == 0
    assert sent(studio)[1] == {"prompt": "from\nstdin"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "nothing to send"),
        ([""], "nothing to send"),
        (["a", "b"], "'b' is not an input"),
        (["x", "n:=NaN"], "n:= Not JSON"),
        (["x", "n:={"], "n:= Not JSON"),
        (["x", "a=1", "a=2"], "'a' was given twice"),
        (["x", "a=@/nonexistent"], "/nonexistent cannot be read"),
        (["x", "--file", "p.txt"], "Both a prompt and --file"),
        (["--file", "/nonexistent.csv"], "There is no file /nonexistent.csv."),
        (["--file", "-"], "no prompts in it"),
    ],
)
def test_words_that_make_no_sense_are_not_sent(studio, words, message):
    """Words that make no sense end with code 2 and a message that names the wrong one. No call is sent."""
    ended = studio("trigger", "Sunset", *words, "--yes")
    assert (ended.code, ended.out) == (2, "")
    assert message in ended.err
    assert len(studio.server.log) == 0


def test_wait_ends_with_the_code_of_the_run(studio):
    """With --wait, a completed run ends the command with 0 and a failed one with 1. --json prints the run."""
    assert studio("trigger", "Sunset", "x", "--wait").out.startswith("completed in ")
    studio.server.world.fate(studio.key, PlannedOutcome(0.1, failure="node 3: no such model"))
    ended = studio("trigger", "Sunset", "y", "--wait", "--json")
    assert ended.code == 1
    (run,) = json.loads(ended.out)["runs"]
    assert (run["status"], run["inputs"]) == ("failed", {"prompt": "y"})


def test_each_row_of_a_file_is_sent_once(studio, tmp_path):
    """--dry-run prints every body and sends nothing. Without it each row of the table is one run, with the other inputs
    of the command line."""
    table = tmp_path / "prompts.csv"
    table.write_text("prompt,seed:=\nfox,1\nowl,2\nfox,1\n")
    argv = ("trigger", "Sunset", "style=ink", "--file", str(table))
    dry = studio(*argv, "--dry-run")
    bodies = [{"style": "ink", "prompt": p, "seed": n} for p, n in (("fox", 1), ("owl", 2), ("fox", 1))]
    assert [json.loads(line) for line in dry.out.splitlines()] == bodies
    assert "1 duplicate." in dry.err
    assert "Nothing was sent." in dry.err
    assert studio.triggers == 0
    ended = studio(*argv, "--yes", "--wait", "--json")
    assert ended.code == 0
    assert [run["inputs"] for run in json.loads(ended.out)["runs"]] == bodies
    assert len(sent(studio)) == studio.triggers == 3


def test_a_refused_prompt_of_a_batch_is_named(studio, tmp_path):
    """A refused prompt of a batch is named with its reason. Line n of stdout is the id of prompt n, or empty if that
    was refused."""
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("fox\nowl\ncat\n")
    body = '{"error": "The prompt is not allowed."}'
    studio.server.world.faults.add(Call.TRIGGER, Fault(FaultKind.STATUS, status=422, body=body), count=1)
    ended = studio("trigger", "Sunset", "--file", str(prompts), "--yes", "--quiet")
    none, *run_ids = ended.out.removesuffix("\n").split("\n")
    assert (ended.code, none) == (1, "")
    assert [studio.server.world.run(studio.key, run_id).inputs for run_id in run_ids] == [
        {"prompt": "owl"},
        {"prompt": "cat"},
    ]
    assert "prompt 1 of 3 (fox) is rejected: " in ended.err
    assert "The prompt is not allowed." in ended.err


def test_alternatives_are_expanded_only_on_request(studio):
    """Braces in a prompt are text with --literal, and alternatives with --expand or --zip."""
    assert studio("trigger", "Sunset", "a {red|blue} fox", "--literal").code == 0
    assert sent(studio) == [{"prompt": "a {red|blue} fox"}]
    argv = ("trigger", "Sunset", "a {red|blue} fox", "seed=1..2", "--dry-run")
    assert len(studio(*argv, "--expand").out.splitlines()) == 4
    assert len(studio(*argv, "--zip").out.splitlines()) == 2


def test_random_alternatives_print_their_seed_and_repeat_with_it(studio, tmp_path):
    """Random alternatives print their seed, and the same seed draws the same prompts again. Each row of a file draws
    for itself."""
    argv = ("trigger", "Sunset", "a {2 of 1|2|3|4|5|6|7|8|9} fox", "--expand", "--dry-run")
    first = studio(*argv)
    seed = re.search(r"random seed (\d+)", first.err)[1]
    assert studio(*argv, "--random-seed", seed).out == first.out
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("{1 of a|b|c|d|e|f}\n" * 20)
    argv = ("trigger", "Sunset", "--file", str(prompts), "--expand", "--dry-run", "--random-seed", "7")
    drawn = studio(*argv)
    assert "random seed 7" in drawn.err
    assert len(set(drawn.out.splitlines())) > 1
    assert studio(*argv).out == drawn.out


def test_word_lists_come_from_the_settings_folder(studio):
    """Prompts and files use the word lists of the settings folder. A missing list ends with code 2, and nothing is
    sent."""
    (studio.home.paths.config_dir / "styles.txt").write_text("ink\noil\n")
    argv = ("trigger", "Sunset", "--expand", "--dry-run")
    assert studio(*argv, "a fox, {@styles}").out.splitlines() == [
        '{"prompt": "a fox, ink"}',
        '{"prompt": "a fox, oil"}',
    ]
    assert len(studio(*argv, "--file", "-", stdin="{@styles} fox\n{@styles} owl\n").out.splitlines()) == 4
    missing = studio(*argv, "a fox, {@style}")
    assert missing.code == 2
    assert "You have: styles" in missing.err


def test_several_runs_need_an_answer_first(studio, tmp_path):
    """On a terminal a few runs need the answer y, and more than ten need their number. Any other answer sends
    nothing."""
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("one\ntwo\n")
    argv = ("trigger", "Sunset", "--file", str(prompts))
    assert studio(*argv, stdin="n\n", terminal=True).code == 2
    assert studio.triggers == 0
    confirmed = studio(*argv, stdin="y\n", terminal=True)
    assert confirmed.code == 0
    assert "Start 2 runs of Sunset?" in confirmed.err
    prompts.write_text("".join(f"p{n}\n" for n in range(11)))
    assert studio(*argv, stdin="y\n", terminal=True).code == 2
    assert studio.triggers == 2


def test_a_paused_queue_is_not_added_to(studio):
    """If the queue is paused, `trigger` ends with 3, says how to resume the queue, and leaves no prompt in it."""
    studio("queue", "pause")
    ended = studio("trigger", "Sunset", "x")
    assert ended.code == 3
    assert "queue resume" in ended.err
    assert json.loads(studio("queue", "--json").out)["waiting"] == []
    studio("queue", "resume")
    assert studio("trigger", "Sunset", "x").code == 0


def test_reading_commands_send_nothing_that_is_queued(studio):
    """`runs`, `show` and `watch` leave the queue as it is."""
    run_id = studio.started(0.0)
    studio("runs")
    with studio.store() as store:
        store.outbox.submit("studio", studio.key, {"prompt": "kept for later"})
    for argv in (["runs"], ["show", run_id], ["watch", run_id], ["watch"]):
        assert studio(*argv).code == 0
    assert studio.triggers == 0


def test_a_single_refused_prompt_ends_with_1_and_the_reason(studio):
    """A refused prompt ends with code 1 and the reason of the server, as in a batch. Nothing was started."""
    body = '{"error": "The prompt is not allowed."}'
    for extra in ([], ["--wait"], ["--json"]):
        studio.server.world.faults.add(Call.TRIGGER, Fault(FaultKind.STATUS, status=422, body=body), count=1)
        ended = studio("trigger", "Sunset", "fox", *extra)
        assert ended.code == 1
        assert "The prompt is not allowed." in ended.err
    assert studio.server.world.list_runs(studio.key) == []


def test_a_file_goes_into_the_batch_lane_unless_another_is_named(studio, tmp_path):
    """A prompt from a file goes into the batch lane unless an option names another lane. A prompt on the command line
    is interactive."""
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("of a file\n")
    batch = ("--file", str(prompts), "--yes")
    for n, (more, lane) in enumerate(
        [(("typed",), "interactive"), (batch, "batch"), ((*batch, "--lane", "interactive"), "interactive")]
    ):
        studio.server.world.faults.add(Call.TRIGGER, Fault(FaultKind.CLOSE), count=1)
        assert studio("trigger", "Sunset", *more, f"seed={n}", "--stall", "5s").code == 5
        waiting = json.loads(studio("queue", "--json").out)["waiting"]
        assert max(waiting, key=lambda prompt: prompt["row"])["lane"] == lane
