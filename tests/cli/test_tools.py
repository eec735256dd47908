"""doctor, completion, the manual page and the help all come from the same parsers."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest

from cordage_tui.cli.arguments.commands import COMMANDS
from cordage_tui.cli.base.command_line import build_parser
from cordage_tui.cli.commands.man import PAGE
from cordage_tui.cli.completion.shell_words import split_line
from tests.api.tls import PEM
from tests.cli.manual import manual_page


def completions(studio, *words):
    """Return the words that the shell would offer behind these words."""
    ended = studio("__complete", "fish", *words)
    assert (ended.code, ended.err) == (0, "")
    return [line.split("\t")[0] for line in ended.out.splitlines()]


def test_completion_knows_commands_options_webhooks_and_runs(studio):
    """Completion offers what could stand next behind the words that are typed so far."""
    run_id = studio.started(0.0)
    studio("runs")
    assert completions(studio, "r") == ["runs", "rerun", "rate"]
    assert completions(studio, "rerun", run_id[:4]) == [run_id[:8]]
    assert completions(studio, "trigger", "s") == ["Sunset"]
    assert completions(studio, "--profile", "studio", "show", "") == [run_id[:8]]
    assert completions(studio, "kill", "x") == []
    assert completions(studio, "runs", "--status", "comp") == ["completed"]
    assert completions(studio, "watch", "--webhook", "") == ["Sunset"]
    assert completions(studio, "queue", "pa") == ["pause"]
    assert completions(studio, "runs", "--limit", "5", "s") == ["Sunset"]
    assert completions(studio, "--profile", "") == ["studio"]
    assert "--stall" in completions(studio, "trigger", "Sunset", "--")
    assert "__complete" not in completions(studio, "")


def test_completion_is_silent_in_trouble(studio):
    """If completion fails, it prints no error into the line that the user types."""
    studio.home.paths.config_file.write_text("[broken")
    assert completions(studio, "trigger", "s") == []
    assert completions(studio, "show", "") == []


def test_bash_completes(studio, tmp_path):
    """The printed script completes a name as one word in a real bash, whatever characters the name has."""
    studio.name = 'The "big" $cat\'s: a*'
    studio.configure()
    script = tmp_path / "completion"
    script.write_text(studio("completion", "bash").out)
    script_line = f'source {script}; COMP_LINE="cordage-tui trigger The\\ "; COMP_POINT=${{#COMP_LINE}}; _cordage_tui; echo "${{COMPREPLY[0]}}"'
    environ = studio.home.environ | {"PATH": f"{tmp_path}:{studio.home.environ['PATH']}"}
    program = tmp_path / "cordage-tui"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m cordage_tui "$@"\n')
    program.chmod(0o755)
    done = subprocess.run(
        ["bash", "-c", script_line], env=environ, capture_output=True, text=True, timeout=60, check=True
    )
    assert shlex.split(done.stdout) == [studio.name]


@pytest.mark.parametrize(
    ("typed", "stays"),
    [
        ("", ""),
        ("The", ""),
        ("The\\ ", ""),
        ('"The ', '"'),
        ("'The ", "'"),
        ('The\\ \\"big\\"\\ \\$cat\\\'s:', 'The\\ \\"big\\"\\ \\$cat\\\'s:'),
        ("--webhook=T", "--webhook="),
        ('--webhook="The', '--webhook="'),
    ],
)
def test_bash_inserts_the_chosen_name_as_one_word(typed, stays):
    """Bash keeps the line up to the last break outside quotes, or up to the open quote, and closes that quote
    itself."""
    line = split_line(f"cordage-tui trigger {typed}")
    chosen = ("--webhook=" if typed.startswith("--") else "") + 'The "big" $cat\'s: a*'
    assert line.before == ("cordage-tui", "trigger")
    assert chosen.startswith(line.current)
    written = f"printf '<%s>' {stays}{line.inserted(chosen)}{line.quote}"
    assert subprocess.run(["bash", "-c", written], capture_output=True, text=True, check=True).stdout == f"<{chosen}>"


def test_a_value_attached_to_its_option_is_completed(studio):
    """The shell completes a value that is attached to its option, and a value in an open quote."""
    assert completions(studio, "runs", "--status=comp") == ["--status=completed"]
    assert completions(studio, "trigger", '"Sun') == ["Sunset"]


def test_a_filter_is_completed_as_in_the_app(studio):
    """Completion offers names and values in all places of a filter, also a name with a colon or a space."""
    studio.name = "art: Noir"
    studio.configure(webhook="[[profiles.studio.webhooks]]\nkey = 'wh_2'\nname = 'art:Deco'")
    assert completions(studio, "runs", "--where", "webh") == ["webhook:"]
    assert completions(studio, "runs", "--where", "webhook:ar") == ["webhook:art:Deco"]
    assert completions(studio, "runs", "--where", "webhook:art:D") == ["webhook:art:Deco"]
    assert completions(studio, "kill", "--where", '"status:failed webhook:\\"art') == [
        'status:failed webhook:"art: Noir"'
    ]
    assert completions(studio, "export", "--where=is:k") == ["--where=is:kept"]
    assert completions(studio, "trigger", "art:") == ["art: Noir", "art:Deco"]


@pytest.mark.skipif(not shutil.which("fish"), reason="there is no fish")
def test_fish_offers_files_only_where_nothing_else_could_stand(studio, tmp_path):
    """Fish offers files behind `=@`, and none behind a colon. An offered file there would keep fish from inserting the
    only name."""
    program, log_file = tmp_path / "cordage-tui", tmp_path / "asked"
    program.write_text(f'#!/bin/sh\necho "$@" >> {log_file}\n[ "$4" != art: ] || printf "art:Noir\\twh_1\\n"\n')
    program.chmod(0o700)
    lines = [f"complete -C '{line}'" for line in ("cordage-tui trigger art:", "cordage-tui trigger Noir x=@ask")]
    done = subprocess.run(
        ["fish", "--no-config", "-c", "\n".join([studio("completion", "fish").out, *lines])],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == "art:Noir\twh_1\nx=@asked\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_takes_its_script(studio, shell):
    """The parser of each installed shell accepts the completion script for it."""
    script = studio("completion", shell).out
    assert "__complete" in script
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=script, text=True, timeout=60, check=True)


def test_the_manual_page_has_every_command_and_option(studio):
    """The shipped page has what the parsers say now (`python -m tests.generate` writes it). If groff is installed, it
    reads the page without a warning."""
    page = studio("man").out
    assert page == PAGE.read_text() == manual_page()
    for command in COMMANDS:
        assert f".SS {command.name}\n" in page
    for option in ("dry\\-run", "no\\-color", "show\\-keys"):
        assert f"\\-\\-{option}" in page
    if shutil.which("groff"):
        done = subprocess.run(
            ["groff", "-man", "-Tutf8", "-ww"], input=page, text=True, capture_output=True, timeout=60, check=True
        )
        assert done.stderr == ""


def test_every_command_has_help_with_examples(studio):
    """`cordage-tui COMMAND --help` ends with lines that can be typed."""
    for command in COMMANDS:
        assert f"  cordage-tui {command.name}" in studio(command.name, "--help").out


def test_help_is_never_coloured(studio, monkeypatch):
    """The help has no colours, although Python 3.14 would add them, also in linear mode."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" not in studio("--help", terminal=True).out + studio("queue", "drop", "--help", terminal=True).out


