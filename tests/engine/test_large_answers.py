"""A list of many runs, or of large ones, is merged in slices, with the event loop's turn between them."""

import asyncio
from collections.abc import Sequence

import pytest

from cordage_tui.domain.rate_limit import Priority
from cordage_tui.domain.run import RemoteRun, RowId, RunQuery
from cordage_tui.simulator.faults import Call, FaultKind
from cordage_tui.store.runs.listed_runs import Runs
from tests.engine.studio import Studio, Window

pytestmark = pytest.mark.looptime


ROUNDS = 5
"""A key takes several rounds of the event loop from the terminal to the screen."""


class Merges:
    """Notes the slices that are merged, and how many rounds the event loop did between one and the next, up to ROUNDS."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.slices: list[Sequence[RemoteRun]] = []
        self.rounds: list[int] = []
        merge, merges = Runs.merge, self

        def noted(runs: Runs, profile: str, webhook: str, told: Sequence[RemoteRun]) -> frozenset[RowId]:
            merges.slices.append(told)
            merges.rounds.append(0)
            merges._count_round()
            return merge(runs, profile, webhook, told)

        monkeypatch.setattr(Runs, "merge", noted)

    def _count_round(self) -> None:
        if self.rounds[-1] < ROUNDS:
            asyncio.get_running_loop().call_soon(self._counted)

    def _counted(self) -> None:
        self.rounds[-1] += 1
        self._count_round()


async def listed(window: Window) -> None:
    """Reads the list of the first webhook once, with nothing else going on."""
    await window.engine.fetcher.list(window.webhook, Priority.USER)


async def test_many_runs_are_merged_slice_by_slice(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them in the end, never more than fifty in one step, and the loop goes round several times between two."""
    key = studio.webhooks[0]
    for n in range(1_050):
        studio.world.trigger(key, {"prompt": f"fox {n}"}, studio.clock.true())
    window, merges = studio.build(), Merges(monkeypatch)
    await listed(window)
    assert len(window.store.query.window(RunQuery(window.engine.profile.name), 0, 5_000)) == 1_050
    assert max(map(len, merges.slices)) <= 50
    assert set(merges.rounds[:-1]) == {ROUNDS}


async def test_large_runs_make_small_slices(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slice is bounded by what there is to read in it, not only by how many runs it has."""
    key = studio.webhooks[0]
    studio.fault(
        Call.LIST, FaultKind.PATCH, patch={"outputs": [f"https://127.0.0.1/{n:0>60}.png" for n in range(1_200)]}
    )
    for n in range(40):
        studio.world.trigger(key, {"prompt": f"fox {n}"}, studio.clock.true())
    window, merges = studio.build(), Merges(monkeypatch)
    await listed(window)
    assert sum(map(len, merges.slices)) == 40
    assert max(map(len, merges.slices)) <= 3


async def test_a_run_too_large_to_keep_is_known_all_the_same(studio: Studio) -> None:
    """Its status and outputs count; of its own JSON the small fields are kept, and the large one is named as left out."""
    studio.fault(
        Call.LIST,
        FaultKind.PATCH,
        patch={"status": "completed", "outputs": ["https://127.0.0.1/a.png"], "blob": ["x" * 1000] * 1000},
    )
    run = studio.world.trigger(studio.webhooks[0], {"prompt": "fox"}, studio.clock.true())
    window = studio.build()
    await listed(window)
    (row,) = window.rows()
    detail = window.detail(row.id)
    assert (row.run_id, row.status.value, detail.outputs) == (run.run_id, "completed", ("https://127.0.0.1/a.png",))
    assert '"status": "completed"' in detail.raw
    assert '"blob": "(too large to keep)"' in detail.raw
