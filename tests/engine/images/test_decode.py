"""What the child makes of files: a small upright picture of those it can decode, a sentence for all others."""

import os
import struct
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from cordage_tui.engine.images.decoder import SIDE, DecoderProcess
from tests.engine.images.conftest import Ask
from tests.engine.images.files import BOMBS, chunk, file_of, gif_of_frames, png, scene, zeros

Monkey = pytest.MonkeyPatch
needs_proc = pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="looks at /proc")
KINDS = ("PNG", "JPEG", "WEBP", "GIF")


def opened(file: bytes) -> Image.Image:
    return Image.open(BytesIO(file), formats=("PNG", "JPEG"))


def error(one: Image.Image, other: Image.Image) -> float:
    """Mean over all pixels and channels, of 255."""
    difference = ImageChops.difference(one.convert("RGB"), other.convert("RGB"))
    return sum(ImageStat.Stat(difference).mean) / 3


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_that_is_allowed_is_decoded(ask: Ask, kind: str) -> None:
    """As large as it is, where it is not larger than a small copy may be."""
    picture = scene(300, 200)
    frame = ask("reduce", file_of(picture, kind), name=kind)
    assert (frame.head["width"], frame.head["height"]) == (300, 200)
    assert error(opened(frame.parts[0]), picture) < (20 if kind == "GIF" else 6)


