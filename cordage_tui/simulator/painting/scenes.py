"""Scenes of the sample images: the layers that a prompt asks for, and their colours."""

from collections.abc import Mapping
from random import Random

from cordage_tui.simulator.painting.canvas import HEIGHT, WIDTH, Canvas, Layer, load_layer
from cordage_tui.simulator.painting.picture import Colour, Picture, Stops, mix
from cordage_tui.simulator.painting.prompt_style import Hour, Light, Mood, light_of

# Landscapes: a low sun or moon over ridges that fade into the distance.

_SHORE = 287
"""Row of the canvas where water begins."""
_SKIES = {
    "low": ("sky-low-1", "sky-low-2", "sky-low-3"),
    "high": ("sky-high",),
    "night": ("sky-night-1", "sky-night-2"),
    "storm": ("sky-storm",),
}
_THINGS: Mapping[str, tuple[float, ...]] = {
    "city": (0.5,),
    "castle": (0.3, 0.68),
    "lighthouse": (0.3, 0.34),
    "house": (0.34, 0.64),
    "acacia": (0.3, 0.7),
    "oak": (0.3, 0.7),
    "canoe": (0.36, 0.6),
    "boat": (0.36, 0.6),
    "deer": (0.36, 0.62),
    "fox": (0.4, 0.6),
    "owl": (0.36, 0.6),
    "birds": (0.4, 0.6),
}
"""Silhouettes that a prompt may name, and where across the canvas each may be."""
_ON_LAND = ("house", "castle", "lighthouse", "fox", "owl", "deer", "city", "oak", "acacia")
_STEEP = ("peak", "alp", "alpine", "dolomite", "himalaya", "rock", "cliff", "mountain", "snow")
_GENTLE = ("desert", "hill", "tuscan", "highland", "terraced", "meadow", "savanna")
_DESERT: tuple[Colour, Colour] = (226, 158, 104), (70, 34, 40)
_SNOW: Colour = (236, 242, 250)
_BLACK: Colour = (0, 0, 0)


def landscape(rng: Random, width: int, height: int, mood: Mood) -> Picture:
    """Compose sky, ridges or water, silhouettes and weather."""
    form, canvas = Random(mood.subject), Canvas()
    light = light_of(mood, form)
    _place_sky(canvas, rng, mood, light)
    ground = _place_ground(canvas, form, mood, light)
    _place_things(canvas, form, mood, light, ground)
    if mood.has("snow") and not mood.has("desert", "clear"):
        canvas.place(load_layer("snowfall"), {"snow": ((0.0, mix(_SNOW, light.sky[3], 0.15)),)})
    if mood.has("storm"):
        canvas.place(load_layer("rain"), {"rain": ((0.0, mix(light.sky[2], (220, 228, 232), 0.35)),)})
    return canvas.picture(width, height, rng, mirrored=rng.random() < 0.5, aside=rng.uniform(-0.5, 0.5))


def _place_sky(canvas: Canvas, rng: Random, mood: Mood, light: Light) -> None:
    night = mood.hour is Hour.NIGHT
    kind = "night" if night else "storm" if mood.has("storm") else "high" if mood.hour is Hour.DAY else "low"
    sky = tuple((place / 4, colour) for place, colour in enumerate(light.sky))
    sun = ((0.0, light.disc), (1.0, mix(light.disc, light.sky[3], 0.3)))
    canvas.place(load_layer(rng.choice(_SKIES[kind])), {"sky": sky, "sun": sun}, grain=True)
    if night or mood.has("star"):
        star = ((0.0, mix(light.sky[1], (255, 250, 235), 0.35)), (1.0, (255, 252, 240)))
        canvas.place(load_layer("stars"), {"star": star})


def _place_ground(canvas: Canvas, form: Random, mood: Mood, light: Light) -> Layer | None:
    """Place ridges, or water below far ridges; return the layer that silhouettes stand on, None for open water."""
    wet = mood.has("water", "boat", "canoe", "rice") and not {"sea", "cloud"} <= mood.words
    kind = "gentle" if mood.has(*_GENTLE) else "steep" if mood.has(*_STEEP) else form.choice(("gentle", "steep"))
    ground = None
    for depth in range(2 if wet else 4):
        name = f"ridge-{depth}-{kind}-{form.randint(1, 2) if depth < 2 else 1}"
        if mood.has("volcano") and depth == 0:
            name = "ridge-0-volcano"
        elif mood.has("forest") and depth > 1:
            name = f"ridge-{depth}-forest"
        ground = load_layer(name).moved(form.randint(-70, 70), form.randint(-8, 8) - (24 if wet else 0))
        canvas.place(ground, {"ridge": _ridge_colours(mood, light, depth / 3)}, grain=True)
    if not wet:
        return ground
    canvas.reflect(_SHORE, mix(light.sky[0], light.nearest, 0.5), form)
    if not mood.has(*_ON_LAND):
        return None
    bank = load_layer("bank").moved(form.randint(-70, 70), 0)
    canvas.place(bank, {"bank": ((0.0, mix(light.nearest, _BLACK, 0.3)),)})
    return bank


