"""The runs under way, as the schedule keeps them in mind."""

from collections.abc import Callable

import pytest

from cordage_tui.domain.run import RemoteRun, RunQuery
from cordage_tui.store.store import Store
from tests.store.conftest import NOON

Told = Callable[..., RemoteRun]


@pytest.mark.parametrize(
    ("word", "about", "untold"),
    [
        ("running", {}, False),
        ("completed", {}, True),
        ("completed", {"outputs": ()}, False),
        ("completed", {"outputs": ("https://x/1",)}, False),
        ("failed", {}, True),
        ("cancelled", {}, False),
    ],
)
def test_an_end_is_untold_when_nothing_says_with_what(
    store: Store, remote_run: Told, word: str, about: dict[str, object], untold: bool
) -> None:
    """Completed without outputs, failed without a reason: these need a get of their own."""
    rows = store.runs.merge("p", "wh_a", [remote_run("r1", word, **about)])
    assert [run.run_id for run in store.active_runs.untold("p", rows)] == ["r1"] * untold
    assert store.active_runs.untold("another", rows) == []


def test_active_runs_are_read_all_or_among_rows(store: Store, remote_run: Told) -> None:
    """Active runs are read with the data to estimate their ends, all or among given rows, without ended ones."""
    store.runs.merge(
        "p", "wh_a", [remote_run("r1", "running", created_at=NOON - 9, node_count=5), remote_run("r2", "completed")]
    )
    store.runs.merge("p", "wh_b", [remote_run(f"s{n}", "pending", created_at=NOON) for n in range(600)])
    rows = [row.id for row in store.query.window(RunQuery("p"), 0, 1_000)]
    (first,) = [run for run in store.active_runs.all("p") if run.webhook_key == "wh_a"]
    assert (first.run_id, first.node_count, first.begun_at) == ("r1", 5, NOON - 9)
    assert {run.id for run in store.active_runs.among("p", rows)} == {run.id for run in store.active_runs.all("p")}
    assert store.active_runs.among("p", [first.id]) == [first]
    assert store.active_runs.among("another", rows) == []
