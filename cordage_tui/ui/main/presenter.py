"""Presenter of the main screen: turns data of the store and the engine into widget values."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from math import inf
from typing import TYPE_CHECKING, Any, Final

from textual.content import Content

from cordage_tui.domain.base.clock import is_ahead
from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.formatting import COARSE_AFTER_S, COARSE_STEP_S, time_of
from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.queue import QueueSettings
from cordage_tui.domain.rate_limit import BudgetView
from cordage_tui.domain.run import RowId, RunCounts, RunQuery, RunRow, UnlistedRun
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.submission import NO_LINEAGE, Lineage
from cordage_tui.domain.webhook import HealthStatus, Profile, WebhookHealth, worst_health
from cordage_tui.engine.processes.process_locks import SilentHolder
from cordage_tui.store.drafts import last_webhook_setting
from cordage_tui.ui.keys.footer import main_key
from cordage_tui.ui.main.layout import Panel, PanelLayout
from cordage_tui.ui.main.selection import FilterSearch, RunSelection
from cordage_tui.ui.main.sidebar import Sidebar, SidebarRow, needed_width
from cordage_tui.ui.prompt.panel import PromptPanel
from cordage_tui.ui.queue.summary import header_words
from cordage_tui.ui.run_detail.pane import RunDetailPane
from cordage_tui.ui.run_detail.sections import curl_line
from cordage_tui.ui.screen_base import EngineScreen
from cordage_tui.ui.widgets.header import Header, HeaderModel, counts_down, worker_words
from cordage_tui.ui.widgets.line_view import DiffStatic
from cordage_tui.ui.widgets.status_signs import EMPTY

if TYPE_CHECKING:
    from cordage_tui.ui.main.empty_filter import EmptyFilter
    from cordage_tui.ui.main.spending_watch import SpendingWatch

# Widget values from data of the engine and the store. Pure functions.


def stale_webhooks(
    healths: Mapping[str, WebhookHealth],
    before: Mapping[str, float] | None = None,
    shown_at: float | None = None,
    now: float = inf,
) -> Mapping[str, float]:
    """Map the webhooks that cannot be read now to the time of their last read, epoch seconds; 0: never read.

    `before` is the last result (None: there is none), and `shown_at` the time that the screen shows. A webhook that could
    be read until then keeps that time, so that no shown time goes back. A read later than `now` was at an unknown time,
    and counts as none.
    """
    fresh = (HealthStatus.LIVE, HealthStatus.LIMITED)
    unread = {key: health for key, health in healths.items() if health.health not in fresh}
    times = {key: 0.0 if is_ahead(h.ok_at or 0.0, now) else h.ok_at or 0.0 for key, h in unread.items()}
    stale = {
        key: at for key, at in times.items() if unread[key].ok_at or unread[key].health is not HealthStatus.LOADING
    }
    if before is None or shown_at is None:
        return stale
    return {key: before[key] if key in before else max(read, shown_at) for key, read in stale.items()}


def tally_of(webhook_key: str | None, tallies: Mapping[str, RunCounts]) -> RunCounts:
    """Return the counts of one webhook, or of all together (None), including webhooks removed from the profile."""
    if webhook_key is not None:
        return tallies.get(webhook_key) or RunCounts(webhook_key)
    counts = tallies.values()
    figures = zip(*((t.total, t.active, t.waiting, t.unsent, t.sending) for t in counts), strict=True)
    return RunCounts("", *map(sum, figures))


def sidebar_rows(
    profile: Profile, tallies: Mapping[str, RunCounts], healths: Mapping[str, WebhookHealth]
) -> list[SidebarRow]:
    """Return the rows of the sidebar: all webhooks together, then each one in the user's order."""
    rows = [SidebarRow(None, one_line("All"), tally_of(None, tallies))]
    for webhook in profile.webhooks:
        tally = tally_of(webhook.key, tallies)
        rows.append(SidebarRow(webhook.key, one_line(webhook.name), tally, healths[webhook.key].health))
    return rows


TICK_S: Final = 1.0
"""Seconds between two updates of the times on screen while one of them shows seconds."""
IDLE_TICK_S: Final = 60.0
"""The same while nothing is active: then only ages change, and those show minutes."""


