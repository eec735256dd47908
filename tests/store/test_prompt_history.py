"""Everything that was ever sent is in the history once, with how often, when last, and what came of it."""

from collections.abc import Callable

import pytest

from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.run import RemoteRun, RowId
from cordage_tui.store.prompt_history import SentBodies
from cordage_tui.store.store import Store
from tests.store.conftest import NOON
from tests.tries import accept, settle

FOX: Inputs = {"prompt": "a fox", "seed": 7}
SOURCE = BatchSource("{red|blue} fox", {"prompt": "{red|blue} fox"}, (("1", ("red", "blue")),))


@pytest.fixture
def bodies(store: Store) -> SentBodies:
    return SentBodies(store.database, "p")


def runs(store: Store, body: Inputs, run: RemoteRun, webhook: str = "wh") -> RowId:
    """Submit a prompt that becomes this run."""
    row = store.outbox.submit("p", webhook, body)
    store.outbox.claim("p")
    accept(store, row, run)
    return row


def test_what_came_of_it_is_counted_over_all_its_runs(
    store: Store, bodies: SentBodies, remote_run: Callable[..., RemoteRun]
) -> None:
    """Kept of rated outputs, the most stars, and how many runs failed, whichever submission they belong to."""
    first = runs(store, FOX, remote_run("r1", "completed", created_at=NOON, outputs=("https://s/1", "https://s/2")))
    runs(store, FOX, remote_run("r2", "failed", created_at=NOON + 1))
    last = runs(store, FOX, remote_run("r3", "completed", created_at=NOON + 2, outputs=("https://s/3",)))
    assert bodies.best_output(last) is not None and bodies.best_output(last).url == "https://s/3"  # type: ignore[union-attr]
    store.ratings.decide([(last, 1)], False)
    assert bodies.best_output(last).url == "https://s/1"  # type: ignore[union-attr]
    store.ratings.rate([(first, 2)], 4)
    assert bodies.best_output(last).url == "https://s/2"  # type: ignore[union-attr]
    store.ratings.decide([(first, 1)], True)
    assert bodies.best_output(last).url == "https://s/1"  # type: ignore[union-attr]
    store.ratings.decide([(last, 1)], None)
    store.ratings.rate([(last, 1)], 5)
    assert bodies.best_output(last).url == "https://s/1", "kept comes before any number of stars"  # type: ignore[union-attr]
    store.ratings.decide([(first, 1)], None)
    assert bodies.best_output(last).url == "https://s/3"  # type: ignore[union-attr]
    store.ratings.rate([(last, 1)], 0)
    store.ratings.decide([(last, 1)], False)
    store.ratings.decide([(first, 1)], True)
    stats = bodies.statistics(last)
    assert stats is not None
    assert (stats.times, stats.failed, stats.kept, stats.rated, stats.stars) == (3, 1, 1, 2, 4)


def test_a_rejected_prompt_has_no_output(store: Store, bodies: SentBodies) -> None:
    """It has no run, so there is nothing to show."""
    row = store.outbox.submit("p", "wh", FOX)
    store.outbox.claim("p")
    settle(store, row, OutboxState.REJECTED, "no")
    stats = bodies.statistics(row)
    assert stats is not None and stats.failed == 1
    assert bodies.best_output(row) is None


def test_a_batch_has_its_source_and_the_number_of_its_prompts(store: Store, bodies: SentBodies) -> None:
    """The batch can be written again from its line; a dropped prompt of another body does not count."""
    line = store.batches.submit("p", "wh", SOURCE, [{"prompt": "red fox"}, {"prompt": "blue fox"}])
    stats = bodies.statistics(line)
    assert stats is not None and stats.batch == SOURCE and stats.times == 2
    store.outbox.submit("p", "wh", FOX)
    dropped = store.outbox.submit("p", "wh", FOX)
    store.outbox.drop(dropped)
    stats = bodies.statistics(dropped)
    assert stats is not None and (stats.inputs, stats.times) == (FOX, 1)


def test_a_name_is_kept_until_it_is_taken_away(store: Store, bodies: SentBodies) -> None:
    """It belongs to the body, so it is there under each submission of it."""
    first = store.outbox.submit("p", "wh", FOX)
    bodies.rename(first, "my fox")
    again = store.outbox.submit("p", "wh", FOX)
    stats = bodies.statistics(again)
    assert stats is not None and stats.name == "my fox"
    bodies.rename(again, "")
    stats = bodies.statistics(first)
    assert stats is not None and stats.name is None


def test_the_prompt_that_goes_on_is_the_latest_that_begins_so(store: Store, bodies: SentBodies) -> None:
    """To this webhook, in exactly these letters, as it was sent; nothing where none goes on."""
    long = "a fox in the snow, seen from above, very detailed"
    for prompt, webhook in ((f"{long} one", "wh"), (f"{long} two", "wh"), ("a fox", "wh"), ("a fox there", "wh_other")):
        store.outbox.submit("p", webhook, {"prompt": prompt})
    assert bodies.beginning_with("wh", "a f") == "a fox"
    assert bodies.beginning_with("wh", "a fox ") == f"{long} two"
    assert bodies.beginning_with("wh", f"{long} o") == f"{long} one"
    assert bodies.beginning_with("wh", "A fox") is None
    assert bodies.beginning_with("wh", f"{long} one") is None
    store.batches.submit("p", "wh", SOURCE, [{"prompt": "a fox\n of a batch"}])
    assert bodies.beginning_with("wh", "a fox\n") == "a fox\n of a batch"
