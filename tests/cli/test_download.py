"""`cordage-tui download` and `trigger --download`: outputs become files, and scripts get their paths."""

import json
import re
from pathlib import Path

import pytest

from cordage_tui.cli.base import wait
from cordage_tui.domain.download import Download, DownloadState
from cordage_tui.domain.run import RowId
from cordage_tui.engine.nonblocking_waits import longest_s
from cordage_tui.simulator.faults import Call, FaultKind
from cordage_tui.simulator.world import PlannedOutcome
from tests.cli.json_schema import wrong_with


@pytest.fixture
def folder(studio, tmp_path):
    """Return the folder for downloads of the settings."""
    studio.configure(f"[downloads]\nfolder = '{tmp_path / 'pictures'}'\n")
    return tmp_path / "pictures"


def paths(ended):
    """Return the files that the command printed, which must exist."""
    assert ended.code == 0, ended
    printed_paths = [Path(line) for line in ended.out.splitlines()]
    assert all(path.is_file() for path in printed_paths)
    return printed_paths


def test_each_output_is_a_file_and_a_line(studio, folder):
    """Each output becomes a file and a line, and an existing file is only listed without a fetch."""
    runs = [studio.started(0.0, prompt=f"fox {n}") for n in (1, 2)]
    first_paths = paths(studio("download", *runs))
    assert [path.name for path in first_paths] == [f"{run[:8]}-1.png" for run in runs]
    assert all(folder in path.parents and path.read_bytes().startswith(b"\x89PNG") for path in first_paths)
    fetched = len(studio.server.storage_log)
    again = studio("download", *runs)
    assert paths(again) == first_paths
    assert again.err == "2 files are there already.\n"
    assert len(studio.server.storage_log) == fetched
    assert f"file 1      {first_paths[0]}\n" in studio("show", runs[0]).out
    studio.server.close()
    assert paths(studio("download", *runs)) == first_paths


def test_the_folder_the_names_and_the_outputs_can_be_chosen(studio, folder, tmp_path):
    """`-o`, `--template` and `--output` choose folder, names and outputs, and an unknown number fetches nothing."""
    studio.server.world.fate(studio.key, PlannedOutcome(0.0, outputs=3))
    run = studio.server.world.trigger(studio.key, {"prompt": "a fox"}).run_id
    argv = ("download", run, "-o", str(tmp_path / "mine"), "--template", "{prompt}/{n}.{ext}")
    assert studio(*argv, "--output", "4").code == 2
    assert not (tmp_path / "mine").exists()
    chosen_paths = paths(studio(*argv, "--output", "3", "--output", "1"))
    assert [path.relative_to(tmp_path / "mine").name for path in chosen_paths] == ["1.png", "3.png"]
    for wrong in (["--template", "{nothing}"], ["-o", str(chosen_paths[0])], ["-o", ""]):
        assert studio("download", run, *wrong).code == 2


def test_json_names_the_file_of_each_output(studio, folder):
    """The JSON follows the schema and names state and file of each output."""
    run = studio.started(0.0)
    ended = studio("download", run, "--json")
    answer = json.loads(ended.out)
    assert wrong_with(answer) == []
    (download,) = answer["downloads"]
    assert (ended.code, download["id"], download["number"], download["state"]) == (0, run, 1, "done")
    assert Path(download["path"]).stat().st_size == download["size"]
    (file,) = json.loads(studio("show", run, "--json").out)["run"]["files"]
    assert file == {"number": 1, "path": download["path"]}


def test_show_prints_the_verdicts_on_outputs(studio):
    """`show` prints stars and verdict of each output, also as JSON."""
    run = studio.started(0.0)
    studio("show", run)
    with studio.store() as store:
        (row,) = store.listing.beginning_with("studio", run)
        store.ratings.decide([(row.id, 1)], True)
        store.ratings.rate([(row.id, 1)], 3)
    assert "rating 1    ★★★ kept\n" in studio("show", run).out
    answer = json.loads(studio("show", run, "--json").out)
    assert wrong_with(answer) == []
    assert answer["run"]["ratings"] == answer["run"]["verdicts"] == [{"number": 1, "kept": True, "stars": 3}]


