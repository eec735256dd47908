"""Whether the server is reached and takes the key, and what it says of limits and time. Costs one read."""

import time
from collections.abc import Sequence

from cordage_tui.cli.checkup.check import Check, CheckLevel
from cordage_tui.cli.engine_room import engine, on_loop, whole_store
from cordage_tui.cli.exit_codes import ExitCode
from cordage_tui.cli.place import CommandContext
from cordage_tui.cli.refreshing import read_now
from cordage_tui.cli.voice import Console
from cordage_tui.config.credentials import FoundKey
from cordage_tui.domain.outbox import OutboxState
from cordage_tui.engine.engine import Engine

_FAR_S = 60.0
"""A clock that is wrong by more than this makes TLS and signed links fail in the end."""
_CURES = {
    ExitCode.KEY_REFUSED: "Make a key under API Keys in the workspace's settings, and set it.",
    ExitCode.TRY_AGAIN: "Look at the network, the base URL and the proxies above; then try again.",
    ExitCode.USAGE: "Compare the webhook's key and the base URL with the webhook node's settings.",
}


def server_checks(place: CommandContext, key: FoundKey, voice: Console) -> Sequence[Check]:
    """Raises CommandError where the database cannot be opened."""
    found: list[Check] = []

    async def main() -> ExitCode:
        async with engine(place, key, store, voice.error) as running:
            found.extend(await _asked(running, place))
        return ExitCode.OK

    with whole_store(place, voice) as store:
        place = place.stored(store.servers)
        found.append(_queue(store.queue.counts(place.profile.stored_as).get(OutboxState.QUEUED, 0)))
        on_loop(main)
    return found


async def _asked(running: Engine, place: CommandContext) -> list[Check]:
    webhook, begun = place.profile.webhooks[0], time.monotonic()
    code, trouble = await read_now(running, [webhook.key])
    took = f"{(time.monotonic() - begun) * 1000:.0f} ms"
    if trouble is not None:
        return [Check("server", trouble, CheckLevel.WRONG, _CURES[code], code)]
    found = [Check("server", f"answers in {took}")]
    for view in running.budgets():
        limited = CheckLevel.NOTE if view.limited else CheckLevel.OK
        found.append(Check(str(view.call_class), f"{view.remaining} of {view.limit} a minute left", limited))
    skew = running.skew
    if skew is None:
        return [*found, Check("clock", "the server does not tell its time")]
    words = f"the server's is {skew.ahead_s:+.1f} s from this machine's"
    if abs(skew.sure_ahead_s) > _FAR_S:
        return [
            *found,
            Check("clock", words, CheckLevel.NOTE, "Set this machine's clock; times and links depend on it."),
        ]
    return [*found, Check("clock", words)]


def _queue(queued: int) -> Check:
    if not queued:
        return Check("queue", "empty")
    return Check(
        "queue", f"{queued:,} queued", CheckLevel.NOTE, "They go with the next window, or: cordage-tui queue work"
    )