def test_every_help_lists_the_exit_codes(studio):
    """The help of every command lists at least the codes of success, wrong use and a bug. Only commands that start runs
    and wait for them list code 6."""
    with_code_6 = set()
    for parser in _all(build_parser()):
        meanings = dict(
            re.findall(r"^  (\d+) +(\S.*)$", parser.format_help().partition("exit codes:\n")[2], re.MULTILINE)
        )
        assert {"0", "2", "70", "130"} <= set(meanings), parser.prog
        with_code_6 |= {parser.prog} if "6" in meanings else set()
    assert with_code_6 == {"cordage-tui", "cordage-tui trigger", "cordage-tui rerun"}


def _all(parser):
    """Yield this parser and all parsers below it."""
    yield parser
    for action in parser.arguments:
        if isinstance(action.choices, dict):
            for inner in action.choices.values():
                yield from _all(inner)


def test_every_example_can_be_typed():
    """Every line of every example is accepted by the parser of its command."""
    lines = [
        line for command in COMMANDS for line in command.examples.splitlines() if line.startswith("  cordage-tui ")
    ]
    assert len(lines) > 20
    for line in lines:
        typed = re.split(r" {2,}| [|>] ", line.strip())[0]
        build_parser().parse_args(shlex.split(typed)[1:])


