"""Kills of one run or of many at once, which the main screen asks about first."""

from collections.abc import Collection, Sequence
from functools import partial
from typing import Final

from cordage_tui.domain.formatting import time_figure
from cordage_tui.domain.run import MatchedBy, RowId, RunRow, Status
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.events import KillOutcome
from cordage_tui.engine.kill.bulk_kill import KillPlan, kills_take_s
from cordage_tui.ui.dialogs.kill import BulkKillDialog, BulkTarget, KillDialog, KillTarget
from cordage_tui.ui.main.context import MainContext
from cordage_tui.ui.queue.drop_or_resend import confirm_drop

_UNDER_WAY: Final = one_line("Runs are already being killed; wait, or stop that first.")


class Kills:
    """Questions before runs are killed, and the kills after the user has said yes."""

    def __init__(self, main: MainContext) -> None:
        self._main = main
        self._screen = main.screen
        self._engine = main.engine

    def confirm_one(self, row: RunRow) -> None:
        """Kill a run, or drop a prompt that has no id yet; asks first.

        The run that the dialog names is killed, even if the cursor moves before the answer.
        """
        if row.status.is_final and row.run_id is not None:
            return
        if row.run_id is None:
            confirm_drop(self._screen, row)
        else:
            dialog = KillDialog(self._engine, partial(self._target, row))
            self._screen.app.push_screen(dialog, partial(self._start, row))

    def _start(self, row: RunRow, yes: bool | None) -> None:
        if yes:
            self._screen.run_worker(self._kill(row), group="kill", exclusive=False)

    def _target(self, shown: RunRow) -> KillTarget:
        """Read the present state of a run that should be killed."""
        row = self._main.store.rows.get(shown.id) or shown
        profile, elapsed = self._engine.profile, time_figure(row, self._main.clock.wall())
        return KillTarget(
            row=row.id,
            short_id=row.short_id,
            prompt=row.prompt,
            webhook=one_line(profile.label(row.webhook_key)),
            status=row.status,
            status_name=row.status_name,
            elapsed=one_line(elapsed) if elapsed else None,
            protected=profile.protected,
            is_guess=row.matched is MatchedBy.GUESS,
        )

    async def _kill(self, row: RunRow) -> None:
        with self._screen.report_errors():
            report = await self._engine.killer.kill(row)
            self._screen.toast(report.words, error=report.outcome is KillOutcome.NOT_KILLED)

    def confirm_many(self, rows: Sequence[RowId]) -> None:
        """Kill these rows, and drop those that are queued; asks first. Later changes of the marks do not matter."""
        if self._engine.bulk_kill.progress is not None:
            self._screen.toast(_UNDER_WAY)
            return
        with self._screen.report_errors():
            plan = self._engine.bulk_kill.plan(rows)
            if not plan.total:
                self._screen.toast(nothing_to_kill(plan))
                return
            asked_kill = AskedKill(self._engine, rows, self._seen(), plan)
            dialog = BulkKillDialog(self._engine, asked_kill.count_runs, plan.drops)
            self._screen.app.push_screen(dialog, lambda yes: self._start_many(asked_kill.plan) if yes else None)

    def _seen(self) -> Collection[RowId] | None:
        """Return the rows that the table lists; None: all."""
        query, source = self._main.selection.query, self._main.selection.source
        is_narrowed = query.is_filtered or query.webhook_key is not None
        return source.statuses(0, source.count()) if is_narrowed else None

    def _start_many(self, plan: KillPlan) -> None:
        with self._screen.report_errors():
            if not self._engine.bulk_kill.start(plan):
                self._screen.toast(_UNDER_WAY)


class AskedKill:
    """Bulk kill that the user is asked about, planned again while the question is open."""

    def __init__(self, engine: Engine, rows: Sequence[RowId], seen: Collection[RowId] | None, plan: KillPlan) -> None:
        self.plan = plan
        """Plan that the question shows now, and that a yes carries out."""
        self._engine = engine
        self._rows = rows
        self._seen = seen

    def count_runs(self) -> BulkTarget:
        """Plan the kill of the same runs again, and count them. Raises StoreError."""
        self.plan = plan = self._engine.bulk_kill.plan(self._rows)
        seen, budget = self._seen, self._engine.bulk_kill.budget
        return BulkTarget(
            counts=plan.counts,
            left_out=plan.left_out,
            unseen=0 if seen is None else sum(row not in seen for row in (*plan.drops, *plan.kills)),
            guesses=plan.guesses,
            takes_s=kills_take_s(len(plan.kills), budget),
            a_minute=budget.limit,
            protected=self._engine.profile.protected,
        )


def nothing_to_kill(plan: KillPlan) -> SafeText:
    """Say why none of the marked runs is killed."""
    if Status.UNCERTAIN in plan.left_out:
        return one_line("Uncertain prompts are dropped one at a time: unmark them, then press x.")
    return one_line("All marked runs have ended or are being killed.")
