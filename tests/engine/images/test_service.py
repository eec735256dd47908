"""What is wanted is made, the most wanted first; what is not wanted any more is not; what is there is told from memory."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from cordage_tui.config.paths import Paths
from cordage_tui.config.settings import ImageSettings, Settings
from cordage_tui.domain.image import (
    HARD_CAP,
    ContactSheet,
    CropBox,
    Image,
    ImageFormat,
    ImageRequest,
    ImageState,
    ImageUnavailable,
    ImageView,
    OutputMetadata,
    PixelSize,
    SheetCell,
    TooLarge,
)
from cordage_tui.domain.media_type import JSON, OTHER, PNG
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RowId
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.events import ImagesChanged
from cordage_tui.engine.images.decoder import Reduced
from cordage_tui.engine.images.disk_cache import ThumbnailCache
from cordage_tui.engine.images.memory_cache import AGAIN_S, MAX_HALF_BLOCK_BYTES
from cordage_tui.engine.images.output_source import FetchedFile
from cordage_tui.engine.images.pipeline import COPIES_BESIDE_DISK, ImagePipeline
from cordage_tui.engine.images.service import ImageService
from tests.engine.studio import LoopClock

pytestmark = pytest.mark.looptime

BUDGET = 1_000
REFS = [OutputRef(RowId(1), number, f"https://x/{number}.png") for number in range(1, 30)]


def want(number: int, width: int = 10, form: ImageFormat = ImageFormat.RGB) -> ImageRequest:
    """Output `number` in a box."""
    return ImageRequest(REFS[number - 1], PixelSize(width, width), form)


class Place:
    """In place of storage: each file takes a second, its content is its number."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.limits: list[int] = []
        self.errors: dict[int, Exception] = {}
        self.content: dict[int, FetchedFile] = {}
        self.at_once = self.most_at_once = 0

    async def fetch(self, output: OutputRef, limit: int) -> FetchedFile:
        self.begun.append(output.number)
        self.limits.append(limit)
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        await asyncio.sleep(1)
        self.at_once -= 1
        if output.number in self.errors:
            raise self.errors[output.number]
        return self.content.get(output.number, FetchedFile(PNG, 9, b"%d" % output.number))


class Room:
    """In place of the child: a picture is its content, and as large as its box."""

    def __init__(self) -> None:
        self.rendered: list[str] = []
        self.jobs = 0
        self.stopped = False
        self.weight = 10

    async def reduce(self, data: bytes, media: object, wanted: Sequence[ImageRequest]) -> Reduced:
        return PixelSize(99, 99), data, await self.render(data, wanted)

    async def render(self, copy: bytes, wanted: Sequence[ImageRequest]) -> list[tuple[ImageRequest, Image]]:
        self.jobs += 1
        await asyncio.sleep(0.1)
        self.rendered += [one.key for one in wanted]
        return [(one, Image(one.form, one.box.width, one.box.height, (copy * self.weight,))) for one in wanted]

    async def compose(self, sheet: ContactSheet, copies: list[bytes | None]) -> bytes:
        return b"|".join(copy or b"-" for copy in copies)

    def stop(self) -> None:
        self.stopped = True


class Counter:
    """A desk, and all that stands around it."""

    def __init__(self, home: Path | None) -> None:
        settings = Settings(pictures=ImageSettings(fetch_up_to=BUDGET))
        paths = None if home is None else Paths.under(home)
        self.session = EngineContext(
            Profile("p", "http://127.0.0.1:1"), None, None, None, LoopClock(), settings=settings, paths=paths
        )  # type: ignore[arg-type]
        self.place, self.room = Place(), Room()
        self.told: dict[str, int] = defaultdict(int)
        self.events = 0
        self.gallery = ImageService(self.session, None, None)  # type: ignore[arg-type]
        self.session.events.subscribe(self.hear)
        cache = ThumbnailCache(paths and paths.pictures, settings.pictures.cache)
        self.pipeline = ImagePipeline(self.place, cache, self.room, self.gallery._rank)  # type: ignore[arg-type]
        self.gallery._pipeline = self.pipeline

    def hear(self, event: object) -> None:
        assert isinstance(event, ImagesChanged)
        self.events += 1
        for key in event.keys:
            self.told[key] += 1

    def standings(self, *wanted: ImageRequest) -> list[ImageState]:
        return [self.gallery.sight(one).standing for one in wanted]

    async def settled(self) -> None:
        """Until nothing is under way."""
        while tasks := list(self.session.calls._tasks):
            await asyncio.wait(tasks)
        await asyncio.sleep(0)


