"""Prompts of an author: stored with who submitted them, and held until the user approves them where the profile asks for it."""

import pytest

from cordage_tui.domain.outbox import AWAITS_APPROVAL, Author, Lane, OutboxState
from cordage_tui.domain.run import BatchSource, RowId
from cordage_tui.domain.text import SafeText
from cordage_tui.store.store import Store

CLAUDE = Author(SafeText("claude"))
HELD = Author(SafeText("claude"), is_held=True)
SOURCE = BatchSource("a {red|blue} fox", {"prompt": "a {red|blue} fox"}, ())


def author_of(store: Store, row: RowId) -> object:
    return store.query._database.row("SELECT author FROM runs WHERE id = ?", (row,))


def test_the_author_is_kept_with_the_prompt_and_the_users_own_has_none(store: Store) -> None:
    mine = store.outbox.submit("studio", "wh_1", {"prompt": "fox"})
    row = store.outbox.submit("studio", "wh_1", {"prompt": "owl"}, lane=Lane.BATCH, author=CLAUDE)
    batch = store.batches.submit("studio", "wh_1", SOURCE, [{"prompt": "a"}, {"prompt": "b"}], author=CLAUDE)
    assert author_of(store, mine) == (None,)
    assert {author_of(store, one) for one in [row, batch, *store.batches.members(batch)]} == {("claude",)}
    assert store.queue.counts("studio") == {OutboxState.QUEUED: 4}


@pytest.fixture
def held(store: Store) -> RowId:
    return store.outbox.submit("studio", "wh_1", {"prompt": "owl"}, author=HELD)


def test_what_needs_approval_is_held_from_the_first_moment(store: Store, held: RowId) -> None:
    (item,) = store.queue.waiting("studio")
    assert (item.row, item.state, item.note) == (held, OutboxState.HELD, AWAITS_APPROVAL)
    assert store.outbox.claim("studio") is None


def test_a_new_key_releases_none_of_it(store: Store, held: RowId) -> None:
    assert not store.queue.has_held("studio")
    assert store.outbox.release_held("studio") == 0 and not store.queue.release(held)
    assert store.outbox.claim("studio") is None
