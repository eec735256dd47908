"""Studios on simulated time, for what is announced."""

from tests.engine.conftest import make_studio

__all__ = ["make_studio"]
