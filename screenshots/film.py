"""Makes the film that the README opens with, or with `tmux` one of a small terminal inside tmux:
`python screenshots/film.py [tmux] [--frames FOLDER]`, where the frames are put as PNG.

The demo in a real kitty, by real keys, as `make.py` takes its pictures; what it needs is there as well. Frames are read from the
memory of the virtual screen, and one is kept only where the screen has changed. Waits for workflows are shortened.
"""

import mmap
import struct
import sys
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from make import BETWEEN_S, FIRST_S, FOX, HERE, PROGRAM, in_tmux, kitty, press, running, screen
from PIL import Image

SIZE: Final = (100, 30)
"""Of the terminal, in cells: legible in the column of a README."""
SMALL: Final = (80, 25)
"""Inside tmux: 80 × 24, and its own line."""
FRAME_S: Final = 0.1
"""Between two looks at the screen."""
LONGEST_S: Final = 2.5
"""Of one frame in which nothing happens."""
LAST_S: Final = 3.0
"""The end stays before the film begins again."""

Step = str | tuple[str, float]
"""A key as `make.press` takes it; with a number: played so many times as fast."""

STEPS: Final[tuple[Step, ...]] = (
    "wait:1",
    *FOX[:2],
    "wait:1",
    "Return",  # the preview of a batch
    "wait:3",
    "y",
    "wait:1",
    "Escape",
    "g",
    "Return",  # unfolds it
    ("wait:48", 8.0),
    "s",
    "wait:3",
    "plus",  # keeps two
    "wait:0.5",
    "j",
    "l",
    "plus",
    "wait:1",
    "u",
    "wait:2.5",
    "Return",
    "wait:3",
    "y",
    "wait:1",
    ("wait:38", 10.0),
    "s",
    "wait:3",
    "Return",
    "wait:3",
)
"""From a pattern to what a second workflow has made of the best."""

SMALL_STEPS: Final[tuple[Step, ...]] = (
    *STEPS[: STEPS.index("plus")],
    "plus",
    "wait:0.5",
    "j",
    "l",
    "plus",
    "wait:1",
    "Return",
    "wait:2.5",
    "bracketright",
    "wait:2.5",
)
"""From a pattern to its pictures, of which two are kept, and one is looked at."""


@dataclass
class Camera:
    """Looks at the screen whose memory is `file`; as many times as fast as `speed` says at that moment."""

    file: Path
    speed: float = 1.0
    frames: list[Image.Image] = field(default_factory=list)
    lengths_s: list[float] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Until `stop`."""
        last, seen_at = b"", time.monotonic()
        with self.file.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as memory:
            header, _, _, _, width, height, *_, line = struct.unpack(">13I", memory[:52])
            (colours,) = struct.unpack(">I", memory[76:80])
            start = header + 12 * colours
            while not self._over.wait(FRAME_S):
                now = time.monotonic()
                if self.lengths_s:
                    self.lengths_s[-1] += (now - seen_at) / self.speed
                seen_at = now
                if (pixels := memory[start : start + line * height]) != last:
                    last = pixels
                    self.frames.append(Image.frombytes("RGB", (width, height), pixels, "raw", "BGRX", line))
                    self.lengths_s.append(0.0)

    def stop(self) -> None:
        self._over.set()

    def save(self, target: Path) -> None:
        """As a WebP that begins again at its end, without the margin of the screen around the window."""
        box = self.frames[-1].getbbox()
        first, *others = (frame.crop(box) for frame in self.frames)
        lengths = [round(1000 * min(seconds, LONGEST_S)) for seconds in self.lengths_s]
        lengths[-1] = round(1000 * LAST_S)
        first.save(
            target,
            save_all=True,
            append_images=others,
            duration=lengths,
            loop=0,
            lossless=True,
            method=4,
            kmax=len(lengths),  # no frame as a whole but the first
        )
        print(target.name, box, len(lengths), "frames", sum(lengths) / 1000, "s", target.stat().st_size // 1024, "KiB")


def main() -> None:
    """The film."""
    small = "tmux" in sys.argv[1:2]
    size = SMALL if small else SIZE
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        (folder / "config.toml").write_text('[ui]\ntheme = "cordage"\n')
        environ = stack.enter_context(screen(size, folder))
        program = (*PROGRAM, "--config", str(folder / "config.toml"))
        if small:
            program = stack.enter_context(in_tmux(program, folder, environ))
        stack.enter_context(running(kitty(size, program), environ))
        time.sleep(2 * FIRST_S)
        camera = Camera(folder / "Xvfb_screen0")
        thread = threading.Thread(target=camera.run)
        thread.start()
        for step in SMALL_STEPS if small else STEPS:
            key, camera.speed = (step, 1.0) if isinstance(step, str) else step
            press(key, environ)
            time.sleep(BETWEEN_S)
        camera.stop()
        thread.join()
    if "--frames" in sys.argv:
        for number, frame in enumerate(camera.frames):
            frame.save(Path(sys.argv[-1]) / f"{number:03}.png", compress_level=1)
    camera.save(HERE / ("tmux.webp" if small else "demo.webp"))


if __name__ == "__main__":
    main()
