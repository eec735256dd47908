"""Webhooks whose outputs are downloaded by themselves: each run that completes before our eyes, once for ever."""

from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Final

from cordage_tui.domain.file_kind import is_file
from cordage_tui.domain.run import RowId, Status
from cordage_tui.engine.downloads.means import DownloadContext
from cordage_tui.engine.downloads.target import DownloadDestination, InvalidDestination

STALE_S: Final = 600.0
"""Of what ended so long before a process looked nothing is downloaded: nothing of ours was running, or the wish is new."""
WAIT_S: Final = 3_600.0
"""How long the outputs of a run are waited for where the list did not tell them."""
LOOK_S: Final = 5.0


class AutoDownloader:
    """Puts outputs on the list. Methods raise StoreError."""

    def __init__(self, means: DownloadContext, target: Callable[[], DownloadDestination]) -> None:
        """`target()` is where outputs go by the settings; it raises InvalidDestination."""
        self._means = means
        self._store = means.session.store
        self._target = target
        self._owed: set[RowId] = set()
        """Runs that the polling was asked to read once more."""

    def start(self) -> None:
        """From now on this process looks."""
        if self._wanted():
            self._store.downloads.pass_over(self._means.session.profile, self._now() - STALE_S)

    def enqueue_due(self) -> float | None:
        """Asks for what is due; returns the seconds until there may be more, None: not before something happens."""
        if not (wanted := self._wanted()):
            return None
        waits = False
        with suppress(InvalidDestination):  # the folder has just gone: nothing is due while it is
            for row in self._store.downloads.owed(self._means.session.profile):
                waits = not self._is_settled(row, wanted) or waits
        return LOOK_S if waits else None

    def has_due(self, rows: Collection[RowId] | None = None) -> bool:
        """Whether there are runs that have ended, among `rows` if given, whose outputs are still to be asked for."""
        owed = self._store.downloads.owed(self._means.session.profile) if self._wanted() else []
        return bool(owed if rows is None else set(rows) & set(owed))

    def _wanted(self) -> set[str]:
        """The keys of the webhooks. None where there is nowhere to put the files: whoever asks by hand is told why."""
        wanted = {webhook.key for webhook in self._means.opened().webhooks if webhook.download}
        with suppress(InvalidDestination):
            return wanted if wanted and self._target() else set()
        return set()

    def _is_settled(self, row: RowId, wanted: set[str]) -> bool:
        """False: its outputs are not known yet."""
        run = self._store.query.row(row)
        if run is None or run.webhook_key not in wanted or run.status is not Status.COMPLETED:
            self._ask(row, 0)
            return True
        if self._store.picked.untold([row]):
            detail = self._store.query.detail(row)
            if detail and self._now() - (detail.seen_at or 0.0) < WAIT_S:
                self._enqueue(row)
                return False
        self._ask(row, run.output_count)
        return True

    def _enqueue(self, row: RowId) -> None:
        if row not in self._owed:
            self._owed.add(row)
            self._means.reader.outcomes.add(self._store.active.untold(self._means.session.profile, [row]))

    def _ask(self, row: RowId, outputs: int) -> None:
        refs, target = self._store.picked.output_refs([row]) if outputs else [], self._target()
        profile = self._means.session.profile
        self._store.downloads.enqueue(profile, refs, target.folder, target.template, is_file, ending=row)

    def _now(self) -> float:
        return self._means.session.clock.wall()
