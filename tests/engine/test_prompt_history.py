"""The search through all prompts finds what a naive one finds, in the order of its rules, and in slices."""

import random
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from cordage_tui.domain.fuzzy_query import Matcher
from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.outbox import BatchSource
from cordage_tui.domain.run import RowId
from cordage_tui.engine.history import prompt_history
from cordage_tui.engine.history.prompt_history import (
    MANY,
    MAX_PROMPT,
    MOST_FOUND,
    HistoryScope,
    PromptIndex,
    PromptSearch,
    search_line,
    weight,
)
from cordage_tui.store.prompt_history import STRETCH, SentBody
from cordage_tui.store.store import Store

DAY = 86_400.0
WORDS = ("fox", "snow", "firefly", "owl", "a", "red", "Straße", "夜")


@dataclass
class MovedClock:
    now: float = 1.7e9

    def wall(self) -> float:
        return self.now

    monotonic = wall


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def store(tmp_path: Path, clock: MovedClock) -> Iterator[Store]:
    with closing(Store.open(tmp_path / "cordage.db", clock)) as store:
        yield store


def found(
    index: PromptIndex, text: str = "", scope: HistoryScope = HistoryScope.ALL, webhook: str = "wh"
) -> list[RowId]:
    return searched(index, text, scope, webhook).rows


def searched(
    index: PromptIndex,
    text: str,
    scope: HistoryScope = HistoryScope.ALL,
    webhook: str = "wh",
    before: PromptSearch | None = None,
) -> PromptSearch:
    search = PromptSearch(index, text, scope, webhook, before)
    while not search.done:
        search.advance(0.0)
    return search


def everything(index: PromptIndex) -> list[SentBody]:
    """All bodies as the store has them; of batches that were written the same way the latest."""
    high, bodies, batches = index.bodies.last_row(), list[SentBody](), set[str]()
    while high > 0:
        bodies += index.bodies.stretch(high)
        high = RowId(high - STRETCH)
    for body in [body for body in bodies if body.is_batch]:
        if (key := f"{body.webhook_key} {body.inputs}") in batches:
            bodies.remove(body)
        batches.add(key)
    return bodies


def naive(index: PromptIndex, text: str) -> list[RowId]:
    """Score every body, and sort them all."""
    matcher = Matcher(text)
    scored = [(matcher.score(search_line(body.inputs, body.name)), body) for body in everything(index)]
    matching = [(score, body) for score, body in scored if score is not None]
    if not matcher.groups:
        return [RowId(body.row) for _, body in matching if not body.in_batch or body.name]
    return [
        body.row for _, body in sorted(matching, key=lambda one: (one[0], weight(one[1]), one[1].row), reverse=True)
    ]


def random_body(rng: random.Random) -> Inputs:
    body: dict[str, str | int] = {"prompt": " ".join(rng.choices(WORDS, k=rng.randint(1, 5)))}
    if rng.random() < 0.4:
        body["style"] = rng.choice(("noir", "anime"))
    return body


def random_change(store: Store, clock: MovedClock, rng: random.Random, index: PromptIndex) -> None:
    """Something that a user does, in this window or another."""
    clock.now += rng.choice((1.0, 60.0, DAY))
    bodies, webhook = everything(index), rng.choice(("wh", "wh_other"))
    match rng.choice(("send", "send", "again", "batch", "name", "keep", "drop", "edit")):
        case "send":
            store.outbox.submit("p", webhook, random_body(rng))
        case "batch":
            pattern = {"prompt": rng.choice(("{red|blue} fox", "{a|b} owl"))}
            store.batches.submit("p", webhook, BatchSource("many", pattern), [random_body(rng) for _ in range(3)])
        case _ if not bodies:
            return
        case "again":
            body = rng.choice(bodies)
            store.outbox.submit("p", body.webhook_key, body.inputs)
        case "name":
            index.bodies.rename(rng.choice(bodies).row, rng.choice(("", "mine", "the owl")))
        case "keep":
            store.ratings.decide([(rng.choice(bodies).row, 1)], rng.choice((True, None)))
        case "drop":
            store.outbox.drop(rng.choice(bodies).row)
        case "edit":
            store.queue.edit(rng.choice(bodies).row, random_body(rng))


@pytest.mark.parametrize("seed", range(12))
def test_it_agrees_with_a_naive_search_whatever_happens_meanwhile(store: Store, clock: MovedClock, seed: int) -> None:
    """Also the index that follows changes, and the search that only looks at what the one before it found."""
    rng = random.Random(seed)
    for _ in range(10):
        random_change(store, clock, rng, PromptIndex(store, "p"))
    index, before = PromptIndex(store, "p"), None
    for _ in range(25):
        query = " ".join(
            rng.choice(("", "!", "'", "^")) + rng.choice(WORDS)[: rng.randint(1, 4)] for _ in range(rng.randint(0, 3))
        )
        for end in range(len(query) + 1):
            search = searched(index, query[:end], before=before)
            assert search.rows == naive(index, query[:end]), query[:end]
            assert search.matched == len(search.rows) <= search.total
            before = search
        random_change(store, clock, rng, index)
        if index.follow():
            before = None
        assert not index.follow(), "there is nothing more to take in"


