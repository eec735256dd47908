"""`runs --where` uses the filter of the app on the command line."""

import json
import re
import shlex

import pytest

from cordage_tui.cli.base.errors import ExitCode
from cordage_tui.domain.manual import page
from cordage_tui.domain.run import SERVER_STATUS, RemoteRun
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.simulator.faults import Call, FaultKind
from cordage_tui.simulator.world import PlannedOutcome

EXAMPLES = re.findall(r"^cordage-tui (runs --where '.*)$", page("filter"), re.MULTILINE)


@pytest.fixture
def history(studio):
    """Store six runs of the last hour, each with an id that says what finds it."""

    def run_of(name: str, word: str, **fields: object) -> RemoteRun:
        return RemoteRun(name, SERVER_STATUS[word], SafeText(word), **fields)

    with studio.store() as store:
        profile, now = store.servers.stored_as(studio.profile), store.query._clock.wall()
        runs = [
            (run_of("fox", "completed"), {"prompt": "a red fox", "style": "film noir"}),
            (run_of("dog", "completed"), {"prompt": "a red dog", "style": "noir", "note": "fox"}),
            (run_of("failed", "failed", error=SafeText("Timeout in node 3")), {"prompt": "an owl"}),
            (run_of("chosen", "completed", outputs=("https://s.example/1.png",)), {"prompt": "x", "steps": 40, "seed": 7}),
            (run_of("long", "completed", completed_at=now - 60), {"prompt": "y"}),
            (run_of("clip", "completed", outputs=("https://s.example/1.mp4",)), {"prompt": "z"}),
        ]  # fmt: skip
        ages = {"long": 600.0}
        for run, inputs in runs:
            created = now - ages.get(run.run_id, 90.0)
            whole = RemoteRun(
                run.run_id, run.status, run.status_name, created, run.completed_at or created + 30,
                outputs=run.outputs, error=run.error, inputs=inputs,
            )  # fmt: skip
            (row,) = store.runs.merge(profile, studio.key, [whole])
            if run.run_id == "chosen":
                store.ratings.decide([(row, 1)], True)
                store.ratings.rate([(row, 1)], 5)
    return studio


def ids_of(studio, *argv: str) -> list[str]:
    """Return the ids of the runs that this command lists."""
    ended = studio(*argv, "--offline", "--json")
    assert (ended.code, ended.err) == (0, "")
    return [run["id"] for run in json.loads(ended.out)["runs"]]


def test_the_examples_of_the_manual_find_their_runs(history):
    """Each example is understood completely, and finds the runs that it describes and no others."""
    expected = [["fox"], ["failed"], ["chosen"], ["clip"], ["long"], ["failed"]]
    assert [ids_of(history, *shlex.split(line, comments=True)) for line in EXAMPLES] == expected


def test_where_applies_together_with_the_other_options(history):
    """All options apply together, and the newest runs come first up to the limit."""
    assert ids_of(history, "runs", "--where", "red", "--limit", "1") == ["dog"]
    assert ids_of(history, "runs", "Sunset", "--where", "-red", "--status", "failed", "--status", "active") == [
        "failed"
    ]
    assert ids_of(history, "runs", "--where", "x | y", "--text", "y") == ["long"]
    assert ids_of(history, "runs", "--where", "") == ids_of(history, "runs")


def test_a_word_that_is_not_understood_is_named(history):
    """A word that is not understood is searched for as text. The message names the nearest known word."""
    ended = history("runs", "--offline", "--where", "stile:noir \x1b[31m:x")
    assert (ended.code, ended.out) == (0, "")
    assert (
        "--where: 'stile:noir' is searched as text: there is no filter or input 'stile'. Did you mean 'style:noir'?"
        in ended.err
    )
    assert "\x1b" not in ended.err and "'␛[31m:x'" in ended.err


def test_where_applies_to_the_runs_that_were_just_read(studio):
    """Without --offline, the filter applies to the runs that were just read from the server."""
    run_id = studio.started(0.0)
    assert studio("runs", "--where", "status:completed").out.startswith(run_id)
    assert studio("runs", "--where", "-status:completed").out == ""


def test_a_view_applies_its_filter(history):
    """A view is selected by its name in any case, together with --where and the other options. The views of the user
    work as well."""
    history.home.paths.views_file.write_text('[[views]]\nname = "owls and y"\nfilter = "owl | y"\n')
    assert ids_of(history, "runs", "--view", "kept") == ["chosen"]
    assert ids_of(history, "runs", "--view", "Failed Today") == ["failed"]
    assert set(ids_of(history, "runs", "--view", "owls and y")) == {"failed", "long"}
    assert ids_of(history, "runs", "--view", "owls and y", "--where", "status:completed | fox") == ["long"]
    assert ids_of(history, "runs", "--view", "owls and y", "--status", "failed") == ["failed"]


def test_an_unknown_view_is_a_usage_error_with_the_nearest_name(history):
    """An unknown view suggests the nearest name, and a hidden view can be named. Unknown words in a filter and
    unreadable entries are reported."""
    history.home.paths.views_file.write_text(
        '[[views]]\nname = "kept"\nhidden = true\n[[views]]\nname = "x"\n[[views]]\nname = "odd"\nfilter = "stile:noir"\n'
    )
    ended = history("runs", "--offline", "--view", "kepd")
    assert (ended.code, ended.out) == (2, "") and "There is no view 'kepd'. Did you mean 'kept'?" in ended.err
    assert "There are: failed today, uncertain, kept, unrated, slow now, odd." in ended.err
    kept = history("runs", "--offline", "--view", "kept")
    assert kept.code == 0 and "views.toml:4: views[2].filter is missing" in kept.err
    odd = history("runs", "--offline", "--view", "odd")
    assert odd.code == 0 and "--view: 'stile:noir' is searched as text: there is no filter or input 'stile'." in odd.err


