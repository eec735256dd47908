"""`cordage-tui simulate`: serve the demo's world, and say how to use it."""

import asyncio
from collections.abc import Callable, Iterator

from cordage_tui.simulator.demo import demo_world
from cordage_tui.simulator.server import RunningServer, serve


async def serve_until(stop: asyncio.Event, port: int, announce: Callable[[RunningServer], None]) -> None:
    """Serve on `port` (0: any free one) until `stop` is set; call `announce` once connections are accepted.

    Raises OSError when the port is taken.
    """
    served = await serve(demo_world(), port=port)
    try:
        announce(served)
        await stop.wait()
    finally:
        await served.close()


def introduction(served: RunningServer) -> Iterator[str]:
    """Yield the lines that say where everything is, with commands that work as they are."""
    webhooks = served.world.webhooks
    yield f"Cordage, simulated, at {served.base_url}"
    yield f"Outputs are served from {served.storage_url}"
    yield ""
    yield f"API key   {served.api_key}"
    for webhook in webhooks:
        yield f"webhook   {webhook.key}   {webhook.name}"
    yield ""
    yield "Start a run:"
    yield f"  {curl_line(served.base_url, served.api_key, webhooks[0].key)}"
    yield ""
    yield "Make things go wrong (GET lists the kinds, DELETE ends them all):"
    yield f"""  curl -sS {served.control_url} -d '{{"call": "trigger", "kind": "reset", "acts": true, "count": 1}}'"""
    yield ""
    yield "Ctrl+C ends it."


def curl_line(base_url: str, api_key: str, webhook_key: str) -> str:
    """Return a shell command that starts a run."""
    return (
        f"curl -sS {base_url}/{webhook_key}/trigger -H 'Authorization: Bearer {api_key}'"
        """ -H 'Content-Type: application/json' -d '{"prompt": "A lighthouse in a storm"}'"""
    )