def test_doctor_looks_where_downloads_go(studio, tmp_path):
    """`doctor` ends with 2 and a remedy if the folder for downloads cannot be written."""
    (tmp_path / "file").write_text("")
    studio.configure(f"[downloads]\nfolder = '{tmp_path / 'file' / 'below'}'\n")
    ended = studio("doctor")
    assert ended.code == 2
    assert re.search("WRONG +downloads +Nothing can be written to .*file/below: Not a directory", ended.out)
    studio.configure(f"[downloads]\nfolder = '{tmp_path / 'new' / 'below'}'\n")
    assert studio("doctor").code == 0


def test_an_active_run_is_downloaded_only_with_wait(studio, folder):
    """`download` of an active run ends with 3 and names `--wait`, which downloads it at its end."""
    run = studio.started()
    ended = studio("download", run)
    assert (ended.code, ended.out) == (3, "")
    assert "--wait" in ended.err
    studio.ends(run, in_s=0.5)
    assert len(paths(studio("download", run, "--wait"))) == 1


def test_a_failed_run_ends_with_1_and_others_are_downloaded(studio, folder):
    """A failed run has nothing to download and gives code 1, and the outputs of other runs are downloaded."""
    studio.server.world.fate(studio.key, PlannedOutcome(0.0, failure="no such model"))
    failed = studio.server.world.trigger(studio.key, {"prompt": "x"}).run_id
    ended = studio("download", failed, studio.started(0.0))
    assert (ended.code, len(ended.out.splitlines())) == (1, 1)
    assert f"Run {failed[:8]} failed: there is nothing to download." in ended.err


def test_a_download_from_broken_storage_waits(studio, folder):
    """Broken storage gives code 3 and advice, and later the same command or a worker downloads the file."""
    run = studio.started(0.0)
    studio.fails(Call.DOWNLOAD, FaultKind.STATUS, status=503)
    ended = studio("download", run, "--stall", "0.5", "--json")
    assert ended.code == 3
    (download,) = json.loads(ended.out)["downloads"]
    assert (download["state"], download["path"]) == ("waiting", None)
    assert "503" in download["error"]
    assert "repeat the command" in ended.err
    assert "Downloads: 1 waiting." in studio("queue").err
    assert json.loads(studio("queue", "--json").out)["downloads"] == {"waiting": 1}
    studio.server.world.faults.planned.clear()
    assert len(paths(studio("download", run, "-o", str(folder.with_name("other"))))) == 1
    assert studio.home("queue", "work", CORDAGE_API_KEY=studio.server.api_key).returncode == 0
    assert studio("download", run).err == "1 file is there already.\n"


def test_a_file_that_is_always_cut_short_names_its_tries(studio, folder):
    """The error names the number of tries and the longest time, and does not blame the folder."""
    run = studio.started(0.0)
    studio.fails(Call.DOWNLOAD, FaultKind.TRUNCATED)
    ended = studio("download", run, "--stall", "1.5")
    assert ended.code == 3
    tries = re.search(r"Tried [1-3] of 10 times, at most (\d)m \d\ds more\.", ended.err)
    assert tries and int(tries[1]) in range(4, 7)
    assert "folder" not in ended.err


def test_another_folder_is_advised_only_where_the_folder_is_the_reason(studio, folder):
    """Another folder is advised only if the folder is the cause, and not for an unknown link."""
    run = studio.started(0.0)
    studio.fails(Call.DOWNLOAD, FaultKind.STATUS, status=404)
    ended = studio("download", run)
    assert (ended.code, "folder" in ended.err) == (2, False)
    studio.server.world.faults.planned.clear()
    other = folder.with_name("other")
    other.mkdir()
    (other / "Sunset").write_text("a file where a folder should be")
    ended = studio("download", run, "-o", str(other))
    assert (ended.code, "hoose another folder" in ended.err) == (2, True)


def test_the_waits_between_all_tries_are_foretold():
    """The longest time of all tries is 2, 4, 8, 16 and 32 seconds, then a minute each."""
    assert longest_s(1, 10, 60.0) == 2 + 4 + 8 + 16 + 32 + 4 * 60
    assert longest_s(9, 10, 60.0) == 60
    assert longest_s(10, 10, 60.0) == 0


