"""A window without a screen, to be run as a process of its own: home, base URL, API key, webhook keys."""

import asyncio
import sys
from pathlib import Path

from cordage_tui.config.paths import Paths
from cordage_tui.config.settings import Settings
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.secrets import Secret
from cordage_tui.domain.webhook import Profile, Webhook
from cordage_tui.engine.workspace import build_engine
from cordage_tui.store.store import Store


async def main(home: str, base_url: str, key: str, *webhooks: str) -> None:
    """Says whether it leads, and once more when it does so after all; works until it is killed."""
    paths, clock = Paths.under(Path(home)), SystemClock()
    store = Store.open(paths.database, clock)
    profile = Profile("studio", base_url, tuple(Webhook(webhook, webhook) for webhook in webhooks))
    engine = build_engine(profile, Secret(key), paths, store, clock, Settings())
    await engine.start()
    if not engine.leadership.polls:
        print("follows", flush=True)
        heir = asyncio.Event()
        engine.events.subscribe(lambda _: heir.set() if engine.leadership.polls else None)
        await heir.wait()
    print("leads", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
