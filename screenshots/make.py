"""Makes the pictures of the README from the demo: `python screenshots/make.py` (Debian: apt-get install fonts-dejavu).

Each is the real app against the real simulator, driven by keys, so that no picture can show what the program does not.
"""

import argparse
import asyncio
import re
from pathlib import Path
from typing import Final

import resvg_py
from textual.pilot import Pilot

from cordage_tui.cli.demo import demo_launch
from cordage_tui.config.launch import Launch
from cordage_tui.domain.clock import SystemClock
from cordage_tui.store.store import Store
from cordage_tui.ui.app import CordageApp

HERE: Final = Path(__file__).parent
FONT: Final = "DejaVu Sans Mono"
SETTLE_S: Final = 3.0
"""Seconds for the first polls to arrive."""
WAIT: Final = "(wait)"
"""Among keys: a person's pause. Keys that come faster are a paste by rule, and a paste decides nothing."""
MATRIX: Final = ("t", *"a {red|grey|white} fox in {snow|fog} at {dawn|dusk}", WAIT, "enter", WAIT)

SHOTS: Final[dict[str, tuple[tuple[int, int], str, tuple[str, ...]]]] = {
    "runs": ((120, 36), "cordage", ("j", "j", "j", "j", "j", "j")),
    "runs-light": ((120, 36), "cordage-light", ("j", "j", "j", "j", "j", "j")),
    "kill": ((120, 36), "cordage", ("j", "x")),
    "prompt": ((120, 36), "cordage", ("t", *"a lighthouse at dusk, long exposure", "f1")),
    "narrow": ((80, 24), "cordage", ("j",)),
    "large": ((200, 50), "cordage", ("j", "j", "j", "j")),
    "palette": ((120, 36), "cordage", (":",)),
    "marked": ((120, 36), "cordage", ("V", "j", "j", "j", "j", "j", "V", WAIT, "x")),
    "batch": ((120, 36), "cordage", MATRIX),
    "queue": ((120, 36), "cordage", (*MATRIX, "y", WAIT, "escape", "w", WAIT, "j", "j")),
    "limits": ((120, 36), "cordage", ("L",)),
}
"""Name → size in cells, theme, keys."""


def main() -> None:
    """All pictures, or those named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of: {', '.join(SHOTS)}")
    for name in parser.parse_args().names or SHOTS:
        size, theme, keys = SHOTS[name]
        svg = asyncio.run(shot(size, theme, keys))
        (HERE / f"{name}.png").write_bytes(png(svg))
        print(HERE.name, f"{name}.png", sep="/")


async def shot(size: tuple[int, int], theme: str, keys: tuple[str, ...]) -> str:
    """The screen as SVG after `keys`."""
    options = argparse.Namespace(config=None, profile=None, base_url=None, read_only=False, no_mouse=False, demo=True)
    with demo_launch(options) as launch:
        return await drawn(launch, size, theme, keys)


async def drawn(launch: Launch, size: tuple[int, int], theme: str, keys: tuple[str, ...]) -> str:
    clock = SystemClock()
    store = Store.open(launch.paths.database, clock)
    if launch.demo and launch.profile:
        store.runs.seed(launch.profile.name, launch.demo.seed)
    app = CordageApp(launch, store, clock)
    try:
        async with app.run_test(size=size, notifications=True) as pilot:
            app.theme = theme
            await settled(pilot)
            for key in keys:
                await (pilot.pause(1.0) if key == WAIT else pilot.press(key))
            await settled(pilot)
            return app.export_screenshot(title="cordage-tui")
    finally:
        store.close()


async def settled(pilot: Pilot[int]) -> None:
    """Real polls need real time: this is a picture, not a test."""
    await pilot.pause(SETTLE_S)


def png(svg: str) -> bytes:
    """Rich's SVG, with a font of this machine, and its no-break spaces kept (rsvg and resvg drop leading ones)."""
    svg = re.sub(r"@font-face\s*{[^}]*}", "", svg)
    svg = svg.replace("Fira Code", FONT).replace("<svg ", '<svg xml:space="preserve" ', 1).replace("&#160;", " ")
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=1))


if __name__ == "__main__":
    main()
