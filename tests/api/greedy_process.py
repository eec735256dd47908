"""A process that polls as much as it may on a shared budget, to be run on its own: the budget's file, seconds."""

import asyncio
import sys
from pathlib import Path

from cordage_tui.api.rate_limiter import RateLimiter
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.rate_limit import Priority, RateLimitClass


def budget_file(path: str, kind: RateLimitClass) -> Path:
    """Reads are kept in that very file."""
    return Path(path if kind is RateLimitClass.READ else f"{path}-{kind}")


async def main(path: str, seconds: str) -> None:
    """Prints how many grants there were."""
    rate_limiter, grants = RateLimiter(SystemClock(), file=lambda kind: budget_file(path, kind)), 0
    try:
        async with asyncio.timeout(float(seconds)):
            while True:
                await rate_limiter.acquire(RateLimitClass.READ, Priority.BACKGROUND)
                grants += 1
    except TimeoutError:
        print(grants)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
