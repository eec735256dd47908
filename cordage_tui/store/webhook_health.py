"""Webhook health, stored so that other windows can show it and the age of the data survives a restart."""

from cordage_tui.domain.webhook import HealthStatus, WebhookHealth
from cordage_tui.store.database import BEYOND_RUNS, Database
from cordage_tui.store.row_codecs import message_column, message_text


class WebhookHealthTable:
    """Table of webhook health, one record for each webhook. Methods raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, profile: str, *healths: WebhookHealth) -> None:
        """Store the outcomes of the last reads, in place of earlier ones. Each call is one disk sync, unless all are
        the same."""
        before = self.all(profile)
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
