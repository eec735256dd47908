"""Actions of the main screen on runs and webhooks: submit, kill, resend, edit."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from textual.content import Content

from cordage_tui.config.errors import ConfigError
from cordage_tui.domain.clock import Clock
from cordage_tui.domain.formatting import duration
from cordage_tui.domain.inputs import PROMPT, Inputs
from cordage_tui.domain.outbox import Expected, OutboxState, StateChange
from cordage_tui.domain.run import RowId, RunRow, Status
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.domain.webhook import Webhook
from cordage_tui.engine.bulk_kill_plan import ORDER, KillPlan, kills_take_s
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.errors import ReadOnlyProfile, describe_change
from cordage_tui.engine.kill_report import BulkKillReport, KillOutcome
from cordage_tui.engine.workspace import WebhookRegistry
from cordage_tui.store.errors import StoreError
from cordage_tui.ui.app_base import toast
from cordage_tui.ui.keys.footer import KeyLabel, main_key
from cordage_tui.ui.main.layout import Panel
from cordage_tui.ui.prompt.editor_mixin import ExternalEditorMixin
from cordage_tui.ui.widgets.text import literal

if TYPE_CHECKING:
    from cordage_tui.ui.dialogs.kill import BulkTarget, KillTarget
    from cordage_tui.ui.main.screen import MainScreen


# What the run screen does for the user: from a wish to the engine, and the outcome back in words.


class RunActions:
    """Use-cases of one screen over one engine."""

    def __init__(self, screen: "MainScreen", engine: Engine, webhook_registry: WebhookRegistry, clock: Clock) -> None:
        self._screen = screen
        self._engine = engine
        self._roster = webhook_registry
        self._clock = clock

    def look_at(self, row: RowId | None) -> None:
        """The user looks at this run."""
        self._engine.selected_run.select(row)

    def submit(self, webhook_key: str, inputs: Inputs, draft: Inputs) -> None:
        """Submit a prompt that leaves `draft` in the panel; if it is refused, it goes back there."""
        try:
            row = self._engine.queue.submit(webhook_key, inputs, draft)
        except (StoreError, ReadOnlyProfile) as error:
            self._screen.shown.prompt.give_back(inputs)
            self._say(error.what, error=True)
        else:
            self._screen.shown.submitted(row)

    def kill(self, row: RunRow | None) -> None:
        """Asks first. What is killed is what the dialog named, wherever the cursor goes meanwhile."""
        from cordage_tui.ui.dialogs.kill import KillDialog

        if row is None or (row.status.is_final and row.run_id is not None):
            self._say(one_line("This run has already ended." if row else "No run is selected."))
            return

        if row.run_id is None:
            self._drop(row)
            return

        def answered(kill: bool | None) -> None:
            if kill:
                self._screen.run_worker(self._kill(row), group="kill", exclusive=False)

        self._screen.app.push_screen(KillDialog(self._target(row)), answered)

    def _drop(self, row: RunRow) -> None:
        """Takes what is still only ours off the list: free when it was not sent."""
        from cordage_tui.ui.dialogs.base import ConfirmDialog

        expected = self._expected(row.id)
        if expected is None:
            return
        if expected.state is OutboxState.UNCERTAIN:
            words = "It was sent: it may be running and may be charged. Dropping it only removes it from this list."
        else:
            words = "It was not sent, so nothing runs and nothing is charged."
        lines = [literal(row.prompt, "bold"), literal(one_line(words), "$quiet")]
        dialog = ConfirmDialog(one_line("Drop this prompt?"), lines, one_line("Drop"), danger=True)
        drop = partial(self._engine.store.outbox.drop, row.id, expected)
        self._screen.app.push_screen(dialog, lambda yes: self._decide(yes, drop))

    def _expected(self, row: RowId) -> Expected | None:
        """How a prompt of ours stands now that a question about it opens; None where there is nothing to ask, which is told."""
        try:
            expected = self._engine.store.outbox.expected(row)
        except StoreError as error:
            self._say(error.what, error=True)
            return None
        if expected is None or expected.state in (OutboxState.SENDING, OutboxState.ACCEPTED, OutboxState.DROPPED):
            self._say(describe_change(StateChange(False, expected.state if expected else None)))
            return None
        return expected

    def resend(self, row: RunRow | None) -> None:
        """The user's word that a prompt whose answer was lost is to be sent once more."""
        from cordage_tui.ui.dialogs.base import ConfirmDialog

        expected = self._expected(row.id) if row is not None and row.status is Status.UNCERTAIN else None
        if row is None or expected is None:
            return
        words = "The first one may be running. If so, both run and both are charged. Check the run list first."
        lines = [literal(row.prompt, "bold"), literal(one_line(words), "$run-wait")]
        dialog = ConfirmDialog(one_line("Send it again?"), lines, one_line("Send again"), danger=True)
        resend = partial(self._engine.queue.resend, row.id, expected)
        self._screen.app.push_screen(dialog, lambda yes: self._decide(yes, resend))

    def settle(self, row: RunRow | None) -> None:
        """The user's word on prompts that cannot be told apart."""
        from cordage_tui.ui.dialogs.settle import open_settle

        if row is not None:
            open_settle(self._screen, self._engine, row.id, self._clock.wall())

    def _decide(self, yes: bool | None, deed: Callable[[], StateChange]) -> None:
        """Does what the user was asked about; where it has become something else meanwhile, says what."""
        try:
            if yes and not (change := deed()):
                self._say(describe_change(change), error=True)
        except (StoreError, ReadOnlyProfile) as error:
            self._say(error.what, error=True)

    def _target(self, row: RunRow) -> "KillTarget":
        from cordage_tui.ui.dialogs.kill import KillTarget

        profile, elapsed = self._engine.profile, row.elapsed_s(self._clock.wall())
        return KillTarget(
            row=row.id,
            short_id=row.short_id,
            prompt=row.prompt,
            webhook=one_line(profile.label(row.webhook_key)),
            status=row.status,
            status_name=row.status_name,
            elapsed=one_line(duration(elapsed)) if elapsed is not None else None,
            protected=profile.protected,
        )

    async def _kill(self, row: RunRow) -> None:
        try:
            report = await self._engine.killer.kill(row)
        except (StoreError, ReadOnlyProfile) as error:
            self._say(error.what, error=True)
        else:
            self._say(report.words, error=report.outcome is KillOutcome.NOT_KILLED)

    def load_inputs(self, row: RunRow | None) -> None:
        """Puts what was sent into the prompt panel, to edit and run again."""
        detail = self._screen.shown.kept.detail(row.id) if row else None
        if row is None or detail is None or detail.inputs is None:
            self._say(one_line("Inputs unknown: this run was not started here." if row else "No run is selected."))
            return
        if self._engine.profile.webhook(row.webhook_key) is None:
            self._say(one_line("Its webhook has been removed from this profile."))
            return
        self._screen.shown.write_for(row.webhook_key)
        self._screen.shown.prompt.load(detail.inputs)
        self._screen.arrangement.go(Panel.PROMPT)

    def refresh(self, webhook_key: str | None) -> None:
        self._screen.run_worker(self._refresh(webhook_key), group="refresh", exclusive=False)

    async def _refresh(self, webhook_key: str | None) -> None:
        error = await self._engine.refresh(webhook_key)
        if error is not None:
            self._say(error.what, error=True)

    def keep_draft(self, webhook_key: str, inputs: Inputs) -> None:
        try:
            self._engine.store.prompts.save_draft(self._engine.profile.stored_as, webhook_key, inputs)
        except StoreError as error:
            self._say(error.what, error=True)

    def keep_replaced(self, webhook_key: str, inputs: Inputs) -> None:
        """A draft that was not sent has been replaced: it goes into the history."""
        try:
            self._engine.store.prompts.keep_replaced(self._engine.profile.stored_as, webhook_key, inputs)
        except StoreError as error:
            self._say(error.what, error=True)
        else:
            # Behind the change of focus, which the app has still to make: the key is the prompt's.
            self._screen.app.call_later(self._tell_replaced)

    def _tell_replaced(self) -> None:
        key = main_key(self._screen, "prompt.history_older") or "The history"
        self._say(one_line(f"Draft kept. {key} brings it back."))

    def edit_outside(self, text: str) -> None:
        """`$EDITOR` on the prompt, with the screen handed over."""
        self._screen.run_worker(self._edit_outside(text), group="editor", exclusive=False)

    async def _edit_outside(self, text: str) -> None:
        prompt, app = self._screen.shown.prompt, self._screen.app
        webhook = prompt.webhook
        result = await app.edit_outside(text) if isinstance(app, ExternalEditorMixin) else None
        if result is None:
            return
        if webhook is not None and prompt.webhook is not None and prompt.webhook.key != webhook.key:
            self.keep_draft(webhook.key, {PROMPT: result.text})
        else:
            prompt.set_text(result.text)
        if result.words:
            self._say(result.words, error=True)

    def end_editor(self) -> None:
        """Before the program ends: what an editor had saved goes into the prompt, and so into the draft."""
        app = self._screen.app
        if isinstance(app, ExternalEditorMixin) and (text := app.end_editor()) is not None:
            self._screen.shown.prompt.set_text(text)

    def add_webhook(self) -> None:
        from cordage_tui.ui.dialogs.connect import WebhookDialog

        def answered(webhook: Webhook | None) -> None:
            if webhook is not None:
                self._keep(lambda: self._roster.add(webhook))

        dialog = WebhookDialog(self._engine.profile.webhooks, try_out=self._roster.test)
        self._screen.app.push_screen(dialog, answered)

    def rename_webhook(self, key: str | None) -> None:
        from cordage_tui.ui.dialogs.connect import WebhookDialog

        current = self._engine.profile.webhook(key) if key else None

        def answered(webhook: Webhook | None) -> None:
            if webhook is not None:
                self._keep(lambda: self._roster.rename(webhook.key, webhook.name))

        if current is not None:
            self._screen.app.push_screen(WebhookDialog(self._engine.profile.webhooks, current), answered)

    def remove_webhook(self, key: str | None) -> None:
        from cordage_tui.ui.dialogs.base import ConfirmDialog

        if key is None:
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._keep(lambda: self._roster.remove(key))

        name = one_line(self._engine.profile.label(key), 40)
        body = [literal(one_line("Its runs keep running and stay in the history."))]
        dialog = ConfirmDialog(one_line(f"Remove {name}?"), body, one_line("Remove"), danger=True)
        self._screen.app.push_screen(dialog, answered)

    def _keep(self, change: Callable[[], None]) -> None:
        try:
            change()
        except ConfigError as error:
            self._say(error.what, error=True)
        else:
            self._screen.shown.all()

    def _say(self, words: SafeText, *, error: bool = False) -> None:
        toast(self._screen.app, words, error=error)


