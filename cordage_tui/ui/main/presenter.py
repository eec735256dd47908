"""Presenter of the main screen: from the store to widget values."""

import time
from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial

from textual.content import Content
from textual.screen import Screen

from cordage_tui.domain.clock import Clock
from cordage_tui.domain.fast_dataclass import replace
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.rate_limit import BudgetView
from cordage_tui.domain.run import RowId, RunCounts, RunQuery
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.domain.webhook import HealthStatus, Profile, WebhookHealth
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.lock_holder import SilentHolder
from cordage_tui.engine.worker.lock import WorkerInfo
from cordage_tui.store.user_data import last_webhook_setting
from cordage_tui.ui.app_base import toast
from cordage_tui.ui.keys.footer import main_key
from cordage_tui.ui.main.cached_reads import LastGoodReads, QueryRowSource
from cordage_tui.ui.main.header import Header
from cordage_tui.ui.main.sidebar import Sidebar, SidebarRow
from cordage_tui.ui.prompt.panel import PromptPanel
from cordage_tui.ui.queue.summary import header_words
from cordage_tui.ui.run_detail.pane import RunDetailPane
from cordage_tui.ui.run_detail.sections import curl_line
from cordage_tui.ui.run_table.table import RunTable

# From what the engine and the store know to the values widgets show. Pure functions.

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
    return one_line(f"worker running since {since}" if follows else "worker on standby")


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
    HealthStatus.WAITING: ("Waiting for a response. {} retries now.", "runs.refresh"),
    HealthStatus.LIVE: ("No runs yet. {} takes you to the prompt.", "panel.prompt"),
    HealthStatus.STALLED: ("The process that polls for this window is not responding.", None),
    HealthStatus.OFFLINE: ("Offline, and no data from earlier. {} retries now.", "runs.refresh"),
    HealthStatus.TIMEOUT: ("The server is not responding. {} retries now.", "runs.refresh"),
    HealthStatus.REFUSED: ("API key rejected. {} enters a new one.", "app.new_key"),
    HealthStatus.GONE: ("Webhook not found. Check its key; {} goes to the webhooks.", "panel.webhooks"),
    HealthStatus.TROUBLE: ("The server reports an error. {} retries now.", "runs.refresh"),
    HealthStatus.DISK: ("This machine's disk reports an error. {} retries now.", "runs.refresh"),
    HealthStatus.NOT_THE_API: ("This server is not the Cordage API. Check the base URL.", None),
    HealthStatus.LIMITED: ("Read limit reached; polling resumes automatically.", None),
}
"""What an empty table says, by how reading goes: one sentence, and the action whose key comes next."""


def empty_words(query: RunQuery, health: HealthStatus, key: Callable[[str], SafeText]) -> Content:
    """What the table says when it shows no rows; `key` tells the key of an action by its id."""
    if query.text:
        return Content.assemble("Nothing matches ", one_line(query.text, 40), ". esc clears the filter.")
    if query.ended_after is not None:
        return Content("Nothing ended while you were away. esc shows all.")
    words, action = EMPTY[health]
    return Content(words.format(key(action)) if action else words)


# Keeps the run screen's widgets at what the store and the engine say.


