"""A settings file is parsed once: its values are taken from the cache for as long as its text is the very same."""

import os
import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.config.errors import ConfigError
from cordage_tui.config.paths import Paths
from cordage_tui.config.settings import load
from cordage_tui.config.toml_reader import read_document

KEY = "cordage_" + "0123456789abcdef" * 2
_SCALARS = st.text() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.booleans()
_VALUES = st.recursive(_SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir(mode=0o700)
    return tmp_path / "data" / "parsed-config.json"


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each text that is parsed."""
    texts: list[str] = []
    loads = tomllib.loads
    monkeypatch.setattr(tomllib, "loads", lambda text: (texts.append(text), loads(text))[1])
    return texts


def test_a_file_is_parsed_once(file: Path, cache: Path, parsed: list[str]) -> None:
    file.write_text('theme = "nord"')
    assert [read_document(file, cache=cache).values for _ in range(3)] == [{"theme": "nord"}] * 3
    assert len(parsed) == 1
    assert cache.stat().st_mode & 0o777 == 0o600


def test_a_change_counts_though_size_and_time_are_the_same(file: Path, cache: Path) -> None:
    """A change counts even with equal size and time, as after two changes within the file system's resolution."""
    file.write_text("limit = 1")
    before = file.stat()
    assert read_document(file, cache=cache).values == {"limit": 1}
    file.write_text("limit = 2")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert read_document(file, cache=cache).values == {"limit": 2}
    assert read_document(file, cache=cache).values == {"limit": 2}


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"text": "a = 1"}', '{"text": "a = 1", "values": 3}', "[" * 5_000])
def test_a_damaged_cache_is_replaced(file: Path, cache: Path, parsed: list[str], damage: str) -> None:
    file.write_text("a = 1")
    cache.write_text(damage)
    cache.chmod(0o600)
    assert [read_document(file, cache=cache).values for _ in range(2)] == [{"a": 1}] * 2
    assert len(parsed) == 1


def test_a_cache_that_others_can_read_is_not_trusted(file: Path, cache: Path) -> None:
    """A cache that others can read is not trusted, because another user may have written it."""
    file.write_text("a = 1")
    cache.write_text('{"text": "a = 1", "values": {"a": 2}}')
    cache.chmod(0o644)
    assert read_document(file, cache=cache).values == {"a": 1}


def test_values_that_json_has_not_are_parsed_each_time(file: Path, cache: Path, parsed: list[str]) -> None:
    file.write_text("day = 2024-01-15")
    assert [read_document(file, cache=cache).values for _ in range(2)] == [tomllib.loads("day = 2024-01-15")] * 2
    assert not cache.exists()


def test_a_key_that_was_left_in_the_file_is_not_copied(file: Path, cache: Path) -> None:
    """A file that contains a key, even in a comment, is not cached."""
    file.write_text(f'theme = "nord"  # {KEY}')
    assert read_document(file, cache=cache).values == {"theme": "nord"}
    assert not cache.exists()


def test_what_is_no_toml_is_told_each_time(file: Path, cache: Path) -> None:
    file.write_text("a = 1")
    read_document(file, cache=cache)
    file.write_text("a = ")
    for _ in range(2):
        with pytest.raises(ConfigError, match=r"config\.toml:1:"):
            read_document(file, cache=cache)


def test_settings_are_read_alike_with_and_without_it(tmp_path: Path, parsed: list[str]) -> None:
    """Settings are equal with and without the cache, which is only created once the data folder exists."""
    paths = Paths.under(tmp_path)
    paths.config_dir.mkdir()
    paths.config_file.write_text('[ui]\nmouse = false\n[profiles.studio]\nbase_url = "https://api.example.com"\n')
    paths.webhooks_file.write_text('[[profiles.studio.webhooks]]\nkey = "wh_1"\nname = "Foxes"\n')
    without = load(paths)
    assert not paths.data_dir.exists()
    paths.data_dir.mkdir(mode=0o700)
    parsed.clear()
    assert [load(paths) for _ in range(3)] == [without] * 3
    assert len(parsed) == 2


@given(values=st.dictionaries(st.text(), _VALUES))
def test_the_values_are_those_of_the_parser(tmp_path_factory: pytest.TempPathFactory, values: dict[str, Any]) -> None:
    """Types, order and all."""
    folder = tmp_path_factory.mktemp("home", numbered=True)
    file, cache = folder / "config.toml", folder / "parsed-config.json"
    file.write_text(tomli_w.dumps(values))
    expected = tomllib.loads(file.read_text())
    read_document(file, cache=cache)
    found = read_document(file, cache=cache).values
    assert repr(found) == repr(expected)
