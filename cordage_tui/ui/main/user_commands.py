"""Commands of the user: their keys, the selection they are run on, and the use of their output."""

import json
import shlex
from collections.abc import Sequence
from functools import partial
from typing import Final

from textual.binding import Binding

from cordage_tui.config.user_programs import CommandOutput, CommandTarget, UserCommand
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.base.program_arguments import UnfitValue, fill_arguments
from cordage_tui.domain.inputs import PROMPT, Inputs, canonical
from cordage_tui.domain.run import RunRow
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.engine.nonblocking_waits import run_in_daemon_thread
from cordage_tui.engine.processes.user_program import run_users_program
from cordage_tui.store.errors import StoreError
from cordage_tui.ui.app_base import BaseApp
from cordage_tui.ui.keys.action import bindings_of, call_of
from cordage_tui.ui.keys.command_search import USERS, Command
from cordage_tui.ui.keys.disabled_reasons import DisabledReason, not_here
from cordage_tui.ui.keys.footer import Footer, key_of
from cordage_tui.ui.keys.key_names import key_name
from cordage_tui.ui.main.command_input import CommandInput, CommandInputReader
from cordage_tui.ui.main.context import MainAction, MainContext
from cordage_tui.ui.main.layout import Panel
from cordage_tui.ui.prompt.draft import fields_of
from cordage_tui.ui.textual_patches.bindings import node_bindings
from cordage_tui.ui.widgets.text import literal
from cordage_tui.ui.widgets.text_area import MAX_BYTES, editable

Object = dict[str, object]

SCHEMA: Final = 1
_SHOWN: Final = 400
"""Most characters of a command's output that a toast shows."""
_GROUP: Final = Binding.Group(USERS)


class RunUserCommand(MainAction):
    """Run a command of the user."""

    group = _GROUP
    in_footer = True
    in_palette = False  # `palette_commands` offers all of them, with the program that each runs

    def __init__(self, number: int, command: UserCommand, key: str) -> None:
        """`key`: empty if the command has no key, or its key is taken."""
        self.id, self.keys, self.word = f"command.{number}", key, command.name
        self.help = one_line(f"{command.name}: {' '.join(command.argv)}", 100)
        self._number = number

    def reason(self, main: MainContext) -> DisabledReason | None:
        return main.part(UserCommands).disabled_reason(self._number)

    def run(self, main: MainContext) -> None:
        main.part(UserCommands).start(self._number)


