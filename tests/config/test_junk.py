"""Any content of the files gives settings or a ConfigError."""

import string
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cordage_tui.config.errors import ConfigError
from cordage_tui.config.paths import Paths
from cordage_tui.config.settings import load
from cordage_tui.config.toml_reader import TomlLineIndex
from cordage_tui.domain.safe_text import safe

NAMES = st.sampled_from(
    [
        "profiles",
        "profiles.a",
        "profiles.a.webhooks",
        "ui",
        "polling",
        "keys",
        "notices",
        "'x.y'",
        "default_profile",
        "base_url",
        "read_only",
        "webhooks",
        "key",
        "name",
        "inputs",
        "theme",
        "submit",
        "read_share",
        "api_key_command",
    ]
)
VALUES = st.one_of(
    st.sampled_from(
        ["true", "1", "-0.5", "nan", "inf", "2024-01-01", "07:00:00", "[]", "{}", "[[1], 'x']", "'''a\n'''"]
    ),
    st.sampled_from(["[{}]", "[{key='wh_1'}]", "{a={b=1}}", '"\\u001b[31m"', '"\\u202e"', "0xffffffffffffffffffff"]),
    st.text(alphabet=string.printable, max_size=12).map(lambda s: '"' + s.replace("\\", "").replace('"', "") + '"'),
)
LINES = st.one_of(
    NAMES.map(lambda n: f"[{n}]"),
    NAMES.map(lambda n: f"[[{n}]]"),
    st.tuples(NAMES, VALUES).map(lambda kv: f"{kv[0]} = {kv[1]}"),
    st.text(max_size=20),
)
TEXTS = st.lists(LINES, max_size=12).map("\n".join)


@settings(max_examples=300, suppress_health_check=list(HealthCheck))
@given(TEXTS.map(lambda s: s.encode("utf-8", "surrogatepass")) | st.binary(max_size=60), TEXTS)
def test_only_config_errors_come_out(user_file: bytes, own_file: str) -> None:
    """Any text gives settings or a ConfigError, and all messages are safe to print."""
    with tempfile.TemporaryDirectory() as folder:
        paths = Paths.under(Path(folder))
        paths.config_dir.mkdir()
        paths.config_file.write_bytes(user_file)
        paths.webhooks_file.write_bytes(own_file.encode("utf-8", "surrogatepass"))
        try:
            messages = load(paths).warnings
        except ConfigError as error:
            messages = (error.happened, error.advice)
    assert all(safe(word) == word for word in messages)


@given(TEXTS)
def test_lines_are_lines_of_the_text(text: str) -> None:
    """Looking for a line works on any text, and never names one beyond its end."""
    line = TomlLineIndex(text).line(("profiles", "a", "webhooks", 0, "key"))
    assert line is None or 1 <= line <= text.count("\n") + 1
