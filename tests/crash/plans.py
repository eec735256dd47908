"""When processes are killed, and what goes wrong with the server meanwhile."""

import random
from collections.abc import Iterator, Mapping

from cordage_tui.simulator.faults import Call, Fault, FaultKind
from cordage_tui.simulator.world import SimulatedWorkspace
from tests.crash.controls import Control
from tests.crash.failpoints import AFTER_A_CRASH, BY_COMMAND
from tests.crash.lane import Lane
from tests.crash.spec import Kind

LIMITED = '{"error": "Rate limit exceeded.", "retry_after": 2}'
WEATHER: tuple[tuple[Call, Fault, float], ...] = (
    (Call.TRIGGER, Fault(FaultKind.CLOSE, acts=True), 0.06),
    (Call.TRIGGER, Fault(FaultKind.CLOSE), 0.06),
    (Call.TRIGGER, Fault(FaultKind.RESET, acts=True), 0.04),
    (Call.TRIGGER, Fault(FaultKind.RESET), 0.04),
    (Call.TRIGGER, Fault(FaultKind.STATUS, acts=True, status=500), 0.03),
    (Call.TRIGGER, Fault(FaultKind.STATUS, status=502), 0.03),
    (Call.TRIGGER, Fault(FaultKind.STATUS, status=429, body=LIMITED), 0.02),
    (Call.TRIGGER, Fault(FaultKind.TRUNCATED), 0.03),
    (Call.TRIGGER, Fault(FaultKind.EMPTY), 0.02),
    (Call.TRIGGER, Fault(FaultKind.DELAY, seconds=20.0), 0.10),
    (Call.TRIGGER, Fault(FaultKind.SILENCE, acts=True), 0.01),
    (Call.LIST, Fault(FaultKind.STATUS, status=500), 0.03),
    (Call.LIST, Fault(FaultKind.CLOSE), 0.03),
    (Call.LIST, Fault(FaultKind.DELAY, seconds=5.0), 0.05),
    (Call.CONNECT, Fault(FaultKind.RESET), 0.02),
)
"""Each strikes such calls with that probability."""
SCRIPT: tuple[Fault, ...] = (
    Fault(FaultKind.CLOSE, acts=True),
    Fault(FaultKind.STATUS, status=502),
    Fault(FaultKind.STATUS, status=429, body=LIMITED),
)
"""How the first triggers of a life go; the others go well. So every kind of commit happens in it."""
SCENE_PROMPTS = 5
TRIES = 120
"""Lives in which a failpoint has to be met once, at most: a life depends on the machine, and on a busy one every second life passes
without `listed`, and few have a commit outside of all that are named."""
QUEUED = 12
EARLIER = 2
"""Prompts that have run before the first kill: others are made from them."""
KILLS_TO_REST = 10
KINDS = {Kind.WORKER: 5, Kind.COMMAND: 3, Kind.WINDOW: 2}
"""What is started to be killed at random, and how often of ten."""
WINDOW_LIVES = 4
"""A window takes so many times as long until it sends."""
WINDOW_MOST_S = 4.0
"""It draws all the while, so it costs more than all others; by then it has sent and searched."""
LIVES_S = (0.2, 0.6, 2.0)
"""Means from which each life's length is drawn, seconds of the world's time: until the first byte, while sending, while
searching."""


def storm(world: SimulatedWorkspace) -> None:
    """From now on any call may fail."""
    for call, fault, probability in WEATHER:
        world.faults.add(call, fault, count=None, probability=probability)


async def scenes(lane: Lane, failpoint: str, most: int) -> None:
    """Lives that end at the first, second, … time that failpoint is met, until one does not meet it so often, or at the
    `most`-th: polling has no end."""
    for _ in range(TRIES):
        if await _dies(lane, failpoint, 1):
            break
    else:
        print(f"never met: {failpoint}")
        lane.tally.unmet += 1
        return
    for occurrence in range(2, most + 1):
        if not await _dies(lane, failpoint, occurrence):
            return


async def _dies(lane: Lane, failpoint: str, occurrence: int) -> bool:
    """Whether a life ended there. It begins with a few prompts and the same faults."""
    for fault in SCRIPT:
        lane.world.faults.add(Call.TRIGGER, fault)
    lane.keep_queued(SCENE_PROMPTS)
    if failpoint in AFTER_A_CRASH:
        await lane.live("last byte sent")
    kind = Kind.COMMAND if failpoint in BY_COMMAND else Kind.WORKER
    if kind is Kind.COMMAND:
        await lane.rest()  # so that there is a run to make one from
    died = await lane.live(failpoint, occurrence, kind=kind)
    lane.world.faults.planned.clear()
    return died


def dealt(rng: random.Random, shares: Mapping[Kind, int]) -> Iterator[Kind]:
    """Yield all kinds by their shares, shuffled, again and again. Chance then leaves none out of a short campaign."""
    deck = [kind for kind, share in shares.items() for _ in range(share)]
    while True:
        rng.shuffle(deck)
        yield from deck


async def at_random(lane: Lane, kills: int) -> None:
    """Kills at random moments in foul weather, and lets all come to rest every few of them; up to twice as many until a
    command has submitted something. With a deliberate fault until it shows, and at most so many: how much a life does depends on
    the machine."""
    kinds = {Kind.COMMAND: 1} if lane.control is Control.NO_LINEAGE else KINDS  # no other process submits any
    started = dealt(random.Random(lane.rng.random()), kinds)
    lane.keep_queued(EARLIER)
    await lane.rest()
    for _ in range(0, kills, KILLS_TO_REST):
        storm(lane.world)
        enough = lane.tally.kills + min(KILLS_TO_REST, kills)
        while lane.tally.kills < enough or not (
            lane.tally.by_command or lane.control or lane.tally.kills >= 2 * enough
        ):
            kind = next(started)
            life_s = lane.rng.expovariate(1 / lane.rng.choice(LIVES_S))
            if kind is Kind.WINDOW:
                life_s = min(life_s * WINDOW_LIVES, WINDOW_MOST_S)
            await lane.live(kill_after_s=life_s, queued=QUEUED, kind=kind)
            if lane.control is not None and lane.control.shows(lane.reckoned()):
                return
        lane.world.faults.planned.clear()
        await lane.rest()
