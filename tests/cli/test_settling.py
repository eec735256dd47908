"""`cordage-tui queue settle`: sets are listed, shown side by side and settled in one step, and nothing is paid by
accident."""

import json
from collections.abc import Iterator

import pytest

from cordage_tui.cli.base.errors import ExitCode
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.match_set import FoundSet, SetKind
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.run import RemoteRun, RowId, Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.store.store import Store
from tests.cli.conftest import Cordage
from tests.cli.json_schema import wrong_with
from tests.cli.test_queue import PROFILE, uncertain

OTHER = PROFILE.format("") + "[profiles.other]\nbase_url = 'http://127.0.0.1:9'\n"


@pytest.fixture
def store(cordage: Cordage) -> Iterator[Store]:
    """Return the store of the machine, open next to the commands."""
    cordage.config(OTHER)
    store = Store.open(cordage.paths.database, SystemClock())
    yield store
    store.close()


@pytest.fixture
def prompts(store: Store) -> list[RowId]:
    """Return two uncertain prompts."""
    return [RowId(int(uncertain(store, prompt))) for prompt in ("fox", "an [/b]\x1b]0;pwned\x07 owl")]


def record_set(
    store: Store, prompts: list[RowId], runs: int, kind: SetKind, *, guesses: int = 0, bound: bool = False
) -> None:
    """Record a set of these prompts and so many runs."""
    now = SystemClock().wall()
    ids = [f"aaaa{n}000-1111-2222-3333-444444444444" for n in range(runs)]
    remote_runs = [RemoteRun(run, Status.RUNNING, SafeText("running"), created_at=now + n) for n, run in enumerate(ids)]
    store.runs.merge("studio", "wh_1", remote_runs)
    rows = [free.row for free in store.uncertain.unclaimed("studio", "wh_1", now - 60.0)]
    likely = tuple(zip(prompts[:guesses], rows, strict=False))
    store.match_sets.record("studio", "wh_1", [FoundSet(kind, tuple(prompts), tuple(rows), likely, bound)], ["all ran"])


def states(store: Store) -> dict[OutboxState, int]:
    """Return the number of prompts in each state."""
    return dict(store.queue.counts("studio"))


def test_sets_are_listed_and_shown_side_by_side(cordage: Cordage, store: Store, prompts: list[RowId]) -> None:
    """A set is shown with prompts, runs and guesses in order of time, inert, and as JSON."""
    record_set(store, prompts, 1, SetKind.SOME_RAN, guesses=1)
    for listed in (cordage("queue", "settle"), cordage("queue", "settle", str(prompts[1]))):
        lines = [line.split("\t") for line in listed.stdout.splitlines()]
        assert [line[1:4] for line in lines] == [
            ["prompt", f"@{prompts[0]}", "uncertain"],
            ["prompt", f"@{prompts[1]}", "uncertain"],
            ["run", "aaaa0000", "running"],
        ]
        assert "aaaa0000" in lines[0][5] and f"@{prompts[0]}" in lines[2][5]
        assert "\x1b" not in listed.stdout + listed.stderr
        assert f"queue settle {prompts[0]} --all-ran or --none-ran or --as-guessed" in listed.stderr
    answer = json.loads(cordage("queue", "list", "--json").stdout)
    assert wrong_with(answer) == []
    [match_set] = answer["sets"]
    assert match_set["kind"] == "some ran" and [prompt["row"] for prompt in match_set["prompts"]] == prompts
    assert match_set["prompts"][0]["guess"] == match_set["runs"][0]["id"] and match_set["prompts"][1]["guess"] is None
    assert not cordage("queue", "settle", "--json", "99").stdout


