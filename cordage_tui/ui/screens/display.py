"""Keeps the run screen's widgets at what the store and the engine say."""

from collections.abc import Mapping
from contextlib import suppress
from functools import cache, partial

from textual.content import Content
from textual.screen import Screen

from cordage_tui.domain.clock import Clock
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RowId, RunQuery
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.domain.webhook import WebhookHealth
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.lock_holder import SilentHolder
from cordage_tui.store.errors import StoreError
from cordage_tui.ui.detail.pane import RunDetailPane
from cordage_tui.ui.detail.shell import curl_line
from cordage_tui.ui.header.line import Header
from cordage_tui.ui.keys.main_key import main_key
from cordage_tui.ui.prompt.panel import PromptPanel
from cordage_tui.ui.queue.standing import header_words
from cordage_tui.ui.runs.table import RunTable
from cordage_tui.ui.screens import present
from cordage_tui.ui.screens.steady import LastGoodReads
from cordage_tui.ui.screens.view import QueryRowSource
from cordage_tui.ui.sidebar.panel import Sidebar
from cordage_tui.ui.toast import toast

WRITTEN_FOR = "written for/"
"""Stored setting, by profile: the webhook that was written for last."""


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
        self._counts: Content | None = None
        self._chosen: tuple[RowId | None, int] = (None, 1)
        self._marks: Content | None = None
        self._stale: Mapping[str, float] | None = None
        self._ticked_at: float | None = None

    @property
    def target(self) -> str | None:
        """Key of the webhook that a prompt goes to: the chosen one; with all of them shown the one written for last."""
        profile = self._engine.profile
        chosen = self.view.query.webhook_key
        last = chosen or self.kept.setting(f"{WRITTEN_FOR}{profile.stored_as}")
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
        names = present.webhook_names(self._engine.profile)
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
        self.table.border_title = present.runs_title(view.query, self._engine.profile)

    def rows(self, rows: frozenset[RowId]) -> None:
        """These rows changed."""
        self.table.changed(rows)
        selected = self.table.highlighted
        if selected is not None and selected.id in rows:
            self.run(selected.id)

    def state(self) -> int:
        """Counts, budgets and health. Returns how many runs of the profile are active."""
        profile, tallies = self._engine.profile, self.kept.tallies()
        healths = {w.key: self._engine.health(w.key) for w in profile.webhooks}
        key = self.view.query.webhook_key
        self._sidebar.show(present.sidebar_rows(profile, tallies, healths))
        self.table.stale = self._stale = present.stale_webhooks(healths, self._stale, self._ticked_at)
        worst, reader = present.overall(healths.values()), self._engine.silent_reader
        self._top.show(
            one_line(profile.name),
            self._engine.budgets(),
            worst.health,
            worst.ok_at,
            next_at=worst.next_at,
            follower=self._engine.is_follower(),
            read_only=profile.read_only,
            demo=self._demo,
            queue=header_words(self.kept.control(), self._key("app.queue"), self._silent_sender()),
            worker=present.worker_words(
                self._engine.seat.seen, self._engine.is_follower(), reader or self._silent_sender()
            ),
            silent=reader.words if reader else None,
            downloads=self._downloads,
        )
        self._subtitle(self._marks or present.runs_subtitle(present.tally_of(key, tallies)))
        self.table.empty = self._empty()
        return present.tally_of(None, tallies).active

    def downloads(self) -> None:
        """Downloads were asked for, or have ended: how many there are is told with the next `state`."""
        counts = self.kept.download_counts()
        self._downloads = sum(n for state, n in counts.items() if not state.is_settled)

    def marks(self, words: Content | None) -> None:
        """What is marked, in the place of what is going on; None: nothing is."""
        self._marks = words
        tallies = self.kept.tallies()
        self._subtitle(words or present.runs_subtitle(present.tally_of(self.view.query.webhook_key, tallies)))

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

    def submitted(self, row: RowId, webhook_key: str) -> None:
        """A prompt has just become this row: it is shown at once, with the cursor on it, whatever the filter says."""
        with suppress(StoreError):  # where the next prompt goes is a convenience; this one is on disk
            self._store.settings.save(f"{WRITTEN_FOR}{self._engine.profile.stored_as}", webhook_key)
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
        self.table.outlooks = self._engine.outlooks(self.table.shown)
        self.table.tick(now)
        self._engine.set_visible_rows([row.id for row in self.table.shown])
        self._tick_detail(now)
        self._top.tick(now)
        tallies = self.kept.tallies()
        return self.kept.troubled or present.is_busy(tallies.values(), self._engine.budgets(), self._worst(), now)

    def _catch_up(self) -> None:
        """The store can be read again: whatever has changed meanwhile. What is being written stays."""
        self.table.changed(frozenset())
        self.state()
        if self.prompt.webhook is None or self.prompt.webhook.key != self.target:
            self.target_changed()
        selected = self.table.highlighted
        self.run(selected.id if selected else None)

    def _worst(self) -> WebhookHealth:
        return present.overall(self._engine.health(w.key) for w in self._engine.profile.webhooks)

    def _tick_detail(self, now: float) -> None:
        """The run's times, as of the last read where its webhook cannot be read; then nothing is expected of it."""
        row = self._detail.shown
        read = self.table.stale.get(row.webhook_key) if row else None
        if row is None or read is not None:
            self._detail.tick(now if read is None else min(now, read))
        elif row.size:
            self._detail.tick(now, batch_left_s=self.kept.batch_left_s(row))
        else:
            self._detail.tick(now, self._engine.outlooks([row]).get(row.id))

    def _silent_sender(self) -> SilentHolder | None:
        """Who keeps prompts from being sent, where that is not told already of who should read."""
        sender, reader = self._engine.silent_sender, self._engine.silent_reader
        return None if sender is None or (reader is not None and reader.pid == sender.pid) else sender

    def _subtitle(self, words: Content) -> None:
        """Textual redraws a border also for the title it has already."""
        if self._counts is None or not words.is_same(self._counts):
            self._counts = words
            self.table.border_subtitle = words

    def _empty(self) -> Content:
        key = self.view.query.webhook_key
        keys = [key] if key else [w.key for w in self._engine.profile.webhooks]
        health = present.overall(self._engine.health(k) for k in keys).health
        return present.empty_words(self.view.query, health, self._key)
