"""`cordage-tui config`: the place of the settings, and whether the app would start with them."""

import json
import re

from cordage_tui.domain.manual import page
from tests.config.schema import EXAMPLE

WRONG = """
[ui]
theme = "nrod"
[poling]
[keys]
"run.kil" = "x"
"""


def test_check_says_what_a_start_says(cordage):
    """`config check` prints the same errors and warnings as a start, with code 2 for errors and 0 for warnings."""
    assert "no such file" in cordage("config", "check").stderr
    cordage.config("[ui]\nmouse = 'no'\n")
    checked, started = cordage("config", "check"), cordage("--linear")
    assert (checked.returncode, checked.stderr) == (started.returncode, started.stderr)
    assert checked.returncode == 2 and "config.toml:2: ui.mouse should be true or false" in checked.stderr
    cordage.config(WRONG)
    warned = cordage("config", "check")
    assert warned.returncode == 0
    for warning in ("'polling'", "no theme 'nrod'. Did you mean 'nord'?", "did you mean run.kill?", ": 3 warnings."):
        assert warning in warned.stderr
    checks = json.loads(cordage("doctor", "--offline", "--json").stdout)["checks"]
    warnings = [check["found"] for check in checks if check["name"] == "settings"]
    assert len(warnings) == 3 and all(f"warning: {warning}\n" in warned.stderr for warning in warnings)
    cordage.config(EXAMPLE)
    assert cordage("config", "check").stderr == f"{cordage.paths.config_file}: nothing is wrong.\n"


def test_the_other_actions_print_files(cordage):
    """The other actions print the path in use, the schema, and an example that names the schema."""
    assert cordage("config").stdout == f"{cordage.paths.config_file}\n"
    assert cordage("config", "path", "--config", "/x/y.toml").stdout == "/x/y.toml\n"
    assert cordage("config", "example").stdout == EXAMPLE
    schema = re.match(r"#:schema \./(.+)\n.*cordage-tui config schema > (.+)\n", EXAMPLE)
    assert schema and schema[1] == schema[2]
    assert json.loads(cordage("config", "schema").stdout)["title"] == "config.toml of cordage-tui"


def test_the_sample_of_the_manual_passes_as_it_is_pasted(cordage):
    """Nobody who copies the page gets an error about a file that only the sample names."""
    cordage.config(page("configuration").split("```toml\n")[1].split("```")[0])
    checked = cordage("config", "check")
    assert (checked.returncode, checked.stderr) == (0, f"{cordage.paths.config_file}: nothing is wrong.\n")
