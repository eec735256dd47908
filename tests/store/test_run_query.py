"""The queries of the screens: every order, window and count agrees with a plain sort in memory."""

import random
import shutil
from contextlib import closing

import pytest

from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.run import RunQuery, SortKey, Status
from cordage_tui.store.runs.query_plan import STATUS_ORDER
from cordage_tui.store.store import Store
from tests.tries import accept

NAMES = {"wh_a": "Zebra", "wh_b": "apple", "wh_c": "Mango"}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory, remote_run, private_clock):
    """Path of a database of sixty rows of three webhooks in every status, some with equal times, prompts and durations."""
    path, clock = tmp_path_factory.mktemp("world") / "cordage.db", private_clock
    store, rng = Store.open(path, clock), random.Random(7)
    statuses = ["pending", "running", "completed", "failed", "cancelled", "paused"]
    runs = []
    for n in range(54):
        created = clock.now - rng.randrange(20) * 20_000
        status = rng.choice(statuses)
        ended = created + rng.choice([-5, 10, 10, 90]) if status in {"completed", "failed", "cancelled"} else None
        prompt = rng.choice(["A fox", "a FOX in snow", "Owl", "étude", ""])
        run = remote_run(f"{n:08x}-run", status, created_at=created, completed_at=ended)
        runs.append((f"wh_{rng.choice('abc')}", run, {"prompt": prompt} if prompt else None))
    store.runs.seed("p", runs)
    for n in range(6):
        store.outbox.submit("p", f"wh_{'abc'[n % 3]}", {"prompt": f"mine {n}"})
        clock.now += 1
    store.outbox.claim("p")
    for row in rng.sample(everything(store), 30):
        store.ratings.decide([(row.id, 1)], rng.choice([True, False, None]))
        store.ratings.rate([(row.id, 1)], rng.randrange(6))
    store.runs.seed("other", [("wh_a", remote_run("x"), {"prompt": "not ours to see"})])
    store.close()
    return path


@pytest.fixture
def world(drawn, stores):
    """A store on a copy of the database `drawn`."""
    stores.path.parent.mkdir()
    shutil.copy(drawn, stores.path)
    store = stores.open()
    store.query.name_webhooks(NAMES)
    return store


def everything(store):
    return store.query.window(RunQuery("p"), 0, 1000)


def length(row):
    if row.ended_at is not None:
        return max(row.ended_at - row.begun_at, 0.0) if row.ended_at >= row.created_at else -1
    return -1 if row.status.is_final else 1e12 - row.begun_at


def expected(rows, sort, descending):
    newest_first = sorted(rows, key=lambda r: (r.created_at, r.id), reverse=True)
    if sort is SortKey.WEBHOOK:
        return sorted(newest_first, key=lambda r: NAMES[r.webhook_key].casefold(), reverse=descending)
    if sort is SortKey.STATUS:
        return sorted(newest_first, key=lambda r: STATUS_ORDER.index(r.status), reverse=descending)
    key = {
        SortKey.CREATED: lambda r: (r.created_at, r.id),
        SortKey.PROMPT: lambda r: (r.prompt.casefold(), r.created_at, r.id),
        SortKey.DURATION: lambda r: (length(r), r.created_at, r.id),
        SortKey.DECISION: lambda r: ({True: 1, None: 0, False: -1}[r.kept], r.created_at, r.id),
        SortKey.STARS: lambda r: (r.stars, r.created_at, r.id),
    }[sort]
    return sorted(rows, key=key, reverse=descending)


@pytest.mark.parametrize("text", ["", "fox"])
@pytest.mark.parametrize("webhook", [None, "wh_b", "wh_unknown"])
@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("sort", SortKey)
def test_windows_are_slices_of_the_sorted_whole(world, sort, descending, webhook, text):
    """Any window, the count and every index agree with sorting all rows in memory."""
    query = RunQuery("p", webhook, text, sort, descending)
    rows = [r for r in everything(world) if webhook in (None, r.webhook_key) and text in r.prompt.casefold()]
    whole = [r.id for r in expected(rows, sort, descending)]
    assert world.query.count(query) == len(whole)
    for offset in range(0, len(whole) + 3, 4):
        for limit in (1, 7, 100):
            shown = [r.id for r in world.query.window(query, offset, limit)]
            assert shown == whole[offset : offset + limit]
    assert [world.query.index_of(query, row) for row in whole] == list(range(len(whole)))


