"""Actions of the main screen on runs: kill, drop, resend, settle, edit, refresh; one run or many."""

from collections.abc import Collection, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from cordage_tui.domain.formatting import counted
from cordage_tui.domain.run import RowId, RunRow, Status
from cordage_tui.domain.text import one_line
from cordage_tui.engine.outbox.linked_inputs import OutputNames
from cordage_tui.ui.keys.footer import Footer, key_of
from cordage_tui.ui.main.presenter import MainPresenter
from cordage_tui.ui.main.selection import RunSelection
from cordage_tui.ui.main.submission_state import expected_state
from cordage_tui.ui.queue.submissions import SubmissionActions
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

    def resend(self, row: RunRow | None) -> None:
        """Send a prompt once more whose answer was lost; asks first."""
        expected = expected_state(self._host, row.id) if row is not None and row.status is Status.UNCERTAIN else None
        if row is not None and expected is not None:
            self._submissions.resend(row.id, row.prompt, expected)

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
