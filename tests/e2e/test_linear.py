"""Linear mode on a real terminal: what is written is text and line breaks, and nothing outlives the terminal."""

import os
import signal

import pytest

from cordage_tui.cli.base.errors import ExitCode
from tests.acceptance.server import KEY
from tests.e2e.conftest import WEBHOOKS
from tests.e2e.home import Home


@pytest.fixture
def lines(tmp_path, judge, forked):
    """A machine on which nothing is configured, with linear mode in its terminal."""
    home = Home(tmp_path / "empty", forked)
    home.root.mkdir()
    with home.open(home.environ(CORDAGE_BASE_URL=judge.base_url, ACCESSIBLE="1"), columns=200) as terminal:
        terminal.wait_for("Type its number:")
        yield terminal


def type_line(terminal, line, heard):
    """Types a line and waits for what is then heard."""
    terminal.type(f"{line}\n")
    terminal.wait_for(heard)


def test_the_main_job_by_ear(lines, judge):
    """Connect, choose a webhook, run a prompt, hear it complete, kill another; no control byte but line breaks is written."""
    sunset, portrait, *_ = WEBHOOKS
    type_line(lines, "1", "API key, from the workspace settings")
    type_line(lines, KEY, "Webhook key")
    type_line(lines, sunset, "A name for this webhook")
    type_line(lines, "Sunset", "Profile default with 1 webhook: Sunset.")
    type_line(lines, f"webhooks add {portrait} Portrait", "Portrait (")
    type_line(lines, "use 2", "Portrait is chosen.")
    type_line(lines, "prompt fox in snow", "Run 1, fox in snow, completed after")
    type_line(lines, 'trigger Sunset "long owl"', "long owl, has started.")
    type_line(lines, "kill 2", "Type y to kill.")
    type_line(lines, "y", "Run 2, long owl, was cancelled after")
    lines.type("half a line\x03")
    lines.wait_for("Press Control C again")
    lines.type("quit\n")
    assert lines.wait_exit() == ExitCode.OK
    assert KEY.encode() not in lines.written, "the key is not echoed"
    written = bytes(lines.written).replace(b"\r\n", b"\n")
    assert [byte for byte in written if (byte < 32 and byte != 10) or byte == 127] == []
    assert len(judge.runs) == 2


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (None, 129)], ids=["SIGTERM", "SIGHUP", "hang-up"]
)
def test_it_ends_with_its_terminal(lines, number, code):
    """As shells expect, while it waits for a line."""
    if number is None:
        lines.hang_up()
        assert lines.process.wait(10) in (code, ExitCode.OK)
    else:
        os.kill(lines.process.pid, number)
        assert lines.wait_exit() == code
