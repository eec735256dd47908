"""Bytes of outputs come over real sockets, no more of them than are needed, or off the disk when they are there."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from cordage_tui.api.files.client import FileClient
from cordage_tui.domain import media_type
from cordage_tui.domain.image import HARD_CAP, ImageUnavailable, TooLarge
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RemoteRun, RowId, RunQuery, Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.engine.context import TaskSupervisor
from cordage_tui.engine.images import output_source, video_frame
from cordage_tui.engine.images.output_source import FetchedFile, OutputSource
from cordage_tui.engine.polling.url_refresher import UrlRefresher
from cordage_tui.store.store import Store
from tests.engine.images.files import noise
from tests.storage_server import StorageServer

BUDGET = 256 << 10
SMALL, LARGE = noise(20_000), noise(2_000_000)
VIDEO = b"\0\0\0\x18ftypisom" + bytes(3 << 20)


class Clock:
    """Stands still."""

    now = 1_700_000_000.0

    def wall(self) -> float:
        return self.now

    monotonic = wall


class Bench:
    """A source before a storage server, with a run whose outputs can get fresh links."""

    def __init__(self, storage: StorageServer, store: Store) -> None:
        self.storage, self.store, self.clock = storage, store, Clock()
        self.files: list[Path] = []
        self.reads: list[RowId] = []
        self.fresh: list[str] = []
        """What the run's outputs are called after the next read."""
        self.client = FileClient(loopback=True)
        session = SimpleNamespace(
            store=store,
            clock=self.clock,
            calls=TaskSupervisor(print),
            client=SimpleNamespace(key_guard=SimpleNamespace(refused=None)),
        )
        fresh = UrlRefresher(session, SimpleNamespace(get=self._get))  # type: ignore[arg-type]
        self.source = OutputSource(self.client, fresh, lambda output: self.files)  # type: ignore[arg-type]

    def run_with(self, *urls: str) -> list[OutputRef]:
        self.store.runs.merge("p", "wh_a", [self._run(urls)])
        (row,) = self.store.query.window(RunQuery("p"), 0, 10)
        return self.store.run_lookup.output_refs([row.id])

    async def _get(self, run: object, priority: object) -> None:
        self.reads.append(run.id)  # type: ignore[attr-defined]
        if self.fresh:
            self.store.runs.merge("p", "wh_a", [self._run(tuple(self.fresh))])

    @staticmethod
    def _run(urls: tuple[str, ...]) -> RemoteRun:
        return RemoteRun("r1", Status.COMPLETED, SafeText("completed"), outputs=urls)

    async def fetch(self, output: OutputRef, limit: int = BUDGET) -> FetchedFile:
        return await self.source.fetch(output, limit)


