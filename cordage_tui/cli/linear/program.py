"""Linear mode: read a line, carry it out, and announce changes."""

import argparse
import gc
import re
import sys
import time
from collections.abc import Sequence
from contextlib import redirect_stderr
from importlib import import_module
from typing import Final

from cordage_tui import __version__
from cordage_tui.cli.base.command_line import module_of, parse
from cordage_tui.cli.base.console import Console
from cordage_tui.cli.base.errors import CommandError, ExitCode, UsageError, for_lines, nothing_done
from cordage_tui.cli.base.output_streams import finish_output
from cordage_tui.cli.base.profile import find_webhook
from cordage_tui.cli.linear.connect import Connect
from cordage_tui.cli.linear.keyboard import Keyboard
from cordage_tui.cli.linear.questions import InputEnded, Questions
from cordage_tui.cli.linear.sentences import numbers
from cordage_tui.cli.linear.session import LinearSession
from cordage_tui.cli.linear.speech import Speech
from cordage_tui.cli.linear.spoken_help import spoken_help
from cordage_tui.cli.linear.typed_commands import OWN, SAME, SHORT, adapt, argv_of, webhook_word, words_of
from cordage_tui.config.errors import ConfigError
from cordage_tui.config.launch_options import LaunchOptions
from cordage_tui.domain.formatting import counted
from cordage_tui.domain.inputs import PROMPT, prompt_of
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import one_line
from cordage_tui.domain.secrets import without_keys
from cordage_tui.domain.webhook import Profile, Webhook
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.errors import KeyInInputs, ReadOnlyProfile, UserOnly
from cordage_tui.engine.processes.watchdog import GRACE_S, Watchdog
from cordage_tui.engine.processes.worker import STOP_GRACE_S
from cordage_tui.store.errors import StoreError
from cordage_tui.store.outbox.queue_edits import QueueEdits
from cordage_tui.store.runs.row_codecs import read_inputs

_LOOK_S: Final = 0.5
_SEE: Final = re.compile(r"(?:See|Look): ([^.]+?)(?: list)?$")
"""Advice of the command line that ends with a command."""
_AT_ROW: Final = re.compile(r"'?@(\d+)'?")
"""Row number in a message, as the command line writes it."""


def run(launch: LaunchOptions) -> int | None:
    """Run linear mode until the user quits; return the exit code, None to start the demo. Raises StoreError and ConfigError."""
    speech = Speech()
    keyboard = Keyboard(speech)
    gc.enable()
    with (
        redirect_stderr(sys.stdout),
        Watchdog(descriptors=(0, 1, 2), grace_s=STOP_GRACE_S + GRACE_S).attached() as watchdog,
        LinearSession(launch, speech).running(watchdog) as session,
        keyboard.attached(),
    ):
        session.stopped = keyboard.given_back
        program = LinearProgram(session, Questions(speech))
        try:
            ended = program.run()
        except (KeyboardInterrupt, BrokenPipeError):
            ended = ExitCode.INTERRUPTED
    finish_output()
    return watchdog.code or session.ending or ended