@pytest.fixture(scope="module")
def of_one_moment(tmp_path_factory, remote_run, private_clock):
    """Path of a database of three thousand rows with one creation time and different prompts and durations; it is only
    read."""
    path = tmp_path_factory.mktemp("moment") / "cordage.db"
    told_runs = [remote_run(f"r{n}", "completed", created_at=1e9, completed_at=1e9 + n) for n in range(3_000)]
    with closing(Store.open(path, private_clock)) as store:
        store.runs.seed("p", [("wh_a", run, {"prompt": f"{n:05}"}) for n, run in enumerate(told_runs)])
    return path


@pytest.mark.parametrize("sort", [SortKey.PROMPT, SortKey.DURATION])
def test_rows_near_either_end_are_read_without_walking_to_the_other(sort, of_one_moment, clock):
    """A window near either end takes a similar number of steps."""
    query, spent = RunQuery("p", sort=sort, descending=False), []
    with closing(Store.open(of_one_moment, clock)) as store:
        for index in (5, 2_990):
            steps = []
            store.database._connection.set_progress_handler(lambda steps=steps: steps.append(1), 10)
            assert store.query.window(query, index, 5)
            store.database._connection.set_progress_handler(None, 0)
            spent.append(len(steps))
    assert max(spent) < 3 * min(spent)


def test_rows_outside_the_query_have_no_index(world):
    """`index_of` is None for a row of another webhook or profile, for a filtered row and for a row that does not exist."""
    shown = everything(world)
    other = next(r.id for r in shown if r.webhook_key == "wh_a")
    foreign = world.query.window(RunQuery("other"), 0, 1)[0].id
    assert world.query.index_of(RunQuery("p", "wh_b"), other) is None
    assert world.query.index_of(RunQuery("p", text="no such thing"), other) is None
    assert [world.query.index_of(RunQuery("p"), row) for row in (foreign, 9999)] == [None, None]


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ('"FOX IN"', lambda r: "fox in" in r.prompt.casefold()),
        ("SNOW FOX", lambda r: "fox in snow" in r.prompt.casefold()),
        ("E\u0301TUDE", lambda r: r.prompt == "étude"),
        ("0000001", lambda r: "0000001" in (r.run_id or "")),
        ("complet", lambda r: r.status is Status.COMPLETED),
        ("paus", lambda r: r.status_name == "paused"),
        ("mang", lambda r: r.webhook_key == "wh_c"),
        ("  a   fox ", lambda r: "a fox" in r.prompt.casefold()),
        ("%", lambda r: False),
        ('"fox\n0000"', lambda r: False),
    ],
)
@pytest.mark.parametrize("sort", [SortKey.CREATED, SortKey.STATUS, SortKey.PROMPT])
def test_the_filter_looks_in_prompt_id_status_and_name(world, text, holds, sort):
    """Plain text is searched in prompt, run id, status and webhook name, ignoring case; it is not a pattern."""
    query = RunQuery("p", text=text, sort=sort)
    wanted = {r.id for r in everything(world) if holds(r)}
    assert {r.id for r in world.query.window(query, 0, 1000)} == wanted
    assert world.query.count(query) == len(wanted)


def test_the_filter_follows_changes(world, stores, remote_run):
    """The matches are updated after a commit of this or another process."""
    query, other = RunQuery("p", text="heron"), stores.open()
    assert world.query.count(query) == 0
    world.outbox.submit("p", "wh_a", {"prompt": "a heron"})
    assert world.query.count(query) == 1
    other.outbox.submit("p", "wh_a", {"prompt": "another heron"})
    assert world.query.count(query) == 2
    world.query.name_webhooks({"wh_b": "Heron"})
    assert world.query.count(query) > 2


def test_tallies_are_what_counting_gives(world, remote_run):
    """The tallies kept by triggers equal a count of all rows after every kind of change."""
    row = world.outbox.submit("p", "wh_a", {"prompt": "x"})
    world.outbox.drop(row)
    for r in world.query.active("p")[:5]:
        world.runs.ask_kill(r.id)
    waiting = {Status.QUEUED, Status.SENDING, Status.HELD, Status.UNCERTAIN}
    shown = everything(world)
    for webhook, tally in world.query.tallies("p").items():
        rows = [r for r in shown if r.webhook_key == webhook]
        counted = (len(rows), sum(r.status.is_active for r in rows), sum(r.status in waiting for r in rows))
        assert (tally.webhook_key, tally.total, tally.active, tally.waiting) == (webhook, *counted)
    assert sum(t.total for t in world.query.tallies("p").values()) == len(shown)