def _place_things(canvas: Canvas, form: Random, mood: Mood, light: Light, ground: Layer | None) -> None:
    """Place the silhouettes that the prompt names, with lamps and beams lit unless it is day or dawn."""
    ink, lamp, beam = mix(light.nearest, _BLACK, 0.45), (255, 214, 130), mix(light.sky[2], (255, 232, 176), 0.5)
    lit = mood.hour in (Hour.NIGHT, Hour.DUSK, None)
    colours: dict[str, Stops] = {"ink": ((0.0, ink),), "eye": ((0.0, lamp),), "lamp": ((0.0, lamp if lit else ink),)}
    if lit:
        colours["beam"] = ((0.0, beam),)
    for name in filter(mood.has, _THINGS):
        x = round(WIDTH * form.choice(_THINGS[name]))
        y = min(480, ground.top(x - 12, x + 12)) if ground else HEIGHT * 4 // 5
        canvas.place(load_layer("tree" if name in ("oak", "acacia") else name).moved(x, y + 2), colours)


def _ridge_colours(mood: Mood, light: Light, depth: float) -> Stops:
    """Gradient of a ridge from its lit crest by way of its shaded crest to the haze at its foot; `depth` 1 is nearest."""
    sky, nearest = light.sky, light.nearest
    night, haze = mood.hour is Hour.NIGHT, 0.5 if mood.has("fog") else 0.0
    crest = mix(mix(sky[3], sky[1], 0.55), nearest, depth**0.8 * (1 - haze * (1 - depth)))
    foot = mix(crest, sky[4 if night else 3], (0.5 + haze) * (1.0 - depth) * 0.8 + 0.03)
    if mood.has("desert"):
        crest = mix(crest, mood.tinted(_DESERT[0 if depth < 0.7 else 1]), 0.4)
    if mood.has("snow") and not mood.has("desert"):
        white = mood.tinted(mix(_SNOW, sky[3], 0.62 if night else 0.3), 0.99, 0.3)
        return (0.0, mix(white, crest, 0.3 * depth)), (0.45, mix(crest, white, 0.3)), (1.0, foot)
    lit = mix(crest, sky[4], 0.26 * (1.0 - depth) + 0.1)
    return (0.0, lit), (0.45, mix(crest, nearest, 0.22)), (1.0, foot)


# Portraits: head and shoulders in a quiet light from the side.

_Room = tuple[Colour, Colour, Colour]
"""Colours of a room: in the dark, in half light, in the light."""
_WALLS: tuple[_Room, ...] = (
    ((34, 46, 64), (104, 140, 150), (244, 214, 170)),
    ((58, 30, 42), (168, 86, 78), (252, 206, 160)),
    ((30, 44, 40), (104, 136, 104), (240, 232, 188)),
    ((44, 38, 70), (128, 112, 168), (248, 210, 214)),
    ((48, 40, 34), (164, 134, 100), (250, 234, 206)),
)
_BLUE_HOUR: _Room = ((12, 16, 34), (36, 58, 104), (122, 150, 190))
_FOGGY: _Room = ((120, 128, 134), (176, 182, 184), (228, 230, 226))
_SKINS: tuple[Colour, ...] = ((240, 200, 170), (226, 176, 140), (198, 142, 106), (152, 100, 72), (106, 70, 54))
_HAIRS: tuple[Colour, ...] = ((44, 32, 30), (84, 56, 40), (150, 106, 64), (28, 28, 34), (120, 62, 40))
_GREY_HAIR: Colour = (206, 204, 200)
_CLOTHS = ((60, 78, 106), (120, 62, 58), (82, 96, 78), (170, 128, 78), (70, 66, 88), (196, 186, 170))
_LIGHTS = ((255, 190, 110), (230, 96, 120), (110, 170, 220))
_WOMEN = ("woman", "girl", "grandmother", "her", "she", "ballet", "dancer", "lady", "queen", "mother")
_MEN = ("man", "boy", "sailor", "grandfather", "his", "he", "king", "keeper")
_BEHIND = {
    "lights": ("bokeh", "neon", "street", "night", "clover", "lantern", "spotlight", "stage", "city", "rain"),
    "window": ("window", "kitchen", "door", "train"),
    "birches": ("forest",),
}
_HATS = {
    "cap": ("sailor", "keeper", "mechanic", "captain", "driver"),
    "straw-hat": ("beekeeper", "gardener", "farmer", "cowboy", "wizard", "hat"),
    "toque": ("baker", "cook", "chef"),
}
"""Layers, and the words that ask for them."""


