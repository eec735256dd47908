"""Opening an output: the program that opens it, the question before, and addresses that are never opened."""

import stat
from pathlib import Path

import pytest

from cordage_tui.domain.run import RemoteRun, Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.dialogs.base import ConfirmDialog, TextDialog


@pytest.fixture
def viewer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Set a display and an `xdg-open` that records its arguments; return a function that returns them."""
    noted, bin = tmp_path / "opened", tmp_path / "bin"
    bin.mkdir()
    tool = bin / "xdg-open"
    tool.write_text(f'#!/bin/sh\nenv > {tmp_path}/env\nprintf "%s\\n" "$#" "$@" >> {noted}\n')
    tool.chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", f"{bin}:/usr/bin:/bin")
    monkeypatch.setenv("DISPLAY", ":99")
    monkeypatch.setenv("CORDAGE_API_KEY", "cordage_secret")
    return lambda: noted.read_text().splitlines() if noted.exists() else []


async def completed(program):
    """Run a prompt to its end."""
    await program.runs("a fox")
    await program.press("escape")
    await program.passes(61)
    await program.until(lambda: program.rows() == {"a fox": "completed"})


async def test_a_new_host_is_asked_about_and_then_known(opened, viewer, tmp_path):
    """A new host needs a yes once; the address is one whole argument, and the viewer gets no API key."""
    async with opened() as program:
        await completed(program)
        await program.press("o")
        await program.sees("Open this URL?")
        await program.sees("http://127.0.0.1:")
        await program.press("enter")
        assert viewer() == [] and program.app.screen is program.main
        await program.press("o", "y")
        url = program.main.selection.output.url
        await program.until(lambda: viewer() == ["1", url])
        await program.sees("· xdg-open")
        await program.press("o")
        await program.until(lambda: viewer() == ["1", url] * 2)
        assert not isinstance(program.app.screen, ConfirmDialog)
        assert "cordage_secret" not in (tmp_path / "env").read_text()


async def test_over_ssh_it_is_shown_and_copied_instead(opened, viewer, monkeypatch):
    """Over SSH no viewer is started: the address is shown without its signature, and copied whole."""
    monkeypatch.setenv("SSH_CONNECTION", "1.2.3.4 1 5.6.7.8 22")
    async with opened(60) as program:
        await completed(program)
        await program.press("o")
        await program.until(lambda: isinstance(program.app.screen, TextDialog))
        await program.sees("Not opened: over SSH")
        await program.sees("Full signed URL copied")
        output = program.main.selection.output
        assert program.app.clipboard == output.url and viewer() == []
        assert "signature=" not in program.text()


async def test_a_viewer_that_fails_is_reported(opened, viewer, tmp_path):
    """If the viewer fails, a line shows its exit code."""
    async with opened() as program:
        await completed(program)
        (tmp_path / "bin" / "xdg-open").write_text("#!/bin/sh\nexit 3\n")
        await program.press("o", "y")
        await program.sees("xdg-open could not open it (3).")


REFUSED = {
    "javascript:alert(1)": "does not begin with https://",
    "https://user:pass@storage.example.com/a.png": "has a user name or password in it",
    "https://storage.example.com/a\x1b]8;;x": "has spaces, backslashes or control characters in it",
}
"""Unsafe addresses, and why each is refused."""


async def test_an_address_that_breaks_the_rule_is_refused_in_words(opened, viewer):
    """An unsafe address is refused with the reason, without a question."""
    async with opened() as program:
        for number, (url, why) in enumerate(REFUSED.items()):
            started = program.clock.wall() + number
            run = RemoteRun(f"bad{number}", Status.COMPLETED, SafeText("completed"), started, 0.0, outputs=(url,))
            program.main.engine.store.runs.seed(
                "studio", [(program.world.webhooks[0].key, run, {"prompt": f"bad {number}"})]
            )
            await program.until(lambda prompt=f"bad {number}": prompt in program.rows())
            await program.press("g", "o")
            assert program.selected.prompt == f"bad {number}"
            await program.until(lambda why=why: any(why in toast.message for toast in program.app._notifications))
            assert viewer() == [] and program.app.screen is program.main


async def test_opening_says_what_is_missing(opened, viewer):
    """`o` says if no run is selected, or if the run has no outputs."""
    async with opened() as program:
        await program.press("o")
        await program.sees("No run is selected.")
        await program.runs("a fox")
        await program.press("escape", "o")
        await program.sees("This run has no outputs.")


async def test_a_downloaded_output_is_opened_from_the_disk(opened, viewer):
    """A downloaded file is opened without a question, unless its content does not fit its name."""
    async with opened() as program:
        await completed(program)
        await program.press("d")
        output, downloads = program.main.selection.output, program.main.engine.store.downloads
        await program.until(lambda: downloads.files(output.row))
        path = downloads.files(output.row)[output.number]
        await program.press("o")
        await program.until(lambda: viewer() == ["1", str(path)])
        path.write_bytes(b"#!/bin/sh\nrm -rf ~\n")
        await program.press("o")
        await program.sees("Open this URL?")
        assert len(viewer()) == 2
