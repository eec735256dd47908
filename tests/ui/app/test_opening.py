"""Opening an output: where it goes, what is asked, and what never is opened."""

import stat
from pathlib import Path

import pytest

from cordage_tui.domain.run import RemoteRun, Status
from cordage_tui.domain.text import SafeText
from cordage_tui.ui.dialogs.base import ConfirmDialog, TextDialog


@pytest.fixture
def viewer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A display, and an `xdg-open` that notes what it is given. Returns what it was given so far."""
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
    await program.runs("a fox")
    await program.press("escape")
    await program.passes(61)
    await program.until(lambda: program.rows() == {"a fox": "completed"})


async def test_a_new_host_is_asked_about_and_then_known(opened, viewer, tmp_path):
    """Cancel is focused and opens nothing; after a yes the next one opens at once. The address is one argument, whole, and
    the viewer gets no key."""
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
    """Nothing is started on the other machine; the screen shows the address without its signature, the clipboard has it whole."""
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


async def test_a_viewer_that_fails_is_told(opened, viewer, tmp_path):
    """And nothing else happens."""
    async with opened() as program:
        await completed(program)
        (tmp_path / "bin" / "xdg-open").write_text("#!/bin/sh\nexit 3\n")
        await program.press("o", "y")
        await program.sees("xdg-open could not open it (3).")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("javascript:alert(1)", "does not begin with https://"),
        ("https://user:pass@storage.example.com/a.png", "has a user name or password in it"),
        ("https://storage.example.com/a\x1b]8;;x", "has spaces, backslashes or control characters in it"),
    ],
)
async def test_an_address_that_breaks_the_rule_is_refused_in_words(opened, viewer, url, why):
    """No dialog could make it right."""
    async with opened() as program:
        run = RemoteRun("bad", Status.COMPLETED, SafeText("completed"), program.clock.wall(), 0.0, outputs=(url,))
        program.main.engine.store.runs.seed("studio", [(program.world.webhooks[0].key, run, {"prompt": "bad"})])
        await program.until(lambda: program.table.highlighted is not None)
        await program.press("o")
        await program.until(lambda: any(why in toast.message for toast in program.app._notifications))
        assert viewer() == [] and program.app.screen is program.main


async def test_what_there_is_not_is_said(opened, viewer):
    """No run, no outputs yet."""
    async with opened() as program:
        await program.press("o")
        await program.sees("No run is selected.")
        await program.runs("a fox")
        await program.press("escape", "o")
        await program.sees("This run has no outputs.")


async def test_a_downloaded_output_is_opened_from_the_disk(opened, viewer):
    """No host is asked about; but a file that is not what it is called, or could be run, is left alone: its address is meant."""
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