class UserCommands:
    """Commands of the user on the main screen."""

    def __init__(self, main: MainContext) -> None:
        self._main = main
        self._host = main.screen
        self._engine = main.engine
        self._selection = main.selection
        self._prompt = main.prompt
        self._reader = CommandInputReader(main.screen, main.selection, main.prompt)
        self._commands = main.settings.commands
        self._keys = main.command_keys

    def bind(self) -> None:
        """Give the screen an action for each command, and bind the command's key if that is free."""
        actions = [
            RunUserCommand(number, command, self._keys.get(command.name, ""))
            for number, command in enumerate(self._commands)
        ]
        self._host.actions_by_id = {**self._host.actions_by_id, **{action.id: action for action in actions}}
        bindings = node_bindings(self._host).key_to_bindings
        for binding in Binding.make_bindings(bindings_of(actions)):
            bindings[binding.key] = [*bindings.get(binding.key, ()), binding]
        self._host.refresh_bindings()

    def palette_commands(self) -> list[Command]:
        """Return all commands of the user, including those without a key."""
        return [
            Command(
                command.name,
                partial(self._host.run_action, call_of(f"command.{number}")),
                one_line(f"your command · {' '.join(command.argv)}", 100),
                key_of(self._host, f"command.{number}"),
                words="command, program, script",
                id=f"command.{number}",
                disabled=reason.words if (reason := self._palette_reason(number)) is not None else SafeText(""),
            )
            for number, command in enumerate(self._commands)
        ]

    def _palette_reason(self, number: int) -> DisabledReason | None:
        """Return why a command cannot be run from the screen on top; None if it can.

        A command leaves that screen. If the screen has its own cursor, another run would then be selected. Only the viewer
        moves the cursor of the main screen.
        """
        from cordage_tui.ui.viewer.screen import ViewerScreen

        if self._host.app.screen is self._host or isinstance(self._host.app.screen, ViewerScreen):
            return self.disabled_reason(number)
        return not_here("Go back to the runs first: it is run on what is selected there.")

    def disabled_reason(self, number: int) -> DisabledReason | None:
        """Return why a command cannot be run now; None if it can."""
        command = self._commands[number]
        if command.spends and self._engine.profile.read_only:
            name = self._engine.profile.name
            return DisabledReason(one_line(f"Profile {name} is read-only: a command that spends is not run."))
        target = self._target(command)
        return target if isinstance(target, DisabledReason) else None

    def _target(self, command: UserCommand) -> CommandTarget | DisabledReason:
        """Return what the command is run on now: the most specific selection that it accepts. Else why it cannot be run."""
        on, selection, row = command.on, self._selection, self._selection.row
        if CommandTarget.PROMPT in on and self._prompt.has_focus_within:
            return self._prompt_target()
        if CommandTarget.MARKS in on and selection.has_marks:
            return CommandTarget.MARKS
        if selection.batch is not None:
            if CommandTarget.BATCH in on:
                return CommandTarget.BATCH
        elif row is not None:
            if CommandTarget.OUTPUT in on and row.output_count:
                return CommandTarget.OUTPUT
            if CommandTarget.RUN in on:
                return CommandTarget.RUN
        if CommandTarget.PROMPT in on:
            return self._prompt_target()
        return not_here(_nothing(on, row))

    def _prompt_target(self) -> CommandTarget | DisabledReason:
        has_webhook = self._prompt.webhook is not None
        return CommandTarget.PROMPT if has_webhook else not_here("There is no webhook to write a prompt for.")

    # Running a command.

    def start(self, number: int) -> None:
        """Run a command on the selection, or say why it cannot be run. Ask first if the command is set to ask."""
        command = self._commands[number]
        target = self._target(command)
        if isinstance(target, DisabledReason):
            return
        try:
            selected = self._reader.read(command, target)
            argv = fill_arguments(command.argv, selected.values)
        except StoreError as error:
            self._host.toast(error.what, error=True)
            return
        except UnfitValue as why:
            self._host.toast(one_line(f"{command.name} was not run: {why}.", 300), error=True)
            return
        if command.confirm:
            line = one_line(shlex.join(argv), 300)
            lines = [literal(selected.what, "bold"), literal(line, "$quiet")]
            title = one_line(f"Run {command.name}?")
            self._host.confirm(title, lines, SafeText("Run"), partial(self._start, command, argv, selected))
        else:
            self._start(command, argv, selected)

    def _start(self, command: UserCommand, argv: Sequence[str], selected: CommandInput) -> None:
        self._host.run_worker(self._run(command, argv, selected), group="user command", exclusive=False)

    async def _run(self, command: UserCommand, argv: Sequence[str], selected: CommandInput) -> None:
        panel = self._prompt
        draft = PromptState(panel.webhook.key if panel.webhook else None, panel.inputs(), self._keys_heard())
        message = {
            "schema": SCHEMA,
            "kind": "command",
            "command": command.name,
            "profile": self._engine.profile.stored_as,
            "on": selected.target,
            "runs": [],
            "output": None,
            "batch": None,
            "prompt": None,
            **selected.json_parts,
        }
        text = json.dumps(message)
        if command.background:
            key = one_line(key_name(self._keys.get(command.name, "")))
            self._host.query_one(Footer).show_message(key, one_line(f"Running {command.name}…"))
            work = partial(
                run_users_program,
                command.name,
                argv,
                text,
                self._main.foreground.environ,
                command.limit_s,
                keep=MAX_BYTES,
            )
            printed, trouble = await run_in_daemon_thread(work, "command")
            self._host.query_one(Footer).clear_message()
        else:
            keep = MAX_BYTES if command.into is CommandOutput.PROMPT else 0
            result = await self._main.foreground.run(command.name, argv, text, keep)
            if result is None:
                return
            printed, trouble = result
        if trouble is not None:
            self._host.toast(trouble, error=True)
        elif command.into is CommandOutput.PROMPT:
            self._fill_prompt(command, draft, printed)
        elif command.background or printed:
            printed_line = one_line(printed, _SHOWN)
            self._host.toast(one_line(f"{command.name}: {printed_line or 'done.'}", _SHOWN))

    def _keys_heard(self) -> int:
        app = self._host.app
        return app.key_order.heard if isinstance(app, BaseApp) else 0

    # Use of the output as the next prompt. No key that was meant for something else may send it.

    def _fill_prompt(self, command: UserCommand, before: "PromptState", printed: str) -> None:
        """Put the output into the prompt panel if nobody writes there; else put it into the history."""
        text = editable(printed).strip("\n")
        key, panel = before.webhook_key, self._prompt
        if key is None or not text.strip():
            self._host.toast(
                one_line(f"{command.name} printed nothing." if key else f"{command.name}: there is no webhook.")
            )
            return
        is_same = panel.webhook is not None and panel.webhook.key == key
        is_unchanged = is_same and canonical(panel.inputs()) == canonical(before.inputs)
        no_keys = self._keys_heard() == before.keys_heard
        body = {**fields_of(before.inputs), PROMPT: text}
        if is_unchanged and (no_keys or not panel.has_focus_within):
            panel.load(body)
            if no_keys and self._host.is_current:
                self._main.panels.go(Panel.PROMPT)
            else:
                self._host.toast(one_line(f"{command.name} has filled the prompt."))
        else:
            self._keep(command, key, body)

    def _keep(self, command: UserCommand, key: str, body: Inputs) -> None:
        with self._host.report_errors():
            self._host.store.prompts.keep_replaced(self._engine.profile.stored_as, key, body)
            self._main.presenter.show_target()
            up, name = key_of(self._prompt.editor, "prompt.history_older"), self._engine.profile.label(key)
            message = (
                f"{command.name} is done; your prompt was not replaced. {up} in an empty prompt for {name} shows it."
            )
            self._host.toast(one_line(message, _SHOWN))


@dataclass(frozen=True, slots=True)
class PromptState:
    """State of the prompt panel when a command was started."""

    webhook_key: str | None
    inputs: Inputs
    keys_heard: int
    """Number of keys that the user had pressed by then, in any panel."""


def _nothing(on: Sequence[CommandTarget], row: RunRow | None) -> str:
    """Say what must be selected for a command that can be run `on` these targets."""
    if row is not None and CommandTarget.OUTPUT in on and not row.size:
        return "This run has no outputs."
    names = {
        CommandTarget.RUN: "a run",
        CommandTarget.OUTPUT: "a run with outputs",
        CommandTarget.MARKS: "marked runs",
        CommandTarget.BATCH: "a batch",
    }
    return f"Select {' or '.join(names[target] for target in on if target in names)} first."