def test_trigger_downloads_the_outputs(studio, tmp_path):
    """`trigger --download` waits and lists the files in its page and its JSON."""
    ended = studio("trigger", "Sunset", "a fox", "--download", str(tmp_path / "mine"))
    assert ended.code == 0
    (line,) = [line for line in ended.out.splitlines() if line.startswith("file 1")]
    assert Path(line.removeprefix("file 1").strip()).is_file()
    (tmp_path / "p.txt").write_text("one\ntwo\n")
    argv = ("trigger", "Sunset", "--file", str(tmp_path / "p.txt"), "--yes", "--download", str(tmp_path / "mine"))
    answer = json.loads(studio(*argv, "--json").out)
    assert wrong_with(answer) == []
    assert [Path(run["files"][0]["path"]).is_file() for run in answer["runs"]] == [True, True]
    studio.server.world.fate(studio.key, PlannedOutcome(0.0, failure="broken"))
    ended = studio(*argv)  # a table does not show the files
    assert f"1 file in {tmp_path / 'mine'}.\n" in ended.err and "by its error" in ended.err


def test_a_failed_run_counts_before_a_failed_download(studio, tmp_path):
    """A failed run gives 1, a failed download alone 6, and an unusable folder 2 without a run."""
    studio.fails(Call.DOWNLOAD, FaultKind.STATUS, status=503)
    argv = ("trigger", "Sunset", "x", "--stall", "1", "--download")
    assert studio(*argv, str(tmp_path / "mine")).code == 6
    (tmp_path / "file").write_text("")
    assert studio(*argv, str(tmp_path / "file")).code == 2
    assert studio.triggers == 1
    studio.server.world.fate(studio.key, PlannedOutcome(0.1, failure="no such model"))
    assert studio(*argv, str(tmp_path / "mine")).code == 1


def test_waiting_includes_automatic_downloads(studio, folder):
    """With automatic downloads `--wait` ends when the files are there."""
    studio.home.config(studio.home.paths.config_file.read_text() + "download = true\n")
    ended = studio("trigger", "Sunset", "a fox", "--wait", "--json")
    (run,) = json.loads(ended.out)["runs"]
    assert folder in Path(run["files"][0]["path"]).parents
    other = studio.started(0.5)
    assert studio("watch", other).code == 0
    assert len(json.loads(studio("show", other, "--json", "--offline").out)["run"]["files"]) == 1


@pytest.mark.parametrize(
    ("downloads", "left_s", "progress"),
    [
        ([("done", 10, 10)], None, "10 B of 10 B"),
        ([("waiting", None, 0)], None, "connecting"),
        ([("loading", 4_000_000, 1_000_000)], 4.0, "1.0 MB of 4.0 MB · <10s left"),
        ([("done", 10, 10), ("loading", None, 5)], None, "1 of 2 files · 15 B"),
    ],
)
def test_the_line_of_progress_has_known_bytes_and_time(downloads, left_s, progress):
    """The line shows all bytes as far as they are known, and the remaining time if there is some."""
    rows = [_download(*arguments) for arguments in downloads]
    assert wait.progress_text(rows, left_s) == progress


def _download(state, size, got, tries=0):
    return Download(1, RowId(1), 1, DownloadState(state), None, size, got, tries, None, None)


@pytest.mark.parametrize(
    ("state", "tries", "code"),
    [("failed", 1, 2), ("failed", 9, 2), ("failed", 10, 3), ("waiting", 1, 3), ("dropped", 0, 2)],
)
def test_what_a_missing_output_means_for_a_script(state, tries, code):
    """Code 3 means that the network is the reason, and 2 that another try would not help."""
    trouble = wait.download_error([_download("done", 1, 1), _download(state, None, 0, tries)], wait.TimeLimits(120.0))
    assert trouble is not None and trouble.code == code
    assert wait.download_error([_download("done", 1, 1)], wait.TimeLimits(120.0)) is None


def test_a_filter_by_rating_takes_only_the_outputs_that_it_asks_for(studio, folder):
    """A filter by rating selects only matching outputs of a run, and a named run is whole."""
    studio.server.world.fate(studio.key, PlannedOutcome(0.0, outputs=3))
    run = studio.server.world.trigger(studio.key, {"prompt": "a fox"}).run_id
    studio.started(0.0, prompt="an owl")
    studio("runs")
    studio("rate", f"{run}#2", "keep")
    studio("rate", f"{run}#3", "reject")
    assert [path.name for path in paths(studio("download", "--where", "is:kept"))] == [f"{run[:8]}-2.png"]
    urls = json.loads(studio("urls", "--where", "is:kept,rejected", "--json").out)["urls"]
    assert [(url["id"], url["number"]) for url in urls] == [(run, 2), (run, 3)]
    assert studio("download", "--where", "is:kept stars:1").err == "No matching runs.\n"
    assert len(paths(studio("download", run))) == 3
