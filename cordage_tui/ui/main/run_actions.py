"""Actions of the main screen on runs: kill, drop, resend, settle, edit, refresh; one run or many."""

from collections.abc import Collection, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from cordage_tui.domain.formatting import counted, time_figure
from cordage_tui.domain.outbox import Expected, StateChange
from cordage_tui.domain.run import OutboxState, RowId, RunRow, Status
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.errors import describe_change
from cordage_tui.engine.events import KillOutcome
from cordage_tui.engine.kill.bulk_kill import KillPlan, kills_take_s
from cordage_tui.engine.outbox.linked_inputs import OutputNames
from cordage_tui.ui.dialogs.kill import BulkKillDialog, BulkTarget, KillDialog, KillTarget
from cordage_tui.ui.keys.footer import Footer, key_of
from cordage_tui.ui.main.presenter import MainPresenter
from cordage_tui.ui.main.selection import RunSelection
from cordage_tui.ui.queue.actions import SubmissionActions
from cordage_tui.ui.screen_base import EngineScreen

if TYPE_CHECKING:
    from cordage_tui.domain.tag import TagChange

_UNDER_WAY: Final = one_line("Runs are already being killed; wait, or stop that first.")


class RunActions:
    """Actions on the selected run, or on the marked ones."""

    def __init__(self, host: EngineScreen[None], selection: RunSelection, presenter: MainPresenter) -> None:
        self._host = host
        self._engine = host.engine
        self._selection = selection
        self._presenter = presenter
        self._submissions = SubmissionActions(host)

    def kill(self, row: RunRow | None) -> None:
        """Kill a run, or drop a prompt that has no id yet; asks first. The dialog's run is killed, wherever the cursor goes."""
        if row is None or (row.status.is_final and row.run_id is not None):
            return
        if row.run_id is None:
            if (expected := self._expected(row.id)) is not None:
                self._submissions.drop(row.id, row.prompt, expected)
        else:
            dialog = KillDialog(self._engine, partial(self._kill_target, row))
            self._host.app.push_screen(dialog, partial(self._start_kill, row))

    def _start_kill(self, row: RunRow, yes: bool | None) -> None:
        if yes:
            self._host.run_worker(self._kill(row), group="kill", exclusive=False)

    def _kill_target(self, shown: RunRow) -> KillTarget:
        """Read a run that is to be killed as it is now."""
        row = self._host.store.query.row(shown.id) or shown
        profile, elapsed = self._engine.profile, time_figure(row, self._host.clock.wall())
        return KillTarget(
            row=row.id,
            short_id=row.short_id,
            prompt=row.prompt,
            webhook=one_line(profile.label(row.webhook_key)),
            status=row.status,
            status_name=row.status_name,
            elapsed=one_line(elapsed) if elapsed else None,
            protected=profile.protected,
        )

    async def _kill(self, row: RunRow) -> None:
        with self._host.report_errors():
            report = await self._engine.killer.kill(row)
            self._host.toast(report.words, error=report.outcome is KillOutcome.NOT_KILLED)

    def resend(self, row: RunRow | None) -> None:
        """Send a prompt once more whose answer was lost; asks first."""
        expected = self._expected(row.id) if row is not None and row.status is Status.UNCERTAIN else None
        if row is not None and expected is not None:
            self._submissions.resend(row.id, row.prompt, expected)

    def _expected(self, row: RowId) -> Expected | None:
        """State of a prompt of ours as a question about it opens; None where there is nothing to ask, which a toast says."""
        with self._host.report_errors():
            expected = self._host.store.outbox.expected(row)
            if expected and expected.state not in (OutboxState.SENDING, OutboxState.ACCEPTED, OutboxState.DROPPED):
                return expected
            self._host.toast(describe_change(StateChange(False, expected.state if expected else None)))
        return None

    def settle(self, row: RunRow | None) -> None:
        """Ask which prompts ran of a match set: those whose runs may be each other's."""
        from cordage_tui.ui.dialogs.settle import open_settle

        if row is not None:
            open_settle(self._host, self._engine, row.id, self._host.clock.wall())

    def edit(self) -> None:
        """Load the selected run's inputs into the prompt panel, to edit and run again."""
        row, detail = self._selection.row, self._selection.detail
        if row is not None and detail is not None and detail.inputs is not None:
            with self._host.report_errors():
                lineage = self._host.store.run_lookup.child_lineage(row.id)
                names = OutputNames(self._engine.store, self._engine.profile.stored_as)
                inputs = names.named(detail.inputs, lineage.links)
                self._presenter.load_prompt(row.webhook_key, inputs, lineage=lineage)

    def ask_tags(self, rows: Sequence[RowId]) -> None:
        """Ask which tags runs get and lose, and change them; those that were selected when the dialog opened."""
        from cordage_tui.ui.dialogs.tags import TagsDialog, TagTarget  # late: the first screen tags none

        if not rows:
            return
        with self._host.report_errors():
            tags = self._host.store.tags
            target = TagTarget.of(rows, tags.of_rows(rows), tags.counts(self._engine.profile.stored_as))
            self._host.app.push_screen(TagsDialog(target), partial(self._tag, rows))

    def _tag(self, rows: Sequence[RowId], change: "TagChange | None") -> None:
        if change:
            with self._host.report_errors():
                self._host.store.tags.change(rows, change)
                signed = [*(f"+{tag}" for tag in sorted(change.added)), *(f"-{tag}" for tag in sorted(change.removed))]
                runs = counted(len(rows), "run")
                self._host.toast(one_line(f"{runs}: {' '.join(signed)}"))

    def refresh(self, webhook_key: str | None) -> None:
        """Read a webhook now; None: all of them."""
        footer, key = self._host.query_one(Footer), key_of(self._host, "runs.refresh")

        async def read() -> None:
            footer.show_message(key, one_line("Refreshing…"))
            if (error := await self._engine.refresh(webhook_key)) is not None:
                footer.hush()
                self._host.toast(error.what, error=True)
            else:
                footer.show_message(key, one_line("Up to date."))

        self._host.run_worker(read(), group="refresh", exclusive=False)

    def kill_many(self, rows: Sequence[RowId]) -> None:
        """Kill these rows, dropping what is queued; asks first. What was marked when the dialog opened is killed."""
        if self._engine.bulk_kill.progress is not None:
            self._host.toast(_UNDER_WAY)
            return
        with self._host.report_errors():
            plan = self._engine.bulk_kill.plan(rows)
            if not plan.total:
                self._host.toast(nothing_to_kill(plan))
                return
            asked = AskedKill(self._engine, rows, self._seen(), plan)
            dialog = BulkKillDialog(self._engine, asked.count_runs, plan.drops)
            self._host.app.push_screen(dialog, lambda yes: self._start_bulk_kill(asked.plan) if yes else None)

    def _seen(self) -> Collection[RowId] | None:
        """Rows that the table shows; None: all."""
        query, source = self._selection.query, self._selection.source
        narrowed = query.is_filtered or query.webhook_key is not None
        return source.statuses(0, source.count()) if narrowed else None

    def _start_bulk_kill(self, plan: KillPlan) -> None:
        with self._host.report_errors():
            if not self._engine.bulk_kill.start(plan):
                self._host.toast(_UNDER_WAY)

    def refresh_many(self, rows: Collection[RowId]) -> None:
        """Read those of the rows that a read may change."""
        with self._host.report_errors():
            untold = self._engine.store.run_lookup.untold(rows)
            if untold:
                self._host.run_worker(self._refresh_many(untold), group="refresh", exclusive=False)
            else:
                words = "Nothing to refresh: all marked runs have ended."
                self._host.toast(one_line(words))

    async def _refresh_many(self, rows: Collection[RunRow]) -> None:
        if (trouble := await self._engine.bulk_refresh.read(rows)) is not None:
            self._host.toast(trouble.what, error=True)


class AskedKill:
    """Bulk kill that the user is asked about."""

    def __init__(self, engine: Engine, rows: Sequence[RowId], seen: Collection[RowId] | None, plan: KillPlan) -> None:
        self.plan = plan
        """What the question says now, and what yes carries out."""
        self._engine = engine
        self._rows = rows
        self._seen = seen

    def count_runs(self) -> BulkTarget:
        """Plan the kill of the same runs once more, and count them. Raises StoreError."""
        self.plan = plan = self._engine.bulk_kill.plan(self._rows)
        seen, budget = self._seen, self._engine.bulk_kill.budget
        return BulkTarget(
            counts=plan.counts,
            left_out=plan.left_out,
            unseen=0 if seen is None else sum(row not in seen for row in (*plan.drops, *plan.kills)),
            takes_s=kills_take_s(len(plan.kills), budget),
            a_minute=budget.limit,
            protected=self._engine.profile.protected,
        )


def nothing_to_kill(plan: KillPlan) -> SafeText:
    """Reason why none of the marked runs is killed."""
    if Status.UNCERTAIN in plan.left_out:
        return one_line("Uncertain prompts are dropped one at a time: unmark them, then press x.")
    return one_line("All marked runs have ended or are being killed.")
