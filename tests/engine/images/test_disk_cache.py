"""Small copies on disk: private, bounded, and none of them needed."""

import os
from pathlib import Path

import pytest

from cordage_tui.domain.image import OutputMetadata, PixelSize, Thumbnail
from cordage_tui.domain.media_type import JSON, MP4, PNG
from cordage_tui.domain.output import output_key
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.engine.images import disk_cache
from cordage_tui.engine.images.disk_cache import ThumbnailCache

KEYS = [output_key(f"https://x/{n}.png?token=canary") for n in range(40)]
PREVIEW = Thumbnail(OutputMetadata(PNG, 1_000, PixelSize(30, 20)), b"\x89PNG\n\nnot really" * 100)
MEGA = 1 << 20


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "pictures"


@pytest.mark.parametrize(
    "preview",
    [
        PREVIEW,
        Thumbnail(OutputMetadata(MP4, None, PixelSize(1, 2), 12.5), b"x"),
        Thumbnail(OutputMetadata(JSON, 3, text=SafeText("{\n}"))),
    ],
)
def test_what_was_kept_comes_back_as_it_was(folder: Path, preview: Thumbnail) -> None:
    """In another process too."""
    ThumbnailCache(folder, MEGA).save(KEYS[0], preview)
    assert ThumbnailCache(folder, MEGA).load(KEYS[0]) == preview
    assert ThumbnailCache(folder, MEGA).load(KEYS[1]) is None


def test_only_the_owner_can_read_it_and_no_address_is_in_it(folder: Path) -> None:
    """Whatever the umask."""
    before = os.umask(0)
    try:
        ThumbnailCache(folder, MEGA).save(KEYS[0], PREVIEW)
    finally:
        os.umask(before)
    (file,) = folder.iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700 and file.stat().st_mode & 0o777 == 0o600
    assert b"canary" not in file.read_bytes() and b"https" not in file.read_bytes()


def test_the_least_recently_seen_go_when_there_are_too_many(folder: Path) -> None:
    """Seen counts, not written; other processes' files count too."""
    size = len(disk_cache.encode(PREVIEW))
    mine, theirs = ThumbnailCache(folder, size * 10), ThumbnailCache(folder, size * 10)
    for age, key in enumerate(KEYS[:10]):
        (mine if age % 2 else theirs).save(key, PREVIEW)
        os.utime(next(folder.glob(f"{key}*")), (1_000 + age, 1_000 + age))
    assert mine.load(KEYS[0]) == PREVIEW
    ThumbnailCache(folder, size * 10).save(KEYS[10], PREVIEW)
    left = {key for key in KEYS if mine.load(key)}
    assert KEYS[0] in left and KEYS[10] in left and KEYS[1] not in left
    for key in KEYS:
        theirs.save(key, PREVIEW)
    assert sum(file.stat().st_size for file in folder.iterdir()) <= size * 10


@pytest.mark.parametrize("at", [0, 1, 5, 40, 80, 200, -1])
def test_a_damaged_file_is_fetched_again(folder: Path, at: int) -> None:
    """One bit is enough; it is taken away."""
    cache = ThumbnailCache(folder, MEGA)
    cache.save(KEYS[0], PREVIEW)
    (file,) = folder.iterdir()
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    file.write_bytes(data)
    assert cache.load(KEYS[0]) is None and not file.exists()
    for cut in (0, 3, 60, len(data) - 1):
        file.write_bytes(disk_cache.encode(PREVIEW)[:cut])
        assert cache.load(KEYS[0]) is None


def test_a_link_in_its_place_is_not_followed(folder: Path, tmp_path: Path) -> None:
    """Neither to read nor to write."""
    cache, elsewhere = ThumbnailCache(folder, MEGA), tmp_path / "elsewhere"
    cache.save(KEYS[0], PREVIEW)
    (file,) = folder.iterdir()
    file.rename(elsewhere)
    file.symlink_to(elsewhere)
    assert cache.load(KEYS[0]) is None
    before = elsewhere.read_bytes()
    cache.save(KEYS[0], Thumbnail(OutputMetadata(PNG)))
    assert elsewhere.read_bytes() == before and not file.is_symlink()


def test_what_a_dead_process_left_behind_is_taken_away(folder: Path) -> None:
    """What another one is writing now is not."""
    cache = ThumbnailCache(folder, MEGA)
    cache.save(KEYS[0], PREVIEW)
    old, new = folder / ".dead.1", folder / ".alive.2"
    old.touch()
    new.touch()
    os.utime(old, (1_000, 1_000))
    ThumbnailCache(folder, MEGA).save(KEYS[1], PREVIEW)
    assert not old.exists() and new.exists()


def test_without_a_disk_nothing_is_kept_and_nothing_is_raised(tmp_path: Path) -> None:
    """No folder, a limit of nothing, a file in the folder's place."""
    (tmp_path / "file").touch()
    for cache in (
        ThumbnailCache(None, MEGA),
        ThumbnailCache(tmp_path / "no", 0),
        ThumbnailCache(tmp_path / "file", MEGA),
    ):
        cache.save(KEYS[0], PREVIEW)
        assert cache.load(KEYS[0]) is None
    assert not (tmp_path / "no").exists()
