"""docs/dev/wire-contract.md, line by line, over real sockets."""

import asyncio
import re
from uuid import UUID

import pytest

from cordage_tui.api.http_library import httpx
from cordage_tui.simulator.rate_limits import LimitPlan
from cordage_tui.simulator.world import ListOrder, ListShape, Options, PlannedOutcome

pytestmark = pytest.mark.looptime


async def test_trigger_answers_as_documented(serving):
    """A trigger answers 200 with only run_id, status, message and node_count."""
    async with serving() as rig:
        answer = await rig.trigger({"prompt": "fox", "style": "anime"})
    fields = answer.json()
    assert answer.status_code == 200
    assert UUID(fields.pop("run_id")).version == 4
    assert fields == {"status": "running", "message": "Workflow started", "node_count": 5}


async def test_node_count_may_be_absent(serving):
    """With the option, the trigger's answer has no node_count."""
    async with serving(options=Options(tells_node_count=False)) as rig:
        assert "node_count" not in (await rig.trigger()).json()


async def test_get_run_answers_as_documented(serving):
    """A run shows null for completed_at and outputs until it has completed, and both after."""
    async with serving(seconds=30.0) as rig:
        run_id = (await rig.trigger()).json()["run_id"]
        before = (await rig.get(run_id)).json()
        await asyncio.sleep(30)
        after = (await rig.get(run_id)).json()
    metadata = {"type": "webhook", "node_count": 5, "webhook_key": rig.key}
    assert before == {
        "run_id": run_id,
        "status": "running",
        "created_at": "2024-01-15T10:30:00Z",
        "completed_at": None,
        "metadata": metadata,
        "outputs": None,
    }
    assert after["status"] == "completed"
    assert after["completed_at"] == "2024-01-15T10:30:30Z"
    assert [url.partition("?")[0] for url in after["outputs"]] == [
        f"{rig.served.storage_url}/outputs/{run_id}/image_001.png"
    ]


async def test_a_run_goes_through_pending_and_running(serving):
    """Statuses follow the clock: pending, running, then how it ends."""
    async with serving() as rig:
        rig.world.fate(
            rig.key, PlannedOutcome(10.0, queue_s=5.0), PlannedOutcome(10.0, "Node 'A' failed: no", queue_s=5.0)
        )
        ids = [(await rig.trigger()).json()["run_id"] for _ in range(2)]
        seen = []
        for _ in range(3):
            seen.append([(await rig.get(run_id)).json() for run_id in ids])
            await asyncio.sleep(7.5)
    assert [[run["status"] for run in pair] for pair in seen] == [
        ["pending", "pending"],
        ["running", "running"],
        ["completed", "failed"],
    ]
    assert seen[-1][1]["error"] == "Node 'A' failed: no"
    assert seen[-1][1]["outputs"] is None


async def test_kill_answers_as_documented_and_sticks(serving):
    """A killed run is cancelled from then on, and stays so past its planned end."""
    async with serving(seconds=10.0) as rig:
        run_id = (await rig.trigger()).json()["run_id"]
        answer = await rig.kill(run_id)
        await asyncio.sleep(20)
        later = (await rig.get(run_id)).json()
    assert answer.status_code == 200
    assert answer.json() == {"run_id": run_id, "status": "cancelled", "message": "Workflow cancelled"}
    assert (later["status"], later["completed_at"], later["outputs"]) == ("cancelled", "2024-01-15T10:30:00Z", None)


@pytest.mark.parametrize("status", [400, 404, 409, 410])
async def test_killing_an_ended_run_is_a_4xx(serving, status):
    """Any 4xx can be chosen for the kill of a run that has ended, and the run stays as it ended."""
    async with serving(seconds=1.0, options=Options(kill_ended_status=status)) as rig:
        run_id = (await rig.trigger()).json()["run_id"]
        await asyncio.sleep(2)
        answer = await rig.kill(run_id)
        assert answer.status_code == status
        assert "completed" in answer.json()["error"]
        assert (await rig.get(run_id)).json()["status"] == "completed"


