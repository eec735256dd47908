"""Actions of the queue screen. Each acts on the line under the cursor of the panel with the focus, or on the whole queue.

Keys that are part of a paste neither send nor drop a prompt.
"""

from typing import Final

from cordage_tui.domain.download import Download, DownloadState
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.queue import QueueItem
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.engine.errors import BEING_SENT, join_sentences
from cordage_tui.ui.dialogs.settle import open_settle
from cordage_tui.ui.keys.action import Action, KeyLabel
from cordage_tui.ui.keys.disabled_reasons import DisabledReason, not_here
from cordage_tui.ui.queue.active_runs_limit import open_limit
from cordage_tui.ui.queue.approval import ask_to_approve
from cordage_tui.ui.queue.context import QueueScreenContext
from cordage_tui.ui.queue.downloads import can_retry
from cordage_tui.ui.queue.file_editing import QueueFileActions
from cordage_tui.ui.queue.lines import is_stopped, is_unapproved
from cordage_tui.ui.queue.moves import GONE
from cordage_tui.ui.queue.over_spending_limit import ask_to_exceed, why_not
from cordage_tui.ui.queue.prompt_editing import QueuedPromptEditing

EMPTY: Final = not_here("Queue is empty.")
AT_DOWNLOADS: Final = DisabledReason(SafeText("That acts on a queued prompt: go to the queue first."))
NOT_MOVED: Final = not_here("Only queued prompts can be moved.")
SINGLE: Final = SafeText("That acts on a single prompt: unfold the batch.")


class QueueAction(Action[QueueScreenContext]):
    """Action of the queue screen."""

    in_footer = True
    of_several: tuple[str, str] | None = None
    """Word (`{}` is replaced by the number) and sentence of the key while it acts on marked prompts or on a batch."""

    def label(self, queue: QueueScreenContext) -> KeyLabel | None:
        if self.of_several is None or not (rows := queue.panel.several):
            return None
        word, sentence = self.of_several
        return KeyLabel(one_line(word.format(f"{len(rows):,}")), one_line(sentence))


class PromptAction(QueueAction):
    """Action on the prompt, or the batch, under the cursor of the queue."""

    def reason(self, queue: QueueScreenContext) -> DisabledReason | None:
        if queue.panels.at_downloads:
            return AT_DOWNLOADS
        item = queue.panel.selected
        return EMPTY if item is None else self.why_not(queue, item)

    def why_not(self, queue: QueueScreenContext, item: QueueItem) -> DisabledReason | None:
        """Return why the action cannot act on the prompt or batch under the cursor; None if it can."""
        return None

    def run(self, queue: QueueScreenContext) -> None:
        if (item := queue.panel.selected) is not None and queue.is_typed:
            self.act(queue, item)

    def act(self, queue: QueueScreenContext, item: QueueItem) -> None:
        """Act on the prompt or batch under the cursor."""
        raise NotImplementedError


class UncertainAction(PromptAction):
    """Action on an uncertain prompt."""

    def why_not(self, queue: QueueScreenContext, item: QueueItem) -> DisabledReason | None:
        if item.members:
            return DisabledReason(SINGLE)
        is_uncertain = item.state is OutboxState.UNCERTAIN
        return None if is_uncertain else DisabledReason(SafeText("This prompt is not uncertain."))


class DownloadAction(QueueAction):
    """Action on the download under the cursor."""

    def reason(self, queue: QueueScreenContext) -> DisabledReason | None:
        download = queue.downloads.selected if queue.panels.at_downloads else None
        return DisabledReason(SafeText("No download is selected.")) if download is None else self.why_not(download)

    def why_not(self, download: Download) -> DisabledReason | None:
        """Return why the action cannot act on this download; None if it can."""
        return None

    def run(self, queue: QueueScreenContext) -> None:
        if (download := queue.downloads.selected) is not None and queue.is_typed:
            self.act(queue, download)

    def act(self, queue: QueueScreenContext, download: Download) -> None:
        """Act on the download under the cursor."""
        raise NotImplementedError


class PauseQueue(QueueAction):
    """Pause sending until you resume."""

    id, keys, word = "queue.pause", "p", "pause"
    title, search = "Pause or resume the queue", "hold, stop, queue pause, queue resume"

    def reason(self, queue: QueueScreenContext) -> DisabledReason | None:
        """Resuming sends, pausing does not."""
        return queue.screen.why_not_send() if queue.is_paused else None

    def needs_pause(self, queue: QueueScreenContext) -> bool:
        """Resuming sends, pausing does not."""
        return queue.is_paused

    def label(self, queue: QueueScreenContext) -> KeyLabel | None:
        return KeyLabel(SafeText("resume"), SafeText("Resume sending")) if queue.is_paused else None

    def run(self, queue: QueueScreenContext) -> None:
        if queue.is_typed:
            with queue.screen.report_errors():
                if queue.engine.queue.control().paused is None:
                    queue.engine.queue.pause()
                else:
                    queue.engine.queue.resume()


