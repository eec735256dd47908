"""Health of webhooks: which of it is kept when a disk or another process interrupts the reading."""

import pytest

from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.webhook import HealthStatus
from tests.engine.conftest import MakeStudio
from tests.engine.studio import until

pytestmark = pytest.mark.looptime


async def test_a_disk_error_replaces_state_words_and_next_read_and_keeps_the_last_good_one(
    make_studio: MakeStudio,
) -> None:
    """While nothing can be stored there is no next read to announce, and the age of the data stays true."""
    studio = await make_studio(webhooks=2)
    window = await studio.open()
    await until(lambda: all(window.health(key) is HealthStatus.LIVE for key in studio.webhooks))
    registry, words = window.engine.health, SafeText("The disk is full.")
    before = {key: registry.of(key) for key in studio.webhooks}
    assert all(health.next_at is not None and health.ok_at is not None for health in before.values())
    registry.set_disk_error(studio.webhooks, words)
    for key in studio.webhooks:
        health = registry.of(key)
        assert (health.health, health.words, health.next_at) == (HealthStatus.DISK, words, None)
        assert (health.webhook_key, health.ok_at) == (key, before[key].ok_at)


async def test_a_new_reader_starts_with_nothing_but_the_age_of_the_data(make_studio: MakeStudio) -> None:
    """What an earlier process said of a webhook is not taken for true; when it was last read well is."""
    studio = await make_studio(webhooks=2)
    window = await studio.open()
    await until(lambda: all(window.health(key) is HealthStatus.LIVE for key in studio.webhooks))
    registry, (first, second) = window.engine.health, studio.webhooks
    ok_at = registry.of(first).ok_at
    registry.record_failure([first], HealthStatus.TIMEOUT, SafeText("No answer."), studio.clock.wall() + 30.0)
    registry.reset([first, second])
    for key in (first, second):
        health = registry.of(key)
        assert (health.health, health.words, health.next_at) == (HealthStatus.LOADING, None, None)
    assert registry.of(first).ok_at == ok_at
