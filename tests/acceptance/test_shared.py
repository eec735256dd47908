"""Against a judge with other clocks and colleagues on the same webhook, no prompt that ran is called not seen.

A run of a colleague is never more than a guess.
"""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cordage_tui.cli.base.errors import ExitCode
from tests.acceptance.conftest import WEBHOOKS
from tests.acceptance.server import KEY, Judge, Stamps
from tests.e2e.home import Home
from tests.fork_server import ForkedProcess

WEBHOOK = "wh_sunset00001"
PATIENCE_S = 30.0
CLOCKS = [
    *(pytest.param(float(ahead), Stamps(), id=f"Date {ahead:+} s") for ahead in (3, 4, 60, 3_600, -300)),
    pytest.param(0.0, Stamps(cut_s=60.0), id="times cut to the minute"),
    pytest.param(0.0, Stamps(ahead_s=7_200.0, zone=""), id="naive local times"),
    pytest.param(0.0, Stamps(ahead_s=-6.0), id="a database 6 s behind"),
    pytest.param(0.0, Stamps(ahead_s=200.0), id="created_at 200 s late"),
    pytest.param(None, Stamps(ahead_s=-4.0), id="no Date"),
]

Ended = tuple[int, str, str]


class Shell:
    """A home with the judge as its server, in which commands run."""

    def __init__(self, root: Path) -> None:
        self.judge = Judge(list(WEBHOOKS))
        self.home = Home(root)
        self.home.configure(self.judge.base_url, WEBHOOKS)

    def start(self, *argv: str) -> ForkedProcess:
        return ForkedProcess(argv, self.home.environ(KEY), stdout=-1, stderr=-1)

    def __call__(self, *argv: str) -> Ended:
        return self.result_of(self.start(*argv))

    def result_of(self, child: ForkedProcess) -> Ended:
        """Wait for the end of this process and return code, stdout and stderr."""
        out, err = child.communicate(60)
        return child.wait(), out, err

    def runs(self) -> list[dict[str, Any]]:
        """Return the runs that `runs --json` lists."""
        runs: list[dict[str, Any]] = json.loads(self("runs", "--json", "--offline")[1])["runs"]
        return runs


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """Yield a shell and close its judge after the test."""
    shell = Shell(tmp_path)
    yield shell
    shell.judge.close()


def until(condition: Callable[[], object]) -> None:
    """Wait until the condition is true, or fail after the longest patience."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.01)


@pytest.mark.parametrize(("date_ahead_s", "stamps"), CLOCKS)
def test_the_run_of_a_lost_answer_is_guessed_despite_other_clocks(
    shell: Shell, date_ahead_s: float | None, stamps: Stamps
) -> None:
    """One accepted run shows how the clocks differ. The run of a lost answer is then guessed, the code is 5, and one
    trigger was sent."""
    shell.judge.date_ahead_s, shell.judge.stamps = date_ahead_s, stamps
    assert shell("trigger", "Sunset", "a hare", "--wait")[0] == ExitCode.OK
    shell.judge.loses = "answer"
    code, out, err = shell("trigger", "Sunset", "a fox")
    assert (code, out.strip()) == (ExitCode.UNCERTAIN, "")
    assert "guess" in err and "Not seen" not in err
    assert [(run["prompt"], run["matched"]) for run in shell.runs()] == [("a fox", "guess"), ("a hare", None)]
    assert [run.body["prompt"] for run in shell.judge.runs] == ["a hare", "a fox"]


@pytest.mark.parametrize(("lists", "date_ahead_s"), [(0, 0.0), (1, None), (2, 0.0)])
def test_a_colleagues_run_is_no_more_than_a_guess(
    shell: Shell, lists: int, date_ahead_s: float | None, tmp_path: Path
) -> None:
    """If a colleague starts a run instead, the code is 5, nothing is printed or saved, and the user can give the run
    back."""
    judge = shell.judge
    judge.date_ahead_s = date_ahead_s
    assert shell("trigger", "Sunset", "a hare", "--wait")[0] == ExitCode.OK
    judge.loses = "request"
    folder = tmp_path / "saved"
    child = shell.start("trigger", "Sunset", "a fox", "--download", str(folder))
    until(lambda: judge.lost)
    calls_before = len(judge.calls)
    until(lambda: len(judge.calls) >= calls_before + lists)
    run = judge.colleague(WEBHOOK)
    code, _, err = shell.result_of(child)
    assert code == ExitCode.UNCERTAIN and "guess" in err and run.id[:8] in err
    assert not [*folder.rglob("*.png"), *folder.rglob("*.json")]
    assert {listed["prompt"]: listed["matched"] for listed in shell.runs()} == {"a fox": "guess", "a hare": None}
    [match_set] = json.loads(shell("queue", "list", "--json")[1])["sets"]
    assert shell("queue", "settle", str(match_set["prompts"][0]["row"]), "--none-ran", "--yes")[0] == ExitCode.OK
    assert [listed["status"] for listed in shell.runs() if listed["prompt"] == "a fox"] == ["uncertain"]
    assert [listed["prompt"] for listed in shell.runs() if listed["id"] == run.id] == [""]
    assert len(judge.runs) == 2


def test_a_run_listed_before_the_request_is_no_candidate(shell: Shell) -> None:
    """A run that a list named before the request is no candidate, although its stamp is later and no `Date` tells the
    time."""
    judge = shell.judge
    judge.date_ahead_s, judge.stamps = None, Stamps(ahead_s=30.0)
    assert shell("trigger", "Sunset", "a hare", "--wait")[0] == ExitCode.OK
    known = judge.colleague(WEBHOOK, seconds=600.0)
    until(lambda: any(run["id"] == known.id for run in json.loads(shell("runs", "--json")[1])["runs"]))
    judge.loses = "request"
    code, out, _ = shell("trigger", "Sunset", "a fox", "--timeout", "3")
    assert (code, out.strip()) == (ExitCode.UNCERTAIN, "")
    assert [listed["prompt"] for listed in shell.runs() if listed["id"] == known.id] == [""]
