"""Screen that finds any prompt that was ever sent, and loads it into the prompt panel. It sends nothing."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from textual import on
from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.events import Click, Key, Resize
from textual.message import Message
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.fuzzy_query import query_words
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.engine.engine import Engine
from cordage_tui.store.prompt_history import BodyStatistics, SentBodies
from cordage_tui.store.prompt_search import MOST_FOUND, BodyQuery, FoundBodies, HistoryScope, search_bodies
from cordage_tui.store.reader_thread import LongRead
from cordage_tui.ui.dialogs.base import FormDialog
from cordage_tui.ui.images.renderer import ImageRenderer
from cordage_tui.ui.keys.action import Action, ActionNode, bindings_of
from cordage_tui.ui.keys.footer import Footer, main_key
from cordage_tui.ui.prompt.history_lines import HistoryPreview, body_line
from cordage_tui.ui.screen_base import EngineScreen, EventBatch
from cordage_tui.ui.widgets.line_view import BorderPanel, ListView
from cordage_tui.ui.widgets.text import SteadyInput, literal

FIRST_S: Final = 0.008
"""Longest wait for the first bodies, in seconds, before the frame that follows a key is drawn."""
SHOWN_EVERY_S: Final = 0.15
"""Least seconds between two updates of the list while a search is running."""
SETTLED_S: Final = 0.12
"""Seconds until the picture of the body under the cursor is requested. A held key moves past many bodies."""
FOLLOWED_EVERY_S: Final = 1.0
"""Least seconds between two searches because runs have changed."""
BROAD: Final = 110
"""Columns from which the preview is beside the list instead of below it."""
ALL_SCOPES: Final = 72
"""Columns from which the title names all scopes."""
_KEPT: Final = 500
"""Bodies whose statistics are kept in memory."""
_EMPTY: Final = {
    HistoryScope.WEBHOOK: "Nothing was sent to this webhook yet.",
    HistoryScope.ALL: "Nothing was sent yet.",
    HistoryScope.KEPT: "No output was kept yet.",
    HistoryScope.FAILED: "No prompt has failed.",
    HistoryScope.PINNED: "The library is empty. Name a prompt to save it here.",
}
"""Message for each scope if it has no prompts."""
_SYNTAX: Final = "words, in any order"


@dataclass(frozen=True, slots=True)
class LoadedBody:
    """Result of the screen: the body to load into the prompt panel."""

    body: BodyStatistics
    only_fields: bool
    """True if the text that is written in the panel stays."""


class LoadFromHistory(Action["PromptHistoryScreen"]):
    """Load this prompt into the prompt panel; sends nothing."""

    id, keys, word = "history.load", "enter", "load"
    in_footer = True
    only_fields = False

    def run(self, on: "PromptHistoryScreen") -> None:
        on.load(only_fields=self.only_fields)


class LoadFieldsFromHistory(LoadFromHistory):
    """Load only this prompt's fields; the text in the prompt panel stays."""

    id, keys, word = "history.load_fields", "tab", "load fields"
    only_fields = True


class NextHistoryScope(Action["PromptHistoryScreen"]):
    """Search this webhook, all webhooks, what was kept, what failed, or the library."""

    id, keys, word = "history.scope", "ctrl+r", "scope"
    in_footer = True

    def run(self, on: "PromptHistoryScreen") -> None:
        on.search_next_scope()


class NamePrompt(Action["PromptHistoryScreen"]):
    """Save this prompt in the library; clear the name to remove it."""

    id, keys, word = "history.pin", "alt+p", "name"
    in_footer = True

    def run(self, on: "PromptHistoryScreen") -> None:
        on.name_prompt()


class CloseHistory(Action["PromptHistoryScreen"]):
    """Go back to the prompt."""

    id, keys, word = "history.close", "escape", "back"
    in_footer = True

    def run(self, on: "PromptHistoryScreen") -> None:
        on.dismiss()


class NextFromHistory(Action["PromptHistoryScreen"]):
    """Move down one prompt."""

    id, keys, word = "history.down", "down,ctrl+n", "down"
    step = 1

    def run(self, on: "PromptHistoryScreen") -> None:
        on.bodies.move_lines(self.step)


class PreviousFromHistory(NextFromHistory):
    """Move up one prompt."""

    id, keys, word = "history.up", "up", "up"
    step = -1


class NextHistoryPage(Action["PromptHistoryScreen"]):
    """Move down one page."""

    id, keys, word = "history.page_down", "pagedown", "page down"
    step = 1

    def run(self, on: "PromptHistoryScreen") -> None:
        on.bodies.move_pages(self.step)