@pytest.mark.parametrize("shape", list(ListShape))
async def test_lists_come_in_every_shape(serving, shape):
    """A list is a bare array, or an object with the array under the chosen name; newest first."""
    async with serving(options=Options(list_shape=shape)) as rig:
        ids = []
        for _ in range(3):
            ids.append((await rig.trigger()).json()["run_id"])
            await asyncio.sleep(1)
        content = (await rig.list()).json()
    rows = content if shape is ListShape.BARE else content.pop(shape.value)
    assert [row["run_id"] for row in rows] == ids[::-1]
    assert shape is ListShape.BARE or content == {}


async def test_list_rows_can_lack_fields_be_few_late_and_unsorted(serving):
    """The options for rows, page size, lag and order each show in the list, and the get still has everything."""
    options = Options(
        rows_have_outputs=False,
        rows_have_metadata=False,
        page_size=5,
        list_lag_s=3.0,
        list_order=ListOrder.UNSORTED,
    )
    async with serving(options=options, seconds=1.0) as rig:
        ids = []
        for _ in range(8):
            ids.append((await rig.trigger()).json()["run_id"])
            await asyncio.sleep(1)
        rows = (await rig.list()).json()["runs"]
        alone = (await rig.get(ids[0])).json()
    assert {row["run_id"] for row in rows} == set(ids[1:6])
    assert [row["run_id"] for row in rows] != ids[5:0:-1]
    assert all(set(row) == {"run_id", "status", "created_at", "completed_at"} for row in rows)
    assert alone["outputs"] and alone["metadata"]


async def test_the_prompt_is_returned_only_on_request(serving):
    """No documented call returns the inputs; with the option they are in metadata."""
    async with serving() as rig:
        run_id = (await rig.trigger({"prompt": "a secret fox"})).json()["run_id"]
        silent = (await rig.get(run_id)).text + (await rig.list()).text
        rig.world.options = Options(echo_inputs=True)
        fields = (await rig.get(run_id)).json()
    assert "fox" not in silent
    assert fields["metadata"]["inputs"] == {"prompt": "a secret fox"}


@pytest.mark.parametrize("header", [None, "Bearer cordage_wrong", "Basic {key}", "{key}", "Bearer"])
async def test_without_the_right_bearer_key_every_call_is_a_401(serving, header):
    """Each of the four calls refuses, with an error string, and does nothing."""
    async with serving() as rig:
        run_id = rig.world.trigger(rig.key, {}).run_id
        headers = {"Authorization": header.format(key=rig.served.api_key)} if header else {}
        async with httpx.AsyncClient(base_url=rig.served.base_url + "/", headers=headers, trust_env=False) as stranger:
            answers = [
                await stranger.post(f"{rig.key}/trigger", json={}),
                await stranger.get(f"{rig.key}/runs"),
                await stranger.get(f"{rig.key}/runs/{run_id}"),
                await stranger.post(f"{rig.key}/runs/{run_id}/kill"),
            ]
        assert [answer.status_code for answer in answers] == [401] * 4
        assert all(isinstance(answer.json()["error"], str) for answer in answers)
        assert len(rig.world.list_runs(rig.key)) == 1
        assert rig.world.run(rig.key, run_id).killed_at is None


async def test_unknown_things_are_404_with_the_documented_words(serving):
    """An unknown webhook, a removed one, an unknown run and an unknown path are 404 with an error string."""
    async with serving(webhooks=2) as rig:
        removed_key, run_id = rig.world.webhooks[1].key, rig.world.trigger(rig.key, {}).run_id
        rig.world.remove_webhook(removed_key)
        paths = {
            "wh_no/runs": "Webhook not found",
            f"{removed_key}/runs": "Webhook not found",
            f"wh_no/runs/{run_id}": "Webhook not found",
            f"{rig.key}/runs/nope": "Run not found",
            f"{rig.key}/runs/a%2Fb": "Run not found",
            f"{rig.key}/elsewhere": "Not found",
        }
        for path, methods in paths.items():
            answer = await rig.client.get(path)
            assert (answer.status_code, answer.json()) == (404, {"error": methods}), path
        for path in ("wh_no/trigger", f"wh_no/runs/{run_id}/kill"):
            answer = await rig.client.post(path)
            assert (answer.status_code, answer.json()) == (404, {"error": "Webhook not found"}), path


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [("GET", "trigger", "POST"), ("POST", "runs", "GET"), ("DELETE", "runs/x", "GET"), ("GET", "runs/x/kill", "POST")],
)
async def test_a_wrong_method_is_a_405_that_names_the_right_one(serving, method, path, allow):
    """Every path knows one method."""
    async with serving() as rig:
        answer = await rig.client.request(method, f"{rig.key}/{path}")
    assert (answer.status_code, answer.headers["Allow"]) == (405, allow)
    assert isinstance(answer.json()["error"], str)


