"""Frames as Textual's compositor makes them.

Without their types only all of a frame could be written, 19 KB where a filter opens, in place of 2.6 (T41). Unnecessary with
docs/dev/upstream/t41.patch.
"""

from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate

__all__ = ["ChopsUpdate", "CompositorUpdate", "LayoutUpdate"]
