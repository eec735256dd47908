"""Downloads in the app: started by a key, reported once, shown and changed on the queue screen."""

from pathlib import Path

from cordage_tui.domain.download import DownloadState
from cordage_tui.domain.run import RemoteRun, RowId, Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.main.actions.outputs import DownloadShown, ShownOutputs
from cordage_tui.ui.queue.screen import QueueScreen
from cordage_tui.ui.viewer.screen import ViewerScreen

BAD = "ftp://storage.example/a.png"


async def completed(program, *prompts):
    """Run the prompts to their end."""
    for prompt in prompts:
        await program.runs(prompt)
    await program.press("escape")
    await program.passes(61)
    await program.until(lambda: set(program.rows().values()) == {"completed"})


def files(program) -> list[Path]:
    """Return the downloaded files, without the files that are written next to them."""
    paths = program.paths.downloads_dir.rglob("*")
    return sorted(path for path in paths if path.is_file() and path.suffix not in (".json", ".part"))


async def done(program, count):
    """Wait until so many downloads are done."""
    engine = program.main.engine
    stored = engine.store.downloads
    await program.until(lambda: stored.counts(engine.profile.stored_as).get(DownloadState.DONE, 0) == count)


async def test_a_folder_that_cannot_be_used_is_reported(opened):
    """If the folder for downloads cannot be used, a toast says so and the app continues."""
    async with opened() as program:
        await completed(program, "fox")
        program.paths.downloads_dir.symlink_to("x" * 300)  # whoever looks is told that the name is too long
        await program.press("d")
        await program.until(
            lambda: any("Nothing can be written to the folder" in text for text in toast_texts(program))
        )
        assert set(program.rows().values()) == {"completed"}


def toast_texts(program) -> list[str]:
    """Return the texts of all toasts on the screen."""
    return [toast.message for toast in program.app._notifications]


def failing(program, count: int) -> RowId:
    """Store a run whose outputs cannot be downloaded, and return its row."""
    outputs = tuple(f"{BAD}?{n}" for n in range(count))
    run = RemoteRun("bad", Status.COMPLETED, SafeText("completed"), program.clock.wall() + 60, 0.0, outputs=outputs)
    store = program.main.engine.store
    store.runs.seed("studio", [(program.world.webhooks[0].key, run, {"prompt": "bad"})])
    return store.query.window(program.main.selection.query, 0, 1)[0].id


async def test_d_and_shift_d_bring_outputs_to_the_disk(opened):
    """`d` downloads one output and `D` all of the run or the marked runs; each file is fetched and reported once."""
    async with opened() as program:
        await completed(program, "fox", "owl")
        await program.press("d")
        await done(program, 1)
        await program.until(lambda: any(text.startswith("1 download done · ") for text in toast_texts(program)))
        await program.press("asterisk", "D")
        await program.sees("Downloading 1 file; 1 already downloaded · w")
        await done(program, 2)
        await program.until(lambda: len(toast_texts(program)) == 2)
        assert len(files(program)) == 2
        await program.press("D")
        await program.until(lambda: any(text.startswith("2 already downloaded: ") for text in toast_texts(program)))
        assert len(files(program)) == 2


async def test_many_ask_first(opened):
    """The command of the palette downloads all shown outputs; many need a confirmation, and cancel downloads none."""
    async with opened() as program:
        await completed(program, "fox")
        failing(program, 30)
        DownloadShown().run(program.main.context)
        await program.sees("Download 31 outputs?")
        await program.press("escape")
        assert program.main.engine.store.downloads.counts(program.main.engine.profile.stored_as) == {}
        DownloadShown().run(program.main.context)
        await program.press("y")
        await program.sees("30 downloads failed")
        await program.press("colon")
        await program.writes("download all")
        await program.sees("Download all shown")


