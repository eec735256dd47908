"""From what the engine and the store know to the values widgets show. Pure functions."""

import time
from collections.abc import Callable, Iterable, Mapping

from textual.content import Content

from cordage_tui.domain.fast_dataclass import replace
from cordage_tui.domain.rate_limit import BudgetView
from cordage_tui.domain.run import RunCounts, RunQuery
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.domain.webhook import HealthStatus, Profile, WebhookHealth
from cordage_tui.engine.lock_holder import SilentHolder
from cordage_tui.engine.worker.lock import WorkerInfo
from cordage_tui.ui.sidebar.rows import SidebarRow

WORST_FIRST = (
    HealthStatus.REFUSED,
    HealthStatus.STALLED,
    HealthStatus.DISK,
    HealthStatus.OFFLINE,
    HealthStatus.TIMEOUT,
    HealthStatus.TROUBLE,
    HealthStatus.NOT_THE_API,
    HealthStatus.WAITING,
    HealthStatus.LIMITED,
    HealthStatus.GONE,
    HealthStatus.LOADING,
    HealthStatus.LIVE,
)
"""Of several webhooks' healths the top line shows the first of these."""


def webhook_names(profile: Profile) -> Mapping[str, SafeText]:
    """Webhook key → the name to show for it."""
    return {webhook.key: one_line(webhook.name) for webhook in profile.webhooks}


def overall(healths: Iterable[WebhookHealth]) -> WebhookHealth:
    """The health that says most about the whole profile: the worst kind, with the oldest data of that kind.

    One webhook that is gone does not make the others look bad: `GONE` counts only when nothing else is there to tell.
    The next read is the first of that kind's.
    """
    known = list(healths)
    others = [health for health in known if health.health is not HealthStatus.GONE] or known
    worst = min(others, key=lambda h: (WORST_FIRST.index(h.health), h.ok_at or 0.0), default=WebhookHealth(""))
    alike = [h.next_at for h in others if h.health is worst.health and h.next_at is not None]
    return replace(worst, next_at=min(alike, default=None))


def stale_webhooks(
    healths: Mapping[str, WebhookHealth], before: Mapping[str, float] | None = None, shown_at: float | None = None
) -> Mapping[str, float]:
    """Webhook key → when it was last read, for those that are not being read well now; 0 when that was never.

    `before` is what this told last, None: nothing; `shown_at` is the moment that the times on screen belong to. What was
    read well then stands still at that moment: a time that was shown never falls back.
    """
    fresh = (HealthStatus.LIVE, HealthStatus.LIMITED)
    unread = {key: health for key, health in healths.items() if health.health not in fresh}
    known = {key: h.ok_at or 0.0 for key, h in unread.items() if h.ok_at or h.health is not HealthStatus.LOADING}
    if before is None or shown_at is None:
        return known
    return {key: before[key] if key in before else max(read, shown_at) for key, read in known.items()}


def tally_of(webhook_key: str | None, tallies: Mapping[str, RunCounts]) -> RunCounts:
    """One webhook's, or all of them together (None), also those that have left the profile."""
    if webhook_key is not None:
        return tallies.get(webhook_key) or RunCounts(webhook_key)
    counts = tallies.values()
    figures = zip(*((t.total, t.active, t.waiting, t.unsent, t.sending) for t in counts), strict=True)
    return RunCounts("", *map(sum, figures))


def worker_words(seated: WorkerInfo | None, follows: bool, silent: SilentHolder | None = None) -> SafeText | None:
    """What a worker does, as the top line says it; None: there is none. `follows`: this window does not read and send; `silent`:
    who should, and gives no sign of life."""
    if seated is None or (silent is not None and silent.pid == seated.pid):
        return None
    since = time.strftime("%H:%M", time.localtime(seated.since))
    return one_line(f"a worker sends, since {since}" if follows else "a worker stands by")


def sidebar_rows(
    profile: Profile, tallies: Mapping[str, RunCounts], healths: Mapping[str, WebhookHealth]
) -> list[SidebarRow]:
    """All of them, then one by one in the user's order."""
    rows = [SidebarRow(None, one_line("All"), tally_of(None, tallies))]
    for webhook in profile.webhooks:
        tally = tally_of(webhook.key, tallies)
        rows.append(SidebarRow(webhook.key, one_line(webhook.name), tally, healths[webhook.key].health))
    return rows


def is_busy(tallies: Iterable[RunCounts], budgets: Iterable[BudgetView], worst: WebhookHealth, now: float) -> bool:
    """Whether what the screen says of time changes by the second; `now` in epoch seconds."""
    retries = worst.health not in (HealthStatus.LIVE, HealthStatus.LOADING) and (worst.next_at or 0.0) > now
    return (
        retries
        or worst.health is HealthStatus.WAITING
        or any(t.active or t.waiting for t in tallies)
        or any(b.waiting or b.limited for b in budgets)
    )


def runs_title(query: RunQuery, profile: Profile) -> Content:
    """`Runs · Sunset`, with what it is filtered by."""
    name = one_line(profile.label(query.webhook_key)) if query.webhook_key else one_line("All")
    ended = " · ended while you were away" if query.ended_after is not None else ""
    text = f" · /{one_line(query.text, 30)}" if query.text else ""
    return Content.assemble("Runs · ", name, ended, text)


def runs_subtitle(tally: RunCounts) -> Content:
    """`3 active · 2 waiting`; nothing when nothing goes on. What is being sent is under way: it does not wait for anything."""
    active, waiting = tally.active + tally.sending, tally.waiting - tally.sending
    parts = [f"{active} active"] if active else []
    parts += [f"{waiting} waiting"] if waiting else []
    return Content(" · ".join(parts))


EMPTY = {
    HealthStatus.LOADING: ("Looking for runs…", None),
    HealthStatus.WAITING: ("Waiting for an answer. {} asks once more.", "runs.refresh"),
    HealthStatus.LIVE: ("No runs yet. {} takes you to the prompt.", "panel.prompt"),
    HealthStatus.STALLED: ("The program that reads for this window gives no sign of life.", None),
    HealthStatus.OFFLINE: ("Offline, and nothing is known from before. {} tries now.", "runs.refresh"),
    HealthStatus.TIMEOUT: ("The server does not answer in time. {} tries now.", "runs.refresh"),
    HealthStatus.REFUSED: ("The API key was refused. {} enters a new one.", "app.new_key"),
    HealthStatus.GONE: ("The server knows no such webhook. Check its key; {} leads to the webhooks.", "panel.webhooks"),
    HealthStatus.TROUBLE: ("The server has trouble of its own. {} tries now.", "runs.refresh"),
    HealthStatus.DISK: ("This machine's disk is in the way. {} tries now.", "runs.refresh"),
    HealthStatus.NOT_THE_API: ("What answers there is not the Cordage API. Check the base URL.", None),
    HealthStatus.LIMITED: ("The read budget is spent; it goes on by itself.", None),
}
"""What an empty table says, by how reading goes: one sentence, and the action whose key comes next."""


def empty_words(query: RunQuery, health: HealthStatus, key: Callable[[str], SafeText]) -> Content:
    """What the table says when it shows no rows; `key` tells the key of an action by its id."""
    if query.text:
        return Content.assemble("Nothing matches ", one_line(query.text, 40), ". escape in / shows all.")
    if query.ended_after is not None:
        return Content("Nothing has ended here meanwhile. escape shows all.")
    words, action = EMPTY[health]
    return Content(words.format(key(action)) if action else words)
