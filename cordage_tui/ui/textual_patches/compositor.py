"""Frames as Textual's compositor makes them.

Without their types, only whole frames could be written: 19 KB instead of 2.6 when a filter opens (T41).
Unnecessary with docs/dev/upstream/t41.patch.
"""

from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate

__all__ = ["ChopsUpdate", "CompositorUpdate", "LayoutUpdate"]
