"""Webhooks whose outputs are downloaded by themselves: each run that completes before our eyes, once for ever."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from cordage_tui.domain.download import DownloadState
from cordage_tui.domain.run import RemoteRun, Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.engine.processes.worker import Outcome, Worker
from cordage_tui.simulator.faults import Call
from cordage_tui.simulator.world import Options
from tests.engine.conftest import MakeStudio
from tests.engine.studio import Studio, Window, passing, until

pytestmark = pytest.mark.looptime


class Inline(ThreadPoolExecutor):
    """Does at once what it is given: threads live in real time, and simulated time would run away from them."""

    def submit(self, work: Callable[..., Any], /, *args: Any, **about: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(work(*args, **about))
        except OSError as error:
            done.set_exception(error)
        return done


@pytest.fixture(autouse=True)
async def _no_threads() -> None:
    asyncio.get_running_loop().set_default_executor(Inline())


def files(studio: Studio) -> list[str]:
    """What is whole below the folder that the settings name."""
    found = studio.paths.downloads_dir.rglob("*")
    return sorted(path.name for path in found if path.is_file() and path.suffix not in (".json", ".part"))


def done(window: Window) -> int:
    return window.engine.store.downloads.counts(window.engine.profile.stored_as).get(DownloadState.DONE, 0)


async def test_a_run_that_completes_is_downloaded_and_shows_where(studio: Studio) -> None:
    """Of a read-only profile too: nothing is paid."""
    window = await studio.open(profile=studio.profile(download=1))
    row = window.submit("fox")
    await until(lambda: done(window))
    outputs = window.detail(row).outputs
    assert len(files(studio)) == len(outputs) == len(window.store.downloads.files(row))


async def test_a_run_that_failed_is_not(make_studio: MakeStudio) -> None:
    """Whatever it lists. It is looked at once, and then over with."""
    studio = await make_studio()
    window = await studio.open(profile=studio.profile(download=1))
    row = window.submit("fox")
    await window.shows(row, Status.RUNNING)
    run_id = window.row(row).run_id
    assert run_id
    told = RemoteRun(run_id, Status.FAILED, SafeText("failed"), outputs=("https://s.example/1.png",))
    window.store.runs.merge("studio", window.webhook, [told])
    await until(lambda: not window.store.downloads.finished.due("studio"))
    assert not window.engine.store.downloads.counts(window.engine.profile.stored_as)


async def test_only_of_the_webhooks_that_say_so(make_studio: MakeStudio) -> None:
    studio = await make_studio(webhooks=2)
    window = await studio.open(profile=studio.profile(download=1))
    rows = [window.submit("fox", studio.webhooks[n]) for n in (1, 0)]
    await until(lambda: studio.ended(window, rows) and done(window))
    await passing(30)
    assert not window.store.downloads.files(rows[0]) and window.store.downloads.files(rows[1])
    assert window.store.downloads.finished.due("studio") == []


async def test_many_windows_download_it_once(studio: Studio) -> None:
    """One carries it out; all know where it went."""
    profile = studio.profile(download=1)
    windows = [await studio.open(profile=profile) for _ in range(4)]
    row = windows[3].submit("fox")
    await until(lambda: done(windows[0]))
    await passing(5)
    assert len(files(studio)) == len(windows[0].detail(row).outputs)
    assert all(window.store.downloads.files(row) for window in windows)


async def test_a_window_takes_over_what_a_dead_one_was_downloading(studio: Studio) -> None:
    first, second = await studio.open(), await studio.open()
    row = first.submit("fox")
    await first.shows(row, Status.COMPLETED)
    await until(lambda: second.detail(row).outputs)
    await first.dies()
    asked = second.engine.downloads.enqueue(second.store.run_lookup.output_refs([row]))
    found = await second.engine.downloads.settled(asked.ids)
    assert {download.state for download in found} == {DownloadState.DONE}


async def test_outputs_that_no_list_tells_are_waited_for(make_studio: MakeStudio) -> None:
    """They are asked for when a get has told them."""
    studio = await make_studio(options=Options(rows_have_outputs=False))
    window = await studio.open(profile=studio.profile(download=1))
    row = window.submit("fox")
    await window.shows(row, Status.COMPLETED)
    await until(lambda: done(window))
    assert len(window.store.downloads.files(row)) == len(window.detail(row).outputs)


async def test_what_was_there_before_is_not_downloaded(studio: Studio) -> None:
    """Neither runs that had ended when first seen, nor those that ended long before the wish."""
    window = await studio.open()
    row = window.submit("fox")
    await window.shows(row, Status.COMPLETED)
    await window.engine.stop()
    await passing(700)
    again = await studio.open(profile=studio.profile(download=1))
    await passing(20)
    assert not again.engine.store.downloads.counts(again.engine.profile.stored_as) and not files(studio)


async def test_a_dropped_one_does_not_come_back(studio: Studio) -> None:
    window = await studio.open(profile=studio.profile(download=1))
    row = window.submit("fox")
    await until(lambda: done(window))
    before = files(studio)
    for path in window.store.downloads.files(row).values():
        path.unlink()
    await passing(30)
    assert files(studio) != before and not window.store.downloads.files(row)


async def test_a_worker_does_not_end_before_its_downloads(studio: Studio) -> None:
    """It has nobody to leave them to; each is a line of its log."""
    window = studio.build(profile=studio.profile(download=1))
    row = window.store.outbox.submit("studio", window.webhook, {"prompt": "fox"})
    said: list[str] = []
    worker = Worker(window.engine, said.append, studio.clock)
    assert await asyncio.create_task(worker.run()) is Outcome.DONE
    paths = window.store.downloads.files(row)
    assert len(paths) == len(window.detail(row).outputs) > 0
    assert sorted(said[-1 - len(paths) : -1]) == sorted(f"saved {path}" for path in paths.values())


async def test_whoever_ends_with_its_runs_waits_for_theirs(studio: Studio) -> None:
    window = await studio.open(profile=studio.profile(download=1))
    row = window.submit("fox")
    await window.shows(row, Status.COMPLETED)
    found = await window.engine.downloads.runs_settled([row])
    assert {download.state for download in found} == {DownloadState.DONE} and len(found) == len(
        window.detail(row).outputs
    )


async def test_an_expired_link_is_renewed_by_one_read(make_studio: MakeStudio) -> None:
    """Against the simulator, which signs its links anew at each read."""
    studio = await make_studio(options=Options(links_last_s=5.0))
    window = await studio.open()
    row = window.submit("fox")
    await window.shows(row, Status.COMPLETED)
    await until(lambda: window.detail(row).outputs)
    await passing(8)
    asked = window.engine.downloads.enqueue(window.store.run_lookup.output_refs([row]))
    found = await window.engine.downloads.settled(asked.ids)
    assert {download.state for download in found} == {DownloadState.DONE}
    assert studio.calls(Call.GET) == 1