def portrait(rng: Random, width: int, height: int, mood: Mood) -> Picture:
    """Compose a person from the layers that the prompt asks for: hair, beard, hat, scarf and background."""
    form, canvas = Random(mood.subject), Canvas()
    old = mood.has("old", "grandmother", "grandfather", "elderly")
    woman = mood.has(*_WOMEN) or (not mood.has(*_MEN) and form.random() < 0.5)
    hat = next((name for name, words in _HATS.items() if mood.has(*words)), None)
    colours = _portrait_colours(form, mood, old=old, hat=hat)
    canvas.place(load_layer("wall"), colours, grain=True)
    for name, words in _BEHIND.items():
        if mood.has(*words):
            canvas.place(load_layer(name), colours)
    young = mood.has("boy", "girl", "child", "young", "kid")
    closed = rng.random() < 0.5 or mood.has("laughing", "calm", "resting", "thinking")
    bun = mood.has("grandmother", "ballet", "dancer", "violinist") or len(mood.subject) % 2 == 1
    bearded = mood.has("beard", "bearded", "sailor", "keeper", "viking", "wizard") or (not woman and old)
    names = (
        woman and ("bun" if bun and not young else "long-hair"),
        "body",
        mood.has("scarf", "sailor", "wool", "winter", "snow") and "scarf",
        mood.has("astronaut", "diver", "cosmonaut") and "helmet",
        f"{'woman' if woman else 'man'}-{'closed' if closed else 'open'}",
        bearded and "beard",
        hat,
    )
    x, y = form.randint(-30, 30), form.randint(-6, 10)
    for part in filter(None, names):
        size = "child" if young and part not in ("helmet", "beard", *_HATS) else "adult"
        canvas.place(load_layer(f"{size}-{part}").moved(x, y), colours)
    return canvas.picture(width, height, rng, mirrored=rng.random() < 0.5)


def _portrait_colours(form: Random, mood: Mood, *, old: bool, hat: str | None) -> Mapping[str, Stops]:
    """Colour every material of a portrait; things are lit from one side and dark on the other."""
    dark, half, light = _wall_colours(mood, form)
    skin, hair, lamps = form.choice(_SKINS), form.choice(_HAIRS), mood.tints or _LIGHTS
    hats = {"cap": mood.tinted((44, 54, 78), 0.0, 0.5), "toque": (244, 240, 232)}
    plain_colours: dict[str, Colour] = {
        "trunk": mix((214, 210, 200), half, 0.35),
        "hair": _GREY_HAIR if old else hair,
        "skin": skin,
        "neck": mix(skin, dark, 0.3),
        "cloth": mood.tints[0] if mood.tints else form.choice(_CLOTHS),
        "scarf": mood.tints[0] if mood.tints else (150, 60, 52),
        "shell": (226, 230, 234),
        "visor": (40, 52, 84),
        "hat": hats.get(hat or "", (214, 178, 112)),
    }
    colours: dict[str, Stops] = {
        f"light{place}": ((0.0, mix(half, lamps[place % len(lamps)], 0.42)),) for place in range(3)
    }
    colours["wall"] = (0.0, dark), (0.5, half), (1.0, light)
    colours["pane"] = ((0.0, mix(light, (255, 255, 255), 0.35)),)
    for name, colour in plain_colours.items():
        lit, shadow = mix(colour, mix(light, (255, 255, 255), 0.4), 0.3), mix(dark, _BLACK, 0.4)
        colours[name] = (0.0, lit), (0.3, colour), (0.62, mix(colour, dark, 0.55)), (1.0, mix(colour, shadow, 0.85))
    return colours


def _wall_colours(mood: Mood, form: Random) -> _Room:
    dark, half, light = form.choice(_WALLS)
    if mood.hour is Hour.NIGHT or mood.has("neon", "garage", "astronaut") or {"blue", "hour"} <= mood.words:
        dark, half, light = _BLUE_HOUR
    elif mood.has("fog", "overcast", "snow"):
        dark, half, light = _FOGGY
    return mood.tinted(dark, 0.0, 0.55), mood.tinted(half, 0.5, 0.55), mood.tinted(light, 0.99, 0.35)


