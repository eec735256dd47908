"""`cordage-tui prune`: preview, question, removal and freed space."""

import json
import time
from collections.abc import Iterator

import pytest

from cordage_tui.cli.base.parser import ENDED
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.output import output_key
from cordage_tui.domain.run import RemoteRun, RunQuery, Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.engine.images.disk_cache import SUFFIX
from cordage_tui.store.store import Store
from tests.cli.conftest import Cordage
from tests.cli.json_schema import wrong_with
from tests.cli.test_queue import PROFILE

DAY = 86_400.0


@pytest.fixture
def store(cordage: Cordage) -> Iterator[Store]:
    """Return the store with two runs of 200 days ago, one of them kept, and one of ten days ago."""
    cordage.config(PROFILE.format(""))
    store, now = Store.open(cordage.paths.database, SystemClock()), time.time()
    for name, days in (("old", 200), ("kept", 200), ("young", 10)):
        ended = {"created_at": now - days * DAY, "completed_at": now - days * DAY + 9}
        run = RemoteRun(
            name, Status.COMPLETED, SafeText("completed"), outputs=(f"https://s.example/{name}.png?sig=1",), **ended
        )  # type: ignore[arg-type]
        store.runs.seed("studio", [("wh_1", run, {"prompt": f"fox {name}"})])
    rows = {row.run_id: row.id for row in store.query.window(RunQuery("studio"), 0, 9)}
    store.ratings.decide([(rows["kept"], 1)], True)
    yield store
    store.close()


def left(store: Store) -> list[str | None]:
    """Return the ids of the remaining runs."""
    return [row.run_id for row in store.query.window(RunQuery("studio"), 0, 9)]


def test_a_dry_run_lists_what_would_be_removed_and_kept(cordage: Cordage, store: Store) -> None:
    """A dry run prints data on stdout, reasons and size on stderr, and removes nothing."""
    done = cordage("prune", "--older", "180d", "--dry-run")
    assert (done.returncode, done.stdout) == (0, "Sunset\tcompleted\t1\n")
    assert "Old enough, but not removed: 1 rated." in done.stderr and "would become free" in done.stderr
    answer = json.loads(cordage("prune", "--older", "180d", "--dry-run", "--json").stdout)
    assert wrong_with(answer) == []
    assert (answer["removed"], answer["kept"], answer["dry_run"]) == (1, {"rated": 1}, True)
    assert left(store) == ["young", "kept", "old"]


def test_prune_asks_and_removes(cordage: Cordage, store: Store) -> None:
    """`prune` needs `--yes` without a terminal, and prints the sizes before and after."""
    refused = cordage("prune", "--older", "180d")
    assert (refused.returncode, len(left(store))) == (2, 3)
    assert "Use --yes" in refused.stderr
    done = cordage("prune", "--older", "180d", "--yes")
    assert done.returncode == 0
    assert "Removed 1 run.\n" in done.stderr and "The database has" in done.stderr
    assert left(store) == ["young", "kept"]
    again = cordage("prune", "--older", "180d", "--yes")
    assert (again.returncode, again.stdout) == (0, "") and "No run is to be removed." in again.stderr


def test_thumbnails_of_removed_runs_are_removed(cordage: Cordage, store: Store) -> None:
    """Thumbnails of removed runs are removed, and those of other runs stay."""
    folder = cordage.paths.pictures
    folder.mkdir(mode=0o700)
    old, kept_picture = (folder / f"{output_key(f'https://s.example/{name}.png')}{SUFFIX}" for name in ("old", "kept"))
    old.touch()
    kept_picture.touch()
    assert cordage("prune", "--older", "180d", "--yes").returncode == 0
    assert [*folder.iterdir()] == [kept_picture]


def test_the_settings_may_say_how_long_runs_are_kept(cordage: Cordage, store: Store) -> None:
    """The settings may set the age; without them `--older` is required, with at least one day."""
    assert cordage("prune", "--yes").returncode == 2
    assert cordage("prune", "--older", "3h", "--yes").returncode == 2
    cordage.config('[retention]\nkeep = "26w"\n' + PROFILE.format(""))
    answer = json.loads(cordage("prune", "--yes", "--json").stdout)
    assert (answer["removed"], wrong_with(answer)) == (1, [])
    assert left(store) == ["young", "kept"]


def test_webhook_and_status_limit_what_is_removed(cordage: Cordage, store: Store) -> None:
    """A webhook and a status limit the removed runs, and an unknown webhook is an error."""
    assert (
        json.loads(cordage("prune", "Sunset", "--older", "5d", "--status", "failed", "--yes", "--json").stdout)[
            "removed"
        ]
        == 0
    )
    assert cordage("prune", "Sunste", "--older", "5d", "--yes").returncode == 2
    assert (
        json.loads(cordage("prune", "Sunset", "--older", "5d", "--status", "completed", "--yes", "--json").stdout)[
            "removed"
        ]
        == 2
    )


def test_a_filter_limits_what_is_removed(cordage: Cordage, store: Store) -> None:
    """`--where` limits the removed runs, and an unknown term removes nothing."""
    refused = cordage("prune", "--older", "5d", "--where", "-is:kepp", "--yes")
    assert (refused.returncode, len(left(store))) == (
        2,
        3,
    ) and "'is:kepp' is not understood. Did you mean" in refused.stderr
    assert json.loads(cordage("prune", "--older", "5d", "--where", "owl", "--yes", "--json").stdout)["removed"] == 0
    assert (
        json.loads(cordage("prune", "--older", "5d", "--where", "young -owl", "--yes", "--json").stdout)["removed"] == 1
    )
    assert left(store) == ["kept", "old"]


@pytest.mark.parametrize("choice", [("--where", ""), ("--where", "  "), ("--webhook", ""), ("",)])
def test_an_empty_choice_is_not_all_runs(cordage: Cordage, store: Store, choice: tuple[str, ...]) -> None:
    """An empty filter or webhook, such as of a variable that is not set, removes nothing."""
    before = left(store)
    refused = cordage("prune", *choice, "--older", "5d", "--yes")
    assert refused.returncode == 2 and left(store) == before


def test_a_compaction_alone_removes_nothing(cordage: Cordage, store: Store) -> None:
    """`--compact` rebuilds a database of an earlier version and removes nothing."""
    answer = json.loads(cordage("prune", "--compact", "--json").stdout)
    assert (answer["removed"], answer["before"], wrong_with(answer)) == (0, None, [])
    assert len(left(store)) == 3


def test_the_statuses_are_those_of_runs_that_have_ended() -> None:
    """`prune` accepts exactly the final statuses."""
    assert set(ENDED) == {status.word for status in Status if status.is_final}
