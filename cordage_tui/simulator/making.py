"""What a completed run made: the bytes of one output, always the same for the same run and name."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from random import Random

from cordage_tui.simulator import captions
from cordage_tui.simulator.pictures.landscape import mountains
from cordage_tui.simulator.pictures.mood import Mood, mood_of
from cordage_tui.simulator.pictures.patterns import flow, tiles
from cordage_tui.simulator.pictures.picture import Picture
from cordage_tui.simulator.pictures.portrait import portrait
from cordage_tui.simulator.pictures.pottery import still_life
from cordage_tui.simulator.pictures.style import styled
from cordage_tui.simulator.runs import SimRun
from cordage_tui.simulator.webhooks import PainterKind, SimWebhook

SIZES = {"3:2": (768, 512), "1:1": (640, 640), "16:9": (864, 486)}
"""Width and height in pixels, by what the input `ratio` says."""
WIDTH, HEIGHT = SIZES["3:2"]
"""Of a still picture that no ratio is asked for."""
LOOP_WIDTH, LOOP_HEIGHT = 288, 192
_FRAMES = 24
_PAINTERS: dict[PainterKind, Callable[[Random, int, int, Mood], Picture]] = {
    PainterKind.MOUNTAINS: mountains,
    PainterKind.PORTRAIT: portrait,
    PainterKind.STILL_LIFE: still_life,
    PainterKind.FLOW: flow,
    PainterKind.TILES: tiles,
}


def made(webhook: SimWebhook, run: SimRun, name: str) -> tuple[bytes, str]:
    """The content of one output of `run` and its media type, told by its name."""
    prompt = _whole(str(run.inputs.get("prompt", "")))
    others = tuple(_whole(value) for key, value in run.inputs.items() if key != "prompt" and isinstance(value, str))
    seed = f"{prompt}/{run.run_id}/{name}"
    match name.rpartition(".")[2]:
        case "png":
            size = SIZES.get(str(run.inputs.get("ratio")), (WIDTH, HEIGHT))
            return _image(webhook.scene, seed, prompt, others, size), "image/png"
        case "gif":
            return _loop(seed, prompt, 24 if run.inputs.get("fps") == 24 else 12), "image/gif"
        case "txt":
            return captions.text(prompt, others, Random(seed)).encode(), "text/plain; charset=utf-8"
        case _:
            found = captions.data(prompt, others, Random(seed))
            return json.dumps(found, indent=2, ensure_ascii=False).encode(), "application/json"


def _whole(text: str) -> str:
    """JSON may hold halves of characters, which are no text."""
    return text.encode("utf-8", "replace").decode()


@lru_cache(maxsize=48)
def _image(scene: PainterKind, seed: str, prompt: str, others: tuple[str, ...], size: tuple[int, int]) -> bytes:
    """Runs with the same subject are composed alike, so that pictures of a batch differ as their words do; several pictures
    of one run are not."""
    mood, rng = mood_of(prompt, *others), Random(seed)
    mood = replace(mood, subject=f"{mood.subject}/{seed.rpartition('/')[2]}")
    return styled(_PAINTERS[scene](rng, *size, mood), rng, mood).png()


@lru_cache(maxsize=4)
def _loop(seed: str, prompt: str, frames_per_s: int) -> bytes:
    return flow(Random(seed), LOOP_WIDTH, LOOP_HEIGHT, mood_of(prompt)).looping_gif(_FRAMES, 1 / frames_per_s)