# Still lifes: one to three vessels on a table, lit from the left.

_ROOMS: tuple[_Room, ...] = (
    ((58, 62, 70), (150, 148, 142), (236, 228, 212)),
    ((62, 44, 38), (170, 136, 106), (250, 232, 204)),
    ((52, 60, 56), (138, 150, 136), (236, 236, 214)),
    ((66, 52, 64), (170, 142, 150), (248, 226, 220)),
)
_DARK_ROOM: _Room = ((14, 14, 18), (48, 44, 46), (132, 112, 96))
_BACKGROUNDS: Mapping[str, _Room] = {
    "sand": ((120, 92, 66), (214, 184, 144), (250, 232, 202)),
    "white": ((150, 154, 160), (222, 224, 226), (253, 252, 250)),
    "slate": ((26, 32, 40), (74, 86, 100), (150, 164, 176)),
}
_WOODS: Mapping[str, Colour] = {"oak": (172, 126, 82), "walnut": (98, 66, 48), "linen": (214, 204, 186)}
_GLAZES = ((196, 88, 62), (54, 110, 126), (222, 168, 74), (108, 132, 92), (172, 108, 128), (226, 216, 198))
_VESSELS = ("bottle", "carafe", "flask", "teapot", "cup", "mug", "bowl", "jar", "candle", "planter")
"""Vessels that a prompt may name, each a layer; without a name it is one of three vases."""
_TABLE = 338
"""First row of the table on the canvas."""
_POSTER_Y, _POSTER_HEIGHT = 36, 240


def still_life(rng: Random, width: int, height: int, mood: Mood, poster: Picture | None = None) -> Picture:
    """Compose one to three vessels of the kind, the glaze and the room that the prompt asks for.

    If a `poster` hangs on the wall, there is one vessel next to it.
    """
    form, canvas = Random(mood.subject), Canvas()
    room = next((room for name, room in _BACKGROUNDS.items() if name in mood.words), form.choice(_ROOMS))
    dark, half, light = _DARK_ROOM if mood.has("dark", "evening", "night", "campfire", "black") else room
    wood = next((colour for name, colour in _WOODS.items() if mood.has(name)), mix(half, light, 0.4))
    colours: dict[str, Stops] = {
        "wall": ((0.0, mix(dark, half, 0.2)), (0.55, half), (1.0, light)),
        "table": ((0.0, mix(wood, dark, 0.6)), (1.0, mix(wood, light, 0.3))),
        "leaf": ((0.0, (48, 86, 58)), (1.0, (128, 166, 96))),
        "flame": ((0.0, (255, 176, 66)), (1.0, (255, 236, 170))),
    }
    canvas.place(load_layer("room"), colours, grain=True)
    aside = rng.uniform(-0.9, 0.9)
    named = [name for name in _VESSELS if mood.has(name)]
    count = 3 if mood.has("three", "set") and not mood.has("two") else 2 if mood.has("two", "pair") else 1
    if not named and not mood.has("three", "two", "pair", "set", "vase"):
        count = form.randint(1, 3)
    spots = [(place + 1) / (count + 1) for place in range(count)]
    if poster is not None:
        across, left = _POSTER_HEIGHT * poster.width // poster.height, (WIDTH - width) / 2 * (1 + aside)
        canvas.hang(poster, round(left + 0.6 * width - across / 2), _POSTER_Y, across, _POSTER_HEIGHT)
        spots = [0.18]
    glazes = [*mood.tints, *form.sample(_GLAZES, 3)]
    for place, spot in enumerate(spots):
        x = (WIDTH - width) / 2 * (1 + aside) + width * (spot + rng.uniform(-0.02, 0.02))
        y = _TABLE + HEIGHT * (0.13 + 0.05 * ((place * 2) % 3) / 2)
        glaze, ground = glazes[place], canvas.colour_at(round(x) + 100, round(y))
        colours["shadow"] = (0.0, mix(ground, dark, 0.12)), (1.0, mix(ground, dark, 0.72))
        low, high = mix(glaze, dark, 0.8), mix(glaze, light, 0.25)
        colours["glaze"] = (0.0, low), (0.5, mix(glaze, dark, 0.18)), (0.82, high), (1.0, (255, 252, 244))
        name = named[place % len(named)] if named else f"vase-{form.randint(1, 3)}"
        canvas.place(load_layer(name).moved(round(x), round(y)), colours)
    return canvas.picture(width, height, rng, aside=aside)