class LinearProgram:
    """Loop over the lines that the user types."""

    def __init__(self, session: LinearSession, questions: Questions) -> None:
        self._session = session
        self._questions = questions
        self._speech = session.speech
        self._webhook: Webhook | None = None
        """Webhook that the user has chosen."""

    def run(self) -> int | None:
        """Connect if nothing is, then carry out lines; return the exit code, None to start the demo."""
        self._speech.hold()
        try:
            if not Connect(self._session, self._questions).open_or_connect():
                return None
            self._greet()
            return self._read_lines()
        except InputEnded:
            return self._farewell()

    def _read_lines(self) -> int:
        interrupted = False
        while True:
            try:
                self._speech.release()
                line = self._questions.line()
                interrupted = False
                if line and not self._carry_out(line):
                    return self._farewell()
                self._session.read_changes()
            except KeyboardInterrupt:
                if self._session.ending is not None:
                    raise
                if interrupted:
                    self._farewell()
                    raise
                interrupted = True
                self._speech.answer(
                    "\nNothing more is done with this line. Press Control C again, or type quit, to leave."
                )

    def _carry_out(self, line: str) -> bool:
        """Carry out one line; False: it asks for the end."""
        self._speech.hold()
        words, name = [], ""
        try:
            words = words_of(line) if not line.lower().startswith("prompt ") else line.split(maxsplit=1)
            name = words[0].lower() if words else ""
            if name in SAME:
                name = SAME[name]
                words = [name, *words[1:]]
            if name.isascii() and name.isdigit() and not words[1:]:
                name, words = "show", ["show", name]
            if name == "quit":
                return False
            if name != "prompt" and {"-h", "--help"} & {*words[1:]}:
                name, words = "help", ["help", name, "options"]
            if name in OWN and name not in SHORT and not _is_command(words):
                self._own(name, words[1:])
            elif name == "trigger" and not words[1:]:
                self._trigger_by_questions()
            elif name == "webhooks" and words[1:] in ([], ["list"]):
                self._list_webhooks()
            elif name == "watch" and not words[1:]:
                self._watch()
            elif name in ("kill", "download") and not words[1:]:
                self._command([name, self._only_run(name)])
            elif words:
                self._command(argv_of(words))
        except CommandError as stopped:
            self._complain(stopped.happened, _meaning(stopped, name, words), stopped.advice)
        except ConfigError as error:
            self._complain(error.happened, "", error.advice)
        except (StoreError, ReadOnlyProfile, KeyInInputs) as error:
            self._complain(error.what, "", "")
        except SystemExit:  # after the help of a command
            pass
        return True

    def _command(self, argv: Sequence[str]) -> None:
        """Run a command of the command line. Raises CommandError, ConfigError and KeyboardInterrupt."""
        options = parse(argv)
        assert self._session.context is not None, "a profile is open"
        adapt(options, self._profile)
        if options.command in ("webhooks", "doctor") and self._session.launch.demo is not None:
            raise UsageError("The demo has no settings of its own.", "Quit, and connect to your own workspace.")
        options.opened, options.profile = self._session.context, self._profile.name
        if (file := self._session.launch.config_file) is not None:
            options.config = str(file)
        self._speech.command = options.command
        import_module(module_of(options.command)).run(options)
        if options.command == "download":  # it has said so
            self._session.read(lambda engine, announcer: announcer.know_downloads())
        if options.command == "webhooks":
            self._session.call(self._session.reload_webhooks)

    def _own(self, name: str, words: Sequence[str]) -> None:
        match name:
            case "help":
                self._speech.answer(spoken_help(words))
            case "quiet":
                self._speech.set_quiet(True)
                self._speech.answer("Quiet: no change is announced until you type resume.")
            case "resume":
                self._resume()
            case "status":
                self._speech.answer(self._status())
            case "use":
                self._use(words)
            case "prompt":
                self._trigger(self._chosen_webhook(), [f"{PROMPT}={' '.join(words)}"])
            case "edit":
                self._edit(words)
            case "version":
                self._speech.answer(f"cordage-tui, version {__version__}.")
            case "exceed" | "send":
                self._exceed([name, *words])
            case _:
                Connect(self._session, self._questions).replace_key()

    def _resume(self) -> None:
        """End quiet mode; if it is off, end the pause of the queue."""
        paused = self._session.read(lambda engine, announcer: engine.queue.control().paused)
        if self._speech.set_quiet(False):
            more = (
                " The queue is still paused; type resume once more to continue sending." if paused is not None else ""
            )
            self._speech.answer(f"Changes are announced again.{more}")
        elif paused is not None:
            self._command(["queue", "resume"])
        else:
            self._speech.answer("Changes are announced already, and the queue is not paused.")

    # Starting runs.

    def _trigger(self, webhook: Webhook | None, words: Sequence[str]) -> None:
        if webhook is not None:
            self._command(["trigger", webhook.key, *words])

    def _trigger_by_questions(self) -> None:
        webhook = self._chosen_webhook()
        if webhook is None:
            return
        text = self._questions.read_answer(f"Prompt for {one_line(webhook.name)}, or an empty line to start nothing:")
        if not text:
            self._speech.answer("Nothing is started.")
            return
        other_inputs = [
            one_line(f"{name} ({_default(value)})", 80) for name, value in webhook.inputs.items() if name != PROMPT
        ]
        question = f"Other inputs: {', '.join(other_inputs)}. Type name=value to change some, or an empty line:"
        words = words_of(self._questions.read_answer(question)) if other_inputs else []
        self._trigger(webhook, [f"{PROMPT}={text}", *words])

    def _chosen_webhook(self) -> Webhook | None:
        """Return the webhook that is chosen, or ask for one if there are several."""
        webhooks = self._profile.webhooks
        chosen = next((webhook for webhook in webhooks if self._webhook and webhook.key == self._webhook.key), None)
        if chosen is None and len(webhooks) == 1:
            return webhooks[0]
        if chosen is None:
            place = self._questions.choose("Which webhook?", [one_line(webhook.name) for webhook in webhooks])
            self._webhook = chosen = None if place is None else webhooks[place]
            self._speech.answer("Nothing is started." if chosen is None else f"{one_line(chosen.name)} is chosen.")
        return chosen

    def _use(self, words: Sequence[str]) -> None:
        if not words:
            self._webhook = None
            self._chosen_webhook()
            return
        self._webhook = find_webhook(self._profile, webhook_word(" ".join(words), self._profile))
        self._speech.answer(f"{one_line(self._webhook.name)} is chosen.")

    def _edit(self, words: Sequence[str]) -> None:
        """Change the text of an unsent prompt: to the words after its number, or to the answer to a question."""
        number = words[0].removeprefix("@") if words else ""
        if not (number.isascii() and number.isdigit() and int(number[:15])):
            raise UsageError(
                "It is not clear which prompt is meant.",
                "Type edit and its number, as in edit 3. Type queue to hear them.",
            )
        row = RowId(int(number[:15]))
        profile = self._profile.stored_as
        unsent = self._session.read(
            lambda engine, announcer: QueueEdits(engine.store.database, engine.store.outbox, profile).unsent([row])
        )
        if not unsent:
            raise UsageError(
                f"Prompt {row} is not in the queue any more, or never was.",
                f"To rerun it with other words: rerun {row} prompt=..., with the words in quotes.",
            )
        inputs = read_inputs(unsent[0].body) or {}
        question = (
            f"Prompt {row} is: {one_line(prompt_of(inputs), 500)}. Type its new words, or an empty line to keep it:"
        )
        text = " ".join(words[1:]) or self._questions.read_answer(question)
        if not text:
            self._speech.answer(f"Prompt {row} is kept as it is.")
            return
        change = self._session.read(lambda engine, announcer: engine.queue.edit(row, {**inputs, PROMPT: text}))
        if not change.done:
            raise UsageError(f"Prompt {row} was sent meanwhile, as it was.", f"Type show {row} to hear about it.")
        self._speech.answer(f"Prompt {row} is now: {one_line(text, 500)}.")

    def _exceed(self, typed: Sequence[str]) -> None:
        """Send queued prompts over a run limit, after a question: `send over`, earlier `exceed`. Raises UsageError."""
        if typed[0] == "send" and [word.lower() for word in typed[1:]] != ["over"]:
            raise UsageError(
                "send has one form here: send over, which sends over the run limit.", "To start a run: prompt A red fox"
            )

        def kept_back(engine: Engine) -> list[RowId]:
            waiting = engine.store.queue.waiting(engine.profile.stored_as, 0, 1_000)
            return [item.row for item in waiting if item.state is OutboxState.QUEUED]

        if (author := self._session.read(lambda engine, announcer: engine.author)) is not None:
            raise UsageError(UserOnly(author.name).what, "", "Nothing more is sent.")
        rows = self._session.read(lambda engine, announcer: kept_back(engine))
        reached = self._session.read(lambda engine, announcer: engine.spending.reached())
        if not rows or reached is None:
            raise UsageError("No prompt waits for a run limit.", "Type queue to hear the queue.")
        console = Console(argparse.Namespace(opened=self._session.context, quiet=False, no_color=True))
        question = f"{reached}. Send {counted(len(rows), 'prompt')} over it: {numbers(rows)}?"
        if not console.confirm(question, "send them", len(rows), typed=True):
            raise UsageError("Nothing more is sent.", "", "")
        self._session.read(lambda engine, announcer: engine.spending.exceed(rows))
        self._speech.answer(f"{counted(len(rows), 'prompt')} may be sent.")

    # Present state.

    @property
    def _profile(self) -> Profile:
        assert self._session.context is not None, "a profile is open"
        return self._session.context.profile

    def _greet(self) -> None:
        profile = self._profile
        names = ", ".join(one_line(webhook.name) for webhook in profile.webhooks)
        read_only = " It is read-only: nothing is started or killed." if profile.read_only else ""
        self._speech.answer(
            f"Cordage, linear mode. Profile {one_line(profile.name)} with {counted(len(profile.webhooks), 'webhook')}:"
            f" {names}.{read_only} {self._status()} Type help to hear the commands."
        )

    def _status(self) -> str:
        counts = self._session.read(lambda engine, announcer: engine.queue.counts())
        uncertain = counts.get(OutboxState.UNCERTAIN, 0)
        doubt = f" {counted(uncertain, 'prompt')} uncertain; type queue to hear more." if uncertain else ""
        return (self._session.read(lambda engine, announcer: announcer.progress()) or "Nothing runs or waits.") + doubt

    def _list_webhooks(self) -> None:
        for number, webhook in enumerate(self._profile.webhooks, 1):
            chosen = ", chosen" if self._webhook and webhook.key == self._webhook.key else ""
            self._speech.answer(f"{number}: {one_line(webhook.name)}{chosen}.")

    def _only_run(self, command: str) -> str:
        """Return the one run that a command without a number can mean. Raises UsageError if there is none, or several."""
        active = self._session.read(lambda engine, announcer: engine.store.query.active(engine.profile.stored_as))
        if command == "kill" and len(active) == 1:
            return f"@{active[0].id}"
        raise UsageError(
            "It is not clear which run is meant.",
            f"Type {command} and its number, as in {command} {active[0].id if active else 3}.",
        )

    def _watch(self) -> None:
        """Announce changes until nothing runs or waits any more."""
        self._session.read_changes()
        self._speech.release()
        while self._session.read(lambda engine, announcer: announcer.is_busy()):
            time.sleep(_LOOK_S)
        self._speech.answer(self._status())

    def _farewell(self) -> int:
        self._speech.hold()
        stay = ""
        if self._session.engine is not None:
            queued = self._session.read(lambda engine, announcer: engine.queue.counts().get(OutboxState.QUEUED, 0))
            wait = (
                f" {counted(queued, 'prompt')} {'waits' if queued == 1 else 'wait'} in the queue until you start again."
            )
            stay = f"{wait if queued else ''} Runs continue at the server."
        self._speech.answer(f"Goodbye.{stay}")
        if stay or (sys.stdin is not None and sys.stdin.isatty()):
            return ExitCode.OK
        return ExitCode.USAGE  # lines from elsewhere were not carried out

    def _complain(self, *sentences: str) -> None:
        message = " ".join(sentence.strip() for sentence in sentences if sentence.strip())
        message = _SEE.sub(r"Type \1.", for_lines(message))
        message = message.replace("Type --help.", "Type help and the command.")
        self._speech.answer(_AT_ROW.sub(r"\1", without_keys(message)))


def _meaning(error: CommandError, name: str, words: Sequence[str]) -> str:
    """Return what an error means: by default, that the command has changed nothing."""
    if error.meaning is not None:
        return error.meaning
    command = {"prompt": "trigger", **dict.fromkeys(("keep", "reject", "unrate", "stars"), "rate")}
    if name in ("drop", "resend", "edit", "pause", "resume"):
        return nothing_done("queue", "edit")
    return nothing_done(command.get(name, name), words[1] if words[1:] else "")


def _is_command(words: Sequence[str]) -> bool:
    """Return whether these are words of the command line, though the first is a command of linear mode, too."""
    return words == ["key", "status"]


def _default(value: object) -> str:
    """Describe the value that an input has unless another is given."""
    if isinstance(value, list | tuple):
        return f"one of {', '.join(map(str, value))}"
    return f"now {value}" if value not in ("", None) else "empty"
