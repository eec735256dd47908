"""What pictures cost: the cursor goes down through completed runs, each with a picture of its own, in each way of drawing.

    python tests/bench/pictures.py [--quick]

The answer to a key is timed as in `keys.py`, beside the same with pictures off; the picture comes when the cursor rests, and
its bytes are counted apart. Memory is the program's, before the first picture and after the last. Nothing is asserted.
"""

import sys
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from statistics import median, quantiles

from home import COMMAND, home
from PIL import Image, ImageFilter
from terminal import Terminal

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.storage_server import StorageServer

WAYS = {
    "off": {},
    "blocks": {},
    "blocks, 256 colours": {"COLORTERM": ""},
    "kitty": {},
    "kitty, over SSH": {"SSH_CONNECTION": "1"},
    "sixel": {},
}
MOVES = 200
"""Keys that are timed, in each way."""
PICTURES = 1_000
"""Looked at in half blocks, for the memory."""
STARTED_S = 2.0
SHOWN_S = 0.4
"""Silence after which nothing more comes: the pane's text comes first, its picture once it is fetched and made small."""
SIZE = (1024, 768)


@dataclass
class Seen:
    """What one way cost."""

    answered_ms: list[float] = field(default_factory=list)
    picture_bytes: list[int] = field(default_factory=list)
    memory_mb: tuple[float, float] = (0.0, 0.0)


def photograph(seed: int) -> bytes:
    """Soft shapes with some grain, as JPEG: neither a plain area nor noise."""
    grain = Image.effect_noise(SIZE, 20)
    bands = [
        Image.effect_noise((9, 7), 160 + seed % 40 * 8 + 30 * nth).resize(SIZE, Image.Resampling.BICUBIC)
        for nth in range(3)
    ]
    soft = Image.merge("RGB", bands).filter(ImageFilter.GaussianBlur(4))
    file = BytesIO()
    Image.blend(soft, Image.merge("RGB", [grain] * 3), 0.15).save(file, "JPEG", quality=88)
    return file.getvalue()


def looked_at(way: str, moves: int, storage: StorageServer) -> Seen:
    """The cursor goes down `moves` times, resting on each run until its picture is there."""
    seen = Seen()
    config = f'[pictures]\nshow = "{way.split(",")[0]}"'
    brings = home(1_000, config=config, outputs=lambda n: storage.link(f"{n}.jpg"))
    with brings as ours, Terminal(COMMAND, {**ours.env, "LANG": "C.UTF-8", **WAYS[way]}) as terminal:
        terminal.shown(ours.newest)
        terminal.watch(STARTED_S)
        before = terminal.rss_mb()
        for _ in range(moves):
            seen.answered_ms.append(terminal.press("j")[0])
            seen.picture_bytes.append(terminal.frame(SHOWN_S, SHOWN_S)[1])
        seen.memory_mb = before, terminal.rss_mb()
    return seen


def report(seen: dict[str, Seen]) -> None:
    print(
        f"{'cursor down, and rest':24}{'ms p50':>8}{'p95':>8}{'ratio':>8}{'bytes a picture':>18}{'MB before':>12}{'after':>8}"
    )
    base = quantiles(seen["off"].answered_ms, n=100)
    rest = median(seen["off"].picture_bytes)
    for way, cost in seen.items():
        cuts = quantiles(cost.answered_ms, n=100)
        size = f"{median(cost.picture_bytes) - rest:,.0f}" if way != "off" else "-"
        memory = f"{cost.memory_mb[0]:12.1f}{cost.memory_mb[1]:8.1f}"
        print(
            f"  {way:22}{cuts[49]:8.1f}{cuts[94]:8.1f}{cuts[94] / base[94]:8.2f}{size:>18}{memory}  ({len(cost.answered_ms)})"
        )


def main() -> None:
    moves, pictures = (30, 100) if "--quick" in sys.argv else (MOVES, PICTURES)
    sources = [photograph(seed) for seed in range(moves + 2)]  # kitty is sent no picture twice
    with StorageServer() as storage:
        for n in range(1_000):
            storage.put(f"{n}.jpg", sources[n % len(sources)], media_type="image/jpeg")
        seen = {way: looked_at(way, moves, storage) for way in WAYS}
        report(seen)
        cost = looked_at("blocks", pictures - 1, storage)
        print(f"memory after {pictures:,} pictures: {cost.memory_mb[1] - cost.memory_mb[0]:+.1f} MB")


if __name__ == "__main__":
    main()
