"""The shell line that repeats a run sends the same inputs."""

import json
import shlex

from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.domain.safe_text import safe
from cordage_tui.ui.run_detail.sections import curl_line

BASE = "https://api.trycordage.com/api/webhooks"
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), _json, max_size=5))
def test_a_shell_reads_back_the_same_inputs(inputs: dict[str, object]) -> None:
    """The shell reads the inputs back as one word with the same JSON, and the line is safe to show."""
    line = curl_line(BASE, inputs)  # type: ignore[arg-type]
    arguments = shlex.split(line)
    assert arguments[-2] == "-d"
    assert json.loads(arguments[-1]) == inputs
    assert safe(line, limit=len(line)) == line


def test_keys_stand_as_variables_that_the_shell_fills_in() -> None:
    """The line has variables in double quotes instead of the keys."""
    line = curl_line(BASE + "/", {"prompt": "it's"})
    assert line.startswith(f'curl {BASE}/"$CORDAGE_WEBHOOK"/trigger ')
    assert '"Authorization: Bearer $CORDAGE_API_KEY"' in line


def test_a_prompt_longer_than_screens_show_is_not_cut() -> None:
    """The copied line has the whole prompt."""
    assert "x" * 150_000 in curl_line(BASE, {"prompt": "x" * 150_000})