class PreviousHistoryPage(NextHistoryPage):
    """Move up one page."""

    id, keys, word = "history.page_up", "pageup", "page up"
    step = -1


class HistoryInput(ActionNode, SteadyInput):
    """Input of the query. Its keys run the actions of the screen instead of those of a text field."""

    BINDING_GROUP_TITLE = "History"
    ACTIONS = (
        LoadFromHistory(),
        NextHistoryScope(),
        NamePrompt(),
        LoadFieldsFromHistory(),
        CloseHistory(),
        NextFromHistory(),
        PreviousFromHistory(),
        NextHistoryPage(),
        PreviousHistoryPage(),
    )
    BINDINGS = bindings_of(ACTIONS)

    def __init__(self) -> None:
        super().__init__(placeholder=_SYNTAX, compact=True)

    def acted_on(self) -> Screen[Any]:
        return self.screen


class HistoryList(ListView, can_focus=False):
    """List of the bodies that were found. A click on the body under the cursor chooses it."""

    class Chosen(Message):
        """The body under the cursor was clicked."""

    class Moved(Message):
        """The cursor is on another body."""

    def __init__(self) -> None:
        super().__init__(classes="history-list")
        self._rows: Sequence[RowId] = ()
        self._line: Callable[[RowId, bool, int], Content] = lambda row, cursor, width: Content("")
        self._empty = Content("")

    def show(self, rows: Sequence[RowId], line: Callable[[RowId, bool, int], Content], empty: Content) -> None:
        """Show these bodies. `line` draws one: it gets the row, whether the cursor is on it, and the width. `empty` is shown if
        there are none."""
        self._rows, self._line, self._empty = rows, line, empty
        self._kept.clear()
        self.index = max(0, min(self.index, len(rows) - 1))
        self.redraw()

    @property
    def count(self) -> int:
        return len(self._rows)

    @property
    def row(self) -> RowId | None:
        """Row of the body under the cursor."""
        return self._rows[self.index] if self._rows else None

    def move_pages(self, pages: int) -> None:
        """Move the cursor down by a number of pages. Two pages have one line in common."""
        self.move_lines(pages * max(1, self.size.height - 1))

    def moved(self) -> None:
        self.redraw()
        self.post_message(self.Moved())

    def redraw(self) -> None:
        if not self._rows:
            self.draw([Content(""), Content.assemble(" ", self._empty)])
            return
        self.draw_lines()

    def draw_line(self, index: int, cursor: bool, width: int) -> Content:
        return self._line(self._rows[index], cursor, width)

    def on_click(self, event: Click) -> None:
        event.prevent_default()  # the base class would only move the cursor
        if self.line_at(event.get_content_offset_capture(self).y) == self.index and self._rows:
            self.post_message(self.Chosen())
        else:
            super().on_click(event)


class HistoryPanel(BorderPanel, Widget):
    """Panel of the query and of the bodies that were found."""

    CHILDREN_PAINT = True

    def __init__(self, *inside: Widget) -> None:
        super().__init__()
        self._inside = inside

    def compose(self) -> ComposeResult:
        yield from self._inside


class PinDialog(FormDialog[SafeText]):
    """Form for the name of a prompt in the library. Returns the name; empty: the prompt leaves the library. None: cancelled."""

    AUTO_FOCUS = "#name"

    def __init__(self, name: SafeText | None) -> None:
        super().__init__(SafeText("Name this prompt"), save="Save")
        self._pin_name = name or SafeText("")

    def compose_fields(self) -> ComposeResult:
        yield Static(Content("Name"), classes="label")
        yield SteadyInput(self._pin_name, id="name", compact=True, max_length=60)
        yield Static(literal(SafeText("A saved prompt is in the library. Clear the name to remove it."), "$quiet"))

    @on(Input.Submitted, "#name")
    @on(Button.Pressed, "#save")
    def _save(self) -> None:
        self.dismiss(one_line(self.query_one("#name", Input).value, 60))


def scopes_title(scope: HistoryScope, webhook: SafeText, width: int) -> Content:
    """Return the scopes, with the present one marked. On a narrow panel, return only the present one."""
    scopes = list(HistoryScope) if width >= ALL_SCOPES else [scope]
    labels = [
        literal(webhook if s is HistoryScope.WEBHOOK else one_line(s), "$accent bold" if s is scope else "$quiet")
        for s in scopes
    ]
    return Content.assemble("History  ", Content("  ").join(labels))


