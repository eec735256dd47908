"""Automatic retention: nothing unless the settings say so, and by the window that leads."""

from dataclasses import replace

import pytest

from cordage_tui.domain.run import RemoteRun, RunQuery, Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.engine.history import automatic_pruning
from cordage_tui.engine.images.disk_cache import ThumbnailCache
from cordage_tui.store.pruning import DatabaseSpace, PrunePass
from tests.engine.studio import Studio, Window, passing

pytestmark = pytest.mark.looptime
DAY = 86_400.0


def old_runs(window: Window, count: int, **fields: object) -> None:
    now, key = window.session.clock.wall(), "wh_old"
    times = {"created_at": now - 40 * DAY, "completed_at": now - 40 * DAY + 9}
    runs = [RemoteRun(f"old-{n}", Status.COMPLETED, SafeText("completed"), **times, **fields) for n in range(count)]  # type: ignore[arg-type]
    window.store.runs.merge(window.session.profile, key, runs)


def left(window: Window) -> int:
    return window.store.query.count(RunQuery(window.session.profile, "wh_old"))


@pytest.mark.parametrize(("keep_s", "stay"), [(None, 50), (60 * DAY, 50), (30 * DAY, 0)])
async def test_runs_go_when_the_settings_no_longer_keep_them(studio: Studio, keep_s: float | None, stay: int) -> None:
    """A few at a time."""
    window = studio.build()
    window.session.settings = replace(window.session.settings, retention_s=keep_s)
    old_runs(window, 50)
    await window.engine.start()
    await passing(1.5 * automatic_pruning.STEP_EVERY_S)
    assert left(window) == (50 if stay else 50 - automatic_pruning.ROWS)
    await passing(10 * automatic_pruning.STEP_EVERY_S)
    assert left(window) == stay


async def test_each_step_is_taken_once(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """While space is given back nothing is looked for any more, and each picture is removed once."""
    window, steps, pictures = studio.build(), [], []
    step = PrunePass.step

    def counted(self: PrunePass, *, remove: bool, limit: int) -> bool:
        steps.append(step(self, remove=remove, limit=limit))
        return steps[-1]

    monkeypatch.setattr(PrunePass, "step", counted)
    monkeypatch.setattr(ThumbnailCache, "remove", lambda self, keys: pictures.extend(keys))
    window.session.settings = replace(window.session.settings, retention_s=30 * DAY)
    old_runs(window, 3 * automatic_pruning.ROWS, outputs=(f"https://s.example/{'x' * 5_000}.png",))
    space = DatabaseSpace(window.store.database)
    await window.engine.start()
    while all(steps):
        await passing(automatic_pruning.STEP_EVERY_S)
    assert left(window) == 0 and space.free
    await passing(10 * automatic_pruning.STEP_EVERY_S)
    assert (space.free, steps.count(False), len(pictures)) == (0, 1, 3 * automatic_pruning.ROWS)


async def test_only_the_window_that_leads_removes(studio: Studio) -> None:
    """The others only see it."""
    first = await studio.open()
    second = studio.build()
    second.session.settings = replace(second.session.settings, retention_s=30 * DAY)
    old_runs(first, 5)
    await second.engine.start()
    await passing(10 * automatic_pruning.STEP_EVERY_S)
    assert left(first) == 5


async def test_what_grows_old_while_it_is_open_goes_too(studio: Studio) -> None:
    """A pass each hour."""
    window = studio.build()
    window.session.settings = replace(window.session.settings, retention_s=40 * DAY + 1_800)
    old_runs(window, 5)
    await window.engine.start()
    await passing(20 * automatic_pruning.STEP_EVERY_S)
    assert left(window) == 5
    await passing(1.1 * automatic_pruning.PASS_EVERY_S)
    assert left(window) == 0
