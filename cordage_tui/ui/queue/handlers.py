"""Keys of the queue screen."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from textual.binding import Binding

from cordage_tui.domain.download import Download, DownloadState
from cordage_tui.domain.outbox import QueueItem
from cordage_tui.domain.run import OutboxState, RowId
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.engine.errors import BEING_SENT, join_sentences
from cordage_tui.ui.keys.action import KeyLabel
from cordage_tui.ui.keys.disabled import DisabledReason, not_here
from cordage_tui.ui.queue.actions import QueueActions
from cordage_tui.ui.queue.downloads import DownloadQueueActions, DownloadsPanel, can_retry
from cordage_tui.ui.queue.lines import is_stopped, is_unapproved
from cordage_tui.ui.queue.over_limit import why_not
from cordage_tui.ui.queue.panel import QueuePanel
from cordage_tui.ui.queue.reader import PromptView
from cordage_tui.ui.screen_base import EngineScreen
from cordage_tui.ui.terminal.paste_guard import PasteGuardedScreen
from cordage_tui.ui.widgets.line_view import LineView

# The keys of the queue screen: each acts on what is under the cursor of the panel that has the keys, or on the whole
# queue.

_REMOVE: Final = KeyLabel(SafeText("remove"), SafeText("Remove this download; the loaded part is deleted"))
_OPEN_OR_RETRY: Final = KeyLabel(SafeText("open or retry"), SafeText("Open this file, or retry a failed download"))
_QUEUE_ONLY: Final = frozenset({"edit", "edit_file", "send_first", "move", "undo", "limit", "over_limit", "approve"})
"""Actions on the queue that are disabled while the downloads have the focus."""
_UNCERTAIN_ONLY: Final = frozenset({"resend", "keep_waiting", "settle"})
"""Actions on an uncertain prompt."""
_SINGLE: Final = frozenset({"edit", *_UNCERTAIN_ONLY})
"""Actions on a single prompt."""
_AT_DOWNLOADS: Final = DisabledReason(SafeText("That acts on a queued prompt: go to the queue first."))
_NOTHING: Final = {
    "undo": DisabledReason(SafeText("Nothing was dropped since this page was opened.")),
    "retry_failed": DisabledReason(SafeText("No download has failed.")),
    "new_key": DisabledReason(SafeText("The API key is accepted: no other is needed.")),
}
_ON_SEVERAL: Final = {
    "queue.drop": ("drop {}", "Drop the marked prompts, else this batch; not charged"),
    "queue.edit_file": ("{} as text", "Edit the marked prompts, else this batch, as one file in $EDITOR"),
    "queue.approve": (
        "approve {}",
        "Approve those of the marked prompts, else of this batch, that wait for it; shows each first",
    ),
    "queue.send_first": ("send {} first", "Send the marked prompts, else this batch, before all others"),
}
_SEND_REST: Final = KeyLabel(SafeText("send the rest"), SafeText("Send what is held because runs of this batch failed"))
_RESUME: Final = KeyLabel(SafeText("resume"), SafeText("Resume sending"))


def _prompt_reason(action: str, item: QueueItem | None) -> DisabledReason | None:
    """Return why an action on the prompt under the cursor cannot be carried out; None: it can."""
    if item is None:
        return not_here("Queue is empty.")
    if action == "send_first" and is_stopped(item):
        return None
    if action == "approve":
        return None if is_unapproved(item) else DisabledReason(SafeText("This prompt does not wait for approval."))
    if item.members:
        return _batch_reason(action, item)
    if action in _UNCERTAIN_ONLY:
        uncertain = item.state is OutboxState.UNCERTAIN
        return None if uncertain else DisabledReason(SafeText("This prompt is not uncertain."))
    if action == "drop":
        return not_here(join_sentences(BEING_SENT)) if item.state is OutboxState.SENDING else None
    if action == "edit":
        unsent = item.state not in (OutboxState.SENDING, OutboxState.UNCERTAIN)
        return None if unsent else not_here("Only unsent prompts can be edited.")
    if action == "over_limit":
        return None if item.state is OutboxState.QUEUED else not_here("Only queued prompts wait for a limit.")
    return None if item.state is OutboxState.QUEUED else not_here("Only queued prompts can be moved.")


def _batch_reason(action: str, batch: QueueItem) -> DisabledReason | None:
    """Return why an action on the batch under the cursor cannot be carried out; None: it can."""
    if action == "over_limit" and batch.state is not OutboxState.QUEUED:
        return not_here("Only queued prompts wait for a limit.")
    if action in ("send_first", "move") and batch.state is not OutboxState.QUEUED:
        return not_here("Only queued prompts can be moved.")
    words = SafeText("That acts on a single prompt: unfold the batch.")
    return DisabledReason(words, dimmed=action == "edit") if action in _SINGLE else None


def _download_reason(action: str, download: Download | None) -> DisabledReason | None:
    """Return why an action on the download under the cursor cannot be carried out; None: it can."""
    if download is None:
        return DisabledReason(SafeText("No download is selected."))
    if action == "open_file" and download.state is not DownloadState.DONE:
        return DisabledReason(SafeText("This download is not done: there is no file yet."))
    if action == "retry" and not can_retry(download):
        return DisabledReason(SafeText("Only a download that has failed is retried."))
    return None


class QueueBindings(EngineScreen[None], PasteGuardedScreen[None]):
    """Keys of the queue screen, handled by `QueueActions`. Keys of a paste send and drop nothing."""

    BINDINGS = [
        Binding("p", "pause", "pause", id="queue.pause", tooltip="Pause sending until you resume"),
        Binding("f2,A", "new_key", "new API key", id="queue.new_key", tooltip="Enter a new API key in place of the rejected one"),
        Binding("S", "resend", "send again", id="queue.resend", tooltip="Send an uncertain prompt again; asks first"),
        Binding("U", "settle", "settle", id="queue.settle", tooltip="Settle which of several uncertain prompts ran; asks first"),
        Binding("W", "keep_waiting", "keep waiting", id="queue.keep_waiting", tooltip="Keep checking for an uncertain prompt"),
        Binding("y", "approve", "approve", id="queue.approve", tooltip="Approve this prompt of an author, so that it is sent; shows it whole first"),
        Binding("e", "edit", "edit", id="queue.edit", tooltip="Edit this prompt before it is sent"),
        Binding("x", "drop", "drop", id="queue.drop", tooltip="Drop this prompt, this batch or the marked ones: not charged if not sent; asks first if uncertain"),
        Binding("E", "edit_file", "as text", id="queue.edit_file", tooltip="Edit, drop and reorder the marked prompts, this batch, or all, as one file in $EDITOR"),
        Binding("f", "send_first", "send first", id="queue.send_first", tooltip="Send this prompt or batch next, before all others"),
        Binding("u", "undo", "undo drop", id="queue.undo", tooltip="Undo the last drop"),
        Binding("K,alt+up", "move(-1)", "move up", id="queue.move_up", tooltip="Move this prompt or batch up one place, or into the lane above"),
        Binding("J,alt+down", "move(1)", "move down", id="queue.move_down", tooltip="Move this prompt or batch down one place, or into the lane below"),
        Binding("n", "limit", "limit", id="queue.limit", tooltip="Limit how many runs may be active while sending"),
        Binding("O", "over_limit", "over limit", id="queue.over_limit", tooltip="Send this prompt, or what waits of its batch, beyond the spending limit; asks first"),
        Binding("o", "open_file", "open file", id="downloads.open", tooltip="Open the file of this download"),
        Binding("r", "retry", "retry", id="downloads.retry", tooltip="Retry this download now"),
        Binding("R", "retry_failed", "retry failed", id="downloads.retry_failed", tooltip="Retry all failed downloads"),
        Binding("tab", "panel(1)", "next panel", id="queue.next_panel", tooltip="Go to the next panel: queue, prompt, downloads", show=False),
        Binding("shift+tab", "panel(-1)", "previous panel", id="queue.previous_panel", tooltip="Go to the previous panel", show=False),
        Binding("enter", "open", "read", id="queue.open", tooltip="Go to the whole prompt, below; fold or unfold a batch", show=False),
        Binding("escape,q", "back", "back", id="queue.back", tooltip="Go back to the list, then to the runs"),
        Binding("w", "dismiss", "runs", id="queue.close", tooltip="Go back to the runs", show=False),
    ]  # fmt: skip

    panel: QueuePanel
    reader: PromptView
    actions: QueueActions
    downloads: DownloadsPanel
    download_actions: DownloadQueueActions
    folder: Path
    """Folder for files of the queue that are not applied."""
    new_key: Callable[[], object]
    """Opens the dialog for another API key."""
    refused = False
    """True while the server rejects the API key."""
    paused = False
    """True while the queue is paused."""
    unapproved = 0
    """Number of prompts that wait for approval."""
    failed = 0
    """Number of failed downloads."""
    wanted: RowId | None = None
    """Row to move the cursor to as soon as it is in the queue."""

    @property
    def at_downloads(self) -> bool:
        """True if the downloads have the focus."""
        return self.focused is self.downloads

    def disabled_reason(self, action: str, parameters: tuple[object, ...]) -> DisabledReason | None:
        if action in ("open_file", "retry") or (self.at_downloads and action == "drop"):
            return _download_reason(action, self.downloads.selected if self.at_downloads else None)
        if action in ("undo", "retry_failed", "new_key"):
            able = {"undo": self.actions.can_undo, "retry_failed": self.failed > 0, "new_key": self.refused}
            return None if able[action] else _NOTHING[action]
        if self.at_downloads and action in (*_QUEUE_ONLY, *_UNCERTAIN_ONLY):
            return _AT_DOWNLOADS
        if action in ("drop", "send_first") and self.panel.marked:
            return None
        if action == "approve" and self.panel.marked and self.unapproved:
            return None
        if action == "edit_file":
            return None if self.panel.count else not_here("Queue is empty.")
        if action == "over_limit" and (reason := why_not(self)) is not None:
            return reason
        if action in ("approve", "over_limit", "edit", "send_first", "move", "drop", *_UNCERTAIN_ONLY):
            return _prompt_reason(action, self.panel.selected)
        return None

    def key_words(self, action: str) -> KeyLabel | None:
        """Return the label of a key that depends on the state: pause or resume, prompts or downloads."""
        if self.at_downloads and action in ("queue.drop", "queue.open"):
            return _REMOVE if action == "queue.drop" else _OPEN_OR_RETRY
        if action == "queue.send_first" and not self.panel.marked and is_stopped(self.panel.selected):
            return _SEND_REST
        if action in _ON_SEVERAL and (rows := self.panel.several):
            words, sentence = _ON_SEVERAL[action]
            return KeyLabel(one_line(words.format(f"{len(rows):,}")), one_line(sentence))
        return _RESUME if action == "queue.pause" and self.paused else None

    def with_download(self, action: Callable[[Download], None]) -> None:
        if (download := self.downloads.selected) is not None and not self.in_burst:
            action(download)

    def with_prompt(self, action: Callable[[QueueItem], None]) -> None:
        if (item := self.panel.selected) is not None and not self.in_burst:
            action(item)

    def action_pause(self) -> None:
        if not self.in_burst:
            self.actions.pause_or_resume()

    def action_new_key(self) -> None:
        self.new_key()

    def action_resend(self) -> None:
        self.with_prompt(self.actions.resend)

    def action_settle(self) -> None:
        self.with_prompt(self.actions.settle)

    def action_keep_waiting(self) -> None:
        self.with_prompt(self.actions.keep_waiting)

    def action_edit(self) -> None:
        self.with_prompt(self.actions.edit)

    def action_edit_file(self) -> None:
        if not self.in_burst:
            self.actions.edit_file(self.folder, self.panel.several or None)

    def action_send_first(self) -> None:
        if not self.panel.marked and is_stopped(self.panel.selected):
            self.with_prompt(self.actions.send_rest)
        elif rows := self.panel.several:
            self.actions.send_all_first(rows)
        else:
            self.with_prompt(self.actions.send_first)

    def action_drop(self) -> None:
        if self.at_downloads:
            self.with_download(self.download_actions.drop)
        elif (rows := self.panel.several) and not self.in_burst:
            self.actions.drop_all(rows)
            self.panel.action_unmark()
        else:
            self.with_prompt(self.actions.drop)

    def action_undo(self) -> None:
        self.wanted = None if self.in_burst else self.actions.undo()

    def action_move(self, by: int) -> None:
        if self.panel.selected is not None:  # a key held down repeats as fast as a paste
            self.actions.move(self.panel.line_layout, self.panel.index, by)

    def action_limit(self) -> None:
        self.actions.limit()

    def action_open_file(self) -> None:
        self.with_download(self.download_actions.open)

    def action_retry(self) -> None:
        self.with_download(self.download_actions.retry)

    def action_retry_failed(self) -> None:
        if not self.in_burst:
            self.download_actions.retry_failed()

    def action_panel(self, by: int) -> None:
        """Focus the next panel, or the previous; where rows are few, only one of them is on screen."""
        reader = [] if self.has_class("-low") else [self.reader]
        panels = [self.panel, *reader, *([self.downloads] if self.has_class("-loads") else [])]
        here = next((i for i, panel in enumerate(panels) if panel is self.focused), 0)
        self.go_to_panel(panels[(here + by) % len(panels)])

    def go_to_panel(self, panel: LineView) -> None:
        """Focus a panel as soon as it is on screen."""
        self.remove_class("-reading")
        self.set_class(panel is self.downloads, "-at-downloads")
        self.call_after_refresh(panel.focus)

    def action_open(self) -> None:
        if self.at_downloads:
            self.with_download(self.download_actions.open_or_retry)
            return
        if (head := self.panel.line_layout.head(self.panel.index)) is not None:
            self.panel.action_fold(not head.folded)
            return
        self.add_class("-reading")
        self.call_after_refresh(self.reader.focus)  # where rows are few it is not shown before the next refresh

    def action_back(self) -> None:
        if not self.has_class("-reading"):
            self.dismiss()
        self.remove_class("-reading")
        self.call_after_refresh(self.panel.focus)
