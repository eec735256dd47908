"""`cordage-tui key`: enter the API key on a machine without a screen, and print its source."""

import argparse
import asyncio
import os
import sys
from typing import Final

from cordage_tui.api.errors import NotFound
from cordage_tui.cli.base.command_log import recorded
from cordage_tui.cli.base.console import Console
from cordage_tui.cli.base.context import CommandContext, command_database
from cordage_tui.cli.base.errors import CommandError, ExitCode, UsageError
from cordage_tui.cli.base.keyboard import without_echo
from cordage_tui.cli.base.output_streams import print_message
from cordage_tui.cli.base.profile import check_before_connecting, find_or_make_profile, print_warnings
from cordage_tui.cli.base.refresh import exit_code_of_error
from cordage_tui.config.errors import ConfigError
from cordage_tui.config.key_lookup import MAX_KEY, FoundKey, checked_key, find_key, save_key
from cordage_tui.config.paths import Paths
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.base.file_system import exists
from cordage_tui.domain.formatting import counted, format_ago
from cordage_tui.domain.run_json import moment
from cordage_tui.domain.safe_text import SafeText, one_line, safe
from cordage_tui.domain.secrets import Secret
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.connection_test import ConnectionTest
from cordage_tui.engine.key_answer import KeyAnswer, fingerprint, last_answer, record_answer
from cordage_tui.engine.processes.process_locks import holder_of, sending_lock
from cordage_tui.engine.workspace import CREDENTIALS
from cordage_tui.store.store import Store

_NOT_SAVED: Final = "The key was not saved."
_LINE: Final = 4 * MAX_KEY
"""Characters of a line that are read: more than any key has."""


def run(options: argparse.Namespace) -> int:
    """Run `options.action`. Raises CommandError and ConfigError."""
    console = Console(options)
    context = _context(options, console)
    return _set(context, options, console) if options.action == "set" else _status(context, console)


def _context(options: argparse.Namespace, console: Console) -> CommandContext:
    """Find settings and profile, unless linear mode has opened one; it may be a new one, whose webhooks are added later.
    Raises ConfigError."""
    opened: CommandContext | None = getattr(options, "opened", None)
    if opened is not None:
        return opened
    paths = Paths.system()
    settings, profile = find_or_make_profile(paths, options)
    print_warnings(settings, console)
    return CommandContext(paths, settings, profile)


# Set.


def _set(context: CommandContext, options: argparse.Namespace, console: Console) -> int:
    profile = context.profile
    if options.words:
        raise UsageError(
            "The API key is not taken as an argument: the shell keeps it, and others see it among the processes.",
            "Type it when asked, or pipe it: pass cordage/key | cordage-tui key set",
        )
    if profile.is_redirected:
        raise UsageError(
            f"The key would be saved for profile {profile.name!r}, whose base URL is another one.",
            "Omit --base-url, and unset CORDAGE_BASE_URL. Another server for it: cordage-tui profile set",
        )
    if options.base_url and context.settings.profile(profile.name) is None:
        raise UsageError(
            f"Profile {profile.name!r} is new, and its server is saved with its first webhook.",
            f"Omit --base-url here. Then: cordage-tui webhooks add KEY NAME --base-url {options.base_url}",
        )
    key = _read_key(profile, console)
    tested = None if options.untested else _test(context, key, console)
    save_key(context.paths, profile.name, key)
    released = _after_change(context, key, tested, console) if tested else 0
    key_in_use = _found(context, console)
    if console.json:
        console.object("key", _object(profile, FoundKey(key, SafeText(CREDENTIALS)), tested))
    _report(context, key, key_in_use, tested, released, console)
    return ExitCode.OK


def _read_key(profile: Profile, console: Console) -> Secret:
    """Read the key from the terminal, which does not echo it, or from the first line of stdin. Raises ConfigError."""
    if sys.stdin is None or not sys.stdin.isatty():
        return checked_key("" if sys.stdin is None else sys.stdin.readline(_LINE), "The API key on stdin")
    question = safe(f"API key of profile {profile.name}, which is not shown: ")
    with without_echo():
        print_message(question, end="")
        try:
            text = sys.stdin.readline(_LINE)
        finally:
            print_message("")
    return checked_key(text)


