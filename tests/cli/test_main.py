"""Exit codes, messages and basic behaviour of the real program."""

import os
import re
import signal
import subprocess
import sys
from contextlib import suppress

import pytest

from cordage_tui import __version__
from cordage_tui.domain.base.fast_dataclass import replace
from tests.cli.conftest import PROGRAM
from tests.fork_server import ForkedProcess

MEANINGS = (
    "No run was started.",
    "No run was killed.",
    "The queue was not changed.",
    "Nothing was sent.",
    "Nothing was saved.",
)
CANARY = "cordage_canary0123456789"


def test_version_and_help_need_no_terminal(cordage):
    """`--version` and `--help` print to stdout with code 0 without a terminal."""
    cordage = replace(cordage, anew=True)
    version, help_page = cordage("--version", TERM="dumb"), cordage("--help", TERM="dumb")
    assert (version.returncode, version.stdout, version.stderr) == (0, f"cordage-tui {__version__}\n", "")
    assert (help_page.returncode, help_page.stderr) == (0, "")
    assert "cordage-tui --demo" in help_page.stdout
    assert re.search(r"exit codes:\n +0 +ok\n", help_page.stdout)


@pytest.mark.parametrize("argv", [[], ["queue"], ["webhooks"], ["trigger"]])
def test_help_has_no_paragraph_for_what_is_not_described(cordage, argv):
    """A help page without a description has no text "None"."""
    assert "None\n" not in cordage(*argv, "--help").stdout


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["webhoks"], "There is no command 'webhoks'. Did you mean 'webhooks'?"),
        (["simulatte"], "Did you mean 'simulate'?"),
        (["webhooks", "lst"], "Did you mean 'list'?"),
        (["--demoo"], "There is no option --demoo. Did you mean --demo?"),
        (["--pro", "x"], "There is no"),
        (["simulate", "--port", "99999"], "'99999' is not a port: use a number from 0 to 65535"),
        (["simulate", "--port", "x"], "'x' is not a port"),
        (["webhooks", "add", "wh_1"], "webhooks add needs NAME."),
        (["webhooks", "add", "wh_1", "two", "words"], "'words' is one word too many."),
        (["--api-key", CANARY], "There is no option for the API key"),
        (["webhooks", "--token=" + CANARY], "There is no option for the API key"),
        ([CANARY], "There is no command 'cordage_…'"),
        (["\x1b]0;pwned\x07"], "There is no command"),
        (["webhooks", "list", "--config", "/nonexistent.toml"], "There is no file /nonexistent.toml"),
        (["webhooks", "list", "--profile", "x"], "--profile: there is no profile 'x'"),
        (["webhooks", "add", "a/b", "x"], "characters that no webhook key has"),
        (["webhooks", "remove", "x"], "No webhook is configured"),
        (["runs", "--text", "\udcff"], "text is not UTF-8"),
        (["kill", "\udcff\udcff\udcff\udcff", "--yes"], "text is not UTF-8"),
        (["show", "\udcff"], "text is not UTF-8"),
        (["--demo", "trigger", "X", "a fox"], "--demo only works without a command."),
        (["--demo", "--profile", "x", "runs"], "--demo only works without a command."),
        (["--no-mouse", "queue", "work"], "--no-mouse only works without a command."),
        (["runs", "--demo"], "--demo only works without a command."),
        (["webhooks", "--base-url", "http://x.example", "add", "wh_1", "x"], "plain http"),
    ],
)
def test_wrong_use_is_exit_2_with_advice(cordage, argv, message):
    """Wrong use ends with 2 and says what happened, what it means if the command changes something, and what to do."""
    ended = cordage(*argv)
    assert (ended.returncode, ended.stdout) == (2, "")
    happened, *meaning, advice = ended.stderr.splitlines()
    assert happened.startswith("cordage-tui: ")
    assert message in happened
    assert meaning in ([], *([f"  {sentence}"] for sentence in MEANINGS))
    assert advice.startswith("  ")
    assert CANARY not in ended.stderr
    assert not re.search(r"[\x00-\x09\x0b-\x1f]", ended.stderr)


