"""Prompts of an author: stored with the submitter, and held until the user approves them if the profile asks for it."""

import json
import sqlite3
from collections.abc import Callable

import pytest

from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.filter.completion import complete
from cordage_tui.domain.filter.expression import FilterField
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.queue import Lane
from cordage_tui.domain.queue_changes import QueueChanges
from cordage_tui.domain.run import RemoteRun, RowId, RunQuery, Status
from cordage_tui.domain.run_json import RowWriter
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.submission import AWAITS_APPROVAL, WAITS_FOR_TWIN, Author
from cordage_tui.store.outbox.queue_edits import QueueEdits
from cordage_tui.store.runs.filter_counts import FilterCounts
from cordage_tui.store.runs.run_listing import RunFilter
from cordage_tui.store.store import Store
from tests.store.conftest import Stores
from tests.tries import accept, settle

CLAUDE = Author(SafeText("claude"))
HELD = Author(SafeText("claude"), is_held=True)
SOURCE = BatchSource("a {red|blue} fox", {"prompt": "a {red|blue} fox"}, ())


def author_of(store: Store, row: RowId) -> object:
    return store.query._database.row("SELECT author FROM runs WHERE id = ?", (row,))


def test_the_author_is_kept_with_the_prompt_and_the_users_own_has_none(store: Store) -> None:
    own_row = store.outbox.submit("studio", "wh_1", {"prompt": "fox"})
    row = store.outbox.submit("studio", "wh_1", {"prompt": "owl"}, lane=Lane.BATCH, author=CLAUDE)
    batch = store.batches.submit("studio", "wh_1", SOURCE, [{"prompt": "a"}, {"prompt": "b"}], author=CLAUDE)
    assert author_of(store, own_row) == (None,)
    assert {author_of(store, prompt_row) for prompt_row in [row, batch, *store.batches.members(batch)]} == {("claude",)}
    assert store.queue.counts("studio") == {OutboxState.QUEUED: 4}


def test_a_filter_finds_runs_by_who_submitted_them(store: Store, remote_run: Callable[..., RemoteRun]) -> None:
    """A filter finds an author by a part of the name, in any case; `@me` finds only the user's submissions from
    here."""
    own_row = store.outbox.submit("studio", "wh_1", {"prompt": "fox"})
    author_rows = {
        name: store.outbox.submit("studio", "wh_1", {"prompt": "owl"}, author=Author(SafeText(name)))
        for name in ("claude", "Éva Claude", "cron")
    }
    store.runs.merge("studio", "wh_1", [remote_run("elsewhere")])
    elsewhere = store.listing.beginning_with("studio", "elsewhere")[0].id

    def found(text: str) -> set[RowId]:
        return {row.id for row in store.query.window(RunQuery("studio", text=text), 0, 50)}

    assert found("author:CLAUDE") == {author_rows["claude"], author_rows["Éva Claude"]}
    assert found('author:"éva claude"') == {author_rows["Éva Claude"]} and found("author:cron,éva") == {
        *author_rows.values()
    } - {author_rows["claude"]}
    assert found("author:@me") == found("author:@ME") == {own_row} and found("-author:@me has:author") == {
        *author_rows.values()
    }
    assert found("-has:author") == {own_row, elsewhere} and found("author:nobody") == set()
    assert found("-author:claude") == {own_row, elsewhere, author_rows["cron"]}
    vocabulary = store.query.filters.vocabulary({})
    assert vocabulary.authors == ("claude", "cron", "Éva Claude")
    (counts,) = FilterCounts(store.query._database, "studio", None, {}).of(FilterField.AUTHOR)
    assert counts == {"claude": 1, "cron": 1, "Éva Claude": 1}
    typed = complete("author:É", 8, store.query.filters.parse("author:É", {}), vocabulary, counts)
    assert typed.taken == 'author:"Éva Claude"'
    begun = complete("author:", 7, store.query.filters.parse("author:", {}), vocabulary, counts)
    assert begun.candidates == ("claude", "cron", "Éva Claude", "@me")


def test_a_run_keeps_its_author_and_one_that_turns_out_to_be_anothers_has_none(
    store: Store, remote_run: Callable[..., RemoteRun]
) -> None:
    row = store.outbox.submit("studio", "wh_1", {"prompt": "owl"}, author=CLAUDE)
    store.outbox.claim("studio")
    accept(store, row, remote_run("r1"))
    assert store.rows.get(row).author == store.query.detail(row).row.author == "claude"
    (text,) = store.listing.newest_json(RunFilter("studio"), RowWriter(str, 0.0))
    assert json.loads(text)["author"] == "claude"


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