def test_doctor_reports_the_version_of_tmux(studio, monkeypatch, tmp_path):
    """In tmux, `doctor` asks it for its version. Outside tmux, `doctor` does not mention it."""

    def tmux_version():
        checks = json.loads(studio("doctor", "--offline", "--json").out)["checks"]
        return {check["name"]: check["found"] for check in checks}.get("tmux")

    monkeypatch.delenv("TMUX", raising=False)
    assert tmux_version() is None
    (tmp_path / "tmux").write_text("#!/bin/sh\necho tmux 3.4\n")
    (tmp_path / "tmux").chmod(0o755)
    monkeypatch.setenv("TMUX", "/tmp/tmux-0/default,1,0")
    monkeypatch.setenv("PATH", f"{tmp_path}:{studio.home.environ['PATH']}")
    assert tmux_version() == "tmux 3.4"


def test_certificate_authorities_that_cannot_be_read_end_what_connects(studio, tmp_path, monkeypatch):
    """A command that connects ends at once with code 2 and names the file of authorities that cannot be read. Other
    commands work. `doctor` loads the authorities and names them."""

    def authorities():
        return next(
            c for c in json.loads(studio("doctor", "--json", "--offline").out)["checks"] if c["name"] == "authorities"
        )

    assert authorities()["found"] == "those that come with cordage-tui (certifi)"
    file, secure = tmp_path / "ca.pem", ("--base-url", "https://127.0.0.1:1/api")
    studio.configure(f"network.ca_file = '{file}'")
    new = ("webhooks", "add", "wh_new", "New", "--profile", "new", *secure)
    for command in (("trigger", "Sunset", "A fox", *secure), ("config", "check"), new):
        ended = studio(*command)
        assert ended.code == 2 and f"ca_file in [network]: {file} cannot be read" in ended.err
    assert studio("queue", *secure).code == studio("runs").code == 0
    assert authorities()["state"] == "wrong"
    file.write_text(PEM.replace("MIIB", "AAAA", 1))
    assert authorities()["state"] == "wrong", "what only looks like a certificate"
    file.write_text(PEM)
    assert str(file) in authorities()["found"] and authorities()["state"] == "ok"
    assert studio("trigger", "Sunset", "A fox", "--dry-run", *secure).code == 0
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path))
    ended = studio("runs", *secure)
    assert ended.code == 2 and "SSL_CERT_FILE" in ended.err


def test_doctor_names_the_cure(studio, monkeypatch):
    """`doctor` prints a cure for each problem and never prints a key. A finding that is only worth knowing does not
    make it fail."""
    checks = {check["name"]: check for check in json.loads(studio("doctor", "--json").out)["checks"]}
    assert {"sqlite", "terminal", "clipboard", "database", "API key", "server", "reads", "clock"} <= set(checks)
    assert checks["API key"]["found"] == "from CORDAGE_API_KEY"
    monkeypatch.setenv("SSLKEYLOGFILE", "/tmp/keys")
    monkeypatch.setenv("HTTPS_PROXY", "http://me:secret@proxy:1")
    studio.home.paths.database.chmod(0o644)
    assert studio("doctor").code == 2
    ended = studio("doctor")
    assert ended.code == 0, "opening the database has made it private again"
    assert "SSLKEYLOGFILE" in ended.out
    assert "secret" not in ended.out
    assert studio.server.api_key not in ended.out + studio("doctor", "--json").out
    studio.home.paths.credentials_file.write_text("[profiles.studio]\napi_key = 'x'\n")
    studio.home.paths.credentials_file.chmod(0o644)
    ended = studio("doctor")
    assert ended.code == 2
    assert f"→ chmod go= {studio.home.paths.credentials_file}" in ended.out


def test_keys_prints_the_commands_of_the_user_after_ours(studio, capsys) -> None:
    """`keys` prints the commands of the user with their keys, and says which key was refused. Settings that cannot be
    read are an error after the table."""
    lines = "".join(
        f"[[commands]]\nname = '{name}'\nkey = '{key}'\non = 'run'\nrun = 'true'\n"
        for name, key in (("To the wall", "ctrl+g"), ("Kill it", "x"))
    )
    studio.configure(lines)
    ended = studio("keys")
    assert ended.code == 0
    assert ended.out.splitlines()[-2:] == [
        "| `ctrl+g` | To the wall: your command on run | |",
        "|  | Kill it: your command on run | |",
    ]
    assert "[[commands]] Kill it: x is already bound to run.kill." in ended.err
    studio.configure("[[commands]]\n")
    broken = studio("keys")
    assert broken.code == 2 and "| `x` |" in broken.out and "commands[1] does not say" in broken.err
