"""Reasons why keys of the main screen cannot act now, one function for each action."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from cordage_tui.domain.run import MatchedBy, RunRow, Status
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.ui.keys.disabled import DisabledReason, not_here, read_only
from cordage_tui.ui.keys.footer import key_of
from cordage_tui.ui.main.handlers import MainScreenBase, MainScreenMixin
from cordage_tui.ui.main.status_lines import FilterBar
from cordage_tui.ui.run_detail.pane import RunDetailPane

if TYPE_CHECKING:
    from cordage_tui.domain.lineage import Relatives

NO_RUN: Final = not_here("No run is selected.")
NO_OUTPUT: Final = not_here("This run has no outputs.")
UNKNOWN: Final = not_here("Inputs unknown: this run was not started here.")
Reason = DisabledReason | None


_RARE: Final = frozenset({"new_key", "meanwhile", "run_failed_again", "resend", "settle"})
"""Actions that are disabled until the screen is mounted and knows better."""
_SENDING: Final = frozenset({"edit", "again", "run_failed_again", "resend", "batch_file", "use_output"})
"""Actions that a read-only profile has none of."""


class ReasonedKeys(MainScreenMixin):
    """Main screen whose actions are disabled for a reason."""

    def disabled_reason(self, action: str, parameters: tuple[object, ...]) -> Reason:
        if action == "act":
            return super().disabled_reason(action, parameters)
        if not self.is_mounted:
            return DisabledReason(SafeText("The runs are not shown yet.")) if action in _RARE else None
        if action in _SENDING and self.engine.profile.read_only:
            return read_only(self.engine.profile.name)
        if action == "user_command" and isinstance(number := parameters[0], int):
            return self.user_commands.disabled_reason(number)
        reason = REASONS.get(action)
        return reason(self) if reason is not None else None


def _new_key(screen: MainScreenBase) -> Reason:
    return None if screen.refused else DisabledReason(SafeText("The API key is accepted: no other is needed."))


def _meanwhile(screen: MainScreenBase) -> Reason:
    return None if screen.away.has_runs else DisabledReason(SafeText("No runs ended while you were away."))


def _edit(screen: MainScreenBase) -> Reason:
    row = screen.selection.row
    if row is None:
        return NO_RUN
    if row.size:
        return None
    pane = screen.query_one(RunDetailPane)
    if pane.shown is not None and pane.shown.id == row.id:
        return pane.disabled_reason("copy_curl", ())  # which needs them as well
    detail = screen.selection.detail  # the pane follows the cursor once that rests
    return None if detail is not None and detail.inputs is not None else UNKNOWN


def _again(screen: MainScreenBase) -> Reason:
    return None if screen.marked or screen.span else _edit(screen)


def _run_failed_again(screen: MainScreenBase) -> Reason:
    if screen.selection.batch is None:
        return DisabledReason(SafeText("Select a batch to rerun what failed in it."))
    return None if screen.selection.failed_in_batch else DisabledReason(SafeText("No run of this batch has failed."))


def _resend(screen: MainScreenBase) -> Reason:
    row = screen.selection.row
    if row is not None and row.status is Status.UNCERTAIN:
        return None
    return DisabledReason(SafeText("Only an uncertain prompt can be sent again."))


def _settle(screen: MainScreenBase) -> Reason:
    row = screen.selection.row
    if row is not None and (row.status is Status.UNCERTAIN or _may_be_in_match_set(row)):
        return None
    return DisabledReason(SafeText("Nothing is uncertain about this run."))


def _may_be_in_match_set(row: RunRow) -> bool:
    """Return True for a prompt that others may be mistaken for, or a run that may be its: it has no prompt (yet)."""
    return row.status is Status.SENT or row.matched is MatchedBy.GUESS or (not row.prompt and row.run_id is not None)


def _batch_file(screen: MainScreenBase) -> Reason:
    return None if screen.presenter.target is not None else not_here("There is no webhook to send prompts to.")


def _one_output(screen: MainScreenBase) -> Reason:
    row = screen.selection.row
    if row is None:
        return NO_RUN
    if row.size:
        return DisabledReason(SafeText("This is a batch: go to one of its runs, or download all of it."))
    return None if row.output_count else NO_OUTPUT


def _another_output(screen: MainScreenBase) -> Reason:
    row = screen.selection.row
    if row is None or row.output_count < 1:
        return _one_output(screen)
    return not_here("This run has one output only.") if row.output_count == 1 else None


def _any_output(screen: MainScreenBase) -> Reason:
    row = screen.selection.row
    if screen.marked or screen.span or (row is not None and row.size):
        return None
    return _one_output(screen)


def _any_run(screen: MainScreenBase) -> Reason:
    return None if screen.marked or screen.span or screen.selection.row is not None else NO_RUN


def _any_row(screen: MainScreenBase) -> Reason:
    frozen = screen.selection.frozen is not None
    return None if frozen or screen.selection.table.shown else not_here("There are no runs to freeze.")


def _copy_id(screen: MainScreenBase) -> Reason:
    row = screen.selection.row
    if screen.marked or screen.span or (row is not None and (row.size or row.run_id is not None)):
        return None
    return NO_RUN if row is None else not_here("This run has no id yet.")


def _match(screen: MainScreenBase) -> Reason:
    if screen.selection.query.text or screen.query_one(FilterBar).last:
        return None if screen.selection.row is not None else NO_RUN
    slash = key_of(screen, "runs.filter")
    return not_here(one_line(f"Nothing was looked for yet: {slash} filters, then this goes from match to match."))


def _relatives(screen: MainScreenBase) -> "Relatives | None":
    """Relatives of the run under the cursor; None: it has none."""
    row, pane = screen.selection.row, screen.query_one(RunDetailPane)
    if row is not None and pane.shown is not None and pane.shown.id == row.id:
        return pane.relatives
    detail = screen.selection.detail  # the pane follows the cursor once that rests
    return screen.reads.last_good(screen.store.relatives, None, detail) if detail is not None else None


def _parent(screen: MainScreenBase) -> Reason:
    relatives = _relatives(screen)
    if relatives is not None and relatives.removed:
        return not_here("The run that this one was made from was removed.")
    if relatives is not None and relatives.parent is not None:
        return None
    return NO_RUN if screen.selection.row is None else not_here("This run was not made from another one.")


def _compare(screen: MainScreenBase) -> Reason:
    marked = max(sum(screen.marked.values()), screen.span)
    if screen.span and marked <= 2:  # a run may be marked and in the range
        marked = len(screen.selection.table.marked)
    if marked == 2:
        return None
    parent = None if marked or (relatives := _relatives(screen)) is None else relatives.parent
    if parent is not None and not parent.row.size and not screen.selection.batch:
        return None
    words = {0: "None is marked", 1: "One is marked"}.get(marked, f"{marked:,} are marked")
    key = key_of(screen.selection.table, "runs.mark") or "space"
    return not_here(one_line(f"Mark two runs with {key} to compare them. {words} now."))


REASONS: Final[Mapping[str, Callable[[MainScreenBase], Reason]]] = {
    "new_key": _new_key,
    "meanwhile": _meanwhile,
    "edit": _edit,
    "again": _again,
    "run_failed_again": _run_failed_again,
    "resend": _resend,
    "settle": _settle,
    "batch_file": _batch_file,
    "open_output": _one_output,
    "download": _one_output,
    "download_all": _any_output,
    "output": _another_output,
    "copy": _any_run,
    "tag": _any_run,
    "copy_id": _copy_id,
    "copy_urls": _any_output,
    "compare": _compare,
    "use_output": _any_output,
    "match": _match,
    "parent": _parent,
    "freeze": _any_row,
}
"""Action → its reason, None where it can be carried out."""
