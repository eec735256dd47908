"""Run limits: the prompts that count against them, and the webhooks that have reached theirs."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from math import inf, nextafter
from typing import Final

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.run import RowId
from cordage_tui.domain.webhook import Profile, SpendingLimits
from cordage_tui.store.file.database import AMONG, TimedTable

HOUR_S: Final = 3_600.0
NOTICED_SHARE: Final = 0.8
"""Share of a limit from which it is shown."""
_COUNTED: Final = "profile = ? AND sent_at >= ? AND state IN ('sending', 'accepted', 'uncertain')"
"""Prompts that run, ran, or may have: rejected and surely unsent ones cost nothing."""
_GIVEN_UP: Final = "profile = ? AND sent_at >= ?"
"""Tries that may have run although their prompt was dropped or sent once more."""


@dataclass(frozen=True, slots=True)
class Spent:
    """Runs that were started from here."""

    last_hour: int = 0
    today: int = 0

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(self.last_hour + other.last_hour, self.today + other.today)


@dataclass(frozen=True, slots=True)
class SpendingAccount:
    """Account of one webhook, or of all of a profile together."""

    webhook: str | None
    """None: of all together."""
    limits: SpendingLimits
    spent: Spent
    amount: float | None
    """Spent today by the user's own prices; None: there are none."""
    opens_at: float | None = None
    """When the next run may be started, epoch seconds; None: now."""

    @property
    def left(self) -> int | None:
        """Runs that may be started now; None: any number."""
        return min((max(0, limit - spent) for limit, spent in self._pairs), default=None)

    @property
    def is_near(self) -> bool:
        """True if four fifths of a limit are spent, or more."""
        return any(spent >= NOTICED_SHARE * limit for limit, spent in self._pairs)

    @property
    def _pairs(self) -> Sequence[tuple[int, int]]:
        """Limits that are set, each with its spending."""
        pairs = (self.limits.per_day, self.spent.today), (self.limits.per_hour, self.spent.last_hour)
        return [(limit, spent) for limit, spent in pairs if limit is not None]