def test_broken_settings_stop_before_any_screen(cordage):
    """A syntax error in the settings ends with 2 and its place, and the file is unchanged."""
    cordage.config("[ui]\ntheme = \n")
    ended = cordage("webhooks")
    assert ended.returncode == 2
    assert f"{cordage.paths.config_file}:2:9: " in ended.stderr
    assert cordage.paths.config_file.read_text() == "[ui]\ntheme = \n"


def test_a_relative_xdg_variable_is_refused(cordage):
    """A relative XDG variable is refused, so that no file lands in the working folder."""
    ended = cordage("webhooks", XDG_DATA_HOME="here")
    assert ended.returncode == 2
    assert "XDG_DATA_HOME" in ended.stderr


@pytest.mark.parametrize("closed", ["stdin", "stdout", "stderr"])
def test_the_app_refuses_what_is_not_a_terminal(cordage, closed):
    """The app refuses to start if a stream is no terminal (docs/dev/library-traps.md T10)."""
    ours, theirs = os.openpty()
    streams = dict.fromkeys(("stdin", "stdout", "stderr"), theirs)
    streams[closed] = subprocess.DEVNULL
    try:
        code = ForkedProcess((), cordage.environ, **streams).wait(60)
        output = "" if closed == "stderr" else os.read(ours, 4096).decode()
    finally:
        os.close(ours)
        os.close(theirs)
    assert code == 2
    assert closed == "stderr" or f"{closed} is not a terminal" in output
    assert "\x1b" not in output


def _all_written(terminal):
    """Return everything that was written to a closed terminal, and close it."""
    with open(terminal, "rb", buffering=0) as file:  # noqa: PTH123
        written = b""
        with suppress(OSError):  # EIO: that was all
            while more := file.read(4096):
                written += more
    return written.decode()


@pytest.mark.parametrize("term", ["dumb", "", "unknown"])
@pytest.mark.parametrize("argv", [[], ["--demo"]])
def test_a_terminal_that_cannot_draw_gets_lines(cordage, argv, term):
    """A terminal that cannot draw gets linear mode without escape sequences, and the end of input ends it."""
    ours, theirs = os.openpty()
    environ = cordage.environ | {"TERM": term}
    os.write(ours, b"\x04")
    try:
        code = ForkedProcess(argv, environ, stdin=theirs, stdout=theirs, stderr=theirs).wait(60)
    finally:
        os.close(theirs)
    output = _all_written(ours)
    assert code == 0
    assert "linear mode" in output
    assert "Goodbye" in output
    assert "\x1b" not in output


def test_closed_streams_do_not_break_commands(cordage):
    """Commands work with closed stdin and stdout, as under cron (docs/dev/faults.md 170)."""
    command = " ".join(PROGRAM)
    for redirect in ("<&-", ">&-", "<&- >&- 2>&-"):
        ended = subprocess.run(
            ["sh", "-c", f"{command} webhooks list {redirect}"], env=cordage.environ, timeout=60, check=False
        )
        assert ended.returncode == 0


def test_a_closed_pipe_ends_quietly(cordage):
    """A closed pipe ends a command without an error (docs/dev/faults.md 169)."""
    cordage.config("".join(f"[[profiles.a.webhooks]]\nkey='wh_{n}'\nname='n{n}'\n" for n in range(2_000)))
    reader, writer = os.pipe()
    os.close(reader)
    try:
        ended = subprocess.run(
            [*PROGRAM, "webhooks"], env=cordage.environ, stdout=writer, stderr=subprocess.PIPE, timeout=60, check=False
        )
    finally:
        os.close(writer)
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_output_that_cannot_be_written_is_an_error(cordage):
    """Output that cannot be written is an error, so that no script takes a part for the whole."""
    cordage("webhooks", "add", "wh_1", "Sunset", "--untested")
    with open("/dev/full", "w") as full:  # noqa: PTH123
        ended = subprocess.run(
            [*PROGRAM, "webhooks"], env=cordage.environ, stdout=full, stderr=subprocess.PIPE, timeout=60, check=False
        )
    assert ended.returncode == 2
    assert b"could not be written: No space left on device" in ended.stderr
    assert b"Traceback" not in ended.stderr


