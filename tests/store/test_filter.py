"""The filter finds what a plain reading of its grammar finds, in histories drawn by lot."""

import asyncio
import json
import random
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.download import DownloadState
from cordage_tui.domain.filter.expression import (
    Comparison,
    Disjunction,
    Expression,
    FieldTerm,
    FilterField,
    Negation,
    Operand,
    TextTerm,
    all_of,
    any_of,
    filter_text,
    moment,
    number,
)
from cordage_tui.domain.filter.parser import parse_filter
from cordage_tui.domain.output import FileKind, OutputRef, Rating
from cordage_tui.domain.run import RowId, RunDetail, RunQuery, SortKey, Status
from cordage_tui.domain.submission import NO_LINEAGE, Lineage
from cordage_tui.domain.time_span import span_s
from cordage_tui.store.runs import filter_counts, filtered_rows
from cordage_tui.store.store import Store
from tests.store.conftest import HeldClock
from tests.tries import accept

NAMES = {"wh_a": "Sunset over", "wh_b": "Portrait", "wh_c": "Loop (long)"}
PROMPTS = [
    "a red fox",
    "A Fox in SNOW",
    "étude no. 12",
    "owl, 30 %",
    'fox -red "quoted"',
    "x" * 320 + " end",
    "失敗 of a fox",
    "",
]
STYLES = ["noir", "Line Art", "ink", "ink wash", "30", "true", "", "a,b (c)"]
SUFFIXES = ["png", "png", "MP4", "txt", "json", "bin"]
ERRORS = ["Node 3: timeout", "refused by the FILTER", "out of memory"]
FOLDER = Path("/pictures")


def inputs(rng: random.Random) -> dict[str, object]:
    """What a run was sent: some inputs are always there, some of different kinds."""
    found: dict[str, object] = {"prompt": rng.choice(PROMPTS)}
    for name, values in {
        "seed": [12, 12.0, 30, 7.5, 2**63, -3, "12", None],
        "style": STYLES,
        "steps": [20, 30, 50],
        "age": ["young", 30],
        "image_url": ["https://s.example/a.png?sig=1"],
        "loras": [["ink", 0.5], {"b": "noir", "a": 1}, True, False],
    }.items():
        if rng.random() < 0.6:
            found[name] = rng.choice(values)
    return found