def test_scopes(store: Store) -> None:
    """This webhook, all of them, kept, failed, and those with a name."""
    rows = [
        store.outbox.submit("p", webhook, {"prompt": f"fox {n}"}) for n, webhook in enumerate(("wh", "wh", "wh_other"))
    ]
    store.ratings.decide([(rows[2], 1)], True)
    store.ratings.decide([(rows[0], 1)], False)
    index = PromptIndex(store, "p")
    index.bodies.rename(rows[1], "the best")
    assert found(index, "", HistoryScope.WEBHOOK) == [rows[1], rows[0]]
    assert found(index, "fox", HistoryScope.WEBHOOK, "wh_other") == [rows[2]]
    assert found(index, "", HistoryScope.WEBHOOK, "wh_new") == []
    assert found(index) == rows[::-1]
    assert found(index, "", HistoryScope.KEPT) == [rows[2]]
    assert found(index, "", HistoryScope.FAILED) == []
    assert found(index, "", HistoryScope.PINNED) == found(index, "best") == [rows[1]]
    scopes = [HistoryScope.WEBHOOK]
    while (following := scopes[-1].following) not in scopes:
        scopes.append(following)
    assert scopes == list(HistoryScope)


def test_of_equal_matches_the_kept_the_frequent_and_the_recent_come_first(store: Store, clock: MovedClock) -> None:
    """And a better match before all of these."""
    kept = store.outbox.submit("p", "wh", {"prompt": "a kept fox"})
    store.ratings.decide([(kept, 1)], True)
    for _ in range(4):
        often = store.outbox.submit("p", "wh", {"prompt": "a frequent fox"})
    old = store.outbox.submit("p", "wh", {"prompt": "an old fox"})
    clock.now += DAY
    recent = store.outbox.submit("p", "wh", {"prompt": "a recent fox"})
    inside = store.outbox.submit("p", "wh", {"prompt": "a firefox"})
    scattered = store.outbox.submit("p", "wh", {"prompt": "flowers on a xylophone"})
    assert found(PromptIndex(store, "p"), "fox") == [kept, often, recent, old, inside, scattered]


def test_without_words_the_newest_come_first_and_a_batch_is_one_line(store: Store, clock: MovedClock) -> None:
    """Its prompts are found by their words; those that were sent alone too are listed."""
    first = store.outbox.submit("p", "wh", {"prompt": "first"})
    bodies = [{"prompt": f"fox {n}"} for n in range(3)]
    line = store.batches.submit("p", "wh", BatchSource("foxes", {"prompt": "fox 0..2"}), bodies)
    clock.now += 1
    alone = store.outbox.submit("p", "wh", bodies[1])
    index = PromptIndex(store, "p")
    assert found(index) == [alone, line, first]
    assert set(found(index, "fox")) == {alone, line, line - 1, line - 3}
    again = store.batches.submit("p", "wh", BatchSource("foxes", {"prompt": "fox 0..2"}), bodies)
    index.follow()
    assert found(index) == found(PromptIndex(store, "p")) == [again, first]


def test_each_slice_reads_and_searches_a_few_hundred(store: Store) -> None:
    """The first has the newest; nothing is read before."""
    source = BatchSource("foxes.txt")
    store.batches.submit("p", "wh", source, [{"prompt": f"fox {n}"} for n in range(5 * STRETCH)])
    index = PromptIndex(store, "p")
    assert index.chunks == [] and index.share == 0
    search = PromptSearch(index, "fox", HistoryScope.ALL, "wh")
    for slices in range(1, 4):
        search.advance(0.0)
        assert search.total <= slices * STRETCH
        assert not search.done and search.rows
    search = searched(index, "fox")
    assert (search.matched, search.total, len(search.rows)) == (5 * STRETCH, 5 * STRETCH, MOST_FOUND)
    assert index.share == 1


def test_a_large_index_is_not_kept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory that a million bodies take is given back when the search is over; a hundred thousand are kept."""
    store.batches.submit("p", "wh", BatchSource("foxes.txt"), [{"prompt": f"fox {n}"} for n in range(9)])
    index = PromptIndex(store, "p")
    found(index, "fox")
    index.release()
    assert index.chunks
    monkeypatch.setattr(prompt_history, "LARGE", 5)
    index.release()
    assert not index.chunks and len(found(index, "fox")) == 9


def test_many_changes_are_read_anew(store: Store) -> None:
    """As in a second window that sends a large batch."""
    store.outbox.submit("p", "wh", {"prompt": "a fox"})
    index = PromptIndex(store, "p")
    assert len(found(index, "fox")) == 1
    store.batches.submit("p", "wh", BatchSource("f"), [{"prompt": f"fox {n}"} for n in range(MANY + 1)])
    assert index.follow() and index.chunks == []
    assert len(found(index, "fox")) == MANY + 2


def test_a_long_text_is_searched_to_its_limit_and_odd_ones_are_text() -> None:
    """No body makes the index large, or breaks a line of it."""
    assert search_line({"prompt": "x" * 9_999, "b": "y" * 9_999}) == "x" * MAX_PROMPT + "\x1fb " + "y" * 198
    assert len(search_line({str(n): "z" * 300 for n in range(100)})) < 1_300
    assert search_line({"prompt": "A\nred\x1f\x00fox\r\n", "n": {"a": [1]}, "prompt2": None}, "My\nname") == (
        'a red \x00fox\x1fn {"a": [1]}\x1fprompt2 null\x1fmy name'
    )
    assert search_line({"prompt": 7}) == "prompt 7"
    assert search_line({}) == ""
