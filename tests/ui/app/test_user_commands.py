"""Commands of the user: run on what is selected, with arguments that stay arguments."""

import json
import os
from pathlib import Path

import pytest

from cordage_tui.config.user_programs import CommandOutput, CommandTarget, UserCommand
from cordage_tui.domain.outbox import BatchSource
from cordage_tui.domain.text import SafeText
from cordage_tui.ui.keys.footer import Footer
from cordage_tui.ui.keys.help import HelpScreen
from cordage_tui.ui.viewer.screen import ViewerScreen
from tests.cli.json_schema import wrong_with

RUN, OUTPUT, MARKS, BATCH, PROMPT = CommandTarget
HOSTILE = "a \"red\" 'fox' $(touch pwned) `id` * ; | & \\ {prompt} \u202e\x1b]0;x\x07\nsecond line"


class Spy:
    """Program that writes down what it is given: its arguments, its stdin, its environment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "spy"
        self.script("")

    def script(self, then: str) -> "Spy":
        """What it does after that."""
        found = f'printf "%s\\0" "$@" > {self.folder}/argv; env > {self.folder}/env; cat > {self.folder}/part'
        self.path.write_text(f"#!/bin/sh\n{found}; mv {self.folder}/part {self.folder}/stdin\n{then}\n")
        self.path.chmod(0o755)
        return self

    def command(self, *arguments: str, on=(RUN,), key="ctrl+g", name="Spy", **about) -> UserCommand:
        return UserCommand(SafeText(name), (str(self.path), *arguments), on, key, **about)

    @property
    def has_run(self) -> bool:
        return (self.folder / "stdin").exists()

    @property
    def argv(self) -> list[str]:
        return (self.folder / "argv").read_text().split("\0")[:-1]

    @property
    def given(self):
        given = json.loads((self.folder / "stdin").read_text())
        assert wrong_with(given) == []
        return given


@pytest.fixture
def spy(tmp_path) -> Spy:
    folder = tmp_path / "spied"
    folder.mkdir()
    return Spy(folder)


def toasts(program) -> list[str]:
    return [toast.message for toast in program.app._notifications]


def said(program) -> str:
    words = program.main.query_one(Footer)._said
    return words.plain.strip() if words is not None else ""


async def test_arguments_are_what_the_settings_and_the_run_say(opened, spy, monkeypatch) -> None:
    """No shell: one argument each, controls visible, nothing expanded; no key in the environment; details on stdin."""
    monkeypatch.setenv("CORDAGE_API_KEY", "cordage_canary0123456789")
    monkeypatch.setenv("COPY_OF_IT", "x cordage_canary0123456789")
    monkeypatch.setenv("HARMLESS", "yes")
    command = spy.command("--title", "{prompt}", "{webhook}", "{id}", "$HOME", "{ print }", "{profile}")
    async with opened(commands=[command]) as program:
        row = program.main.engine.queue.submit(program.world.webhooks[0].key, {"prompt": HOSTILE, "seed": 7})
        await program.until(lambda: program.table.shown and program.table.shown[0].run_id)
        await program.press("ctrl+g")
        await program.until(lambda: spy.has_run)
        shown = HOSTILE.replace("\u202e", "<U+202E>").replace("\x1b", "␛").replace("\x07", "␇")
        webhook, run_id = program.world.webhooks[0].name, program.selected.run_id
        assert spy.argv == ["--title", shown, webhook, run_id, "$HOME", "{ print }", "studio"]
        await program.sees("Spy: done.")
        assert (spy.given["on"], spy.given["command"], spy.given["profile"]) == ("run", "Spy", "studio")
        (run,) = spy.given["runs"]
        assert (run["row"], run["id"], run["inputs"]) == (row, run_id, {"prompt": HOSTILE, "seed": 7})
        environ = (spy.folder / "env").read_text()
        assert "cordage_canary" not in environ and "HARMLESS=yes" in environ
        assert not (spy.folder / "pwned").exists()
        assert "pwned" not in os.listdir()  # noqa: PTH208  of where the app was started


@pytest.mark.parametrize(("arguments", "argv"), [(["{prompt}"], None), (["--", "{prompt}"], ["--", "--delete-all"])])
async def test_a_prompt_is_never_an_option(opened, spy, arguments, argv) -> None:
    """One that begins with - is refused, with what helps; behind -- it is text, and passed as it is."""
    async with opened(commands=[spy.command(*arguments)]) as program:
        await program.runs("--delete-all")
        await program.press("escape", "ctrl+g")
        if argv is None:
            await program.sees('Spy was not run: {prompt} begins with "-"')
            assert not spy.has_run
        else:
            await program.until(lambda: spy.has_run)
            assert spy.argv == argv


async def test_one_that_spends_is_refused_where_nothing_is_to_be_sent(opened, spy) -> None:
    """With the reason, by its key and in the palette; one that does not is run."""
    commands = [spy.command(spends=True, on=(PROMPT,)), spy.command("free", on=(PROMPT,), key="f9", name="Free")]
    async with opened(commands=commands, read_only=True) as program:
        await program.press("ctrl+g")
        assert said(program).endswith("Profile studio is read-only: a command that spends is not run.")
        await program.press(":")
        await program.writes("spy")
        await program.sees("Profile studio is read-only: a command that spends")
        await program.press("enter")
        assert not spy.has_run
        await program.press("f9")
        await program.until(lambda: spy.has_run)
        assert spy.argv == ["free"]


async def test_it_asks_first_if_it_is_to(opened, spy) -> None:
    """With the arguments as they will be; no runs nothing."""
    async with opened(commands=[spy.command("{prompt}", confirm=True)]) as program:
        await program.runs("a fox")
        await program.press("escape", "ctrl+g")
        await program.sees("Run Spy?")
        assert "spy 'a fox'" in " ".join(program.text().replace("│", " ").split())
        await program.press("escape")
        await program.pilot.pause(0.2)
        assert not spy.has_run
        await program.press("ctrl+g", "y")
        await program.until(lambda: spy.has_run)


async def test_marks_come_before_the_cursor_and_a_batch_has_all_its_runs(opened, spy) -> None:
    """One key: the marked runs, else the batch, else the run; each with its details."""
    async with opened(commands=[spy.command(on=(RUN, MARKS, BATCH))]) as program:
        for prompt in ("fox", "owl", "hen"):
            await program.runs(prompt)
        await program.press("escape", "g", "space", "space", "ctrl+g")
        await program.until(lambda: spy.has_run)
        assert spy.given["on"] == "marks"
        assert [run["inputs"]["prompt"] for run in spy.given["runs"]] == ["hen", "owl"]
        await program.press("escape")
        await program.runs("red")
        (spy.folder / "stdin").unlink()
        await program.press("escape", "g", "ctrl+g")
        await program.until(lambda: spy.has_run)
        assert (spy.given["on"], [run["inputs"]["prompt"] for run in spy.given["runs"]]) == ("run", ["red"])
        (spy.folder / "stdin").unlink()
        source, bodies = BatchSource("all birds"), [{"prompt": bird} for bird in ("wren", "kite")]
        line = program.main.engine.queue.submit_batch(program.world.webhooks[0].key, source, bodies)
        await program.until(lambda: program.table.shown[0].id == line)
        await program.press("g", "ctrl+g")
        await program.until(lambda: spy.has_run)
        assert spy.given["batch"] == {"row": line, "title": "all birds"}
        assert [run["inputs"]["prompt"] for run in spy.given["runs"]] == ["wren", "kite"]


async def test_an_output_is_named_by_its_file_once_that_is_there(opened, spy) -> None:
    """Until then the key says what is missing, and nothing is run."""
    async with opened(commands=[spy.command("{path}", "{number}", on=(OUTPUT,))]) as program:
        await program.runs("fox")
        await program.press("escape", "ctrl+g")
        assert said(program).endswith("This run has no outputs.")
        await program.passes(61)
        await program.until(lambda: program.selected.output_count)
        await program.press("ctrl+g")
        assert toasts(program)[-1] == "Spy was not run: this output is not downloaded."
        await program.press("d")
        files = program.main.engine.store.downloads.files
        await program.until(lambda: files(program.selected.id))
        await program.press("ctrl+g")
        await program.until(lambda: spy.has_run)
        path = files(program.selected.id)[1]
        assert spy.argv == [str(path), "1"] and path.is_absolute()
        assert spy.given["output"]["path"] == str(path)
        assert spy.given["runs"][0]["files"] == [{"number": 1, "path": str(path)}]


async def test_a_url_that_no_browser_would_be_given_is_no_argument(opened, spy) -> None:
    """A server may say anything: file:///etc/passwd would be read by curl."""
    async with opened(commands=[spy.command("{url}", on=(RUN,))]) as program:
        await program.runs("fox")
        await program.passes(61)
        await program.press("escape", "ctrl+g")
        await program.until(lambda: spy.has_run)
        assert spy.argv[0].startswith("http://127.0.0.1:")
        (spy.folder / "stdin").unlink()
        with program.main.engine.store._database.write() as write:
            write.execute("UPDATE details SET outputs = ?", ('["file:///etc/passwd"]',))
        await program.press("ctrl+g")
        await program.sees("Spy was not run: the URL of this output")
        assert not spy.has_run