def fill(store: Store, clock: HeldClock, rng: random.Random, remote_run) -> None:
    """Runs from here and elsewhere in every status, two batches, verdicts and files."""
    words = ["pending", "running", "completed", "completed", "failed", "cancelled", "paused"]
    runs = []
    for n in range(40):
        created = clock.now - rng.choice([1, 30, 90, 4_000, 100_000, 400_000]) - n
        word = rng.choice(words)
        ended = created + rng.choice([-5, 1, 30, 119, 120, 900]) if word in words[2:6] else None
        outputs = (
            tuple(f"https://s.example/{n}-{m}.{rng.choice(SUFFIXES)}" for m in range(rng.randrange(4)))
            if word == "completed"
            else None
        )
        error = rng.choice(ERRORS) if word == "failed" and rng.random() < 0.8 else None
        run = remote_run(f"{n:04x}beef", word, created_at=created, completed_at=ended, outputs=outputs, error=error)
        runs.append((f"wh_{rng.choice('abc')}", run, inputs(rng) if rng.random() < 0.8 else None))
    store.runs.seed("p", runs)
    store.runs.seed("other", [("wh_a", remote_run("elsewhere", "completed"), {"prompt": "a red fox"})])
    for n in range(12):
        lineage = Lineage(RowId(n // 2 + 1)) if n % 3 else NO_LINEAGE
        store.outbox.submit("p", f"wh_{'abc'[n % 3]}", inputs(rng), lineage=lineage)
        clock.now += 1
    for title, folded in (("A fox {red|blue}", True), ("owls.csv", False)):
        made_from = [Lineage(RowId(41))] * 4 if folded else [Lineage(RowId(n)) for n in (1, 2, 17, 99_999)]
        bodies = [inputs(rng) for _ in range(4)]
        line = store.batches.submit("p", "wh_a", BatchSource(title), bodies, lineages=made_from)
        store.batches.fold(line, folded)
    for n in range(9):
        claimed = store.outbox.claim("p")
        assert claimed is not None
        if n % 3 == 0:
            accept(store, claimed.row, remote_run(f"ours{n}", "running"))
        elif n % 3 == 1:
            store.outbox.recover("p")
        clock.now += 17
        store.runs.merge(
            "p", claimed.webhook_key, [remote_run("ours0", "completed", outputs=("https://s.example/o.png",))]
        )
    shown = store.query.window(RunQuery("p"), 0, 1_000)
    for row in shown:
        for output in range(1, row.output_count + 1):
            if rng.random() < 0.6:
                store.ratings.decide([(row.id, output)], rng.choice([True, False, None]))
                store.ratings.rate([(row.id, output)], rng.randrange(6))
        if row.output_count and rng.random() < 0.5:
            store.downloads.enqueue(
                "p", [OutputRef(row.id, 1, f"https://s.example/{row.id}.png")], FOLDER, "{n}", lambda path: False
            )
            if rng.random() < 0.6 and (job := store.download_jobs.claim("p")) is not None:
                store.download_jobs.done(job, f"{row.id}.png", 9, "ab", None)


@dataclass
class Facts:
    """Everything known of a row."""

    detail: RunDetail
    ratings: list[Rating]
    batch: str | None
    """Title and number of the batch it belongs to, or is."""
    has_file: bool
    parent: str
    """Id of the run that it was made from; empty: unknown."""

    @cached_property
    def words(self) -> list[str]:
        """The texts in which a word is looked for."""
        row, sent_values = self.detail.row, sent(self).items()
        hay = [prompt(self), row.run_id or "", row.status.value, fold(NAMES.get(row.webhook_key, "\0"))]
        hay += [fold(row.status_name)] if row.status is Status.OTHER else []
        return hay + [value_text(value) for name, value in sent_values if name != "prompt"]


def facts(store: Store) -> list[Facts]:
    """All rows of the profile, hidden ones too."""
    rows = [row.id for row in store.query.window(RunQuery("p"), 0, 1_000)]
    rows += [member for row in rows for member in store.batches.members(row) if member not in rows]
    found = []
    for row in rows:
        detail = store.query.detail(row)
        assert detail is not None
        judged = store.ratings.of(row)
        line = row if detail.row.size else detail.row.batch
        titled = store.rows.get(line) if line is not None else None
        found.append(
            Facts(
                detail,
                [judged.get(number, Rating()) for number in range(1, detail.row.output_count + 1)],
                None if titled is None else titled.prompt,
                any(load.state is DownloadState.DONE for load in store.downloads.of(row)),
                (made_from.run_id or "") if detail.parent and (made_from := store.rows.get(detail.parent)) else "",
            )
        )
    return found


# The naive evaluator.


def fold(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def sent(one: Facts) -> dict[str, object]:
    return dict(one.detail.inputs or {})


def value_text(value: object) -> str:
    return fold(value if isinstance(value, str) else json.dumps(value, sort_keys=True, separators=(",", ":")))


def prompt(one: Facts) -> str:
    if one.detail.row.size:
        return fold(one.detail.row.prompt)
    body = sent(one)
    own = body.get("prompt")
    if isinstance(own, str) and own.strip():
        return fold(own)
    first = next((value for value in body.values() if isinstance(value, str) and value.strip()), None)
    return fold(first) if first else (value_text(body) if body else "")


def holds(comparison: Comparison, bare: Comparison, value: float, bound: float) -> bool:
    match comparison or bare:
        case Comparison.AT_LEAST:
            return value >= bound
        case Comparison.AT_MOST:
            return value <= bound
        case Comparison.MORE:
            return value > bound
        case Comparison.LESS:
            return value < bound
    return value == bound


def judged_so(term: FieldTerm, rating: Rating) -> bool:
    def meets(operand: Operand) -> bool:
        if term.field is FilterField.STARS:
            return rating.stars > 0 and holds(
                operand.comparison, Comparison.AT_LEAST, rating.stars, float(operand.text)
            )
        return {"kept": rating.kept is True, "rejected": rating.kept is False, "undecided": rating.kept is None}[
            operand.text
        ]

    return any(map(meets, term.operands))


def input_meets(value: object, operand: Operand) -> bool:
    bound = number(operand.text)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return bound is not None and holds(operand.comparison, Comparison.EQUAL, value, bound)
    if operand.comparison is Comparison.EQUAL:
        return value_text(value) == fold(operand.text)
    return operand.comparison is Comparison.NONE and fold(operand.text) in value_text(value)


def meets(one: Facts, field: FilterField, name: str, operand: Operand, now: float, slow: set[int]) -> bool:
    row, text = one.detail.row, operand.text
    match field:
        case FilterField.STATUS:
            groups = {"active": row.status.is_active, "ended": row.status.is_final}
            waiting = row.status in (Status.QUEUED, Status.SENDING, Status.HELD, Status.UNCERTAIN)
            return (groups | {"waiting": waiting}).get(text, row.status.value == text)
        case FilterField.WEBHOOK:
            name = fold(NAMES.get(row.webhook_key, "\0"))
            return fold(text) == name if operand.comparison else fold(text) in name
        case FilterField.IS if text in ("kept", "rejected", "undecided"):
            return any(judged_so(FieldTerm(field, (operand,)), rating) for rating in one.ratings)
        case FilterField.IS:
            return {
                "uncertain": row.status is Status.UNCERTAIN,
                "downloaded": one.has_file,
                "batch": row.batch is not None,
                "slow": row.id in slow,
                "unrated": bool(one.ratings) and all(rating == Rating() for rating in one.ratings),
            }[text]
        case FilterField.STARS:
            return any(judged_so(FieldTerm(field, (operand,)), rating) for rating in one.ratings)
        case FilterField.HAS:
            own = {
                "outputs": bool(one.ratings),
                "error": one.detail.error is not None,
                "parent": one.detail.parent is not None,
            }
            return own.get(text, False) or text in sent(one)
        case FilterField.PROMPT:
            return fold(text) in prompt(one)
        case FilterField.ERROR:
            reasons = (one.detail.error, one.detail.note)
            unreasoned = ("completed", "pending", "running", "sending", "queued", "batch")
            return row.status.value not in unreasoned and any(fold(text) in fold(words) for words in reasons if words)
        case FilterField.OUTPUTS:
            return holds(operand.comparison, Comparison.EQUAL, row.output_count, float(text))
        case FilterField.KIND:
            return any(FileKind.of(url) == text for url in one.detail.outputs)
        case FilterField.TOOK:
            if row.ended_at is not None:
                lasted = row.ended_at - row.begun_at if row.ended_at >= row.created_at else None
            else:
                lasted = now - row.begun_at if row.status.is_active else None
            return lasted is not None and holds(
                operand.comparison, Comparison.AT_LEAST, max(0.0, lasted), span_s(text) or 0.0
            )
        case FilterField.AGE:
            return holds(operand.comparison, Comparison.AT_LEAST, now - row.created_at, span_s(text) or 0.0)
        case FilterField.SINCE:
            return row.created_at >= (moment(text, now) or 0.0)
        case FilterField.ENDED:
            return row.ended_at is not None and row.ended_at >= (moment(text, now) or 0.0)
        case FilterField.BATCH:
            return one.batch is not None and (fold(text) in fold(one.batch) or text == str(row.batch or row.id))
        case FilterField.PARENT:
            return one.parent.startswith(fold(text)) or text == str(one.detail.parent)
    return name in sent(one) and input_meets(sent(one)[name], operand)


def words_hold(one: Facts, text: str) -> bool:
    word = fold(text)
    return any(word in part for part in one.words)


def matches(one: Facts, expression: Expression, now: float, slow: set[int]) -> bool:
    if isinstance(expression, TextTerm):
        return words_hold(one, expression.text)
    if isinstance(expression, FieldTerm):
        return any(meets(one, expression.field, expression.name, operand, now, slow) for operand in expression.operands)
    if isinstance(expression, Negation):
        return not matches(one, expression.part, now, slow)
    if isinstance(expression, Disjunction):
        return any(matches(one, part, now, slow) for part in expression.parts)
    of_output = [part for part in expression.parts if isinstance(part, FieldTerm) and part.is_about_output]
    others = [part for part in expression.parts if part not in of_output]
    alike = not of_output or any(all(judged_so(term, rating) for term in of_output) for rating in one.ratings)
    return alike and all(matches(one, part, now, slow) for part in others)


# Expressions by lot.


def of(field: FilterField, values: Iterable[str], name: str = "", signs: Iterable[Comparison] = (Comparison.NONE,)):
    operand = st.builds(Operand, st.sampled_from(list(values)), st.sampled_from(list(signs)))
    return st.lists(operand, min_size=1, max_size=3, unique=True).map(
        lambda found: FieldTerm(field, tuple(found), name)
    )


ALL_SIGNS = list(Comparison)
TERMS = st.one_of(
    st.sampled_from(["fox", "a red", "30", "true", "sunset", "fail", "é", "失", "0,", "end", "ours", "paus", "beef", "q", "%", "a,b (c)", "ink"]).map(TextTerm),
    of(FilterField.STATUS, ["active", "waiting", "ended", "failed", "completed", "uncertain", "queued", "other"]),
    of(FilterField.WEBHOOK, ["sun", "Portrait", "(long)", "o"]),
    of(FilterField.WEBHOOK, ["portrait", "Loop (long)"], signs=[Comparison.NONE, Comparison.EQUAL]),
    of(FilterField.IS, ["kept", "rejected", "undecided", "unrated", "uncertain", "downloaded", "batch"]),
    of(FilterField.STARS, "12345", signs=ALL_SIGNS),
    of(FilterField.HAS, ["outputs", "error", "parent", "seed", "image_url", "loras"]),
    of(FilterField.PROMPT, ["fox", "30", "end", "\"quoted\"", "owls"]),
    of(FilterField.ERROR, ["timeout", "filter", "sent"]),
    of(FilterField.OUTPUTS, "0123", signs=ALL_SIGNS),
    of(FilterField.KIND, ["image", "video", "audio", "text", "json", "other"]),
    of(FilterField.TOOK, ["30", "2m", "1h"], signs=ALL_SIGNS),
    of(FilterField.AGE, ["1m", "2h", "2d"], signs=ALL_SIGNS),
    of(FilterField.SINCE, ["today", "monday", "1h", "00:00", "2023-11-10"]),
    of(FilterField.ENDED, ["today", "1h", "yesterday", "2023-11-10"]),
    of(FilterField.BATCH, ["fox", "owls.csv", "57", "62"]),
    of(FilterField.PARENT, ["0", "0003", "0003BEEF", "ours", "41", "2", "99999", "x%"]),
    of(FilterField.INPUT, ["12", "7.5", "30", "-3", str(2**63), "null"], "seed", [Comparison.NONE]),
    of(FilterField.INPUT, ["12", "7.5", "30"], "seed", ALL_SIGNS),
    of(FilterField.INPUT, ["noir", "ink", "INK wash", "true", "30", "a,b (c)"], "style", [Comparison.NONE, Comparison.EQUAL]),
    of(FilterField.INPUT, ["30", "12"], "steps", ALL_SIGNS),
    of(FilterField.INPUT, ["young", "30"], "age"),
    of(FilterField.INPUT, ["noir", "0.5", "true", '"a":1', "f"], "loras"),
)  # fmt: skip
EXPRESSIONS = st.recursive(
    TERMS,
    lambda parts: st.one_of(
        parts.map(Negation), st.lists(parts, min_size=1, max_size=4).map(all_of), st.lists(parts, min_size=1, max_size=3).map(any_of)
    ),
    max_leaves=8,
)  # fmt: skip


class History:
    """A store, what is known of its rows, and its clock."""

    def __init__(self, store: Store, known: list[Facts], clock: HeldClock) -> None:
        self.store, self.known, self.clock = store, known, clock

    def holds(self, expression: Expression, one: Facts) -> bool:
        """Whether the filter shows that row; the line of a batch is no run."""
        return not one.detail.row.size and matches(one, expression, self.clock.now, set())

    def held(self, expression: Expression) -> list[Facts]:
        """The rows that the filter shows."""
        return [one for one in self.known if self.holds(expression, one)]


@pytest.fixture(scope="module", params=range(3))
def history(request, tmp_path_factory, remote_run):
    """A store with a history drawn by lot, its facts, and its clock."""
    clock = HeldClock()
    store = Store.open(tmp_path_factory.mktemp("world") / "cordage.db", clock)
    fill(store, clock, random.Random(request.param), remote_run)
    store.query.name_webhooks(NAMES)
    clock.now += 3
    yield History(store, facts(store), clock)
    store.close()


def found(store: Store, text: str, sort: SortKey = SortKey.CREATED) -> set[int]:
    """Rows that the filter finds."""
    return set(store.query.ids(RunQuery("p", text=text, sort=sort)))


@given(EXPRESSIONS, st.sampled_from(SortKey))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_agrees_with_a_plain_reading(history, expression: Expression, sort: SortKey) -> None:
    """In every order, with rows of folded batches and without lines of batches."""
    store, text = history.store, filter_text(expression)
    parsed = parse_filter(text, store.query.filters.vocabulary(NAMES))
    assert (parsed.expression, parsed.unknown) == (expression, ())
    assert found(store, text, sort) == {one.detail.row.id for one in history.held(expression)}


@given(
    st.one_of(
        st.text(),
        st.lists(
            st.sampled_from([*' -|():,"\\<>=', "is:", "status:", "kept", "seed:", "1", "\ud800", "\0"]), max_size=30
        ).map("".join),
    )
)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
def test_no_text_breaks_it(history, text: str) -> None:
    """Whatever is typed, there is a list."""
    assert len(found(history.store, text)) <= len(history.known)


def test_long_and_deep_texts_have_an_answer(history) -> None:
    """SQLite takes only so many parameters and so deep an expression."""
    store = history.store
    assert found(store, "e " * 5_000)
    assert found(store, "-(fox " * 400) is not None
    assert found(store, " | ".join(["stars:1,2,3,4,5 seed:12 style:ink"] * 200)) is not None


def test_it_is_searched_by_status_where_that_is_asked_for(history, monkeypatch) -> None:
    """Of a hundred thousand rows only those of the statuses are looked at, in slices like all others."""
    store = history.store
    monkeypatch.setattr(filtered_rows, "SLICE", 3)
    for text in (
        "status:failed,cancelled fox",
        "status:waiting | status:failed",
        "status:failed status:held",
        "is:uncertain",
    ):
        query = RunQuery("p", text=text)
        rows = store.query.ids(query)
        assert len(rows) == len(set(rows))
        created = [next(one.detail.row for one in history.known if one.detail.row.id == row) for row in rows]
        assert created == sorted(created, key=lambda row: (row.created_at, row.id), reverse=True)
    monkeypatch.setattr(filtered_rows, "SLICE", 1_000)
    assert set(rows) == found(store, "IS:uncertain")


def test_time_goes_on(store, remote_run, clock) -> None:
    """A run that has grown too old leaves the list, though nothing happens."""
    store.runs.merge("p", "wh_a", [remote_run("r1", "completed", created_at=clock.now - 50)])
    assert len(found(store, "age:<1m")) == 1
    clock.now += 60
    assert len(found(store, "age:<1m")) == 0


def test_slow_is_what_takes_longer_than_the_last_runs_did(store, remote_run, clock) -> None:
    """Ended or not; without a history nothing is slow."""
    store.query.name_webhooks(NAMES)
    for n in range(30):
        store.runs.merge("p", "wh_a", [remote_run(f"r{n}", "running", created_at=clock.now)])
        clock.now += 10 + n % 3
        store.runs.merge("p", "wh_a", [remote_run(f"r{n}", "completed", completed_at=clock.now)])
    assert found(store, "is:slow") == set()
    (row,) = store.runs.merge("p", "wh_a", [remote_run("late", "running", created_at=clock.now)])
    store.runs.merge("p", "wh_b", [remote_run("unknown", "running", created_at=clock.now)])
    assert found(store, "is:slow") == set()
    clock.now += 90
    assert found(store, "is:slow") == {row}
    store.runs.merge("p", "wh_a", [remote_run("late", "completed", completed_at=clock.now)])
    assert found(store, "is:slow status:ended") == {row}


def test_names_of_inputs_are_known_once_they_were_sent(store, remote_run) -> None:
    """Those that cannot be typed are not; before that a name is a word like any other."""
    assert parse_filter("style:noir", store.query.filters.vocabulary(NAMES)).unknown != ()
    store.outbox.submit(
        "p", "wh_a", {"prompt": "x", "style": "noir", 'a"b': 1, "c\\d": 2, "\ud800": 3, "e\n": 4, "é ü": "y"}
    )
    assert parse_filter("style:noir", store.query.filters.vocabulary(NAMES)).unknown == ()
    assert store.query.filters.vocabulary(NAMES).inputs == ('a"b', "c\\d", "style", "é ü")
    known = store.query.filters.vocabulary(NAMES)
    assert store.query.filters.vocabulary(NAMES) is known, "read again although nothing was committed"
    assert store.query.filters.vocabulary({"wh_a": "Other"}).webhooks == ("Other",)
    assert len(found(store, 'input."é ü":Y')) == 1
    assert len(found(store, r'input."a\"b":1 input."c\\d":>1')) == 1
    assert found(store, "style") == set()
    store.runs.merge("p", "wh_a", [remote_run("r1", inputs={"echoed": 1})])
    assert len(found(store, "echoed:1")) == 1


@pytest.mark.parametrize("webhook", [None, "wh_a"])
@pytest.mark.parametrize(
    ("field", "name"),
    [
        (FilterField.STATUS, ""),
        (FilterField.WEBHOOK, ""),
        (FilterField.IS, ""),
        (FilterField.STARS, ""),
        (FilterField.KIND, ""),
        (FilterField.INPUT, "seed"),
        (FilterField.INPUT, "style"),
        (FilterField.INPUT, "loras"),
    ],
)  # fmt: skip
def test_each_value_is_counted_as_it_filters(history, monkeypatch, field, name, webhook) -> None:
    """The number beside a value is what choosing it finds."""
    monkeypatch.setattr(filter_counts, "SLICE", 7)
    store = history.store
    counts = asyncio.run(store.query.value_counts(RunQuery("p", webhook), field, name))
    assert counts
    for value, n in counts.items():
        term = FieldTerm(field, (Operand(value, Comparison.EQUAL if name else Comparison.NONE),), name)
        alike = len(store.query.ids(RunQuery("p", webhook, text=filter_text(term))))
        assert alike == n or (alike > n and number(value) is not None), value  # 12 is 12.0 to the filter


def test_an_input_with_very_many_values_is_not_counted(store, monkeypatch) -> None:
    """A seed is typed, not chosen."""
    monkeypatch.setattr(filter_counts, "MANY_VALUES", 3)
    for n in range(5):
        store.outbox.submit("p", "wh_a", {"prompt": "x", "seed": n, "style": "ink"})

    def counts(field: FilterField, name: str = "") -> object:
        return asyncio.run(store.query.value_counts(RunQuery("p"), field, name))

    assert [counts(FilterField.INPUT, name) for name in ("seed", "style")] == [{}, {"ink": 5}]
    assert counts(FilterField.TOOK) == {}