class SpendingTable(TimedTable):
    """Counts of sent prompts, for the run limits. Methods raise StoreError."""

    def accounts(self, profile: Profile) -> list[SpendingAccount]:
        """Return the account of the profile, and those of its webhooks with a limit or a price."""
        spent, day, now = self._spent(profile.stored_as), self._midnight(), self._clock.wall()
        webhook_accounts = []
        for webhook in (w for w in profile.webhooks if w.limits or w.price is not None):
            webhook_spent = spent.get(webhook.key, Spent())
            amount = None if webhook.price is None else webhook_spent.today * webhook.price
            opens_at = self._opens_at(profile.stored_as, webhook.limits, webhook_spent, webhook.key, now, day)
            webhook_accounts.append(SpendingAccount(webhook.key, webhook.limits, webhook_spent, amount, opens_at))
        whole = sum(spent.values(), Spent())
        amounts = [account.amount for account in webhook_accounts if account.amount is not None]
        opens_at = self._opens_at(profile.stored_as, profile.limits, whole, None, now, day)
        return [
            SpendingAccount(None, profile.limits, whole, sum(amounts) if amounts else None, opens_at),
            *webhook_accounts,
        ]

    def closed(self, profile: Profile) -> Mapping[str, float]:
        """Return the webhooks with queued prompts that have reached a limit, and when it opens, epoch seconds.

        In the transaction of a claim the answer holds until it is committed, so all processes together keep the
        limits.
        """
        if not profile.is_limited:
            return {}
        queued = self.queued(profile)
        if not queued:
            return {}
        whole, *webhook_accounts = self.accounts(profile)
        opens_of = {account.webhook: account.opens_at for account in webhook_accounts}
        opens = {webhook: (whole.opens_at, opens_of.get(webhook)) for webhook in queued}
        return {
            webhook: max(at for at in times if at is not None)
            for webhook, times in opens.items()
            if any(at is not None for at in times)
        }

    def exceed(self, rows: Collection[RowId]) -> int:
        """Allow queued ones of `rows` to exceed the limits, as the user decided. Returns how many."""
        with self._database.write() as write:
            changed = [
                write.execute("UPDATE outbox SET over_limit = 1 WHERE id = ? AND state = 'queued'", (row,)).rowcount
                for row in rows
            ]
            write.touch(*rows)
        return sum(changed)

    def exceeding(self, rows: Collection[RowId]) -> set[RowId]:
        """Return those of `rows` that may be sent over the limits."""
        sql = f"SELECT id FROM outbox WHERE id {AMONG} AND over_limit = 1"
        return set(self._database.column(sql, (json.dumps([*rows]),)))

    def queued(self, profile: Profile) -> Mapping[str, int]:
        """Count queued prompts by webhook; webhooks without any are missing."""
        sql = "SELECT webhook, sum(n) FROM tallies WHERE profile = ? AND status = 'queued' AND n > 0 GROUP BY webhook"
        return dict(self._database.rows(sql, (profile.stored_as,)))

    def _spent(self, profile: str) -> Mapping[str, Spent]:
        """Count by webhook. Prompts sent in the future, by a clock that was set back, count too."""
        hour, day = _hour_ago(self._clock.wall()), self._midnight()
        rows = self._database.rows(
            f"SELECT webhook, sum(sent_at >= ?), sum(sent_at >= ?) FROM ("
            f"SELECT webhook, sent_at FROM outbox INDEXED BY outbox_by_sent WHERE {_COUNTED} UNION ALL"
            f" SELECT webhook, sent_at FROM given_up WHERE {_GIVEN_UP}) GROUP BY webhook",
            (hour, day, profile, min(hour, day), profile, min(hour, day)),
        )
        return {webhook: Spent(last_hour, today) for webhook, last_hour, today in rows}

    def _opens_at(
        self, profile: str, limits: SpendingLimits, spent: Spent, webhook: str | None, now: float, day: float
    ) -> float | None:
        """Return when one more may be sent, epoch seconds; None: now."""
        times = []
        if limits.per_day is not None and spent.today >= limits.per_day:
            times.append(_next_midnight(day))
        if limits.per_hour is not None and spent.last_hour >= limits.per_hour:
            over = spent.last_hour - limits.per_hour
            times.append(
                self._sent(profile, webhook, _hour_ago(now), over) + HOUR_S if limits.per_hour else now + HOUR_S
            )
        return max(times, default=None)

    def _sent(self, profile: str, webhook: str | None, since: float, offset: int) -> float:
        """Return the time of sending, in epoch seconds, of the prompt at `offset` among those sent since `since`."""
        of_webhook, params = (
            ("", (profile, since)) if webhook is None else (" AND webhook = ?", (profile, since, webhook))
        )
        sent_row = self._database.row(
            f"SELECT sent_at FROM outbox INDEXED BY outbox_by_sent WHERE {_COUNTED}{of_webhook} UNION ALL"
            f" SELECT sent_at FROM given_up WHERE {_GIVEN_UP}{of_webhook} ORDER BY 1 LIMIT 1 OFFSET ?",
            (*params, *params, offset),
        )
        return since if sent_row is None else float(sent_row[0])

    def _midnight(self) -> float:
        """Return when this day began, local time, epoch seconds."""
        now = datetime.fromtimestamp(self._clock.wall())
        return now.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()


def _hour_ago(now: float) -> float:
    """Return the first moment of the last 60 minutes, epoch seconds: a prompt sent exactly 60 minutes ago is out."""
    return nextafter(now - HOUR_S, inf)


def _next_midnight(day: float) -> float:
    """Return when the day after the one that began at `day` begins, epoch seconds: 23 to 25 hours later."""
    return (datetime.fromtimestamp(day) + timedelta(days=1)).timestamp()
