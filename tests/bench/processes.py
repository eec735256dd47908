"""Calls that many windows on one state make, beside those that one makes: real processes of the engine, real time.

    python tests/bench/processes.py [--processes 20] [--seconds 120] [--webhooks 5]

Each side has a simulator and a state of its own, and both run at the same time, so a busy machine slows both. Every
webhook has a run under way that never ends, so each side polls as much as its budget allows. The
ratio is to be 1 within 5 %, or the exit code is 1.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from asyncio.subprocess import PIPE, Process
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from cordage_tui.simulator.server import RunningServer, serve
from cordage_tui.simulator.world import plain_world

WINDOW = Path(__file__).parents[1] / "engine" / "window_process.py"
START_S = 60.0
"""Patience for a process that starts among many."""
FOREVER_S = 1e6


@dataclass(frozen=True, slots=True)
class Seen:
    """What a simulator saw of one side."""

    calls: int
    refused: int
    """429s among them."""


async def side(processes: int, webhooks: int, seconds: float, ready: asyncio.Barrier) -> Seen:
    """Opens that many windows on one state and counts their calls for `seconds` from when both sides are ready."""
    async with AsyncExitStack() as stack:
        home = stack.enter_context(tempfile.TemporaryDirectory())
        served = await serve(plain_world(time.time, webhooks=webhooks, seconds=FOREVER_S))
        stack.push_async_callback(served.close)
        for webhook in served.world.webhooks:
            served.world.trigger(webhook.key, {"prompt": "for ever"})
        opened = await asyncio.gather(*(window(Path(home), served) for _ in range(processes)))
        stack.push_async_callback(close, opened)
        await ready.wait()
        served.log.clear()
        await asyncio.sleep(seconds)
        exchanges = list(served.log)
        return Seen(len(exchanges), sum(exchange.status == 429 for exchange in exchanges))


async def window(home: Path, served: RunningServer) -> Process:
    """A process that has started its engine."""
    keys = [webhook.key for webhook in served.world.webhooks]
    arguments = (str(home), served.base_url, served.api_key, *keys)
    process = await asyncio.create_subprocess_exec(sys.executable, str(WINDOW), *arguments, stdout=PIPE)
    assert process.stdout is not None
    await asyncio.wait_for(process.stdout.readline(), START_S)
    return process


async def close(processes: list[Process]) -> None:
    """Ends them."""
    for process in processes:
        process.kill()
    await asyncio.gather(*(process.communicate() for process in processes))


async def compare(processes: int, webhooks: int, seconds: float) -> tuple[Seen, Seen]:
    """One window, and that many, at the same time."""
    ready = asyncio.Barrier(2)
    one, many = await asyncio.gather(
        side(1, webhooks, seconds, ready),
        side(processes, webhooks, seconds, ready),
    )
    return one, many


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--processes", type=int, default=20)
    parser.add_argument("--webhooks", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=120.0)
    options = parser.parse_args()
    one, many = asyncio.run(compare(options.processes, options.webhooks, options.seconds))
    print(f"{options.seconds:.0f} s, {options.webhooks} webhooks{'calls':>12}{'429s':>8}")
    print(f"{'one process':24}{one.calls:>12}{one.refused:>8}")
    print(f"{f'{options.processes} processes':24}{many.calls:>12}{many.refused:>8}")
    ratio = many.calls / one.calls
    print(f"ratio {ratio:.3f}")
    sys.exit(not 0.95 <= ratio <= 1.05 or many.refused > 0)


if __name__ == "__main__":
    main()
