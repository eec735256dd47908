"""Batches in the queue, as far as their prompts wait one after the other."""

import os

import pytest

from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.queue import Lane
from cordage_tui.domain.run import RowId
from cordage_tui.store.outbox.queue_spans import QueueSpans
from cordage_tui.store.store import Store


@pytest.fixture
def spans(store: Store):
    return QueueSpans(store.database, "p")


def submit(store: Store, *prompts: str, lane: Lane = Lane.INTERACTIVE) -> list[RowId]:
    return [store.outbox.submit("p", "wh", {"prompt": prompt}, lane=lane) for prompt in prompts]


def batch(store: Store, title: str, *prompts: str) -> tuple[RowId, list[RowId]]:
    line = store.batches.submit("p", "wh", BatchSource(title, {}, ()), [{"prompt": prompt} for prompt in prompts])
    return line, store.batches.members(line)


def test_prompts_of_a_batch_are_a_span(store, spans) -> None:
    typed = submit(store, "a", "b")
    (one, first), (two, second) = batch(store, "one", "c", "d"), batch(store, "two", "e", "f", "g")
    later = submit(store, "h", lane=Lane.BATCH)
    queued = OutboxState.QUEUED
    assert spans.all() == [
        (None, queued, Lane.INTERACTIVE, tuple(typed)),
        (one, queued, Lane.BATCH, tuple(first)),
        (two, queued, Lane.BATCH, tuple(second)),
        (None, queued, Lane.BATCH, tuple(later)),
    ]
    assert [row for span in spans.all() for row in span.rows] == [item.row for item in store.queue.waiting("p")]


def test_what_is_moved_apart_is_another_span(store, spans) -> None:
    line, rows = batch(store, "one", "a", "b", "c")
    other = submit(store, "x", lane=Lane.BATCH)
    store.queue.reorder("p", other, 1, Lane.BATCH)
    store.queue.reorder("p", [rows[2]], 0, Lane.INTERACTIVE)
    assert [(span.batch, span.lane, [*span.rows]) for span in spans.all()] == [
        (line, Lane.INTERACTIVE, [rows[2]]),
        (line, Lane.BATCH, [rows[0]]),
        (None, Lane.BATCH, other),
        (line, Lane.BATCH, [rows[1]]),
    ]


def test_held_prompts_are_spans_behind_the_queued(store, spans) -> None:
    """Spans of held prompts follow those of queued ones, and prompts being sent or uncertain are in none."""
    line, rows = batch(store, "one", "a", "b", "c", "d")
    store.open_edits.begin_edit(rows[1], "edited", os.getpid())
    assert store.outbox.claim("p").row == rows[0]
    assert [(span.batch, span.state, [*span.rows]) for span in spans.all()] == [
        (line, OutboxState.QUEUED, rows[2:]),
        (line, OutboxState.HELD, [rows[1]]),
    ]


def test_the_line_of_a_span_is_that_of_its_batch(store, spans, clock) -> None:
    submit(store, "a")
    line, rows = batch(store, "a {red|blue} fox", "a red fox", "a blue fox")
    (item,) = spans.lines(spans.all())
    assert (item.row, item.prompt, item.members) == (line, "a {red|blue} fox", tuple(rows))
    assert (item.state, item.lane, item.submitted_at) == (OutboxState.QUEUED, Lane.BATCH, clock.now)


def test_the_line_of_a_span_says_why_its_first_prompt_waits(store, spans) -> None:
    """The line of a span has the note of its first prompt, which goes next."""
    _, rows = batch(store, "one", "a", "b")
    for row, note in zip(rows, ("No network.", "Another reason."), strict=True):
        store.outbox.annotate(row, note)
    (item,) = spans.lines(spans.all())
    assert item.note == "No network."


def test_they_are_read_again_only_after_a_commit(store, spans, monkeypatch) -> None:
    batch(store, "one", "a", "b")
    first = spans.all()
    assert spans.all() is first
    submit(store, "x")
    assert len(spans.all()) == 2
