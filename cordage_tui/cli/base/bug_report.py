"""Report of a bug that ends a command: on stderr, in the log, and to the next start."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from cordage_tui.cli.arguments.commands import COMMANDS
from cordage_tui.cli.base.command_line import command_in
from cordage_tui.cli.base.command_log import command_member
from cordage_tui.cli.base.context import store_error
from cordage_tui.cli.base.errors import CommandError, ExitCode, print_error
from cordage_tui.cli.base.output_streams import print_message
from cordage_tui.config.errors import ConfigError
from cordage_tui.config.paths import Paths
from cordage_tui.domain.advised_text import BUG_ADVICE
from cordage_tui.domain.base.file_system import exists
from cordage_tui.domain.secrets import traceback_text
from cordage_tui.engine.log.process_log import ProcessLog
from cordage_tui.engine.log.record_kinds import ProcessKind
from cordage_tui.store.errors import DAMAGE_ADVICE
from cordage_tui.store.file.damage import damage_in
from cordage_tui.store.file.database import mark_damaged

_UNKNOWN: Final = "unknown"
_SENDING: Final = frozenset({"trigger", "rerun"})
"""Commands that start runs."""


def report_bug(bug: Exception, argv: Sequence[str]) -> ExitCode:
    """Print and record a bug that ends the process with this command line; returns the exit code. Never raises.

    A damaged database is no bug of the program: its damage is printed instead.
    """
    with suppress(ConfigError):
        code = _damage_code(bug, argv, Paths.system())
        _record(bug, code or ExitCode.BUG, argv, Paths.system())
        if code is not None:
            return code
    print_message(f"{traceback_text(bug)}\n{BUG_ADVICE}")
    if isinstance(bug.__context__, CommandError):  # the error that the command was about to end with
        print_error(bug.__context__.happened, bug.__context__.meaning or "", bug.__context__.advice)
    return ExitCode.BUG


def _damage_code(bug: Exception, argv: Sequence[str], paths: Paths) -> ExitCode | None:
    """Print the damage of the database, and return the exit code that goes with it; None: it is whole. The next start looks
    through it in any case."""
    if not exists(paths.database):
        return None
    mark_damaged(paths.database)
    damage = damage_in(paths.database)
    if damage is None:
        return None
    stopped = bug.__context__ if isinstance(bug.__context__, CommandError) else store_error(damage, "")
    may_have_sent = command_in(argv) in _SENDING and "--queue" not in argv
    print_error(damage.what, stopped.meaning or (DAMAGE_ADVICE if may_have_sent else ""), stopped.advice)
    return ExitCode.UNCERTAIN if may_have_sent else stopped.code


def _record(bug: Exception, code: ExitCode, argv: Sequence[str], paths: Paths) -> None:
    name = command_in(argv) or ProcessKind.APP
    is_known = name in {ProcessKind.APP, *(command.name for command in COMMANDS)}
    log = ProcessLog(paths, command_member(name if is_known else _UNKNOWN))
    log.record_bug(bug)
    log.record_end(code)
