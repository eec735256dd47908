"""If a front spoils the answer to a trigger, the run is paid for once and never called unsent."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.acceptance.broken_fronts import BrokenFront, Front
from tests.acceptance.conftest import WEBHOOKS
from tests.acceptance.server import KEY
from tests.e2e.home import PROGRAM, Home

Trigger = Callable[..., "subprocess.CompletedProcess[str]"]
UNUSABLE = [front for front in Front if front not in (Front.CUT, Front.OLD_ID)]


@pytest.fixture
def front() -> Iterator[BrokenFront]:
    """Yield a judge behind a front that is sound until the test sets its kind."""
    server = BrokenFront(list(WEBHOOKS))
    yield server
    server.close()


@pytest.fixture
def trigger(front: BrokenFront, tmp_path: Path) -> Trigger:
    """Return a function that runs `trigger` as the shell of a user would."""
    home = Home(tmp_path)
    home.configure(front.base_url, WEBHOOKS)

    def run(*arguments: str, stall: str = "30s") -> "subprocess.CompletedProcess[str]":
        command = [*PROGRAM, "trigger", "Sunset", *arguments, "--stall", stall]
        return subprocess.run(command, env=home.environ(KEY), capture_output=True, text=True, timeout=120, check=False)

    return run


@pytest.mark.parametrize("kind", list(Front))
def test_a_run_behind_a_broken_front_is_paid_for_once(front: BrokenFront, trigger: Trigger, kind: Front) -> None:
    """Whatever the front makes of the answer, there is one POST and one run. If the list has the inputs, the command
    ends with 0."""
    front.tells_inputs = True
    if kind is Front.OLD_ID:
        assert trigger("before").returncode == 0
    front.front = kind
    ended = trigger("a fox", stall="20s")
    mine = [run for run in front.runs if run.body == {"prompt": "a fox"}]
    assert len(mine) == 1
    assert (ended.returncode, ended.stdout.strip()) == (0, mine[0].id), ended.stderr
    assert "Nothing runs" not in ended.stderr and "Nothing was sent" not in ended.stderr


@pytest.mark.parametrize("kind", [Front.CUT, Front.PAGE_502, Front.OLD_ID])
def test_a_hidden_run_that_is_found_by_its_time_alone_is_a_guess(
    front: BrokenFront, trigger: Trigger, kind: Front
) -> None:
    """A run that is found by its time may be that of somebody else. The command ends with 5, prints no id and says how
    to settle it."""
    if kind is Front.OLD_ID:
        assert trigger("before").returncode == 0
    front.front = kind
    ended = trigger("a fox", stall="20s")
    mine = [run for run in front.runs if run.body == {"prompt": "a fox"}]
    assert len(mine) == 1
    assert (ended.returncode, ended.stdout.strip()) == (5, ""), ended.stderr
    assert f"run {mine[0].id[:8]}. A guess" in ended.stderr and "queue settle" in ended.stderr
    assert "Nothing runs" not in ended.stderr and "Nothing was sent" not in ended.stderr


@pytest.mark.parametrize("kind", UNUSABLE)
def test_an_answer_without_a_run_in_the_list_ends_with_5(front: BrokenFront, trigger: Trigger, kind: Front) -> None:
    """Nothing was started, but nobody can know that, so a script must not repeat the command."""
    front.front, front.acts = kind, False
    ended = trigger("a fox", stall="1s")
    assert (ended.returncode, front.triggers) == (5, 1)
    assert "may be running and may be charged" in ended.stderr


@pytest.mark.parametrize("kind", [Front.REDIRECT_302, Front.LOGIN_PAGE, Front.PAGE_502, Front.LIMITER_503])
def test_a_portal_before_all_calls_makes_one_prompt_of_a_file_uncertain(
    front: BrokenFront, trigger: Trigger, tmp_path: Path, kind: Front
) -> None:
    """Of eight prompts one POST is sent, and the code is 5. The next command sends nothing and ends with 3."""
    (prompts := tmp_path / "prompts.txt").write_text("".join(f"prompt {n}\n" for n in range(8)))
    front.front, front.reads_too = kind, True
    ended = trigger("--file", str(prompts), "--yes")
    assert (ended.returncode, front.triggers) == (5, 1)
    assert "7 are still queued" in ended.stderr
    again = trigger("a fox")
    assert (again.returncode, front.triggers) == (3, 1)
    assert "it is safe to try again" in again.stderr
