"""Commands that the palette offers on the main screen: of all panels, the queue, webhooks, views and recent runs."""

from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from inspect import isawaitable
from typing import Final

from textual.dom import DOMNode
from textual.widget import Widget

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.formatting import format_age
from cordage_tui.domain.run import RowId, RunCounts, RunQuery, SortKey
from cordage_tui.domain.safe_text import one_line
from cordage_tui.domain.webhook import Webhook
from cordage_tui.ui.contact_sheet.actions import ExportSheet
from cordage_tui.ui.keys.action import call_of
from cordage_tui.ui.keys.command_search import NEVER, PAGE, RUN, VIEW, WEBHOOK, Command, action_command, node_commands
from cordage_tui.ui.keys.footer import key_of
from cordage_tui.ui.keys.key_names import key_name
from cordage_tui.ui.main.actions.table import moves_to_runs, saved_views
from cordage_tui.ui.main.context import MainContext
from cordage_tui.ui.main.filter_bar import FilterBar
from cordage_tui.ui.main.layout import Panel
from cordage_tui.ui.main.page_commands import PAGE_ACTIONS
from cordage_tui.ui.main.sidebar import Sidebar
from cordage_tui.ui.main.user_commands import UserCommands
from cordage_tui.ui.prompt.editor import PromptEditor
from cordage_tui.ui.prompt.panel import PromptPanel
from cordage_tui.ui.queue.actions import ACTIONS
from cordage_tui.ui.run_detail.pane import RunDetailPane
from cordage_tui.ui.run_table.columns import COLUMNS
from cordage_tui.ui.run_table.table import LARGEST_FIRST, RunTable

RECENT: Final = 200
"""Most recent runs that are offered by their prompt. The filter searches all runs."""
_PANELS: Final[tuple[tuple[Panel, type[Widget]], ...]] = (
    (Panel.RUNS, RunTable),
    (Panel.RUNS, FilterBar),
    (Panel.WEBHOOKS, Sidebar),
    (Panel.PROMPT, PromptEditor),
    (Panel.PROMPT, PromptPanel),
    (Panel.RUN, RunDetailPane),
)
_WHOLE_QUEUE: Final = frozenset({"queue.pause", "queue.limit", "downloads.retry_failed"})
"""Actions of the queue screen that need no prompt under its cursor. They are run; for others only the screen opens."""