def counts_title(found: FoundBodies, *, is_complete: bool) -> Content:
    """Return `12 of 3,402`, and while the search is running, the share that has been read."""
    best = f" · best {MOST_FOUND:,} shown" if found.matched > MOST_FOUND else ""
    read = "" if is_complete else f" · {found.share:.0%} read"
    return Content(f"{found.matched:,} of {found.total:,}{best}{read}")


class PromptHistoryScreen(EngineScreen[LoadedBody | None]):
    """Screen of the prompt history. It exists only while it is open. Returns what to load; None: nothing."""

    AUTO_FOCUS = "HistoryInput"
    TITLE = "History"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (BROAD, "-broad")]

    def __init__(self, engine: Engine, clock: Clock, renderer: ImageRenderer, webhook_key: str) -> None:
        """Create the screen. `webhook_key` is the key of the prompt panel's webhook."""
        super().__init__(engine, clock)
        self._webhook_key = webhook_key
        self._scope = HistoryScope.WEBHOOK
        self._table = SentBodies(engine.store.database, engine.profile.stored_as)
        self._search: LongRead[FoundBodies] | None = None
        self._found = FoundBodies()
        """Bodies in the list."""
        self._is_complete = False
        """True if the list has all bodies that match."""
        self._words: tuple[str, ...] = ()
        """Words of the query that the listed bodies match."""
        self._awaited_words: tuple[str, ...] | None = None
        """Words of a search whose results are not listed yet; None: there is no such search."""
        self._loads: bool | None = None
        """Set if the best match of that search should be loaded when it is found; the value is `LoadedBody.only_fields`."""
        self._bodies: dict[RowId, BodyStatistics | None] = {}
        self._outputs: dict[RowId, OutputRef | None] = {}
        """Best output of each body that the cursor has been on; None: it has none."""
        self._input, self.bodies = HistoryInput(), HistoryList()
        self._panel = HistoryPanel(self._input, self.bodies)
        self._preview = HistoryPreview(engine, renderer, clock.wall)
        self._renderer = renderer
        self._chosen: RowId | None = None
        """Row that the user has moved the cursor to; None: the cursor is on the best match."""
        self._settling: Timer | None = None
        self._following: Timer | None = None
        self._typed_ahead = ""

    def compose(self) -> ComposeResult:
        with Container(classes="history"):
            yield self._panel
            yield self._preview
        yield Footer()

    def on_mount(self) -> None:
        self._renderer.changed.subscribe(self, lambda _: self._preview.redraw())
        self._begin()

    def on_key(self, event: Key) -> None:
        """Keep what is typed before the field has the focus: it was meant for the field."""
        if self.focused is None and event.is_printable:
            self._typed_ahead += event.character or ""

    def on_descendant_focus(self) -> None:
        typed, self._typed_ahead = self._typed_ahead, ""
        if typed:
            self._input.insert_text_at_cursor(typed)

    def on_unmount(self) -> None:
        self._renderer.changed.unsubscribe(self)
        self._cancel()

    @on(Input.Changed)
    def _find(self) -> None:
        """Search for the typed words. Bodies that are found at once are shown at once, the others later."""
        self._chosen = self._loads = None
        self._begin()

    def _begin(self, *, keeps_list: bool = False) -> None:
        """Search for the typed words. The old list stays until the first bodies are found; with `keeps_list` until the search is
        done."""
        self._cancel()
        text = self._input.value
        query = BodyQuery(self.engine.profile.stored_as, text, self._scope, self._webhook_key)
        self._search = search = self.store.reader.begin_read(partial(search_bodies, query=query))
        if not keeps_list:
            self._awaited_words = query_words(text)
            search.wait(FIRST_S)
            if search.is_done or search.latest is not None:
                self._take(search)
            else:
                self._show_counts()
        if self._awaited_words is not None or not self._is_complete or keeps_list:
            self.run_worker(self._follow_search(search, keeps_list), group="history", exclusive=True)

    def _cancel(self) -> None:
        if self._search is not None:
            self.store.reader.cancel(self._search)

    def _take(self, search: LongRead[FoundBodies]) -> None:
        """List what has been found so far. A database that cannot be read ends the search."""
        self._is_complete = search.is_done
        with self.report_errors():
            search.check()
        if self._awaited_words is not None:
            self._found, self._words, self._awaited_words = FoundBodies(), self._awaited_words, None
        self._found = search.latest or self._found
        self._show()
        loads, self._loads = self._loads, None
        if loads is not None:
            self.load(only_fields=loads)

    async def _follow_search(self, search: LongRead[FoundBodies], keeps_list: bool) -> None:
        """List the first bodies as soon as they are found, and update the list no more often than somebody can read it."""
        listed_at = self.clock.monotonic()
        while search is self._search:
            is_done = search.is_done
            is_first = search.latest is not None and (self._awaited_words is not None or not self._found.rows)
            is_time = self.clock.monotonic() - listed_at >= SHOWN_EVERY_S
            if is_done or (not keeps_list and (is_first or is_time)):
                listed_at = self.clock.monotonic()
                self._take(search)
            if is_done:
                return
            await search.more()

    @on(Resize)
    def _show(self) -> None:
        """Show what has been found so far. The cursor stays where the user has put it, otherwise it is on the best match."""
        rows = self._found.rows
        self.bodies.index = (
            rows.index(self._chosen) if self._chosen in rows else 0 if self._chosen is None else self.bodies.index
        )
        self.bodies.show(rows, self._line, self._why_empty())
        self._show_counts()
        self._show_preview()

    def _show_counts(self) -> None:
        """Show scope and counts in the title, or `Searching…` while the list is that of the search before."""
        name = one_line(self.engine.profile.label(self._webhook_key), 30)
        title = scopes_title(self._scope, name, self.app.size.width)
        is_waiting = self._awaited_words is not None
        counts = Content("Searching…") if is_waiting else counts_title(self._found, is_complete=self._is_complete)
        self._panel.set_titles(title, counts)

    def _why_empty(self) -> Content:
        if not self._is_complete:
            return Content("Searching…")
        text, key = one_line(self._input.value, 40), main_key(self, "history.scope")
        if text:
            return Content.assemble("Nothing matches ", text, ". ", key, f" searches: {self._scope.following.value}.")
        return Content.assemble(_EMPTY[self._scope], " ", key, f" shows: {self._scope.following.value}.")

    def _body(self, row: RowId) -> BodyStatistics | None:
        if row not in self._bodies:
            if len(self._bodies) > _KEPT:
                self._forget()
            self._bodies[row] = self.reads.last_good(self._table.statistics, None, row)
        return self._bodies[row]

    def _forget(self) -> None:
        self._bodies.clear()
        self._outputs.clear()

    def _line(self, row: RowId, cursor: bool, width: int) -> Content:
        body = self._body(row)
        if body is None:
            return Content("")
        webhook = None if self._scope is HistoryScope.WEBHOOK else one_line(self.engine.profile.label(body.webhook_key))
        return body_line(body, self._words, self.clock.wall(), width, webhook=webhook, cursor=cursor)

    def _show_preview(self) -> None:
        """Show the body under the cursor, and its picture once the cursor has stopped."""
        row = self.bodies.row
        if row is not None and row not in self._outputs:
            self._outputs[row] = self.reads.last_good(self._table.best_output, None, row)
        body, output = (None, None) if row is None else (self._body(row), self._outputs[row])
        self._preview.show(body, output)
        if self._settling is not None:
            self._settling.stop()
        self._settling = self.set_timer(SETTLED_S, self._want_picture)

    def _want_picture(self) -> None:
        if self.is_active:
            self.engine.pictures.want(self._preview.wanted())
            self._preview.redraw()

    def apply_events(self, batch: EventBatch) -> None:
        if batch.images:
            self._preview.redraw()
        if batch.rows and self._following is None:
            self._following = self.set_timer(FOLLOWED_EVERY_S, self._follow)

    def _follow(self) -> None:
        """Search again after prompts were sent or rated or runs have ended. The cursor stays on its prompt."""
        self._following = None
        self._forget()
        self._chosen = self.bodies.row if self.bodies.index else None
        self._begin(keeps_list=True)

    @on(HistoryList.Moved)
    def _note_cursor(self) -> None:
        self._chosen = self.bodies.row
        self._show_preview()

    def search_next_scope(self) -> None:
        """Search in the next scope."""
        self._scope = self._scope.following
        self._find()

    @on(HistoryList.Chosen)
    def _load_chosen(self) -> None:
        self.load(only_fields=False)

    def load(self, *, only_fields: bool) -> None:
        """Load the prompt under the cursor. While a search has no results yet, load its best match once that is found."""
        if self._awaited_words is not None and self._chosen is None:
            self._loads = only_fields  # the listed bodies may not match
            return
        row = self.bodies.row
        body = self._body(row) if row is not None else None
        if body is not None:
            self.dismiss(LoadedBody(body, only_fields))

    def name_prompt(self) -> None:
        """Ask for the name of the prompt under the cursor."""
        row = self.bodies.row
        body = self._body(row) if row is not None else None
        if body is None:
            return

        def save_name(name: SafeText | None) -> None:
            if name is not None:
                with self.report_errors():
                    self._table.rename(body.row, name)
                    self._follow()

        self.app.push_screen(PinDialog(body.name), save_name)
