"""The shell script in the manual does what is said of it, as printed."""

import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from cordage_tui.domain.manual import page
from cordage_tui.simulator.server import run_in_thread
from cordage_tui.simulator.world import PlannedOutcome, plain_world
from tests.cli.conftest import Cordage, environment

SCRIPT = page("command-line").split("<!-- ci: script -->\n```sh\n")[1].split("```\n<!-- /ci: script -->")[0]


class Night:
    """A machine on which cron runs the script: with the program, a table of prompts, and a mail program that keeps the mail."""

    def __init__(self, root: Path, base_url: str, api_key: str, webhook_key: str) -> None:
        self.root = root
        self.home = Cordage(root, {**environment(root), "CORDAGE_API_KEY": api_key})
        self.home.config(
            f"[profiles.studio]\nbase_url = '{base_url}'\n[[profiles.studio.webhooks]]\nkey = '{webhook_key}'\nname = 'Sunset'\n"
        )
        self._program("cordage-tui", f'exec {sys.executable} -m cordage_tui "$@"')
        self._program("mail", f"printf '%s\\n' \"$@\" > {root / 'mail'}; cat >> {root / 'mail'}")
        (root / "nightly.sh").write_text(SCRIPT)
        (root / "prompts.csv").write_text("prompt,seed\na fox,1\nan owl,2\na hen,3\n")

    def __call__(self) -> int:
        environ = self.home.environ | {"PATH": f"{self.root / 'bin'}:{self.home.environ['PATH']}"}
        return subprocess.run(["sh", "nightly.sh"], cwd=self.root, env=environ, timeout=60, check=False).returncode

    @property
    def mail(self) -> str | None:
        """What was mailed last, with the words the mail program was started with before it."""
        file = self.root / "mail"
        return file.read_text() if file.exists() else None

    @property
    def pictures(self) -> int:
        """How many have been downloaded."""
        return len(list((self.root / "pictures").rglob("*.png")))

    def _program(self, name: str, line: str) -> None:
        file = self.root / "bin" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"#!/bin/sh\n{line}\n")
        file.chmod(0o755)


@pytest.fixture
def server():
    with closing(run_in_thread(plain_world(time.time, seconds=0.1))) as served:
        yield served


@pytest.fixture
def night(tmp_path, server):
    return Night(tmp_path, server.base_url, server.api_key, server.world.webhooks[0].key)


def test_a_good_night_sends_no_mail(night):
    """0, and a picture for each row."""
    assert night() == 0
    assert (night.pictures, night.mail) == (3, None)


def test_what_failed_is_mailed(night, server):
    """1; the mail names the row that failed and no other; the others' pictures are there."""
    server.world.fate(
        server.world.webhooks[0].key,
        PlannedOutcome(0.1),
        PlannedOutcome(0.1, failure="no such model"),
        PlannedOutcome(0.1),
    )
    assert night() == 1
    assert night.pictures == 2
    assert "Cordage: exit code 1\nyou@example.com\n" in night.mail
    assert "failed\tSunset\tan owl" in night.mail
    assert "a fox" not in night.mail


def test_a_server_that_is_not_there_is_mailed_too(night, server):
    """6, with what happened and what it means: the batch waits in the queue, and given again it would be paid for twice."""
    server.close()
    assert night() == 6
    assert "refused the connection" in night.mail
    assert "3 are still queued" in night.mail
    assert night.pictures == 0
