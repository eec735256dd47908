"""Spending on the main screen: the header's figure, and a notice each time that a limit gets near or is reached."""

from enum import IntEnum

from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.engine.outbox.spending_limits import limit_words, money, opening, spent_words
from cordage_tui.store.outbox.spending_accounts import SpendingAccount
from cordage_tui.ui.screen_base import EngineScreen


class LimitStanding(IntEnum):
    """Standing of an account against its limits."""

    FREE = 0
    NEAR = 1
    REACHED = 2


class SpendingWatch:
    """Reader of the spending accounts for one main screen."""

    def __init__(self, host: EngineScreen[None]) -> None:
        self._host = host
        self._standings: dict[str | None, LimitStanding] = {}

    def header(self) -> tuple[SafeText, bool]:
        """Return `241/300 today · $9.64`, and whether a limit is near or reached. Toast limits that have just become so."""
        profile, now = self._host.engine.profile, self._host.clock.wall()
        accounts = self._host.reads.last_good(self._host.engine.spending.accounts, [])
        self._toast_worse(accounts, now)
        most_urgent = min(accounts, key=_urgency, default=None)
        if most_urgent is None:
            return SafeText(""), False
        name = "" if most_urgent.webhook is None else f"{profile.label(most_urgent.webhook)} "
        limits, spent = most_urgent.limits, most_urgent.spent
        by_hour = limits.per_hour is not None and (limits.per_day is None or _hour_is_nearer(most_urgent))
        count, limit, when = (
            (spent.last_hour, limits.per_hour, "an hour") if by_hour else (spent.today, limits.per_day, "today")
        )
        text = f"{name}{count:,}{'' if limit is None else f'/{limit:,}'} {when}"
        if most_urgent.opens_at is not None:
            text += f", opens {opening(most_urgent, now)}"
        amount = accounts[0].amount
        return one_line(text if amount is None else f"{text} · {money(profile, amount)}", 60), most_urgent.is_near

    def _toast_worse(self, accounts: list[SpendingAccount], now: float) -> None:
        """Toast accounts whose standing is worse than at the last read. The first read toasts nothing."""
        profile, is_first = self._host.engine.profile, not self._standings
        for account in accounts:
            standing, before = _standing(account), self._standings.get(account.webhook, LimitStanding.FREE)
            self._standings[account.webhook] = standing
            if is_first or standing <= before:
                continue
            name = "Run limit" if account.webhook is None else f"Run limit of {profile.label(account.webhook)}"
            near = one_line(f"{name} is near: {spent_words(profile, account)}", 200)
            self._host.toast(limit_words(profile, [account], now) or near)


def _standing(account: SpendingAccount) -> LimitStanding:
    if account.opens_at is not None:
        return LimitStanding.REACHED
    return LimitStanding.NEAR if account.is_near else LimitStanding.FREE


def _urgency(account: SpendingAccount) -> tuple[int, bool, bool]:
    """Return the sort key of an account: the worst standing first, then accounts with a limit, then the profile's."""
    return -_standing(account), not account.limits, account.webhook is not None


def _hour_is_nearer(account: SpendingAccount) -> bool:
    limits, spent = account.limits, account.spent
    return spent.last_hour * max(1, limits.per_day or 1) > spent.today * max(1, limits.per_hour or 1)
