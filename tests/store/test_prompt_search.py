"""The search of the prompt history finds what a naive one finds, in the order of its rules, and step by step."""

import json
import random
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import pytest

from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.fuzzy_query import query_words
from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.run import RemoteRun, RowId
from cordage_tui.domain.safe_text import folded
from cordage_tui.store.file.database import Database
from cordage_tui.store.prompt_history import BodyStatistics, SentBodies
from cordage_tui.store.prompt_search import (
    MOST_FOUND,
    NEWEST,
    STRETCH,
    BodyQuery,
    FoundBodies,
    HistoryScope,
    define_functions,
    search_bodies,
    weight,
)
from cordage_tui.store.store import Store
from tests.store.conftest import NOON, HeldClock
from tests.store.test_prompt_history import FOX, SOURCE, runs
from tests.tries import settle

DAY = 86_400.0
WORDS = ("fox", "snow", "firefly", "owl", "a", "red", "Straße", "夜", "50%_*[x]?")


@dataclass
class History:
    """The prompt history of a store, searched as the screen does."""

    store: Store
    database: Database

    def steps(self, text: str = "", scope: HistoryScope = HistoryScope.ALL, webhook: str = "wh") -> list[FoundBodies]:
        return list(search_bodies(self.database, BodyQuery("p", text, scope, webhook)))

    def rows(self, text: str = "", scope: HistoryScope = HistoryScope.ALL, webhook: str = "wh") -> list[RowId]:
        steps = self.steps(text, scope, webhook)
        return [*steps[-1].rows] if steps else []

    def prompts(self, text: str = "") -> list[object]:
        return [self.body(row).inputs.get("prompt") for row in self.rows(text)]

    def body(self, row: RowId) -> BodyStatistics:
        body = SentBodies(self.store.database, "p").statistics(row)
        assert body is not None
        return body

    def rename(self, row: RowId, name: str) -> None:
        SentBodies(self.store.database, "p").rename(row, name)


@pytest.fixture
def history(store: Store) -> Iterator[History]:
    database = store.database.for_reading()
    define_functions(database)
    yield History(store, database)
    database.close()


def everything(history: History) -> list[BodyStatistics]:
    """All bodies, each under its latest submission, read one by one."""
    latest: dict[str, RowId] = {}
    for (row,) in history.database.rows("SELECT id FROM details WHERE inputs IS NOT NULL ORDER BY id"):
        body = history.body(row)
        if body.batch is None:
            (fingerprint,) = history.database.rows("SELECT fingerprint FROM outbox WHERE id = ?", (row,))[0]
            latest[f"{body.webhook_key} {fingerprint}"] = row
    for (row,) in history.database.rows("SELECT id FROM batches ORDER BY id"):
        body = history.body(row)
        if body.inputs:
            latest[f"{body.webhook_key} batch {json.dumps(body.inputs, sort_keys=True)}"] = row
    return [history.body(row) for row in latest.values()]


def score(word: str, text: str, names: Collection[str]) -> int | None:
    """Score one word against a folded text and the names of inputs; None: it does not match."""
    if word in text:
        return 1 + (f" {word}" in f" {text}")
    left = iter(text)
    return 0 if all(char in left for char in word) or any(word in name for name in names) else None


def naive(history: History, query: str) -> list[RowId]:
    """Score every body, and sort them all."""
    ranked = []
    for body in everything(history):
        parts = [str(body.inputs["prompt"]), *(str(value) for name, value in body.inputs.items() if name != "prompt")]
        text = folded("\x1f".join([*parts, *([f" {body.name}"] if body.name else [])]))
        names = body.inputs.keys() - {"prompt"}
        scores = [score(word, text, names) for word in query_words(query)]
        if None not in scores:
            order = weight(body.sent_at, body.times, is_kept=body.kept > 0, has_name=body.name is not None)
            ranked.append((sum(filter(None, scores)), order, body.row))
    return [row for _, _, row in sorted(ranked, reverse=True)]


def random_body(rng: random.Random) -> Inputs:
    body: dict[str, str | int] = {"prompt": " ".join(rng.choices(WORDS, k=rng.randint(1, 5)))}
    if rng.random() < 0.4:
        body["style"] = rng.choice(("noir", "anime"))
    return body


def random_change(history: History, clock: HeldClock, rng: random.Random) -> None:
    """Something that a user does."""
    clock.now += rng.choice((1.0, 60.0, DAY))
    store, bodies, webhook = history.store, everything(history), rng.choice(("wh", "wh_other"))
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
            history.rename(rng.choice(bodies).row, rng.choice(("", "mine", "the owl")))
        case "keep":
            store.ratings.decide([(rng.choice(bodies).row, 1)], rng.choice((True, None)))
        case "drop":
            store.outbox.drop(rng.choice(bodies).row)
        case "edit":
            store.open_edits.save_edit(rng.choice(bodies).row, random_body(rng))


