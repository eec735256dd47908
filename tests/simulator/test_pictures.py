"""Pictures are valid files, the same for the same seed, and not blank."""

import struct
import zlib
from pathlib import Path
from random import Random

import pytest

from cordage_tui.simulator import demo
from cordage_tui.simulator.painting import canvas
from cordage_tui.simulator.painting.canvas import Canvas, Layer, flow, load_layer
from cordage_tui.simulator.painting.picture import Picture, decoded, gradient
from cordage_tui.simulator.painting.prompt_style import Hour, mood_of, styled
from cordage_tui.simulator.painting.scenes import landscape, portrait, still_life
from cordage_tui.simulator.storage import HEIGHT, SIZES, WIDTH, output_content
from cordage_tui.simulator.webhooks import Durations, OutputKind, PainterKind, SimWebhook
from cordage_tui.simulator.world import Planner

PAINTERS = [landscape, portrait, still_life, flow]
LAYERS = sorted(path.stem for path in (Path(canvas.__file__).parent / "images").glob("*.png"))
PROMPTS = [
    "",
    "A lighthouse by the sea in a storm at night",
    "Three red vases and an old sailor with a scarf in a snowy forest at noon",
    "Astronaut, teapot, candle, planter, mug, city, fox, owl, deer, castle, house, geese, canoe: foggy desert dunes at dawn",
    "Volcano, boat, acacia, bokeh window, beekeeper, two blue and gold bottles, dark",
]


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
@pytest.mark.parametrize("prompt", PROMPTS)
def test_every_pixel_has_a_colour_and_the_png_holds_them(painter, prompt):
    """For every request the PNG is valid, its rows equal the picture's, and every pixel is in the palette."""
    picture = painter(Random(prompt), WIDTH, HEIGHT, mood_of(prompt))
    parts = dict(chunks(picture.png()))
    assert struct.unpack(">IIBBBBB", parts[b"IHDR"]) == (WIDTH, HEIGHT, 8, 3, 0, 0, 0)
    rows = zlib.decompress(parts[b"IDAT"])
    assert b"".join(rows[y * (WIDTH + 1) + 1 : (y + 1) * (WIDTH + 1)] for y in range(HEIGHT)) == picture.pixels
    assert max(picture.pixels) < len(picture.palette) == len(parts[b"PLTE"]) // 3 <= 256
    assert all(0 <= part <= 255 for colour in picture.palette for part in colour)


@pytest.mark.parametrize("painter", PAINTERS)
def test_pictures_differ_by_seed_and_only_by_seed(painter):
    """The same seed paints the same picture, other seeds others, and none is nearly one colour."""
    pictures = [painter(Random(seed), WIDTH, HEIGHT, mood_of("A fox at dusk")) for seed in (1, 1, 2)]
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
    picture = flow(Random(3), 192, 128, mood_of(""))
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
    content, told = output_content(webhook, one, one.files[0])
    assert told == media_type and content.startswith(start)
    assert output_content(webhook, one, one.files[0])[0] == content
    assert output_content(webhook, other, other.files[0])[0] != content
    if kind in (OutputKind.TEXT, OutputKind.JSON):
        assert b"fox in the snow" in content


