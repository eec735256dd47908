"""What the run screen does with marked runs: kills and reads them; and what its keys say meanwhile."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from textual.content import Content

from cordage_tui.domain.run import RowId, Status
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.engine.bulk_kill_plan import ORDER, BulkKillReport, KillPlan, kills_take_s
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.errors import ReadOnlyProfile
from cordage_tui.store.errors import StoreError
from cordage_tui.ui.keys.hints import KeyLabel
from cordage_tui.ui.toast import toast

if TYPE_CHECKING:
    from cordage_tui.ui.dialogs.bulk import BulkTarget
    from cordage_tui.ui.screens.main import MainScreen

_UNDER_WAY: Final = one_line("Runs are being killed already; wait for that, or stop it.")


class BulkActions:
    """Use-cases of one screen over the rows that are marked in its table."""

    def __init__(self, screen: "MainScreen", engine: Engine) -> None:
        self._screen = screen
        self._engine = engine

    def kill(self, rows: Sequence[RowId]) -> None:
        """Asks first. What is killed is what was marked when the dialog opened."""
        from cordage_tui.ui.dialogs.bulk import BulkKillDialog

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
        from cordage_tui.ui.dialogs.bulk import BulkTarget

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
            untold = self._engine.bulk_refresh.untold(rows)
        except StoreError as error:
            self._say(error.what, error=True)
            return
        if not untold:
            self._say(one_line("Nothing to ask: all that is marked has ended, and its outcome is known."))
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
        return one_line("Nothing to kill in one go: about an uncertain prompt x asks by itself, without marks.")
    return one_line("Nothing to kill: all that is marked has ended or is being killed.")


def marks_words(counts: Mapping[Status, int], span: int) -> Content | None:
    """`12 marked: 8 running, 3 completed, 1 failed`; while a range is open, its length and how it ends. None: no marks."""
    from cordage_tui.ui.dialogs.bulk import statuses

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
        "run.kill": (kill, "Kill the marked runs that have not ended; asks first."),
        "runs.refresh": ("refresh marked", "Ask the server about the marked runs."),
        "run.copy_id": ("copy ids", "Copy the ids of the marked runs, one a line."),
        "run.copy_urls": ("copy URLs", "Copy the addresses of all outputs of the marked runs, one a line."),
        "run.download_all": ("download marked", "Download all outputs of the marked runs."),
        "run.copy": ("copy…", "Copy ids, prompts, addresses, files or JSON of the marked runs."),
    }.get(action)
    return KeyLabel(one_line(words[0]), one_line(words[1])) if words else None
