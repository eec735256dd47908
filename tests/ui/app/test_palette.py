"""The palette finds every command by the words that people type."""

from types import SimpleNamespace

from cordage_tui.domain.webhook import Profile, Webhook
from cordage_tui.ui.contact_sheet.panel import ContactSheetGrid
from cordage_tui.ui.contact_sheet.screen import ContactSheetScreen
from cordage_tui.ui.keys.command_search import CommandIndex, all_commands
from cordage_tui.ui.keys.palette import CommandPalette
from cordage_tui.ui.main.page_commands import PAGE_ACTIONS
from cordage_tui.ui.main.screen import MainScreen
from cordage_tui.ui.queue.screen import QueueScreen
from cordage_tui.ui.statistics.errors_table import ErrorsPanel
from cordage_tui.ui.statistics.webhooks_table import StatisticsPanel

WORDS = {
    "copy": "Copy…",
    "dl": "Download",
    "sort": "Sort by the next column",
    "kill all": "Kill all shown",
    "queue pause": "Pause or resume the queue",
    "pause": "Pause or resume the queue",
    "new prompt": "Write a prompt",
    "export": "Export the sheet…",
    "add webhook": "Add a webhook",
    "history": "History",
    "q": "Quit",
    ":q": "Quit",
    "thme": "Theme…",
    "budget": "Rate limits",
    "stats": "Statistics",
    "clusters": "Failures",
    "keepers": "What keepers have in common",
    "connect": "Connect a workspace",
    "api key": "New API key",
    "mark all": "Mark all",
    "hold": "Limit active runs",
    "rename": "Rename the webhook",
    "remove webhook": "Remove the webhook",
    "clear": "Clear the filter",
    "search": "Filter",
    "help": "Keyboard shortcuts",
    "json": "Raw response",
    "gallery": "Contact sheet",
    "redraw": "Redraw",
    "columns": "Columns…",
    "hide": "Columns…",
    "sec": "Second",
    "dracula": "dracula",
    "evening": "evening",
    "purple cow": "a purple cow",
}
"""What is typed, and what comes first."""

NATURAL = {
    "keep": "Keep an output",
    "star": "Give an output stars",
    "favourite": "Keep an output",
    "duel": "Compare",
    "cost": "Statistics",
    "money": "Statistics",
    "settings": "Manual: configuration",
    "version": "Manual: changelog",
    "dark mode": "Theme…",
    "save image": "Download",
    "download everything": "Download all shown",
    "sort by time": "Sort by time",
    "priority": "Send a queued prompt first",
    "concurrency": "Limit active runs",
    "manual": "Manual",
    "new run": "Write a prompt",
    "run again": "Rerun…",
    "retry": "Edit & rerun",
    "stop": "Kill",
    "cancel": "Kill",
    "kill everything": "Kill all shown",
    "pause": "Pause or resume the queue",
    "resume": "Pause or resume the queue",
    "quit": "Quit",
    "exit": "Quit",
    "help": "Keyboard shortcuts",
    "keyboard shortcuts": "Keyboard shortcuts",
    "search": "Filter",
    "filter failed": "Filter",
    "copy prompt": "Copy…",
    "copy link": "Copy URLs",
    "open in browser": "Open in the system's viewer",
    "show image": "Show the output full screen",
    "fullscreen": "Show the output full screen",
    "zoom": "Show the output full screen",
    "gallery": "Contact sheet",
    "thumbnails": "Contact sheet",
    "compare": "Compare",
    "reject": "Reject an output",
    "delete": "Drop a queued prompt",
    "remove webhook": "Remove the webhook",
    "add webhook": "Add a webhook",
    "tag": "Tag…",
    "label": "Tag…",
    "rate": "Give an output stars",
    "undo": "Undo",
    "columns": "Columns…",
    "theme": "Theme…",
    "light mode": "Theme…",
    "change profile": "Profile…",
    "login": "New API key",
    "token": "New API key",
    "logs": "Manual: troubleshooting",
    "errors": "Failures",
    "statistics": "Statistics",
    "history": "History",
    "queue": "Queue & downloads",
    "limit": "Limit active runs",
    "export": "Export the sheet…",
    "csv": "Batch from a file",
    "save preset": "History",
    "group batch": "Fold the batch",
    "seed": "Rerun…",
    "refresh": "Refresh",
    "notifications": "Manual: configuration",
}
"""What people type who never read the manual, and what comes first. The words were written down before the search words of the
actions were looked at: about half of them found what was meant."""