def test_what_a_batch_needs_approved_is_held_with_its_line(store: Store) -> None:
    store.batches.submit("studio", "wh_1", SOURCE, [{"prompt": "a"}, {"prompt": "b"}], author=HELD)
    assert store.queue.counts("studio") == {OutboxState.HELD: 2} and store.outbox.claim("studio") is None


def test_no_change_of_it_lets_it_go(store: Store, held: RowId) -> None:
    """No edit, move or resume of an unapproved prompt queues it, and the database refuses any other way."""
    edits = QueueEdits(store.database, store.outbox, "studio")
    assert store.open_edits.save_edit(held, {"prompt": "otter"}).state is OutboxState.HELD
    (read,) = edits.unsent()
    edits.apply(QueueChanges({held: read}, {held: {"prompt": "heron"}}))
    edits.move([held], Lane.INTERACTIVE, None, after=False)
    store.queue.reorder("studio", [held], 0)
    store.queue_control.pause("studio", "x")
    store.queue_control.resume("studio")
    assert store.failure_stops.resume("studio") == store.failure_stops.resume("studio", [held]) == 0
    with pytest.raises(sqlite3.IntegrityError), store.outbox._database.write() as write:
        store.outbox.move(write, held, OutboxState.QUEUED, None)
    assert store.outbox.state(held) is OutboxState.HELD and store.outbox.claim("studio") is None


def test_a_drop_that_is_taken_back_leaves_it_held(store: Store, held: RowId) -> None:
    edits = QueueEdits(store.database, store.outbox, "studio")
    dropped, _ = edits.drop({held: None})
    assert edits.restore(dropped) == [held]
    (item,) = store.queue.waiting("studio")
    assert (item.state, item.note, item.author) == (OutboxState.HELD, AWAITS_APPROVAL, "claude")
    assert store.rows.get(held).status is Status.HELD and store.outbox.claim("studio") is None


def test_after_a_restart_in_any_window_it_is_held_still(stores: Stores) -> None:
    stores.open().outbox.submit("studio", "wh_1", {"prompt": "owl"}, author=HELD)
    later = stores.open()
    assert later.outbox.recover("studio") == 0 and later.outbox.release_held("studio") == 0
    assert later.outbox.claim("studio") is None


def test_approved_it_is_sent_once_in_its_lane(stores: Stores) -> None:
    """An approved prompt is sent once in its lane, and only one of two windows can approve it."""
    first, second = stores.open(), stores.open()
    held = first.outbox.submit("studio", "wh_1", {"prompt": "owl"}, lane=Lane.BATCH, author=HELD)
    own_row = first.outbox.submit("studio", "wh_1", {"prompt": "fox"})
    shown = [QueueEdits(store.database, store.outbox, "studio").unsent(unapproved=True) for store in (first, second)]
    assert [[prompt.row for prompt in prompts] for prompts in shown] == [[held], [held]]
    assert shown[0][0].author == "claude"
    assert QueueEdits(first.database, first.outbox, "studio").approve(shown[0]) == {}
    assert [*QueueEdits(second.database, second.outbox, "studio").approve(shown[1])] == [held]
    assert [second.outbox.claim("studio").row for _ in range(2)] == [own_row, held]
    assert second.outbox.claim("studio") is None


def test_what_is_no_longer_as_it_was_shown_is_not_approved(store: Store, held: RowId) -> None:
    """A prompt that changed since it was shown, or does not wait for approval, is not approved."""
    edits = QueueEdits(store.database, store.outbox, "studio")
    shown = edits.unsent(unapproved=True)
    store.open_edits.save_edit(held, {"prompt": "a hundred owls"})
    own_row = store.outbox.submit("studio", "wh_1", {"prompt": "fox"})
    store.queue.hold("studio", "key", own_row)
    assert {*edits.approve([*shown, *edits.unsent([own_row])])} == {held, own_row}
    assert store.outbox.claim("studio") is None


def test_the_like_of_an_uncertain_prompt_waits_for_it_once_approved(store: Store, held: RowId) -> None:
    twin = store.outbox.submit("studio", "wh_1", {"prompt": "owl"})
    store.outbox.claim("studio")
    settle(store, twin, OutboxState.UNCERTAIN, "no answer")
    edits = QueueEdits(store.database, store.outbox, "studio")
    edits.approve(edits.unsent([held], unapproved=True))
    assert store.query.detail(held).note == WAITS_FOR_TWIN and store.outbox.claim("studio") is None
