"""`cordage-tui trigger`: what is sent, once, and what the shell hears of it."""

import json
import re

import pytest

from cordage_tui.simulator.faults import Call, Fault, FaultKind
from cordage_tui.simulator.world import PlannedOutcome


def sent(studio):
    """The bodies of the runs there are, the oldest first."""
    runs = studio.server.world.list_runs(studio.key)
    return [dict(run.inputs) for run in sorted(runs, key=lambda run: run.created_at)]


def test_every_form_of_input(studio, tmp_path):
    """Strings, JSON, files; the prompt first, or from stdin."""
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
    ("words", "said"),
    [
        ([], "nothing to send"),
        ([""], "nothing to send"),
        (["a", "b"], "'b' is not an input"),
        (["x", "n:=NaN"], "n:= Not JSON"),
        (["x", "n:={"], "n:= Not JSON"),
        (["x", "a=1", "a=2"], "wo values for 'a'"),
        (["x", "a=@/nonexistent"], "/nonexistent cannot be read"),
        (["x", "--file", "p.txt"], "Both a prompt and --file"),
        (["--file", "/nonexistent.csv"], "Cannot read /nonexistent.csv"),
        (["--file", "-"], "no prompts in it"),
    ],
)
def test_what_cannot_be_meant_is_sent_nowhere(studio, words, said):
    """2, with the word at fault; not one call."""
    ended = studio("trigger", "Sunset", *words, "--yes")
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert len(studio.server.log) == 0


def test_wait_ends_with_the_runs_own_code(studio):
    """0 when it completed, 1 when it failed, with its page; all of it as JSON."""
    assert studio("trigger", "Sunset", "x", "--wait").out.startswith("completed in ")
    studio.server.world.fate(studio.key, PlannedOutcome(0.1, failure="node 3: no such model"))
    ended = studio("trigger", "Sunset", "y", "--wait", "--json")
    assert ended.code == 1
    (run,) = json.loads(ended.out)["runs"]
    assert (run["status"], run["inputs"]) == ("failed", {"prompt": "y"})


def test_a_file_is_sent_once_each_and_shown_before(studio, tmp_path):
    """--dry-run prints every body and sends nothing; then each row of the table is one run, with the inputs given beside."""
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
    """With its reason; the n-th line on stdout is the id of the n-th prompt, or empty, so that both can be pasted together."""
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
    words = ("trigger", "Sunset", "a {red|blue} fox", "seed=1..2", "--dry-run")
    assert len(studio(*words, "--expand").out.splitlines()) == 4
    assert len(studio(*words, "--zip").out.splitlines()) == 2


def test_chance_says_its_seed_and_takes_it_again(studio, tmp_path):
    """For a prompt and for a file, whose rows draw each for themselves."""
    words = ("trigger", "Sunset", "a {2 of 1|2|3|4|5|6|7|8|9} fox", "--expand", "--dry-run")
    first = studio(*words)
    seed = re.search(r"random seed (\d+)", first.err)[1]
    assert studio(*words, "--random-seed", seed).out == first.out
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("{1 of a|b|c|d|e|f}\n" * 20)
    words = ("trigger", "Sunset", "--file", str(prompts), "--expand", "--dry-run", "--random-seed", "7")
    drawn = studio(*words)
    assert "random seed 7" in drawn.err
    assert len(set(drawn.out.splitlines())) > 1
    assert studio(*words).out == drawn.out


def test_word_lists_are_of_the_settings_folder(studio):
    """For a prompt and for a file; one that is missing is a wrong use, and sends nothing."""
    (studio.home.paths.config_dir / "styles.txt").write_text("ink\noil\n")
    words = ("trigger", "Sunset", "--expand", "--dry-run")
    assert studio(*words, "a fox, {@styles}").out.splitlines() == [
        '{"prompt": "a fox, ink"}',
        '{"prompt": "a fox, oil"}',
    ]
    assert len(studio(*words, "--file", "-", stdin="{@styles} fox\n{@styles} owl\n").out.splitlines()) == 4
    missing = studio(*words, "a fox, {@style}")
    assert missing.code == 2
    assert "Word lists there: styles" in missing.err


def test_many_are_asked_about(studio, tmp_path):
    """On a terminal: y for a few, the number for more than ten; anything else sends nothing."""
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("one\ntwo\n")
    argv = ("trigger", "Sunset", "--file", str(prompts))
    assert studio(*argv, stdin="n\n", terminal=True).code == 2
    assert studio.triggers == 0
    asked = studio(*argv, stdin="y\n", terminal=True)
    assert asked.code == 0
    assert "Start 2 runs of Sunset?" in asked.err
    prompts.write_text("".join(f"p{n}\n" for n in range(11)))
    assert studio(*argv, stdin="y\n", terminal=True).code == 2
    assert studio.triggers == 2


def test_a_paused_queue_is_not_added_to(studio):
    """3 and how to let it go on; nothing of the command is left in it."""
    studio("queue", "pause")
    ended = studio("trigger", "Sunset", "x")
    assert ended.code == 3
    assert "queue resume" in ended.err
    assert json.loads(studio("queue", "--json").out)["waiting"] == []
    studio("queue", "resume")
    assert studio("trigger", "Sunset", "x").code == 0


def test_looking_sends_nothing_that_is_queued(studio):
    """`runs`, `show` and `watch` leave the queue alone, whatever is in it."""
    run_id = studio.started(0.0)
    studio("runs")
    with studio.store() as store:
        store.outbox.submit("studio", studio.key, {"prompt": "kept for later"})
    for argv in (["runs"], ["show", run_id], ["watch", run_id], ["watch"]):
        assert studio(*argv).code == 0
    assert studio.triggers == 0


def test_a_single_refused_prompt_ends_with_the_servers_reason(studio):
    """1, as that of a batch: the server has answered, nothing was started, and the same again would be refused again."""
    body = '{"error": "The prompt is not allowed."}'
    for extra in ([], ["--wait"], ["--json"]):
        studio.server.world.faults.add(Call.TRIGGER, Fault(FaultKind.STATUS, status=422, body=body), count=1)
        ended = studio("trigger", "Sunset", "fox", *extra)
        assert ended.code == 1
        assert "The prompt is not allowed." in ended.err
    assert studio.server.world.list_runs(studio.key) == []


def test_a_file_goes_into_the_batch_lane_unless_another_is_named(studio, tmp_path):
    """One prompt of a file as well; what a person types in the shell is interactive. The queue tells the lane of each."""
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("of a file\n")
    batch = ("--file", str(prompts), "--yes")
    for n, (words, lane) in enumerate(
        [(("typed",), "interactive"), (batch, "batch"), ((*batch, "--lane", "interactive"), "interactive")]
    ):
        studio.server.world.faults.add(Call.TRIGGER, Fault(FaultKind.CLOSE), count=1)
        assert studio("trigger", "Sunset", *words, f"seed={n}", "--stall", "5s").code == 5
        waiting = json.loads(studio("queue", "--json").out)["waiting"]
        assert max(waiting, key=lambda one: one["row"])["lane"] == lane