async def test_words_find_what_they_mean(opened) -> None:
    """From every panel the words find commands of all panels, webhooks, themes, profiles and recent runs."""
    other = Profile("evening", "https://set-by-the-test.example", (Webhook("wh_evening01", "Dusk"),))
    async with opened(others=[other], webhooks=2) as program:
        await program.runs("a purple cow")
        for panel in ("1", "2", "t", "4"):
            await program.press("escape", panel)
            index = CommandIndex(all_commands(program.app))
            first = {query: "".join(hit.command.title for hit in index.find(query)[:1]) for query in WORDS}
            assert first == WORDS, panel


async def test_natural_words_find_what_is_meant(opened) -> None:
    """All of 65 natural words find what is meant at once: a command of this page, of another page, or a page of the manual."""
    async with opened(webhooks=2) as program:
        await program.runs("a purple cow")
        await program.press("escape", "2")
        index = CommandIndex(all_commands(program.app))
        first = {query: "".join(hit.command.title for hit in index.find(query)[:1]) for query in NATURAL}
        assert first == NATURAL and len(NATURAL) == 65


def test_an_action_of_another_page_is_an_action_of_that_page() -> None:
    """What the palette offers of a page that is not open exists there, and its opener opens that page."""
    pages = {
        "runs.sheet": (ContactSheetScreen, ContactSheetGrid),
        "app.failures": (ErrorsPanel,),
        "app.statistics": (StatisticsPanel,),
    }
    for action in PAGE_ACTIONS:
        assert any(action.id in page.actions_by_id for page in pages[action.opener]), action.id
        assert action.opener in MainScreen.actions_by_id


async def test_an_action_of_another_page_goes_to_that_page(opened) -> None:
    """Choosing it opens the page, and decides nothing there yet."""
    async with opened() as program:
        await program.runs("a purple cow")
        await program.press("escape", "colon")
        await program.writes("favourite")
        await program.press("enter")
        await program.until(lambda: isinstance(program.app.screen, ContactSheetScreen))
        assert program.main.store.ratings.all() == {}


async def test_the_manual_opens_at_the_page_that_a_word_means(opened) -> None:
    """`settings` are no screen of the app: the palette opens the page about them."""
    async with opened() as program:
        await program.press("colon")
        await program.writes("settings")
        await program.press("enter")
        await program.sees("Configuration")
        await program.press("escape")
        await program.until(lambda: program.app.screen is program.main)


async def test_the_runs_are_sorted_by_a_named_column(opened) -> None:
    """`sort by` and a column sorts by it from anywhere."""
    async with opened() as program:
        for prompt in ("a", "b"):
            await program.runs(prompt)
            await program.press("escape")
        await program.press("t", "ctrl+p")
        await program.writes("sort by prompt")
        await program.press("enter")
        await program.until(lambda: program.at() == "runs" and list(program.rows()) == ["a", "b"])


async def test_no_command_is_there_twice(opened) -> None:
    """Each action is in the palette once, and no two commands have the same title."""
    async with opened() as program:
        commands = all_commands(program.app)
        titles = [command.title for command in commands]
        assert len(titles) == len(set(titles)) > 60
        ids = [command.id for command in commands if command.id]
        assert len(ids) == len(set(ids))
        assert "Pictures through tmux" not in titles
        program.app.renderer.tmux = SimpleNamespace(is_allowable=True, allow=None)
        assert "Pictures through tmux" in [command.title for command in all_commands(program.app)]
        program.app.renderer.tmux = None