async def test_what_it_prints_is_shown_and_inert(opened, spy) -> None:
    """On one line, cut, and no escape sequence reaches the terminal."""
    spy.script("printf 'all \\033]0;x\\007[b]good[/b]\\nand more'")
    async with opened(commands=[spy.command(on=(PROMPT,))]) as program:
        await program.press("ctrl+g")
        await program.until(lambda: toasts(program))
        assert toasts(program) == ["Spy: all ␛]0;x␇[b]good[/b] and more"]


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo no such wall >&2; exit 3", "Spy: spy failed (3): no such wall"),
        ("sleep 60", "was ended after 1 s"),
        ("yes 0123456789", "printed more than 1,048,576 bytes"),
    ],
)
async def test_one_that_fails_hangs_or_does_not_stop_talking_is_said(opened, spy, script, words) -> None:
    """And ended; the app goes on."""
    spy.script(script)
    async with opened(commands=[spy.command(on=(PROMPT,), limit_s=1.0)]) as program:
        await program.press("ctrl+g")
        assert "Running Spy…" in said(program) or "sleep" not in script
        await program.until(lambda: toasts(program))
        assert said(program) == ""
        assert words in toasts(program)[0].replace(str(spy.folder) + "/", "")


async def test_one_that_does_not_exist_is_said(opened) -> None:
    command = UserCommand(SafeText("Gone"), ("/nonexistent/program",), (PROMPT,), "ctrl+g")
    async with opened(commands=[command]) as program:
        await program.press("ctrl+g")
        await program.until(lambda: toasts(program))
        assert toasts(program) == ["Gone: /nonexistent/program cannot be started: No such file or directory."]


