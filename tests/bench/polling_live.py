"""Live polling, in real time, against a server that shows the newest runs only and never forgets one.

`python tests/bench/polling_live.py --runs 200` prints the delay from each run's end to its sight, for lists of the newest 50
and for whole lists. The server is the acceptance tests' own; runs are started elsewhere, from an empty history.
"""

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from statistics import mean, quantiles
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from cordage_tui.api.client import CordageClient
from cordage_tui.api.rate_limiter import RateLimiter
from cordage_tui.config.paths import Paths
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.secrets import Secret
from cordage_tui.domain.webhook import Profile, Webhook
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.events import Event, RunsChanged
from cordage_tui.engine.workspace import locks
from cordage_tui.store.store import Store
from tests.acceptance.server import KEY, Judge, Run

WEBHOOK = "wh_live00000001"
AT_ONCE = 20
"""Runs that are started together: fewer than a page, so that each is listed once."""


class PagedJudge(Judge):
    """The judge, whose lists hold the newest `page` runs."""

    page: int | None = None

    def _decide(
        self, request: BaseHTTPRequestHandler, method: str, parts: list[str], body: bytes, over: bool
    ) -> tuple[int, Any]:
        status, answer = super()._decide(request, method, parts, body, over)
        return status, answer[: self.page] if isinstance(answer, list) else answer


class Observer:
    """When each run was first seen to have ended, epoch seconds."""

    def __init__(self, store: Store) -> None:
        self.known: set[str] = set()
        self.ended: dict[str, float] = {}
        self._store = store

    def on_event(self, event: Event) -> None:
        if not isinstance(event, RunsChanged):
            return
        for row in filter(None, map(self._store.rows.get, event.rows)):
            if row.run_id is not None:
                self.known.add(row.run_id)
                if row.status.is_final:
                    self.ended.setdefault(row.run_id, time.time())


async def until(condition: Any) -> None:
    while not condition():  # noqa: ASYNC110  the server is another thread
        await asyncio.sleep(0.05)


async def delays(judge: PagedJudge, home: Path, runs: int, mean_s: float) -> list[float]:
    """Seconds from the end of each run to its sight."""
    clock, secret = SystemClock(), Secret(KEY)
    profile = Profile("live", judge.base_url, (Webhook(WEBHOOK, "Live"),))
    paths, limiter = Paths.under(home), RateLimiter(SystemClock())
    client = CordageClient(profile.base_url, secret, rate_limiter=limiter, clock=clock)
    store = Store.open(paths.database, clock)
    engine = Engine(EngineContext(profile, client, limiter, store, clock, paths=paths), locks(profile, secret, paths))
    observer, rng = Observer(store), random.Random(1)
    engine.events.subscribe(observer.on_event)
    await engine.start()
    try:
        for begun in range(0, runs, AT_ONCE):
            made = [
                Run(WEBHOOK, {}, 45 + rng.expovariate(1 / mean_s), fails=False)
                for _ in range(min(AT_ONCE, runs - begun))
            ]
            judge.runs.extend(made)
            await until(lambda made=made: observer.known.issuperset({run.id for run in made}))
        await until(lambda: len(observer.ended) == runs)
    finally:
        await engine.stop()
        store.close()
    return [observer.ended[run.id] - run.born - run.seconds for run in judge.runs]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--mean", type=float, default=60.0, help="mean seconds of a run, beyond 45")
    parser.add_argument("--page", type=int, action="append", help="newest runs of a list; 0: all of them")
    options = parser.parse_args()
    for page in options.page or [50, 0]:
        judge = PagedJudge([WEBHOOK])
        judge.page = page or None
        with tempfile.TemporaryDirectory() as home:
            found = asyncio.run(delays(judge, Path(home), options.runs, options.mean))
        judge.close()
        refused = [status for _, status in judge.calls].count(429)
        shown = f"newest {page}" if page else "all"
        figures = f"mean {mean(found):.1f} s, p90 {quantiles(found, n=10)[-1]:.1f} s, longest {max(found):.1f} s"
        print(
            f"{options.runs} runs on one webhook, lists show {shown}: {figures}; {refused} x 429; load {os.getloadavg()[0]:.1f}"
        )


if __name__ == "__main__":
    main()