def is_busy(tallies: Iterable[RunCounts], budgets: Iterable[BudgetView], worst: WebhookHealth, now: float) -> bool:
    """Return True if something is active or counts down; `now` in epoch seconds."""
    return counts_down(budgets, worst, now) or any(t.active or t.waiting for t in tallies)


def has_young(rows: Iterable[RunRow], now: float) -> bool:
    """Return True if the time of one of these rows changes each second at `now`, epoch seconds."""
    active = (row for row in rows if row.status.is_active or row.size)
    elapsed = (now - row.created_at if row.size else time_of(row, now)[0] for row in active)
    return any(seconds is not None and seconds < COARSE_AFTER_S for seconds in elapsed)


def runs_title(
    query: RunQuery, profile: Profile, searched: float | None = None, matches: str = "", view: str | None = None
) -> Content:
    """Format the title of the run table with its filter: `Runs · Sunset`.

    `searched`: share of the runs that the filter has seen, 0 to 1; None: all. `matches`: how many runs match, and of how
    many. `view`: name of the chosen view.
    """
    name = one_line(profile.label(query.webhook_key) if query.webhook_key else view or "All")
    ended = " · ended while you were away" if query.ended_after is not None else ""
    text = f" · /{one_line(query.text, 18 if view else 30)}" if query.text else ""
    share = "" if searched is None else f" · {searched:.0%} searched"
    return Content.assemble("Runs · ", name, ended, text, share, f" · {matches}" if matches else "")


def runs_subtitle(tally: RunCounts) -> Content:
    """Format the subtitle of the run table: `3 active · 2 waiting`; empty if there are none.

    A prompt that is being sent counts as active.
    """
    active, waiting = tally.active + tally.sending, tally.waiting - tally.sending
    parts = [f"{active} active"] if active else []
    parts += [f"{waiting} waiting"] if waiting else []
    return Content(" · ".join(parts))


def empty_words(
    query: RunQuery, health: HealthStatus, key: Callable[[str], SafeText], *, searching: bool = False
) -> Content:
    """Return the text of the table if it shows no rows. `key` returns the key of an action by its id."""
    if searching:
        return Content("Searching…")
    if query.text:
        return Content.assemble("Nothing matches ", one_line(query.text, 40), ". esc clears the filter.")
    if query.ended_after is not None:
        return Content("Nothing ended while you were away. esc shows all.")
    text, action = EMPTY[health]
    return Content(text.format(key(action)) if action else text)


# Presenter: keeps the widgets at the state of the store and the engine.

REMOVED: Final = one_line("Its webhook has been removed from this profile.")


