"""T48: a line that is divided at its end only refers to itself, so that it waits for the garbage collector."""

import gc
from weakref import ref

from rich.segment import Segment
from textual.strip import Strip


class Line(Strip):
    """A strip that can be referred to weakly."""


gc.disable()
line = Line([Segment("a line")], 6)
line.divide([6])
there = ref(line)
del line
if there() is not None:
    raise SystemExit("the line is still there")