class ReplaceRefusedKey(QueueAction):
    """Enter a new API key in place of the rejected one."""

    id, keys, word = "queue.new_key", "f2,A", "new API key"
    in_palette = False  # the app has its own command, which is always offered

    def reason(self, queue: QueueScreenContext) -> DisabledReason | None:
        if queue.is_refused:
            return None
        return DisabledReason(SafeText("The API key is accepted: no other is needed."))

    def run(self, queue: QueueScreenContext) -> None:
        queue.new_key()


class ResendQueued(UncertainAction):
    """Resend an uncertain prompt; asks first."""

    id, keys, word = "queue.resend", "S", "resend"
    sends = True

    def act(self, queue: QueueScreenContext, item: QueueItem) -> None:
        queue.submissions.resend(item.row, item.prompt, item.expected)


class SettleQueued(UncertainAction):
    """Settle which of several uncertain prompts ran; asks first."""

    id, keys, word = "queue.settle", "U", "settle"

    def act(self, queue: QueueScreenContext, item: QueueItem) -> None:
        open_settle(queue.screen, queue.engine, item.row, queue.screen.clock.wall())


class KeepWaiting(UncertainAction):
    """Keep checking for an uncertain prompt."""

    id, keys, word = "queue.keep_waiting", "W", "keep waiting"

    def act(self, queue: QueueScreenContext, item: QueueItem) -> None:
        with queue.screen.report_errors():
            is_waiting = queue.engine.queue.keep_waiting(item.row)
            queue.screen.toast(one_line("Keeps checking the run list for it.") if is_waiting else GONE)


class ApproveQueued(PromptAction):
    """Approve this prompt of an author, so that it is sent; shows it whole first."""

    id, keys, word = "queue.approve", "y", "approve"
    title, search = "Approve a prompt of an author", "agent, allow, release, held"
    sends = True
    of_several = (
        "approve {}",
        "Approve those of the marked prompts, else of this batch, that wait for it; shows each first",
    )

    def reason(self, queue: QueueScreenContext) -> DisabledReason | None:
        can_some = queue.panel.marked and queue.unapproved and not queue.panels.at_downloads
        return None if can_some else super().reason(queue)

    def why_not(self, queue: QueueScreenContext, item: QueueItem) -> DisabledReason | None:
        return None if is_unapproved(item) else DisabledReason(SafeText("This prompt does not wait for approval."))

    def act(self, queue: QueueScreenContext, item: QueueItem) -> None:
        ask_to_approve(queue.screen, item, queue.panel.several)


class EditQueued(PromptAction):
    """Edit this prompt before it is sent."""

    id, keys, word = "queue.edit", "e", "edit"
    title, search = "Edit a queued prompt", "change"

    def why_not(self, queue: QueueScreenContext, item: QueueItem) -> DisabledReason | None:
        if item.members:
            return DisabledReason(SINGLE, dimmed=True)
        is_unsent = item.state not in (OutboxState.SENDING, OutboxState.UNCERTAIN)
        return None if is_unsent else not_here("Only unsent prompts can be edited.")

    def act(self, queue: QueueScreenContext, item: QueueItem) -> None:
        QueuedPromptEditing(queue.screen, queue.submit, queue.foreground, item).open()


class DropQueued(PromptAction):
    """Drop this prompt, this batch or the marked ones: not charged if not sent; asks first if uncertain."""

    id, keys, word = "queue.drop", "x", "drop"
    title, search = "Drop a queued prompt", "remove, delete, cancel"
    of_several = "drop {}", "Drop the marked prompts, else this batch; not charged"

    def reason(self, queue: QueueScreenContext) -> DisabledReason | None:
        if queue.panels.at_downloads:
            no_download = DisabledReason(SafeText("No download is selected."))
            return no_download if queue.downloads.selected is None else None
        return None if queue.panel.marked else super().reason(queue)

    def why_not(self, queue: QueueScreenContext, item: QueueItem) -> DisabledReason | None:
        is_sending = item.state is OutboxState.SENDING and not item.members
        return not_here(join_sentences(BEING_SENT)) if is_sending else None

    def label(self, queue: QueueScreenContext) -> KeyLabel | None:
        if queue.panels.at_downloads:
            return KeyLabel(SafeText("remove"), SafeText("Remove this download; the loaded part is deleted"))
        return super().label(queue)

    def run(self, queue: QueueScreenContext) -> None:
        if queue.panels.at_downloads:
            if (download := queue.downloads.selected) is not None and queue.is_typed:
                queue.download_actions.drop(download)
        elif (rows := queue.panel.several) and queue.is_typed:
            queue.drops.drop_all(rows)
            queue.panel.unmark()
        else:
            super().run(queue)

    def act(self, queue: QueueScreenContext, item: QueueItem) -> None:
        if item.state is OutboxState.UNCERTAIN:
            queue.submissions.drop(item.row, item.prompt, item.expected)
        else:
            queue.drops.drop(item)


