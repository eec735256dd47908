"""The real program in a shell: Ctrl+C, and the modules that a command loads."""

import json
import signal
import subprocess
import sys
import time

import pytest

from cordage_tui.cli.base.command_line import module_of
from tests.cli.json_schema import wrong_with


def test_ctrl_c_leaves_the_run_alive_and_says_how_to_find_it(studio, started):
    """Ctrl+C during the wait ends with 6 and names the run, which continues."""
    from cordage_tui.simulator.world import PlannedOutcome

    studio.server.world.fate(studio.key, PlannedOutcome(1e6))
    child = started("trigger", "Sunset", "a fox", "--wait")
    while not studio.server.world.list_runs(studio.key):
        assert child.poll() is None
        time.sleep(0.02)
    (run,) = studio.server.world.list_runs(studio.key)
    _until_known(studio, run.run_id)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    assert (child.returncode, out) == (6, "")
    assert f"cordage-tui watch {run.run_id[:8]}" in err
    assert studio.triggers == 1
    assert not any(exchange.path.endswith("/kill") for exchange in studio.server.log)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_watch_ends_on_a_signal(studio, started, number):
    """`watch` ends on a signal with 128 plus its number, without a traceback, and each line was whole JSON."""
    run_id = studio.started()
    child = started("watch", "--json")
    event = json.loads(child.stdout.readline())
    assert wrong_with(event) == []
    assert event["run"]["id"] == run_id
    child.send_signal(number)
    _, err = child.communicate(timeout=60)
    assert (child.returncode, err) == (128 + number, "")


@pytest.mark.parametrize(
    "argv", [["runs", "--offline"], ["__complete", "bash", "cordage-tui show "], ["--help"], ["man"]]
)
def test_what_needs_no_network_loads_none(studio, argv):
    """A command without network loads no network library, no event loop and no slow module."""
    studio.started(0.0)
    studio("runs")
    code = f"import sys; from cordage_tui.cli.main import main; main({argv!r}); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", code], env=studio.home.environ, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout
    assert (
        set(done.stderr.split())
        & {
            *("textual", "rich", "httpx", "httpcore", "asyncio", "ssl"),
            *("dataclasses", "inspect", "platformdirs", "tempfile", "random", "hashlib"),
        }
        == set()
    )


def test_what_sends_nothing_itself_loads_no_http_library(studio):
    """A command that only queues or previews loads no HTTP library."""
    code = (
        "import sys; from cordage_tui.cli.main import main\n"
        "for way in ('--dry-run', '--queue'): assert main(['trigger', 'Sunset', 'a fox', way]) == 0\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    environ = {**studio.home.environ, "CORDAGE_API_KEY": studio.server.api_key}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, timeout=60, check=True
    )
    assert set(done.stderr.splitlines()[-1].split()) & {"httpx", "httpcore", "h11"} == set()
    assert studio.triggers == 0


def test_the_command_line_knows_no_screen():
    """No command loads Textual or Rich."""
    modules = ", ".join(map(module_of, ("trigger", "watch", "kill", "show", "doctor", "queue")))
    code = f"import sys, {modules}; assert not {{'textual', 'rich'}} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], timeout=60, check=True)


def _until_known(studio, run_id):
    """Wait until the program has stored the run."""
    while True:
        with studio.store() as store:
            if any(row.status.is_active for row in store.listing.beginning_with("studio", run_id)):
                return
        time.sleep(0.02)


def test_a_second_worker_leaves_the_work_to_the_first(studio, started):
    """A second worker ends with 0 and names the first, so it is no error in a crontab."""
    studio.started()
    assert studio("runs").code == 0
    child = started("queue", "work")
    while json.loads(studio("queue", "--json").out)["worker"] is None:
        assert child.poll() is None
        time.sleep(0.02)
    for argv in (["queue", "work"], ["queue", "work", "--detach"]):
        ended = studio(*argv)
        assert (ended.code, ended.out) == (0, "")
        assert f"pid {child.pid}" in ended.err
    child.send_signal(signal.SIGTERM)
    assert child.wait(20) == 143