def _mean(png: bytes) -> tuple[float, float, float]:
    parts = dict(chunks(png))
    width = struct.unpack(">I", parts[b"IHDR"][:4])[0]
    rows = zlib.decompress(parts[b"IDAT"])
    pixels = b"".join(rows[start + 1 : start + 1 + width] for start in range(0, len(rows), width + 1))
    palette = parts[b"PLTE"]
    counts = [pixels.count(tone) for tone in range(len(palette) // 3)]
    red, green, blue = (
        sum(count * palette[3 * tone + part] for tone, count in enumerate(counts)) / len(pixels) for part in range(3)
    )
    return red, green, blue


def _painted(scene: PainterKind, prompt: str, **inputs: str) -> bytes:
    webhook = SimWebhook("wh_a", "A", Durations(1.0, 1.0), scene=scene)
    run = Planner(webhook, seed=1).plan({"prompt": prompt, **inputs}, 0.0)
    return output_content(webhook, run, run.files[0])[0]


@pytest.mark.parametrize(
    "scene", [PainterKind.MOUNTAINS, PainterKind.STILL_LIFE, PainterKind.PORTRAIT, PainterKind.FLOW]
)
def test_colour_words_are_seen(scene):
    """A prompt with red is redder than the same with blue, and the other way round."""
    red, blue = (_mean(_painted(scene, f"A {word} boat and a {word} scarf")) for word in ("red", "blue"))
    assert red[0] > blue[0] and blue[2] > red[2]


def test_hours_are_seen():
    """Night is darkest and noon brightest."""
    night, dusk, noon = (
        sum(_mean(_painted(PainterKind.MOUNTAINS, f"A fox at {hour}"))) for hour in ("night", "dusk", "noon")
    )
    assert night < dusk < noon


def test_of_a_batch_the_subject_stays_and_the_light_changes():
    """Prompts that differ in light, weather and colour only have one subject, which alone decides the composition."""
    moods = [mood_of(f"A fox in the {weather} at {hour}") for weather in ("snow", "fog") for hour in ("dawn", "night")]
    assert {mood.subject for mood in moods} == {"fox"}
    assert [mood.hour for mood in moods] == [Hour.DAWN, Hour.NIGHT] * 2
    assert moods[0].has("snow") and moods[2].has("fog") and not moods[2].has("snow")
    assert mood_of("An owl").subject != "fox"


def test_words_are_understood_with_their_kin_and_in_the_plural():
    """Geese are birds, a misty lake is water in the fog; colours of other inputs are not the subject's."""
    mood = mood_of("Geese over misty lakes, deep blue and Copper", "white", "golden hour")
    assert mood.has("birds") and mood.has("fog") and mood.has("water") and mood.has("white")
    assert len(mood.tints) == 2 and mood.tints == mood_of("blue copper").tints


@pytest.mark.parametrize(("ratio", "size"), SIZES.items())
def test_a_ratio_is_the_size_of_the_picture(ratio, size):
    """Each ratio of the demo's webhook gives the picture its size."""
    parts = dict(chunks(_painted(PainterKind.MOUNTAINS, "A fox", ratio=ratio)))
    assert struct.unpack(">II", parts[b"IHDR"][:8]) == size


@pytest.mark.parametrize("style", ["painterly", "anime", "charcoal", "film", "studio"])
def test_styles_change_the_picture_and_not_its_size(style):
    """A style changes a picture but not its size, and without a style the picture is unchanged."""
    picture = landscape(Random(1), 96, 64, mood_of("A fox"))
    assert styled(picture, Random(1), mood_of("A fox")) is picture
    other = styled(picture, Random(1), mood_of("A fox", style))
    assert (other.palette, other.pixels) != (picture.palette, picture.pixels)
    assert (other.width, other.height, len(other.pixels)) == (96, 64, 96 * 64)


def test_every_prompt_of_the_demo_can_be_painted():
    """Every prompt of the demo can be painted by the painter of its webhook."""
    painted = [
        (landscape, demo.SUNSET),
        (portrait, demo.PORTRAIT),
        (still_life, demo.PRODUCT),
        (flow, demo.LOOP),
    ]
    for painter, texts in painted:
        for text in texts:
            picture = painter(Random(text), 96, 64, mood_of(text))
            assert isinstance(picture, Picture) and max(picture.pixels) < len(picture.palette) <= 256


def unfiltered(name):
    """The pixels of a shipped layer, by the PNG standard's own words for filter 2, byte by byte."""
    parts = dict(chunks((Path(canvas.__file__).parent / "images" / f"{name}.png").read_bytes()))
    width, height = struct.unpack(">II", parts[b"IHDR"][:8])
    raw, above, rows = zlib.decompress(parts[b"IDAT"]), bytes(width), []
    for start in range(0, len(raw), width + 1):
        assert raw[start] == 2
        above = bytes((x + b) % 256 for x, b in zip(raw[start + 1 : start + 1 + width], above, strict=True))
        rows.append(above)
    assert len(rows) == height
    return tuple(rows)


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_has_only_tones_of_its_materials(name):
    """Every layer is a PNG that can be read, and no pixel is of a tone that none of its materials has."""
    layer = load_layer(name)
    assert layer.rows == unfiltered(name)
    assert max(map(max, layer.rows)) <= sum(tones for _, tones in layer.materials) <= 255


def test_the_layers_are_small():
    """All of them together: they are part of the package."""
    assert sum(path.stat().st_size for path in (Path(canvas.__file__).parent / "images").iterdir()) <= 500_000


def test_a_smooth_shade_has_no_bands():
    """Grain gives about half of the pixels the next tone of the same ramp, never beyond its end.

    Without grain the pixels stay unchanged.
    """
    layer = Layer(864, 512, 0, 0, (("even", 3), ("rough", 4)), (bytes((1, 3, 4, 5, 7, 4)) * 144,) * 512)
    colours = {name: ((0.0, (0, 0, 0)), (1.0, (start, 200, 200))) for name, start in (("even", 90), ("rough", 180))}
    plain, grained = Canvas(), Canvas()
    plain.place(layer, colours)
    grained.place(layer, colours, grain=True)
    one, other = (canvas.picture(864, 512, Random(1)) for canvas in (plain, grained))
    assert one.pixels[:6] == bytes((0, 2, 3, 4, 6, 3)) and set(one.pixels) == {0, 2, 3, 4, 6}
    assert {other.pixels[1::6], other.pixels[4::6]} == {bytes((2,)) * 73728, bytes((6,)) * 73728}
    for place, tone in ((0, 0), (2, 3), (3, 4), (5, 3)):
        tones = other.pixels[place::6]
        assert set(tones) == {tone, tone + 1} and 0.49 < tones.count(tone) / len(tones) < 0.51


def test_a_material_without_a_colour_is_transparent():
    """A material without a colour is transparent, such as an unlit lamp: the layer below it shows."""
    behind = Layer(864, 512, 0, 0, (("sky", 1),), (bytes((1,)) * 864,) * 512)
    front = Layer(3, 1, 10, 20, (("ink", 1), ("beam", 1)), (bytes((1, 0, 2)),))
    canvas = Canvas()
    canvas.place(behind, {"sky": ((0.0, (1, 2, 3)),)})
    canvas.place(front, {"ink": ((0.0, (9, 9, 9)),)})
    assert [canvas.colour_at(x, 20) for x in (9, 10, 11, 12)] == [(1, 2, 3), (9, 9, 9), (1, 2, 3), (1, 2, 3)]


def test_a_webhook_with_another_kind_has_it_last():
    """A text and its JSON, a loop and its still."""
    webhook = SimWebhook("wh_a", "A", Durations(1.0, 1.0), output=OutputKind.TEXT, also=OutputKind.JSON)
    run = Planner(webhook, seed=1).plan({"prompt": "A fox"}, 0.0)
    assert run.files == ("text_001.txt", "data_002.json")
    assert [output_content(webhook, run, name)[1] for name in run.files] == [
        "text/plain; charset=utf-8",
        "application/json",
    ]


@pytest.mark.parametrize("source", [landscape, portrait, still_life])
@pytest.mark.parametrize("prompt", PROMPTS)
def test_a_still_life_has_a_poster_on_its_wall(source, prompt):
    """All colours of a still life and of its poster fit into the picture, and the poster is decoded unchanged."""
    mood = mood_of(prompt)
    poster = source(Random(prompt), WIDTH, HEIGHT, mood)
    assert decoded(poster.png()) == poster
    plain, hung = (still_life(Random(prompt), WIDTH, HEIGHT, mood, hung_poster) for hung_poster in (None, poster))
    assert hung != plain and max(hung.pixels) < len(hung.palette) <= 256
    shown = {hung.palette[pixel] for pixel in hung.pixels}
    assert len(shown & {poster.palette[pixel] for pixel in poster.pixels}) >= 5
