"""The front door: one open database, and the rooms behind it."""

from __future__ import annotations

from pathlib import Path

from cordage_tui.domain.clock import Clock
from cordage_tui.domain.text import SafeText
from cordage_tui.store.active import Active
from cordage_tui.store.batches import Batches
from cordage_tui.store.changes import Changes
from cordage_tui.store.database import Database
from cordage_tui.store.doubts import Doubts
from cordage_tui.store.downloads import Downloads
from cordage_tui.store.endings import Endings
from cordage_tui.store.healths import Healths
from cordage_tui.store.home import Home
from cordage_tui.store.listing import Listing
from cordage_tui.store.loads import Loads
from cordage_tui.store.match_sets import MatchSets
from cordage_tui.store.meanwhile import Meanwhile
from cordage_tui.store.opening import open_database
from cordage_tui.store.outbox import Outbox
from cordage_tui.store.past import Past
from cordage_tui.store.picked import Picked
from cordage_tui.store.prompts import Prompts
from cordage_tui.store.query import Query
from cordage_tui.store.queue import Queue
from cordage_tui.store.queue_control import QueueControls
from cordage_tui.store.runs import Runs
from cordage_tui.store.servers import Servers
from cordage_tui.store.settings import AppSettings
from cordage_tui.store.verdicts import Verdicts


class Store:
    """This machine's truth. Synchronous; every call is short enough for the event loop."""

    def __init__(self, database: Database, clock: Clock, notice: SafeText | None = None) -> None:
        self._database = database
        self.notice = notice
        """What the user must be told about how the file was found, such as damage; None when all was well."""
        home = Home(database)
        self.outbox = Outbox(database, clock, home)
        self.queue = Queue(database, clock)
        self.queue_control = QueueControls(database, clock, home)
        self.batches = Batches(database, clock)
        self.doubts = Doubts(database, clock)
        self.match_sets = MatchSets(database, clock)
        self.runs = Runs(database, clock)
        self.query = Query(database)
        self.listing = Listing(database)
        self.picked = Picked(database)
        self.active = Active(database)
        self.past = Past(database)
        self.meanwhile = Meanwhile(database)
        self.prompts = Prompts(database)
        self.verdicts = Verdicts(database)
        self.healths = Healths(database)
        self.endings = Endings(database, clock)
        self.downloads = Downloads(database, clock)
        self.loads = Loads(database, clock)
        self.settings = AppSettings(database)
        self.servers = Servers(database)
        self.changes = Changes(database)

    @classmethod
    def open(cls, path: Path, clock: Clock, *, busy_s: float = 2.0) -> Store:
        """Open the database at `path`; create it (folder 0700, file 0600), migrate it, or repair it as needed.

        `busy_s`: seconds that a call waits for another process's lock before it raises Locked.
        Raises NewerSchema, Locked, DiskFull, NotWritable. A damaged file is moved aside and `notice` says where.
        """
        opened = open_database(path, clock, busy_s)
        return cls(opened.database, clock, opened.notice)

    def close(self) -> None:
        """Let go of the file. Everything has been on disk since each call returned."""
        self._database.close()
