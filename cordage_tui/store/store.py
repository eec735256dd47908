"""Store: one open database and its tables."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.run import RunDetail
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.store.app_settings import AppSettings
from cordage_tui.store.downloads import DownloadJobs, Downloads
from cordage_tui.store.drafts import Prompts
from cordage_tui.store.errors import DatabaseCorrupt, StoreError
from cordage_tui.store.file.copy_check import DatabaseCopyCheck
from cordage_tui.store.file.database import ChangeFeed, Database, mark_damaged
from cordage_tui.store.file.open import open_database
from cordage_tui.store.outbox.batches import Batches
from cordage_tui.store.outbox.match_sets import MatchSets
from cordage_tui.store.outbox.open_questions import OpenQuestions
from cordage_tui.store.outbox.outcomes import TryOutcomes
from cordage_tui.store.outbox.queue_settings import QueueSettingsTable
from cordage_tui.store.outbox.queued_prompts import Queue
from cordage_tui.store.outbox.submit_and_claim import Outbox
from cordage_tui.store.outbox.uncertain import UncertainSubmissions
from cordage_tui.store.ratings import Ratings
from cordage_tui.store.runs.finished_runs import FinishedRuns
from cordage_tui.store.runs.listed_runs import Runs
from cordage_tui.store.runs.past_durations import PastDurationLookup
from cordage_tui.store.runs.run_listing import RunListing
from cordage_tui.store.runs.run_lookup import ActiveRunLookup, FinishedSinceLookup, RunLookup, RunRows
from cordage_tui.store.runs.run_query import Query
from cordage_tui.store.runs.unlisted import UnlistedRuns
from cordage_tui.store.servers import Servers, WebhookHealthTable

if TYPE_CHECKING:
    from cordage_tui.domain.lineage import Relatives
    from cordage_tui.store.outbox.failure_stops import FailureStops
    from cordage_tui.store.outbox.open_edits import OpenEdits
    from cordage_tui.store.outbox.spending_accounts import SpendingTable
    from cordage_tui.store.reader_thread import Reader
    from cordage_tui.store.tags import RunTags


class Store:
    """The database and its tables. Synchronous; every call is short enough for the event loop."""

    def __init__(self, database: Database, clock: Clock, notice: SafeText | None = None) -> None:
        self.database = database
        """For the reads of other modules, such as `QueueEdits`: the part of the program that needs one makes it."""
        self.clock = clock
        self.notice = notice
        """What the user must be told about how the file was found, such as damage; None when all was well."""
        copy_check = DatabaseCopyCheck(database)
        self.outbox = Outbox(database, clock, copy_check)
        self.outcomes = TryOutcomes(database, clock)
        self.queue = Queue(database, clock)
        self.queue_control = QueueSettingsTable(database, clock, copy_check)
        self.batches = Batches(database, clock)
        self.uncertain = UncertainSubmissions(database, clock)
        self.match_sets = MatchSets(database, clock)
        self.runs = Runs(database, clock)
        self.unlisted = UnlistedRuns(database, clock)
        self.query = Query(database, clock, self.unlisted.read_at, lambda: self.reader)
        self.listing = RunListing(database)
        self.run_lookup = RunLookup(database)
        self.rows = RunRows(database)
        self.active_runs = ActiveRunLookup(database)
        self.past_durations = PastDurationLookup(database)
        self.finished_since = FinishedSinceLookup(database)
        self.prompts = Prompts(database)
        self.ratings = Ratings(database)
        self.health = WebhookHealthTable(database)
        self.finished_runs = FinishedRuns(database, clock, "taken")
        self.downloads = Downloads(database, clock)
        self.download_jobs = DownloadJobs(database, clock)
        self.settings = AppSettings(database)
        self.servers = Servers(database)
        self.changes = ChangeFeed(database)

    @classmethod
    def open(cls, path: Path, clock: Clock, *, busy_s: float = 2.0, opening_s: float | None = None) -> Store:
        """Open the database at `path`; create it (folder 0700, file 0600), migrate it, or repair it as needed.

        `busy_s`: seconds that a call waits for another process's lock before it raises DatabaseLocked; `opening_s`: the same
        for each step of opening, None: as long.
        Raises NewerSchema, DatabaseLocked, DiskFull, NotWritable. A damaged file is moved aside and `notice` says where.
        """
        opened = open_database(path, clock, busy_s, opening_s)
        try:
            return cls(opened.database, clock, opened.notice)
        except (ValueError, TypeError, StoreError):
            opened.database.close()
            mark_damaged(path)  # the first reads met a value that nothing expects, so it is looked through and mended
        opened = open_database(path, clock, busy_s, opening_s)
        return cls(opened.database, clock, opened.notice)

    @cached_property
    def reader(self) -> Reader:
        """Thread for long reads."""
        from cordage_tui.store.reader_thread import Reader  # late: the first screen has no long read

        return Reader(self.database)

    @cached_property
    def spending(self) -> SpendingTable:
        """Counts for the run limits."""
        from cordage_tui.store.outbox.spending_accounts import SpendingTable  # late: most set no limits

        return SpendingTable(self.database, self.clock)

    @cached_property
    def open_edits(self) -> OpenEdits:
        """Prompts that users have open to edit them."""
        from cordage_tui.store.outbox.open_edits import OpenEdits  # late: the first screen edits none

        return OpenEdits(self.database, self.clock)

    @cached_property
    def questions(self) -> OpenQuestions:
        """Prompts that open dialogs are about."""
        return OpenQuestions(self.database, self.clock)

    @cached_property
    def tags(self) -> RunTags:
        """Tags of runs."""
        from cordage_tui.store.tags import RunTags  # late: the first screen changes none

        return RunTags(self.database)

    @cached_property
    def failure_stops(self) -> FailureStops:
        """Stops of batches."""
        from cordage_tui.store.outbox.failure_stops import FailureStops  # late: the first screen sends nothing

        return FailureStops(self.database, self.clock)

    def relatives(self, detail: RunDetail) -> Relatives | None:
        """Return the runs that a run was made from, and that were made from it; None: there are none. Raises StoreError."""
        if detail.parent is None and not detail.children:
            return None
        from cordage_tui.store.runs.lineage import LineageReader  # late: most runs are made from none

        return LineageReader(self.database, self.query).relatives(detail)

    @property
    def damaged(self) -> SafeText | None:
        """Damage that was found since the database was opened; None: none was."""
        return self.database.damaged

    def find_damage(self) -> DatabaseCorrupt | None:
        """Look through the database after a fault that nobody expects. Return its damage, which the next start repairs; None: it
        is whole. It takes as long as reading the file."""
        from cordage_tui.store.file.damage import damage_in  # late: few databases are ever damaged

        found = damage_in(self.database.path)
        if found is not None:
            self.database.damaged = found.what
            self.suspect_damage()
        return found

    def suspect_damage(self) -> None:
        """Have the next start look through the database: a value that nothing expects may have caused a fault."""
        mark_damaged(self.database.path)

    def close(self) -> None:
        """Close the file. Everything has been on disk since each call returned."""
        if "reader" in vars(self):
            self.reader.close()
        self.database.close()
