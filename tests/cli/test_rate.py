"""`rate` and `urls`: outputs by command."""

import json
import time

import pytest

from cordage_tui.cli.base.parser import RATINGS
from cordage_tui.domain.output import MAX_STARS, UNJUDGED, Rating
from cordage_tui.domain.run import SERVER_STATUS, RemoteRun
from cordage_tui.domain.safe_text import SafeText
from tests.cli.json_schema import wrong_with


@pytest.fixture
def rows(studio):
    """Return rows of three completed runs: `fox-1111` with two outputs, `owl-2222` with one, `elk-3333` with none."""
    outputs = {
        "fox-1111": ("https://s.example/1.png", "https://s.example/2.png"),
        "owl-2222": ("https://s.example/3.png",),
        "elk-3333": (),
    }
    with studio.store() as store:
        profile, now = store.servers.stored_as(studio.profile), store.query._clock.wall()
        runs = [
            RemoteRun(name, SERVER_STATUS["completed"], SafeText("completed"), now - 90, now - 60, outputs=urls, inputs={"prompt": name})
            for name, urls in outputs.items()
        ]  # fmt: skip
        for run in runs:
            store.runs.merge(profile, studio.key, [run])
        return {name: store.listing.beginning_with(profile, name)[0].id for name in outputs}


def ratings_of(studio, row):
    """Return the ratings of the row."""
    with studio.store() as store:
        return store.ratings.of(row)


def test_an_output_or_all_of_a_run_are_rated(studio, rows):
    """`rate` rates one output or all of a run; stars and decision are separate, and `none` removes both."""
    fox, owl = rows["fox-1111"], rows["owl-2222"]
    assert studio("rate", "fox-1", "keep").err == "Kept 2 outputs of 1 run.\n"
    assert ratings_of(studio, fox) == {1: Rating(True), 2: Rating(True)}
    assert studio("rate", "fox-1#2", f"@{owl}#1", "reject").code == 0
    assert studio("rate", "fox-1#2", "4").code == 0
    assert (ratings_of(studio, fox), ratings_of(studio, owl)) == (
        {1: Rating(True), 2: Rating(False, 4)},
        {1: Rating(False)},
    )
    assert studio("rate", "fox-1", "none").code == 0
    assert ratings_of(studio, fox) == {}


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["fox-1", "good"], "'good' is not a rating"),
        (["fox-1"], "'fox-1' is not a rating"),
        (["keep"], "not clear which runs"),
        (["fox-1#3", "keep"], "has no output '3'; it has 2 outputs"),
        (["fox-1#", "keep"], "has no output ''"),
        (["elk-3", "keep"], "has no outputs"),
        (["zebra", "keep"], "No run here begins with"),
        (["f", "keep"], "too short"),
        (["fox-1", "--where", "owl", "keep"], "Both run ids and --where"),
        (["--where", "stile:x", "keep"], "no filter or input 'stile'"),
        (["--where", "", "keep", "--yes"], "matches every run"),
    ],
)
def test_what_names_no_output_rates_none(studio, rows, argv, message):
    """If one argument names no output, nothing is rated."""
    ended = studio("rate", "owl-2", *argv) if argv[-1] == "keep" and "#" in argv[0] else studio("rate", *argv)
    assert ended.code == 2 and message in ended.err
    assert ratings_of(studio, rows["fox-1111"]) == ratings_of(studio, rows["owl-2222"]) == {}


def test_a_filter_asks_with_the_count(studio, rows):
    """`--where` asks with the number of outputs, and rates nothing without a yes."""
    where = ("rate", "--where", "status:completed", "keep")
    refused = studio(*where, stdin="n\n", terminal=True)
    assert (refused.code, "Rate 3 outputs of 2 runs as keep?" in refused.err) == (2, True)
    assert "--yes" in studio(*where).err
    assert ratings_of(studio, rows["fox-1111"]) == {}
    answer = json.loads(studio(*where, "--yes", "--json").out)
    assert wrong_with(answer) == [] and [rating["kept"] for rating in answer["ratings"]] == [True] * 3
    assert ratings_of(studio, rows["owl-2222"])[1] == Rating(True) != UNJUDGED
    assert studio("rate", "--where", "zebra", "keep").err == "No matching outputs.\n"


def test_a_filter_about_outputs_chooses_outputs(studio, rows):
    """`is:undecided` rates the undecided outputs only, and not the others of their runs."""
    studio("rate", "fox-1111#1", "keep")
    ended = studio("rate", "--where", "is:undecided", "reject", "--yes")
    assert ended.err == "Rejected 2 outputs of 2 runs.\n"
    assert ratings_of(studio, rows["fox-1111"]) == {1: Rating(True), 2: Rating(False)}
    assert studio("rate", "--where", "is:kept", "5", "--yes").err == "Gave 5 stars to 1 output of 1 run.\n"


def test_the_shell_completes_runs_and_ratings(studio, rows):
    """The shell completes runs and ratings."""
    offered = [line.split("\t")[0] for line in studio("__complete", "fish", "rate", "fox-1", "").out.splitlines()]
    assert {"owl-2222", *RATINGS} <= {*offered}
    assert ("keep", "reject", "none", *map(str, range(1, MAX_STARS + 1))) == RATINGS


# urls


def test_urls_are_one_per_line(studio):
    """`urls` prints the links of completed runs one per line, in the order of runs and outputs."""
    first, second = studio.started(0.0), studio.started(0.0)
    studio("runs")
    lines = studio("urls", second, first).out.splitlines()
    links = [json.loads(studio("show", each, "--json").out)["run"]["outputs"] for each in (second, first)]
    assert [line.split("?")[0] for line in lines] == [url.split("?")[0] for urls in links for url in urls] != []
    answer = json.loads(studio("urls", "--where", "status:completed", "--json").out)
    assert wrong_with(answer) == [] and {each["id"] for each in answer["urls"]} == {first, second}
    assert not any(each["expired"] for each in answer["urls"])
    assert studio("urls", "--where", "zebra").err == "No matching runs.\n"
    assert "not clear which runs" in studio("urls").err


def test_expired_links_are_said_and_read_again(studio):
    """An expired link is printed with a note, and `--fresh` reads a new one."""
    run_id = studio.started(0.0)
    old = f"https://s.example/1.png?Expires={int(time.time()) - 60}&Signature=x"
    assert studio("urls", run_id).code == 0
    with studio.store() as store, store.runs._database.write() as write:
        write.execute("UPDATE details SET outputs = ?", (json.dumps([old]),))
    stale = studio("urls", run_id)
    assert (stale.code, stale.out) == (0, f"{old}\n") and "1 link has expired" in stale.err and "--fresh" in stale.err
    fresh = studio("urls", run_id, "--fresh")
    assert (fresh.code, fresh.err) == (0, "") and old not in fresh.out and fresh.out
