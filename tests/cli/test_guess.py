"""A prompt whose answer was lost, on a webhook that others use too: the run that is found by its time is a guess, and says so."""

import json
import time

import pytest

from cordage_tui.cli.base.errors import ExitCode
from cordage_tui.simulator.faults import Call, Fault, FaultKind
from tests.cli.json_schema import wrong_with

STRANGERS = 3


@pytest.fixture
def guessing(studio, started):
    """`guessing("--wait")`: a `trigger` with these options whose request is lost, while a colleague starts a run that completes.

    An accepted run has shown how the server stamps runs, and colleagues have started some.
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
    """5 and not 0; stdout has no id that a script would take for its own, and stderr says that it is a guess, whose run it may be,
    how many runs of others there were, and what takes it back."""
    code, out, err, run = guessing()
    assert (code, out.strip()) == (ExitCode.UNCERTAIN, "")
    assert "guess" in err and run[:8] in err and "may be theirs" in err
    assert f"{STRANGERS} runs of others" in err
    assert "cordage-tui queue settle" in err


def test_a_guess_that_completed_is_no_success(guessing, studio):
    """Its page says that it is a guess, and the code is that of an uncertain prompt."""
    code, out, err, _ = guessing("--wait")
    assert code == ExitCode.UNCERTAIN and "guess" in out and "guess" in err


def test_nothing_of_a_guess_is_saved(guessing, studio, tmp_path):
    """Neither the colleague's picture nor a sidecar with our prompt."""
    folder = tmp_path / "saved"
    code, _, err, _ = guessing("--download", str(folder))
    assert code == ExitCode.UNCERTAIN
    assert not [*folder.rglob("*.png"), *folder.rglob("*.json")]
    assert "Nothing of it was saved" in err


def test_a_guess_is_one_in_json(guessing, studio):
    """The run is an object as ever, with how it was found and how many runs of others were seen."""
    code, out, _, run = guessing("--json")
    told = json.loads(out)
    assert code == ExitCode.UNCERTAIN and wrong_with(told) == []
    [shown] = told["runs"]
    assert (shown["id"], shown["matched"], shown["others_seen"]) == (run, "guess", STRANGERS)
    sure = json.loads(studio("runs", "--where", "hare", "--json").out)["runs"][0]
    assert sure["matched"] is None
    detail = json.loads(studio("show", sure["id"], "--json").out)
    assert wrong_with(detail) == [] and detail["run"]["others_seen"] is None


def test_settle_takes_a_guess_back_or_makes_it_sure(guessing, studio):
    """Taken back, the run is a colleague's again and the prompt uncertain; nothing is sent by that."""
    _, _, _, run = guessing()
    [found] = json.loads(studio("queue", "list", "--json").out)["sets"]
    number, sent = str(found["prompts"][0]["row"]), studio.triggers
    assert studio("queue", "settle", number, "--none-ran", "--yes").code == 0
    shown = json.loads(studio("runs", "--json").out)["runs"]
    assert [one["prompt"] for one in shown if one["id"] == run] == [""]
    assert [one["status"] for one in shown if one["prompt"] == "a fox"] == ["uncertain"]
    assert studio.triggers == sent


def test_an_automatic_download_waits_for_the_users_word(guessing, studio, tmp_path):
    """The outputs of a guess are saved once the user has said that it is right."""
    folder = tmp_path / "auto"
    studio.configure(more=f"[downloads]\nfolder = {json.dumps(str(folder))}\n", webhook="download = true")

    def prompts():
        return [json.loads(sidecar.read_text())["prompt"] for sidecar in folder.rglob("*.png.json")]

    guessing("--wait")
    assert "a hare" in prompts() and "a fox" not in prompts()
    [found] = json.loads(studio("queue", "list", "--json").out)["sets"]
    assert studio("queue", "settle", str(found["prompts"][0]["row"]), "--as-guessed", "--yes").code == 0
    assert studio("trigger", "Sunset", "an owl", "--wait").code == 0
    assert prompts().count("a fox") == prompts().count("an owl") == 1


def test_no_list_shows_a_guess_as_a_sure_run(guessing, studio):
    """`runs` and `watch` mark its prompt and say on stderr what that means."""
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
