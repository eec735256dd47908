"""`cordage-tui simulate`, as a client sees it."""

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
    """Start the real program on a free port, and end it afterwards."""
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


def test_the_printed_curl_line_works_and_ctrl_c_ends_it(simulator):
    """The printed address and key accept a trigger, and are printed at once through a pipe."""
    for line in simulator.stdout:
        if curl_line := re.search(r"curl .*?(http://\S+/trigger).*Bearer ([\w-]+)", line):
            break
    request = Request(
        curl_line.group(1),
        data=b'{"prompt": "fox"}',
        headers={"Authorization": f"Bearer {curl_line.group(2)}", "Content-Type": "application/json"},
    )
    with urlopen(request, timeout=10) as response:
        assert b"run_id" in response.read()
    simulator.send_signal(signal.SIGINT)
    assert simulator.wait(10) == 0
    assert simulator.stderr.read() == ""


def test_a_taken_port_is_said(cordage):
    """A port in use ends with 2 and the advice to use another."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ended = cordage("simulate", "--port", str(taken.getsockname()[1]))
    assert ended.returncode == 2
    assert "cannot be served" in ended.stderr
    assert "--port 0" in ended.stderr


def test_json_has_address_and_key(cordage):
    """With `--json` one object of the schema has address and key once it serves."""
    with subprocess.Popen(
        [sys.executable, "-m", "cordage_tui", "simulate", "--port", "0", "--json"],
        env=cordage.environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    ) as child:
        answer = json.loads(child.stdout.readline())
        key = answer["webhooks"][0]["key"]
        request = Request(f"{answer['base_url']}/{key}/runs", headers={"Authorization": f"Bearer {answer['api_key']}"})
        with urlopen(request, timeout=10) as response:
            assert "runs" in json.load(response)
        child.send_signal(signal.SIGINT)
    assert wrong_with(answer) == []
    assert child.returncode == 0