# What the run screen does with marked runs: kills and reads them; and what its keys say meanwhile.

_UNDER_WAY: Final = one_line("Runs are already being killed; wait, or stop that first.")


class BulkActions:
    """Use-cases of one screen over the rows that are marked in its table."""

    def __init__(self, screen: "MainScreen", engine: Engine) -> None:
        self._screen = screen
        self._engine = engine

    def kill(self, rows: Sequence[RowId]) -> None:
        """Asks first. What is killed is what was marked when the dialog opened."""
        from cordage_tui.ui.dialogs.kill import BulkKillDialog

        if self._engine.bulk_kill.progress is not None:
            self._say(_UNDER_WAY)
            return
        try:
            plan = self._engine.bulk_kill.plan(rows)
            target = self._target(plan)
        except StoreError as error:
            self._say(error.what, error=True)
            return
        if not plan.total:
            self._say(nothing_to_kill(plan))
            return
        self._screen.app.push_screen(BulkKillDialog(target), lambda yes: self._start(plan) if yes else None)

    def _target(self, plan: KillPlan) -> "BulkTarget":
        from cordage_tui.ui.dialogs.kill import BulkTarget

        view, budget, profile = self._screen.shown.view, self._engine.bulk_kill.budget, self._engine.profile
        narrowed = view.query.is_filtered or view.query.webhook_key is not None
        seen = view.statuses(0, view.count()) if narrowed else {}
        return BulkTarget(
            counts=plan.counts,
            left_out=plan.left_out,
            unseen=sum(row not in seen for row in (*plan.drops, *plan.kills)) if narrowed else 0,
            takes_s=kills_take_s(len(plan.kills), budget),
            a_minute=budget.limit,
            protected=profile.protected,
        )

    def _start(self, plan: KillPlan) -> None:
        try:
            if not self._engine.bulk_kill.start(plan):
                self._say(_UNDER_WAY)
        except ReadOnlyProfile as error:
            self._say(error.what, error=True)

    def stop(self) -> None:
        """No further kill is sent; the report tells what was left."""
        self._engine.bulk_kill.stop()

    def ended(self, report: BulkKillReport) -> None:
        """Tells what came of it."""
        self._say(report.words, error=report.is_bad)

    def refresh(self, rows: Collection[RowId]) -> None:
        """Asks the server about those of which it may tell more."""
        try:
            untold = self._engine.store.picked.untold(rows)
        except StoreError as error:
            self._say(error.what, error=True)
            return
        if not untold:
            self._say(one_line("Nothing to refresh: all marked runs have ended."))
            return

        async def read() -> None:
            if (trouble := await self._engine.bulk_refresh.read(untold)) is not None:
                self._say(trouble.what, error=True)

        self._screen.run_worker(read(), group="refresh", exclusive=False)

    def _say(self, words: SafeText, *, error: bool = False) -> None:
        toast(self._screen.app, words, error=error)


