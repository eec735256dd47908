"""Studios on simulated time for the tests of announcements."""

from tests.engine.conftest import make_studio

__all__ = ["make_studio"]
