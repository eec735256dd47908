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

    def trigger(*options):
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
        run = studio.started(0.2, prompt="a colleague's own")
        out, err = child.communicate(timeout=60)
        return child.returncode, out, err, run

    return trigger


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
