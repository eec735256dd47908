"""After a sender was killed the queue goes on by the user's word, given on the command line alone. Real processes."""

import re
from collections import Counter

from cordage_tui.cli.base.errors import ExitCode
from tests.cli.studio import Studio
from tests.cli.test_copied_home import PATIENCE_S, PROMPTS, filled, home_at, runs, until, worker

A_KEY = re.compile(r"\bpress(es)? \S\b")


def test_resuming_lets_the_next_worker_go_on(studio: Studio) -> None:
    """kill -9 of a worker with prompts queued: the next one pauses and names the command; once that was given, whoever begins
    next sends the rest, each prompt once."""
    filled(studio)
    home = home_at(studio.home.root, studio)
    with worker(home) as killed:
        until(lambda: len(runs(studio)) >= 2)
        killed.kill()
        killed.wait(PATIENCE_S)
    with worker(home) as paused:
        until(lambda: "Paused" in home("queue", "list").stderr)
        assert paused.poll() is None
    told = home("queue", "list").stderr
    assert "ended unexpectedly" in told and "cordage-tui queue resume" in told and not A_KEY.search(told)
    assert home("queue", "resume").returncode == ExitCode.OK
    with worker(home) as heir:
        assert heir.wait(PATIENCE_S) in (ExitCode.OK, ExitCode.UNCERTAIN)
        assert heir.stdout is not None and not A_KEY.search(heir.stdout.read())
    assert max(runs(studio).values()) == 1
    assert PROMPTS - 1 <= len(runs(studio)) <= PROMPTS  # the one on the wire may never have arrived
    assert "queued" not in home("queue", "list").stdout


def test_resuming_before_anybody_has_asked_is_enough(studio: Studio) -> None:
    """The mark of the unclean end is cleared although no pause was there yet; what stands still says what is needed."""
    filled(studio)
    home = home_at(studio.home.root, studio)
    with worker(home) as killed:
        until(lambda: len(runs(studio)) >= 1)
        killed.kill()
        killed.wait(PATIENCE_S)
    said = home("queue", "resume").stderr
    assert "cordage-tui queue work" in said  # nobody is at work, whatever the database says
    with worker(home) as heir:
        assert heir.wait(PATIENCE_S) in (ExitCode.OK, ExitCode.UNCERTAIN)
    assert Counter(runs(studio).values()).keys() == {1}
