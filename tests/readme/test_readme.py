"""What the README and the pages of the manual say is what the program does."""

import contextlib
import io
import re
import tomllib
from collections import Counter
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path

import pytest
from platformdirs.macos import MacOS
from textual.dom import DOMNode

from cordage_tui.cli.main import main
from cordage_tui.config.paths import Paths
from cordage_tui.config.settings import EXAMPLE_FILE, load
from cordage_tui.config.toml_reader import TomlTable
from cordage_tui.domain.confirmation import TYPED_FROM, TYPED_FROM_LISTED
from cordage_tui.domain.manual import FOLDER, TOPICS, lay_out, page
from cordage_tui.domain.queue import BlockedBy
from cordage_tui.domain.run import ColumnName, Status
from cordage_tui.ui import key_scopes
from cordage_tui.ui.widgets.status_signs import GLYPHS
from tests.readme.cheat_sheet import LEFT, RIGHT
from tests.readme.key_tables import SECTIONS, rows, tables
from tests.readme.pages import PAGES, ROOT, generated

README = (ROOT / "README.md").read_text()
EXAMPLE = page("configuration").split("```toml\n")[1].split("```")[0]


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.name)
def test_generated_parts_are_what_the_program_says(file: Path) -> None:
    """Keys, options, fields of JSON and topics; `python -m tests.generate` writes them."""
    text = file.read_text()
    made = generated(text)
    assert made.count("<!-- /") > 0
    assert text == made, f"{file.name} is not what the program says now: just gen"


def test_the_key_table_is_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    """Every key and action id is derived from the one list of bindings; `cordage-tui keys` prints them."""
    table = page("keys").split("<!-- keys -->\n")[1].split("<!-- /keys -->")[0]
    assert main(["keys"]) == 0
    assert table == capsys.readouterr().out, "docs/keys.md is old: just gen"


def test_the_key_tables_have_each_action_once_under_the_title_of_its_panel() -> None:
    """Stars 2 to 4 are within "1 to 5". A heading begins with the words that the screen has."""
    named = Counter(re.findall(r"`(\w+\.\w+)`", tables()))
    assert named == dict.fromkeys((id for id in rows() if not re.search(r"\.stars_[2-4]$", id)), 1)
    for heading, (scopes, _) in SECTIONS.items():
        titles = [
            group or _title(getattr(key_scopes, name)) for name, _, group in (key.partition(": ") for key in scopes)
        ]
        assert any(heading.startswith((title, f"Queue: {title}", f"Statistics: {title}")) for title in titles), heading


def _title(node: type[DOMNode]) -> str:
    """Return the title of a panel or screen, or what stands for it on screen."""
    usual = {"BaseApp": "Everywhere", "HelpScreen": "Keyboard shortcuts", "ManualPage": "Manual"}
    return usual.get(node.__name__) or node.BINDING_GROUP_TITLE or getattr(node, "TITLE", None) or "none"


@pytest.mark.parametrize("topic", ["cheatsheet", "concepts"])
def test_a_page_that_is_seen_at_a_glance_breaks_no_line_in_80_columns(topic: str) -> None:
    """In the app, whose manual has 74 cells there."""
    shown = ["".join(span.text for span in line).strip() for line in lay_out(page(topic), 74)]
    block = page(topic).split("```\n")[1::2]
    assert [line for line in "".join(block).splitlines() if line.strip() not in shown] == []


def test_the_cheat_sheet_fits_a_screen_of_24_lines() -> None:
    """With the line below it and that of the shell; some thirty keys."""
    _, _, *below_title = lay_out(page("cheatsheet"), 80)
    assert len(below_title) < 24
    assert 28 <= sum(len(panel) for side in (LEFT, RIGHT) for panel in side.values()) <= 36


def test_the_signs_of_runs_are_those_of_the_table() -> None:
    """Each with its status, but for a batch, whose line has two of its own."""
    words = " ".join(page("screen").split())
    assert [s.word for s, sign in GLYPHS.items() if s is not Status.BATCH and f"`{sign}` {s.word}" not in words] == []


def test_troubleshooting_has_each_word_that_a_row_says_while_nothing_is_sent() -> None:
    words = set(re.findall(r"^\| `([^`]+)`", page("troubleshooting"), re.MULTILINE))
    assert {blocked.value for blocked in BlockedBy} <= words


def test_the_readme_is_read_in_one_go() -> None:
    """It has 100 lines at most, with six keys; the rest is in the manual."""
    assert len(README.splitlines()) <= 100
    assert len(re.findall(r"^\| `", README.split("## Six keys")[1].split("## ")[0], re.MULTILINE)) == 6


def test_the_configuration_shown_is_accepted_whole(tmp_path: Path) -> None:
    """The example loads without a warning, so every key in it exists and has the right type."""
    assert tomllib.loads(EXAMPLE)
    assert settings_of(tmp_path, EXAMPLE).warnings == ()