def test_the_shell_completes_names_of_views(history):
    """The shell completes the names of built-in and own views, with the filter of each."""
    history.home.paths.views_file.write_text('[[views]]\nname = "unseen owls"\nfilter = "owl is:unrated"\n')
    assert history("__complete", "fish", "runs", "--view", "un").out.splitlines() == [
        "uncertain\tis:uncertain",
        "unrated\tis:unrated",
        "unseen owls\towl is:unrated",
    ]
    assert history("__complete", "bash", "cordage-tui runs --view fa").out == "failed\\ today\n"


# Commands that act on what it finds.


@pytest.fixture
def run_ids(studio):
    """Start four runs and return their ids: two of a fox and one of an owl are active, one of a fox has completed."""
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


def killed_ids(studio) -> list[str]:
    """Return the ids of the runs whose kill reached the server."""
    return [exchange.path.split("/")[-2] for exchange in studio.server.log if exchange.call is Call.KILL]


def test_kill_by_a_filter_kills_active_runs_only(studio, run_ids):
    """`kill --where` reads all lists first, and asks with the number of runs as for a list of ids."""
    refused = studio("kill", "--where", "fox", stdin="n\n", terminal=True)
    assert (refused.code, killed_ids(studio)) == (ExitCode.USAGE, [])
    assert refused.err.splitlines()[0] == "Kill these 2 runs?" and "Nothing was killed." in refused.err
    ended = studio("kill", "--where", "style:noir fox", "--yes", "--json")
    assert ended.code == ExitCode.OK and [kill["id"] for kill in json.loads(ended.out)["kills"]] == [run_ids[0]]
    assert killed_ids(studio) == [run_ids[0]]
    assert studio("kill", "--where", "-style:noir", stdin="y\n", terminal=True).code == ExitCode.OK
    assert killed_ids(studio) == run_ids[:2]


def test_kill_without_a_match_does_nothing(studio, run_ids):
    """A run that has ended cannot be killed. Without a match nothing is asked and nothing is killed."""
    for where in ("zebra", "status:completed"):
        ended = studio("kill", "--where", where)
        assert (ended.code, ended.out, ended.err) == (ExitCode.OK, "", "No matching runs.\n")
    assert json.loads(studio("kill", "--where", "zebra", "--json").out)["kills"] == []
    assert killed_ids(studio) == []


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("stile:noir", "there is no filter or input 'stile'. Did you mean 'style:noir'?"),
        ("fox status:", "'status:' has no value."),
        ("fox style:noir,", "'style:noir,' has no value."),
        ('fox ""', "'\"\"' has no value."),
        ("", "this filter matches every run"),
        ("  ", "this filter matches every run"),
        ("()", "this filter matches every run"),
        ("stars:0", "this filter matches every run"),
    ],
)
def test_a_command_that_acts_refuses_what_it_does_not_understand(studio, run_ids, where, message):
    """A command that acts refuses a filter that it does not understand or that is empty. An empty variable of a script
    would kill everything."""
    for command in ("kill", "download"):
        ended = studio(command, "--where", where, *(["--yes"] if command == "kill" else []))
        assert (ended.code, ended.out) == (ExitCode.USAGE, "") and message in ended.err
    assert killed_ids(studio) == [] and not studio.server.storage_log


@pytest.mark.parametrize("command", ["kill", "download"])
def test_runs_are_chosen_by_ids_or_by_a_filter(studio, command):
    """`kill` and `download` take either ids or a filter, and need one of both."""
    assert "Both run ids and --where" in studio(command, "550e8400", "--where", "fox").err
    neither = studio(command)
    assert neither.code == ExitCode.USAGE and "Give their ids, or a filter: --where" in neither.err


def test_nothing_is_done_where_a_list_cannot_be_read(studio, run_ids):
    """If a list cannot be read, `kill` and `download` do nothing. Else a run could be missing or killed for an old
    status."""
    studio.fails(Call.LIST, FaultKind.STATUS, status=503)
    for command in ("kill", "download"):
        ended = studio(command, "--where", "fox", *(["--yes"] if command == "kill" else []))
        assert ended.code == ExitCode.TRY_AGAIN and "could not be refreshed" in ended.err
    assert killed_ids(studio) == [] and not studio.server.storage_log


def test_download_by_a_filter_takes_completed_runs(studio, run_ids, tmp_path):
    """`download --where` takes completed runs only, and with --wait active ones too."""
    files = tmp_path / "files"
    ended = studio("download", "--where", "fox", "-o", str(files))
    assert ended.code == ExitCode.OK, ended.err
    assert [run_ids[3][:8] in line for line in ended.out.splitlines()] == [True]
    studio.server.world.fate(studio.key, PlannedOutcome(1.0))
    late = studio("trigger", "Sunset", "late fox").out.split()[0]
    assert studio("download", "--where", "late", "-o", str(files)).err == "No matching runs.\n"
    ended = studio("download", "--where", "late", "-o", str(files), "--wait")
    assert ended.code == ExitCode.OK and late[:8] in ended.out, ended.err


def test_prune_refuses_a_filter_word_without_a_value(history):
    """`prune --where` refuses a word without a value."""
    assert "'status:' has no value." in history("prune", "--older", "30d", "--where", "status:", "--yes").err
