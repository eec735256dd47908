"""A run that was matched by its time on a shared webhook is a guess, and every command says so."""

import json
import time

import pytest

from cordage_tui.cli.base.errors import ExitCode
from cordage_tui.simulator.faults import Call, Fault, FaultKind
from tests.cli.json_schema import wrong_with

STRANGERS = 3


@pytest.fixture
def guessing(studio, started):
    """Return `guessing("--wait")`, which triggers a prompt whose request is lost while a colleague starts a run.

    Earlier runs have shown the server's clock, and colleagues have started some.
    """

    def trigger(*options, seconds=0.2):
        assert studio("trigger", "Sunset", "a hare", "--wait").code == 0
        for n in range(STRANGERS):
            studio.started(0.1, prompt=f"a colleague's {n}")
        studio.read_long_ago()
        assert studio("runs").code == 0
        before = studio.triggers
        studio.server.world.faults.add(Call.TRIGGER, Fault(FaultKind.CLOSE), count=1)
        child = started("trigger", "Sunset", "a fox", *options)
        while studio.triggers == before:
            assert child.poll() is None, child.communicate()
            time.sleep(0.01)
        run = studio.started(seconds, prompt="a colleague's own")
        out, err = child.communicate(timeout=60)
        return child.returncode, out, err, run

    return trigger


@pytest.fixture
def active_guess(guessing):
    """The id of a guess that is still running."""
    _, _, _, run = guessing(seconds=1e6)
    return run


def test_a_guess_ends_with_do_not_repeat_and_prints_no_id(guessing, studio):
    """A guess ends with 5, prints no id on stdout, and explains on stderr whose run it may be and how to undo it."""
    code, out, err, run = guessing()
    assert (code, out.strip()) == (ExitCode.UNCERTAIN, "")
    assert "guess" in err and run[:8] in err and "may be theirs" in err
    assert f"{STRANGERS} runs of others" in err
    assert "cordage-tui queue settle" in err


def test_a_guess_that_completed_is_no_success(guessing, studio):
    """A guess that completed still ends with the code of an uncertain prompt."""
    code, out, err, _ = guessing("--wait")
    assert code == ExitCode.UNCERTAIN and "guess" in out and "guess" in err


def test_nothing_of_a_guess_is_saved(guessing, studio, tmp_path):
    """No output and no sidecar of a guess is saved."""
    folder = tmp_path / "saved"
    code, _, err, _ = guessing("--download", str(folder))
    assert code == ExitCode.UNCERTAIN
    assert not [*folder.rglob("*.png"), *folder.rglob("*.json")]
    assert "Nothing of it was saved" in err


def test_a_guess_is_one_in_json(guessing, studio):
    """The JSON of a guess says how it was matched and how many runs of others were seen."""
    code, out, _, run = guessing("--json")
    answer = json.loads(out)
    assert code == ExitCode.UNCERTAIN and wrong_with(answer) == []
    [guess] = answer["runs"]
    assert (guess["id"], guess["matched"], guess["others_seen"]) == (run, "guess", STRANGERS)
    sure = json.loads(studio("runs", "--where", "hare", "--json").out)["runs"][0]
    assert sure["matched"] is None
    detail = json.loads(studio("show", sure["id"], "--json").out)
    assert wrong_with(detail) == [] and detail["run"]["others_seen"] is None


def test_settle_takes_a_guess_back_or_makes_it_sure(guessing, studio):
    """`queue settle` takes a guess back, so the prompt is uncertain again and nothing is sent."""
    _, _, _, run = guessing()
    [match_set] = json.loads(studio("queue", "list", "--json").out)["sets"]
    number, sent = str(match_set["prompts"][0]["row"]), studio.triggers
    assert studio("queue", "settle", number, "--none-ran", "--yes").code == 0
    rows = json.loads(studio("runs", "--json").out)["runs"]
    assert [row["prompt"] for row in rows if row["id"] == run] == [""]
    assert [row["status"] for row in rows if row["prompt"] == "a fox"] == ["uncertain"]
    assert studio.triggers == sent


def test_an_automatic_download_waits_for_the_users_word(guessing, studio, tmp_path):
    """The outputs of a guess are downloaded automatically only after the user has confirmed it."""
    folder = tmp_path / "auto"
    studio.configure(more=f"[downloads]\nfolder = {json.dumps(str(folder))}\n", webhook="download = true")

    def prompts():
        return [json.loads(sidecar.read_text())["prompt"] for sidecar in folder.rglob("*.png.json")]

    guessing("--wait")
    assert "a hare" in prompts() and "a fox" not in prompts()
    [match_set] = json.loads(studio("queue", "list", "--json").out)["sets"]
    assert studio("queue", "settle", str(match_set["prompts"][0]["row"]), "--as-guessed", "--yes").code == 0
    assert studio("trigger", "Sunset", "an owl", "--wait").code == 0
    assert prompts().count("a fox") == prompts().count("an owl") == 1


def test_no_list_shows_a_guess_as_a_sure_run(guessing, studio):
    """`runs` and `watch` mark a guess and explain the mark on stderr."""
    _, _, _, run = guessing()
    (row,) = [row for row in json.loads(studio("runs", "--json").out)["runs"] if row["id"] == run]
    listed = studio("runs")
    (line,) = [line for line in listed.out.splitlines() if line.startswith(run)]
    assert line.split("\t")[3] == "≈ a fox"
    settle = f"cordage-tui queue settle {row['row']} --as-guessed or --none-ran"
    assert f"≈ {run[:8]} is a guess" in listed.err and settle in listed.err
    assert listed.out.count("≈") == 1
    watched = studio("watch", run)
    assert "≈ a fox" in watched.out and settle in watched.err


