"""`cordage-tui simulate`, as curl meets it."""

import json
import re
import signal
import socket
import subprocess
import sys
from urllib.request import Request, urlopen

import pytest

from tests.cli.json_schema import wrong_with


@pytest.fixture
def simulator(cordage):
    """The real program serving on a free port, ended afterwards."""
    child = subprocess.Popen(
        [sys.executable, "-m", "cordage_tui", "simulate", "--port", "0"],
        env=cordage.environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with child:
        yield child
        child.kill()


def test_it_prints_a_line_that_works_and_ends_on_ctrl_c(simulator):
    """The address and the key it prints answer a trigger; printed through a pipe, they are there at once."""
    for line in simulator.stdout:
        if found := re.search(r"curl .*?(http://\S+/trigger).*Bearer ([\w-]+)", line):
            break
    request = Request(
        found.group(1),
        data=b'{"prompt": "fox"}',
        headers={"Authorization": f"Bearer {found.group(2)}", "Content-Type": "application/json"},
    )
    with urlopen(request, timeout=10) as response:
        assert b"run_id" in response.read()
    simulator.send_signal(signal.SIGINT)
    assert simulator.wait(10) == 0
    assert simulator.stderr.read() == ""


def test_a_taken_port_is_said(cordage):
    """No traceback; another port is proposed."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ended = cordage("simulate", "--port", str(taken.getsockname()[1]))
    assert ended.returncode == 2
    assert "cannot be served" in ended.stderr
    assert "--port 0" in ended.stderr


def test_a_script_learns_where_it_is(cordage):
    """One object, as the schema says, when it serves; its key is taken."""
    with subprocess.Popen(
        [sys.executable, "-m", "cordage_tui", "simulate", "--port", "0", "--json"],
        env=cordage.environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    ) as child:
        told = json.loads(child.stdout.readline())
        key = told["webhooks"][0]["key"]
        request = Request(f"{told['base_url']}/{key}/runs", headers={"Authorization": f"Bearer {told['api_key']}"})
        with urlopen(request, timeout=10) as response:
            assert "runs" in json.load(response)
        child.send_signal(signal.SIGINT)
    assert wrong_with(told) == []
    assert child.returncode == 0
