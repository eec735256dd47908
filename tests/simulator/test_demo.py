"""The demo's world, the thread that serves it, and the text of `simulate`."""

import subprocess
import sys
from collections import Counter

import pytest

from cordage_tui.api.http_library import httpx
from cordage_tui.simulator.demo import demo_world
from cordage_tui.simulator.server import curl_line, introduction, run_in_thread
from cordage_tui.simulator.world import RunStatus


def every_run(world):
    return [world.run(key, run_id) for key, run_id in world.past_prompts()]


def test_it_is_the_same_for_the_same_seed_and_time(clock):
    """Keys, runs and prompts are equal; another seed has others."""
    world, same, other = demo_world(clock), demo_world(clock), demo_world(clock, seed=2)
    assert world.past_prompts() == same.past_prompts() != other.past_prompts()
    assert every_run(world) == every_run(same)
    assert world.api_key == same.api_key != other.api_key


def test_five_webhooks_with_something_to_choose(clock):
    """The demo has five webhooks, each with its own key, name and fields."""
    webhooks = demo_world(clock).webhooks
    assert [webhook.name for webhook in webhooks] == ["Sunset", "Portrait", "Product shots", "Video loop", "Caption"]
    assert len({webhook.key for webhook in webhooks}) == 5
    assert all(webhook.key.startswith("wh_") and webhook.inputs for webhook in webhooks)


@pytest.mark.parametrize("seed", range(5))
def test_a_believable_history(clock, seed):
    """120 runs over three days, on every webhook, most completed, some failed with a reason; and four are under way."""
    world = demo_world(clock, seed)
    runs = every_run(world)
    statuses = Counter(run.status(clock.now) for run in runs)
    assert len(runs) == 124
    assert statuses[RunStatus.PENDING] + statuses[RunStatus.RUNNING] == 4
    assert 6 <= statuses[RunStatus.FAILED] <= 28
    assert statuses[RunStatus.COMPLETED] > 80
    assert clock.now - 3 * 86_400 <= min(run.created_at for run in runs) < clock.now - 86_400
    assert {run.webhook_key for run in runs} == {webhook.key for webhook in world.webhooks}
    assert all(isinstance(inputs["prompt"], str) for inputs in world.past_prompts().values())
    assert len({inputs["prompt"] for inputs in world.past_prompts().values()}) > 40


def test_those_under_way_end_within_a_minute(clock):
    """Runs under way at the start end within a minute, so a new user soon sees results."""
    world = demo_world(clock)
    clock.now += 60.0
    assert all(run.status(clock.now).is_final for run in every_run(world))


def test_new_runs_last_from_seconds_to_a_minute_or_so(clock):
    """About one in eight fails."""
    world = demo_world(clock)
    runs = [world.trigger(webhook.key, {}) for webhook in world.webhooks for _ in range(200)]
    lengths = sorted(run.ends_at - run.created_at for run in runs)
    assert lengths[10] > 1.0 and lengths[-10] < 120.0
    assert 0.09 < sum(run.failure is not None for run in runs) / len(runs) < 0.18


def test_a_trigger_is_answered_as_documented(clock):
    """The status is `running`, though the run may wait for a moment."""
    served = run_in_thread(demo_world(clock))
    try:
        with httpx.Client(headers={"Authorization": f"Bearer {served.api_key}"}, trust_env=False) as client:
            for webhook in served.world.webhooks:
                answer = client.post(f"{served.base_url}/{webhook.key}/trigger", json={"prompt": "x"}).json()
                assert (answer["status"], answer["message"]) == ("running", "Workflow started")
    finally:
        served.close()


def test_every_kind_of_output_can_be_fetched_from_the_thread(clock):
    """Pictures, a loop and a text are served while the caller's thread works, and closing ends it."""
    served = run_in_thread(demo_world(clock))
    try:
        types = set()
        with httpx.Client(headers={"Authorization": f"Bearer {served.api_key}"}, trust_env=False) as client:
            for webhook in served.world.webhooks:
                rows = client.get(f"{served.base_url}/{webhook.key}/runs").json()["runs"]
                url = next(row["outputs"][0] for row in rows if row["outputs"])
                types.add(httpx.get(url, trust_env=False).headers["Content-Type"])
        assert types == {"image/png", "image/gif", "text/plain; charset=utf-8"}
    finally:
        served.close()
        served.close()
    with pytest.raises(httpx.ConnectError):
        httpx.get(served.base_url, trust_env=False)


def test_a_taken_port_reaches_the_caller_of_the_thread(clock):
    """A taken port raises OSError in the thread that started the server."""
    first = run_in_thread(demo_world(clock))
    try:
        with pytest.raises(OSError, match="address already in use"):
            run_in_thread(demo_world(clock), port=int(first.storage_url.rpartition(":")[2]))
    finally:
        first.close()


def test_the_introduction_tells_all_that_one_needs(clock):
    """API key, every webhook's key and name, both URLs, and how to switch faults on."""
    served = run_in_thread(demo_world(clock))
    try:
        text = "\n".join(introduction(served))
    finally:
        served.close()
    needed = [served.api_key, served.base_url, served.storage_url, served.control_url, "Ctrl+C"]
    needed += [part for webhook in served.world.webhooks for part in (webhook.key, webhook.name)]
    assert [part for part in needed if part not in text] == []
    assert curl_line(served.base_url, served.api_key, served.world.webhooks[0].key) in text


def test_the_demos_world_needs_no_h11_and_nothing_of_ours():
    """The demo's world needs neither h11 nor another room of the program."""
    code = (
        "import sys, cordage_tui.simulator.server, cordage_tui.simulator.server;"
        "print([n for n in sys.modules if n == 'h11' or n.startswith('cordage_tui.') and 'simulator' not in n])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
