"""A user's home with a history and a long queue in it."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from history import PROFILE, WEBHOOKS, Clock
from home import Home, home

from cordage_tui.store.outbox.submit_and_claim import SubmissionOwner, insert_submission
from cordage_tui.store.store import Store

NEWEST = "a queued prompt"


@contextmanager
def queued_home(rows: int, queued: int, *, paused: bool) -> Iterator[Home]:
    """A home with `rows` past runs and `queued` prompts that wait; `paused`: nothing is sent."""
    with home(rows) as ours:
        database = Path(ours.env["XDG_DATA_HOME"]) / "cordage-tui" / "cordage.db"
        with closing(Store.open(database, Clock())) as store:
            outbox, now = store.outbox, Clock().wall()
            with outbox._database.write() as write:  # one by one each would wait for the disk
                for n in range(queued):
                    owner = SubmissionOwner(PROFILE, WEBHOOKS[n % len(WEBHOOKS)])
                    insert_submission(write, outbox, owner, {"prompt": f"{NEWEST} {n}"}, now + n / 1_000)
            if paused:
                store.queue_control.pause(PROFILE, "paused for the bench")
        yield replace(ours, newest=NEWEST) if queued else ours
