"""T33: a toast that expires as another one is shown leaves its holder for ever."""

import asyncio

from textual.app import App
from textual.notifications import Notifications
from textual.widgets._toast import ToastHolder, ToastRack


async def main() -> None:
    app = App()
    async with app.run_test(notifications=True) as pilot:
        app.notify("first", timeout=60)
        await pilot.pause(0.3)
        app.screen.query_one(ToastRack).show(Notifications())  # as when the first one has just expired
        await pilot.pause(0.3)
        holders = len(app.screen.query(ToastHolder))
    if holders:
        raise SystemExit(f"{holders} holder for no toast")


asyncio.run(main())
