"""Signed output files of the simulator."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from random import Random
from urllib.parse import urlencode, urlsplit

from cordage_tui.simulator.http_messages import HttpRequest, HttpResponse
from cordage_tui.simulator.painting.canvas import flow
from cordage_tui.simulator.painting.picture import Picture, decoded
from cordage_tui.simulator.painting.prompt_style import Mood, mood_of, styled
from cordage_tui.simulator.painting.scenes import landscape, portrait, still_life
from cordage_tui.simulator.webhooks import PainterKind, SimWebhook
from cordage_tui.simulator.world import RunStatus, SimRun, SimulatedWorkspace, UnknownResource, token

# Output links: signed URLs with an expiry time on storage's own origin.

_WEEK_S = 7 * 86_400


def link(world: SimulatedWorkspace, run: SimRun, name: str) -> str:
    """Return the URL of an output: freshly signed if links expire, otherwise always the same."""
    lasting_s = world.options.links_last_s
    expires = int(run.ends_at + _WEEK_S if lasting_s is None else world.clock() + lasting_s)
    path = f"/outputs/{run.run_id}/{name}"
    return f"{world.storage_url}{path}?{_signed(world.seed, path, expires)}"


@lru_cache(4_000)
def _signed(seed: int, path: str, expires: int) -> str:
    """Query of a link; each list has the same ones again."""
    return urlencode({"expires": expires, "signature": _signature(seed, path, expires)})


def is_signed(world: SimulatedWorkspace, path: str, query: dict[str, str]) -> bool:
    """Return whether the query has a valid, unexpired signature for `path`."""
    expires = query.get("expires", "")
    if not (expires.isascii() and expires.isdigit() and len(expires) < 16):
        return False
    if query.get("signature") != _signature(world.seed, path, int(expires)):
        return False
    return world.options.links_last_s is None or world.clock() < int(expires)


def _signature(seed: int, path: str, expires: int) -> str:
    return token(f"{seed}/{path}/{expires}", 40)


# Captions.

_OPENINGS = ("A quiet picture of", "We see", "In the middle of the frame,", "Soft light falls on")
_MIDDLES = (
    "The light comes from the left and leaves the far corner to itself.",
    "Nothing in it is in a hurry.",
    "Two thirds of the frame are air, and that is where the story is.",
    "Somebody has just left, or is about to come back.",
    "The colours have been washed a few times and are better for it.",
)
_CLOSINGS = (
    "The mood is calm and a little nostalgic.",
    "The eye rests on the left third.",
    "One would like to know what happens next.",
)
_LINES = (
    ("The hour holds its breath", "and gives it back as light"),
    ("What was loud is far away", "what is near is slow"),
    ("Nobody calls the evening", "it comes and takes a chair"),
    ("A thread of wind, a door", "the kettle thinking aloud"),
)


def text(prompt: str, others: Sequence[str], rng: Random) -> str:
    """Write a caption; with the tone `poetic` followed by verse."""
    first = f"{rng.choice(_OPENINGS)} {_subject(prompt)}."
    if "poetic" in others:
        verses = rng.sample(_LINES, 2)
        return "\n".join((first, "", *verses[0], "", *verses[1])) + "\n"
    return " ".join((first, *rng.sample(_MIDDLES, 2), rng.choice(_CLOSINGS))) + "\n"


def data(prompt: str, others: Sequence[str], rng: Random) -> dict[str, object]:
    """Write a caption with keywords and scores, as JSON."""
    words = sorted({word.strip(".,").lower() for word in prompt.split() if len(word.strip(".,")) > 3})
    mood = mood_of(prompt, *others)
    return {
        "caption": text(prompt, (), rng).strip(),
        "keywords": words,
        "colours": ["#{:02x}{:02x}{:02x}".format(*tint) for tint in mood.tints],
        "time_of_day": mood.hour,
        "scores": {"aesthetic": round(rng.uniform(5.2, 7.9), 2), "confidence": round(rng.uniform(0.71, 0.98), 2)},
    }


def _subject(prompt: str) -> str:
    subject = prompt.strip().rstrip(".") or "something that nobody described"
    return f"{subject[:1].lower()}{subject[1:]}"


# Output files: always the same for the same run and name.

SIZES = {"3:2": (768, 512), "1:1": (512, 512), "16:9": (864, 486)}
"""Width and height in pixels, by the input `ratio`."""
WIDTH, HEIGHT = SIZES["3:2"]
"""Size of a still picture without `ratio`."""
LOOP_WIDTH, LOOP_HEIGHT = 288, 192
_FRAMES = 24
_PAINTERS: dict[PainterKind, Callable[[Random, int, int, Mood], Picture]] = {
    PainterKind.MOUNTAINS: landscape,
    PainterKind.PORTRAIT: portrait,
    PainterKind.STILL_LIFE: still_life,
    PainterKind.FLOW: flow,
}


def output_content(webhook: SimWebhook, run: SimRun, name: str, poster: bytes | None = None) -> tuple[bytes, str]:
    """Return content and media type of the output `name`; `poster` is a PNG of the simulator's own that an input
    links to."""
    prompt = _encodable(str(run.inputs.get("prompt", "")))
    others = tuple(_encodable(value) for key, value in run.inputs.items() if key != "prompt" and isinstance(value, str))
    seed = f"{prompt}/{run.run_id}/{name}"
    match name.rpartition(".")[2]:
        case "png":
            size = SIZES.get(str(run.inputs.get("ratio")), (WIDTH, HEIGHT))
            return _image(webhook.scene, seed, prompt, others, size, poster), "image/png"
        case "gif":
            return _loop(seed, prompt, 24 if run.inputs.get("fps") == 24 else 12), "image/gif"
        case "txt":
            return text(prompt, others, Random(seed)).encode(), "text/plain; charset=utf-8"
        case _:
            content = data(prompt, others, Random(seed))
            return json.dumps(content, indent=2, ensure_ascii=False).encode(), "application/json"


def _encodable(text: str) -> str:
    """Replace lone surrogates, which JSON may hold."""
    return text.encode("utf-8", "replace").decode()


@lru_cache(maxsize=48)
def _image(
    scene: PainterKind, seed: str, prompt: str, others: tuple[str, ...], size: tuple[int, int], poster: bytes | None
) -> bytes:
    """Compose a picture. The same subject and file name give the same composition, so that the pictures of a batch differ
    only as their words do. A still life has the poster on its wall."""
    mood, rng = mood_of(prompt, *others), Random(seed)
    mood = replace(mood, subject=f"{mood.subject}/{seed.rpartition('/')[2]}")
    if scene is PainterKind.STILL_LIFE:
        hung = None if poster is None else decoded(poster)
        return styled(still_life(rng, *size, mood, hung), rng, mood).png()
    return styled(_PAINTERS[scene](rng, *size, mood), rng, mood).png()


@lru_cache(maxsize=4)
def _loop(seed: str, prompt: str, frames_per_s: int) -> bytes:
    return flow(Random(seed), LOOP_WIDTH, LOOP_HEIGHT, mood_of(prompt)).looping_gif(_FRAMES, 1 / frames_per_s)


# Responses of storage.

_RANGE = re.compile(r"bytes=(\d{1,15})-(\d{0,15})", re.ASCII)


def respond(world: SimulatedWorkspace, request: HttpRequest) -> HttpResponse:
    """Respond to a request. Errors are XML, like those of object stores."""
    if request.method not in ("GET", "HEAD"):
        return _refusal(405, "MethodNotAllowed", (("Allow", "GET, HEAD"),))
    if request.header("authorization") is not None:
        return _refusal(400, "UnsupportedAuthorization")
    run_and_name = _file(world, request.segments)
    if run_and_name is None:
        return _refusal(404, "NoSuchKey")
    if not is_signed(world, request.path, request.query):
        return _refusal(403, "AccessDenied")
    run, name = run_and_name
    content, media_type = output_content(world.webhook(run.webhook_key), run, name, _linked(world, run))
    return _file_response(request, content, media_type)


def _linked(world: SimulatedWorkspace, run: SimRun) -> bytes | None:
    """Return the picture that an input of the run links to, if it is an output of this workspace."""
    for value in run.inputs.values():
        if isinstance(value, str) and value.startswith(f"{world.storage_url}/"):
            run_and_name = _file(world, tuple(urlsplit(value).path.split("/")[1:]))
            if run_and_name is not None and run_and_name[1].endswith(".png"):
                source, name = run_and_name
                return output_content(world.webhook(source.webhook_key), source, name, _linked(world, source))[0]
    return None


def _file(world: SimulatedWorkspace, segments: tuple[str, ...]) -> tuple[SimRun, str] | None:
    if len(segments) != 3 or segments[0] != "outputs":
        return None
    try:
        run = world.find(segments[1])
    except UnknownResource:
        return None
    exists = run.status(world.clock()) is RunStatus.COMPLETED and segments[2] in run.files
    return (run, segments[2]) if exists else None


def _file_response(request: HttpRequest, content: bytes, media_type: str) -> HttpResponse:
    """Respond with the whole file, or with the Range if If-Range allows it (RFC 9110, section 14)."""
    etag = f'"{sha256(content).hexdigest()[:32]}"'
    headers = [("Content-Type", media_type), ("ETag", etag), ("Accept-Ranges", "bytes")]
    if request.header("if-none-match") == etag:
        return HttpResponse(304, b"", headers)
    byte_range = _RANGE.fullmatch(request.header("range") or "")
    if byte_range is None or request.header("if-range") not in (None, etag):
        return HttpResponse(200, content, headers)
    first = int(byte_range[1])
    last = min(int(byte_range[2]) if byte_range[2] else len(content) - 1, len(content) - 1)
    if first > last:
        return _refusal(416, "InvalidRange", (("Content-Range", f"bytes */{len(content)}"),))
    headers.append(("Content-Range", f"bytes {first}-{last}/{len(content)}"))
    return HttpResponse(206, content[first : last + 1], headers)


def _refusal(status: int, code: str, headers: tuple[tuple[str, str], ...] = ()) -> HttpResponse:
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code></Error>'.encode()
    return HttpResponse(status, body, (("Content-Type", "application/xml"), *headers))