@pytest.mark.parametrize("seed", range(8))
def test_it_agrees_with_a_naive_search_whatever_happens(history: History, clock: HeldClock, seed: int) -> None:
    """Words are ANDed, and a better match comes before what was sent lately, often or kept."""
    rng = random.Random(seed)
    for _ in range(25):
        random_change(history, clock, rng)
        query = " ".join(rng.choice(WORDS)[: rng.randint(1, 5)] for _ in range(rng.randint(1, 3)))
        found = history.steps(query)
        assert ([*found[-1].rows] if found else []) == naive(history, query), query
        assert not found or found[-1].matched == len(found[-1].rows) <= found[-1].total


def test_scopes(history: History, store: Store) -> None:
    """The scopes are this webhook, all of them, kept, failed, and those with a name."""
    rows = [
        store.outbox.submit("p", webhook, {"prompt": f"fox {n}"}) for n, webhook in enumerate(("wh", "wh", "wh_other"))
    ]
    store.ratings.decide([(rows[2], 1)], True)
    store.ratings.decide([(rows[0], 1)], False)
    history.rename(rows[1], "the best")
    assert history.rows("", HistoryScope.WEBHOOK) == [rows[1], rows[0]]
    assert history.rows("fox", HistoryScope.WEBHOOK, "wh_other") == [rows[2]]
    assert history.rows("", HistoryScope.WEBHOOK, "wh_new") == []
    assert history.rows() == rows[::-1]
    assert history.rows("", HistoryScope.KEPT) == [rows[2]]
    assert history.rows("", HistoryScope.FAILED) == []
    assert history.rows("", HistoryScope.PINNED) == history.rows("BEST") == [rows[1]]
    scopes = [HistoryScope.WEBHOOK]
    while (following := scopes[-1].following) not in scopes:
        scopes.append(following)
    assert scopes == list(HistoryScope)


def test_of_equal_matches_the_kept_the_frequent_and_the_recent_come_first(
    history: History, store: Store, clock: HeldClock
) -> None:
    """A better match comes before all of these."""
    kept = store.outbox.submit("p", "wh", {"prompt": "a kept fox"})
    store.ratings.decide([(kept, 1)], True)
    for _ in range(4):
        often = store.outbox.submit("p", "wh", {"prompt": "a frequent fox"})
    old = store.outbox.submit("p", "wh", {"prompt": "an old fox"})
    clock.now += DAY
    recent = store.outbox.submit("p", "wh", {"prompt": "a recent fox"})
    inside = store.outbox.submit("p", "wh", {"prompt": "a firefox"})
    scattered = store.outbox.submit("p", "wh", {"prompt": "flowers on a xylophone"})
    assert history.rows("fox") == [kept, often, recent, old, inside, scattered]


def test_without_words_the_newest_come_first_and_a_batch_is_one_line(
    history: History, store: Store, clock: HeldClock
) -> None:
    """The prompts of a batch are found by their words; those that were sent alone too are listed."""
    first = store.outbox.submit("p", "wh", {"prompt": "first"})
    bodies = [{"prompt": f"fox {n}"} for n in range(3)]
    line = store.batches.submit("p", "wh", BatchSource("foxes", {"prompt": "fox 0..2"}), bodies)
    clock.now += 1
    alone = store.outbox.submit("p", "wh", bodies[1])
    assert history.rows() == [alone, line, first]
    assert set(history.rows("fox")) == {alone, line, line - 1, line - 3}
    again = store.batches.submit("p", "wh", BatchSource("foxes", {"prompt": "fox 0..2"}), bodies)
    assert history.rows() == [again, first]


def test_the_newest_come_in_the_first_step(history: History, store: Store) -> None:
    """A key is answered with them, whatever the length of the history; the rest follows in steps of some milliseconds."""
    bodies = [{"prompt": f"fox {n}"} for n in range(NEWEST + 2 * STRETCH)]
    store.batches.submit("p", "wh", BatchSource("foxes.txt"), bodies)
    steps = history.steps("fox")
    assert [step.total for step in steps] == [NEWEST - 1, NEWEST - 1 + STRETCH, NEWEST - 1 + 2 * STRETCH, len(bodies)]
    assert [step.matched for step in steps] == [step.total for step in steps]
    assert [len(step.rows) for step in steps] == [min(MOST_FOUND, step.total) for step in steps]
    assert steps[-1].share == 1 > steps[-2].share


def test_the_same_body_is_there_once_for_each_webhook(history: History, store: Store) -> None:
    """Bodies that a server could not tell apart are the same; those of another profile are not there."""
    store.outbox.submit("p", "wh", FOX)
    other = store.outbox.submit("p", "wh_other", FOX)
    again = store.outbox.submit("p", "wh", {"seed": 7, "prompt": " a fox "})
    store.outbox.submit("q", "wh", {"prompt": "somebody else's"})
    assert history.rows() == [again, other]