async def test_the_queue_screen_lists_downloads(opened):
    """A failed download shows its reason and can be retried or removed; a finished one can be opened, and its file
    stays."""
    async with opened(120, 30) as program:
        await completed(program, "fox")
        row = failing(program, 1)
        program.main.context.part(ShownOutputs).downloads.enqueue_outputs(
            program.main.engine.store.run_lookup.output_refs([program.selected.id, row])
        )
        await done(program, 1)
        await program.press("w")
        await program.sees("Downloads")
        await program.sees("✖ failed")
        await program.sees("bad · 1")
        await program.sees("✔ done")
        screen = program.app.screen
        assert isinstance(screen, QueueScreen) and screen.context.panels.at_downloads
        await program.press("g")
        if screen.downloads.selected.state is not DownloadState.FAILED:
            await program.press("j")
        await program.sees("does not begin with https")
        await program.press("r")
        await program.sees("✖ failed")
        await program.press("x")
        await program.until(lambda: "✖ failed" not in program.text())
        await program.press("x")
        await program.until(lambda: "Already done; its file is kept." in toast_texts(program))
        await program.press("o")
        await program.until(lambda: any("Not opened: there is no" in text for text in toast_texts(program)))
        assert len(files(program)) == 1
        await program.press("escape")
        assert program.app.screen is program.main


async def test_tab_goes_between_queue_prompt_and_downloads(opened):
    """Tab moves between queue, prompt and downloads, and the keys of each panel do nothing in another."""
    async with opened(120, 36) as program:
        failing(program, 2)
        program.main.engine.queue.pause()
        program.main.engine.queue.submit(program.world.webhooks[0].key, {"prompt": "waits"})
        await program.until(lambda: program.table.highlighted is not None and len(program.table.shown) == 2)
        DownloadShown().run(program.main.context)
        await program.press("w")
        screen = program.app.screen
        await program.until(lambda: screen.focused is screen.panel)
        await program.press("tab", "tab")
        await program.until(lambda: screen.context.panels.at_downloads)
        await program.press("f", "e", "x")
        await program.until(lambda: screen.downloads.count == 1)
        assert len(program.main.engine.queue.waiting()) == 1 and program.app.screen is screen
        await program.press("tab")
        await program.until(lambda: screen.focused is screen.panel)
        await program.press("x")
        await program.until(lambda: not program.main.engine.queue.waiting())
        assert screen.downloads.count == 1


async def test_the_keys_stay_at_the_downloads_when_the_last_one_goes(opened):
    """When the last download is removed, the empty panel keeps the focus until it is left, so `x` removes nothing
    else."""
    async with opened(120, 36) as program:
        failing(program, 1)
        program.main.engine.queue.pause()
        program.main.engine.queue.submit(program.world.webhooks[0].key, {"prompt": "waits"})
        await program.until(lambda: len(program.table.shown) == 2)
        DownloadShown().run(program.main.context)
        await program.press("w")
        screen = program.app.screen
        await program.until(lambda: screen.focused is screen.panel and screen.downloads.count == 1)
        await program.press("tab", "tab")
        await program.until(lambda: screen.context.panels.at_downloads)
        await program.press("x")
        await program.until(lambda: screen.downloads.count == 0)
        await program.press("x", "x")
        assert screen.context.panels.at_downloads and screen.downloads.display
        assert len(program.main.engine.queue.waiting()) == 1
        await program.press("tab")
        await program.until(lambda: screen.focused is screen.panel and not screen.downloads.display)


async def test_the_queue_screen_with_downloads_fits_any_size(opened):
    """With few rows the screen shows one panel at a time."""
    async with opened(40, 12) as program:
        row = failing(program, 3)
        program.main.context.part(ShownOutputs).downloads.enqueue_outputs(
            program.main.engine.store.run_lookup.output_refs([row])
        )
        program.main.engine.queue.pause()
        program.main.engine.queue.submit(program.world.webhooks[0].key, {"prompt": "waits"})
        await program.press("w", "tab")
        await program.sees("╭─ Downloads")
        assert "Queue" not in program.text()
        await program.press("tab")
        await program.sees("╭─ Queue")
        for size in ((1, 1), (80, 24)):
            await program.pilot.resize_terminal(*size)
            await program.press("tab", "j", "G", "enter")
        assert isinstance(program.app.screen, QueueScreen)


async def test_the_full_screen_viewer_has_the_same_keys(opened):
    """In the viewer `d` downloads the output on the screen, and `o` opens its file."""
    async with opened() as program:
        await completed(program, "fox")
        await program.press("4", "enter")
        await program.until(lambda: isinstance(program.app.screen, ViewerScreen))
        await program.press("d")
        await done(program, 1)
        await program.press("o")
        await program.sees("Not opened: there is no")
        assert program.app.clipboard == program.main.selection.output.url