def nothing_to_kill(plan: KillPlan) -> SafeText:
    """Why none of the marked runs is killed."""
    if Status.UNCERTAIN in plan.left_out:
        return one_line("Uncertain prompts are dropped one at a time: unmark them, then press x.")
    return one_line("All marked runs have ended or are being killed.")


def marks_words(counts: Mapping[Status, int], span: int) -> Content | None:
    """`12 marked: 8 running, 3 completed, 1 failed`; while a range is open, its length and how it ends. None: no marks."""
    from cordage_tui.ui.dialogs.kill import statuses

    total = sum(counts.values())
    parts = [f"{total:,} marked: {statuses(counts)}"] if total else []
    if span:
        parts.append(f"range of {span:,}, V marks it")
    return Content.styled(one_line(" · ".join(parts)), "$accent") if parts else None


def key_words(action: str, counts: Mapping[Status, int], span: int) -> KeyLabel | None:
    """What a key says while runs are marked, or `span` of them in a range, if that differs from what it says of one run."""
    if not counts and not span:
        return None
    ends = sum(counts.get(status, 0) for status in ORDER)
    kill = "kill marked" if span else f"kill {ends:,}"
    words = {
        "run.kill": (kill, "Kill the marked runs that have not ended; asks first"),
        "runs.refresh": ("refresh marked", "Refresh the marked runs"),
        "run.copy_id": ("copy ids", "Copy the ids of the marked runs, one per line"),
        "run.copy_urls": ("copy URLs", "Copy the URLs of the marked runs' outputs, one per line"),
        "run.download_all": ("download marked", "Download all outputs of the marked runs"),
        "run.copy": ("copy…", "Copy ids, prompts, URLs, files or JSON of the marked runs"),
    }.get(action)
    return KeyLabel(one_line(words[0]), one_line(words[1])) if words else None
