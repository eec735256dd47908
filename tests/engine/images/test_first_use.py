"""The whole way, over real sockets and through the real child: from an output to a picture, with nothing done before it is wanted."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cordage_tui.api.files.client import FileClient
from cordage_tui.config.paths import Paths
from cordage_tui.domain.image import ImageFormat, ImageRequest, ImageState, ImageView, PixelSize
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RowId
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.images.service import ImageService
from cordage_tui.store.store import Store
from tests.engine.images.files import BOMBS, file_of, scene
from tests.engine.studio import LoopClock
from tests.storage_server import StorageServer

FORMS = ((ImageFormat.RGB, None), (ImageFormat.PNG, None), (ImageFormat.SIXEL, PixelSize(8, 16)))
UNSETTLED = (ImageState.UNKNOWN, ImageState.LOADING)


class Wall:
    """A desk, and what hangs there."""

    def __init__(self, home: Path, storage: StorageServer) -> None:
        clock, self.storage = LoopClock(), storage
        self.store = Store.open(Paths.under(home).database, clock)
        self.session = EngineContext(
            Profile("p", "http://127.0.0.1:1"), None, None, self.store, clock, paths=Paths.under(home)
        )  # type: ignore[arg-type]
        self.client = FileClient(loopback=True)
        self.heard = asyncio.Event()
        self.session.events.subscribe(lambda event: self.heard.set())
        self.desk = ImageService(self.session, self.client, None)  # type: ignore[arg-type]

    def wanted(self, name: str, form: ImageFormat = ImageFormat.RGB, cell: PixelSize | None = None) -> ImageRequest:
        return ImageRequest(OutputRef(RowId(1), 1, self.storage.link(name)), PixelSize(60, 40), form, cell)

    async def shows(self, *wanted: ImageRequest) -> list[ImageView]:
        """What there is of them in the end."""
        self.desk.want(wanted)
        while any(self.desk.sight(one).standing in UNSETTLED for one in wanted):
            await asyncio.wait_for(self.heard.wait(), 30)
            self.heard.clear()
        return [self.desk.sight(one) for one in wanted]

    async def close(self) -> None:
        self.desk.stop()
        await self.session.calls.close(5)
        await self.client.aclose()
        self.store.close()


@pytest.fixture
async def wall(tmp_path: Path) -> AsyncIterator[Wall]:
    with StorageServer() as storage:
        wall = Wall(tmp_path, storage)
        yield wall
        await wall.close()


async def test_an_output_is_there_in_every_form(wall: Wall) -> None:
    """From one request, by one child, which ends with the desk."""
    wall.storage.put("a.png", file_of(scene(600, 400)))
    sights = await wall.shows(*(wall.wanted("a.png", *form) for form in FORMS))
    assert [sight.image and (sight.image.form, sight.image.width, sight.image.height) for sight in sights] == [
        (form, 60, 40) for form, _ in FORMS
    ]
    assert {sight.pixels for sight in sights} == {PixelSize(600, 400)}
    assert len(wall.storage.seen) == 1


async def test_what_is_no_picture_never_becomes_one(wall: Wall) -> None:
    """Lies are described, bombs and cuts get their sentence, and the next picture is there all the same."""
    wall.storage.put("lie.png", b"<html><script>alert(1)</script>", media_type="image/png")
    wall.storage.put("bomb.png", BOMBS["a PNG of 60,000 x 60,000"][1])
    wall.storage.put("cut.png", file_of(scene(300, 300))[:5_000])
    wall.storage.put("good.jpg", file_of(scene(300, 300), "JPEG"), media_type="text/html")
    lie, bomb, cut, good = await wall.shows(
        *(wall.wanted(name) for name in ("lie.png", "bomb.png", "cut.png", "good.jpg"))
    )
    assert (
        (lie.standing, lie.image) == (ImageState.DESCRIBED, None) and lie.media is not None and lie.media.name == "file"
    )
    assert bomb.words == "More than 40 million pixels, too large to decode."
    assert cut.words == "Truncated file." and good.standing is ImageState.READY


async def test_nothing_is_imported_or_started_before_something_is_wanted(wall: Wall) -> None:
    """The first screen does not pay for pictures; looking at one before that is answered."""
    assert wall.desk.sight(wall.wanted("a.png")) == ImageView()
    wall.desk.want([])
    wall.desk.forget_failures()
    assert wall.desk._opening is None


def test_the_engine_comes_without_what_draws_pictures() -> None:
    """A fresh interpreter that imports it has nothing of them, and the service and its caches only once it has started."""
    shown = "print(*(m for m in sys.modules if 'engine.images.' in m))"
    code = f"import sys; from cordage_tui.engine.engine import load_services; {shown}; load_services(); {shown}"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    imported, started = ({name.rpartition(".")[2] for name in line.split()} for line in run.stdout.split("\n")[:2])
    assert imported == set() and started == {"memory_cache", "service"}


async def test_stopped_before_it_began_it_never_begins(wall: Wall) -> None:
    """No child is left behind by a program that leaves at once."""
    wall.storage.put("a.png", file_of(scene(30, 30)))
    wall.desk.want([wall.wanted("a.png")])
    wall.desk.stop()
    await wall.session.calls.close(5)
    assert wall.storage.seen == []
    assert wall.desk._pipeline is None or wall.desk._pipeline.decoder.pid is None