def test_a_large_one_is_made_small_and_keeps_its_shape(ask: Ask) -> None:
    """The size that is told is the picture's own."""
    picture = scene(2_400, 1_200)
    frame = ask("reduce", file_of(picture), name="PNG")
    copy = opened(frame.parts[0])
    assert (frame.head["width"], frame.head["height"]) == (2_400, 1_200)
    assert copy.size == (SIDE, SIDE // 2) and len(frame.parts[0]) < 200_000
    assert error(copy, picture.resize(copy.size, Image.Resampling.LANCZOS)) < 4


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_stands_upright(ask: Ask, orientation: int) -> None:
    """However the camera was held (EXIF 2.3, 4.6.4)."""
    upright = scene(120, 80)
    turned = {
        1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = orientation
    held = upright if turned is None else upright.transpose(turned)
    frame = ask("reduce", file_of(held, "JPEG", quality=95, exif=exif), name="JPEG")
    assert (frame.head["width"], frame.head["height"]) == (120, 80)
    assert error(opened(frame.parts[0]), upright) < 6


def test_what_can_be_seen_through_stays_so(ask: Ask) -> None:
    """An alpha channel that hides nothing is left out, so that the copy can be a JPEG."""
    picture = scene(600, 400)
    picture.putalpha(255)
    solid = ask("reduce", file_of(picture), name="PNG").parts[0]
    picture.putalpha(Image.linear_gradient("L").resize((600, 400)))
    clear = ask("reduce", file_of(picture), name="PNG").parts[0]
    assert opened(solid).mode == "RGB"
    assert opened(clear).mode == "RGBA" and opened(clear).getpixel((300, 0))[3] == 0  # type: ignore[index]


def test_sixteen_bits_of_grey_keep_their_shades(ask: Ask) -> None:
    """A plain conversion would make all but black white."""
    shades = struct.pack("<256H", *(value * 257 for value in range(256)))
    frame = ask("reduce", file_of(Image.frombytes("I;16", (16, 16), shades)), name="PNG")
    assert error(opened(frame.parts[0]), Image.frombytes("L", (16, 16), bytes(range(256)))) < 2


def test_only_the_first_frame_of_many_is_looked_at(ask: Ask) -> None:
    """A hundred thousand of them cost nothing."""
    frame = ask("reduce", gif_of_frames(100_000), name="GIF")
    assert error(opened(frame.parts[0]), scene(16, 16).quantize(16)) < 2


def test_nothing_of_the_original_but_its_pixels_is_in_the_copy(ask: Ask) -> None:
    """Comments, prompts and profiles stay behind: the copy is kept on disk and may be exported."""
    comment = chunk(b"tEXt", b"prompt\0a canary")
    profile = chunk(b"iCCP", b"p\0\0" + zeros(1 << 20))
    for file, kind in (
        (png(8, 8, comment, profile, rows=bytes(8 * 25)), "PNG"),
        (file_of(scene(600, 400), "JPEG", comment=b"a canary", icc_profile=b"a canary" * 20), "JPEG"),
    ):
        copy = ask("reduce", file, name=kind).parts[0]
        assert not any(word in copy for word in (b"canary", b"iCCP", b"ICC_PROFILE"))


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_from_its_header_or_costs_little(ask: Ask, child: DecoderProcess, name: str) -> None:
    """In words, within the limits, and the same child goes on with the next job."""
    ask("reduce", file_of(scene(10, 10)), name="PNG")
    before = child.pid
    kind, file = BOMBS[name]
    frame = ask("reduce", file, name=kind)
    assert "refused" in frame.head or len(frame.parts[0]) < 10_000
    assert child.pid == before
    assert ask("reduce", file_of(scene(10, 10)), name="PNG").head["width"] == 10


def test_bombs_say_what_is_wrong_with_them(ask: Ask) -> None:
    """Too many pixels are told from damage."""
    assert "40 million pixels" in ask("reduce", BOMBS["a PNG of 60,000 x 60,000"][1], name="PNG").head["refused"]
    assert "40 million pixels" in ask("reduce", BOMBS["a PNG just above the limit"][1], name="PNG").head["refused"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_is_cut_short_or_spoilt_gets_a_sentence(ask: Ask, kind: str) -> None:
    """Wherever it is cut; never a picture that is half grey."""
    whole = file_of(scene(200, 200), kind)
    for length in (12, 40, len(whole) // 2, len(whole) * 9 // 10):
        assert ask("reduce", whole[:length], name=kind).head["refused"].startswith(("Truncated", "Damaged"))
    assert ask("reduce", b"", name=kind).head["refused"]


def test_a_file_is_decoded_as_what_its_first_bytes_say_or_not_at_all(ask: Ask) -> None:
    """No decoder but the four is ever tried, whatever a file is or pretends to be."""
    tiff = file_of(scene(20, 20), "TIFF")
    for name in ("TIFF", "EPS", "PSD", "PDF", "SVG", "BMP", ""):
        assert ask("reduce", tiff, name=name).head["refused"] == "Unsupported file type."
    for kind in KINDS:
        for foreign in (tiff, b"%!PS-Adobe-3.0 EPSF-3.0\n", b"8BPS\0\1" + bytes(40), b"<html><script>", b"\0" * 500):
            assert "refused" in ask("reduce", foreign, name=kind).head
    polyglot = file_of(scene(20, 20), "GIF") + b"<script>alert(1)</script>" + file_of(scene(20, 20), "PNG")
    assert "script" not in repr(ask("reduce", polyglot, name="GIF").parts[0])


@needs_proc
def test_the_child_has_no_secret_and_no_way_to_write(child: DecoderProcess, ask: Ask, monkeypatch: Monkey) -> None:
    """Nothing of our environment, no argument but where its code lies, no file larger than nothing, no core."""
    monkeypatch.setenv("CORDAGE_API_KEY", "cordage_CANARY")
    child.end()
    ask("reduce", file_of(scene(10, 10)), name="PNG")
    proc = Path(f"/proc/{child.pid}")
    said = (proc / "environ").read_bytes() + (proc / "cmdline").read_bytes()
    assert b"CORDAGE" not in said and b"CANARY" not in said and b"HOME" not in said
    told = {line[:26].strip(): line[26:].split()[0] for line in (proc / "limits").read_text().splitlines()}
    assert told["Max file size"] == "0" and told["Max core file size"] == "0" and told["Max open files"] == "32"
    assert told["Max processes"] == "0"  # which binds everybody but root
    assert told["Max address space"] == str(768 << 20) and told["Max cpu time"].isdigit()
    assert (proc / "cwd").readlink() == Path("/")


@needs_proc
def test_the_programs_own_memory_stays_as_it_is(ask: Ask) -> None:
    """Fifty megabytes of pixels at a time, all of them elsewhere."""
    file = file_of(Image.new("RGB", (4_096, 4_096), "teal"))
    ask("reduce", file, name="PNG")
    before = resident()
    for _ in range(3):
        ask("reduce", file, name="PNG")
    assert resident() - before < 8 << 20


def resident() -> int:
    """Bytes of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
