"""What has happened since a moment, for whoever was away."""

from collections.abc import Mapping

from cordage_tui.domain.run import Status
from cordage_tui.store.database import Database
from cordage_tui.store.order import IN_OR_OUT


class FinishedSinceLookup:
    """Reads; both raise StoreError. Times are epoch seconds by this machine's clock."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ended(self, profile: str, since: float) -> Mapping[Status, int]:
        """How many runs have ended since then, by how."""
        sql = f"""SELECT status, count(*) FROM runs WHERE profile = ? AND {IN_OR_OUT} AND ended_at > ? AND size = 0
            GROUP BY status"""
        return {Status(status): count for status, count in self._database.rows(sql, (profile, since))}

    def drained(self, profile: str, since: float) -> float | None:
        """When the last was sent of the prompts that waited at that moment; None: none waited, or some still do."""
        waited, sent_at, unsent = self._database.rows(
            """SELECT count(*), max(sent_at), total(state IN ('queued', 'held')) FROM outbox
            WHERE profile = ? AND submitted_at <= ? AND (sent_at > ? OR state IN ('queued', 'held'))""",
            (profile, since, since),
        )[0]
        return None if not waited or unsent else float(sent_at)
