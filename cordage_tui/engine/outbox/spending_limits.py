"""Spending: limits and amounts in words."""

import time
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.errors import UserOnly, refuse_if_read_only
from cordage_tui.store.outbox.spending_accounts import SpendingAccount

_A_DAY_S: Final = 86_400.0


class Spending:
    """Spending of one profile. Methods raise StoreError."""

    def __init__(self, context: EngineContext) -> None:
        self._context = context
        self._table = context.store.spending

    def accounts(self) -> list[SpendingAccount]:
        """Return the account of the profile, and those of its webhooks with a limit or a price."""
        return self._table.accounts(self._context.open_profile)

    def left(self, webhook_key: str) -> int | None:
        """Return the number of prompts to a webhook, after all queued ones, that fit into the limits; None: any
        number."""
        profile = self._context.open_profile
        if not profile.is_limited:
            return None
        queued = self._table.queued(profile)
        waiting = {None: sum(queued.values()), webhook_key: queued.get(webhook_key, 0)}
        rooms = [
            account.left - waiting[account.webhook]
            for account in self.accounts()
            if account.webhook in waiting and account.left is not None
        ]
        return max(0, min(rooms)) if rooms else None

    def amount(self, webhook_key: str, count: int) -> str:
        """Format the cost of `count` runs of a webhook by the user's own price; empty: it has none."""
        profile = self._context.open_profile
        webhook = profile.webhook(webhook_key)
        return "" if webhook is None or webhook.price is None else money(profile, count * webhook.price)

    def reached(self) -> SafeText | None:
        """Format which limit is reached, and when it opens; None: none is."""
        return limit_words(self._context.open_profile, self.accounts(), self._context.clock.wall())

    def exceed(self, rows: Collection[RowId]) -> int:
        """Allow queued prompts to exceed the limits, as the user decided. Returns how many.

        Raises ReadOnlyProfile, and UserOnly in a process of an author.
        """
        refuse_if_read_only(self._context.open_profile)
        if self._context.author is not None:
            raise UserOnly(self._context.author.name)
        return self._table.exceed(rows)


# Words.


def money(profile: Profile, amount: float) -> str:
    """Format an amount by the user's own prices: `$1.92`; of a cent or less with as many digits as it takes."""
    digits = 2 if amount == 0 or abs(amount) >= 0.1 else 4
    return f"{profile.currency}{amount:,.{digits}f}"


def limit_words(profile: Profile, accounts: Sequence[SpendingAccount], now: float) -> SafeText | None:
    """Format which limits are reached, and when the first of them opens: `Run limit of 300 runs a day reached; opens at
    00:00`. None: none is. `now`: epoch seconds."""
    reached = [account for account in accounts if account.opens_at is not None]
    if not reached:
        return None
    first = min(reached, key=lambda account: account.opens_at or now)
    of_webhook = "" if first.webhook is None else f" of {profile.label(first.webhook)}"
    return one_line(f"Run limit{of_webhook} reached: {reached_words(first)}. It opens at {opening(first, now)}", 200)


def reached_words(account: SpendingAccount) -> str:
    """Format the limits that are reached: `300 of 300 runs today`."""
    limits, spent = account.limits, account.spent
    parts = [
        f"{count:,} of {limit:,} runs {when}"
        for count, limit, when in (
            (spent.today, limits.per_day, "today"),
            (spent.last_hour, limits.per_hour, "in the last hour"),
        )
        if limit is not None and count >= limit
    ]
    return " and ".join(parts)


def spent_words(profile: Profile, account: SpendingAccount) -> str:
    """Format the spending with its limits: `241 of 300 today, 12 of 100 in the last hour, $9.64 today`."""
    limits, spent = account.limits, account.spent
    parts = [f"{spent.today:,}{'' if limits.per_day is None else f' of {limits.per_day:,}'} today"]
    if limits.per_hour is not None:
        parts.append(f"{spent.last_hour:,} of {limits.per_hour:,} in the last hour")
    if account.amount is not None:
        parts.append(f"{money(profile, account.amount)} today")
    return ", ".join(parts)


def opening(account: SpendingAccount, now: float) -> str:
    """Format when a limit opens, local time: `00:00`, with the date if it is more than a day away."""
    at = account.opens_at or now
    return time.strftime("%H:%M" if at - now <= _A_DAY_S else "%d %b %H:%M", time.localtime(at))


def account_lines(
    profile: Profile, accounts: Sequence[SpendingAccount], now: float
) -> Iterator[tuple[SafeText, SafeText]]:
    """Yield the name and the spending of each account with limits or a price. `now`: epoch seconds."""
    for account in accounts:
        if account.webhook is None and not account.limits and account.amount is None:
            continue
        spending = spent_words(profile, account)
        opens = "" if account.opens_at is None else f"; opens at {opening(account, now)}"
        name = profile.name if account.webhook is None else profile.label(account.webhook)
        yield one_line(name, 60), one_line(f"{spending}{opens}", 200)