def test_dropped_prompts_stay(history: History, store: Store) -> None:
    """A prompt that was taken back has no run, and is found all the same."""
    store.outbox.drop(store.outbox.submit("p", "wh", {"prompt": "Ärger", "style": "noir"}))
    store.outbox.submit("p", "wh", FOX)
    assert history.prompts("ärger") == history.prompts("noir") == history.prompts("style") == ["Ärger"]


def test_a_batch_is_there_as_it_was_written_and_so_are_its_prompts(history: History, store: Store) -> None:
    """A file cannot be written again, but its prompts are there."""
    store.batches.submit("p", "wh", SOURCE, [{"prompt": "red fox"}, {"prompt": "blue fox"}])
    store.batches.submit("p", "wh", BatchSource("foxes.txt"), [{"prompt": "a file's fox"}])
    assert set(history.prompts("fox")) == {"{red|blue} fox", "red fox", "blue fox", "a file's fox"}
    assert history.prompts() == ["{red|blue} fox"]


def test_kept_and_failed_count_over_all_runs_of_a_body(history: History, store: Store, remote_run) -> None:  # type: ignore[no-untyped-def]
    """It does not matter which of its submissions was kept or failed."""
    first = runs(store, FOX, remote_run("r1", "completed", created_at=NOON, outputs=("https://s/1",)))
    runs(store, FOX, remote_run("r2", "failed", created_at=NOON + 1))
    last = runs(store, FOX, remote_run("r3", "completed", created_at=NOON + 2))
    assert history.rows("", HistoryScope.KEPT) == []
    store.ratings.decide([(first, 1)], True)
    assert history.rows("", HistoryScope.KEPT) == history.rows("", HistoryScope.FAILED) == [last]
    rejected = store.outbox.submit("p", "wh", {"prompt": "rejected"})
    store.outbox.claim("p")
    settle(store, rejected, OutboxState.REJECTED, "no")
    assert history.rows("", HistoryScope.FAILED) == [rejected, last]
    line = store.batches.submit("p", "wh", SOURCE, [{"prompt": "red fox"}])
    store.ratings.decide([(RowId(line - 1), 1)], True)
    assert line in history.rows("", HistoryScope.KEPT)


def test_seeded_runs_are_in_it(history: History, store: Store, remote_run) -> None:  # type: ignore[no-untyped-def]
    """The demo's past was never submitted; its prompts are found all the same."""
    run: RemoteRun = remote_run("r1", "completed", created_at=NOON - 9)
    store.runs.seed("p", [("wh", run, {"prompt": "long ago"})])
    assert history.prompts() == history.prompts("ago") == ["long ago"]
    store.outbox.submit("p", "wh", {"prompt": "long ago"})
    assert history.prompts() == ["long ago"]


def test_a_name_belongs_to_the_body_whatever_submission_is_its_latest(history: History, store: Store) -> None:
    """It stays when the body is sent again, is that webhook's alone, and a batch has its own."""
    history.rename(store.outbox.submit("p", "wh", FOX), "Mein Füchslein")
    store.outbox.submit("p", "wh_other", FOX)
    again = store.outbox.submit("p", "wh", FOX)
    assert history.rows("füchslein") == history.rows("", HistoryScope.PINNED) == [again]
    history.rename(again, "")
    assert history.rows("füchslein") == []
    history.rename(store.batches.submit("p", "wh", SOURCE, [{"prompt": "red fox"}]), "foxes")
    newest = store.batches.submit("p", "wh", SOURCE, [{"prompt": "red fox"}])
    assert history.rows("", HistoryScope.PINNED) == [newest]


def test_the_names_of_inputs_are_searched_and_the_ids_of_runs_are_not(
    history: History, store: Store, remote_run
) -> None:  # type: ignore[no-untyped-def]
    """`seed 7` finds a body with this seed; letters that happen to be in an id find nothing."""
    runs(store, FOX, remote_run("zzzzqqqq", "completed", created_at=NOON))
    assert history.prompts("seed 7") == history.prompts("see fox") == ["a fox"]
    assert history.prompts("zq") == history.prompts("seed 8") == history.prompts("style") == []


def test_odd_text_is_text(history: History, store: Store) -> None:
    """No sign of a query has a meaning, and no body breaks the search."""
    odd = "100% *sharp* [b]? ^a$ 'quoted' !not a|b \x00 \x1f"
    store.outbox.submit("p", "wh", {"prompt": odd, "n": {"a": [1]}, "empty": None})
    store.outbox.submit("p", "wh", {})
    store.outbox.submit("p", "wh", {"prompt": 7})
    for word in ("100%", "*sharp*", "[b]?", "^a$", "'quoted'", "!not", "a|b", '{"a":[1]}', "null"):
        assert history.prompts(word) == [odd], word
    assert history.rows("^ ' ! $ | * ? [ ] % _ \\ x") == []
    assert len(history.rows()) == 3
