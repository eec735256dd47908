"""Named requests of authors: each is submitted once, from any process."""

from dataclasses import replace

import pytest

from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.queue import Lane
from cordage_tui.domain.run import RowId, RunQuery
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.submission import Author, AuthorRequest, Expected
from cordage_tui.store.errors import AlreadyRequested
from cordage_tui.store.outbox.author_requests import Requests
from cordage_tui.store.pruning import PruneFilter, PrunePass
from cordage_tui.store.store import Store
from tests.store.conftest import NOON, HeldClock, Stores

CLAUDE = Author(SafeText("claude"))
NAMED = AuthorRequest(CLAUDE.name, "r1", "a hash")
SOURCE = BatchSource("two", {}, ())
BODIES = [{"prompt": "a"}, {"prompt": "b"}]


def submit(store: Store, request: AuthorRequest | None = NAMED, profile: str = "p") -> RowId:
    return store.outbox.submit(profile, "wh", {"prompt": "owl"}, lane=Lane.BATCH, author=CLAUDE, request=request)


def test_a_request_is_known_in_every_process_and_undoes_a_second_submission_whole(stores: Stores) -> None:
    """A second submission of a request, as a prompt or a batch, is undone completely, also in the history."""
    first, other = stores.open(), stores.open()
    assert Requests(other.database).find("p", NAMED) is None
    row = submit(first)
    with pytest.raises(AlreadyRequested):
        submit(other)
    with pytest.raises(AlreadyRequested):
        other.batches.submit("p", "wh", SOURCE, BODIES, author=CLAUDE, request=NAMED)
    assert other.query.count(RunQuery("p")) == 1 and other.queue.counts("p") == {OutboxState.QUEUED: 1}
    assert len(other.prompts.history("p", "wh")) == 1
    earlier = Requests(other.database).find("p", NAMED)
    assert earlier is not None and (earlier.rows, earlier.at) == ([row], NOON)


def test_the_rows_of_a_batch_are_in_the_order_of_the_request(store: Store) -> None:
    batch = store.batches.submit("p", "wh", SOURCE, BODIES, author=CLAUDE, request=NAMED)
    earlier = Requests(store.database).find("p", NAMED)
    assert earlier is not None and earlier.rows == store.batches.members(batch)
    assert [store.query.detail(row).inputs for row in earlier.rows] == BODIES
    with pytest.raises(AlreadyRequested):
        submit(store)


def test_a_name_is_an_authors_in_a_profile_and_means_one_thing(store: Store) -> None:
    submit(store)
    for other in (replace(NAMED, author=SafeText("cron")), replace(NAMED, name="r2"), replace(NAMED, name="\ud800")):
        assert Requests(store.database).find("p", other) is None
        submit(store, other)
    submit(store, profile="q")
    submit(store, None)
    submit(store, None)
    with pytest.raises(AlreadyRequested, match=r"was already used for other inputs\. Nothing was queued"):
        Requests(store.database).find("p", replace(NAMED, digest="another"))
    with pytest.raises(AlreadyRequested):
        submit(store, replace(NAMED, digest="another"))


def test_it_is_known_until_its_prompts_are_pruned(store: Store, clock: HeldClock) -> None:
    """A request is known until its prompts are pruned, also while they are dropped, so nothing returns to the queue."""
    row = submit(store)
    assert store.outbox.drop(row, Expected(OutboxState.QUEUED))

    def prune() -> None:
        done = PrunePass(store.database, store.clock, PruneFilter("p", clock.wall()))
        while done.step(remove=True):
            pass

    prune()
    earlier = Requests(store.database).find("p", NAMED)
    assert earlier is not None and earlier.rows == [row]
    clock.now += 2 * 86_400
    prune()
    assert Requests(store.database).find("p", NAMED) is None
    assert store.database.rows("SELECT * FROM requests") == []
    assert submit(store) > row