async def test_its_output_is_the_next_prompt_and_the_former_one_comes_back(opened, spy) -> None:
    """The fields stay, nothing is sent, and up brings back what was written."""
    spy.script("printf 'a better fox\\n'")
    command = spy.command("{prompt}", on=(PROMPT,), into=CommandOutput.PROMPT)
    async with opened(commands=[command]) as program:
        await program.press("t")
        await program.pastes("my own fox")
        await program.press("ctrl+g")
        await program.until(lambda: program.main.query_one("PromptEditor").written == "a better fox")
        assert spy.argv == ["my own fox"]
        assert spy.given["prompt"]["inputs"]["prompt"] == "my own fox"
        assert program.at() == "prompt" and program.posts == []
        await program.press("up")
        assert program.main.query_one("PromptEditor").written == "my own fox"


async def test_what_somebody_writes_meanwhile_is_not_replaced(opened, spy) -> None:
    """Enter would send what was never read: the output is the first of the earlier prompts instead."""
    spy.script(f"while [ ! -e {spy.folder}/go ]; do sleep 0.02; done; echo generated")
    command = spy.command(on=(PROMPT,), into=CommandOutput.PROMPT)
    async with opened(commands=[command]) as program:
        await program.press("t")
        await program.pastes("my own")
        await program.press("ctrl+g")
        await program.until(lambda: spy.has_run)
        await program.writes(" fox")
        (spy.folder / "go").touch()
        await program.until(lambda: toasts(program))
        assert toasts(program)[0].startswith(
            "Spy is done; your prompt was not replaced. ↑ in an empty prompt for First"
        )
        editor = program.main.query_one("PromptEditor")
        assert editor.written == "my own fox"
        await program.press("alt+x", "up")
        assert editor.written == "my own fox"
        await program.press("up")
        assert editor.written == "generated"
        assert program.posts == []


