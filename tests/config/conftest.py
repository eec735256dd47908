"""A home of our own for every test: nothing of the developer's is read."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cordage_tui.config.errors import ConfigError
from cordage_tui.config.paths import Paths
from cordage_tui.config.settings import Settings, load


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """The developer's keyring is not asked."""
    monkeypatch.setattr("cordage_tui.config.keys_from_programs.importlib.util.find_spec", lambda name: None)


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    folders = Paths.under(tmp_path)
    folders.config_dir.mkdir(mode=0o700)
    return folders


@pytest.fixture
def config(paths: Paths) -> Callable[[str | bytes], Settings]:
    """Writes `config.toml` and loads it."""

    def write_and_load(text: str | bytes) -> Settings:
        paths.config_file.write_bytes(text.encode() if isinstance(text, str) else text)
        return load(paths)

    return write_and_load


@pytest.fixture
def refused(config: Callable[[str | bytes], Settings]) -> Callable[[str | bytes], str]:
    """Return a function that gives the error message for a `config.toml` that cannot be used."""

    def words(text: str | bytes) -> str:
        with pytest.raises(ConfigError) as caught:
            config(text)
        return caught.value.what

    return words
