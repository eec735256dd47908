"""After a sender was killed the user resumes the queue on the command line: real processes."""

import re
from collections import Counter

from cordage_tui.cli.base.errors import ExitCode
from tests.cli.studio import Studio
from tests.cli.test_copied_or_restored_home import PATIENCE_S, PROMPTS, fill_queue, home_at, runs, until, worker

A_KEY = re.compile(r"\bpress(es)? \S\b")


def test_resuming_lets_the_next_worker_go_on(studio: Studio) -> None:
    """After a worker was killed the next one pauses and names the command, which sends each remaining prompt once."""
    fill_queue(studio)
    home = home_at(studio.home.root, studio)
    with worker(home) as killed:
        until(lambda: len(runs(studio)) >= 2)
        killed.kill()
        killed.wait(PATIENCE_S)
    with worker(home) as paused:
        until(lambda: "Paused" in home("queue", "list").stderr)
        assert paused.poll() is None
    message = home("queue", "list").stderr
    assert "ended unexpectedly" in message and "cordage-tui queue resume" in message and not A_KEY.search(message)
    assert home("queue", "resume").returncode == ExitCode.OK
    with worker(home) as heir:
        assert heir.wait(PATIENCE_S) in (ExitCode.OK, ExitCode.UNCERTAIN)
        assert heir.stdout is not None and not A_KEY.search(heir.stdout.read())
    assert max(runs(studio).values()) == 1
    assert PROMPTS - 1 <= len(runs(studio)) <= PROMPTS  # the one on the wire may never have arrived
    assert "queued" not in home("queue", "list").stdout


def test_resuming_before_anybody_has_asked_is_enough(studio: Studio) -> None:
    """`resume` before any pause clears the mark of the unclean end, and says that no worker is active."""
    fill_queue(studio)
    home = home_at(studio.home.root, studio)
    with worker(home) as killed:
        until(lambda: len(runs(studio)) >= 1)
        killed.kill()
        killed.wait(PATIENCE_S)
    message = home("queue", "resume").stderr
    assert "cordage-tui queue work" in message  # nobody is at work, whatever the database says
    with worker(home) as heir:
        assert heir.wait(PATIENCE_S) in (ExitCode.OK, ExitCode.UNCERTAIN)
    assert Counter(runs(studio).values()).keys() == {1}
