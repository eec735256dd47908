"""The commands and places that the README names work and are there."""

import os
import re
import shlex
import subprocess
import tomllib
from pathlib import Path

import pytest

from cordage_tui.cli.base.command_line import parse
from cordage_tui.domain.manual import FOLDER, TOPICS, page
from tests.e2e.home import Home

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def steps(after: str) -> list[list[str]]:
    """The words of each step of the first shell block after that text."""
    block = README.split(after, 1)[1].split("```sh\n", 1)[1].split("```", 1)[0]
    (line,) = block.splitlines()
    return [shlex.split(step) for step in line.split(" && ")]


def test_uvx_is_given_the_name_of_the_script() -> None:
    """From this folder, with the words that open the demo."""
    ((program, *words),) = steps("## Try it in one minute")
    assert (program, words[:2]) == ("uvx", ["--from", "."])
    assert words[2] in PROJECT["scripts"] and words[3:] == ["--demo"]


def test_the_demo_command_opens_the_demo(tmp_path: Path) -> None:
    """A fresh venv, this project, and the script that it installs; with those words it draws a simulated Cordage's runs."""
    venv, install, run = steps("Without uv:")
    assert venv == ["python3", "-m", "venv", ".venv"]
    assert install == [".venv/bin/pip", "install", "."]
    assert Path(run[0]).name in PROJECT["scripts"]
    home = Home(tmp_path, forked=True)
    with home.open(home.environ(), *run[1:]) as terminal:
        terminal.wait_for("● live")
        terminal.wait_for("running")
        terminal.type("\x11")
        assert terminal.wait_exit() == 0
    assert home.files() == {}


def test_the_test_command_chooses_no_tests() -> None:
    """It installs an extra that the project has, then runs pytest with nothing but workers and how they share the work."""
    venv, install, run = steps("<!-- ci: test -->")
    assert venv == ["python3", "-m", "venv", ".venv"]
    (extra,) = re.findall(r"\[(\w+)\]", install[-1])
    assert extra in PROJECT["optional-dependencies"]
    assert run[:3] == [".venv/bin/python", "-m", "pytest"]
    assert set(run[3::2]) <= {"-n", "--dist"}


def test_continuous_integration_runs_that_command() -> None:
    """What `.ci/run` cuts out of the README is that line, whole."""
    cut = re.search(r"^command=.*$", (ROOT / ".ci" / "run").read_text(), re.MULTILINE)
    assert cut
    printed = subprocess.run(
        ["bash", "-c", f'{cut[0]}; echo "$command"'], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert [shlex.split(step) for step in printed.stdout.strip().split(" && ")] == steps("<!-- ci: test -->")
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_the_python_it_needs_is_the_one_declared() -> None:
    """Pip would refuse an older one."""
    (needed,) = re.findall(r"You need Python ([\d.]+) or newer", README)
    assert PROJECT["requires-python"] == f">={needed}"


def test_every_command_named_is_taken() -> None:
    """The first word of each line in the table at the top of the command line's page."""
    table = page("command-line").split("## Exit codes")[0]
    commands = re.findall(r"^\| `([a-z]+)[ `]", table, re.MULTILINE)
    assert commands
    for command in commands:
        with pytest.raises(SystemExit) as ended:
            parse([command, "--help"])
        assert ended.value.code == 0, command


@pytest.mark.parametrize("topic", [*TOPICS, *(f"dev/{file.stem}" for file in (FOLDER / "dev").glob("*.md"))])
def test_every_file_named_is_there(topic: str) -> None:
    """Scripts to repeat a figure with, the second server, the folders of the tree."""
    text = page(topic)
    named = re.findall(r"\b(?:tests|screenshots|\.github)/[\w/.-]+\w", text)
    named += [f"cordage_tui/{folder}" for folder in re.findall(r"^  (\w+)/ ", text, re.MULTILINE)]
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_figures_stand_beside_the_commands_that_print_them() -> None:
    """Every line of the first table of the performance page names one, or the line above it does."""
    table = page("dev/performance").split("|---|---|---|---|\n")[1].split("\n\n")[0]
    assert all(re.search(r"`python tests/bench/\w+\.py`|the same", line) for line in table.splitlines())
