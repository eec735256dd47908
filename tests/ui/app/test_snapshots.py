"""Pictures of the run screen's main states at two sizes, and of a busy one at four, so that a review shows changes.

`UPDATE_SNAPSHOTS=1 python -m pytest tests/ui/app` draws them again.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from cordage_tui.config.paths import Paths
from cordage_tui.config.settings import NotificationSettings, Settings
from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.run import RemoteRun, Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.secrets import Secret
from cordage_tui.domain.webhook import Profile, Webhook
from cordage_tui.engine.outbox.queue_file import QueueFile, find_faults
from cordage_tui.engine.workspace import WebhookRegistry, build_engine
from cordage_tui.store.outbox.queue_edits import QueueEdits
from cordage_tui.store.store import Store
from cordage_tui.ui.app_base import BaseApp
from cordage_tui.ui.contact_sheet.panel import ContactSheetGrid
from cordage_tui.ui.external.clipboard import Clipboard
from cordage_tui.ui.external.foreground import ForegroundProgram
from cordage_tui.ui.images.renderer import ImageRenderer
from cordage_tui.ui.keepers.panel import KeepersPanel
from cordage_tui.ui.keys.footer import Footer
from cordage_tui.ui.main.filter_bar import FilterBar
from cordage_tui.ui.main.screen import MainScreen
from cordage_tui.ui.main.sidebar import Sidebar
from cordage_tui.ui.notifications import Notifier
from cordage_tui.ui.queue.file_review import QueueReview, QueueReviewDialog
from cordage_tui.ui.run_detail.pane import RunDetailPane
from cordage_tui.ui.statistics.errors_table import ErrorsPanel
from cordage_tui.ui.statistics.webhooks_table import StatisticsPanel
from cordage_tui.ui.terminal.raw_sequences import DriverWriter, Terminal
from tests.keeper_worlds import judged_batch
from tests.pictures import compare, picture
from tests.tries import accept

HERE = Path(__file__).parent / "snapshots"
NOW = 1_790_000_000.0
KEY = "wh_abc123xyz"
PATIENCE_S = 10.0
SIZES = [(120, 36), (80, 24)]
STATES = {
    "runs": ["j", "j"],
    "kill": ["x"],
    "again": ["A"],
    "marked": ["space", "V", "j", "V"],
    "kill_many": ["asterisk", "x"],
    "prompt": ["t", *"a fox"],
    "help": ["question_mark"],
    "nothing_found": ["slash", *"zebra"],
    "limits": ["L"],
    "history": ["t", "ctrl+r", *"num pro"],
}


BUSY_SIZES = [(80, 24), (120, 36), (200, 50), (300, 80)]
THEMES = {"dark": "cordage", "light": "cordage-light"}
STUDIO = (
    Webhook("wh_sunset01", "Sunset", {"style": ["photorealistic", "anime"], "ratio": "3:2"}),
    Webhook("wh_product1", "Product shots", {"background": ["sand", "white"]}),
    Webhook("wh_video001", "Video loop"),
)
PROMPTS = (
    "Stoneware vase on linen, north light, muted palette, square crop for the spring catalogue",
    "Arctic twilight, snow ridges in lilac and peach",
    "Northern lights breathing over black water, endless loop, locked camera",
    "An owl",
)


class Still:
    """Clock that does not move."""

    def wall(self) -> float:
        return NOW

    def monotonic(self) -> float:
        return 0.0


@pytest.fixture(autouse=True)
def _greenwich(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Set the local time to UTC."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def history() -> list[tuple[str, RemoteRun, dict[str, str]]]:
    """Return one run of each status of the server, one hour apart."""
    statuses = (Status.RUNNING, Status.COMPLETED, Status.FAILED, Status.CANCELLED, Status.PENDING)
    return [(KEY, _run(n, status), {"prompt": f"prompt number {n}"}) for n, status in enumerate(statuses, 1)]


def _run(number: int, status: Status) -> RemoteRun:
    created = NOW - 3600.0 * number
    return RemoteRun(
        run_id=f"{number:08d}-0000-4000-8000-000000000000",
        status=status,
        status_name=SafeText(status.value),
        created_at=created,
        completed_at=created + 95 if status.is_final else None,
        outputs=("https://storage.trycordage.com/outputs/image_001.png",) if status is Status.COMPLETED else None,
        error=SafeText("node 3 ran out of memory") if status is Status.FAILED else None,
    )


def busy_history() -> list[tuple[str, RemoteRun, dict[str, str]]]:
    """Return a day of three webhooks: six active runs, and a hundred that have ended, of seconds and of minutes."""
    ends = (Status.COMPLETED, Status.COMPLETED, Status.FAILED, Status.COMPLETED, Status.CANCELLED)
    runs = []
    for number in range(1, 107):
        status = (Status.RUNNING if number % 3 else Status.PENDING) if number < 7 else ends[number % 5]
        began = NOW - (7.0 * number if number < 7 else 55.0 * number * (1 + number // 9))
        run = replace(_run(number, status), created_at=began)
        if status.is_final:
            run = replace(run, completed_at=began + (4 + number * 17 % 90) * (9 if number % 7 == 0 else 1))
        runs.append((STUDIO[number % 3].key, run, {"prompt": PROMPTS[number % 4], "seed": str(number)}))
    return runs


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("state", STATES)
async def test_the_main_states_look_as_in_their_pictures(state: str, size: tuple[int, int], tmp_path: Path) -> None:
    """Each main state of the run screen is drawn exactly as in its stored picture."""
    webhooks = (Webhook(KEY, "Sunset", {"style": ["anime", "noir"]}),)
    async with run_screen(tmp_path, webhooks, history(), size) as pilot:
        drawn = await drawn_after(pilot, STATES[state])
    compare(drawn, HERE / f"{state}-{size[0]}x{size[1]}.svg", tmp_path)


@pytest.mark.parametrize("size", BUSY_SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("theme", THEMES)
async def test_a_busy_screen_looks_as_in_its_picture(theme: str, size: tuple[int, int], tmp_path: Path) -> None:
    """A screen with many runs is drawn exactly as in its stored picture, dark and light."""
    async with run_screen(tmp_path, STUDIO, busy_history(), size, THEMES[theme]) as pilot:
        await drawn_after(pilot, ["j"] * 7)
        main = pilot.app.screen
        assert isinstance(main, MainScreen)
        main._tick()  # what is expected of the rows on screen; else some ticks of a second later
        await pilot.pause()
        drawn = picture(pilot.app)
    compare(drawn, HERE / f"busy-{theme}-{size[0]}x{size[1]}.svg", tmp_path)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_statistics_look_as_in_their_picture(size: tuple[int, int], tmp_path: Path) -> None:
    """The page of statistics is drawn exactly as in its stored picture."""
    async with run_screen(tmp_path, STUDIO, busy_history(), size) as pilot:
        await drawn_after(pilot, ["%"])
        async with asyncio.timeout(PATIENCE_S):
            while (
                pilot.app.screen.query_one(ErrorsPanel)._rows is None
                or not pilot.app.screen.query_one(StatisticsPanel).count
            ):
                await pilot.pause(0.01)
        await pilot.pause()
        drawn = picture(pilot.app)
    compare(drawn, HERE / f"statistics-{size[0]}x{size[1]}.svg", tmp_path)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_keepers_look_as_in_their_picture(size: tuple[int, int], tmp_path: Path) -> None:
    """The page of keepers for a judged batch is drawn exactly as in its stored picture."""
    async with run_screen(tmp_path, STUDIO, [], size) as pilot:
        main, batch = pilot.app.screen, judged_batch(STUDIO[0].key, NOW - 3600.0)
        assert isinstance(main, MainScreen)
        main.store.runs.seed("studio", batch.runs[::-1])
        main.store.batches.seed("studio", batch)
        main.presenter.show_all()
        await pilot.press("&")
        async with asyncio.timeout(PATIENCE_S):
            while not pilot.app.screen.query_one(KeepersPanel).count:
                await pilot.pause(0.01)
        await pilot.pause()
        drawn = picture(pilot.app)
    compare(drawn, HERE / f"keepers-{size[0]}x{size[1]}.svg", tmp_path)


def run_again(store: Store, key: str, error: str, completed: int, of: int) -> None:
    """Let so many prompts fail, and rerun them, of which some complete."""
    for number in range(of):
        for failed in (True, number >= completed):
            row = store.outbox.submit("studio", key, {"prompt": f"{error} {number}"})
            assert store.outbox.claim("studio") is not None
            status = Status.FAILED if failed else Status.COMPLETED
            ended = replace(_run(row, status), created_at=NOW, error=SafeText(error.format(row)) if failed else None)
            accept(store, row, ended)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_failures_look_as_in_their_picture(size: tuple[int, int], tmp_path: Path) -> None:
    """The page of errors is drawn exactly as in its stored picture."""
    async with run_screen(tmp_path, STUDIO, busy_history(), size) as pilot:
        main = pilot.app.screen
        assert isinstance(main, MainScreen)
        first, second = STUDIO[0].key, STUDIO[1].key
        run_again(main.store, first, "Node 'Text to image' failed: provider timed out after {} s", 19, 22)
        run_again(main.store, first, "Node 'Text to image' failed: the prompt was refused by the content filter", 0, 9)
        run_again(main.store, second, "Node 'Relight' failed: provider returned {} Service Unavailable", 5, 10)
        await drawn_after(pilot, ["!"])
        async with asyncio.timeout(PATIENCE_S):
            while not pilot.app.screen.query_one(ErrorsPanel).count:
                await pilot.pause(0.01)
        await pilot.pause()
        drawn = picture(pilot.app)
    compare(drawn, HERE / f"failures-{size[0]}x{size[1]}.svg", tmp_path)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("state", ["queue", "queue_file"])
async def test_the_queue_looks_as_in_its_picture(state: str, size: tuple[int, int], tmp_path: Path) -> None:
    """The queue, and the dialog about its file, are drawn exactly as in their stored pictures."""
    async with run_screen(tmp_path, STUDIO, busy_history(), size) as pilot:
        main = pilot.app.screen
        assert isinstance(main, MainScreen)
        queue = main.engine.queue
        queue.pause()
        for prompt in PROMPTS[:2]:
            queue.submit(STUDIO[1].key, {"prompt": prompt, "background": "sand"})
        for title, adjectives in (
            ("a {red|blue} fox in {snow|rain}", ("red", "blue")),
            ("an owl in {noir|ink}", ("noir", "ink")),
        ):
            bodies = [
                {"prompt": f"{title[:2]} {word} {place}", "style": "anime"}
                for word in adjectives
                for place in ("snow", "rain")
            ]
            queue.submit_batch(STUDIO[0].key, BatchSource(title, {"prompt": title}, (("prompt", adjectives),)), bodies)
        await pilot.press("w", "j", "j", "enter", "j", "space", "space")
        if state == "queue_file":
            file = QueueFile(
                QueueEdits(main.store.database, main.store.outbox, "studio").unsent(), main.engine.profile.label
            )
            head, *tables = file.text.split("\n[[prompt]]")
            tables = [
                tables[1],
                tables[0].replace("muted", "bright"),
                *tables[2:5],
                *tables[6:-1],
                tables[-1].replace("anime", "animee"),
            ]
            changes = file.read("\n[[prompt]]".join([head, *tables]).replace("blue snow", "blue fog"))
            await pilot.app.push_screen(
                QueueReviewDialog(QueueReview(changes, find_faults(changes, main.engine.profile)))
            )
        await pilot.pause()
        drawn = picture(pilot.app)
    compare(drawn, HERE / f"{state}-{size[0]}x{size[1]}.svg", tmp_path)


SHEETS = {"jump": ["J"]}


@pytest.mark.parametrize("state", SHEETS)
async def test_the_sheet_looks_as_in_its_picture(state: str, tmp_path: Path) -> None:
    """The sheet with letters on its outputs is drawn exactly as in its stored picture."""
    async with run_screen(tmp_path, STUDIO, busy_history(), (120, 36)) as pilot:
        await drawn_after(pilot, ["i"])
        main = pilot.app.screen
        await pilot.press("s")
        async with asyncio.timeout(PATIENCE_S):
            while pilot.app.screen is main or not pilot.app.screen.query_one(ContactSheetGrid).model.tiles.count:
                await pilot.pause(0.01)
        for key in SHEETS[state]:
            await pilot.press(key)
            await pilot.pause()
        for footer in pilot.app.screen.query(Footer):
            footer.clear_message()  # what was said lasts some seconds
        await pilot.pause()
        drawn = picture(pilot.app)
    compare(drawn, HERE / f"{state}-120x36.svg", tmp_path)


@asynccontextmanager
async def run_screen(
    tmp_path: Path,
    webhooks: tuple[Webhook, ...],
    runs: list[tuple[str, RemoteRun, dict[str, str]]],
    size: tuple[int, int],
    theme: str | None = None,
) -> AsyncIterator[Pilot[int]]:
    """Open the run screen over these runs, at a clock that does not move."""
    paths, clock = Paths.under(tmp_path), Still()
    store = Store.open(paths.database, clock)
    store.runs.seed("studio", runs)
    profile = Profile("studio", "http://127.0.0.1:9", webhooks)
    engine = build_engine(profile, Secret("cordage_x"), paths, store, clock, Settings())
    app = BaseApp(theme)
    terminal = Terminal.of(app, {})
    announcer = Notifier(NotificationSettings(), terminal, lambda notice: None, app.set_timer, clock)
    clip = Clipboard(app, terminal, lambda: (), {}, tmp_path)
    async with app.run_test(size=size) as pilot:
        painter = ImageRenderer(app, DriverWriter(app), "auto", {})
        await app.push_screen(
            MainScreen(
                engine,
                WebhookRegistry(engine, paths),
                Settings(),
                clock,
                announcer,
                clip,
                painter,
                ForegroundProgram(app, {}),
            )
        )
        await pilot.pause()
        yield pilot
    await engine.stop()
    store.close()


async def drawn_after(pilot: Pilot[int], keys: list[str]) -> str:
    """Press the keys, wait for the search and for the details of the selected row, and return the picture."""
    main = next(screen for screen in pilot.app.screen_stack if isinstance(screen, MainScreen))
    async with asyncio.timeout(PATIENCE_S):
        while not (views := main.query_one(Sidebar)._views) or not all(view.is_fresh for view in views):
            await pilot.pause(0.01)
    await pilot.press(*keys)
    filter_bar, search = main.query_one(FilterBar), main.presenter.search
    async with asyncio.timeout(PATIENCE_S):
        while search.is_typed or search.searched is not None or filter_bar.text != main.selection.query.text:
            await pilot.pause(0.01)
        while (
            main.query_one(RunDetailPane).title.plain
            != f"Run {main.selection.row.short_id if main.selection.row else ''}".strip()
        ):
            await pilot.pause(0.01)
        await pilot.pause()
        while "Searching…" in (drawn := picture(pilot.app)):
            await pilot.pause(0.01)
    return drawn