@pytest.mark.parametrize("text", [EXAMPLE, EXAMPLE_FILE.read_text()], ids=["manual", "example.toml"])
def test_the_settings_name_every_column(text: str) -> None:
    """The comment or the sample of `columns` in each of both has all columns of the run table."""
    about = text[text.index("[table]") :].partition("\n\n")[0].partition("\n[")[0]
    assert [column.value for column in ColumnName if not re.search(rf"\b{column.value}\b", about)] == []


def test_the_configuration_shown_has_every_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each name that a table is asked for stands in it, or in a comment of it."""
    asked: set[str] = set()
    for method in ("text", "flag", "number", "choice", "choices", "table", "tables"):
        original = getattr(TomlTable, method)

        def noting(table: TomlTable, name: str, *more: object, original=original) -> object:
            asked.add(name)
            return original(table, name, *more)

        monkeypatch.setattr(TomlTable, method, noting)
    settings_of(tmp_path, EXAMPLE)
    assert len(asked) > 40, "the settings are read so"
    words = set(re.findall(r"\w[\w-]*", EXAMPLE))
    assert sorted(name for name in asked if name not in words) == []


def settings_of(root: Path, text: str):
    paths = Paths.under(root)
    paths.config_file.parent.mkdir(parents=True, exist_ok=True)
    paths.config_file.write_text(text)
    return load(paths)


def test_the_folder_on_macos_is_that_of_platformdirs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    dirs = MacOS("cordage-tui", appauthor=False)
    (folder,) = {dirs.user_config_dir, dirs.user_data_dir, dirs.user_state_dir}
    assert f"on macOS in `{folder.replace(str(Path.home()), '~')}`" in page("configuration")


def test_the_numbers_that_must_be_typed_are_those_of_the_program() -> None:
    """As the pages and the rule name them: for prompts that are shown one by one, and for all else."""
    listed, on = re.search(r"For (\d+) or more prompts[^|]*from (\d+) or more", page("batches")).groups()  # type: ignore[union-attr]
    assert (int(listed), int(on)) == (TYPED_FROM_LISTED, TYPED_FROM)
    assert f"type the count for > {TYPED_FROM - 1})" in (ROOT / "cordage_tui/docs/dev/faults.md").read_text()
    assert f"{TYPED_FROM} and more" in page("linear")


@pytest.mark.parametrize("topic", ["", *TOPICS])
def test_every_link_leads_somewhere(topic: str) -> None:
    """Pictures, pages and files, from the README and between pages."""
    text, folder = (page(topic), ROOT / "cordage_tui" / "docs") if topic else (README, ROOT)
    links = re.findall(r"(?<!`)\[[^]]*\]\(([^)#]+)\)", re.sub(r"```.*?```|`[^`]*`", "", text, flags=re.DOTALL))
    assert links or topic
    assert [link for link in links if not link.startswith("https://") and not (folder / link).exists()] == []


@pytest.mark.parametrize("file", [ROOT / "README.md", *FOLDER.rglob("*.md")], ids=lambda file: file.name)
def test_every_link_to_a_section_leads_to_its_heading(file: Path) -> None:
    """A heading that is written anew takes its address with it."""
    text = re.sub(r"```.*?```|`[^`]*`", "", file.read_text(), flags=re.DOTALL)
    for page_name, anchor in re.findall(r"\]\((?!https:)([^)#]*)#([^)]+)\)", text):
        target = file.parent / page_name if page_name else file
        headings = re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE)
        assert anchor in {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}, anchor


def test_every_flag_named_is_taken() -> None:
    """Each --flag of the command line's page is one of the program, or of a command that its row or paragraph names."""
    text = page("command-line").split("## All options")[0]
    for part in re.findall(r"^\|.*$|^(?:[^|\n].*\n)+", text, re.MULTILINE):
        commands = [(), *re.findall(r"(?:`|cordage-tui )+([a-z]+)(?: ([a-z]+))?\b", part)]
        known = {flag for command in commands for flag in _flags(command)}
        assert set(re.findall(r"--[a-z][a-z-]+", part)) <= known | {"--json"}, part


@cache
def _flags(command: tuple[str, ...]) -> frozenset[str]:
    """Return the flags in the help of a command, of its action, and of `queue work`; none if there is no such command."""
    words = [word for word in command if word]
    printed = io.StringIO()
    for argv in (words, words[:1], ["queue", "work"] if words[:1] == ["queue"] else words):
        with contextlib.suppress(SystemExit), redirect_stdout(printed), redirect_stderr(io.StringIO()):
            main([*argv, "--help"])
    return frozenset(re.findall(r"--[a-z][a-z-]+", printed.getvalue()))