class MainPresenter:
    """Reads the store and the engine, and shows their values in the widgets of the main screen."""

    def __init__(self, screen: EngineScreen[None], selection: RunSelection, panels: PanelLayout, *, demo: bool) -> None:
        self._screen = screen
        self._engine, self._store, self._reads, self._clock = screen.engine, screen.store, screen.reads, screen.clock
        self.selection = selection
        """What the table shows, and what keys act on."""
        self._panels = panels
        self._demo = demo
        self._table = selection.table
        self._prompt = screen.query_one(PromptPanel)
        self._detail = screen.query_one(RunDetailPane)
        self._sidebar = screen.query_one(Sidebar)
        self._header = screen.query_one(Header)
        self._key = cache(partial(main_key, screen))
        self._downloads = 0
        self._marks: Content | None = None
        self.search = FilterSearch(screen, selection, self._show_found, self.show_query)
        self._ticked_at: float | None = None
        self._empty_filter: EmptyFilter | None = None
        self._spending: SpendingWatch | None = None
        self._unlisted: Mapping[RowId, UnlistedRun] = {}

    @property
    def target(self) -> str | None:
        """Key of the webhook that a prompt goes to: the one shown. If all are shown, the one that was written for last."""
        profile = self._engine.profile
        last = self.selection.query.webhook_key or self._reads.last_good(
            self._store.settings.get, None, last_webhook_setting(profile.stored_as)
        )
        is_listed = last is not None and profile.webhook(last) is not None
        return last if is_listed else next((webhook.key for webhook in profile.webhooks), None)

    def show_all(self) -> None:
        """Show everything except times and the run under the cursor.

        Used at the start, when the table's first cursor shows the run, and after webhooks were added, renamed or removed.
        """
        names = self._engine.profile.names
        self._table.names = names
        self._store.query.name_webhooks(names)
        self.show_query()
        self.count_downloads()
        self.show_state()
        self.show_target()

    def show_query(self, **changes: Any) -> None:
        """Show the rows of the present query, or of the typed one, with these fields of it changed."""
        self.selection.query = query = replace(self.search.take_typed() or self.selection.query, **changes)
        self._table.one_webhook = query.webhook_key is not None
        self._table.besides, self._table.without_lines = frozenset(query.besides), query.is_filtered
        self._table.show(self.selection.source, query.sort, query.descending)
        if self.selection.frozen is not None:
            self.selection.frozen = None
            self._screen.query_one("#frozen", DiffStatic).show(None)
        self.search.start()
        self._show_found()

    def _show_found(self) -> None:
        """Show in the title which runs are listed and how much was searched; if no run is listed, show why."""
        query, searched = self.selection.query, self.search.searched
        keys = [query.webhook_key] if query.webhook_key else [w.key for w in self._engine.profile.webhooks]
        health = worst_health(self._engine.health.of(k) for k in keys).health
        empty, matches = empty_words(query, health, self._key, searching=searched is not None), ""
        if query.is_filtered:
            count, whole = self._counts().total, tally_of(query.webhook_key, self._tallies()).total
            matches = f"{count:,} of {max(count, whole):,}"
            if not count and query.text and searched is None:
                if self._empty_filter is None:
                    from cordage_tui.ui.main.empty_filter import EmptyFilter  # late: the first screen has no filter

                    self._empty_filter = EmptyFilter(self._screen, self.selection, self._show_found)
                empty = Content.assemble(empty, "\n", self._empty_filter.words(query))
        self._table.empty = empty
        view = self._sidebar.chosen_view
        self._table.set_titles(runs_title(query, self._engine.profile, searched, matches, view))
        self._show_subtitle()

    def show_changed(self, rows: frozenset[RowId]) -> None:
        """Show changed rows as they are now; if the list is frozen, only count them."""
        if (frozen := self.selection.frozen) is not None and not frozen.changed(rows):
            self.show_query()
        self._table.changed(rows)
        self.search.start()  # begins again if many rows have changed
        related = self._detail.relatives
        if (row := self.selection.row) is not None and (row.id in rows or (related and related.rows & rows)):
            self.show_run(row.id)

    def show_state(self) -> int:
        """Show counts, budgets and health. Return how many runs of the profile are active."""
        profile, tallies = self._engine.profile, self._tallies()
        healths = {w.key: self._engine.health.of(w.key) for w in profile.webhooks}
        rows = sidebar_rows(profile, tallies, healths)
        self._sidebar.show(rows)
        self._panels.fit(names=needed_width(rows))
        self._table.stale = stale_webhooks(healths, self._table.stale, self._ticked_at, self._clock.wall())
        self._unlisted = self._read_unlisted()
        silent = {row: run.heard_at for row, run in self._unlisted.items() if run.trouble is not None}
        self._table.silent = silent
        worst, reader = worst_health(healths.values()), self._engine.health.silent_reader
        control = self._reads.last_good(self._engine.queue.control, QueueSettings())
        self._header.show(
            HeaderModel(
                one_line(profile.name),
                self._engine.rate_limiter.views(),
                worst.health,
                worst.ok_at,
                worst.next_at,
                follower=self._engine.is_follower(),
                read_only=profile.read_only,
                protected=profile.protected,
                demo=self._demo,
                queue=header_words(control, self._key("app.queue"), self._silent_sender()),
                worker=worker_words(
                    self._engine.worker_lock.seen, self._engine.is_follower(), reader or self._silent_sender()
                ),
                downloads=self._downloads,
                silent=reader.words if reader else None,
                silent_runs=len(silent),
                spending=self._spent(),
            )
        )
        self._show_found()
        return tally_of(None, tallies).active

    def _read_unlisted(self) -> Mapping[RowId, UnlistedRun]:
        """Return the active runs that no list names."""
        return self._reads.last_good(self._store.unlisted.all, {}, self._engine.profile.stored_as)

    def _spent(self) -> tuple[SafeText, bool] | None:
        if not self._engine.profile.tells_spending:
            return None
        from cordage_tui.ui.main.spending_watch import SpendingWatch  # late: most set neither limits nor prices

        self._spending = self._spending or SpendingWatch(self._screen)
        return self._spending.header()

    def count_downloads(self) -> None:
        """Count the downloads that have not ended. The next `show_state` shows the count."""
        counts = self._reads.last_good(self._store.downloads.counts, {}, self._engine.profile.stored_as)
        self._downloads = sum(n for state, n in counts.items() if not state.is_settled)

    def show_marks(self, marks: Content | None) -> None:
        """Show the marks in the place of the counts; None: nothing is marked."""
        self._marks = marks
        self._show_subtitle()

    def show_webhook(self, key: str | None, **changes: Any) -> None:
        """Show the runs of this webhook (None: of all), and let the prompt panel write for it.

        `changes`: other fields of the query.
        """
        self.show_query(webhook_key=key, besides=(), **changes)
        self.show_state()
        self.show_target()

    def show_ended_since(self, since: float | None, until: float | None = None) -> None:
        """Show the runs of all webhooks that ended from `since` to `until`, epoch seconds. `since` None: all runs again."""
        if since is not None:
            self._sidebar.select(None)
        self.show_webhook(
            None if since is not None else self.selection.query.webhook_key, ended_after=since, ended_until=until
        )

    def show_submitted(self, row: RowId) -> None:
        """Show the row of a new submission with the cursor on it, also if the filter leaves it out."""
        if self.selection.frozen is not None:
            self.show_query()
        self._table.changed(frozenset({row}))
        query = self.selection.query
        if not self._table.go_to(row) and query.is_filtered:
            self.show_query(besides=(*query.besides, row))
            self._table.go_to(row)
            self._screen.toast(one_line("It does not match the filter, and is shown until the filter changes."))

    def load_prompt(
        self, key: str, inputs: Inputs, *, batch_lines: bool | None = None, lineage: Lineage = NO_LINEAGE
    ) -> None:
        """Load inputs for this webhook into the prompt panel, and go there. For the other parameters see `PromptPanel.load`."""
        if self._engine.profile.webhook(key) is None:
            self._screen.toast(REMOVED)
            return
        if self.target != key:
            self._sidebar.select(key)
            self.show_webhook(key)
        self._prompt.load(inputs, batch_lines=batch_lines, lineage=lineage)
        self._panels.go(Panel.PROMPT)

    def show_target(self) -> None:
        """Let the prompt panel write for the target webhook, with its draft and history."""
        key = self.target
        webhook = self._engine.profile.webhook(key) if key else None
        if webhook is None:
            self._prompt.show(None, None, ())
        elif (written := self._reads.last_good(self.read_prompts, None, webhook.key)) is not None:
            self._prompt.show(webhook, *written)  # if they cannot be read, it still writes for the webhook it names

    def read_prompts(self, webhook_key: str) -> tuple[Inputs | None, list[Inputs], Lineage] | None:
        """Return draft, history and the draft's lineage of a webhook. Raises StoreError."""
        draft_key, prompts = (self._engine.profile.stored_as, webhook_key), self._store.prompts
        history, unsaved = prompts.history(*draft_key), self._prompt.unsaved_drafts.draft(webhook_key)
        if unsaved is not None:
            return unsaved[0] or None, history, unsaved[1]
        return prompts.draft(*draft_key), history, prompts.draft_lineage(*draft_key)

    def show_current(self) -> None:
        """Show the run under the cursor in the detail pane."""
        row = self.selection.row
        self.show_run(row.id if row is not None else None)

    def show_run(self, row: RowId | None) -> None:
        """Show this row in the detail pane."""
        read = self._reads.last_good
        detail = read(self._store.query.detail, None, row) if row is not None else None
        if detail is None:
            self._detail.show(None, SafeText(""), SafeText(""))
            return
        profile, row = self._engine.profile, detail.row.id
        ratings = read(self._store.ratings.of, {}, row) if detail.outputs else {}
        files = read(self._store.downloads.files, {}, row) if detail.outputs else {}
        self._detail.choose(self.selection.number_of(row), ratings, files)
        curl = curl_line(profile.base_url, detail.inputs) if detail.inputs is not None else SafeText("")
        batch = self.selection.batch_progress(row) if detail.row.size else None
        relatives = read(self._store.relatives, None, detail)
        unlisted = self._read_unlisted().get(row)
        silent = unlisted if unlisted is not None and unlisted.trouble is not None else None
        self._detail.show(detail, one_line(profile.label(detail.row.webhook_key)), curl, batch, relatives, silent)
        self._tick_detail(self._clock.wall())

    def show_times(self) -> float:
        """Update the times on screen. Return the seconds until they must be updated again."""
        if self._reads.recovers():
            self._catch_up()
        now = self._ticked_at = self._clock.wall()
        frozen = self.selection.frozen
        if frozen is None:
            self._table.outlooks = self._engine.durations.estimate_rows(self._table.shown)
            self._table.standings = self._reads.last_good(self._engine.forecast.standings, {}, self._table.shown)
        self._table.tick(now if frozen is None else frozen.at)
        self._engine.fetcher.pending_results.preferred = {row.id for row in self._table.shown}
        self._tick_detail(now)
        self._header.tick(now)
        worst = worst_health(self._engine.health.of(w.key) for w in self._engine.profile.webhooks)
        budgets = self._engine.rate_limiter.views()
        shown = self._detail.shown
        if self._reads.troubled or counts_down(budgets, worst, now):
            return TICK_S
        if frozen is None and not is_busy(self._tallies().values(), budgets, worst, now):
            return IDLE_TICK_S
        rows = [*(self._table.shown if frozen is None else ()), *([shown] if shown else [])]
        young = has_young(rows, now) or (frozen is not None and now - frozen.at < COARSE_AFTER_S)
        return TICK_S if young else COARSE_STEP_S - now % COARSE_STEP_S

    def _catch_up(self) -> None:
        """Show everything that may have changed while the store could not be read. The prompt that is being written stays."""
        self._table.reload()
        self.search.start()
        self.show_state()
        if self._prompt.webhook is None or self._prompt.webhook.key != self.target:
            self.show_target()
        self.show_current()

    def _tallies(self) -> Mapping[str, RunCounts]:
        return self._reads.last_good(self._store.query.tallies, {}, self._engine.profile.stored_as)

    def _tick_detail(self, now: float) -> None:
        """Update the times of the run in the detail pane.

        If its webhook cannot be read, they stay as of the last read, without an estimate. A prompt that is not sent yet is
        known without any read, so its times always move.
        """
        row = self._detail.shown
        unread_since = self._table.stale.get(row.webhook_key) if row else None
        read_at = now if unread_since is None else min(now, unread_since)
        if row is not None and row.size:
            outlook_of_batch = self._reads.last_good(self._engine.batches.outlook, None, row.id, row.webhook_key)
            left_s = outlook_of_batch.left_s if outlook_of_batch is not None and unread_since is None else None
            self._detail.tick(
                read_at, batch_left_s=left_s, batch_blocked=outlook_of_batch and outlook_of_batch.blocked_by
            )
        elif row is None or (not row.status.is_ours and (unread_since is not None or row.id in self._table.silent)):
            self._detail.tick(read_at)
        else:
            outlook = self._engine.durations.estimate_rows([row]).get(row.id)
            standings = self._reads.last_good(self._engine.forecast.standings, {}, [row])
            heard_at = None if row.id in self._unlisted else self._engine.health.of(row.webhook_key).ok_at
            self._detail.tick(now, outlook, standing=standings.get(row.id), heard_at=heard_at)

    def _silent_sender(self) -> SilentHolder | None:
        """Return the holder of the sending lock if it gives no sign of life. None if the header names it as reader already."""
        sender, reader = self._engine.leadership.silent_sender, self._engine.health.silent_reader
        return None if sender is None or (reader is not None and reader.pid == sender.pid) else sender

    def _show_subtitle(self) -> None:
        self._table.set_titles(subtitle=self._marks or runs_subtitle(self._counts()))

    def _counts(self) -> RunCounts:
        """Return the counts of the runs that the table shows, including those in folded batches."""
        query = self.selection.query
        if query.is_filtered:
            return self._reads.last_good(self._store.query.found_counts, RunCounts(""), query)
        return tally_of(query.webhook_key, self._tallies())
