"""Many lanes side by side, each a process of its own: most of a lane's time is waiting."""

import asyncio
import logging
import multiprocessing
import os
import socket
import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cordage_tui.simulator.world import Options
from tests.crash.controls import Control
from tests.crash.failpoints import NAMES
from tests.crash.lane import lane
from tests.crash.nursery import nursery, warm_up
from tests.crash.plans import at_random, scenes
from tests.crash.scaled import Pace, PacedLoop
from tests.crash.tally import Tally

SCALE = 100.0
LANES_A_CORE = 2
LINKS_LAST_S = 850.0
"""Less than the program trusts a link for, so that it reads it again; and longer than a busy machine takes to send it then."""
OLD_LINKS_LAST_S = 150.0
"""Where no link is read again, so that one of them is dead soon."""
LISTED_AFTER_S = 60.0
LISTED_LATE_S = 600.0
"""Where nobody waits for the list to settle: no machine is so busy that the run is listed before it is looked for."""
KINDS_OF_SERVERS = 12
"""Seeds until their options come round."""
CHUNKS = 12
"""Into so many lanes the scenes of all failpoints are dealt."""
SCENES_TO_REST = 4
"""Failpoints after which all comes to rest: what one has left undone, the next one meets."""
MEMORY = Path("/dev/shm")
"""Where there is one, the homes lie here: SIGKILL takes nothing from the kernel, so a disk would show nothing more."""


@dataclass(frozen=True)
class Job:
    """What one lane is to go through."""

    seed: int
    failpoints: Sequence[str] = ()
    """The worker dies there the first time they are met, the second, and so on."""
    most: int = 0
    """So often at each of them."""
    kills: int = 0
    """At random, after that."""
    control: Control | None = None
    shared: bool = False
    """Others start runs on the same webhooks, and the server stamps runs by another clock than that of `Date`."""


ON_ECHOES: Final = ("before found", "after found")
"""Failpoints that are met only where the server echoes what was sent."""
ECHOING: Final = 14
"""Seed of such a server."""

STAMPS: Sequence[tuple[float, float]] = (
    (-4.0, 1.0),
    (-300.0, 1.0),
    (0.0, 60.0),
    (7_200.0, 1.0),
    (200.0, 1.0),
    (-6.0, 1.0),
)
"""By how many seconds the clock that stamps runs is ahead, and to what its times are cut."""


def every_failpoint(most: int) -> list[Job]:
    """Each time they are met, up to the `most`-th. Where no server echoes what was sent, a run is a guess and never found."""
    anywhere = [name for name in NAMES if name not in ON_ECHOES]
    jobs = [Job(chunk, tuple(anywhere[chunk::CHUNKS]), most) for chunk in range(CHUNKS)]
    return [*jobs, Job(ECHOING, tuple(ON_ECHOES), most)]


def random_kills(kills: int, lanes: int, campaign: int = 0) -> list[Job]:
    """So many kills, dealt to so many lanes; others in each `campaign`, against the same kinds of servers."""
    first = 100 + campaign * KINDS_OF_SERVERS
    return [Job(first + n, kills=kills // lanes + (n < kills % lanes)) for n in range(lanes)]


def shared_webhooks(kills: int, lanes: int, campaign: int = 0) -> list[Job]:
    """As `random_kills`, where others use the webhooks and clocks are skewed; no server echoes what was sent."""
    first = 600 + campaign * KINDS_OF_SERVERS
    return [Job(first + n, kills=kills // lanes + (n < kills % lanes), shared=True) for n in range(lanes)]


def controlled(control: Control, kills: int) -> Job:
    """Random kills with that deliberate fault, until it shows, and at most so many."""
    return Job(1_000, kills=kills, control=control, shared=control is Control.ONE_CLOCK)


def played(jobs: Iterable[Job], cores: int | None = None) -> list[Tally]:
    """The tally of each job, in order. Raises AssertionError when a worker ended with a bug or never."""
    at_once = LANES_A_CORE * (cores or os.cpu_count() or 1)
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as own:
        return own.submit(_played_by_forks, list(jobs), at_once).result()


def _played_by_forks(jobs: list[Job], at_once: int) -> list[Tally]:
    """In a process of its own, which imports the program once for all lanes."""
    warm_up()
    with ProcessPoolExecutor(at_once, multiprocessing.get_context("fork")) as pool:
        return list(pool.map(play, jobs))


def played_until(holds: Callable[[Tally], bool], campaigns: Iterable[Iterable[Job]]) -> Tally:
    """The total of the first campaigns, so many until that holds: what a life meets depends on the machine."""
    tally = Tally()
    for jobs in campaigns:
        tally += total(played(jobs))
        if holds(tally):
            break
    return tally


def total(tallies: Iterable[Tally]) -> Tally:
    """All of them together."""
    whole = Tally()
    for tally in tallies:
        whole += tally
    return whole


def play(job: Job) -> Tally:
    """Goes through one job in this process."""
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # slow callbacks are nobody's fault here
    pace = Pace.of(SCALE)
    folder = MEMORY if MEMORY.is_dir() else None
    with (
        tempfile.TemporaryDirectory(prefix="cordage-crash-", dir=folder) as home,
        nursery() as lives,
        asyncio.Runner(loop_factory=lambda: PacedLoop(pace)) as runner,
    ):
        return runner.run(_played(job, Path(home) / "home", pace, lives))


async def _played(job: Job, home: Path, pace: Pace, lives: socket.socket) -> Tally:
    about = {"options": _options(job), "client_ref": _echoes(job), "control": job.control, "shared": job.shared}
    async with lane(home, pace, job.seed, lives, **about) as mine:
        for number, failpoint in enumerate(job.failpoints, 1):
            await scenes(mine, failpoint, job.most)
            if number % SCENES_TO_REST == 0:
                await mine.rest()
        await at_random(mine, job.kills)
        return mine.reckoned()


def _options(job: Job) -> Options:
    """Servers differ: every third echoes what was sent, every other lists a run late, links of half of them expire."""
    lag_s = LISTED_AFTER_S if job.seed % 2 == 0 else 0.0
    if job.control is Control.NO_SETTLE:
        lag_s = LISTED_LATE_S
    lasts_s = None
    if job.seed % 4 < 2:
        lasts_s = OLD_LINKS_LAST_S if job.control is Control.OLD_LINK else LINKS_LAST_S
    ahead_s, cut_s = STAMPS[job.seed % len(STAMPS)] if job.shared else (0.0, 1.0)
    return Options(
        latency_s=(0.5, 6.0),
        echo_inputs=_echoes(job),
        list_lag_s=lag_s,
        links_last_s=lasts_s,
        stamps_ahead_s=-300.0 if job.control is Control.ONE_CLOCK else ahead_s,
        stamps_cut_s=cut_s,
    )


def _echoes(job: Job) -> bool:
    return job.seed % 3 == 2 and not job.shared
