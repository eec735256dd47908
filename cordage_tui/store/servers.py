"""Servers of profiles, and the health of their webhooks. What was queued for one server is never sent to another."""

from collections.abc import Mapping

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.run import Status
from cordage_tui.domain.webhook import HealthStatus, Profile, WebhookHealth
from cordage_tui.store.file.database import BEYOND_RUNS, Table
from cordage_tui.store.runs.row_codecs import message_column, message_text


class Servers(Table):
    """Gives each pair of profile and server a name, under which all its rows are stored. Methods raise StoreError."""

    def stored_as(self, profile: Profile) -> str:
        """Return the name of that profile with the server that it leads to now; nothing is written.

        The first server of a profile has the profile's own name. Rows of an older version under that name belong to the
        server that the settings name, not to one that a flag or a variable names for once.
        """
        server, name = profile.server, profile.name
        known = self._database.row("SELECT stored_as FROM servers WHERE profile = ? AND base_url = ?", (name, server))
        if known is not None:
            return str(known[0])
        is_taken = self._database.row("SELECT 1 FROM servers WHERE stored_as = ?", (name,)) is not None
        has_rows = self._database.row("SELECT 1 FROM tallies WHERE profile = ? LIMIT 1", (name,)) is not None
        if is_taken or (profile.is_redirected and has_rows):
            return f"{name} @ {server}"
        return name

    def claim(self, profile: Profile) -> str:
        """Return `stored_as` and reserve it for that server."""
        known = self.stored_as(profile)
        if self._database.row("SELECT 1 FROM servers WHERE stored_as = ?", (known,)) is None:
            with self._database.write() as write:
                known = self.stored_as(profile)
                write.execute(
                    "INSERT OR IGNORE INTO servers (stored_as, profile, base_url) VALUES (?, ?, ?)",
                    (known, profile.name, profile.server),
                )
        return known

    def queued_elsewhere(self, profile: Profile) -> Mapping[str, int]:
        """Count the prompts of that profile that wait for other servers than its present one, by base URL."""
        rows = self._database.rows(
            "SELECT base_url, total(n) FROM servers JOIN tallies ON tallies.profile = servers.stored_as"
            " WHERE servers.profile = ? AND base_url <> ? AND status = ? AND n > 0 GROUP BY base_url",
            (profile.name, profile.server, Status.QUEUED.value),
        )
        return {base_url: int(n) for base_url, n in rows}

    def is_sending(self, profile: str) -> bool:
        """Return whether a prompt of that profile, by its name here, is on the wire, or was when its process died."""
        sql = "SELECT 1 FROM tallies WHERE profile = ? AND status = ? AND n > 0"
        return self._database.row(sql, (profile, Status.SENDING.value)) is not None


# Webhook health, stored so that other windows can show it and the age of the data survives a restart.


class WebhookHealthTable(Table):
    """Table of webhook health, one record for each webhook. Methods raise StoreError."""

    def record(self, profile: str, *healths: WebhookHealth) -> None:
        """Store the outcomes of the last reads, in place of earlier ones. Each call is one disk sync, unless all are
        the same."""
        before = self.all(profile)
        healths = tuple(_with_last_read(health, before.get(health.webhook_key)) for health in healths)
        values = [
            (
                profile,
                health.webhook_key,
                health.health.value,
                message_column(health.words),
                health.ok_at,
                health.next_at,
            )
            for health in healths
            if before.get(health.webhook_key) != health
        ]
        if not values:
            return
        with self._database.write() as write:
            for row in values:
                write.execute("INSERT OR REPLACE INTO healths VALUES (?, ?, ?, ?, ?, ?)", row)
            write.touch(BEYOND_RUNS)

    def all(self, profile: str) -> dict[str, WebhookHealth]:
        """Return the health by webhook key; webhooks that were never read are missing."""
        rows = self._database.rows(
            "SELECT webhook, health, words, ok_at, next_at FROM healths WHERE profile = ?", (profile,)
        )
        return {
            webhook: WebhookHealth(webhook, HealthStatus(health), message_text(words or None), ok_at, next_at)
            for webhook, health, words, ok_at, next_at in rows
        }


def _with_last_read(health: WebhookHealth, before: WebhookHealth | None) -> WebhookHealth:
    """Keep when the webhook was last read well: a process that has not read it itself does not know that."""
    if health.ok_at is not None or before is None or before.ok_at is None:
        return health
    return replace(health, ok_at=before.ok_at)
