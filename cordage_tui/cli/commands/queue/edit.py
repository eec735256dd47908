"""`cordage-tui queue edit`: the queue as one file in `$EDITOR`."""

import argparse
import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

from cordage_tui.cli.base import parser
from cordage_tui.cli.base.console import Console
from cordage_tui.cli.base.errors import CommandError, ExitCode, UsageError
from cordage_tui.cli.commands.queue.context import QueueContext
from cordage_tui.cli.commands.trigger.inputs import parse_inputs, split_inputs
from cordage_tui.cli.commands.trigger.outputs_as_inputs import has_references
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.base.environment import ChildEnvironment, child_environment
from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.queue_changes import QueueChanges, UnsentPrompt
from cordage_tui.domain.run import RowId
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.errors import refuse_if_read_only
from cordage_tui.engine.input_fields import Unset
from cordage_tui.engine.outbox.queue_file import (
    QueueFile,
    QueueFileError,
    body_of,
    find_faults,
    keep_copy,
    summary,
    why_left,
)
from cordage_tui.store.outbox.queue_edits import QueueEdits

_SHOWN: Final = 40
"""Changed prompts that are listed before the question."""
_LIST: Final = "See: cordage-tui queue list"
_AGAIN: Final = "Your file is kept: {}"


class QueueEditCommand:
    """Edits unsent prompts of one profile in `$EDITOR`."""

    def __init__(
        self, profile: Profile, edits: QueueEdits, environ: ChildEnvironment, folder: Path, console: Console
    ) -> None:
        """Set the `environ` of the editor, and the `folder` for a file that is not applied."""
        self._profile = profile
        self._edits = edits
        self._environ = environ
        self._folder = folder
        self._console = console

    def run(self, numbers: Collection[int], *, yes: bool, unchecked: bool) -> None:
        """Edit those prompts, or all. Raises CommandError, StoreError and ReadOnlyProfile."""
        refuse_if_read_only(self._profile)
        prompts = self._unsent(numbers)
        if not prompts:
            self._console.info("The queue has no unsent prompts.")
            return
        file = QueueFile(prompts, self._profile.label)
        text = self._edited(file.text)
        try:
            changes = file.read(text)
        except QueueFileError as error:
            raise CommandError(ExitCode.USAGE, error.what, self._kept(text)) from error
        if not changes.rows:
            self._console.info("Nothing was changed.")
        elif self._agreed(changes, text, yes=yes, unchecked=unchecked):
            self._apply(changes, text)
        else:
            raise CommandError(ExitCode.USAGE, "Nothing was changed.", self._kept(text))

    def set_inputs(self, numbers: Collection[int], words: Sequence[str], *, unchecked: bool) -> None:
        """Set inputs of the prompts `numbers`, given as words like `style=noir`. Raises CommandError, StoreError and ReadOnlyProfile."""
        refuse_if_read_only(self._profile)
        if not numbers:
            raise UsageError(
                "queue edit needs the run number of the prompt whose inputs it sets.",
                "To list the numbers: cordage-tui queue list",
            )
        prompts = {prompt.row: prompt for prompt in self._unsent(numbers)}
        inputs: dict[RowId, Inputs] = {}
        for row, prompt in prompts.items():
            webhook, before = self._profile.webhook(prompt.webhook_key), body_of(prompt)
            new_inputs = parse_inputs(words, webhook.inputs if webhook else {})
            after = {name: value for name, value in {**before, **new_inputs}.items() if not isinstance(value, Unset)}
            if has_references(after):
                raise UsageError(
                    "queue edit cannot set an output of a run.", "Edit the prompt in the queue of the app."
                )
            if after != before:
                inputs[row] = after
        changes = QueueChanges(prompts, inputs)
        if not inputs:
            self._console.info("Nothing was changed.")
            return
        if not unchecked and (faults := find_faults(changes, self._profile)):
            faults_text = "; ".join(map(str, next(iter(faults.values()))))
            raise UsageError(f"{faults_text}. Nothing was changed.", "To set it anyway: --unchecked")
        self._apply(changes)

    def _unsent(self, numbers: Collection[int]) -> Sequence[UnsentPrompt]:
        """Read those prompts, or all unsent ones. Raises UsageError."""
        prompts = self._edits.unsent([RowId(number) for number in numbers] if numbers else None)
        if missing := [number for number in numbers if number not in {prompt.row for prompt in prompts}]:
            raise UsageError(f"There is no unsent prompt {missing[0]} in the queue.", "See: cordage-tui queue list")
        return prompts

    def _edited(self, text: str) -> str:
        """Run the editor, and return the saved text. Raises CommandError."""
        from cordage_tui.ui.external.editor import QUEUE_FILE, EditorProcess, NoEditor, command
        from cordage_tui.ui.external.terminal_program import interrupts_are_its_own  # late: they load Textual

        try:
            editor = EditorProcess(command(self._environ), text, self._environ, QUEUE_FILE)
        except NoEditor as error:
            raise CommandError(ExitCode.USAGE, error.words, "Nothing was changed.") from error
        try:
            with interrupts_are_its_own(), editor as process:
                result = process.result(process.wait())
        except OSError as error:
            result = editor.failed(error)
        if result.words is not None:
            raise CommandError(ExitCode.USAGE, result.words, "")
        return result.text

    def _agreed(self, changes: QueueChanges, text: str, *, yes: bool, unchecked: bool) -> bool:
        """List the changes, and ask whether to apply them. Raises CommandError if inputs do not fit their webhook."""
        from cordage_tui.ui.queue.file_review import QueueReview, change_lines

        faults, stale = find_faults(changes, self._profile), self._edits.stale(changes)
        lines = change_lines(QueueReview(changes, faults, stale), self._console.width or 200)
        for line in lines[:_SHOWN]:
            self._console.info(line.plain)
        if len(lines) > _SHOWN:
            self._console.info(f"… and {len(lines) - _SHOWN:,} more")
        if faults and not unchecked:
            raise CommandError(
                ExitCode.USAGE,
                f"{len(faults):,} of the changed prompts {'does' if len(faults) == 1 else 'do'} not fit the webhook's inputs. Nothing was changed.",
                f"To apply them anyway: --unchecked. {self._kept(text)}",
            )
        try:
            return yes or self._console.confirm(f"{summary(changes, stale)}. Apply?", "apply", 1)
        except (UsageError, KeyboardInterrupt):
            self._console.info(self._kept(text))
            raise

    def _apply(self, changes: QueueChanges, text: str | None = None) -> None:
        """Apply the changes, and keep the `text` of the file if some were left out. Raises CommandError if all were."""
        _, stale = self._edits.apply(changes)
        self._console.info(f"{summary(changes, stale)}.")
        for row, change in stale.items():
            self._console.info(f"Prompt {row}: {why_left(change)}")
        if not changes.rows - stale.keys():
            happened = "Nothing was changed: what the edit is about has changed in the meantime."
            raise CommandError(ExitCode.TRY_AGAIN, happened, self._kept(text) if text is not None else _LIST)
        if stale and text is not None:
            self._console.info(self._kept(text))

    def _kept(self, text: str) -> str:
        return _AGAIN.format(keep_copy(self._folder, text, SystemClock().wall()))


def edit(context: QueueContext, options: argparse.Namespace) -> None:
    """Run the command on the prompts that are named. Raises UsageError and CommandError."""
    edits = QueueEdits(context.store.database, context.store.outbox, context.profile.stored_as)
    environ = child_environment(os.environ, context.open.settings.secret_env_vars)
    command = QueueEditCommand(context.profile, edits, environ, context.open.paths.state_dir, context.console)
    numbers, inputs = split_inputs(options.words)
    try:
        rows = list(map(parser.row, numbers))
    except argparse.ArgumentTypeError as wrong:
        raise UsageError(f"Numbers of prompts: {wrong}.", "See: cordage-tui queue list") from wrong
    if inputs:
        command.set_inputs(rows, inputs, unchecked=options.unchecked)
    else:
        command.run(rows, yes=options.yes, unchecked=options.unchecked)
