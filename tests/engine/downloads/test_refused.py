"""Whatever a storage does, a download ends: in its file, or in one clear line (docs/dev/faults.md 121–129, 144–147)."""

import errno
import os

import pytest

from cordage_tui.api.errors import Delivery, NotFound, RequestTimeout
from cordage_tui.domain.download import DownloadState
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.engine.downloads.part_file import PartFile, SafeDirectory
from tests.engine.downloads.yard import Yard, picture

FEW = pytest.mark.parametrize("yard", [{"tries": 2, "unsized": 2 << 20, "save_bytes": 1 << 18}], indirect=True)

TREATMENTS = {
    "server error": ({"status": 500}, "500", 2),
    "no such kind of answer": ({"status": 299}, "299", 1),
    "slow down": ({"status": 429, "headers": {"Retry-After": "0"}}, "slow down", 2),
    "downgrade or elsewhere": ({"location": "ftp://127.0.0.1/x"}, "redirect", 1),
    "to a loop": ({"location": "/cat.png"}, "redirect", None),
    "too long a length": ({"told_length": 900_000, "etag": None}, "127.0.0.1", 2),
    "no end told": ({"delimited": False}, "where the file ends", 1),
    "endless": ({"endless": True}, "without saying how large", 1),
    "empty": ({"content": b""}, "empty file", 1),
    "brotli": ({"headers": {"Content-Encoding": "br"}}, "encoded", 1),
    "cut at once": ({"cut_every": 1, "etag": None}, "127.0.0.1", 2),
}


@FEW
@pytest.mark.parametrize("treatment", TREATMENTS)
async def test_it_ends_in_one_line_and_in_no_file(yard: Yard, treatment: str) -> None:
    """Tried again only where that may help, and only so often."""
    about, words, asked = TREATMENTS[treatment]
    content = about.pop("content", picture()) if "content" in about else picture()
    line = await yard.ended(yard.storage.put("cat.png", content, **about))
    assert words in line and "\n" not in line and line.endswith(".")
    assert asked is None or len(yard.storage.seen) == asked


async def test_a_bomb_is_stopped(yard: Yard) -> None:
    """A gzip that nobody asked for, of which far more comes out than went in."""
    line = await yard.ended(yard.storage.put("cat.png", bytes(70 << 20), zipped=True))
    assert "gzip" in line


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "data:image/png;base64,AA==",
        "//host/x.png",
        "",
        "https://user:secret@127.0.0.1/x.png",
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/x.png?signature=secret",
    ],
)
async def test_a_link_that_breaks_the_rule_is_not_followed(yard: Yard, link: str) -> None:
    line = await yard.ended(link)
    assert "URL" in line and "secret" not in line


async def test_the_storage_is_told_nothing_but_what_it_must_know(yard: Yard) -> None:
    """No key, no cookie, no referer, in whatever request."""
    await yard.one(yard.storage.put("cat.png", picture(), cut_every=65_536))
    names = {name.lower() for seen in yard.storage.seen for name, _ in seen.headers}
    assert not names & {"authorization", "cookie", "referer", "x-api-key"}


async def test_an_expired_link_has_the_run_read_once_for_a_fresh_one(yard: Yard) -> None:
    """For all of its outputs together."""
    links = [yard.storage.put(f"{n}.png", picture(seed=n), signed=True) for n in (1, 2, 3)]
    ids = yard.ask(yard.run(*links))
    yard.storage.expire()
    yard.server.links = tuple(yard.storage.sign(f"{n}.png") for n in (1, 2, 3))
    done = await yard.settled(ids)
    assert [download.state for download in done] == [DownloadState.DONE] * 3
    assert yard.server.reads == 1
    assert all("signature" not in path.read_text() for path in yard.folder.rglob("*.json"))


async def test_without_a_fresh_link_it_says_so_and_asks_no_more(yard: Yard) -> None:
    links = [yard.storage.put(f"{n}.png", picture(), signed=True) for n in range(5)]
    ids = yard.ask(yard.run(*links))
    yard.storage.expire()
    lines = {download.error for download in await yard.settled(ids)}
    assert yard.server.reads == 1
    assert all(line and "read again" in line and "signature" not in line for line in lines)


@FEW
async def test_a_server_that_is_out_of_reach_for_a_fresh_link_is_asked_again(yard: Yard) -> None:
    """And the line tells both."""
    yard.server.trouble = RequestTimeout("get run", SafeText("no answer in time"), delivery=Delivery.UNCERTAIN)
    download = await yard.one(yard.storage.link("gone.png"))
    assert download.tries == 2 and "no answer in time" in (download.error or "")


async def test_a_run_that_is_gone_is_said_to_be(yard: Yard) -> None:
    yard.server.trouble = NotFound("get run", SafeText("no such run"), delivery=Delivery.ANSWERED, status=404)
    assert "no such run" in await yard.ended(yard.storage.link("gone.png"))


async def test_an_output_that_the_run_does_not_list_any_more_is_said_to_be_gone(yard: Yard) -> None:
    row = yard.run(yard.storage.link("1.png"), yard.storage.link("2.png"))
    ids = yard.ask(row)
    yard.told("00000001-e29b", (yard.storage.put("1.png", picture()),))
    one, two = await yard.settled(ids)
    assert one.state is DownloadState.DONE and "no longer lists" in (two.error or "")


async def test_room_is_looked_for_before_the_first_byte(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk keeps a reserve; the line tells how much is missing."""
    monkeypatch.setattr(SafeDirectory, "free", lambda place: 1_100_000)
    line = await yard.ended(yard.storage.put("video.mp4", picture(3_000_000)))
    assert "3.0 MB more would be needed, 1.1 MB are free" in line
    assert not yard.parts()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "is full"),
        (errno.EDQUOT, "is full"),
        (errno.EIO, "reports an error"),
        (errno.EROFS, "Nothing can be written"),
    ],
)
async def test_a_disk_that_fails_on_the_way_ends_it_and_what_is_there_is_kept(
    yard: Yard, monkeypatch: pytest.MonkeyPatch, code: int, words: str
) -> None:
    """It is not tried again by itself; when the user says so it goes on from there."""
    write = PartFile.write

    def fails(part: PartFile, data: bytes) -> None:
        if part.name.endswith(".json.part") or part.size < 100_000:
            return write(part, data)
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(PartFile, "write", fails)
    link = yard.storage.put("cat.png", picture(900_000))
    line = await yard.ended(link)
    assert words in line and str(yard.folder) in line
    assert len(yard.storage.seen) == 1 and len(yard.parts()) == 1
    monkeypatch.setattr(PartFile, "write", write)
    assert yard.desk.retry(1)
    (done,) = await yard.settled((1,))
    assert done.path and done.path.read_bytes() == picture(900_000)
    assert yard.storage.seen[-1].header("range")


async def test_a_folder_that_cannot_be_made_is_said_in_a_line(yard: Yard) -> None:
    yard.folder.mkdir()
    (yard.folder / "Sunset").write_text("a file")
    assert "in place of a folder" in (await yard.one(yard.storage.put("a", picture()))).error  # type: ignore[operator]
    assert (yard.folder / "Sunset").read_text() == "a file"
