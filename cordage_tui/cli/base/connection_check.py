"""Reads of one webhook by commands that add it, or change its server: whether address, key and webhook work."""

import asyncio
from contextlib import suppress

from cordage_tui.cli.base.command_log import recorded
from cordage_tui.cli.base.console import Console
from cordage_tui.cli.base.context import CommandContext, command_database
from cordage_tui.cli.base.errors import CommandError, ExitCode
from cordage_tui.cli.base.profile import check_before_connecting
from cordage_tui.cli.base.refusal import refusal_advice
from cordage_tui.config.paths import Paths
from cordage_tui.config.settings import Settings
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.secrets import Secret
from cordage_tui.domain.webhook import Profile, Webhook
from cordage_tui.engine.connection_test import ConnectionField, ConnectionProblem, ConnectionTest
from cordage_tui.engine.key_answer import record_answer
from cordage_tui.store.store import Store


def connection_code(field: ConnectionField) -> ExitCode:
    """Return the exit code for a connection that does not work because of this field."""
    return {
        ConnectionField.KEY: ExitCode.KEY_REFUSED,
        ConnectionField.WEBHOOK: ExitCode.USAGE,
        ConnectionField.BASE_URL: ExitCode.TRY_AGAIN,
    }[field]


def find_base_url(
    paths: Paths, settings: Settings, profile: Profile, key: Secret, webhook_key: str, console: Console
) -> str | ConnectionProblem:
    """Read the webhook once, and return the base URL that works. Raises ConfigError for unreadable authorities."""
    check_before_connecting(settings, profile)
    with recorded(paths, console.command) as log:
        test = ConnectionTest(SystemClock(), settings.ca_file, log)
        return asyncio.run(test.find_base_url(profile.base_url, key, webhook_key))


def tested_webhook(
    paths: Paths,
    settings: Settings,
    profile: Profile,
    key: Secret,
    webhook: Webhook,
    console: Console,
    *,
    is_known: bool,
) -> str:
    """Read the webhook once, record the answer to the key, and return the base URL that works.

    Raises CommandError when the server has no such webhook. Other errors are only warnings if the profile `is_known`.
    """
    result = find_base_url(paths, settings, profile, key, webhook.key.strip(), console)
    if isinstance(result, str):
        _record(CommandContext(paths, settings, replace(profile, base_url=result)), key, None, console)
        return result
    is_refused = result.field is ConnectionField.KEY
    if is_refused and is_known:
        _record(CommandContext(paths, settings, profile), key, result.words, console)
    if result.field is ConnectionField.WEBHOOK or not is_known:
        advice = _advice(profile, is_known=is_known)
        raise CommandError(connection_code(result.field), result.words, advice, "Nothing was saved.")
    console.info(f"warning: {'tested, and refused' if is_refused else 'not tested'}: {result.words}")
    if is_refused:
        console.info(f"  {refusal_advice(result.words)}")
    return profile.base_url


def _record(context: CommandContext, key: Secret, refused: SafeText | None, console: Console) -> None:
    """Record the answer to a key, as `key status` prints it; a database that cannot be used is left alone."""
    with suppress(CommandError), command_database(context, console) as database:
        store = Store(database, SystemClock())
        record_answer(store, context.stored(store.servers).profile.stored_as, key, SystemClock(), refused)


def _advice(profile: Profile, *, is_known: bool) -> str:
    if is_known:
        return f"Copy the key again from the webhook node's settings, or add it without this check: --untested. The server asked was {one_line(profile.base_url)}."
    server = one_line(profile.base_url)
    return f"The server asked was {server}. To use another one: --base-url ADDRESS. To save it without this check: --untested"
