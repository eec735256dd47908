"""Actions that kill runs."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cordage_tui.domain.run import Status
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.engine.kill.bulk_kill import ORDER
from cordage_tui.ui.keys.action import Count, KeyLabel
from cordage_tui.ui.keys.disabled_reasons import DisabledReason, not_here
from cordage_tui.ui.keys.footer import key_of
from cordage_tui.ui.main.context import NO_RUN, RUNS, MainAction, MainContext, RunAction

if TYPE_CHECKING:
    from cordage_tui.ui.main.kills import Kills


class KillRuns(RunAction):
    """Kill this run; asks first."""

    id, keys, word = "run.kill", "x", "kill"
    search = "cancel, stop, abort"
    in_footer = sends = True
    count = Count.MARKS
    of_marked = "kill marked", "Kill the marked runs that have not ended; asks first"
    of_batch = "kill remaining", "Kill this batch's runs and drop its queued prompts; asks first"

    def reason(self, main: MainContext) -> DisabledReason | None:
        selection = main.selection
        if selection.span:
            return None
        if selection.marked:
            return _why_not_many(main, selection.marked, "All marked runs have ended or are being killed.")
        if (line := selection.batch) is not None:
            progress = selection.batch_progress(line.id)
            why = SafeText("All runs of this batch have ended.")
            if progress is not None and progress.ended == progress.total:
                return DisabledReason(why)
            return _why_not_many(main, progress.counts if progress else {}, why)
        if selection.row is None:
            return NO_RUN
        ended = selection.row.status.is_final and selection.row.run_id is not None
        return not_here("This run has already ended.") if ended else None

    def label(self, main: MainContext) -> KeyLabel | None:
        label = super().label(main)
        ends = sum(main.selection.marked.get(status, 0) for status in ORDER)
        if label is not None and ends and not main.selection.span:
            return KeyLabel(one_line(f"kill {ends:,}"), label.tooltip)
        return label

    def run(self, main: MainContext) -> None:
        main.table.end_range()
        if rows := main.selection.rows:
            _kills(main).confirm_many(rows)
        elif (row := main.selection.row) is not None:
            _kills(main).confirm_one(row)


class StopKills(MainAction):
    """Stop killing; runs not killed yet keep running."""

    id, keys, word = "run.stop_kills", "X", "stop killing"
    search = "kill"
    group = RUNS
    in_footer = rare = True

    def reason(self, main: MainContext) -> DisabledReason | None:
        progress = main.engine.bulk_kill.progress
        can_stop = progress is not None and not progress.stopping
        return None if can_stop else DisabledReason(SafeText("No runs are being killed."))

    def run(self, main: MainContext) -> None:
        main.engine.bulk_kill.stop()


class KillShown(MainAction):
    """Kill all runs in the table, in sight or not, and drop what is queued; asks first."""

    id, title = "runs.kill_shown", "Kill all shown"
    search = "cancel all, stop all, kill everything, stop everything"
    sends = True

    def run(self, main: MainContext) -> None:
        _kills(main).confirm_many(main.selection.all_shown)


def _kills(main: MainContext) -> "Kills":
    from cordage_tui.ui.main.kills import Kills

    return Kills(main)


def _why_not_many(main: MainContext, counts: Mapping[Status, int], ended: str) -> DisabledReason | None:
    if main.engine.bulk_kill.progress is not None:
        return not_here("Runs are already being killed; wait, or stop that first.")
    if any(counts.get(status) for status in ORDER):
        return None
    if counts.get(Status.UNCERTAIN):
        key = key_of(main.screen, "run.kill")
        return not_here(f"Uncertain prompts are dropped one at a time: unmark them, then press {key}.")
    return not_here(ended)


ACTIONS = (KillRuns(), StopKills(), KillShown())
