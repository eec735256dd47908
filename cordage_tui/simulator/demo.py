"""Webhooks and history of the demo."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from random import Random

from cordage_tui.simulator.webhooks import Durations, Inputs, OutputKind, PainterKind, SimWebhook
from cordage_tui.simulator.world import Clock, Options, PlannedOutcome, SimulatedWorkspace, token

# Sample prompts, and errors of failed nodes.

SUNSET = (
    "A beautiful sunset over mountains",
    "Last light on a ridge line, mist in the valleys, telephoto",
    "Alpine lake at dusk, glassy water, a single canoe",
    "The desert five minutes after sundown, violet dunes",
    "Golden hour in the Dolomites, pink rock, long shadows",
    "Storm clearing over the Highlands, one beam of sun on heather",
    "Low winter sun behind pine ridges, cold blue haze",
    "Terraced rice fields reflecting an orange sky",
    "Smoky autumn evening above a river bend, geese in a line",
    "Volcano silhouette against a green-gold sky, thin moon",
    "Sea of clouds from a mountain hut, first stars out",
    "Rolling Tuscan hills in late sun, cypress row, painterly",
    "Sunset through wildfire smoke, red disc, layered hills",
    "Arctic twilight, snow ridges in lilac and peach",
    "Savanna dusk, acacia silhouettes, dust in the air",
    "Patagonian peaks on fire at sunrise, wind-torn clouds",
)
PORTRAIT = (
    "An old sailor looking out to sea, weathered face, soft window light",
    "Young violinist before the concert, backlit, shallow focus",
    "A baker at four in the morning, flour on her hands",
    "Portrait of a chess player thinking, side light, 85 mm",
    "Grandmother laughing at the kitchen table, warm tungsten light",
    "A mechanic with oil on his cheek, blue hour through the garage door",
    "Woman in a red scarf on an empty train platform, fog",
    "Beekeeper lifting her veil, late afternoon, bokeh of clover",
    "Double exposure of a profile and a birch forest",
    "A boy with a paper boat, overcast, muted colours",
    "Lighthouse keeper in a wool sweater, rim light, grain",
    "Ballet dancer resting in the wings, dust in the spotlight",
    "Astronaut without a helmet, reflections of Earth, calm",
    "Street musician at night, neon from the left, rain",
)
PRODUCT = (
    "Stoneware vase on linen, north light, muted palette",
    "Three ceramic pots on an oak table, soft shadow to the right",
    "Hand-thrown teapot, celadon glaze, seamless sand backdrop",
    "Olive oil bottle, low sun, long shadow, rosemary sprig",
    "Terracotta planter set for the spring catalogue, square crop",
    "Perfume flask on travertine, hard light, warm beige",
    "Espresso cup and saucer, matte black, steam, top third empty",
    "Candle in amber glass, evening mood, walnut shelf",
    "Porcelain bowl with a gold repair line, dark background",
    "Set of two carafes, pastel wall, no props",
    "Moisturiser jar, wet pebbles, cool light, room for text on the left",
    "Enamel mug on a tailgate, campfire behind, out of focus",
)
LOOP = (
    "Slow silk in deep blue and copper, seamless, 4 s",
    "Ink dropping into milk, top view, endless loop",
    "Northern lights breathing over black water",
    "Lava lamp, but as an oil painting",
    "Drone shot over a salt lake at noon, pink and white, loop without a cut",
    "Marble veins drifting like weather",
    "Desert wind drawing lines in sand, time lapse",
    "A curtain of rain lit from behind, slow motion",
    "Petrol on wet asphalt, colours turning",
    "Fog rolling through a forest, dawn, locked camera",
)
CAPTION = (
    "Two children racing paper boats in a gutter after rain",
    "An empty diner at night with one waiter polishing glasses",
    "A red bicycle leaning on a yellow wall in Lisbon",
    "Market stall with pyramids of oranges, seller asleep",
    "A dog looking out of a camper van on a coast road",
    "Hands kneading dough, flour in the air",
    "Snowed-in village with one lit window",
    "A heron standing in a canal between parked cars",
    "Rooftop garden with laundry and a city behind it",
    "An umbrella turned inside out on a windy pier",
    "Chess players in a park, one of them standing",
    "A lighthouse in a storm, seen from a kitchen",
)

PICTURE_REASONS = (
    "Node 'Upscale 4x' failed: CUDA out of memory (tried to allocate 2.40 GiB)",
    "Node 'Text to image' failed: the prompt was refused by the content filter",
    "Node 'Text to image' failed: provider timed out after 120 s",
    "Node 'Load style' failed: model 'film-grain-v3' is no longer available",
)
PRODUCT_REASONS = (
    "Node 'Image input' failed: could not fetch image_url (404 Not Found)",
    "Node 'Remove background' failed: no subject found in the picture",
    "Node 'Relight' failed: provider returned 503 Service Unavailable",
)
LOOP_REASONS = (
    "Node 'Text to video' failed: provider returned 503 Service Unavailable",
    "Node 'Close the loop' failed: first and last frame differ too much (0.31 > 0.12)",
    "Node 'Encode' failed: worker was lost, exit code 137",
)
CAPTION_REASONS = (
    "Node 'Language model' failed: answer was cut at 1024 tokens",
    "Node 'Language model' failed: provider rate limit",
)


# Webhooks of the demo: five workflows of a small studio.

_RATIOS = ["3:2", "1:1", "16:9"]

STUDIO: tuple[SimWebhook, ...] = (
    SimWebhook(
        "sunset",
        "Sunset",
        Durations(min_s=5.0, median_s=12.0, spread=0.35, queue_s=1.5),
        node_count=5,
        failure_rate=0.12,
        reasons=PICTURE_REASONS,
        max_outputs=3,
        scene=PainterKind.MOUNTAINS,
        inputs={"style": ["photorealistic", "painterly", "anime"], "ratio": _RATIOS},
    ),
    SimWebhook(
        "portrait",
        "Portrait",
        Durations(min_s=8.0, median_s=18.0, spread=0.3, queue_s=2.5),
        node_count=8,
        failure_rate=0.12,
        reasons=PICTURE_REASONS,
        max_outputs=2,
        scene=PainterKind.PORTRAIT,
        inputs={"style": ["film", "studio", "charcoal"], "seed": 7},
    ),
    SimWebhook(
        "product",
        "Product shots",
        Durations(min_s=10.0, median_s=25.0, spread=0.3, queue_s=3.0),
        node_count=11,
        failure_rate=0.15,
        reasons=PRODUCT_REASONS,
        max_outputs=4,
        scene=PainterKind.STILL_LIFE,
        inputs={"image_url": "", "background": ["sand", "white", "slate"]},
    ),
    SimWebhook(
        "loop",
        "Video loop",
        Durations(min_s=25.0, median_s=45.0, spread=0.25, queue_s=6.0),
        node_count=9,
        failure_rate=0.18,
        reasons=LOOP_REASONS,
        output=OutputKind.LOOP,
        also=OutputKind.IMAGE,
        scene=PainterKind.FLOW,
        inputs={"seconds": 4, "fps": [12, 24]},
    ),
    SimWebhook(
        "caption",
        "Caption",
        Durations(min_s=2.0, median_s=4.0, spread=0.3, queue_s=0.5),
        node_count=3,
        failure_rate=0.08,
        reasons=CAPTION_REASONS,
        output=OutputKind.TEXT,
        also=OutputKind.JSON,
        inputs={"tone": ["plain", "poetic"]},
    ),
)
"""Webhooks with names in place of keys; `demo_world` makes the keys."""

PROMPTS: Mapping[str, Sequence[str]] = {
    "Sunset": SUNSET,
    "Portrait": PORTRAIT,
    "Product shots": PRODUCT,
    "Video loop": LOOP,
    "Caption": CAPTION,
}
"""Sample prompts by name of the webhook."""


# Workspace of the demo: three days of history and a few active runs.

_PAST_RUNS = 120
_PAST_S = 3 * 86_400.0
_QUIET_S = 150.0
"""Least age of past runs in seconds, so that none is still running."""
_UNDER_WAY = ((3.0, 22.0), (9.0, 26.0), (1.0, 34.0), (15.0, 48.0))
"""Active runs at the start: age and total duration, in seconds."""

_SEED = 20_240_115


def demo_world(clock: Clock = time.time, seed: int = _SEED) -> SimulatedWorkspace:
    """Create the demo's workspace as of `clock()`. The same seed and time give the same workspace."""
    webhooks = [replace(webhook, key="wh_" + token(f"{seed}/{webhook.key}", 12)) for webhook in STUDIO]
    world = SimulatedWorkspace(webhooks, clock, seed=seed, options=Options(latency_s=(0.02, 0.12)))
    rng = Random(f"{seed}/history")
    now = clock()
    _add_history(world, rng, now)
    for place, (age_s, whole_s) in enumerate(_UNDER_WAY):
        webhook = webhooks[place % 4]
        world.fate(webhook.key, PlannedOutcome(whole_s, outputs=webhook.max_outputs))
        world.trigger(webhook.key, _inputs(webhook, rng), now - age_s)
    return world


