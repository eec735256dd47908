"""Commands of the user run on the selection, and pass values of runs only as arguments."""

import json
import os
from pathlib import Path

import pytest

from cordage_tui.config.user_programs import CommandOutput, CommandTarget, UserCommand
from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.keys.footer import Footer
from cordage_tui.ui.keys.help import HelpScreen
from cordage_tui.ui.viewer.screen import ViewerScreen
from tests.cli.json_schema import wrong_with

RUN, OUTPUT, MARKS, BATCH, PROMPT = CommandTarget
HOSTILE = "a \"red\" 'fox' $(touch pwned) `id` * ; | & \\ {prompt} \u202e\x1b]0;x\x07\nsecond line"


class Spy:
    """Program that records its arguments, its stdin and its environment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "spy"
        self.script("")

    def script(self, commands: str) -> "Spy":
        """Write the program, which records what it received and then runs these commands."""
        record = f'printf "%s\\0" "$@" > {self.folder}/argv; env > {self.folder}/env; cat > {self.folder}/part'
        self.path.write_text(f"#!/bin/sh\n{record}; mv {self.folder}/part {self.folder}/stdin\n{commands}\n")
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
    """Return the texts of all toasts."""
    return [toast.message for toast in program.app._notifications]


def footer_message(program) -> str:
    """Return the text that replaces the hints of the footer."""
    message = program.main.query_one(Footer)._message
    return message.plain.strip() if message is not None else ""


async def test_arguments_are_what_the_settings_and_the_run_say(opened, spy, monkeypatch) -> None:
    """No shell expands an argument, control characters are visible, and the environment has no key."""
    monkeypatch.setenv("CORDAGE_API_KEY", "cordage_canary0123456789")
    monkeypatch.setenv("COPY_OF_IT", "x cordage_canary0123456789")
    monkeypatch.setenv("HARMLESS", "yes")
    command = spy.command("--title", "{prompt}", "{webhook}", "{id}", "$HOME", "{ print }", "{profile}")
    async with opened(commands=[command]) as program:
        row = program.main.engine.queue.submit(program.world.webhooks[0].key, {"prompt": HOSTILE, "seed": 7})
        await program.until(lambda: program.table.shown and program.table.shown[0].run_id)
        await program.press("ctrl+g")
        await program.until(lambda: spy.has_run)
        visible_prompt = HOSTILE.replace("\u202e", "<U+202E>").replace("\x1b", "␛").replace("\x07", "␇")
        webhook, run_id = program.world.webhooks[0].name, program.selected.run_id
        assert spy.argv == ["--title", visible_prompt, webhook, run_id, "$HOME", "{ print }", "studio"]
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
    """A prompt that begins with `-` is refused with advice, and is passed unchanged after `--`."""
    async with opened(commands=[spy.command(*arguments)]) as program:
        await program.runs("--delete-all")
        await program.press("escape", "ctrl+g")
        if argv is None:
            await program.sees('Spy was not run: {prompt} begins with "-"')
            assert not spy.has_run
        else:
            await program.until(lambda: spy.has_run)
            assert spy.argv == argv


async def test_a_command_that_spends_is_refused_in_a_read_only_profile(opened, spy) -> None:
    """Key and palette refuse a command that spends with the reason, and run other commands."""
    commands = [spy.command(spends=True, on=(PROMPT,)), spy.command("free", on=(PROMPT,), key="f9", name="Free")]
    async with opened(commands=commands, read_only=True) as program:
        await program.press("ctrl+g")
        assert footer_message(program).endswith("Profile studio is read-only: a command that spends is not run.")
        await program.press(":")
        await program.writes("spy")
        await program.sees("Profile studio is read-only: a command that spends")
        await program.press("enter")
        assert not spy.has_run
        await program.press("f9")
        await program.until(lambda: spy.has_run)
        assert spy.argv == ["free"]


async def test_a_command_with_confirm_asks_first(opened, spy) -> None:
    """The question shows the final arguments, and the command runs only after yes."""
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
    """A command runs on the marked runs, else on the batch, else on the run under the cursor."""
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
    """A command with `{path}` runs only once the output is downloaded, and says so before."""
    async with opened(commands=[spy.command("{path}", "{number}", on=(OUTPUT,))]) as program:
        await program.runs("fox")
        await program.press("escape", "ctrl+g")
        assert footer_message(program).endswith("This run has no outputs.")
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
    """A URL with an unsafe scheme, as `file:`, is never passed to a command."""
    async with opened(commands=[spy.command("{url}", on=(RUN,))]) as program:
        await program.runs("fox")
        await program.passes(61)
        await program.press("escape", "ctrl+g")
        await program.until(lambda: spy.has_run)
        assert spy.argv[0].startswith("http://127.0.0.1:")
        (spy.folder / "stdin").unlink()
        with program.main.engine.store.database.write() as write:
            write.execute("UPDATE details SET outputs = ?", ('["file:///etc/passwd"]',))
        await program.press("ctrl+g")
        await program.sees("Spy was not run: the URL of this output")
        assert not spy.has_run


async def test_the_output_of_a_command_is_shown_and_inert(opened, spy) -> None:
    """The output of a command is shown on one line, and no escape sequence reaches the terminal."""
    spy.script("printf 'all \\033]0;x\\007[b]good[/b]\\nand more'")
    async with opened(commands=[spy.command(on=(PROMPT,))]) as program:
        await program.press("ctrl+g")
        await program.until(lambda: toasts(program))
        assert toasts(program) == ["Spy: all ␛]0;x␇[b]good[/b] and more"]


@pytest.mark.parametrize(
    ("script", "report"),
    [
        ("echo no such wall >&2; exit 3", "Spy: spy failed (3): no such wall"),
        ("sleep 60", "was ended after 1 s"),
        ("yes 0123456789", "printed more than 1,048,576 bytes"),
    ],
)
async def test_a_command_that_fails_hangs_or_prints_too_much_is_reported(opened, spy, script, report) -> None:
    """Such a command is ended and reported, and the app continues."""
    spy.script(script)
    async with opened(commands=[spy.command(on=(PROMPT,), limit_s=1.0)]) as program:
        await program.press("ctrl+g")
        assert "Running Spy…" in footer_message(program) or "sleep" not in script
        await program.until(lambda: toasts(program))
        assert footer_message(program) == ""
        assert report in toasts(program)[0].replace(str(spy.folder) + "/", "")


async def test_a_command_that_does_not_exist_is_reported(opened) -> None:
    """A command whose program does not exist shows the error of the system."""
    command = UserCommand(SafeText("Gone"), ("/nonexistent/program",), (PROMPT,), "ctrl+g")
    async with opened(commands=[command]) as program:
        await program.press("ctrl+g")
        await program.until(lambda: toasts(program))
        assert toasts(program) == ["Gone: /nonexistent/program cannot be started: No such file or directory."]


async def test_the_output_of_a_command_becomes_the_prompt_and_up_restores_the_old_one(opened, spy) -> None:
    """A command with `into` replaces the prompt without sending it, and up restores the old text."""
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
    """Text typed while the command runs is not replaced, and the output becomes the first earlier prompt."""
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
    """A command with a refused key is reported with the reason, and can be run from the palette."""
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


async def test_help_footer_and_palette_list_a_command(opened, spy) -> None:
    """Footer, help and palette list the user's command, and the palette runs it."""
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


async def test_a_command_is_not_run_from_the_contact_sheet(opened, spy) -> None:
    """The sheet has its own cursor, so the palette says to go back first; from the viewer the command runs."""
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


async def test_a_command_in_the_foreground_needs_a_terminal(opened, spy) -> None:
    """A command in the foreground is not run, and reported, if the terminal cannot be handed over."""
    async with opened(commands=[spy.command(on=(PROMPT,), background=False)]) as program:
        await program.press("ctrl+g")
        await program.until(lambda: toasts(program))
        assert toasts(program) == ["Spy: this terminal cannot be handed over to a program."]
        assert not spy.has_run
