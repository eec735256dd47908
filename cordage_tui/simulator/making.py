"""What a completed run made: the bytes of one output, always the same for the same run and name."""

import json
from collections.abc import Callable
from functools import lru_cache
from random import Random

from cordage_tui.simulator.pictures.figures import portrait, still_life
from cordage_tui.simulator.pictures.landscape import mountains
from cordage_tui.simulator.pictures.patterns import flow, tiles
from cordage_tui.simulator.pictures.picture import Picture
from cordage_tui.simulator.runs import SimRun
from cordage_tui.simulator.webhooks import OutputKind, Scene, SimWebhook

WIDTH, HEIGHT = 384, 256
"""Of a still picture, in pixels; a loop has half of each."""
_FRAMES, _FRAME_S = 24, 0.08
_PAINTERS: dict[Scene, Callable[[Random, int, int], Picture]] = {
    Scene.MOUNTAINS: mountains,
    Scene.PORTRAIT: portrait,
    Scene.STILL_LIFE: still_life,
    Scene.FLOW: flow,
    Scene.TILES: tiles,
}
_OPENINGS = ("A quiet picture of", "We see", "In the middle of the frame,", "Soft light falls on")
_CLOSINGS = (
    "The mood is calm and a little nostalgic.",
    "The eye rests on the left third.",
    "Nothing in it is in a hurry.",
)


def made(webhook: SimWebhook, run: SimRun, name: str) -> tuple[bytes, str]:
    """The content of one output of `run` and its media type."""
    prompt = str(run.inputs.get("prompt", ""))
    seed = f"{prompt}/{run.run_id}/{name}"
    match webhook.output:
        case OutputKind.IMAGE:
            return _image(webhook.scene, seed), "image/png"
        case OutputKind.LOOP:
            return _loop(seed), "image/gif"
        case OutputKind.TEXT:
            return _caption(prompt, Random(seed)).encode(), "text/plain; charset=utf-8"
        case OutputKind.JSON:
            words = sorted({word.strip(".,").lower() for word in prompt.split() if len(word) > 3})
            found = {"caption": _caption(prompt, Random(seed)), "keywords": words, "confidence": 0.87}
            return json.dumps(found, indent=2, ensure_ascii=False).encode(), "application/json"


def _caption(prompt: str, rng: Random) -> str:
    subject = prompt.strip().rstrip(".") or "something that nobody described"
    return f"{rng.choice(_OPENINGS)} {subject[:1].lower()}{subject[1:]}. {rng.choice(_CLOSINGS)}\n"


@lru_cache(maxsize=64)
def _image(scene: Scene, seed: str) -> bytes:
    return _PAINTERS[scene](Random(seed), WIDTH, HEIGHT).png()


@lru_cache(maxsize=8)
def _loop(seed: str) -> bytes:
    return flow(Random(seed), WIDTH // 2, HEIGHT // 2).looping_gif(_FRAMES, _FRAME_S)
