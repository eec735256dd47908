"""Editing the queue's file while it is sent: nothing is sent twice or lost.

Each prompt goes unchanged or as edited.
"""

import random
from collections import Counter

import pytest

from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.inputs import prompt_of
from cordage_tui.domain.queue import Lane
from cordage_tui.engine.outbox.queue_file import QueueFile, body_of
from cordage_tui.store.outbox.queue_edits import QueueEdits
from tests.engine.studio import Studio, passing, until

pytestmark = pytest.mark.looptime


def edited(text: str, rng: random.Random) -> str:
    """Some are changed, some dropped, and all are in another order, within their lanes."""
    head, *parts = text.split("\n[[prompt]]")
    rng.shuffle(parts)
    parts = [part for part in parts if "border" in part or rng.random() < 0.8]
    parts = [part.replace("number", "new number") if rng.random() < 0.5 else part for part in parts]
    return "\n[[prompt]]".join([head, *parts])


@pytest.mark.parametrize("seed", range(4))
async def test_each_is_sent_once_as_it_was_or_as_it_was_changed(studio: Studio, seed: int) -> None:
    rng = random.Random(seed)
    window = await studio.open()
    await window.lives()
    engine = window.engine
    edits = QueueEdits(engine.store.database, engine.store.outbox, engine.profile.stored_as)
    for number in range(10):
        window.submit(f"typed number {number}")
    bodies = [{"prompt": f"batch number {number}"} for number in range(10)]
    engine.queue.submit_batch(window.webhook, BatchSource("all", {}, ()), bodies)
    dropped: set[str] = set()
    wanted = {f"{kind} number {number}" for kind in ("typed", "batch") for number in range(10)}
    for _ in range(3):
        file = QueueFile(edits.unsent(), engine.profile.label)
        await passing(rng.uniform(0.1, 4.0))  # the editor is open
        changes = file.read(edited(file.text, rng))
        known = edits.stale(changes)
        await passing(rng.uniform(0.0, 2.0))  # the changes are on screen
        _, stale = edits.apply(changes)
        assert known.keys() <= stale.keys()
        for row in changes.rows - stale.keys():
            before = prompt_of(body_of(changes.before[row]))
            wanted.discard(before)
            if row in changes.dropped:
                dropped.add(before)
            else:
                wanted.add(prompt_of(changes.inputs.get(row, body_of(changes.before[row]))))
    await until(lambda: not engine.queue.counts(), within_s=60)
    assert Counter(studio.prompts()) == Counter(wanted)
    assert not dropped & {*studio.prompts()} and dropped


async def test_the_order_of_the_file_is_the_order_of_sending(studio: Studio) -> None:
    """Prompts are sent in the order of the file, also across the border of the lanes."""
    window = await studio.open()
    await window.lives()
    engine = window.engine
    engine.queue.pause()
    for name in ("a", "b", "c"):
        window.submit(name)
    engine.queue.submit_batch(window.webhook, BatchSource("all", {}, ()), [{"prompt": name} for name in "de"])
    edits = QueueEdits(engine.store.database, engine.store.outbox, engine.profile.stored_as)
    file = QueueFile(edits.unsent(), engine.profile.label)
    head, a, b, c, border, d, e = file.text.split("\n[[prompt]]")
    changes = file.read("\n[[prompt]]".join([head, e, c, border, b, d, a]))
    assert edits.apply(changes) == ([], {})
    assert engine.queue.lanes() == {Lane.INTERACTIVE: 2, Lane.BATCH: 3}
    engine.queue.resume()
    await until(lambda: not engine.queue.counts(), within_s=30)
    assert studio.prompts() == ["e", "c", "b", "d", "a"]
