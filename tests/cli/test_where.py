"""`runs --where`: the filter of the app on the command line."""

import json
import re
import shlex

import pytest

from cordage_tui.cli.base.errors import ExitCode
from cordage_tui.domain.manual import page
from cordage_tui.domain.run import SERVER_STATUS, RemoteRun
from cordage_tui.domain.text import SafeText
from cordage_tui.simulator.faults import Call, FaultKind
from cordage_tui.simulator.world import PlannedOutcome

EXAMPLES = re.findall(r"^cordage-tui (runs --where '.*)$", page("filter"), re.MULTILINE)


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


def test_the_manual_shows_five_that_find_something(history):
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
    assert history("__complete", "bash", "cordage-tui runs --view fa").out == "failed\\ today\n"


# Commands that act on what it finds.


@pytest.fixture
def active(studio):
    """Ids of four runs of ours: two of a fox and one of an owl under way, and one of a fox that has completed."""
    ids = []
    for prompt, style, lasts_s in (
        ("a fox", "noir", 1e6),
        ("a red fox", "film", 1e6),
        ("an owl", "noir", 1e6),
        ("old fox", "noir", 0.0),
    ):
        studio.server.world.fate(studio.key, PlannedOutcome(lasts_s))
        ids.append(studio("trigger", "Sunset", prompt, f"style={style}", "--undeclared").out.split()[0])
    return ids


def killed(studio) -> list[str]:
    """Ids of the runs whose kill reached the server."""
    return [exchange.path.split("/")[-2] for exchange in studio.server.log if exchange.call is Call.KILL]


def test_kill_takes_what_has_not_ended(studio, active):
    """After a read of all lists; it asks with their number, as with a list of ids."""
    refused = studio("kill", "--where", "fox", stdin="n\n", terminal=True)
    assert (refused.code, killed(studio)) == (ExitCode.USAGE, [])
    assert refused.err.splitlines()[0] == "Kill these 2 runs?" and "Nothing was killed." in refused.err
    ended = studio("kill", "--where", "style:noir fox", "--yes", "--json")
    assert ended.code == ExitCode.OK and [kill["id"] for kill in json.loads(ended.out)["kills"]] == [active[0]]
    assert killed(studio) == [active[0]]
    assert studio("kill", "--where", "-style:noir", stdin="y\n", terminal=True).code == ExitCode.OK
    assert killed(studio) == active[:2]


def test_kill_without_a_match_does_nothing(studio, active):
    """Runs that have ended are none to kill; nothing is asked."""
    for where in ("zebra", "status:completed"):
        ended = studio("kill", "--where", where)
        assert (ended.code, ended.out, ended.err) == (ExitCode.OK, "", "No matching runs.\n")
    assert json.loads(studio("kill", "--where", "zebra", "--json").out)["kills"] == []
    assert killed(studio) == []


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("stile:noir", "'stile:noir' is not known. Did you mean 'style:'?"),
        ("fox status:", "'status:' has no value."),
        ("fox style:noir,", "'style:noir,' has no value."),
        ('fox ""', "'\"\"' has no value."),
        ("", "asks for nothing"),
        ("  ", "asks for nothing"),
        ("()", "asks for nothing"),
        ("stars:0", "asks for nothing"),
    ],
)
def test_a_command_that_acts_refuses_what_it_does_not_understand(studio, active, where, words):
    """An empty variable of a script would kill everything."""
    for command in ("kill", "download"):
        ended = studio(command, "--where", where, *(["--yes"] if command == "kill" else []))
        assert (ended.code, ended.out) == (ExitCode.USAGE, "") and words in ended.err
    assert killed(studio) == [] and not studio.server.storage_log


@pytest.mark.parametrize("command", ["kill", "download"])
def test_runs_are_named_or_found(studio, command):
    """One of both."""
    assert "not both" in studio(command, "550e8400", "--where", "fox").err
    both = studio(command)
    assert both.code == ExitCode.USAGE and "choose them with --where" in both.err


def test_nothing_is_done_where_a_list_cannot_be_read(studio, active):
    """Else a run would be missing, or be killed for what it was."""
    studio.fails(Call.LIST, FaultKind.STATUS, status=503)
    for command in ("kill", "download"):
        ended = studio(command, "--where", "fox", *(["--yes"] if command == "kill" else []))
        assert ended.code == ExitCode.TRY_AGAIN and "not refreshed" in ended.err
    assert killed(studio) == [] and not studio.server.storage_log


def test_download_takes_the_completed_ones(studio, active, tmp_path):
    """With --wait those under way too."""
    files = tmp_path / "files"
    ended = studio("download", "--where", "fox", "-o", str(files))
    assert ended.code == ExitCode.OK, ended.err
    assert [active[3][:8] in line for line in ended.out.splitlines()] == [True]
    studio.server.world.fate(studio.key, PlannedOutcome(1.0))
    late = studio("trigger", "Sunset", "late fox").out.split()[0]
    assert studio("download", "--where", "late", "-o", str(files)).err == "No matching runs.\n"
    ended = studio("download", "--where", "late", "-o", str(files), "--wait")
    assert ended.code == ExitCode.OK and late[:8] in ended.out, ended.err


def test_prune_refuses_a_word_without_a_value_too(history):
    assert "'status:' has no value." in history("prune", "--older", "30d", "--where", "status:", "--yes").err
