"""A campaign plays many lanes at the same time, each in its own process, because a lane waits most of its time."""

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
"""Less than the time for which the program trusts a link, so that it reads the link again. Still longer than a busy machine takes to send the link."""
OLD_LINKS_LAST_S = 150.0
"""For campaigns in which no link is read again, so that one of them is dead soon."""
LISTED_AFTER_S = 60.0
LISTED_LATE_S = 600.0
"""For campaigns in which nobody waits for the list to settle. On no machine is the run listed before it is looked for."""
KINDS_OF_SERVERS = 12
"""Number of seeds after which the options of the servers repeat."""
CHUNKS = 12
"""Number of lanes that share the scenes of all failpoints."""
SCENES_TO_REST = 4
"""Number of failpoints after which the lane comes to rest. Until then, what one failpoint has left undone meets the next one."""
MEMORY = Path("/dev/shm")
"""Folder of the homes if it exists. SIGKILL takes nothing from the kernel, so a real disk would show no more faults."""


@dataclass(frozen=True)
class Job:
    """What one lane plays."""

    seed: int
    failpoints: Sequence[str] = ()
    """The worker dies at each of these at their first occurrence, the second, and so on."""
    most: int = 0
    """How often at most it dies at each of them."""
    kills: int = 0
    """Number of random kills after that."""
    control: Control | None = None
    shared: bool = False
    """Whether others start runs on the same webhooks, and the server stamps runs by another clock than that of `Date`."""


ON_ECHOES: Final = ("before found", "after found")
"""Failpoints that are met only if the server echoes the inputs."""
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
"""How many seconds the clock that stamps runs is ahead, and the precision of its times in seconds."""


def every_failpoint(most: int) -> list[Job]:
    """Return jobs for each failpoint, from its first to its `most`-th occurrence.

    Without echoed inputs a run is a guess and never found.
    """
    anywhere = [name for name in NAMES if name not in ON_ECHOES]
    jobs = [Job(chunk, tuple(anywhere[chunk::CHUNKS]), most) for chunk in range(CHUNKS)]
    return [*jobs, Job(ECHOING, tuple(ON_ECHOES), most)]


def random_kills(kills: int, lanes: int, campaign: int = 0) -> list[Job]:
    """Return jobs with so many kills in so many lanes. Each `campaign` has other kills and the same kinds of
    servers."""
    first = 100 + campaign * KINDS_OF_SERVERS
    return [Job(first + n, kills=kills // lanes + (n < kills % lanes)) for n in range(lanes)]


def shared_webhooks(kills: int, lanes: int, campaign: int = 0) -> list[Job]:
    """Return jobs as `random_kills`, with others on the webhooks and wrong clocks; no server echoes the inputs."""
    first = 600 + campaign * KINDS_OF_SERVERS
    return [Job(first + n, kills=kills // lanes + (n < kills % lanes), shared=True) for n in range(lanes)]


def controlled(control: Control, kills: int) -> Job:
    """Return a job of random kills with this deliberate fault, until it shows, with at most so many kills."""
    return Job(1_000, kills=kills, control=control, shared=control is Control.ONE_CLOCK)


def played(jobs: Iterable[Job], cores: int | None = None) -> list[Tally]:
    """Return the tally of each job, in order. Raise AssertionError if a worker ended with a bug or never."""
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
    """Return the sum of all tallies."""
    whole = Tally()
    for tally in tallies:
        whole += tally
    return whole


def play(job: Job) -> Tally:
    """Play one job in this process."""
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
    conditions = {"options": _options(job), "client_ref": _echoes(job), "control": job.control, "shared": job.shared}
    async with lane(home, pace, job.seed, lives, **conditions) as own_lane:
        for number, failpoint in enumerate(job.failpoints, 1):
            await scenes(own_lane, failpoint, job.most)
            if number % SCENES_TO_REST == 0:
                await own_lane.rest()
        await at_random(own_lane, job.kills)
        return own_lane.reckoned()


def _options(job: Job) -> Options:
    """Return the options of the server: every third echoes the inputs, every other lists a run late, and links of half
    of them expire."""
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
