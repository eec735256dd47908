"""Views of the main screen: their rows in the sidebar, the filter of the chosen one, and their counts."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import inf
from typing import Final

from textual.content import Content
from textual.timer import Timer

from cordage_tui.config.views_file import (
    hide_view,
    read_views,
    remove_view,
    rename_view,
    save_view,
    show_hidden_views,
)
from cordage_tui.domain.filter.expression import Disjunction, FilterField, value_text
from cordage_tui.domain.filter.parser import FilterVocabulary, parse_filter
from cordage_tui.domain.filter.view import BUILT_IN, View, Views
from cordage_tui.domain.run import Status
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.store.errors import StoreError
from cordage_tui.store.runs.view_counts import ViewCount, ViewCounts
from cordage_tui.ui.dialogs.view_name import ViewNameDialog
from cordage_tui.ui.main.context import MainContext
from cordage_tui.ui.main.layout import Panel
from cordage_tui.ui.main.sidebar import Sidebar, ViewRow
from cordage_tui.ui.screen_base import EngineScreen
from cordage_tui.ui.widgets.status_signs import GLYPHS
from cordage_tui.ui.widgets.text import literal

FIRST_S: Final = 0.5
"""Seconds after the first frame until views are counted: the screen and the first reads come first."""
REST_S: Final = 0.25
"""Least seconds between two counts."""
RESTS: Final = 20
"""Rest after a count, as a multiple of the CPU seconds it took: counts use at most a twentieth of one core."""
SHOWN_AFTER_S: Final = 1.0
"""Seconds for which an outdated count is still shown as fresh while the next count is made."""
LEAST_S: Final = 1.0
"""Least seconds until a count that is due only because of the time."""
LOOKED_AT_S: Final = 60.0
"""Most seconds until the clock is read again, because the machine may have slept."""
_SHORT: Final = {BUILT_IN[0].filter: SafeText(f"{GLYPHS[Status.FAILED]} today")}
"""Names by filter, used if the sidebar is narrow."""


def view_filter(text: str, webhook: str | None) -> str:
    """Return the filter of a view that finds the same runs as `text`, but only those of a webhook (None: of all)."""
    if webhook is None:
        return text
    has_alternatives = isinstance(parse_filter(text, FilterVocabulary()).expression, Disjunction)
    return f"{FilterField.WEBHOOK}:={value_text(webhook)} {f'({text})' if has_alternatives else text}".strip()


# Counts of the views, made in the reader's thread while the sidebar shows them.


class ViewCounter:
    """Counter of the views in the sidebar. It counts again after changes and when time passes. No key waits for it."""

    def __init__(
        self,
        screen: EngineScreen[None],
        sidebar: Sidebar,
        show: Callable[[], None],
        time_has_passed: Callable[[], None],
    ) -> None:
        """`show` is called when counts may have changed. `time_has_passed` is called each minute, when a day begins and when
        a run becomes slow."""
        self._screen = screen
        self._sidebar = sidebar
        sidebar.shown = self.refresh
        self._show = show
        self._time_has_passed = time_has_passed
        self._texts: Sequence[str] = ()
        self._counts: ViewCounts | None = None
        self._timer: Timer | None = None
        self._out_of_date: float | None = None
        """Since when a count may be out of date, by the monotonic clock; None: none is."""
        self._changes = 0
        """Number of possible changes so far."""
        self._is_counting = False

    def of(self, text: str) -> ViewCount:
        """Return the last count of a filter."""
        count = self._counts.of(text) if self._counts is not None else ViewCount()
        is_late = self._out_of_date is not None and self._screen.clock.monotonic() - self._out_of_date >= SHOWN_AFTER_S
        return count._replace(is_fresh=count.is_fresh and not is_late)

    def watch(self, texts: Sequence[str]) -> None:
        """Count the runs that these filters find. The first count begins `FIRST_S` later."""
        self._texts = texts
        if self._counts is not None:
            self.refresh()
        elif self._timer is None:
            self._later(FIRST_S)

    def refresh(self) -> None:
        """Count again, because something may have changed or the sidebar is shown again."""
        if self._counts is None:
            return
        self._changes += 1
        if self._out_of_date is None:
            self._out_of_date = self._screen.clock.monotonic()
        if not self._is_counting and self._sidebar.is_on_screen:
            self._is_counting = True
            self._screen.run_worker(self._count(), group="views")

    async def _count(self) -> None:
        """Count again and again until nothing has changed during a count. Rest after each count."""
        clock = self._screen.clock
        try:
            while self._out_of_date is not None and self._counts is not None and self._sidebar.is_on_screen:
                changes, started_at = self._changes, clock.monotonic()
                late_timer = self._screen.set_timer(SHOWN_AFTER_S, self._show)
                cpu_s = await self._counts.count(self._texts, self._screen.engine.profile.names)
                late_timer.stop()
                self._out_of_date = None if changes == self._changes else started_at
                self._show()
                self._count_when_due()
                await asyncio.sleep(max(REST_S, RESTS * cpu_s))
        except StoreError:
            self._show()  # the counts are shown as outdated; the next change counts again
        finally:
            self._is_counting = False

    def _count_when_due(self) -> None:
        """Set the time of the next count, when the passing time alone makes a count outdated."""
        now = self._screen.clock.wall()
        due_at = min(self._counts.due_at if self._counts is not None else inf, now + LOOKED_AT_S)
        self._later(max(LEAST_S, due_at - now))

    def _later(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._screen.set_timer(seconds, self._count_again)

    def _count_again(self) -> None:
        if self._counts is None:
            store, profile = self._screen.store, self._screen.engine.profile.stored_as
            self._counts = ViewCounts(store.database, store.clock, store.query.filters, profile, store.reader)
        self.refresh()
        self._time_has_passed()


# Views, and the actions of their keys.


class SavedViews:
    """Views in the sidebar, with the filter of the chosen one and the changes that the user makes."""

    def __init__(self, main: MainContext) -> None:
        self._screen = main.screen
        self._paths = main.registry.paths
        self._selection = main.selection
        self._presenter = main.presenter
        self._panels = main.panels
        self._sidebar = main.sidebar
        self._bar = main.filter_bar
        self._views = Views(())
        self.counter = ViewCounter(main.screen, self._sidebar, self._show, self._reload_matches)
        self._shown: View | None = None
        """View whose filter was shown last; None: no view is chosen."""
        self._before = ""
        """Filter that was shown before that view was chosen."""

    def load(self) -> None:
        """Read the views and show them. Each problem of the file is shown once."""
        before = self._views.problems
        self._read()
        for problem in self._views.problems:
            if problem not in before:
                self._screen.toast(problem, error=True)

    @property
    def all(self) -> Sequence[View]:
        """Views in their order, including hidden ones."""
        return self._views.all

    def _read(self) -> None:
        self._views = read_views(self._paths)
        self.counter.watch([view.filter for view in self._views.shown])
        self._show()

    def _show(self) -> None:
        self._sidebar.show(views=[self._row(view) for view in self._views.shown])

    def _reload_matches(self) -> None:
        """Show the runs that the filter finds now. With time other runs may match, even if nothing happens."""
        if self._selection.query.text:
            self._selection.table.reload()
            self._presenter.show_changed(frozenset())
            self._presenter.show_state()

    def _row(self, view: View) -> ViewRow:
        count, short = self.counter.of(view.filter), _SHORT.get(view.filter)
        return ViewRow(one_line(view.name), count.rows, count.is_fresh, count.is_understood, view.is_built_in, short)

    def choose(self, name: str) -> None:
        """Show the runs that a view finds, with its filter in the filter field."""
        view = self._views.named(name)
        if view is None:
            return
        query = self._selection.query
        if self._shown is None or query.text != self._shown.filter:
            self._before = query.text
        self._shown = view
        self._bar.show_text(view.filter)
        self._presenter.show_webhook(None, text=view.filter, ended_after=None)

    def go_to(self, view: View) -> None:
        """Choose a view, also in the sidebar if it is listed there, and go to its runs."""
        self._sidebar.select(None)
        self._sidebar.select_view(view.name)
        self.choose(view.name)
        self._panels.go(Panel.RUNS)

    def leave(self) -> Mapping[str, str]:
        """Leave the chosen view. Return the change of the query that restores the filter before it.

        Empty: no view was chosen, or its filter was edited since.
        """
        view, self._shown = self._shown, None
        if view is None or self._selection.query.text != view.filter:
            return {}
        self._bar.show_text(self._before)
        return {"text": self._before}

    def follow_filter(self, text: str) -> None:
        """Leave the view in the sidebar when its filter is edited or cleared."""
        if self._sidebar.chosen_view is not None and self._shown is not None and text != self._shown.filter:
            self._sidebar.select(None)
            self._shown = self._shown if text else None

    def save(self, text: str) -> None:
        """Ask for a name, and save the filter as a view with that name. Ask again before a view is replaced."""
        key = self._selection.query.webhook_key
        saved_filter = view_filter(text, self._screen.engine.profile.label(key) if key else None)
        edited = self._shown.name if self._shown is not None and not self._shown.is_built_in else ""

        def answered(name: str | None) -> None:
            known = self._views.named(name) if name else None
            if name and known is None:
                self._save(name, saved_filter)
            elif name and known is not None:
                self._confirm_replacing(known, saved_filter)

        dialog = ViewNameDialog(one_line("Save as a view"), edited, saved_filter, "Save")
        self._screen.app.push_screen(dialog, answered)

    def _confirm_replacing(self, known: View, new_filter: str) -> None:
        lines = [
            Content.assemble(literal(SafeText("now  "), "$quiet"), literal(one_line(known.filter, 200))),
            Content.assemble(literal(SafeText("then "), "$quiet"), literal(one_line(new_filter, 200))),
        ]
        if known.is_built_in:
            lines.append(literal(SafeText("The built-in view comes back when yours is removed."), "$quiet"))
        title = one_line(f"Replace the view {known.name}?")
        self._screen.confirm(title, lines, one_line("Replace"), lambda: self._save(known.name, new_filter))

    def _save(self, name: str, text: str) -> None:
        with self._screen.report_errors():
            save_view(self._paths, name, text)
            self._read()
            saved = self._views.named(name)
            if saved is not None:
                self.go_to(saved)
                self._screen.toast(one_line(f"Saved as {saved.name}."))

    def rename(self, name: str) -> None:
        """Ask for another name of a view."""
        view = self._views.named(name)

        def answered(new: str | None) -> None:
            if new is not None and view is not None:
                with self._screen.report_errors():
                    rename_view(self._paths, view.name, new)
                    self._sidebar.select(None)
                    self._read()
                    self._sidebar.select_view(one_line(new))
                    self._presenter.show_query()

        if view is not None:
            dialog = ViewNameDialog(one_line("Rename view"), view.name, view.filter, "Rename")
            self._screen.app.push_screen(dialog, answered)

    def remove(self, name: str) -> None:
        """Hide a built-in view, or remove a view of the user; the removal asks first."""
        view = self._views.named(name)
        if view is None:
            return
        if view.is_built_in:
            self._change(hide_view, view.name)
            self._screen.toast(
                one_line(f'{view.name} is hidden. "Show hidden views" in the command palette brings it back.')
            )
            return
        body = [literal(one_line(view.filter, 200)), literal(one_line("Its runs stay."), "$quiet")]
        remove = partial(self._change, remove_view, view.name)
        self._screen.confirm(one_line(f"Remove {view.name}?"), body, one_line("Remove"), remove, danger=True)

    def show_hidden(self) -> None:
        """Show the hidden views again."""
        self._change(show_hidden_views)

    def _change(self, change: Callable[..., None], *names: str) -> None:
        with self._screen.report_errors():
            change(self._paths, *names)
            self._read()
