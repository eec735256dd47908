"""`cordage-tui kill`: what it asks, what it prints and how it ends."""

import contextlib
import json
import sqlite3

import pytest

from cordage_tui.cli.base.errors import ExitCode
from cordage_tui.simulator.faults import Call, Fault, FaultKind
from cordage_tui.simulator.world import PlannedOutcome
from tests.cli.json_schema import wrong_with


def kills(studio):
    return [exchange for exchange in studio.server.log if exchange.call is Call.KILL]


def known(studio, count):
    """Ids of so many active runs, all read."""
    ids = [studio.started(prompt=f"fox {number}") for number in range(count)]
    assert studio("runs").code == ExitCode.OK
    return ids


def test_one_run_is_asked_about_by_name(studio):
    """Its id, status, webhook and prompt; anything but `y` kills nothing."""
    studio.server.world.fate(studio.key, PlannedOutcome(1e6))
    run_id = studio("trigger", "Sunset", "fox 0").out.split()[0]
    refused = studio("kill", run_id, stdin="\n", terminal=True)
    assert (refused.code, kills(studio)) == (ExitCode.USAGE, [])
    asked = refused.err.splitlines()
    assert asked[0] == "Kill this run?"
    assert asked[1].split() == [run_id[:8], "running", "Sunset", "fox", "0"]
    assert studio("kill", run_id, stdin="y\n", terminal=True).code == ExitCode.OK


@pytest.mark.parametrize(("count", "typed", "code"), [(10, "y", 0), (12, "y", 2), (12, "12", 0)])
def test_of_many_ten_are_named_and_the_rest_counted(studio, count, typed, code):
    """From eleven on, the number is typed."""
    ids = known(studio, count)
    ended = studio("kill", *ids, stdin=f"{typed}\n", terminal=True)
    assert ended.code == code
    lines = ended.err.splitlines()
    assert lines[0] == f"Kill these {count} runs?"
    assert [line.split()[0] for line in lines[1:11]] == [run_id[:8] for run_id in ids[:10]]
    assert ("  and 2 more" in lines) == (count == 12)
    assert len(kills(studio)) == (0 if code else count)


def test_a_protected_profile_wants_the_number(studio):
    """Also for a single run."""
    studio.configure(profile="protected = true")
    (run_id,) = known(studio, 1)
    assert studio("kill", run_id, stdin="y\n", terminal=True).code == ExitCode.USAGE
    assert kills(studio) == []
    assert studio("kill", run_id, stdin="1\n", terminal=True).code == ExitCode.OK


def test_a_read_only_profile_kills_nothing(studio):
    """2, before anything is read."""
    (run_id,) = known(studio, 1)
    studio.configure(profile="read_only = true")
    before = len(studio.server.log)
    ended = studio("kill", run_id, "--yes")
    assert (ended.code, ended.out, len(studio.server.log)) == (ExitCode.USAGE, "", before)
    assert "Nothing was killed." in ended.err


def test_each_outcome_is_a_line(studio):
    """In a pipe: name, outcome and words, tab-separated and in the order asked for."""
    ids = known(studio, 2)
    ended = studio("kill", *reversed(ids), "--yes")
    assert ended.code == ExitCode.OK
    assert [line.split("\t")[:2] for line in ended.out.splitlines()] == [[i[:8], "cancelled"] for i in reversed(ids)]
    told = json.loads(studio("kill", ids[0], "--yes", "--json").out)
    assert wrong_with(told) == []
    assert [kill["id"] for kill in told["kills"]] == [ids[0]]


def test_on_a_terminal_long_words_are_wrapped_under_themselves(studio, monkeypatch):
    """No line is wider than the terminal, and only the first begins with the id."""
    monkeypatch.setenv("COLUMNS", "44")
    (run_id,) = known(studio, 1)
    studio.fails(Call.KILL, FaultKind.STATUS, status=503)
    lines = studio("kill", run_id, "--yes", terminal=True).out.splitlines()
    assert max(map(len, lines)) <= 44 and len(lines) > 1
    assert lines[0].startswith(run_id[:8])
    assert all(line.startswith(" " * 10) and line[10] != " " for line in lines[1:])


@pytest.mark.parametrize(
    ("status", "code"), [(503, ExitCode.TRY_AGAIN), (404, ExitCode.USAGE), (401, ExitCode.KEY_REFUSED)]
)
def test_the_code_says_whether_it_helps_to_try_again(studio, status, code):
    """A server in trouble, a run that it does not know, a key that it refuses."""
    (run_id,) = known(studio, 1)
    studio.fails(Call.KILL, FaultKind.STATUS, status=status)
    ended = studio("kill", run_id, "--yes")
    assert ended.code == code
    assert ended.out.split("\t")[1] == "not killed"


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (401, "Set a key that works. Enter it: cordage-tui key set"),
        (402, "Pay for the account, or use the key of another. Enter it: cordage-tui key set"),
    ],
)
def test_a_kill_that_is_refused_advises_what_helps(studio, status, advice):
    """To kill again with the same key is useless."""
    (run_id,) = known(studio, 1)
    studio.fails(Call.KILL, FaultKind.STATUS, status=status)
    ended = studio("kill", run_id, "--yes")
    assert ended.code == ExitCode.KEY_REFUSED
    assert advice in ended.out and "Try again" not in ended.out


def test_a_kill_in_doubt_is_told_as_such(studio):
    """No answer can be used and no read works: in text and JSON the run may have been killed, and 3 says to try again."""
    (run_id,) = known(studio, 1)
    studio.fails(Call.ANY, FaultKind.STATUS, status=502)
    ended = studio("kill", run_id, "--yes")
    assert ended.code == ExitCode.TRY_AGAIN
    assert "may have been killed" in ended.out and "Not killed" not in ended.out
    assert "cordage-tui kill" in ended.out
    (told,) = json.loads(studio("kill", run_id, "--yes", "--json").out)["kills"]
    assert told["outcome"] == "asked" and "may have been killed" in told["words"]


def test_one_that_can_be_tried_again_decides_the_code(studio):
    """Of two kills, one gone for good and one not answered, the second is worth another try."""
    ids = known(studio, 2)
    studio.server.world.faults.add(Call.KILL, Fault(FaultKind.STATUS, status=404), count=1)
    studio.server.world.faults.add(Call.KILL, Fault(FaultKind.STATUS, status=503), count=None)
    assert studio("kill", *ids, "--yes").code == ExitCode.TRY_AGAIN


def test_an_id_that_names_several_runs_kills_none(studio):
    """At most five are listed, to choose from; the whole id is always one run, also where others begin with it."""
    ids = known(studio, 6)
    with contextlib.closing(sqlite3.connect(studio.home.paths.database)) as database, database:
        for number, run_id in enumerate(ids):
            database.execute("UPDATE runs SET run_id = ? WHERE run_id = ?", (f"abcdef{'0' * number}", run_id))
    ended = studio("kill", "abcde", "--yes")
    assert (ended.code, kills(studio)) == (ExitCode.USAGE, [])
    assert ended.err.count("abcdef") == 5
    asked = studio("kill", "abcdef", stdin="n\n", terminal=True)
    assert asked.err.splitlines()[0] == "Kill this run?"
