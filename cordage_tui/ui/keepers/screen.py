"""Screen of what kept runs have in common."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content

from cordage_tui.domain.clock import Clock
from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.keepers import Finding, JudgedRun, KeeperReport, keeper_report
from cordage_tui.domain.run import RowId, RunRow
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.batch.pattern import BatchError, Lists
from cordage_tui.engine.batch.sampling import new_seed
from cordage_tui.engine.batch.weights import BatchPattern
from cordage_tui.engine.concurrency import run_in_daemon_thread
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.keepers import batch_pattern, judged_runs, judged_words
from cordage_tui.store.keepers import JudgedBody, JudgedPass, JudgedScope
from cordage_tui.ui.keepers.panel import KeepersPanel
from cordage_tui.ui.keys.disabled import DisabledReason, not_here, read_only
from cordage_tui.ui.keys.footer import Footer
from cordage_tui.ui.statistics.pass_screen import PassScreen, Step
from cordage_tui.ui.widgets.text import literal

ShowRows = Callable[[SafeText, Sequence[RowId]], None]
"""Shows runs on a contact sheet with this title."""
_NO_BATCH: Final = not_here("The next batch is made from the pattern of a batch: go to one, and open this page there.")
_NO_PATTERN: Final = not_here("This batch has no alternatives that could have weights, such as {noir|ink}.")
_NONE_JUDGED: Final = not_here("No run of this batch is judged yet: weights come from what was kept.")


@dataclass(frozen=True, slots=True)
class KeeperSubject:
    """Runs that the page is about."""

    title: SafeText
    scope: JudgedScope
    line: RunRow | None = None
    """Line of the batch that they are."""


@dataclass(frozen=True, slots=True)
class WeighedBatch:
    """Next batch of a pattern, with weights."""

    line: RunRow
    """Batch that it comes from."""
    inputs: Inputs
    is_lines: bool
    """Each line of the prompt is one."""


class KeepersScreen(PassScreen[WeighedBatch | None]):
    """Screen of what kept runs have in common; dismissed with the next batch."""

    BINDINGS = [
        Binding("b", "next_batch", "next batch", id="keepers.next_batch", tooltip="Make the next batch: the same pattern, with weights from what was kept; previews first"),
        Binding("escape,q", "dismiss", "back", id="keepers.close", tooltip="Go back to the runs"),
    ]  # fmt: skip
    AUTO_FOCUS = "KeepersPanel"
    TITLE = "Keepers"

    def __init__(self, engine: Engine, clock: Clock, subject: KeeperSubject, lists: Lists, show_rows: ShowRows) -> None:
        """`lists` reads word lists."""
        super().__init__(engine, clock)
        self._subject = subject
        self._lists = lists
        self._show_rows = show_rows
        self._pattern: BatchPattern | None = None
        self._runs: Sequence[JudgedRun] = ()
        self._report: tuple[JudgedPass, KeeperReport] | None = None
        self._computed: JudgedPass | None = None
        """Pass of which the report is computed, or was."""

    def compose(self) -> ComposeResult:
        yield KeepersPanel()
        yield Footer()

    def on_mount(self) -> None:
        title = Content.assemble("Keepers · ", literal(self._subject.title))
        self.query_one(KeepersPanel).set_titles(title)
        line = self._subject.line
        progress = self.reads.last_good(self.store.batches.progress, None, line.id) if line is not None else None
        self._pattern = batch_pattern(progress.source if progress is not None else None, self._lists)

    def begin_pass(self) -> Step:
        done = self.store.judged_pass(self._subject.scope)

        def step() -> bool:
            """Read on; once all judged runs are read, compute the report: how many are not judged follows."""
            more = done.step()
            if done.is_read and self._computed is not done:
                self._computed = done
                self.run_worker(self._compute(done), group="keepers", exclusive=True)
            return more

        return step

    def show_found(self) -> None:
        """Show the report with the number of runs that are not judged."""
        self._show()

    async def _compute(self, done: JudgedPass) -> None:
        """Compute the report beside the event loop: of thousands of runs it takes a good part of a second."""
        begun = time.perf_counter()
        compute = partial(_computed, done.bodies, self.engine.profile, self._pattern)
        runs, report = await run_in_daemon_thread(compute, "keepers")
        self._cost_s += time.perf_counter() - begun
        self._runs, self._report = runs, (done, report)
        self._show()
        self.refresh_bindings()

    def _show(self) -> None:
        if self._report is not None:
            done, report = self._report
            self.query_one(KeepersPanel).show(report, judged_words(report, done))

    def on_keepers_panel_opened(self, event: KeepersPanel.Opened) -> None:
        self._show_rows(_sheet_title(event.finding), event.finding.rows)

    def disabled_reason(self, action: str, parameters: tuple[object, ...]) -> DisabledReason | None:
        if action == "next_batch" and self.is_mounted:
            if self.engine.profile.read_only:
                return read_only(self.engine.profile.name)
            if self._subject.line is None:
                return _NO_BATCH
            if self._pattern is None or not self._pattern.names:
                return _NO_PATTERN
            return None if self._runs else _NONE_JUDGED
        return super().disabled_reason(action, parameters)

    def action_next_batch(self) -> None:
        line, pattern = self._subject.line, self._pattern
        if line is None or pattern is None:
            return
        try:
            inputs = pattern.weighed(self._runs, line.size, new_seed())
        except BatchError as error:
            self.toast(error.what, error=True)
        else:
            self.dismiss(WeighedBatch(line, inputs, pattern.is_lines))


def _computed(
    bodies: Sequence[JudgedBody], profile: Profile, pattern: BatchPattern | None
) -> tuple[Sequence[JudgedRun], KeeperReport]:
    runs = judged_runs(bodies, profile, pattern)
    return runs, keeper_report(runs)


def _sheet_title(finding: Finding) -> SafeText:
    """Title of the sheet: `style noir, 41 of 60 kept`."""
    trait, kept = finding.trait, finding.kept
    return one_line(f"{trait.input or 'word'} {trait.value}, {kept.count:,} of {kept.of:,} kept", 80)
