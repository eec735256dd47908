"""A process that polls as much as it may on a shared ledger, to be run on its own: the ledger's file, seconds."""

import asyncio
import sys
from pathlib import Path

from cordage_tui.api.rate_limiter import RateLimiter
from cordage_tui.api.shared_budget import FileBudgetStore
from cordage_tui.domain.clock import SystemClock
from cordage_tui.domain.rate_limit import Priority, RateLimitClass


def ledger(path: str, kind: RateLimitClass) -> FileBudgetStore:
    """Reads are kept in that very file."""
    return FileBudgetStore(Path(path if kind is RateLimitClass.READ else f"{path}-{kind}"))


async def main(path: str, seconds: str) -> None:
    """Prints how many grants there were."""
    pacer, grants = RateLimiter(SystemClock(), ledger=lambda kind: ledger(path, kind)), 0
    try:
        async with asyncio.timeout(float(seconds)):
            while True:
                await pacer.acquire(RateLimitClass.READ, Priority.BACKGROUND)
                grants += 1
    except TimeoutError:
        print(grants)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
