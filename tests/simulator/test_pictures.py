"""Pictures are valid files, the same for the same seed, and not blank."""

import struct
import zlib
from random import Random

import pytest

from cordage_tui.simulator.making import HEIGHT, WIDTH, made
from cordage_tui.simulator.pictures.figures import portrait, still_life
from cordage_tui.simulator.pictures.landscape import mountains
from cordage_tui.simulator.pictures.patterns import flow, tiles
from cordage_tui.simulator.pictures.picture import gradient
from cordage_tui.simulator.runs import Planner
from cordage_tui.simulator.webhooks import Durations, OutputKind, SimWebhook

PAINTERS = [mountains, portrait, still_life, flow, tiles]


def chunks(png):
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    place = 8
    while place < len(png):
        size, kind = struct.unpack_from(">I4s", png, place)
        content = png[place + 8 : place + 8 + size]
        assert struct.unpack_from(">I", png, place + 8 + size)[0] == zlib.crc32(kind + content)
        yield kind, content
        place += 12 + size


@pytest.mark.parametrize("painter", PAINTERS)
@pytest.mark.parametrize("seed", range(4))
def test_every_pixel_has_a_colour_and_the_png_holds_them(painter, seed):
    """The PNG's chunks are right, its rows are the picture's, and every pixel is in the palette."""
    picture = painter(Random(seed), WIDTH, HEIGHT)
    parts = dict(chunks(picture.png()))
    assert struct.unpack(">IIBBBBB", parts[b"IHDR"]) == (WIDTH, HEIGHT, 8, 3, 0, 0, 0)
    rows = zlib.decompress(parts[b"IDAT"])
    assert b"".join(rows[y * (WIDTH + 1) + 1 : (y + 1) * (WIDTH + 1)] for y in range(HEIGHT)) == picture.pixels
    assert max(picture.pixels) < len(picture.palette) == len(parts[b"PLTE"]) // 3 <= 256
    assert all(0 <= part <= 255 for colour in picture.palette for part in colour)


@pytest.mark.parametrize("painter", PAINTERS)
def test_pictures_differ_by_seed_and_only_by_seed(painter):
    """The same seed paints the same picture, other seeds others, and none is nearly one colour."""
    pictures = [painter(Random(seed), WIDTH, HEIGHT) for seed in (1, 1, 2)]
    assert pictures[0] == pictures[1] != pictures[2]
    for picture in pictures:
        assert max(picture.pixels.count(tone) for tone in set(picture.pixels)) < 0.7 * WIDTH * HEIGHT


def unpacked(data):
    """GIF's LZW, the other way round, written from the standard's words and not from the encoder."""
    table, width, bits, held, out, before = {}, 9, 0, 0, bytearray(), None
    for byte in data:
        held |= byte << bits
        bits += 8
        while bits >= width:
            code, held, bits = held & ((1 << width) - 1), held >> width, bits - width
            if code == 257:
                return bytes(out)
            if code == 256:
                table, width, before = {n: bytes((n,)) for n in range(256)}, 9, None
                continue
            word = table[code] if code in table else before + before[:1]
            out += word
            if before is not None and len(table) + 2 < 4096:
                table[len(table) + 2] = before + word[:1]
                if len(table) + 2 == 1 << width and width < 12:
                    width += 1
            before = word
    raise AssertionError("no end code")


@pytest.mark.parametrize("noisy", [False, True])
def test_the_gif_holds_the_pixels_of_every_frame(noisy):
    """Every frame unpacks to the picture, also when the table of codes overflows."""
    picture = flow(Random(3), 192, 128)
    if noisy:
        picture = type(picture)(192, 128, Random(1).randbytes(192 * 128), picture.palette)
    gif = picture.looping_gif(frames=3, frame_s=0.08)
    assert gif[:6] == b"GIF89a" and gif[-1:] == b"\x3b"
    assert struct.unpack_from("<HH", gif, 6) == (192, 128)
    place, frames = 13 + 19, []
    for _ in range(3):
        assert gif[place : place + 4] == b"\x21\xf9\x04\x04" and gif[place + 8] == 0x2C
        palette = gif[place + 18 : place + 18 + 768]
        place += 18 + 768 + 1
        data = b""
        while gif[place]:
            data += gif[place + 1 : place + 1 + gif[place]]
            place += 1 + gif[place]
        place += 1
        frames.append((unpacked(data), palette))
    assert {pixels for pixels, _ in frames} == {picture.pixels}
    assert len({palette for _, palette in frames}) == 3
    assert place == len(gif) - 1


def test_a_gradient_meets_its_stops():
    """First and last colours are exact, those between are between."""
    assert gradient([(0.0, (0, 0, 0)), (0.5, (100, 0, 0)), (1.0, (100, 200, 50))], 5) == (
        (0, 0, 0),
        (50, 0, 0),
        (100, 0, 0),
        (100, 100, 25),
        (100, 200, 50),
    )


@pytest.mark.parametrize(
    ("kind", "media_type", "start"),
    [
        (OutputKind.IMAGE, "image/png", b"\x89PNG"),
        (OutputKind.LOOP, "image/gif", b"GIF89a"),
        (OutputKind.TEXT, "text/plain; charset=utf-8", b""),
        (OutputKind.JSON, "application/json", b"{"),
    ],
)
def test_each_kind_of_output_has_its_type_and_follows_its_run(kind, media_type, start):
    """The content begins as its type does, is stable for one run, and differs between runs and files."""
    webhook = SimWebhook("wh_a", "A", Durations(1.0, 1.0), output=kind)
    planner = Planner(webhook, seed=1)
    one, other = (planner.plan({"prompt": prompt}, 0.0) for prompt in ("A fox in the snow", "An owl at night"))
    content, told = made(webhook, one, one.files[0])
    assert told == media_type and content.startswith(start)
    assert made(webhook, one, one.files[0])[0] == content
    assert made(webhook, other, other.files[0])[0] != content
    if kind in (OutputKind.TEXT, OutputKind.JSON):
        assert b"fox in the snow" in content
