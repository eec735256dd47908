"""Downloads in the app: asked for by a key, told of once, seen and changed on the w screen."""

from pathlib import Path

from cordage_tui.domain.download import DownloadState
from cordage_tui.domain.run import RemoteRun, RowId, Status
from cordage_tui.domain.text import SafeText
from cordage_tui.ui.main.actions.outputs import DownloadShown, ShownOutputs
from cordage_tui.ui.queue.screen import QueueScreen
from cordage_tui.ui.viewer.screen import ViewerScreen

BAD = "ftp://storage.example/a.png"


async def completed(program, *prompts):
    """Runs that have ended."""
    for prompt in prompts:
        await program.runs(prompt)
    await program.press("escape")
    await program.passes(61)
    await program.until(lambda: set(program.rows().values()) == {"completed"})


def files(program) -> list[Path]:
    """What was downloaded, without what is written beside it."""
    found = program.paths.downloads_dir.rglob("*")
    return sorted(path for path in found if path.is_file() and path.suffix not in (".json", ".part"))


async def done(program, count):
    engine = program.main.engine
    stored = engine.store.downloads
    await program.until(lambda: stored.counts(engine.profile.stored_as).get(DownloadState.DONE, 0) == count)


async def test_a_folder_that_cannot_be_looked_at_is_told(opened):
    """A dead mount, a folder of somebody else's: the app says so and lives."""
    async with opened() as program:
        await completed(program, "fox")
        program.paths.downloads_dir.symlink_to("x" * 300)  # whoever looks is told that the name is too long
        await program.press("d")
        await program.until(lambda: any("Nothing can be written to the folder" in words for words in said(program)))
        assert set(program.rows().values()) == {"completed"}


def said(program) -> list[str]:
    return [toast.message for toast in program.app._notifications]


def failing(program, count: int) -> RowId:
    """A run whose outputs nobody can fetch."""
    outputs = tuple(f"{BAD}?{n}" for n in range(count))
    run = RemoteRun("bad", Status.COMPLETED, SafeText("completed"), program.clock.wall() + 60, 0.0, outputs=outputs)
    store = program.main.engine.store
    store.runs.seed("studio", [(program.world.webhooks[0].key, run, {"prompt": "bad"})])
    return store.query.window(program.main.selection.query, 0, 1)[0].id


async def test_d_and_shift_d_bring_outputs_to_the_disk(opened):
    """This one, all of the run, all of the marked; each file once, told of once when the last has ended."""
    async with opened() as program:
        await completed(program, "fox", "owl")
        await program.press("d")
        await done(program, 1)
        await program.until(lambda: any(words.startswith("1 download done · ") for words in said(program)))
        await program.press("asterisk", "D")
        await program.sees("Downloading 1 file; 1 already downloaded · w")
        await done(program, 2)
        await program.until(lambda: len(said(program)) == 2)
        assert len(files(program)) == 2
        await program.press("D")
        await program.until(lambda: any(words.startswith("2 already downloaded: ") for words in said(program)))
        assert len(files(program)) == 2


async def test_many_ask_first(opened):
    """The palette's command takes all shown; cancel takes none."""
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


async def test_the_w_screen_tells_of_them(opened):
    """What failed says why, and can be tried again or taken off; what is done can be opened, and its file stays."""
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
        await program.until(lambda: "Already done; its file is kept." in said(program))
        await program.press("o")
        await program.until(lambda: any("Not opened: there is no" in words for words in said(program)))
        assert len(files(program)) == 1
        await program.press("escape")
        assert program.app.screen is program.main


async def test_tab_goes_between_queue_prompt_and_downloads(opened):
    """Keys of the queue do nothing at the downloads, nor the other way round."""
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
    """One x too many takes off nothing of the queue; whoever leaves the empty panel does not see it again."""
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


async def test_it_fits_any_size(opened):
    """Where rows are few one panel is shown at a time."""
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
    """d downloads what is looked at, o would open it."""
    async with opened() as program:
        await completed(program, "fox")
        await program.press("4", "enter")
        await program.until(lambda: isinstance(program.app.screen, ViewerScreen))
        await program.press("d")
        await done(program, 1)
        await program.press("o")
        await program.sees("Not opened: there is no")
        assert program.app.clipboard == program.main.selection.output.url
