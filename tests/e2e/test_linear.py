"""Linear mode on a real terminal writes only text and line breaks, and ends with the terminal."""

import os
import signal

import pytest

from cordage_tui.cli.base.errors import ExitCode
from tests.acceptance.server import KEY
from tests.e2e.conftest import WEBHOOKS
from tests.e2e.home import Home


@pytest.fixture
def linear_terminal(tmp_path, judge, forked):
    """Yield a terminal with linear mode on a machine without a configuration."""
    home = Home(tmp_path / "empty", forked)
    home.root.mkdir()
    with home.open(home.environ(CORDAGE_BASE_URL=judge.base_url, ACCESSIBLE="1"), columns=200) as terminal:
        terminal.wait_for("Type its number:")
        yield terminal


def type_line(terminal, line, expected):
    """Type a line and wait for this output."""
    terminal.type(f"{line}\n")
    terminal.wait_for(expected)


def test_the_main_job_works_in_linear_mode(linear_terminal, judge):
    """A user connects, chooses a webhook, runs a prompt to its end and kills another run. No control byte except line
    breaks is written."""
    sunset, portrait, *_ = WEBHOOKS
    type_line(linear_terminal, "1", "API key, from the workspace settings")
    type_line(linear_terminal, KEY, "Webhook key")
    type_line(linear_terminal, sunset, "A name for this webhook")
    type_line(linear_terminal, "Sunset", "Profile default with 1 webhook: Sunset.")
    type_line(linear_terminal, f"webhooks add {portrait} Portrait", "Portrait (")
    type_line(linear_terminal, "use 2", "Portrait is chosen.")
    type_line(linear_terminal, "prompt fox in snow", "Run 1, fox in snow, completed after")
    type_line(linear_terminal, 'trigger Sunset "long owl"', "long owl, has started.")
    type_line(linear_terminal, "kill 2", "Type y to kill.")
    type_line(linear_terminal, "y", "Run 2, long owl, was cancelled after")
    linear_terminal.wait_until_read(1.0)  # until then Ctrl-C would stop the wait for the kill
    linear_terminal.type("half a line\x03")
    linear_terminal.wait_for("Press Control C again")
    linear_terminal.type("quit\n")
    assert linear_terminal.wait_exit() == ExitCode.OK
    assert KEY.encode() not in linear_terminal.written, "the key is not echoed"
    written = bytes(linear_terminal.written).replace(b"\r\n", b"\n")
    assert [byte for byte in written if (byte < 32 and byte != 10) or byte == 127] == []
    assert len(judge.runs) == 2


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (None, 129)], ids=["SIGTERM", "SIGHUP", "hang-up"]
)
def test_linear_mode_ends_with_its_terminal(linear_terminal, number, code):
    """While it waits for a line, linear mode ends at a signal with the usual code, and at a hang-up."""
    if number is None:
        linear_terminal.hang_up()
        assert linear_terminal.process.wait(10) in (code, ExitCode.OK)
    else:
        os.kill(linear_terminal.process.pid, number)
        assert linear_terminal.wait_exit() == code
