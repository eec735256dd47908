"""Fetcher: which webhooks it takes for those on screen."""

import pytest

from cordage_tui.domain.run import RowId, Status
from tests.engine.conftest import MakeStudio

pytestmark = pytest.mark.looptime


async def test_the_webhooks_on_screen_are_those_of_rows_that_are_still_there(make_studio: MakeStudio) -> None:
    """A row that was dropped while it was on screen is passed over, and the others count."""
    studio = await make_studio(webhooks=2)
    window = await studio.open()
    await window.lives()
    first, second = window.submit("fox"), window.submit("owl", studio.webhooks[1])
    await window.shows(first, Status.RUNNING, Status.COMPLETED)
    await window.shows(second, Status.RUNNING, Status.COMPLETED)
    fetcher = window.engine.fetcher
    assert fetcher.on_screen() == set()
    fetcher.pending_results.preferred = frozenset({first, RowId(99_999)})
    assert fetcher.on_screen() == {studio.webhooks[0]}
    fetcher.pending_results.preferred = frozenset({first, second, RowId(99_999)})
    assert fetcher.on_screen() == set(studio.webhooks)
