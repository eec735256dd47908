"""Memory for drawn pictures is bounded, and those in half blocks, which are drawn again at once, take little of it."""

import platform
import subprocess
import sys

import pytest

from cordage_tui.domain.image import Image, ImageFormat, ImageRequest, PixelSize
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RowId
from cordage_tui.engine.images.memory_cache import MAX_HALF_BLOCK_BYTES, MAX_RENDERED_BYTES, RenderedImageCache

PIECE = 100_000


def filled(form: ImageFormat, weight: int) -> tuple[RenderedImageCache, list[ImageRequest]]:
    """An album that more was put into than `weight` bytes, and what was put there, in that order."""
    album = RenderedImageCache()
    put = [
        ImageRequest(OutputRef(RowId(number), 1, f"https://x/{number}.png"), PixelSize(40, 40), form)
        for number in range(weight // PIECE + 20)
    ]
    for wanted in put:
        album.add(wanted, Image(form, 1, 1, (bytes(PIECE),)))
    return album, put


@pytest.mark.parametrize(
    ("form", "most"),
    [
        (ImageFormat.RGB, MAX_HALF_BLOCK_BYTES),
        (ImageFormat.PNG, MAX_RENDERED_BYTES),
        (ImageFormat.SIXEL, MAX_RENDERED_BYTES),
    ],
)
def test_the_oldest_go_first_and_no_more_than_must(form: ImageFormat, most: int) -> None:
    album, put = filled(form, most)
    assert most - PIECE < album.weight <= most
    assert album.get(put[0]) is None
    assert album.get(put[-1]) is not None


def test_one_that_is_larger_than_all_that_may_be_kept_is_kept_alone() -> None:
    album, put = filled(ImageFormat.RGB, 0)
    album.add(put[3], Image(ImageFormat.RGB, 1, 1, (bytes(MAX_HALF_BLOCK_BYTES + 1),)))
    assert album.weight == MAX_HALF_BLOCK_BYTES + 1
    assert album.get(put[3]) is not None


FREED = """
import sys
from pathlib import Path
from cordage_tui.engine.images.pipeline import return_large_blocks

def held():
    return int(Path("/proc/self/statm").read_text().split()[1])

if sys.argv[1] == "returned":
    return_large_blocks()
before = held()
blocks, between = [], []
for n in range(300):
    blocks.append(b"x" * 100_000)
    between.append(bytes([n % 256]) * 700)
most = held() - before
del blocks
print((held() - before) / most)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the setting is glibc's")
def test_memory_of_pictures_that_were_dropped_goes_back_to_the_system() -> None:
    """Also where something small that stays was made after each; by itself the C library would keep nearly all of it."""
    left = {}
    for name in ("returned", "kept"):
        run = subprocess.run(
            [sys.executable, "-c", FREED, name], capture_output=True, text=True, check=True, timeout=60
        )
        left[name] = float(run.stdout)
    assert left["returned"] < 0.2 and left["kept"] > 0.5
