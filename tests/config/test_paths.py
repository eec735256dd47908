"""Places of files, and cases without a safe place."""

from pathlib import Path

import pytest

from cordage_tui.config.errors import ConfigError
from cordage_tui.config.paths import Paths

XDG = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in XDG:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_xdg_variables_are_obeyed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each folder is `cordage-tui` below its own variable, spaces and all."""
    for name in XDG:
        monkeypatch.setenv(name, str(home / f"my {name}"))
    paths = Paths.system()
    assert paths.config_file == home / "my XDG_CONFIG_HOME" / "cordage-tui" / "config.toml"
    assert paths.database == home / "my XDG_DATA_HOME" / "cordage-tui" / "cordage.db"
    assert paths.worker_log("p").parent == home / "my XDG_STATE_HOME" / "cordage-tui"
    assert paths.lock("config") == paths.data_dir / "locks" / "config.lock"


def test_without_xdg_everything_is_below_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty variable counts as unset; nothing is created by asking."""
    monkeypatch.setenv("XDG_CONFIG_HOME", "")
    paths = Paths.system()
    assert all(home in folder.parents for folder in (paths.config_dir, paths.data_dir, paths.state_dir))
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("name", XDG)
def test_a_relative_xdg_variable_is_refused_by_name(home: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A relative XDG variable is refused by name, because files must not depend on the current folder (docs/dev/faults.md
    149)."""
    monkeypatch.setenv(name, "relative/folder")
    with pytest.raises(ConfigError, match=f"{name} .* not an absolute path"):
        Paths.system()


@pytest.mark.parametrize(
    ("value", "message"),
    [("relative", "no home folder"), ("", "no home folder"), ("/nonexistent/home", "does not exist")],
)
def test_a_home_that_is_none_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch, value: str, message: str) -> None:
    """An account without a home folder is refused, and no folder is invented."""
    monkeypatch.setenv("HOME", value)
    with pytest.raises(ConfigError, match=message):
        Paths.system()


@pytest.mark.parametrize("are_set", [True, False])
def test_the_rule_of_xdg_is_that_of_platformdirs(home: Path, monkeypatch: pytest.MonkeyPatch, are_set: bool) -> None:
    """Our own rule of XDG gives the same folders as platformdirs, which is used elsewhere and for downloads."""
    for name in XDG if are_set else ():
        monkeypatch.setenv(name, str(home / name))
    own_paths = Paths.system()
    monkeypatch.setattr("cordage_tui.config.paths._FOLLOWS_XDG", False)
    assert Paths.system() == own_paths
    assert own_paths.downloads_dir.name == "cordage"