def test_active_runs_are_those_to_poll(world):
    """`active` returns exactly the runs of all webhooks that the server may still change, newest first."""
    wanted = [r for r in everything(world) if r.status.is_active]
    assert wanted
    assert world.query.active("p") == wanted


def test_everything_shown_is_safe(store, remote_run):
    """Control characters in prompt, status, outputs, error and note are shown in visible form."""
    evil = "\x1b]0;x\x07\u202e"
    run = remote_run("r1", "failed", inputs={"prompt": evil}, outputs=(f"https://x/{evil}",), error=evil)
    (row,) = store.runs.merge("p", "wh_a", [run])
    (other,) = store.runs.merge("p", "wh_a", [remote_run("r2", evil)])
    store.runs.note(row, evil)
    detail, visible = store.query.detail(row), "␛]0;x␇<U+202E>"
    assert (detail.row.prompt, detail.outputs, detail.error, detail.note) == (
        visible,
        (f"https://x/{visible}",),
        visible,
        visible,
    )
    assert store.rows.get(other).status_name == visible
    assert detail.inputs == {"prompt": evil}


def test_a_long_prompt_is_cut_for_the_table_only(store):
    """The table has at most 300 characters of a prompt; the detail has all of it."""
    row = store.outbox.submit("p", "wh_a", {"prompt": "fox " * 1000})
    assert len(store.rows.get(row).prompt) <= 300
    assert store.query.detail(row).inputs["prompt"] == "fox " * 1000


def test_details_hold_all_that_is_known(store, remote_run, clock):
    """The detail has inputs, outputs, node count, raw answer and the time of the last answer."""
    row = store.outbox.submit("p", "wh_a", {"prompt": "a fox"})
    assert store.query.detail(row).seen_at is None
    store.outbox.claim("p")
    accept(
        store, row, remote_run("r1", "completed", outputs=("https://x/1", "https://x/2"), node_count=5, raw='{"a": 1}')
    )
    detail = store.query.detail(row)
    assert (detail.outputs, detail.node_count, detail.raw, detail.seen_at) == (
        ("https://x/1", "https://x/2"),
        5,
        '{"a": 1}',
        clock.now,
    )
    assert detail.row.output_count == 2
    assert store.query.detail(9999) is None


@pytest.mark.parametrize("sort", SortKey)
@pytest.mark.parametrize("text", ["", "fox"])
@pytest.mark.parametrize(("offset", "limit"), [(0, 1000), (7, 20), (55, 20), (0, 0)])
def test_statuses_are_those_of_the_window(world, sort, text, offset, limit):
    """`statuses` returns the same rows in the same order as the window, but only their statuses."""
    query = RunQuery("p", text=text, sort=sort)
    window = world.query.window(query, offset, limit)
    assert world.query.statuses(query, offset, limit) == {row.id: row.status for row in window}
    if not text:
        assert list(world.query.statuses(query, offset, limit)) == [row.id for row in window]


@pytest.mark.parametrize("text", ["", "fox"])
@pytest.mark.parametrize("sort", SortKey)
def test_ids_are_those_of_the_window_with_the_members_of_folded_batches(world, sort, text):
    """`ids` returns all matching rows in the order of the query, including members of folded batches unless they are
    excluded."""
    query = RunQuery("p", text=text, sort=sort)
    assert list(world.query.ids(query)) == [row.id for row in world.query.window(query, 0, 1000)]
    line = world.batches.submit("p", "wh_a", BatchSource("foxes"), [{"prompt": "fox one"}, {"prompt": "fox two"}])
    assert set(world.batches.members(line)) <= set(world.query.ids(query))
    world.batches.fold(line, True)
    visible = [row.id for row in world.query.window(query, 0, 1000)]
    assert list(world.query.ids(query, hidden=False)) == visible
    assert bool(text) or not set(world.batches.members(line)) & set(visible)


def test_unended_are_the_rows_that_may_still_change(world):
    """`unended` includes queued and uncertain submissions, batch rows and the members of folded batches."""
    line = world.batches.submit("p", "wh_a", BatchSource("foxes"), [{"prompt": "fox one"}, {"prompt": "fox two"}])
    world.batches.fold(line, True)
    rows = [line, *world.query.ids(RunQuery("p"))]
    assert {line, *world.batches.members(line)} <= set(world.run_lookup.unended("p"))
    statuses = world.run_lookup.statuses(rows)
    assert {row for row in rows if not statuses[row].is_final} == set(world.run_lookup.unended("p"))
    assert world.run_lookup.unended("nobody") == []