@pytest.fixture
def counter(tmp_path: Path) -> Counter:
    return Counter(tmp_path)


@pytest.fixture
def diskless() -> Counter:
    return Counter(None)


async def test_a_picture_goes_from_unknown_to_there(counter: Counter) -> None:
    """And is told when there is something new, once."""
    one = want(1)
    assert counter.gallery.sight(one) == ImageView()
    counter.gallery.want([one])
    assert counter.standings(one) == [ImageState.LOADING]
    await counter.settled()
    sight = counter.gallery.sight(one)
    assert sight.standing is ImageState.READY and sight.image == Image(ImageFormat.RGB, 10, 10, (b"1" * 10,))
    assert (sight.media, sight.size, sight.pixels) == (PNG, 9, PixelSize(99, 99))
    assert counter.told == {REFS[0].key: 1}


async def test_one_job_decodes_a_picture_and_renders_all_that_is_wanted_of_it(diskless: Counter) -> None:
    """Large and small, each first view costs one trip to the child."""
    diskless.gallery.want([want(1, 30), want(2), want(1, 10)])
    await diskless.settled()
    assert diskless.room.jobs == 2 and sorted(diskless.room.rendered) == sorted(
        [want(1, 30).key, want(1, 10).key, want(2).key]
    )


async def test_a_sight_touches_nothing(counter: Counter) -> None:
    """Looking is not wanting."""
    for number in range(1, 20):
        counter.gallery.sight(want(number))
    await asyncio.sleep(10)
    assert counter.place.begun == [] and counter.events == 0


async def test_the_most_wanted_are_fetched_first_and_three_at_a_time(diskless: Counter) -> None:
    """In the order they were named."""
    diskless.gallery.want([want(n) for n in (7, 3, 9, 1, 5, 2, 8)])
    await diskless.settled()
    assert sorted(diskless.place.begun[:3]) == [3, 7, 9] and sorted(diskless.place.begun[3:6]) == [1, 2, 5]
    assert diskless.place.most_at_once == 3


async def test_what_is_not_wanted_any_more_is_not_begun_and_what_was_begun_is_kept(diskless: Counter) -> None:
    """Moving on through a hundred runs fetches what the cursor rests on; three were under way, and are not fetched twice."""
    diskless.gallery.want([want(n) for n in range(1, 10)])
    await asyncio.sleep(0.5)
    diskless.gallery.want([want(20)])
    await diskless.settled()
    assert sorted(diskless.place.begun) == [1, 2, 3, 20]
    assert diskless.room.rendered == [want(20).key]
    diskless.gallery.want([want(n) for n in (1, 2, 3)])
    await diskless.settled()
    assert sorted(diskless.place.begun) == [1, 2, 3, 20] and len(diskless.room.rendered) == 4


async def test_another_size_is_drawn_from_the_same_copy_and_a_smaller_one_stands_in(counter: Counter) -> None:
    """Nothing larger than the box does, nor one for another way of drawing."""
    counter.gallery.want([want(1, 10)])
    await counter.settled()
    small = counter.gallery.sight(want(1, 10)).image
    assert counter.gallery.sight(want(1, 20)).image == small
    assert counter.gallery.sight(want(1, 5)).image is None
    assert counter.gallery.sight(want(1, 20, ImageFormat.PNG)).image is None
    assert counter.gallery.sight(replace(want(1, 20), part=CropBox(0, 0, 500, 500))).image is None
    counter.gallery.want([want(1, 20), want(1, 20, ImageFormat.PNG)])
    assert counter.standings(want(1, 20)) == [ImageState.LOADING]
    await counter.settled()
    assert counter.standings(want(1, 20), want(1, 20, ImageFormat.PNG)) == [ImageState.READY] * 2
    assert counter.place.begun == [1]


async def test_wanted_anew_while_it_is_under_way_it_is_drawn_as_wanted_last(diskless: Counter) -> None:
    """The window was resized meanwhile: what it was before is not drawn at all."""
    diskless.gallery.want([want(1, 10)])
    await asyncio.sleep(0.5)
    diskless.gallery.want([want(1, 30)])
    await diskless.settled()
    assert diskless.room.rendered == [want(1, 30).key] and diskless.place.begun == [1]