class MainCommands:
    """Commands of the main screen. Each goes to the panel or the screen where its key works, and runs its action there."""

    def __init__(self, main: MainContext) -> None:
        self._main = main
        self._screen = main.screen
        self._engine = main.engine

    def all(self) -> Iterator[Command]:
        """Return the commands of all providers. Each kind of thing to find is one line here."""
        for provide in (
            self._actions,
            self._of_user,
            self._in_queue,
            self._in_sheet,
            self._orders,
            self._of_pages,
            self._webhooks,
            self._views,
            self._recent_runs,
        ):
            yield from provide()

    def filter_by(self, text: str) -> Command:
        """Return the command that filters the runs by the typed text."""
        return Command(one_line(f"Filter the runs by {text}", 80), self._go(partial(self._filter, text)))

    def _actions(self) -> Iterator[Command]:
        """Return the actions of the screen and of its panels, also of panels without the focus."""
        yield from node_commands(self._screen, partial(self._run, self._screen, None))
        for panel, kind in _PANELS:
            node = self._screen.query(kind).first()
            yield from node_commands(node, partial(self._run, node, panel))

    def _of_user(self) -> Iterator[Command]:
        if self._main.settings.commands:
            for command in self._main.part(UserCommands).palette_commands():
                yield replace(command, call=self._go(command.call))

    def _in_queue(self) -> Iterator[Command]:
        opener = key_of(self._screen, "app.queue")
        for action in ACTIONS:
            if action.title:
                call = partial(self._in_screen, "app.queue", action.call if action.id in _WHOLE_QUEUE else "")
                key = one_line(f"{opener} {key_of(self._screen, action.id) or key_name(action.keys.partition(',')[0])}")
                why = self._screen.why_not_send() if action.sends else None
                yield action_command(action, self._go(call), key=key, disabled=why.words if why else NEVER)

    def _in_sheet(self) -> Iterator[Command]:
        action, key = ExportSheet(), key_of(self._screen, "runs.sheet")
        help = one_line("Open the contact sheet and export it as one picture or an HTML page")
        export = self._go(partial(self._in_screen, "runs.sheet", action.call))
        yield action_command(action, export, key=key, about=help)

    def _orders(self) -> Iterator[Command]:
        """Return a command for each column that sorts the runs."""
        for column in COLUMNS.values():
            if column.sort is not None:
                help = one_line(f"Sort the runs by {column.title}: {column.about}")
                yield Command(one_line(f"Sort by {column.title}"), self._go(partial(self._sort, column.sort)), help)

    def _of_pages(self) -> Iterator[Command]:
        openers = self._screen.actions_by_id
        for action in PAGE_ACTIONS:
            call, why = (
                self._go(partial(self._in_screen, action.opener, "")),
                self._screen.why_not(openers[action.opener]),
            )
            yield Command(
                one_line(action.title),
                call,
                one_line(action.sentence),
                key_of(self._screen, action.opener),
                action.search,
                kind=PAGE,
                disabled=why.words if why else NEVER,
            )

    def _sort(self, key: SortKey) -> None:
        self._main.presenter.show_query(sort=key, descending=key in LARGEST_FIRST)
        self._main.panels.go(Panel.RUNS)

    def _webhooks(self) -> Iterator[Command]:
        tallies = self._screen.reads.last_good(self._screen.store.query.tallies, {}, self._engine.profile.stored_as)
        for webhook in self._engine.profile.webhooks:
            count = tallies.get(webhook.key, RunCounts(webhook.key))
            help = f"webhook · {count.total:,} runs" + (f", {count.active} active" if count.active else "")
            call = self._go(partial(self._show_webhook, webhook))
            yield Command(one_line(webhook.name), call, one_line(help), kind=WEBHOOK)

    def _views(self) -> Iterator[Command]:
        views = saved_views(self._main)
        for view in views.all:
            count = views.counter.of(view.filter)
            help = f"{'hidden view' if view.is_hidden else 'view'} · {view.filter}"
            help += f" · {count.rows:,} runs" if count.is_fresh else ""
            yield Command(one_line(view.name), self._go(partial(views.go_to, view)), one_line(help), kind=VIEW)
        if any(view.is_hidden for view in views.all):
            help = "Show the views again that were hidden in the sidebar"
            yield Command(one_line("Show hidden views"), self._go(views.show_hidden), one_line(help), words="unhide")

    def _recent_runs(self) -> Iterator[Command]:
        query, now = RunQuery(self._engine.profile.stored_as), self._screen.clock.wall()
        for row in self._screen.reads.last_good(self._screen.store.query.window, [], query, 0, RECENT):
            webhook = self._engine.profile.label(row.webhook_key)
            help = one_line(f"run · {webhook} · {row.status_name} · {format_age(now - row.created_at)}")
            call = self._go(partial(self._show_run, row.id))
            title = row.prompt or one_line(row.run_id or "")
            yield Command(title, call, help, words=f"{row.short_id},{row.run_id or ''}", kind=RUN)

    def _go(self, call: Callable[[], object]) -> Callable[[], Awaitable[None]]:
        """Return a function that goes back to the main screen, and then calls `call`."""

        async def go_and_call() -> None:
            while self._screen.app.screen is not self._screen:
                await self._screen.app.screen.dismiss(None)
            result = call()
            if isawaitable(result):
                await result

        return go_and_call

    def _run(self, node: DOMNode, panel: Panel | None, action: str) -> Awaitable[None]:
        """Go to a panel, and run an action of a node there."""

        def run() -> None:
            if panel is not None:
                self._main.panels.go(panel)
            self._screen.app.call_later(self._screen.app.run_action, action, node)

        return self._go(run)()

    async def _in_screen(self, opener: str, action: str) -> None:
        """Open another screen by the action with the id `opener`, and run an action there. Empty `action`: only open it."""
        app = self._screen.app
        await app.run_action(call_of(opener), self._screen)
        if action and app.screen is not self._screen:
            app.screen.call_after_refresh(app.run_action, action, app.screen)

    async def _filter(self, text: str) -> None:
        await self._screen.run_action(call_of("runs.filter"))
        self._main.filter_bar.write(text)

    def _show_webhook(self, webhook: Webhook) -> None:
        self._main.sidebar.select(webhook.key)
        self._main.presenter.show_webhook(webhook.key)
        self._main.panels.go(Panel.RUNS)

    def _show_run(self, row: RowId) -> None:
        moves_to_runs(self._main).show_run(row)
        self._main.panels.go(Panel.RUNS)
