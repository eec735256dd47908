"""The real program, run as a process in a home of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cordage_tui.config.paths import Paths
from cordage_tui.simulator.server import run_in_thread
from cordage_tui.simulator.world import plain_world
from tests.fork_server import ForkedProcess

if TYPE_CHECKING:
    from tests.cli.studio import Studio

PROGRAM = (sys.executable, "-m", "cordage_tui")


@dataclass(frozen=True)
class Cordage:
    """`cordage-tui` as the user of an empty machine runs it."""

    root: Path
    environ: dict[str, str] = field(default_factory=dict)
    anew: bool = False
    """Whether each command is an interpreter of its own, or a fork of one that has been started."""

    def __call__(self, *argv: str, stdin: str = "", **environ: str) -> "subprocess.CompletedProcess[str]":
        command, environ, pipe = [*PROGRAM, *argv], self.environ | environ, subprocess.PIPE
        if self.anew:
            return subprocess.run(
                command, input=stdin, env=environ, stdout=pipe, stderr=pipe, text=True, timeout=60, check=False
            )
        reader, writer = os.pipe()
        with os.fdopen(writer, "w") as typed:
            typed.write(stdin)  # a pipe holds that much
        child = ForkedProcess(argv, environ, stdin=reader, stdout=pipe, stderr=pipe)
        os.close(reader)
        out, err = child.communicate(60)
        return subprocess.CompletedProcess(command, child.wait(), out, err)

    @property
    def paths(self) -> Paths:
        app = "cordage-tui"
        return Paths(self.root / "c" / app, self.root / "d" / app, self.root / "s" / app)

    def config(self, text: str) -> None:
        self.paths.config_dir.mkdir(parents=True, exist_ok=True)
        self.paths.config_file.write_text(text)


def environment(root: Path) -> Mapping[str, str]:
    """Return an environment with nothing of the developer except the way to Python."""
    own = {"XDG_CONFIG_HOME": "c", "XDG_DATA_HOME": "d", "XDG_STATE_HOME": "s", "HOME": "."}
    return {"PATH": os.environ["PATH"], "TERM": "xterm-256color"} | {k: str(root / v) for k, v in own.items()}


@pytest.fixture
def cordage(tmp_path: Path) -> Cordage:
    """Return the program with an empty home."""
    return Cordage(tmp_path, dict(environment(tmp_path)))


@pytest.fixture
def here(cordage: Cordage, monkeypatch: pytest.MonkeyPatch) -> Cordage:
    """Return the program with its home also set for code that is called in this process."""
    for name in list(os.environ):
        if name.startswith(("CORDAGE_", "XDG_")):
            monkeypatch.delenv(name)
    for name, value in cordage.environ.items():
        monkeypatch.setenv(name, value)
    return cordage


@pytest.fixture
def started(studio):
    """Return `started("watch")`, which starts the real program and ends it afterwards.

    With a signal that is `ignored` it is a new interpreter.
    """
    children = []

    def start(*argv, ignored=None, **streams):
        environ = studio.home.environ | {"CORDAGE_API_KEY": studio.server.api_key}
        pipe = subprocess.PIPE
        streams = {"stdin": subprocess.DEVNULL, "stdout": pipe, "stderr": pipe, **streams}
        if ignored is None:
            child = ForkedProcess(argv, environ, **streams)
        else:
            shell = ("sh", "-c", f"trap '' {ignored:d}; exec \"$@\"", "sh", *PROGRAM)
            child = subprocess.Popen([*shell, *argv], env=environ, text=True, **streams)
        children.append(child)
        return child

    yield start
    for child in children:
        child.kill()
        child.wait()
        for stream in filter(None, (child.stdout, child.stderr)):
            stream.close()


@pytest.fixture
def studio(here: Cordage, monkeypatch: pytest.MonkeyPatch) -> Iterator["Studio"]:
    """Return a home that is connected to a Cordage on loopback, whose runs take a fifth of a second."""
    from tests.cli.studio import Studio

    with closing(run_in_thread(plain_world(time.time, seconds=0.2))) as server:
        yield Studio(here, server, monkeypatch)
