"""`cordage-tui queue` without a sender: the list, and every command that changes it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.store.store import Store
from tests.cli.conftest import PROGRAM, Cordage
from tests.cli.json_schema import wrong_with
from tests.tries import settle

PROFILE = "[profiles.studio]\nbase_url = 'http://127.0.0.1:9'\n{}[[profiles.studio.webhooks]]\nkey = 'wh_1'\nname = 'Sunset'\n"


@pytest.fixture
def store(cordage: Cordage) -> Iterator[Store]:
    """Return the store of the machine, open next to the commands."""
    cordage.config(PROFILE.format(""))
    store = Store.open(cordage.paths.database, SystemClock())
    yield store
    store.close()


def submit(store: Store, *prompts: str) -> list[str]:
    """Submit the prompts, and return their numbers."""
    return [str(store.outbox.submit("studio", "wh_1", {"prompt": prompt})) for prompt in prompts]


def uncertain(store: Store, prompt: str) -> str:
    """Submit a prompt that becomes uncertain, and return its number."""
    (number,) = submit(store, prompt)
    outgoing = store.outbox.claim("studio")
    assert outgoing is not None
    settle(store, outgoing.row, OutboxState.UNCERTAIN, "no answer")
    return number


def test_queue_lists_the_waiting_prompts(cordage: Cordage, store: Store) -> None:
    """Prompts are inert lines on stdout, counts and pause are messages on stderr, and JSON has everything."""
    uncertain_number = uncertain(store, "owl")
    (number,) = submit(store, "a [/b]\x1b]0;pwned\x07 fox")
    store.queue_control.pause("studio", "by hand")
    store.queue_control.limit_active("studio", 4)
    listed = cordage("queue")
    assert [line.split("\t")[:3] for line in listed.stdout.splitlines()] == [
        [uncertain_number, "uncertain", "Sunset"],
        [number, "queued", "Sunset"],
    ]
    assert "\x1b" not in listed.stdout
    assert (
        listed.stderr
        == "1 uncertain, 1 queued\nPaused: by hand. To continue: cordage-tui queue resume\nMax active runs: 4.\n"
    )
    answer = json.loads(cordage("queue", "list", "--json").stdout)
    assert (answer["kind"], answer["profile"], answer["paused"], answer["max_active"]) == (
        "queue",
        "studio",
        "by hand",
        4,
    )
    assert (answer["worker"], wrong_with(answer)) == (None, [])
    assert [(item["state"], item["note"]) for item in answer["waiting"]] == [
        ("uncertain", "no answer"),
        ("queued", None),
    ]
    assert "wh_1" not in listed.stdout + listed.stderr


def test_an_empty_queue_prints_no_data(cordage: Cordage, store: Store) -> None:
    """An empty queue prints nothing on stdout, so that a loop over it runs zero times."""
    listed = cordage("queue")
    assert (listed.returncode, listed.stdout, listed.stderr) == (0, "", "The queue is empty.\n")


def test_pause_and_resume_apply_to_every_process(cordage: Cordage, store: Store) -> None:
    """A pause applies to every process, and `resume` says if there is no sender."""
    submit(store, "fox")
    assert cordage("queue", "pause").returncode == 0
    assert store.queue_control.read("studio").paused is not None
    resumed = cordage("queue", "resume")
    assert store.queue_control.read("studio").paused is None
    assert "a window or worker sends it" in resumed.stderr


@pytest.mark.parametrize("read_only", ["flag", "profile"])
def test_a_read_only_profile_sends_nothing(cordage: Cordage, store: Store, read_only: str) -> None:
    """A read-only profile refuses `resume` and `work` with 2, and the pause stays."""
    store.queue_control.pause("studio", "by hand")
    if read_only == "profile":
        cordage.config(PROFILE.format("read_only = true\n"))
    flags = ["--read-only"] if read_only == "flag" else []
    for action in ("resume", "work"):
        refused = cordage("queue", action, *flags, CORDAGE_API_KEY="cordage_k")
        assert (refused.returncode, refused.stdout) == (2, "")
        assert "read-only" in refused.stderr
    assert store.queue_control.read("studio").paused is not None


def test_drop_takes_what_was_named(cordage: Cordage, store: Store) -> None:
    """`drop` removes only the named prompts, and without a terminal only with `--yes`."""
    fox, owl, elk = submit(store, "fox", "owl", "elk")
    refused = cordage("queue", "drop", fox)
    assert (refused.returncode, "Cannot ask for confirmation" in refused.stderr) == (2, True)
    assert len(store.queue.waiting("studio")) == 3
    dropped = cordage("queue", "drop", fox, elk, "--yes")
    assert (dropped.returncode, dropped.stderr) == (0, "2 dropped.\n")
    assert [item.row for item in store.queue.waiting("studio")] == [int(owl)]


def test_drop_all_spares_what_may_run(cordage: Cordage, store: Store) -> None:
    """`drop --all` keeps uncertain prompts, which may be charged and are dropped only by number."""
    lost = uncertain(store, "owl")
    submit(store, "fox", "elk")
    assert cordage("queue", "drop", "--all", "--yes").stderr == "2 dropped.\n"
    assert [item.row for item in store.queue.waiting("studio")] == [int(lost)]
    assert cordage("queue", "drop", lost, "--yes").stderr == "1 dropped.\n"


@pytest.mark.parametrize(
    ("prompts", "reply", "left"), [(2, "y", 0), (2, "", 2), (2, "n", 2), (11, "y", 11), (11, "10", 11), (11, "11", 0)]
)
def test_drop_asks_on_a_terminal(cordage: Cordage, store: Store, prompts: int, reply: str, left: int) -> None:
    """Enter alone drops nothing, and more than ten prompts need their number (docs/dev/faults.md rule 18)."""
    submit(store, *(f"prompt {n}" for n in range(prompts)))
    ours, theirs = os.openpty()
    try:
        command = [*PROGRAM, "queue", "drop", "--all"]
        with subprocess.Popen(command, env=cordage.environ, stdin=theirs, stderr=subprocess.PIPE) as asking:
            assert asking.stderr is not None
            question = b""
            while not question.endswith(b" to drop: ") and (read := asking.stderr.read(1)):
                question += read
            os.write(ours, f"{reply}\n".encode())
            asking.stderr.read()
    finally:
        os.close(ours)
        os.close(theirs)
    assert f"Drop {prompts} queued? Type {'11' if prompts == 11 else 'y'} to drop:".encode() in question
    assert (len(store.queue.waiting("studio")), asking.returncode) == (left, 2 if left else 0)


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["drop"], "Give the run numbers of prompts, or --all, and not both."),
        (["drop", "1", "--all"], "Give the run numbers of prompts, or --all, and not both."),
        (["drop", "99", "--yes"], "There is no prompt 99 in the queue."),
        (["drop", "x"], "not a number from 1"),
        (["wrok"], "Did you mean 'work'?"),
        (["work"], "There is no API key for profile 'studio'"),
        (["work", "--detach"], "There is no API key for profile 'studio'"),
    ],
)
def test_wrong_use_changes_nothing(cordage: Cordage, store: Store, argv: list[str], message: str) -> None:
    """Wrong use ends with 2 and advice, and drops nothing."""
    submit(store, "fox")
    ended = cordage("queue", *argv)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert message in ended.stderr
    assert len(store.queue.waiting("studio")) == 1


def test_stop_without_a_worker_is_no_error(cordage: Cordage, store: Store) -> None:
    """`stop` without a worker ends with 0."""
    ended = cordage("queue", "stop")
    assert (ended.returncode, ended.stderr) == (0, "No worker is running.\n")


def test_a_worker_without_work_ends_with_0(cordage: Cordage, store: Store) -> None:
    """A worker with an empty queue ends with 0, also without a server."""
    ended = cordage("queue", "work", CORDAGE_API_KEY="cordage_k")
    assert ended.returncode == 0
    assert ended.stderr.splitlines()[-1].endswith("ends: all is done")
    assert cordage("queue", "work", "--detach", CORDAGE_API_KEY="cordage_k").returncode == 0


def test_what_needs_no_network_loads_none(cordage: Cordage, store: Store) -> None:
    """`queue list` loads neither screen nor network modules."""
    code = "import sys; from cordage_tui.cli.main import main; main(['queue', 'list']); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], env=cordage.environ, capture_output=True, text=True, timeout=60, check=True
    )
    assert set(done.stdout.split()) & {"textual", "rich", "httpx", "h11", "subprocess"} == set()
