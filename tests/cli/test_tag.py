"""`tag` adds, removes and lists the tags of runs."""

import json

import pytest

from cordage_tui.domain.run import SERVER_STATUS, RemoteRun
from cordage_tui.domain.safe_text import SafeText
from tests.cli.json_schema import wrong_with


@pytest.fixture
def rows(studio):
    """Return the rows of the completed runs `fox-1111` and `owl-2222`, by their ids."""
    with studio.store() as store:
        profile, now = store.servers.stored_as(studio.profile), store.query._clock.wall()
        for name in ("fox-1111", "owl-2222"):
            run = RemoteRun(name, SERVER_STATUS["completed"], SafeText("completed"), now - 90, now - 60, inputs={"prompt": name})  # fmt: skip
            store.runs.merge(profile, studio.key, [run])
        return {name: store.listing.beginning_with(profile, name)[0].id for name in ("fox-1111", "owl-2222")}


def tags(studio, name):
    """Return the tags that `tag` lists for this run."""
    ended = studio("tag", name, "--json")
    answer = json.loads(ended.out)
    assert wrong_with(answer) == []
    return answer["runs"][0]["tags"]


def test_tags_are_added_removed_and_listed(studio, rows):
    """A tag with its sign may stand anywhere among the words. A tag that is also the name of an option is removed
    behind `--`."""
    assert studio("tag", "fox-1", "+Poster", "owl-2", "+draft").err == "2 runs, 2 changed.\n"
    assert studio("tag", "-draft", "fox-1", f"@{rows['owl-2222']}", "+q", "-poster").err == "2 runs, 2 changed.\n"
    assert studio("tag", "fox-1", "owl-2", "+poster").code == 0
    assert (tags(studio, "fox-1"), tags(studio, "owl-2")) == (["poster", "q"], ["poster", "q"])
    assert studio("tag", "fox-1", "--", "-q").err == "1 run, 1 changed.\n"
    assert studio("tag", "fox-1", "owl-2").out == "fox-1111 poster\nowl-2222 poster q\n"
    assert studio("tag").out == "      2  poster\n      1  q\n"
    known = json.loads(studio("tag", "--json").out)
    assert wrong_with(known) == []
    assert known["tags"] == [{"tag": "poster", "runs": 2}, {"tag": "q", "runs": 1}]


def test_lists_and_exports_have_tags_and_find_by_them(studio, rows):
    """Lists and exports contain the tags of runs, and a filter finds runs by them."""
    assert studio("tag", "owl-2", "+poster", "+sea").code == 0
    (run,) = json.loads(studio("runs", "--offline", "--where", "tag:sea", "--json").out)["runs"]
    assert (run["id"], run["tags"]) == ("owl-2222", ["poster", "sea"])
    lines = [json.loads(line) for line in studio("export").out.splitlines()]
    assert [(record["id"], record["tags"]) for record in lines] == [("owl-2222", ["poster", "sea"]), ("fox-1111", [])]
    assert not [wrong for line in lines for wrong in wrong_with(line)]
    names, owl = studio("export", "--where", "is:tagged", "--format", "csv").out.splitlines()
    assert owl.split(",")[names.split(",").index("tags")] == "poster sea"
    assert "poster sea" in studio("show", "owl-2", "--offline").out


def test_tagging_by_a_filter_asks_with_the_count(studio, rows):
    """A filter tags nothing after another answer than y, or where nobody can be asked."""
    where = ("tag", "--where", "status:completed", "+sea")
    refused = studio(*where, stdin="n\n", terminal=True)
    assert (refused.code, "Tag 2 runs with +sea?" in refused.err) == (2, True)
    assert "--yes" in studio(*where).err and tags(studio, "fox-1") == []
    assert studio(*where, "--yes").err == "2 runs, 2 changed.\n"
    assert studio("tag", "--where", "zebra", "+sea").err == "No matching runs.\n"


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["fox-1", "+"], "'' is not a tag"),
        (["fox-1", "+a b"], "is not a tag"),
        (["+sea"], "not clear which runs"),
        (["fox-1", "--where", "owl", "+sea"], "Both run ids and --where"),
        (["zebra", "+sea"], "No run here begins with"),
        (["owl-2", "zebra", "+sea"], "No run here begins with"),
        (["--where", "", "+sea", "--yes"], "matches every run"),
    ],
)
def test_words_that_name_no_run_or_tag_change_nothing(studio, rows, argv, message):
    """A command without a valid run or tag ends with code 2 and changes no tag."""
    ended = studio("tag", *argv)
    assert ended.code == 2 and message in ended.err
    assert studio("tag").err == "No run has a tag.\n"


def test_the_shell_completes_runs_and_tags(studio, rows):
    """The shell completes ids of runs, and behind a sign the tags that are in use."""

    def completions(*typed):
        return {line.split("\t")[0] for line in studio("__complete", "fish", "tag", *typed).out.splitlines()}

    studio("tag", "fox-1", "+poster")
    assert {"fox-1111", "owl-2222"} <= completions("")
    assert completions("fox-1111", "+") == {"+poster"} and completions("fox-1111", "-p") == {"-poster"}
