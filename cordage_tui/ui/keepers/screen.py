"""Screen of what kept runs have in common."""

import time
from collections.abc import Callable, Sequence
from functools import partial

from textual.app import ComposeResult
from textual.content import Content

from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.statistics.keepers import Finding, KeeperReport, keeper_report
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.batch.body_alternatives import BatchPattern
from cordage_tui.engine.batch.pattern import Lists
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.history.keeper_words import batch_pattern, judged_runs, judged_words
from cordage_tui.engine.nonblocking_waits import run_in_daemon_thread
from cordage_tui.store.judged_runs import JudgedBody, JudgedPass, JudgedScope
from cordage_tui.ui.keepers.panel import KeepersPanel
from cordage_tui.ui.keys.action import Action, bindings_of
from cordage_tui.ui.keys.footer import Footer
from cordage_tui.ui.statistics.pass_screen import PassScreen, Step
from cordage_tui.ui.widgets.text import literal

ShowRows = Callable[[SafeText, Sequence[RowId]], None]
"""Function that shows runs on a contact sheet with this title."""


@dataclass(frozen=True, slots=True)
class KeeperSubject:
    """Title and runs of the page."""

    title: SafeText
    scope: JudgedScope


class CloseKeepers(Action["KeepersScreen"]):
    """Go back to the runs."""

    id, keys, word = "keepers.close", "escape,q", "back"
    in_footer = True

    def run(self, on: "KeepersScreen") -> None:
        on.dismiss()


class KeepersScreen(PassScreen[None]):
    """Screen of what kept runs have in common."""

    ACTIONS = (CloseKeepers(),)
    BINDINGS = bindings_of(ACTIONS)
    AUTO_FOCUS = "KeepersPanel"
    TITLE = "Keepers"

    def __init__(self, engine: Engine, clock: Clock, subject: KeeperSubject, lists: Lists, show_rows: ShowRows) -> None:
        """Create the screen. `lists` reads word lists; `show_rows` shows the runs of a finding."""
        super().__init__(engine, clock)
        self._subject = subject
        self._lists = lists
        self._show_rows = show_rows
        self._pattern: BatchPattern | None = None
        self._report: tuple[JudgedPass, KeeperReport] | None = None
        self._computed: JudgedPass | None = None
        """Pass whose report is being computed or has been computed."""

    def compose(self) -> ComposeResult:
        yield KeepersPanel()
        yield Footer()

    def on_mount(self) -> None:
        title = Content.assemble("Keepers · ", literal(self._subject.title))
        self.query_one(KeepersPanel).set_titles(title)
        batch = self._subject.scope.batch
        progress = self.reads.last_good(self.store.batches.progress, None, batch) if batch is not None else None
        self._pattern = batch_pattern(progress.source if progress is not None else None, self._lists)

    def begin_pass(self) -> Step:
        judged_pass = JudgedPass(self.store.database, self._subject.scope)

        def step() -> bool:
            """Read the next part. Once all decided runs are read, compute the report; the number of undecided runs is
            read after that."""
            more = judged_pass.step()
            if judged_pass.is_read and self._computed is not judged_pass:
                self._computed = judged_pass
                self.run_worker(self._compute(judged_pass), group="keepers", exclusive=True)
            return more

        return step

    def show_found(self) -> None:
        """Show the report with the number of undecided runs."""
        self._show()

    async def _compute(self, judged_pass: JudgedPass) -> None:
        """Compute the report in another thread: for thousands of runs it takes nearly a second."""
        begun = time.perf_counter()
        compute = partial(_computed, judged_pass.bodies, self.engine.profile, self._pattern)
        report = await run_in_daemon_thread(compute, "keepers")
        self._cost_s += time.perf_counter() - begun
        self._report = (judged_pass, report)
        self._show()

    def _show(self) -> None:
        if self._report is not None:
            judged_pass, report = self._report
            self.query_one(KeepersPanel).show(report, judged_words(report, judged_pass))

    def on_keepers_panel_opened(self, event: KeepersPanel.Opened) -> None:
        self._show_rows(_sheet_title(event.finding), event.finding.rows)


def _computed(bodies: Sequence[JudgedBody], profile: Profile, pattern: BatchPattern | None) -> KeeperReport:
    return keeper_report(judged_runs(bodies, profile, pattern))


def _sheet_title(finding: Finding) -> SafeText:
    """Return the title of the sheet: `style noir, 41 of 60 kept`."""
    trait, kept = finding.trait, finding.kept
    return one_line(f"{trait.input or 'word'} {trait.value}, {kept.count:,} of {kept.of:,} kept", 80)
