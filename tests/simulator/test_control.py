"""Switching faults by HTTP, as a person with curl does."""

import pytest

from cordage_tui.simulator.api import control
from cordage_tui.simulator.http_messages import HttpRequest

pytestmark = pytest.mark.looptime


async def test_a_fault_can_be_switched_on_seen_and_off(serving):
    """POST switches on, GET lists, DELETE clears; none of it draws on a budget or needs the key."""
    async with serving() as rig:
        control_url, plain = rig.served.control_url, {"Authorization": ""}
        fault = {"call": "trigger", "kind": "status", "status": 503, "acts": True, "count": 2}
        posted = await rig.client.post(control_url, json=fault, headers=plain)
        assert posted.status_code == 200
        assert (await rig.trigger()).status_code == 503
        overview = (await rig.client.get(control_url)).json()
        assert overview["on"] == [{"call": "trigger", "kind": "status", "left": 1, "probability": 1.0}]
        assert "gzip_bomb" in overview["kinds"] and "osc_title" in overview["payloads"]
        await rig.client.delete(control_url)
        good = await rig.trigger()
        assert (good.status_code, good.headers["X-RateLimit-Remaining"]) == (200, "58")
        assert len(rig.world.list_runs(rig.key)) == 2


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "[]",
        "{}",
        '{"kind": "nope"}',
        '{"kind": "close", "call": "nope"}',
        '{"kind": "close", "colour": 1}',
        '{"kind": "status", "status": "500"}',
        '{"kind": "slow", "seconds": "1"}',
        '{"kind": "close", "count": "3"}',
        '{"kind": "patch", "drop": 3}',
        '{"kind": "hostile", "payload": 3}',
    ],
)
async def test_a_wrong_fault_is_refused_with_words(serving, body):
    """A wrong fault is refused with a 400 and a message, and no fault is added."""
    async with serving() as rig:
        answer = await rig.client.post(rig.served.control_url, content=body)
        assert answer.status_code == 400
        assert answer.json()["error"]
        assert rig.world.faults.planned == []


@pytest.mark.parametrize(
    ("peer", "status"), [("127.0.0.1", 200), ("::1", 200), ("192.168.1.7", 403), ("10.0.0.1", 403)]
)
async def test_only_this_machine_may(serving, peer, status):
    """A client from elsewhere is refused, should the simulator ever be bound to another address."""
    async with serving() as rig:
        assert control(rig.world, HttpRequest("GET", "/_sim/faults", (), b"", peer)).status == status
