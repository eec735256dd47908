"""`runs --where`: the filter of the app on the command line."""

import json
import re
import shlex
from pathlib import Path

import pytest

from cordage_tui.domain.run import SERVER_STATUS, RemoteRun
from cordage_tui.domain.text import SafeText

README = (Path(__file__).parents[2] / "README.md").read_text()
EXAMPLES = re.findall(r"^cordage-tui (runs --where '.*)$", README.split("## Find\n")[1].split("\n## ")[0], re.MULTILINE)


@pytest.fixture
def history(studio):
    """Five runs of the last hour, named by what each is found by."""

    def told(name: str, word: str, **fields: object) -> RemoteRun:
        return RemoteRun(name, SERVER_STATUS[word], SafeText(word), **fields)

    with studio.store() as store:
        profile, now = store.servers.stored_as(studio.profile), store.query._clock.wall()
        runs = [
            (told("fox", "completed"), {"prompt": "a red fox", "style": "film noir"}),
            (told("dog", "completed"), {"prompt": "a red dog", "style": "noir", "note": "fox"}),
            (told("failed", "failed", error=SafeText("Timeout in node 3")), {"prompt": "an owl"}),
            (told("chosen", "completed", outputs=("https://s.example/1.png",)), {"prompt": "x", "steps": 40, "seed": 7}),
            (told("long", "completed", completed_at=now - 60), {"prompt": "y"}),
        ]  # fmt: skip
        ages = {"long": 600.0}
        for run, inputs in runs:
            created = now - ages.get(run.run_id, 90.0)
            whole = RemoteRun(
                run.run_id, run.status, run.status_name, created, run.completed_at or created + 30,
                outputs=run.outputs, error=run.error, inputs=inputs,
            )  # fmt: skip
            (row,) = store.runs.merge(profile, studio.key, [whole])
            if run.outputs:
                store.ratings.decide([(row, 1)], True)
                store.ratings.rate([(row, 1)], 5)
    return studio


def found(studio, *argv: str) -> list[str]:
    ended = studio(*argv, "--offline", "--json")
    assert (ended.code, ended.err) == (0, "")
    return [run["id"] for run in json.loads(ended.out)["runs"]]


def test_the_readme_shows_five_that_find_something(history):
    """Each is understood whole, and finds the runs that it speaks of and no others."""
    wanted = [["fox"], ["failed"], ["chosen"], ["long"], ["failed"]]
    assert [found(history, *shlex.split(line, comments=True)) for line in EXAMPLES] == wanted


def test_it_joins_the_other_options(history):
    """All of them hold, and the newest come first up to the limit."""
    assert found(history, "runs", "--where", "red", "--limit", "1") == ["dog"]
    assert found(history, "runs", "Sunset", "--where", "-red", "--status", "failed", "--status", "active") == ["failed"]
    assert found(history, "runs", "--where", "x | y", "--text", "y") == ["long"]
    assert found(history, "runs", "--where", "") == found(history, "runs")


def test_a_word_that_is_not_understood_is_named(history):
    """It is searched for as text; the nearest known word is told."""
    ended = history("runs", "--offline", "--where", "stile:noir \x1b[31m:x")
    assert (ended.code, ended.out) == (0, "")
    assert "--where: 'stile:noir' is not known, and is searched for as text. Did you mean 'style:'?" in ended.err
    assert "\x1b" not in ended.err and "'␛[31m:x'" in ended.err


def test_it_is_asked_of_what_was_just_read(studio):
    """Without --offline the server's runs are found, those with inputs that it tells."""
    run_id = studio.started(0.0)
    assert studio("runs", "--where", "status:completed").out.startswith(run_id)
    assert studio("runs", "--where", "-status:completed").out == ""


def test_a_view_is_its_filter(history):
    """By its name in any case, beside --where and the other options; those of the user's file as well."""
    history.home.paths.views_file.write_text('[[views]]\nname = "owls and y"\nfilter = "owl | y"\n')
    assert found(history, "runs", "--view", "kept") == ["chosen"]
    assert found(history, "runs", "--view", "Failed Today") == ["failed"]
    assert set(found(history, "runs", "--view", "owls and y")) == {"failed", "long"}
    assert found(history, "runs", "--view", "owls and y", "--where", "status:completed | fox") == ["long"]
    assert found(history, "runs", "--view", "owls and y", "--status", "failed") == ["failed"]


def test_a_view_that_is_not_there_is_a_usage_error_with_the_nearest_name(history):
    """A hidden one is there; one with a word that is not known says so, and an entry that cannot be read as well."""
    history.home.paths.views_file.write_text(
        '[[views]]\nname = "kept"\nhidden = true\n[[views]]\nname = "x"\n[[views]]\nname = "odd"\nfilter = "stile:noir"\n'
    )
    ended = history("runs", "--offline", "--view", "kepd")
    assert (ended.code, ended.out) == (2, "") and "There is no view 'kepd'. Did you mean 'kept'?" in ended.err
    assert "There are: failed today, uncertain, kept, unrated, slow now, odd." in ended.err
    kept = history("runs", "--offline", "--view", "kept")
    assert kept.code == 0 and "views.toml:4: views[2].filter is missing" in kept.err
    odd = history("runs", "--offline", "--view", "odd")
    assert odd.code == 0 and "--view: 'stile:noir' is not known, and is searched for as text." in odd.err


def test_the_shell_completes_names_of_views(history):
    """With what each finds; built-in ones and the user's."""
    history.home.paths.views_file.write_text('[[views]]\nname = "unseen owls"\nfilter = "owl is:unrated"\n')
    assert history("__complete", "fish", "runs", "--view", "un").out.splitlines() == [
        "uncertain\tis:uncertain",
        "unrated\tis:unrated",
        "unseen owls\towl is:unrated",
    ]
    assert history("__complete", "bash", "runs", "--view", "fa").out == "failed\\ today\n"