async def test_wanted_in_another_size_while_it_is_drawn_it_is_drawn_in_that_too(diskless: Counter) -> None:
    """Though the first was all that was known of when drawing began."""
    diskless.gallery.want([want(1, 10)])
    await asyncio.sleep(1.05)
    diskless.gallery.want([want(1, 30)])
    await diskless.settled()
    assert diskless.room.rendered == [want(1, 10).key, want(1, 30).key]
    assert diskless.standings(want(1, 30)) == [ImageState.READY] and diskless.place.begun == [1]


async def test_the_next_program_finds_the_copy_on_disk(counter: Counter, tmp_path: Path) -> None:
    """Nothing is fetched twice."""
    counter.gallery.want([want(1)])
    await counter.settled()
    later = Counter(tmp_path)
    later.gallery.want([want(1)])
    await later.settled()
    assert later.place.begun == [] and later.standings(want(1)) == [ImageState.READY]
    assert later.gallery.sight(want(1)).pixels == PixelSize(99, 99)


async def test_without_a_disk_copies_are_kept_in_memory(diskless: Counter) -> None:
    """Full, read-only or not there: pictures are shown, in any size, from one fetch."""
    for width in (10, 20, 30):
        diskless.gallery.want([want(1, width)])
        await diskless.settled()
        assert diskless.standings(want(1, width)) == [ImageState.READY]
    assert diskless.place.begun == [1]


async def test_one_over_the_budget_waits_for_the_users_word(counter: Counter) -> None:
    """Then its limit is the hard one, and that of no other."""
    counter.place.errors[1] = TooLarge(OutputMetadata(PNG, 5_000))
    counter.gallery.want([want(1), want(2)])
    await counter.settled()
    sight = counter.gallery.sight(want(1))
    assert (sight.standing, sight.size, sight.media) == (ImageState.TOO_LARGE, 5_000, PNG)
    counter.gallery.want([want(1), want(2)])
    await counter.settled()
    assert sorted(counter.place.begun) == [1, 2] and counter.place.limits == [BUDGET, BUDGET]
    del counter.place.errors[1]
    counter.gallery.load(REFS[0])
    assert counter.standings(want(1)) == [ImageState.LOADING]
    await counter.settled()
    assert counter.place.limits[2:] == [HARD_CAP] and counter.standings(want(1)) == [ImageState.READY]
    counter.gallery.want([want(3)])
    await counter.settled()
    assert counter.place.limits[3:] == [BUDGET]


async def test_what_failed_is_not_tried_again_until_somebody_says_so(diskless: Counter) -> None:
    """However often it is wanted; a refresh is such a word."""
    diskless.place.errors[1] = ImageUnavailable("It is damaged.")
    for _ in range(5):
        diskless.gallery.want([want(1)])
        await asyncio.sleep(AGAIN_S)
    assert diskless.place.begun == [1]
    assert (diskless.gallery.sight(want(1)).standing, diskless.gallery.sight(want(1)).words) == (
        ImageState.FAILED,
        "It is damaged.",
    )
    del diskless.place.errors[1]
    diskless.gallery.forget_failures()
    await diskless.settled()
    assert diskless.standings(want(1)) == [ImageState.READY]


async def test_what_may_have_passed_is_tried_again_by_itself_while_it_is_wanted(diskless: Counter) -> None:
    """Once every half a minute, and not when nobody looks any more."""
    diskless.place.errors[1] = diskless.place.errors[2] = ImageUnavailable("The storage has trouble.", passing=True)
    diskless.gallery.want([want(1), want(2)])
    await diskless.settled()
    diskless.gallery.want([want(1)])
    await asyncio.sleep(AGAIN_S * 3.5)
    assert diskless.place.begun.count(1) == 4 and diskless.place.begun.count(2) == 1
    del diskless.place.errors[1]
    await asyncio.sleep(AGAIN_S * 1.5)
    assert diskless.standings(want(1)) == [ImageState.READY]


async def test_what_cannot_be_drawn_is_described(counter: Counter) -> None:
    """A text by its beginning, anything else by its size; nothing is drawn."""
    counter.place.content = {1: FetchedFile(JSON, 8, b'{"a": 1}'), 2: FetchedFile(OTHER, 77, b"\0")}
    counter.gallery.want([want(1), want(2)])
    await counter.settled()
    assert counter.standings(want(1), want(2)) == [ImageState.DESCRIBED] * 2
    assert counter.gallery.sight(want(1)).text == '{\n  "a": 1\n}' and counter.gallery.sight(want(2)).size == 77
    assert counter.room.rendered == [] and set(counter.told) == {REFS[0].key, REFS[1].key}


