"""`cordage-tui kill`: its questions, its output and its exit codes."""

import contextlib
import json
import sqlite3

import pytest

from cordage_tui.cli.base.errors import ExitCode
from cordage_tui.simulator.faults import Call, Fault, FaultKind
from cordage_tui.simulator.world import PlannedOutcome
from tests.cli.json_schema import wrong_with


def kills(studio):
    """Return the kills that reached the server."""
    return [exchange for exchange in studio.server.log if exchange.call is Call.KILL]


def known(studio, count):
    """Start so many runs, read them all, and return their ids."""
    ids = [studio.started(prompt=f"fox {number}") for number in range(count)]
    assert studio("runs").code == ExitCode.OK
    return ids


def test_one_run_is_asked_about_by_name(studio):
    """The question shows id, status, webhook and prompt, and only `y` kills."""
    studio.server.world.fate(studio.key, PlannedOutcome(1e6))
    run_id = studio("trigger", "Sunset", "fox 0").out.split()[0]
    refused = studio("kill", run_id, stdin="\n", terminal=True)
    assert (refused.code, kills(studio)) == (ExitCode.USAGE, [])
    question_lines = refused.err.splitlines()
    assert question_lines[0] == "Kill this run?"
    assert question_lines[1].split() == [run_id[:8], "running", "Sunset", "fox", "0"]
    assert studio("kill", run_id, stdin="y\n", terminal=True).code == ExitCode.OK


@pytest.mark.parametrize(("count", "reply", "code"), [(10, "y", 0), (12, "y", 2), (12, "12", 0)])
def test_of_many_ten_are_named_and_the_rest_counted(studio, count, reply, code):
    """Ten runs are named and the others counted, and from eleven on the number must be typed."""
    ids = known(studio, count)
    ended = studio("kill", *ids, stdin=f"{reply}\n", terminal=True)
    assert ended.code == code
    lines = ended.err.splitlines()
    assert lines[0] == f"Kill these {count} runs?"
    assert [line.split()[0] for line in lines[1:11]] == [run_id[:8] for run_id in ids[:10]]
    assert ("  and 2 more" in lines) == (count == 12)
    assert len(kills(studio)) == (0 if code else count)


def test_a_protected_profile_wants_the_number(studio):
    """A protected profile asks for the number also for one run."""
    studio.configure(profile="protected = true")
    (run_id,) = known(studio, 1)
    assert studio("kill", run_id, stdin="y\n", terminal=True).code == ExitCode.USAGE
    assert kills(studio) == []
    assert studio("kill", run_id, stdin="1\n", terminal=True).code == ExitCode.OK


def test_a_read_only_profile_kills_nothing(studio):
    """A read-only profile refuses a kill with 2 before any call."""
    (run_id,) = known(studio, 1)
    studio.configure(profile="read_only = true")
    before = len(studio.server.log)
    ended = studio("kill", run_id, "--yes")
    assert (ended.code, ended.out, len(studio.server.log)) == (ExitCode.USAGE, "", before)
    assert "Nothing was killed." in ended.err


def test_each_outcome_is_a_line(studio):
    """In a pipe each outcome is a line with tabs, in the order of the arguments."""
    ids = known(studio, 2)
    ended = studio("kill", *reversed(ids), "--yes")
    assert ended.code == ExitCode.OK
    assert [line.split("\t")[:2] for line in ended.out.splitlines()] == [[i[:8], "cancelled"] for i in reversed(ids)]
    answer = json.loads(studio("kill", ids[0], "--yes", "--json").out)
    assert wrong_with(answer) == []
    assert [kill["id"] for kill in answer["kills"]] == [ids[0]]


def test_on_a_terminal_long_words_are_wrapped_under_themselves(studio, monkeypatch):
    """On a terminal long texts are wrapped under their column."""
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
    """The exit code says whether another try helps: server in trouble, unknown run, refused key."""
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
    """A refused kill advises about the key, and not to try again."""
    (run_id,) = known(studio, 1)
    studio.fails(Call.KILL, FaultKind.STATUS, status=status)
    ended = studio("kill", run_id, "--yes")
    assert ended.code == ExitCode.KEY_REFUSED
    assert advice in ended.out and "Try again" not in ended.out


def test_a_kill_in_doubt_is_reported_as_such(studio):
    """Without a usable answer the run may have been killed, and the command ends with 3."""
    (run_id,) = known(studio, 1)
    studio.fails(Call.ANY, FaultKind.STATUS, status=502)
    ended = studio("kill", run_id, "--yes")
    assert ended.code == ExitCode.TRY_AGAIN
    assert "may have been killed" in ended.out and "Not killed" not in ended.out
    assert "cordage-tui kill" in ended.out
    (kill,) = json.loads(studio("kill", run_id, "--yes", "--json").out)["kills"]
    assert kill["outcome"] == "asked" and "may have been killed" in kill["words"]


def test_a_kill_that_can_be_tried_again_decides_the_code(studio):
    """If one of several kills can be tried again, the exit code says so."""
    ids = known(studio, 2)
    studio.server.world.faults.add(Call.KILL, Fault(FaultKind.STATUS, status=404), count=1)
    studio.server.world.faults.add(Call.KILL, Fault(FaultKind.STATUS, status=503), count=None)
    assert studio("kill", *ids, "--yes").code == ExitCode.TRY_AGAIN


def test_an_id_that_names_several_runs_kills_none(studio):
    """An ambiguous id kills nothing and lists five runs, and a whole id always names one run."""
    ids = known(studio, 6)
    with contextlib.closing(sqlite3.connect(studio.home.paths.database)) as database, database:
        for number, run_id in enumerate(ids):
            database.execute("UPDATE runs SET run_id = ? WHERE run_id = ?", (f"abcdef{'0' * number}", run_id))
    ended = studio("kill", "abcde", "--yes")
    assert (ended.code, kills(studio)) == (ExitCode.USAGE, [])
    assert ended.err.count("abcdef") == 5
    question = studio("kill", "abcdef", stdin="n\n", terminal=True)
    assert question.err.splitlines()[0] == "Kill this run?"