class EditQueueText(QueueAction):
    """Edit, drop and reorder the marked prompts, this batch, or all, as one file in $EDITOR."""

    id, keys, word = "queue.edit_file", "E", "as text"
    title, search = "Edit the queue as text", "toml, editor, vim, bulk, reorder"
    of_several = "{} as text", "Edit the marked prompts, else this batch, as one file in $EDITOR"

    def reason(self, queue: QueueScreenContext) -> DisabledReason | None:
        if queue.panels.at_downloads:
            return AT_DOWNLOADS
        return None if queue.panel.count else EMPTY

    def run(self, queue: QueueScreenContext) -> None:
        if queue.is_typed:
            editing = QueueFileActions(queue.screen, queue.foreground, queue.folder, queue.drops.add)
            editing.edit(queue.panel.several or None)


class SendFirst(PromptAction):
    """Send this prompt or batch next, before all others."""

    id, keys, word = "queue.send_first", "f", "send first"
    title, search = "Send a queued prompt first", "priority, prioritise, urgent, next, move"
    sends = True
    of_several = "send {} first", "Send the marked prompts, else this batch, before all others"

    def reason(self, queue: QueueScreenContext) -> DisabledReason | None:
        can_marked = queue.panel.marked and not queue.panels.at_downloads
        return None if can_marked else super().reason(queue)

    def why_not(self, queue: QueueScreenContext, item: QueueItem) -> DisabledReason | None:
        return None if is_stopped(item) or item.state is OutboxState.QUEUED else NOT_MOVED

    def needs_pause(self, queue: QueueScreenContext) -> bool:
        """Sending the rest of a batch spends; a new order does not."""
        return not queue.panel.marked and is_stopped(queue.panel.selected)

    def label(self, queue: QueueScreenContext) -> KeyLabel | None:
        if not queue.panel.marked and is_stopped(queue.panel.selected):
            sentence = SafeText("Send what is held because runs of this batch failed")
            return KeyLabel(SafeText("send the rest"), sentence)
        return super().label(queue)

    def run(self, queue: QueueScreenContext) -> None:
        rows = queue.panel.several
        if rows and (queue.panel.marked or not is_stopped(queue.panel.selected)):
            if queue.is_typed:
                queue.moves.send_all_first(rows)
        else:
            super().run(queue)

    def act(self, queue: QueueScreenContext, item: QueueItem) -> None:
        if is_stopped(item) and not queue.panel.marked:
            queue.moves.send_rest(item)
        else:
            queue.moves.send_first(item)


class UndoDrop(QueueAction):
    """Undo the last drop."""

    id, keys, word = "queue.undo", "u", "undo drop"
    title, search = "Undo the last drop", "restore, bring back"
    sends = True

    def reason(self, queue: QueueScreenContext) -> DisabledReason | None:
        if queue.drops.can_undo:
            return None
        return DisabledReason(SafeText("Nothing was dropped since this page was opened."))

    def needs_pause(self, queue: QueueScreenContext) -> bool:
        """A dropped prompt is sent if it is queued again."""
        return True

    def run(self, queue: QueueScreenContext) -> None:
        if queue.is_typed and (row := queue.drops.undo()) is not None:
            queue.panel.follow(row)


class MoveQueuedUp(PromptAction):
    """Move this prompt or batch up one place, or into the lane above."""

    id, keys, word = "queue.move_up", "K,alt+up", "move up"
    in_palette = False
    step = -1

    def why_not(self, queue: QueueScreenContext, item: QueueItem) -> DisabledReason | None:
        return None if item.state is OutboxState.QUEUED else NOT_MOVED

    def run(self, queue: QueueScreenContext) -> None:
        if queue.panel.selected is not None:  # works in a paste too: a held key repeats as fast
            queue.moves.move(queue.panel.line_layout, queue.panel.index, self.step)


class MoveQueuedDown(MoveQueuedUp):
    """Move this prompt or batch down one place, or into the lane below."""

    id, keys, word = "queue.move_down", "J,alt+down", "move down"
    step = 1


class LimitActiveRuns(QueueAction):
    """Limit how many runs may be active while sending."""

    id, keys, word = "queue.limit", "n", "limit"
    title, search = "Limit active runs", "concurrency, parallel, at once, hold, throttle, queue"

    def reason(self, queue: QueueScreenContext) -> DisabledReason | None:
        return AT_DOWNLOADS if queue.panels.at_downloads else None

    def run(self, queue: QueueScreenContext) -> None:
        open_limit(queue.screen)