@pytest.mark.parametrize("body", [b"{", b"[1]", b'"fox"', b"\xff", b"[" * 100_000])
async def test_a_trigger_that_is_no_json_object_starts_nothing(serving, body):
    """Such a body is a 400 with an error string."""
    async with serving() as rig:
        answer = await rig.client.post(f"{rig.key}/trigger", content=body)
        assert answer.status_code == 400
        assert isinstance(answer.json()["error"], str)
        assert rig.world.list_runs(rig.key) == []


async def test_every_answer_carries_the_budget_of_its_call(serving):
    """The three headers stand in answers of every status and count down the budget that the call drew on."""
    async with serving() as rig:
        run_id = (await rig.trigger()).json()["run_id"]
        await asyncio.sleep(15)
        answers = [
            await rig.trigger([]),
            await rig.list(),
            await rig.get(run_id),
            await rig.get("nope"),
            await rig.kill(run_id),
            await rig.client.get("x/y/z/q/w"),
        ]
    names = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
    assert [tuple(answer.headers[name] for name in names) for answer in answers] == [
        ("60", "58", "45"),
        ("120", "119", "60"),
        ("120", "118", "60"),
        ("120", "117", "60"),
        ("30", "29", "60"),
        ("120", "116", "60"),
    ]


async def test_over_the_limit_is_a_429_of_that_budget_only(serving):
    """A full budget answers the documented JSON and does nothing; other budgets continue, and it opens again in
    time."""
    async with serving(limits=LimitPlan(trigger=2)) as rig:
        for _ in range(2):
            assert (await rig.trigger()).status_code == 200
        await asyncio.sleep(30)
        refused = await rig.trigger()
        assert refused.status_code == 429
        assert refused.json() == {"error": "Rate limit exceeded.", "retry_after": 30}
        assert len((await rig.list()).json()["runs"]) == 2
        await asyncio.sleep(refused.json()["retry_after"])
        assert (await rig.trigger()).status_code == 200


async def test_exact_header_names_and_dates_on_the_wire(serving):
    """Header names have the documented letters, and Date is the world's own time."""
    async with serving() as rig:
        head = (await rig.raw()).partition(b"\r\n\r\n")[0].decode()
    assert re.findall(r"X-RateLimit-\w+", head) == ["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"]
    assert "Date: Mon, 15 Jan 2024 10:30:00 GMT" in head
    assert "Content-Type: application/json" in head


async def test_the_vendors_quick_start(serving):
    """Trigger, poll every two seconds until it is done, open the output: unchanged but for host, key and webhook."""
    async with serving(seconds=13.0) as rig:
        base, api_key, webhook_key = rig.served.base_url, rig.served.api_key, rig.key
        async with httpx.AsyncClient(trust_env=False) as client:
            headers = {"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"}
            prompt = {"prompt": "A beautiful sunset over mountains", "style": "photorealistic"}
            started = await client.post(f"{base}/{webhook_key}/trigger", headers=headers, json=prompt)
            run_id = started.json()["run_id"]
            polls = 0
            while True:
                run = (await client.get(f"{base}/{webhook_key}/runs/{run_id}", headers=headers)).json()
                polls += 1
                if run["status"] in ("completed", "failed", "cancelled"):
                    break
                await asyncio.sleep(2)
            picture = await client.get(run["outputs"][0])
    assert polls == 8
    assert picture.status_code == 200
    assert picture.headers["Content-Type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG\r\n\x1a\n")
    assert "authorization" not in rig.served.storage_log[0].header_names