def killed(studio):
    return sum(exchange.path.endswith("/kill") for exchange in list(studio.server.log))


def test_kill_yes_spares_a_guess(active_guess, studio):
    """A script does not kill a stranger's run: 2, the reason, and the command that decides; a sure run beside it is killed."""
    sure = studio.started()
    studio.read_long_ago()
    studio("runs")
    ended = studio("kill", active_guess, sure, "--yes")
    assert ended.code == ExitCode.USAGE and killed(studio) == 1
    lines = dict(line.split("\t", 1) for line in ended.out.splitlines())
    assert lines[active_guess[:8]].startswith("not killed\tNot killed: it is a guess, and may be somebody else's run.")
    assert "cordage-tui queue settle" in lines[active_guess[:8]]
    assert not lines[sure[:8]].startswith("not killed")
    assert f"≈ {active_guess[:8]} is a guess" in ended.err


def test_kill_kills_a_guess_once_it_is_settled(active_guess, studio):
    """The user has said whose run it is."""
    [found] = json.loads(studio("queue", "list", "--json").out)["sets"]
    assert studio("queue", "settle", str(found["prompts"][0]["row"]), "--as-guessed", "--yes").code == 0
    assert studio("kill", active_guess, "--yes").code == 0 and killed(studio) == 1


@pytest.mark.parametrize("answer", ["y\n", "n\n"])
def test_kill_asks_about_a_guess_as_one(active_guess, studio, answer):
    """The question says that the run may be somebody else's; a yes kills it."""
    ended = studio("kill", active_guess, stdin=answer, terminal=True)
    assert "It is a guess. It may be another prompt's, or somebody else's." in ended.err
    assert killed(studio) == (answer == "y\n")


def test_kill_without_a_terminal_does_not_advise_what_would_refuse(active_guess, studio):
    """If nobody can be asked, the advice for a guess is to settle it, because `--yes` spares it."""
    only = studio("kill", active_guess, stdin="")
    assert only.code == ExitCode.USAGE and killed(studio) == 0
    assert "--yes does not kill a guess." in only.err and "cordage-tui queue settle" in only.err
    sure = studio.started()
    studio.read_long_ago()
    studio("runs")
    assert "Use --yes to confirm." in studio("kill", sure, stdin="").err
    assert "Use --yes to kill the runs that are not guesses." in studio("kill", active_guess, sure, stdin="").err


def test_kill_in_json_marks_a_guess(active_guess, studio):
    """How it was found, and what that means."""
    told = json.loads(studio("kill", active_guess, "--yes", "--json").out)
    assert wrong_with(told) == []
    [shown] = told["kills"]
    assert (shown["outcome"], shown["matched"]) == ("not killed", "guess") and "is a guess" in shown["note"]


@pytest.mark.parametrize(
    "argv",
    [
        ("urls", "RUN"),
        ("rate", "RUN", "keep"),
        ("tag", "RUN", "+x"),
        ("download", "RUN", "--folder", "FOLDER"),
        ("rerun", "RUN", "--dry-run"),
        ("kill", "RUN", "--yes"),
        ("watch", "RUN"),
    ],
)
def test_every_command_that_takes_a_guess_says_so(guessing, studio, tmp_path, argv):
    """Once on stderr, with the command that settles it; in JSON beside the run, as far as the command has any."""
    _, _, _, run = guessing("--wait")
    words = {"RUN": run, "FOLDER": str(tmp_path / "saved")}
    argv = [words.get(word, word) for word in argv]
    ended = studio(*argv)
    assert ended.err.count(f"≈ {run[:8]} is a guess") == 1
    assert "somebody else's" in ended.err and "cordage-tui queue settle" in ended.err
    if argv[0] == "rerun":
        return
    told = json.loads(studio(*argv, "--json").out)
    assert wrong_with(told) == []
    assert '"matched": "guess"' in json.dumps(told) and "is a guess: it was found by its time" in json.dumps(told)


def test_the_sidecar_of_a_guess_says_that_the_prompt_may_be_another(guessing, studio, tmp_path):
    """The file beside an output of a guess says "guess", and that of a sure run says null."""
    _, _, _, run = guessing("--wait")
    folder = tmp_path / "saved"
    studio("download", run, "--folder", str(folder))
    assert [json.loads(file.read_text())["matched"] for file in folder.rglob("*.json")] == ["guess"]
    sure = json.loads(studio("runs", "--where", "hare", "--json").out)["runs"][0]["id"]
    studio("download", sure, "--folder", str(tmp_path / "sure"))
    assert [json.loads(file.read_text())["matched"] for file in (tmp_path / "sure").rglob("*.json")] == [None]


def test_a_sure_run_is_not_marked(studio):
    """Its note is null, and nothing is on stderr."""
    assert studio("trigger", "Sunset", "a hare", "--wait").code == 0
    run = json.loads(studio("runs", "--json").out)["runs"][0]["id"]
    ended = studio("urls", run, "--json")
    assert "guess" not in ended.err
    assert [(url["matched"], url["note"]) for url in json.loads(ended.out)["urls"]] == [(None, None)]