class SendOverLimit(PromptAction):
    """Send this prompt, or what waits of its batch, over the run limit; asks first."""

    id, keys, word = "queue.over_limit", "O", "over limit"
    title, search = "Send over the run limit", "over limit, over budget, overspend"
    sends = True

    def reason(self, queue: QueueScreenContext) -> DisabledReason | None:
        if queue.panels.at_downloads:
            return AT_DOWNLOADS
        return why_not(queue.screen) or super().reason(queue)

    def why_not(self, queue: QueueScreenContext, item: QueueItem) -> DisabledReason | None:
        is_queued = item.state is OutboxState.QUEUED
        return None if is_queued else not_here("Only queued prompts wait for a limit.")

    def act(self, queue: QueueScreenContext, item: QueueItem) -> None:
        ask_to_exceed(queue.screen, item)


class OpenDownload(DownloadAction):
    """Open the file of this download."""

    id, keys, word = "downloads.open", "o", "open file"

    def why_not(self, download: Download) -> DisabledReason | None:
        is_done = download.state is DownloadState.DONE
        return None if is_done else DisabledReason(SafeText("This download is not done: there is no file yet."))

    def act(self, queue: QueueScreenContext, download: Download) -> None:
        queue.download_actions.open(download)


class RetryDownload(DownloadAction):
    """Retry this download now."""

    id, keys, word = "downloads.retry", "r", "retry"

    def why_not(self, download: Download) -> DisabledReason | None:
        return None if can_retry(download) else DisabledReason(SafeText("Only a download that has failed is retried."))

    def act(self, queue: QueueScreenContext, download: Download) -> None:
        queue.download_actions.retry(download)


class RetryFailedDownloads(QueueAction):
    """Retry all failed downloads."""

    id, keys, word = "downloads.retry_failed", "R", "retry failed"
    title = "Retry failed downloads"

    def reason(self, queue: QueueScreenContext) -> DisabledReason | None:
        return None if queue.failed_downloads else DisabledReason(SafeText("No download has failed."))

    def run(self, queue: QueueScreenContext) -> None:
        if queue.is_typed:
            queue.download_actions.retry_failed()


class NextQueuePanel(QueueAction):
    """Go to the next panel: queue, prompt, downloads."""

    id, keys, word = "queue.next_panel", "tab", "next panel"
    in_footer = in_palette = False
    step = 1

    def run(self, queue: QueueScreenContext) -> None:
        queue.panels.step(self.step)


class PreviousQueuePanel(NextQueuePanel):
    """Go to the previous panel."""

    id, keys, word = "queue.previous_panel", "shift+tab", "previous panel"
    step = -1


class ReadQueued(QueueAction):
    """Go to the whole prompt, below; fold or unfold a batch."""

    id, keys, word = "queue.open", "enter", "read"
    in_footer = in_palette = False

    def label(self, queue: QueueScreenContext) -> KeyLabel | None:
        if not queue.panels.at_downloads:
            return None
        return KeyLabel(SafeText("open or retry"), SafeText("Open this file, or retry a failed download"))

    def run(self, queue: QueueScreenContext) -> None:
        if queue.panels.at_downloads:
            if (download := queue.downloads.selected) is not None and queue.is_typed:
                queue.download_actions.open_or_retry(download)
        elif (head := queue.panel.line_layout.head(queue.panel.index)) is not None:
            queue.panel.fold(not head.folded)
        else:
            queue.panels.read()


class LeaveQueue(QueueAction):
    """Go back to the list, then to the runs."""

    id, keys, word = "queue.back", "escape,q", "back"
    in_palette = False

    def run(self, queue: QueueScreenContext) -> None:
        if not queue.panels.stop_reading():
            queue.screen.dismiss()


class CloseQueue(QueueAction):
    """Go back to the runs."""

    id, keys, word = "queue.close", "w", "runs"
    in_footer = in_palette = False

    def run(self, queue: QueueScreenContext) -> None:
        queue.screen.dismiss()


ACTIONS = (
    PauseQueue(),
    ReplaceRefusedKey(),
    ResendQueued(),
    SettleQueued(),
    KeepWaiting(),
    ApproveQueued(),
    EditQueued(),
    DropQueued(),
    EditQueueText(),
    SendFirst(),
    UndoDrop(),
    MoveQueuedUp(),
    MoveQueuedDown(),
    LimitActiveRuns(),
    SendOverLimit(),
    OpenDownload(),
    RetryDownload(),
    RetryFailedDownloads(),
    NextQueuePanel(),
    PreviousQueuePanel(),
    ReadQueued(),
    LeaveQueue(),
    CloseQueue(),
)