def test_ctrl_c_is_130_without_a_traceback(cordage):
    """An interrupted command ends with 130, prints nothing and changes nothing."""
    child = subprocess.Popen(
        [*PROGRAM, "webhooks", "add", "-", "Sunset", "--untested"],
        env=cordage.environ | {"CORDAGE_PROFILE": "a"},
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        _until_it_reads_stdin(child.pid)
        child.send_signal(signal.SIGINT)
        _, messages = child.communicate(timeout=60)
    finally:
        child.kill()
    assert (child.returncode, messages) == (130, b"")
    assert not cordage.paths.webhooks_file.exists()


def test_the_process_ends_with_its_command(cordage):
    """The process ends with the exit code of its command, after all output and all exit handlers."""
    code = (
        "import atexit, sys; sys.argv[0] = 'cordage-tui'; atexit.register(print, 'at exit')\n"
        "from cordage_tui.cli.main import main\nsys.exit(main())"
    )
    for argv, ended in ((["man"], (0, "")), (["nothing"], (2, "There is no command 'nothing'."))):
        process = subprocess.run(
            [sys.executable, "-c", code, *argv],
            env=cordage.environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (process.returncode, ended[1] in process.stderr) == (ended[0], True)
        assert process.stdout.endswith("at exit\n")
        assert (len(process.stdout) > 5_000) is (argv == ["man"])


@pytest.mark.parametrize(("stream", "open_stream"), [("stdout", "stderr"), ("stderr", "stdout")])
def test_a_terminal_that_is_gone_changes_no_exit_code(stream, open_stream):
    """Output that a closed terminal no longer accepts does not change the exit code."""
    code = f"""
import sys, threading
from cordage_tui.cli import main as program
def hung_up(argv):
    sys.{stream}.write("half a line")
    print("written", file=sys.{open_stream}, flush=True)
    sys.stdin.readline()
    return 129
program._reported = hung_up
sys.exit(program.main())
"""
    terminal, its = os.openpty()
    streams = {"stdin": subprocess.PIPE, stream: its, open_stream: subprocess.PIPE}
    env = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with subprocess.Popen([sys.executable, "-c", code], **streams, env=env, start_new_session=True) as process:
        os.close(its)
        assert getattr(process, open_stream).readline() == b"written\n"
        os.close(terminal)
        process.communicate(b"\n", timeout=20)
    assert process.returncode == 129


def test_a_bug_is_70_with_a_traceback_that_shows_no_value(cordage):
    """A bug ends with 70 and a traceback without values and keys."""
    code = (
        "import sys; from cordage_tui.cli import main; from cordage_tui.cli.commands import webhooks\n"
        f"def broken(options):\n    secret = 'a-value'; raise RuntimeError('with {CANARY} \x1b]0;pwned\x07')\n"
        "webhooks.run = broken; sys.exit(main.main(['webhooks']))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], env=cordage.environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stdout) == (70, "")
    assert "RuntimeError: with" in ended.stderr
    assert "Traceback" in ended.stderr
    assert not [word for word in (CANARY, "\x1b") if word in ended.stderr]


def _until_it_reads_stdin(pid):
    """Wait until the child sleeps in a read of stdin."""
    while True:
        with open(f"/proc/{pid}/syscall") as file:  # noqa: PTH123
            if re.match(r"0 0x0 ", file.read()):
                return


HEAVY = {
    "textual",
    "rich",
    "httpx",
    "h11",
    "asyncio",
    "platformdirs",
    "subprocess",
    "difflib",
    "dataclasses",
    "inspect",
}


def loaded_by(*argv, environ=None):
    """Return the names of the modules that a command has loaded at its end."""
    code = "import sys; from cordage_tui.cli.main import main; main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    command = [sys.executable, "-S", "-c", f"import sys; sys.path[:] = {sys.path!r}; {code}", *argv]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=True)
    loaded = set(done.stderr.splitlines()[-1].split())
    assert not any(name.startswith(("cordage_tui.simulator", "cordage_tui.ui")) for name in loaded)
    return loaded


def test_help_loads_only_the_parser():
    """`--help` and `--version` load neither settings nor database nor other slow modules."""
    lazy = {
        "sqlite3",
        "tomllib",
        "typing",
        "locale",
        "pathlib",
        "contextlib",
        "hashlib",
        "cordage_tui.domain.safe_text",
    }
    for argv in (["--help"], ["--version"], ["runs", "--help"]):
        assert loaded_by(*argv) & (HEAVY | lazy) == set(), argv


NEEDLESS = {
    "hashlib",
    "binascii",
    "unicodedata",
    "array",
    "statistics",
    "random",
    "decimal",
    "shutil",
    "signal",
    "locale",
    "tempfile",
    "ssl",
    "tomllib",
}
"""Modules of the standard library that a list of what is known here does without."""

UNASKED = (
    *(
        "engine",
        "store.file.mend_values",
        "store.file.carving",
        "store.store",
        "store.runs.run_lookup",
        "store.file.schema_steps",
    ),
    *(
        "store.file.copy_check",
        "store.runs.past_durations",
        "domain.statistics.survival_curve",
        "domain.statistics.change_point",
    ),
    *(
        "domain.output",
        "domain.run_record",
        "domain.statistics.duration_model",
        "domain.formatting",
        "domain.base.environment",
    ),
    *("domain.submission", "domain.queue", "domain.confirmation", "cli.arguments.commands", "cli.commands.man"),
)
"""Beginnings of modules of ours that it does without."""
MOST = 49
"""Modules of ours, with those of packages: each is a tenth of a millisecond and more."""


@pytest.mark.parametrize("argv", [("runs", "--offline", "--json"), ("__complete", "bash", "cordage-tui show ")])
def test_lists_of_what_is_known_here_load_little(cordage, argv):
    """Lists of local data load few modules, because scripts and shells call them often."""
    cordage("webhooks", "add", "wh_1", "Sunset", "--untested", CORDAGE_PROFILE="a")
    cordage("runs", "--offline")  # makes the database
    cordage("runs", "--offline")  # and beside it the cache of the settings
    loaded = loaded_by(*argv, environ=cordage.environ)
    assert loaded & (HEAVY | NEEDLESS) == set()
    ours = {name.removeprefix("cordage_tui.") for name in loaded if name.startswith("cordage_tui.")}
    assert not [name for name in ours if name.startswith(UNASKED) or name == "store.file.rebuild"]
    assert len(ours) <= MOST


def test_webhook_commands_load_neither_screen_nor_wire(cordage):
    """Commands without network and screen load neither."""
    code = (
        "import sys; from cordage_tui.cli.main import main; main(['webhooks', 'add', 'wh_1', 'x']); print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=cordage.environ, capture_output=True, text=True, timeout=60, check=True
    )
    assert set(done.stdout.split()) & {"textual", "rich", "httpx", "h11", "sqlite3"} == set()


def test_no_key_is_ever_printed(cordage):
    """Keys in any place are on neither stream (docs/dev/faults.md rules 6, 9)."""
    cordage.config(f"[profiles.a]\napi_key = '{CANARY}'\nwebhooks = [{{ key = 'wh_canary_key', name = 'x' }}]\n")
    cordage.paths.credentials_file.write_text(f"[profiles.a]\napi_key = '{CANARY}'\n")
    for argv in (
        ["webhooks"],
        ["webhooks", "--json"],
        ["webhooks", "add", "wh_canary_key", "y"],
        ["webhooks", "add", CANARY, "y"],
        ["webhooks", "remove", "wh_canary_key"],
        ["webhooks", "rename", CANARY, "y"],
        ["webhooks", "list", "--base-url", f"https://{CANARY}@x.example"],
        [],
    ):
        ended = cordage(*argv, CORDAGE_API_KEY=CANARY)
        assert "canary" not in ended.stdout + ended.stderr, argv
