"""What the README says is what the program does."""

import contextlib
import re
import tomllib
from pathlib import Path

import pytest

from cordage_tui.cli.main import main
from cordage_tui.config.paths import Paths
from cordage_tui.config.settings import load

README = (Path(__file__).parents[2] / "README.md").read_text()


def test_the_key_table_is_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    """Every key and action id in the README is derived from the one list of bindings; `cordage-tui keys` prints them."""
    table = README.split("<!-- keys -->\n")[1].split("<!-- /keys -->")[0]
    assert main(["keys"]) == 0
    assert table == capsys.readouterr().out


def test_the_configuration_shown_is_accepted_whole(tmp_path: Path) -> None:
    """The example loads without a warning, so every key in it exists and has the right type."""
    example = re.search(r"```toml\n(.*?)```", README, re.DOTALL)
    assert example is not None
    assert tomllib.loads(example[1])
    paths = Paths.under(tmp_path)
    paths.config_file.parent.mkdir(parents=True, exist_ok=True)
    paths.config_file.write_text(example[1])
    assert load(paths).warnings == ()


def test_every_picture_is_there() -> None:
    """No link to a picture leads nowhere."""
    pictures = re.findall(r"!\[[^]]*\]\(([^)]+)\)", README)
    assert pictures
    assert all((Path(__file__).parents[2] / picture).is_file() for picture in pictures)


def test_every_flag_named_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    """Each --flag of the command line section stands in the help of the program or of the command it is named beside."""
    section = README.split("## Command line")[1].split("## Configuration")[0]
    for line in section.splitlines():
        command = re.match(r"(?:\| `|cordage-tui )([a-z]+)", line)
        wanted = set(re.findall(r"--[a-z][a-z-]+", line))
        for words in ([], [command[1]] if command else []):
            with contextlib.suppress(SystemExit):
                main([*words, "--help"])
            wanted -= set(re.findall(r"--[a-z][a-z-]+", capsys.readouterr().out))
        if command and command[1] == "queue":
            with contextlib.suppress(SystemExit):
                main(["queue", "work", "--help"])
            wanted -= set(re.findall(r"--[a-z][a-z-]+", capsys.readouterr().out))
        assert wanted <= {"--json"}, line
