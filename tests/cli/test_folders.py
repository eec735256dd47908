"""The folder for downloads is tried before a run costs money, and odd paths never give a traceback."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from cordage_tui.cli.base.errors import ExitCode
from tests.cli.conftest import PROGRAM


@pytest.fixture(params=["too long", "below a file", "a file", "a circle", "refused"])
def unusable(request, tmp_path):
    """Return a folder that cannot be written, for each reason that also affects root."""
    (tmp_path / "file").write_text("")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    folders = {
        "too long": tmp_path / ("x" * 300),
        "below a file": tmp_path / "file" / "x",
        "a file": tmp_path / "file",
        "a circle": tmp_path / "circle",
        "refused": "/proc/cordage",
    }
    return str(folders[request.param])


def test_nothing_is_sent_where_the_outputs_would_have_nowhere_to_go(studio, unusable):
    """With an unusable folder `trigger` ends with 2 and the reason, and makes no call."""
    ended = studio("trigger", "Sunset", "a fox", "--download", unusable)
    assert (ended.code, ended.out) == (ExitCode.USAGE, "")
    assert unusable[:60] in ended.err
    assert "Traceback" not in ended.err
    assert len(studio.server.log) == 0


def test_the_trial_leaves_nothing_behind(studio, tmp_path):
    """The trial of a folder leaves no file and no folder if the command then does nothing."""
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("one\ntwo\n")
    folder = tmp_path / "new" / "pictures"
    refused = studio("trigger", "Sunset", "--file", str(prompts), "--download", str(folder), stdin="n\n", terminal=True)
    assert refused.code == ExitCode.USAGE
    assert not folder.parent.exists()
    assert studio("trigger", "Sunset", "x", "--dry-run", "--download", str(folder)).code == 0
    assert not folder.parent.exists()
    assert studio("trigger", "Sunset", "x", "--download", str(folder)).code == 0
    assert [file.suffix for file in folder.rglob("*") if file.is_file()] != []


def test_download_says_so_before_it_asks_the_server(studio, unusable):
    """`download` refuses an unusable folder before it calls the server."""
    run_id = studio.started(0.0)
    ended = studio("download", run_id, "--folder", unusable)
    assert (ended.code, ended.out) == (ExitCode.USAGE, "")
    assert unusable[:60] in ended.err
    assert len(studio.server.log) == 0


def test_doctor_tries_the_folder_of_the_settings(studio, unusable):
    """`doctor` reports an unusable folder with its remedy, and leaves a usable one as it was."""
    studio.configure(more=f"[downloads]\nfolder = '{unusable}'")
    ended = studio("doctor", "--offline", "--json")
    assert ended.code == ExitCode.USAGE
    (check,) = [each for each in json.loads(ended.out)["checks"] if each["name"] == "downloads"]
    assert check["state"] == "WRONG".lower()
    assert unusable[:60] in check["found"]
    usable = studio.home.root / "not" / "there"
    studio.configure(more=f"[downloads]\nfolder = '{usable}'")
    assert studio("doctor", "--offline").code == 0
    assert not usable.parent.exists()


def test_a_run_is_started_though_its_outputs_cannot_be_kept_by_themselves(studio, unusable):
    """If outputs cannot be downloaded automatically, a warning says so and the run is started."""
    studio.configure(more=f"[downloads]\nfolder = '{unusable}'")
    file = studio.home.paths.config_file
    file.write_text(f"{file.read_text()}download = true\n")
    ended = studio("trigger", "Sunset", "a fox", "--wait")
    assert (ended.code, studio.triggers) == (ExitCode.OK, 1)
    assert "warning: outputs will not be downloaded" in ended.err


def test_a_downloaded_file_that_cannot_be_read_counts_as_gone(studio, tmp_path):
    """`show` and `download` treat a file that cannot be read as removed, as on a dead mount."""
    run_id = studio.started(0.0)
    assert studio("download", run_id, "--folder", str(tmp_path / "pictures")).code == 0
    with closing(sqlite3.connect(studio.home.paths.database)) as database, database:
        database.execute("UPDATE downloads SET path = ?", ("x" * 300,))
    ended = studio("show", run_id, "--json")
    assert ended.code == 0
    assert json.loads(ended.out)["run"]["files"] == []
    assert studio("download", run_id, "--folder", str(tmp_path / "pictures")).code == 0


@pytest.mark.parametrize(
    "argv",
    [
        ["trigger", "Sunset", "x", "notes=@~nobody.of.that.name/x"],
        ["trigger", "Sunset", "--file", "~nobody.of.that.name/x"],
        ["trigger", "Sunset", "x", "--download", "~nobody.of.that.name/x"],
        ["--config", "x" * 300, "runs"],
    ],
)
def test_an_impossible_path_is_a_usage_error(studio, argv):
    """An impossible path ends with 2 and a short message, without a traceback or a call."""
    ended = studio(*argv)
    assert ended.code == ExitCode.USAGE
    assert ended.err.startswith("cordage-tui: ")
    assert len(studio.server.log) == 0


@pytest.mark.parametrize("argv", [["--config", "x.toml", "runs"], ["trigger", "Sunset", "x", "--download", "pictures"]])
def test_a_relative_path_in_a_removed_folder_is_refused(studio, tmp_path, argv):
    """If the working folder was removed, a relative path is refused with the reason."""
    gone = tmp_path / "gone"
    gone.mkdir()
    code = (
        f"import os, sys; os.chdir({str(gone)!r}); os.rmdir({str(gone)!r});"
        f"from cordage_tui.cli.main import main; sys.exit(main({argv!r}))"
    )
    environ = studio.home.environ | {"CORDAGE_API_KEY": studio.server.api_key}
    ended = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stdout) == (ExitCode.USAGE, "")
    assert "is gone" in ended.stderr
    assert studio.server.world.list_runs(studio.key) == []


def test_a_home_folder_that_cannot_be_read_names_the_variable(cordage, tmp_path):
    """An unreadable HOME ends with 2 and the advice to set it."""
    environ = {name: value for name, value in cordage.environ.items() if not name.startswith("XDG_")}
    ended = subprocess.run(
        [*PROGRAM, "runs"],
        env=environ | {"HOME": str(tmp_path / ("x" * 300))},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == ExitCode.USAGE
    assert "Set HOME" in ended.stderr or "set HOME" in ended.stderr
