"""Actions on the table: filter, freeze and refresh its rows, go from match to match, choose its columns."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from cordage_tui.domain.run import RunRow
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.ui.keys.action import Count
from cordage_tui.ui.keys.disabled_reasons import DisabledReason, not_here
from cordage_tui.ui.keys.footer import Footer, key_of
from cordage_tui.ui.main.context import GO, NO_RUN, RUNS, MainAction, MainContext, RunAction
from cordage_tui.ui.main.layout import Panel
from cordage_tui.ui.main.notices import AwaySummaryController
from cordage_tui.ui.run_table.columns import SETTING, columns_text

if TYPE_CHECKING:
    from cordage_tui.ui.main.moves_to_runs import MatchActions
    from cordage_tui.ui.main.views import SavedViews
    from cordage_tui.ui.main.webhook_changes import WebhookChanges


class FilterRuns(MainAction):
    """Filter the runs as you type: words, status:failed, is:kept, seed:12."""

    id, keys, word = "runs.filter", "/", "filter"
    search = "search, find, grep, where"
    group = RUNS
    in_footer = True

    def run(self, main: MainContext) -> None:
        main.panels.show(Panel.RUNS)
        main.filter_bar.open()


class NextMatch(MainAction):
    """Go to the next match of the filter."""

    id, keys, word = "runs.next_match", "n", "next match"
    group = GO
    count = Count.REPEATS
    step = 1

    def reason(self, main: MainContext) -> DisabledReason | None:
        if main.selection.query.text or main.filter_bar.last:
            return None if main.selection.row is not None else NO_RUN
        slash = key_of(main.screen, "runs.filter")
        return not_here(one_line(f"Nothing to find yet. Press {slash} to filter first."))

    def run(self, main: MainContext) -> None:
        self.run_times(main, 1)

    def run_times(self, main: MainContext, count: int) -> None:
        moves_to_runs(main).go(self.step * count)


class PreviousMatch(NextMatch):
    """Go to the previous match."""

    id, keys, word = "runs.previous_match", "N", "previous match"
    step = -1


class FreezeList(MainAction):
    """Freeze the list, or show it as it is."""

    id, keys, word = "runs.freeze", "f", "freeze"
    group = RUNS

    def reason(self, main: MainContext) -> DisabledReason | None:
        frozen = main.selection.frozen is not None
        return None if frozen or main.table.shown else not_here("There are no runs to freeze.")

    def run(self, main: MainContext) -> None:
        from cordage_tui.ui.run_table.frozen_rows import FrozenRows

        if not main.thaw():
            query = main.selection.query
            main.selection.frozen = frozen = FrozenRows(main.selection.source, main.clock.wall())
            main.table.show(frozen, query.sort, query.descending)
            main.tick()


class ShowMeanwhile(MainAction):
    """Show the runs that ended while you were away."""

    id, keys, word = "runs.meanwhile", "m", "ended meanwhile"
    search = "away, news"
    group = RUNS
    rare = True

    def reason(self, main: MainContext) -> DisabledReason | None:
        has_runs = main.part(AwaySummaryController).has_runs
        return None if has_runs else DisabledReason(SafeText("No runs ended while you were away."))

    def run(self, main: MainContext) -> None:
        main.part(AwaySummaryController).show_runs()


class RefreshRuns(RunAction):
    """Refresh."""

    id, keys, word = "runs.refresh", "r", "refresh"
    search = "reload, update, poll"
    count = Count.MARKS
    of_marked = "refresh marked", "Refresh the marked runs"

    def run(self, main: MainContext) -> None:
        main.table.end_range()
        if rows := main.table.marked:
            with main.screen.report_errors():
                if untold := main.store.run_lookup.untold(rows):
                    main.screen.run_worker(_read_runs(main, untold), group="refresh", exclusive=False)
                else:
                    main.screen.toast(one_line("Nothing to refresh: all marked runs have ended."))
        else:
            webhook_changes(main).reload()
            saved_views(main).load()
            main.screen.run_worker(_read_webhook(main), group="refresh", exclusive=False)


def moves_to_runs(main: MainContext) -> "MatchActions":
    """Return the part that moves the cursor to runs out of view."""
    from cordage_tui.ui.main.moves_to_runs import MatchActions

    return main.part(MatchActions)


def saved_views(main: MainContext) -> "SavedViews":
    """Return the part that knows the views. They are read after the first frame."""
    from cordage_tui.ui.main.views import SavedViews

    return main.part(SavedViews)


def webhook_changes(main: MainContext) -> "WebhookChanges":
    """Return the part that changes the webhooks of the profile."""
    from cordage_tui.ui.main.webhook_changes import WebhookChanges

    return main.part(WebhookChanges)


async def _read_runs(main: MainContext, rows: Collection[RunRow]) -> None:
    if (trouble := await main.engine.bulk_refresh.read(rows)) is not None:
        main.screen.toast(trouble.what, error=True)


async def _read_webhook(main: MainContext) -> None:
    """Read the shown webhook, or all of them. The footer says when that is done."""
    footer, key = main.screen.query_one(Footer), key_of(main.screen, "runs.refresh")
    footer.show_message(key, one_line("Refreshing…"))
    if (error := await main.engine.refresh(main.selection.query.webhook_key)) is not None:
        footer.clear_message()
        main.screen.toast(error.what, error=True)
    else:
        footer.show_message(key, one_line("Up to date."))


class ChooseColumns(MainAction):
    """Choose and order the columns of the run table."""

    id, keys, word, title = "runs.columns", "vertical_line", "columns", "Columns…"
    group = RUNS
    search = "fields, hide, show, order, layout"

    def run(self, main: MainContext) -> None:
        from cordage_tui.ui.dialogs.columns import ColumnsDialog

        def show(columns: tuple[str, ...]) -> None:
            main.table.columns = columns
            main.screen.keep_setting(SETTING, columns_text(columns))

        inputs = main.selection.filter_vocabulary().inputs
        main.screen.app.push_screen(ColumnsDialog(main.table.columns, show, inputs))


ACTIONS = (FilterRuns(), NextMatch(), PreviousMatch(), FreezeList(), ShowMeanwhile(), RefreshRuns(), ChooseColumns())
