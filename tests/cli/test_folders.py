"""The downloads folder is tried before a run is paid for, and odd paths end no command in a traceback."""

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
    """A folder where nothing can be written, for each reason that also root meets."""
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
    """2, the folder and the reason; not one call."""
    ended = studio("trigger", "Sunset", "a fox", "--download", unusable)
    assert (ended.code, ended.out) == (ExitCode.USAGE, "")
    assert unusable[:60] in ended.err
    assert "Traceback" not in ended.err
    assert len(studio.server.log) == 0


def test_the_trial_leaves_nothing_behind(studio, tmp_path):
    """Neither a file nor the folders that it made, where the command then does nothing; nor does `--dry-run` make any."""
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("one\ntwo\n")
    folder = tmp_path / "new" / "pictures"
    asked = studio("trigger", "Sunset", "--file", str(prompts), "--download", str(folder), stdin="n\n", terminal=True)
    assert asked.code == ExitCode.USAGE
    assert not folder.parent.exists()
    assert studio("trigger", "Sunset", "x", "--dry-run", "--download", str(folder)).code == 0
    assert not folder.parent.exists()
    assert studio("trigger", "Sunset", "x", "--download", str(folder)).code == 0
    assert [file.suffix for file in folder.rglob("*") if file.is_file()] != []


def test_download_says_so_before_it_asks_the_server(studio, unusable):
    """2, also where the run is not known here yet."""
    run_id = studio.started(0.0)
    ended = studio("download", run_id, "--folder", unusable)
    assert (ended.code, ended.out) == (ExitCode.USAGE, "")
    assert unusable[:60] in ended.err
    assert len(studio.server.log) == 0


def test_doctor_tries_the_folder_of_the_settings(studio, unusable):
    """One wrong line with its cure; a usable folder is left as it was."""
    studio.configure(more=f"[downloads]\nfolder = '{unusable}'")
    ended = studio("doctor", "--offline", "--json")
    assert ended.code == ExitCode.USAGE
    (check,) = [one for one in json.loads(ended.out)["checks"] if one["name"] == "downloads"]
    assert check["state"] == "WRONG".lower()
    assert unusable[:60] in check["found"]
    usable = studio.home.root / "not" / "there"
    studio.configure(more=f"[downloads]\nfolder = '{usable}'")
    assert studio("doctor", "--offline").code == 0
    assert not usable.parent.exists()


def test_a_run_is_started_though_its_outputs_cannot_be_kept_by_themselves(studio, unusable):
    """They can be had later: it is said before anything is sent, and the run goes its way."""
    studio.configure(more=f"[downloads]\nfolder = '{unusable}'")
    file = studio.home.paths.config_file
    file.write_text(f"{file.read_text()}download = true\n")
    ended = studio("trigger", "Sunset", "a fox", "--wait")
    assert (ended.code, studio.triggers) == (ExitCode.OK, 1)
    assert "warning: outputs will not be downloaded" in ended.err


def test_a_file_that_was_downloaded_and_cannot_be_looked_at_any_more(studio, tmp_path):
    """`show` and `download` take it for gone, as on a dead mount."""
    run_id = studio.started(0.0)
    assert studio("download", run_id, "--folder", str(tmp_path / "pictures")).code == 0
    with closing(sqlite3.connect(studio.home.paths.database)) as database, database:
        database.execute("UPDATE downloads SET path = ?", ("x" * 300,))
    shown = studio("show", run_id, "--json")
    assert shown.code == 0
    assert json.loads(shown.out)["run"]["files"] == []
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
def test_a_path_that_nobody_can_mean(studio, argv):
    """2 and three lines, not a traceback."""
    ended = studio(*argv)
    assert ended.code == ExitCode.USAGE
    assert ended.err.startswith("cordage-tui: ")
    assert len(studio.server.log) == 0


@pytest.mark.parametrize("argv", [["--config", "x.toml", "runs"], ["trigger", "Sunset", "x", "--download", "pictures"]])
def test_a_folder_that_is_gone(studio, tmp_path, argv):
    """Started in a folder that was removed meanwhile: a relative name is refused."""
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


def test_a_home_folder_that_cannot_be_looked_at(cordage, tmp_path):
    """2 and what to do."""
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