async def test_memory_is_bounded(diskless: Counter) -> None:
    """The pictures seen last are there, the first are drawn again when they are wanted again."""
    diskless.room.weight = 150_000
    for number in range(1, 21):
        diskless.gallery.want([want(number)])
        await diskless.settled()
    assert diskless.gallery._rendered.weight <= MAX_HALF_BLOCK_BYTES
    assert diskless.standings(want(20), want(19)) == [ImageState.READY] * 2
    assert diskless.gallery.sight(want(1)).image is None
    diskless.gallery.want([want(1)])
    await diskless.settled()
    assert diskless.standings(want(1)) == [ImageState.READY] and diskless.place.begun.count(1) == 1


async def test_all_that_is_on_screen_is_kept_whatever_it_takes(diskless: Counter) -> None:
    """A contact sheet on a large screen wants more than is kept of what was seen: it would draw itself again for ever."""
    diskless.room.weight = 150_000
    page = [want(number) for number in range(1, 10)]
    diskless.session.events.subscribe(lambda event: diskless.gallery.want(page))  # as a screen that draws what has come
    diskless.gallery.want(page)
    await asyncio.sleep(60)
    assert diskless.standings(*page) == [ImageState.READY] * 9
    assert sorted(diskless.room.rendered) == sorted(one.key for one in page)
    page = [want(20)]
    diskless.gallery.want(page)
    await diskless.settled()
    assert diskless.gallery._rendered.weight <= MAX_HALF_BLOCK_BYTES


async def test_a_sheet_is_made_of_copies_with_holes_where_there_are_none(diskless: Counter) -> None:
    """Fetched if they are not there, after all that is on screen; the same output twice is fetched once."""
    diskless.place.errors[3] = ImageUnavailable("gone")
    diskless.place.content[4] = FetchedFile(OTHER, 7, b"\0")
    outputs = [REFS[0], REFS[1], None, REFS[2], REFS[3], REFS[0]]
    sheet = ContactSheet(tuple(SheetCell(output) for output in outputs), 3, PixelSize(10, 10))
    diskless.gallery.want([want(n) for n in (10, 11, 12)])
    assert await diskless.gallery.compose(sheet) == b"1|2|-|-|-|1"
    assert sorted(diskless.place.begun[:3]) == [10, 11, 12] and diskless.place.begun.count(1) == 1


async def test_a_copy_can_be_had_as_a_file_and_a_failure_says_why(counter: Counter) -> None:
    """Though nobody looks at it."""
    counter.place.errors[2] = ImageUnavailable("The link has expired.")
    assert (await counter.gallery.preview(REFS[0])).file == b"1"
    with pytest.raises(ImageUnavailable, match="The link has expired"):
        await counter.gallery.preview(REFS[1])


async def test_stopping_ends_the_child_and_nothing_is_told_any_more(diskless: Counter) -> None:
    """Whatever comes of what was under way."""
    diskless.place.content[1], diskless.place.errors[2] = FetchedFile(OTHER, 7, b"\0"), ImageUnavailable("gone")
    diskless.gallery.want([want(n) for n in range(1, 9)])
    await asyncio.sleep(0.5)
    diskless.gallery.stop()
    await diskless.session.calls.close(5)
    diskless.gallery.want([want(9)])
    diskless.gallery.load(REFS[9])
    await asyncio.sleep(100)
    assert diskless.room.stopped and diskless.events == 0 and len(diskless.place.begun) == 3


async def test_what_the_disk_keeps_takes_little_memory(counter: Counter) -> None:
    """And is not fetched again for another size."""
    for number in range(1, 6):
        counter.place.content[number] = FetchedFile(PNG, 300_000, bytes(300_000))
        counter.gallery.want([want(number)])
        await counter.settled()
    assert counter.pipeline._copies.weight <= COPIES_BESIDE_DISK
    counter.gallery.want([want(1, width=20)])
    await counter.settled()
    assert counter.standings(want(1, width=20)) == [ImageState.READY] and counter.place.begun.count(1) == 1