# Rated batch of the demo: only the light from one side has a real effect.

LIGHTS = ("neon from the left", "soft window light", "hard noon sun")
STYLES = ("film", "studio", "charcoal")
_SEEDS = range(1, 9)
_BATCH_AGE_S = 26 * 3_600.0
_TAKEN_S = 2.0
"""Seconds between two runs of the batch."""
_KEPT = (0.75, 0.15, 0.15)
"""Share that is kept of each light."""
_JUDGED = 0.9


@dataclass(frozen=True, slots=True)
class JudgedBatch:
    """Past batch with the decisions on its pictures."""

    webhook_key: str
    created_at: float
    title: str
    """Prompt as it was written."""
    inputs: Inputs
    """As they were written."""
    axes: tuple[tuple[str, tuple[str, ...]], ...]
    run_ids: tuple[str, ...]
    """Its runs, in the order of the axes."""
    verdicts: Mapping[str, bool]
    """Run id → whether its first picture was kept; undecided runs are missing."""


def judged_batch(world: SimulatedWorkspace, seed: int = _SEED) -> JudgedBatch:
    """Add a judged batch to the history of the demo's workspace."""
    webhook, rng = world.webhooks[1], Random(f"{seed}/judged")
    created_at = world.clock() - _BATCH_AGE_S
    runs, verdicts = [], {}
    for place, (light, style, number) in enumerate(product(LIGHTS, STYLES, _SEEDS)):
        world.fate(webhook.key, PlannedOutcome(webhook.durations.draw(rng), outputs=webhook.max_outputs))
        inputs: Inputs = {"prompt": f"Street musician at night, {light}, rain", "style": style, "seed": number}
        run = world.trigger(webhook.key, inputs, created_at + _TAKEN_S * place)
        runs.append(run.run_id)
        if rng.random() < _JUDGED:
            verdicts[run.run_id] = rng.random() < _KEPT[LIGHTS.index(light)]
    title = f"Street musician at night, {{{'|'.join(LIGHTS)}}}, rain"
    prompt = f"{title}\nstyle={{{','.join(STYLES)}}}\nseed=1..8"
    axes = ("prompt", LIGHTS), ("style", STYLES), ("seed", tuple(map(str, _SEEDS)))
    return JudgedBatch(webhook.key, created_at, title, {"prompt": prompt}, axes, tuple(runs), verdicts)


def _add_history(world: SimulatedWorkspace, rng: Random, now: float) -> None:
    """Add past runs in bursts of one to four on the same webhook, as people work."""
    times = sorted(now - _QUIET_S - _PAST_S * rng.random() ** 1.6 for _ in range(_PAST_RUNS))
    webhook, left = world.webhooks[0], 0
    for created_at in times:
        if left == 0:
            webhook = rng.choices(world.webhooks, weights=(5, 4, 3, 2, 3))[0]
            left = rng.randint(1, 4)
        left -= 1
        run = world.trigger(webhook.key, _inputs(webhook, rng), created_at)
        if rng.random() < 0.05:
            world.kill(webhook.key, run.run_id, at=created_at + (run.ends_at - created_at) * rng.uniform(0.2, 0.9))


def _inputs(webhook: SimWebhook, rng: Random) -> Inputs:
    chosen: Inputs = {
        name: rng.choice(offered) if isinstance(offered, list) else offered
        for name, offered in webhook.inputs.items()
        if offered != "" and rng.random() < 0.7
    }
    return {"prompt": rng.choice(PROMPTS[webhook.name]), **chosen}