class MainPresenter:
    """Asks, and hands values to widgets. Which rows are shown is its one state."""

    def __init__(self, screen: Screen[None], engine: Engine, clock: Clock, *, demo: bool) -> None:
        self._engine = engine
        self._store = engine.store
        self._clock = clock
        self._demo = demo
        self._app = screen.app
        self.kept = LastGoodReads(engine, lambda words: toast(screen.app, words, error=True))
        self.view = QueryRowSource(self.kept, RunQuery(engine.profile.stored_as))
        self.table = screen.query_one(RunTable)
        self.prompt = screen.query_one(PromptPanel)
        self._detail = screen.query_one(RunDetailPane)
        self._sidebar = screen.query_one(Sidebar)
        self._top = screen.query_one(Header)
        self._key = cache(partial(main_key, screen))
        self._downloads = 0
        self._chosen: tuple[RowId | None, int] = (None, 1)
        self._marks: Content | None = None
        self._stale: Mapping[str, float] | None = None
        self._ticked_at: float | None = None

    @property
    def target(self) -> str | None:
        """Key of the webhook that a prompt goes to: the chosen one; with all of them shown the one written for last."""
        profile = self._engine.profile
        chosen = self.view.query.webhook_key
        last = chosen or self.kept.setting(last_webhook_setting(profile.stored_as))
        known = last is not None and profile.webhook(last) is not None
        return last if known else next((webhook.key for webhook in profile.webhooks), None)

    @property
    def output(self) -> OutputRef | None:
        """The output that keys act on: the chosen one of the run under the cursor, at first its first."""
        row = self.table.highlighted
        detail = self.kept.detail(row.id) if row is not None and row.output_count else None
        if row is None or detail is None or not detail.outputs:
            return None
        about, number = self._chosen
        number = min(number if about == row.id else 1, len(detail.outputs))
        return OutputRef(row.id, number, detail.outputs[number - 1])

    def choose_output(self, row: RowId, number: int) -> None:
        """Keys act on this output of the run, counted from 1."""
        self._chosen = (row, number)

    def all(self) -> None:
        """Everything: at the start, and when webhooks were added, renamed or removed."""
        names = webhook_names(self._engine.profile)
        self.table.names = names
        self._store.query.name_webhooks(names)
        self.query(self.view)
        self.downloads()
        self.state()
        self.target_changed()
        selected = self.table.highlighted
        self.run(selected.id if selected else None)
        self.refresh_times()

    def query(self, view: QueryRowSource) -> None:
        """Other rows, or another order."""
        self.view = view
        self.table.empty = self._empty()
        self.table.show(view, view.query.sort, view.query.descending)
        self.table.set_titles(runs_title(view.query, self._engine.profile))

    def rows(self, rows: frozenset[RowId]) -> None:
        """These rows changed."""
        self.table.changed(rows)
        selected = self.table.highlighted
        if selected is not None and selected.id in rows:
            self.run(selected.id)

    def state(self) -> int:
        """Counts, budgets and health. Returns how many runs of the profile are active."""
        profile, tallies = self._engine.profile, self.kept.tallies()
        healths = {w.key: self._engine.health.of(w.key) for w in profile.webhooks}
        key = self.view.query.webhook_key
        self._sidebar.show(sidebar_rows(profile, tallies, healths))
        self.table.stale = self._stale = stale_webhooks(healths, self._stale, self._ticked_at)
        worst, reader = overall(healths.values()), self._engine.health.silent_reader
        self._top.show(
            one_line(profile.name),
            self._engine.pacer.views(),
            worst.health,
            worst.ok_at,
            next_at=worst.next_at,
            follower=self._engine.is_follower(),
            read_only=profile.read_only,
            demo=self._demo,
            queue=header_words(self.kept.control(), self._key("app.queue"), self._silent_sender()),
            worker=worker_words(
                self._engine.worker_lock.seen, self._engine.is_follower(), reader or self._silent_sender()
            ),
            silent=reader.words if reader else None,
            downloads=self._downloads,
        )
        self.table.set_titles(subtitle=self._marks or runs_subtitle(tally_of(key, tallies)))
        self.table.empty = self._empty()
        return tally_of(None, tallies).active

    def downloads(self) -> None:
        """Downloads were asked for, or have ended: how many there are is told with the next `state`."""
        counts = self.kept.download_counts()
        self._downloads = sum(n for state, n in counts.items() if not state.is_settled)

    def marks(self, words: Content | None) -> None:
        """What is marked, in the place of what is going on; None: nothing is."""
        self._marks = words
        tallies = self.kept.tallies()
        self.table.set_titles(subtitle=words or runs_subtitle(tally_of(self.view.query.webhook_key, tallies)))

    def webhook(self, key: str | None) -> None:
        """The runs of this webhook (None: of all), and the prompt goes there."""
        self.query(self.view.of_webhook(key))
        self.state()
        self.target_changed()

    def ended_since(self, since: float | None) -> None:
        """Only the runs, of all webhooks, that have ended since then, epoch seconds; None: all again."""
        if since is not None:
            self._sidebar.select(None)
        self.query(self.view.ended_since(since))
        self.state()
        self.target_changed()

    def submitted(self, row: RowId) -> None:
        """Show the row of a new submission at once, with the cursor on it, whatever the filter."""
        self.table.changed(frozenset({row}))
        if not self.table.go_to(row) and self.view.query.is_filtered:
            self.query(self.view.besides(row))
            self.table.go_to(row)
            toast(self._app, one_line("It does not match the filter, and is shown until the filter changes."))

    def write_for(self, key: str) -> None:
        """The prompt goes to this webhook, whichever runs are shown."""
        if self.target != key:
            self._sidebar.select(key)
            self.webhook(key)

    def target_changed(self) -> None:
        """The prompt panel writes for the chosen webhook, with its draft and history."""
        key = self.target
        webhook = self._engine.profile.webhook(key) if key else None
        if webhook is None:
            self.prompt.show(None, None, ())
        elif (prompts := self.kept.prompts(webhook.key)) is not None:  # else it still writes for the one it names
            self.prompt.show(webhook, *prompts)

    def run(self, row: RowId | None) -> None:
        """The detail pane shows this row."""
        detail = self.kept.detail(row) if row is not None else None
        if detail is None:
            self._detail.show(None, SafeText(""), SafeText(""))
            return
        profile = self._engine.profile
        about, number = self._chosen
        of_outputs = (self.kept.verdicts(detail.row.id), self.kept.files(detail.row.id)) if detail.outputs else ({}, {})
        self._detail.choose(number if about == row else 1, *of_outputs)
        curl = curl_line(profile.base_url, detail.inputs) if detail.inputs is not None else SafeText("")
        batch = self.kept.batch(detail.row.id) if detail.row.size else None
        self._detail.show(detail, one_line(profile.label(detail.row.webhook_key)), curl, batch)
        self._tick_detail(self._clock.wall())

    def refresh_times(self) -> bool:
        """Times move on screen. True while something is active, so that they will soon move again."""
        if self.kept.recovers():
            self._catch_up()
        now = self._ticked_at = self._clock.wall()
        self.table.outlooks = self._engine.durations.estimate_rows(self.table.shown)
        self.table.tick(now)
        self._engine.fetcher.outcomes.preferred = {row.id for row in self.table.shown}
        self._tick_detail(now)
        self._top.tick(now)
        tallies = self.kept.tallies()
        return self.kept.troubled or is_busy(tallies.values(), self._engine.pacer.views(), self._worst(), now)

    def _catch_up(self) -> None:
        """The store can be read again: whatever has changed meanwhile. What is being written stays."""
        self.table.changed(frozenset())
        self.state()
        if self.prompt.webhook is None or self.prompt.webhook.key != self.target:
            self.target_changed()
        selected = self.table.highlighted
        self.run(selected.id if selected else None)

    def _worst(self) -> WebhookHealth:
        return overall(self._engine.health.of(w.key) for w in self._engine.profile.webhooks)

    def _tick_detail(self, now: float) -> None:
        """The run's times, as of the last read where its webhook cannot be read; then nothing is expected of it."""
        row = self._detail.shown
        read = self.table.stale.get(row.webhook_key) if row else None
        if row is None or read is not None:
            self._detail.tick(now if read is None else min(now, read))
        elif row.size:
            self._detail.tick(now, batch_left_s=self.kept.batch_left_s(row))
        else:
            self._detail.tick(now, self._engine.durations.estimate_rows([row]).get(row.id))

    def _silent_sender(self) -> SilentHolder | None:
        """Who keeps prompts from being sent, where that is not told already of who should read."""
        sender, reader = self._engine.leadership.silent_sender, self._engine.health.silent_reader
        return None if sender is None or (reader is not None and reader.pid == sender.pid) else sender

    def _empty(self) -> Content:
        key = self.view.query.webhook_key
        keys = [key] if key else [w.key for w in self._engine.profile.webhooks]
        health = overall(self._engine.health.of(k) for k in keys).health
        return empty_words(self.view.query, health, self._key)