@pytest.fixture(autouse=True)
def _no_ffprobe(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on most machines."""
    monkeypatch.setattr(output_source, "can_probe", lambda: False)


@pytest.fixture
def storage() -> Iterator[StorageServer]:
    with StorageServer() as server:
        yield server


@pytest.fixture
async def bench(storage: StorageServer, tmp_path: Path) -> AsyncIterator[Bench]:
    store = Store.open(tmp_path / "cordage.db", Clock())  # type: ignore[arg-type]
    bench = Bench(storage, store)
    yield bench
    await bench.client.aclose()
    store.close()


def ref(url: str) -> OutputRef:
    return OutputRef(RowId(1), 1, url)


async def test_a_picture_within_the_budget_comes_whole(bench: Bench) -> None:
    """And is known by its first bytes, whatever its name and type say."""
    url = bench.storage.put("page.html", SMALL, media_type="text/html")
    assert await bench.fetch(ref(url)) == FetchedFile(media_type.PNG, len(SMALL), SMALL)


@pytest.mark.parametrize("delimited", [True, False])
async def test_one_over_the_budget_is_not_fetched(bench: Bench, delimited: bool) -> None:
    """By what its length says, or where nothing says it by what comes: not a chunk more than the budget is read."""
    url = bench.storage.put("large.png", LARGE, pace_s=0.001, **({} if delimited else {"chunked": True}))
    with pytest.raises(TooLarge) as raised:
        await bench.fetch(ref(url))
    facts = raised.value.facts
    assert facts is not None and facts.media == media_type.PNG
    assert facts.size == (len(LARGE) if delimited else None)
    assert (await bench.fetch(ref(url), HARD_CAP)).data == LARGE
    bench.storage.change("large.png", stall_after=80_000)
    if delimited:
        with pytest.raises(TooLarge):
            await asyncio.wait_for(bench.fetch(ref(url)), 5)


async def test_with_a_budget_of_nothing_nothing_is_asked_for(bench: Bench) -> None:
    """Not even what it is."""
    url = bench.storage.put("a.png", SMALL)
    with pytest.raises(TooLarge):
        await bench.fetch(ref(url), 0)
    assert bench.storage.seen == []


async def test_of_what_cannot_be_drawn_only_the_beginning_is_read(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three gigabytes of video cost a few kilobytes; with ffprobe as much as it takes for a first frame."""
    url = bench.storage.put("v.mp4", VIDEO, pace_s=0.0005)
    fetched = await bench.fetch(ref(url))
    assert (fetched.media, fetched.size) == (media_type.MP4, len(VIDEO)) and len(fetched.data) < 200_000
    text = bench.storage.put("t.txt", b"word " * 400_000, pace_s=0.0005)
    fetched = await bench.fetch(ref(text))
    assert fetched.media == media_type.TEXT and not fetched.whole and len(fetched.data) < 200_000
    monkeypatch.setattr(output_source, "can_probe", lambda: True)
    assert len((await bench.fetch(ref(url))).data) >= BUDGET


async def test_short_files_are_told_by_what_there_is(bench: Bench) -> None:
    """Empty ones too (docs/dev/faults.md 144)."""
    empty, short = bench.storage.put("e"), bench.storage.put("s", b'{"a": 1}')
    assert await bench.fetch(ref(empty)) == FetchedFile(media_type.OTHER, 0, b"")
    fetched = await bench.fetch(ref(short))
    assert fetched.media == media_type.JSON and fetched.whole


async def test_an_expired_link_is_replaced_by_reading_the_run_once(bench: Bench) -> None:
    """Though two outputs ask; a link that the store knows by now costs no read."""
    urls = [bench.storage.put(name, SMALL, signed=True) for name in ("a.png", "b.png")]
    refs = bench.run_with(*urls)
    bench.storage.expire()
    bench.fresh = [bench.storage.sign("a.png"), bench.storage.sign("b.png")]
    for output in refs:
        assert (await bench.fetch(output)).data == SMALL
    assert bench.reads == [refs[0].row]


async def test_a_link_that_stays_expired_is_told_and_the_run_is_not_read_again_and_again(bench: Bench) -> None:
    """In a sentence without the link."""
    (output,) = bench.run_with(bench.storage.put("a.png", SMALL, signed=True))
    bench.storage.expire()
    for _ in range(3):
        with pytest.raises(ImageUnavailable) as raised:
            await bench.fetch(output)
    assert "expired" in raised.value.what and "signature" not in raised.value.what and not raised.value.passing
    assert len(bench.reads) == 1


async def test_trouble_that_may_pass_is_told_from_what_is_final(bench: Bench) -> None:
    """The first is tried again by itself, the second is not."""
    trouble, elsewhere = bench.storage.put("t", b"", status=503), "https://user:pass@x/1.png"
    with pytest.raises(ImageUnavailable) as passing:
        await bench.fetch(ref(trouble))
    with pytest.raises(ImageUnavailable) as final:
        await bench.fetch(ref(elsewhere))
    assert passing.value.passing and not final.value.passing and "pass@" not in final.value.what


async def test_what_was_downloaded_is_read_from_disk(bench: Bench, tmp_path: Path) -> None:
    """Whatever its size, and without a request; a link or a pipe in its place is not read."""
    path, link, pipe = tmp_path / "a.png", tmp_path / "link", tmp_path / "pipe"
    path.write_bytes(LARGE)
    link.symlink_to(path)
    output_source.os.mkfifo(pipe)
    url = bench.storage.put("small.png", SMALL)
    bench.files = [tmp_path / "gone", link, pipe]
    assert (await bench.fetch(ref(url))).data == SMALL
    bench.files = [path]
    asked = len(bench.storage.seen)
    assert await bench.fetch(ref(url)) == FetchedFile(media_type.PNG, len(LARGE), LARGE)
    assert len(bench.storage.seen) == asked


async def test_storage_is_told_nothing_of_us(bench: Bench) -> None:
    """No key, no cookie, no referer."""
    await bench.fetch(ref(bench.storage.put("a.png", SMALL)))
    (seen,) = bench.storage.seen
    assert not {"authorization", "x-api-key", "cookie", "referer"} & {name.lower() for name, _ in seen.headers}


def test_clips_of_all_kinds_have_one_demuxer() -> None:
    """So that ffmpeg never guesses."""
    kinds = (value for value in vars(media_type).values() if isinstance(value, media_type.MediaType))
    clip = (media_type.MediaKind.VIDEO, media_type.MediaKind.AUDIO)
    assert {kind for kind in kinds if kind.kind in clip} == set(video_frame._DEMUXERS)
