"""Everything that was ever sent is in the history once, with how often, when last, and what came of it."""

from collections.abc import Callable

import pytest

from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.outbox import BatchSource
from cordage_tui.domain.run import OutboxState, RemoteRun, RowId
from cordage_tui.store.prompt_history import STRETCH, SentBodies, SentBody
from cordage_tui.store.store import Store
from tests.store.conftest import NOON, HeldClock
from tests.tries import accept, settle

FOX: Inputs = {"prompt": "a fox", "seed": 7}
SOURCE = BatchSource("{red|blue} fox", {"prompt": "{red|blue} fox"}, (("1", ("red", "blue")),))


@pytest.fixture
def bodies(store: Store) -> SentBodies:
    return store.sent_bodies("p")


def all_of(bodies: SentBodies) -> list[SentBody]:
    """The whole history, read stretch by stretch."""
    found, high = [], bodies.last_row()
    while high > 0:
        found += bodies.stretch(high)
        high = RowId(high - STRETCH)
    return found


def runs(store: Store, body: Inputs, run: RemoteRun, webhook: str = "wh") -> RowId:
    """Submit a prompt that becomes this run."""
    row = store.outbox.submit("p", webhook, body)
    store.outbox.claim("p")
    accept(store, row, run)
    return row


def test_each_body_is_there_once_for_each_webhook(store: Store, bodies: SentBodies, clock: HeldClock) -> None:
    """Under its latest submission; what a server could not tell apart is the same body."""
    store.outbox.submit("p", "wh", FOX)
    other = store.outbox.submit("p", "wh_other", FOX)
    clock.now += 60
    again = store.outbox.submit("p", "wh", {"seed": 7, "prompt": " a fox "})
    owl = store.outbox.submit("p", "wh", {"prompt": "an owl"})
    store.outbox.submit("q", "wh", {"prompt": "somebody else's"})
    found = all_of(bodies)
    assert [(body.row, body.webhook_key, body.times, body.sent_at) for body in found] == [
        (owl, "wh", 1, NOON + 60),
        (again, "wh", 2, NOON + 60),
        (other, "wh_other", 1, NOON),
    ]
    assert found[0].inputs == {"prompt": "an owl"}


def test_dropped_prompts_stay_but_do_not_count(store: Store, bodies: SentBodies) -> None:
    """As in the history that the arrow key walks through."""
    store.outbox.submit("p", "wh", FOX)
    store.outbox.drop(store.outbox.submit("p", "wh", FOX))
    store.outbox.drop(store.outbox.submit("p", "wh", {"prompt": "dropped"}))
    assert [(body.inputs["prompt"], body.times) for body in all_of(bodies)] == [("dropped", 1), ("a fox", 1)]
    stats = bodies.statistics(all_of(bodies)[0].row)
    assert stats is not None and stats.inputs == {"prompt": "dropped"}


def test_a_batch_is_there_as_it_was_written_and_so_are_its_prompts(store: Store, bodies: SentBodies) -> None:
    """The batch can be written again from its line; a file cannot, but its prompts are there."""
    members = [{"prompt": "red fox"}, {"prompt": "blue fox"}]
    line = store.batches.submit("p", "wh", SOURCE, members)
    store.batches.submit("p", "wh", BatchSource("foxes.txt"), [{"prompt": "a file's fox"}])
    found = {body.inputs["prompt"]: body for body in all_of(bodies)}
    assert set(found) == {"{red|blue} fox", "red fox", "blue fox", "a file's fox"}
    whole = found["{red|blue} fox"]
    assert (whole.row, whole.is_batch, whole.in_batch, whole.times) == (line, True, False, 2)
    assert (found["red fox"].is_batch, found["red fox"].in_batch) == (False, True)
    stats = bodies.statistics(line)
    assert stats is not None and stats.batch == SOURCE and stats.times == 2
    alone = store.outbox.submit("p", "wh", {"prompt": "red fox"})
    again = {body.inputs["prompt"]: body for body in all_of(bodies)}["red fox"]
    assert (again.row, again.in_batch, again.times) == (alone, False, 2)


def test_what_came_of_it_is_counted_over_all_its_runs(
    store: Store, bodies: SentBodies, told: Callable[..., RemoteRun]
) -> None:
    """Kept of rated outputs, the most stars, and how many runs failed, whichever submission they belong to."""
    first = runs(store, FOX, told("r1", "completed", created_at=NOON, outputs=("https://s/1", "https://s/2")))
    runs(store, FOX, told("r2", "failed", created_at=NOON + 1))
    last = runs(store, FOX, told("r3", "completed", created_at=NOON + 2, outputs=("https://s/3",)))
    assert [(body.is_kept, body.is_failed) for body in all_of(bodies)] == [(False, True)]
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
    [body] = all_of(bodies)
    assert (body.row, body.is_kept, body.is_failed) == (last, True, True)


def test_a_rejected_prompt_is_a_failed_one(store: Store, bodies: SentBodies) -> None:
    row = store.outbox.submit("p", "wh", FOX)
    store.outbox.claim("p")
    settle(store, row, OutboxState.REJECTED, "no")
    assert [body.is_failed for body in all_of(bodies)] == [True]
    assert bodies.best_output(row) is None


def test_seeded_runs_are_in_it(store: Store, bodies: SentBodies, told: Callable[..., RemoteRun]) -> None:
    """The demo's past was never submitted; its prompts can be found all the same."""
    store.runs.seed("p", [("wh", told("r1", "completed", created_at=NOON - 9), {"prompt": "long ago"})])
    [body] = all_of(bodies)
    assert (body.inputs, body.times, body.sent_at) == ({"prompt": "long ago"}, 1, NOON - 9)
    store.outbox.submit("p", "wh", {"prompt": "long ago"})
    assert len(all_of(bodies)) == 1


def test_a_name_belongs_to_the_body_whatever_submission_is_its_latest(store: Store, bodies: SentBodies) -> None:
    """It stays when the body is sent again, is that webhook's alone, and goes with an empty one; a batch has its own."""
    bodies.rename(store.outbox.submit("p", "wh", FOX), "my fox")
    store.outbox.submit("p", "wh_other", FOX)
    store.outbox.submit("p", "wh", FOX)
    assert [(body.webhook_key, body.name) for body in all_of(bodies)] == [("wh", "my fox"), ("wh_other", None)]
    newest = all_of(bodies)[0].row
    stats = bodies.statistics(newest)
    assert stats is not None and stats.name == "my fox"
    bodies.rename(newest, "")
    assert {body.name for body in all_of(bodies)} == {None}
    bodies.rename(store.batches.submit("p", "wh", SOURCE, [{"prompt": "red fox"}]), "foxes")
    store.batches.submit("p", "wh", SOURCE, [{"prompt": "red fox"}])
    assert {body.name for body in all_of(bodies) if body.is_batch} == {"foxes"}


def test_a_stretch_reads_no_more_than_its_rows(store: Store, bodies: SentBodies) -> None:
    """Of a body sent ten thousand times as of any other: so that no slice takes long."""
    store.batches.submit("p", "wh", SOURCE, [{"prompt": f"fox {n % 3}"} for n in range(2 * STRETCH)])
    found = bodies.stretch(bodies.last_row())
    assert {body.inputs["prompt"] for body in found} == {"fox 0", "fox 1", "fox 2", "{red|blue} fox"}
    assert bodies.stretch(RowId(bodies.last_row() - STRETCH)) == []


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