async def test_a_key_that_is_taken_is_said_and_the_command_is_in_the_palette(opened, spy) -> None:
    """Nothing crashes, and the key does what it did."""
    commands = [
        spy.command(key="x", name="One"),
        spy.command(key="ctrl+enter", name="Two"),
        spy.command(key="z", name="Three", on=(PROMPT,)),
        spy.command(key="ctrl+g", name="Four", on=(PROMPT,)),
        spy.command(key="ctrl+g", name="Five"),
    ]
    async with opened(commands=commands) as program:
        assert toasts(program) == [
            "[[commands]] One: x is already bound to run.kill.",
            "[[commands]] Two: ctrl+enter is refused, a plain terminal or tmux cannot send it.",
            "[[commands]] Three: z is refused, it types text in the prompt.",
            "[[commands]] Five: ctrl+g is already bound to Four.",
        ]
        await program.press("escape", ":")
        await program.writes("three")
        await program.press("enter")
        await program.until(lambda: spy.has_run)
        assert spy.given["command"] == "Three"


async def test_help_footer_and_palette_have_it(opened, spy) -> None:
    """Where there is room."""
    async with opened(width=220, height=60, commands=[spy.command(on=(PROMPT,), name="To [the] wall")]) as program:
        await program.sees("ctrl+g To [the] wall")
        await program.press("?")
        assert isinstance(program.app.screen, HelpScreen)
        assert "Your commands" in program.text() and "To [the] wall: " in program.text()
        await program.press("escape", ":")
        await program.writes("wall")
        await program.sees("your command · ")
        await program.press("enter")
        await program.until(lambda: spy.has_run)


async def test_from_another_list_it_is_not_run_on_something_else(opened, spy) -> None:
    """The sheet's cursor is on one run, that of the runs on another: the palette says where to go. The viewer has no cursor
    of its own."""
    async with opened(commands=[spy.command("{number}", on=(OUTPUT,), name="To the wall")]) as program:
        await program.runs("fox")
        await program.passes(61)
        await program.press("escape")
        await program.until(lambda: program.selected.output_count)
        await program.press("s")
        await program.sees("Contact sheet")
        await program.press(":")
        await program.writes("wall")
        await program.sees("Go back to the runs first")
        await program.press("enter")
        assert not spy.has_run
        await program.press("escape")
        await program.until(lambda: program.app.screen is program.main)
        await program.press("4", "enter")
        await program.until(lambda: isinstance(program.app.screen, ViewerScreen))
        await program.press(":")
        await program.writes("wall")
        await program.press("enter")
        await program.until(lambda: spy.has_run)
        assert spy.argv == ["1"]


async def test_in_the_foreground_it_needs_a_terminal(opened, spy) -> None:
    """Where none can be handed over that is said, and nothing is run."""
    async with opened(commands=[spy.command(on=(PROMPT,), background=False)]) as program:
        await program.press("ctrl+g")
        await program.until(lambda: toasts(program))
        assert toasts(program) == ["Spy: this terminal cannot be handed over to a program."]
        assert not spy.has_run