def test_all_ran_counts_the_whole_set_as_sent(cordage: Cordage, store: Store, prompts: list[RowId]) -> None:
    """`--all-ran` counts the whole set as sent in one step."""
    record_set(store, prompts, 1, SetKind.SOME_RAN)
    settled = cordage("queue", "settle", f"@{prompts[0]}", "--all-ran", "--yes", "--json")
    assert settled.returncode == 0 and json.loads(settled.stdout)["sets"] == []
    assert not states(store)
    rows = [store.rows.get(row) for row in prompts]
    assert [row and row.status for row in rows] == [Status.UNMATCHED] * 2


def test_none_ran_sends_nothing_and_again_says_what_it_risks(
    cordage: Cordage, store: Store, prompts: list[RowId]
) -> None:
    """`--none-ran` sends nothing, and only with `--again` prompts are sent, after a warning about the cost."""
    record_set(store, prompts, 2, SetKind.ALL_RAN, guesses=2, bound=True)
    assert not states(store)
    number = str(prompts[0])
    settled = cordage("queue", "settle", number, "--none-ran", "--yes")
    assert settled.returncode == 0 and "charged a second time" in settled.stderr
    assert states(store) == {OutboxState.UNCERTAIN: 2}
    again = [RowId(int(uncertain(store, prompt))) for prompt in ("hare", "elk")]
    record_set(store, again, 1, SetKind.SOME_RAN)
    settled = cordage("queue", "settle", str(again[0]), "--none-ran", "--again", "--yes")
    assert settled.returncode == 0 and "charged twice" in settled.stderr
    assert "paused" not in settled.stderr
    assert states(store) == {OutboxState.UNCERTAIN: 2, OutboxState.QUEUED: 2}


def test_settled_as_sent_again_in_a_paused_queue_says_how_they_are_sent(
    cordage: Cordage, store: Store, prompts: list[RowId]
) -> None:
    """In a paused queue the prompts wait, and the message names the command that resumes."""
    record_set(store, prompts, 1, SetKind.SOME_RAN)
    store.queue_control.pause("studio", "The last 3 prompts got no usable answer")
    settled = cordage("queue", "settle", str(prompts[0]), "--none-ran", "--resend", "--yes")
    assert settled.returncode == 0 and states(store) == {OutboxState.QUEUED: 2}
    assert "The queue is paused, so nothing is sent until you resume it." in settled.stderr
    assert "cordage-tui queue resume" in settled.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("{}", "--all-ran"),  # nobody can be asked
        ("{}", "--none-ran", "--resend"),
        ("{}", "--all-ran", "--again", "--yes"),
        ("{}", "--as-guessed", "--yes"),  # there are no guesses
        ("{}", "--all-ran", "--none-ran", "--yes"),
        ("--all-ran", "--yes"),
        ("4711", "--all-ran", "--yes"),
        ("--profile", "other", "{}", "--none-ran", "--resend", "--yes"),  # another profile's
    ],
)
def test_what_is_not_meant_settles_nothing(
    cordage: Cordage, store: Store, prompts: list[RowId], arguments: tuple[str, ...]
) -> None:
    """An incomplete or contradictory command settles and queues nothing."""
    record_set(store, prompts, 1, SetKind.SOME_RAN)
    ended = cordage("queue", "settle", *(word.format(prompts[0]) for word in arguments))
    assert ended.returncode == ExitCode.USAGE and ended.stderr
    assert states(store) == {OutboxState.UNCERTAIN: 2} and len(store.match_sets.all("studio")) == 1


def test_a_read_only_profile_sends_nothing_again(cordage: Cordage, store: Store, prompts: list[RowId]) -> None:
    """A read-only profile may settle a set, but sends nothing again."""
    record_set(store, prompts, 1, SetKind.SOME_RAN)
    cordage.config(PROFILE.format("read_only = true\n"))
    ended = cordage("queue", "settle", str(prompts[0]), "--none-ran", "--resend", "--yes")
    assert ended.returncode == ExitCode.USAGE and states(store) == {OutboxState.UNCERTAIN: 2}
    assert cordage("queue", "settle", str(prompts[0]), "--all-ran", "--yes").returncode == 0
