"""Two real processes on one store, and what the engine loads. Real time, bounded."""

import asyncio
import signal
import subprocess
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from cordage_tui.config.paths import Paths
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.run import Status
from cordage_tui.simulator.faults import Call, Fault, FaultKind
from cordage_tui.simulator.server import RunningServer, serve
from cordage_tui.simulator.world import plain_world
from cordage_tui.store.store import Store
from tests.bench.processes import compare

PROGRAM = Path(__file__).with_name("window_process.py")
PATIENCE_S = 15.0
OpenWindow = Callable[[], Awaitable[tuple[Process, str]]]


@pytest.fixture
async def served() -> AsyncIterator[RunningServer]:
    """A world in real time, whose runs take half a second."""
    served = await serve(plain_world(time.time, seconds=0.5))
    yield served
    await served.close()


@pytest.fixture
async def open_window(served: RunningServer, tmp_path: Path) -> AsyncIterator[OpenWindow]:
    """Starts a process and returns it with its first word; all are killed after the test."""
    started: list[Process] = []
    arguments = (str(tmp_path), served.base_url, served.api_key, served.world.webhooks[0].key)

    async def start() -> tuple[Process, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(PROGRAM), *arguments, stdout=PIPE, stderr=DEVNULL
        )
        started.append(process)
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), PATIENCE_S)
        return process, line.decode().strip()

    yield start
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110  another process has no event to wait for
            await asyncio.sleep(0.02)


async def test_the_heir_of_a_killed_leader_goes_on_and_sends_nothing_twice(
    served: RunningServer, open_window: OpenWindow, tmp_path: Path
) -> None:
    """`kill -9` in the middle of a trigger: within a second the other window leads, calls that prompt uncertain, and sends
    what waits behind it, once."""
    leader, word = await open_window()
    _, other_word = await open_window()
    assert (word, other_word) == ("leads", "follows")
    store = Store.open(Paths.under(tmp_path).database, SystemClock())
    webhook = served.world.webhooks[0].key
    served.world.faults.add(Call.TRIGGER, Fault(FaultKind.SILENCE, acts=True))
    sending = store.outbox.submit("studio", webhook, {"prompt": "fox"})
    waiting = store.outbox.submit("studio", webhook, {"prompt": "owl"})
    try:
        await until(lambda: any(exchange.call is Call.TRIGGER for exchange in served.log))
        leader.kill()
        await leader.wait()
        killed = time.monotonic()
        await until(lambda: _status(store, sending) is Status.UNCERTAIN)
        took = time.monotonic() - killed
        await until(lambda: _status(store, waiting) is Status.COMPLETED)
    finally:
        store.close()
    assert took < 5.0  # a quarter of a second on a machine that is not busy
    assert sum(exchange.call is Call.TRIGGER for exchange in served.log) == 2


@pytest.mark.quiet
async def test_whichever_way_a_leader_dies_another_window_leads_within_a_second(open_window: OpenWindow) -> None:
    """Killed, crashed, hung up and interrupted, one after the other: each time one of those that follow takes over."""
    windows = [(await open_window())[0] for _ in range(5)]
    leader, followers, took = windows[0], windows[1:], {}
    for way in (signal.SIGKILL, signal.SIGSEGV, signal.SIGHUP, signal.SIGINT):
        heirs = [asyncio.create_task(_word(follower), name=str(follower.pid)) for follower in followers]
        leader.send_signal(way)
        await leader.wait()
        died = time.monotonic()
        done, waiting = await asyncio.wait(heirs, timeout=PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
        took[way.name] = time.monotonic() - died
        assert [task.result() for task in done] == ["leads"]
        for task in waiting:
            task.cancel()
        [heir] = {task.get_name() for task in done}
        leader = next(follower for follower in followers if str(follower.pid) == heir)
        followers.remove(leader)
    assert all(seconds < 1.0 for seconds in took.values()), took


@pytest.mark.quiet
async def test_many_windows_cost_the_server_what_one_does() -> None:
    """Beside one that polls all it may, five windows on one state make the same calls; tests/bench/processes.py measures it
    for long."""
    one, many = await compare(5, webhooks=5, seconds=6.0)
    assert one.calls >= 6
    assert abs(many.calls - one.calls) <= 2
    assert (one.refused, many.refused) == (0, 0)


async def _word(window: Process) -> str:
    assert window.stdout is not None
    return (await window.stdout.readline()).decode().strip()


def _status(store: Store, row: int) -> Status | None:
    found = store.rows.get(row)  # type: ignore[arg-type]
    return found.status if found else None


@pytest.mark.parametrize(
    "module",
    [
        "cordage_tui.engine.engine",
        "cordage_tui.engine.workspace",
        "cordage_tui.cli.main",
        "cordage_tui.cli.commands.queue.work",
    ],
)
def test_neither_engine_nor_command_line_loads_the_screen(module: str) -> None:
    """A fresh interpreter that imports them has no Textual and no Rich, and no httpx before the first call."""
    loads = f"import {module}, sys; print(sorted({{'textual', 'rich', 'httpx', 'PIL'}} & set(sys.modules)))"
    printed = subprocess.run([sys.executable, "-c", loads], capture_output=True, text=True, timeout=60, check=True)
    assert printed.stdout.strip() == "[]"