def _test(context: CommandContext, key: Secret, console: Console) -> KeyAnswer | None:
    """Read the profile's first webhook once with that key; None: there is none that
    can be read. Raises CommandError."""
    profile, settings, clock = context.profile, context.settings, SystemClock()
    if not profile.webhooks:
        return None

    check_before_connecting(settings, profile)
    with recorded(context.paths, console.command) as log:
        test = ConnectionTest(clock, settings.ca_file, log)
        error = asyncio.run(test.read(profile.base_url, key, profile.webhooks[0].key))
    if isinstance(error, NotFound):  # as in the app: that is the webhook's, and says little of the key
        console.info(f"warning: {profile.webhooks[0].name}: {error.what}")
        return None
    if error is not None:
        code = exit_code_of_error(error)
        refused = code is ExitCode.KEY_REFUSED
        advice = (
            "Make one under API Keys in the workspace's settings."
            if refused
            else "To save it without this check: --untested"
        )
        raise CommandError(code, error.what, advice, _NOT_SAVED)
    return KeyAnswer(accepted=True, at=clock.wall())


def _after_change(context: CommandContext, key: Secret, answer: KeyAnswer, console: Console) -> int:
    """Record the answer, and queue the prompts held for a key that works; returns their number."""
    try:
        with command_database(context, console) as database:
            store = Store(database, SystemClock())
            profile = context.stored(store.servers).profile.stored_as
            record_answer(store, profile, key, SystemClock(), answer.words)
            return store.outbox.release_held(profile)
    except CommandError as error:  # the next window or worker does the same once it reads
        console.error(error.happened)
        return 0


def _found(context: CommandContext, console: Console) -> FoundKey | None:
    try:
        return find_key(context.paths, context.settings, context.profile.name, os.environ)
    except ConfigError as error:
        console.error(f"{error.happened} {error.advice}")
        return None


def _report(
    context: CommandContext,
    key: Secret,
    key_in_use: FoundKey | None,
    tested: KeyAnswer | None,
    released: int,
    console: Console,
) -> None:
    profile = context.profile
    works = "The server accepts it." if tested else "It was not tested."
    console.info(f"API key {fingerprint(key)} of profile {profile.name} saved in {CREDENTIALS}. {works}")
    if released:
        console.info(f"{counted(released, 'held prompt is', 'held prompts are')} queued again.")
    if key_in_use is not None and key_in_use.key != key:
        console.info(f"warning: {key_in_use.source} has another key, which is used before it.")
    if not profile.webhooks:
        console.info("Next: cordage-tui webhooks add KEY NAME (for your company's server: --base-url ADDRESS)")
    if (holder := holder_of(sending_lock(profile, context.paths))) is not None:
        console.info(f"pid {holder.pid} continues with its own key: enter the new key there (f2), or start it again.")


# Status.


def _status(context: CommandContext, console: Console) -> int:
    profile = context.profile
    key_in_use = context.key or find_key(context.paths, context.settings, profile.name, os.environ)
    answer = None if key_in_use is None else _last_answer(context, key_in_use.key, console)
    if console.json:
        console.object("key", _object(profile, key_in_use, answer))
    elif key_in_use is not None:
        console.print(
            f"API key {fingerprint(key_in_use.key)} of profile {one_line(profile.name)}, from {key_in_use.source}."
        )
        console.print(_words(answer))
    if key_in_use is None:
        raise UsageError(f"There is no API key for profile {profile.name!r}.", "Enter one: cordage-tui key set")
    return ExitCode.KEY_REFUSED if answer is not None and not answer.accepted else ExitCode.OK


def _last_answer(context: CommandContext, key: Secret, console: Console) -> KeyAnswer | None:
    if not exists(context.paths.database):
        return None
    with command_database(context, console) as database:
        store = Store(database, SystemClock())
        return last_answer(store, context.stored(store.servers).profile.stored_as, key, SystemClock())


def _words(answer: KeyAnswer | None) -> str:
    if answer is None:
        return "The server has not been asked with this key yet. To test it: cordage-tui doctor"
    ago = format_ago(answer.at, SystemClock().wall())
    return f"The server accepted it {ago}." if answer.accepted else f"The server refused it {ago}: {answer.words}"


def _object(profile: Profile, found_key: FoundKey | None, answer: KeyAnswer | None) -> dict[str, object]:
    return {
        "profile": profile.name,
        "source": None if found_key is None else found_key.source,
        "fingerprint": None if found_key is None else fingerprint(found_key.key),
        "accepted": None if answer is None else answer.accepted,
        "at": None if answer is None else moment(answer.at),
        "words": None if answer is None else answer.words,
    }