async def test_a_command_of_another_panel_goes_there(opened) -> None:
    """A command of another panel focuses that panel and runs there."""
    async with opened() as program:
        await program.press("t", "ctrl+p")
        await program.writes("add webh")
        await program.press("enter")
        await program.sees("Add a webhook")
        assert program.main.focused is program.widget("webhooks")


async def test_a_command_of_another_screen_opens_it_and_acts(opened) -> None:
    """A command of the queue opens the queue and runs there."""
    async with opened() as program:
        await program.press("colon")
        await program.writes("queue pause")
        await program.press("enter")
        await program.until(
            lambda: isinstance(program.app.screen, QueueScreen) and program.app.screen.context.is_paused
        )


async def test_a_queued_prompt_is_only_shown(opened) -> None:
    """The palette drops no prompt that the user has not seen; it only opens the queue."""
    async with opened() as program:
        program.app._workspace.engine.queue.pause()
        await program.press("t")
        await program.pastes("a fox")
        await program.press("enter", "escape", "colon")
        await program.writes("drop a queued")
        await program.press("enter")
        await program.until(lambda: isinstance(program.app.screen, QueueScreen))
        await program.pilot.pause()
        assert program.app.screen.panel.count == 1


async def test_a_command_of_the_runs_leads_back_to_them(opened) -> None:
    """A command of the runs leaves the queue and focuses the runs first."""
    async with opened() as program:
        await program.runs("a fox")
        await program.press("escape", "w", "colon")
        await program.writes("sort by")
        await program.press("enter")
        await program.until(lambda: program.app.screen is program.main and program.at() == "runs")


async def test_a_run_and_a_webhook_are_gone_to(opened) -> None:
    """Choosing a run or a webhook selects it, also if another webhook is shown."""
    async with opened() as program:
        await program.runs("a purple cow")
        await program.runs("a red fox")
        await program.press("escape", "colon")
        await program.writes("purple")
        await program.press("enter")
        await program.until(lambda: program.app.screen is program.main and program.selected.prompt == "a purple cow")
        await program.press("colon")
        name = program.app._workspace.engine.profile.webhooks[-1].name
        await program.writes(name.lower())
        await program.press("enter")
        await program.until(
            lambda: program.widget("webhooks").chosen == program.app._workspace.engine.profile.webhooks[-1].key
        )
        await program.press("colon")
        await program.writes("purple")
        await program.press("enter")
        await program.until(lambda: program.app.screen is program.main and program.selected.prompt == "a purple cow")


async def test_what_nothing_is_called_filters_the_runs(opened) -> None:
    """A query without a command offers to filter the runs by it."""
    async with opened() as program:
        await program.runs("a red fox")
        await program.press("escape", "colon")
        await program.writes("zebra")
        await program.sees("Filter the runs by zebra")
        await program.press("enter")
        await program.sees("Nothing matches zebra")


async def test_the_sheet_is_exported_from_anywhere(opened) -> None:
    """The export command opens the contact sheet from every panel."""
    async with opened() as program:
        await program.press("t", "ctrl+p")
        await program.writes("export")
        await program.press("enter")
        await program.until(lambda: any(isinstance(screen, ContactSheetScreen) for screen in program.app.screen_stack))


async def test_escape_leaves_everything_as_it_was(opened) -> None:
    """Escape closes the palette, and focus and draft are unchanged."""
    async with opened() as program:
        await program.press("t")
        await program.pastes("half a prompt")
        await program.press("ctrl+p")
        assert isinstance(program.app.screen, CommandPalette)
        await program.writes("kill all")
        await program.press("escape")
        assert program.at() == "prompt" and "half a prompt" in program.text()


async def test_what_is_typed_at_the_end_of_the_list_narrows_it(opened) -> None:
    """A new query selects the first match again, however far down the cursor was."""
    async with opened() as program:
        await program.press("colon")
        await program.press(*["pagedown"] * 12)
        await program.pastes("copy curl")
        await program.sees("Copy curl")
        await program.press("enter")
        await program.until(lambda: program.app.screen is program.main)
