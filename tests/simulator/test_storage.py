"""Storage: its own origin, signed links, ranges, and no key ever."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from cordage_tui.api.http_library import httpx
from cordage_tui.simulator.faults import Call, Fault, FaultKind
from cordage_tui.simulator.storage import link, output_content
from cordage_tui.simulator.webhooks import Durations, PainterKind, SimWebhook
from cordage_tui.simulator.world import Options, PlannedOutcome

pytestmark = pytest.mark.looptime


@pytest.fixture
def output(serving):
    """`async with output() as (rig, url, client)`: one completed run's output, and a client without a key."""

    @asynccontextmanager
    async def start(**about):
        async with serving(seconds=1.0, **about) as rig, httpx.AsyncClient(trust_env=False) as client:
            run_id = (await rig.trigger({"prompt": "fox"})).json()["run_id"]
            await asyncio.sleep(2)
            yield rig, (await rig.get(run_id)).json()["outputs"][0], client

    return start


async def test_a_file_comes_whole_and_the_same_each_time(output):
    """A file has a type, a length and a strong ETag, and HEAD gives the same without the body."""
    async with output() as (rig, url, client):
        first, again, head = await client.get(url), await client.get(url), await client.head(url)
    assert first.content == again.content and first.headers["ETag"] == again.headers["ETag"]
    assert first.headers["ETag"].startswith('"')
    assert head.content == b"" and head.headers["Content-Length"] == str(len(first.content))
    assert [entry.status for entry in rig.served.storage_log] == [200, 200, 200]


async def test_ranges(output):
    """A range gives that part, If-Range with another ETag the whole, a range past the end 416."""
    async with output() as (_, url, client):
        whole = await client.get(url)
        etag, size = whole.headers["ETag"], len(whole.content)
        part = await client.get(url, headers={"Range": "bytes=100-", "If-Range": etag})
        few = await client.get(url, headers={"Range": "bytes=0-9"})
        changed = await client.get(url, headers={"Range": "bytes=100-", "If-Range": '"other"'})
        past = await client.get(url, headers={"Range": f"bytes={size}-"})
        fresh = await client.get(url, headers={"If-None-Match": etag})
    assert (part.status_code, part.content) == (206, whole.content[100:])
    assert part.headers["Content-Range"] == f"bytes 100-{size - 1}/{size}"
    assert (few.status_code, few.content) == (206, whole.content[:10])
    assert (changed.status_code, changed.content) == (200, whole.content)
    assert (past.status_code, past.headers["Content-Range"]) == (416, f"bytes */{size}")
    assert (fresh.status_code, fresh.content) == (304, b"")


async def test_a_key_is_refused_and_its_arrival_logged(output):
    """A request with Authorization gets a 400, and the log shows it."""
    async with output() as (rig, url, client):
        answer = await client.get(url, headers={"Authorization": f"Bearer {rig.served.api_key}"})
    assert answer.status_code == 400
    assert "authorization" in rig.served.storage_log[-1].header_names


async def test_only_right_signatures_of_finished_files_are_served(output):
    """A changed signature or time is 403; other paths and unfinished runs are 404; other methods 405."""
    async with output() as (rig, url, client):
        rig.world.fate(rig.key, PlannedOutcome(50.0))
        unfinished = rig.world.trigger(rig.key, {}).run_id
        path, _, query = url.partition("?")
        answers = [
            await client.get(path),
            await client.get(url[:-1] + ("0" if url[-1] != "0" else "1")),
            await client.get(url.replace("expires=", "expires=9")),
            await client.get(f"{rig.served.storage_url}/outputs/{unfinished}/image_001.png?{query}"),
            await client.get(path.replace("image_001", "image_002") + "?" + query),
            await client.get(rig.served.storage_url + "/"),
            await client.post(url),
        ]
    assert [answer.status_code for answer in answers] == [403, 403, 403, 404, 404, 404, 405]


async def test_links_stay_the_same_unless_they_expire(output):
    """By default a run's links never change; with a lifetime each read signs them again, and old ones are refused."""
    async with output() as (rig, url, client):
        await asyncio.sleep(60)
        run_id = url.split("/")[4]
        assert (await rig.get(run_id)).json()["outputs"] == [url]
        rig.world.options = Options(links_last_s=30.0)
        short = (await rig.get(run_id)).json()["outputs"][0]
        assert (await client.get(short)).status_code == 200
        await asyncio.sleep(31)
        assert (await client.get(short)).status_code == 403
        assert (await client.get((await rig.get(run_id)).json()["outputs"][0])).status_code == 200


async def test_the_two_origins_do_not_answer_for_each_other(output):
    """The API knows no outputs, storage no webhooks."""
    async with output() as (rig, url, client):
        path = url.removeprefix(rig.served.storage_url)
        api = rig.served.base_url.removesuffix("/api/webhooks")
        assert (await client.get(api + path)).status_code == 401
        assert (await client.get(f"{rig.served.storage_url}/api/webhooks/{rig.key}/runs")).status_code == 404


async def test_headers_that_lie(output):
    """A fault puts headers in place of storage's own, and the file stays as it is."""
    async with output() as (rig, url, client):
        good = await client.get(url)
        lie = {"Content-Type": "text/html", "Content-Disposition": 'attachment; filename="../../.bashrc"'}
        rig.world.faults.add(Call.DOWNLOAD, Fault(FaultKind.HEADERS, headers=lie))
        bad = await client.get(url)
    assert (bad.status_code, bad.content) == (200, good.content)
    assert {name: bad.headers[name] for name in lie} == lie


async def test_a_wrong_range(output):
    """A wrong range names the bytes that it sends, which are not the requested ones; whole files are unchanged."""
    async with output() as (rig, url, client):
        rig.world.faults.add(Call.DOWNLOAD, Fault(FaultKind.WRONG_RANGE, size=7), count=2)
        whole = await client.get(url)
        part = await client.get(url, headers={"Range": "bytes=100-199"})
    assert whole.status_code == 200
    assert (part.status_code, part.content) == (206, whole.content[107:200])
    assert part.headers["Content-Range"] == f"bytes 107-199/{len(whole.content)}"


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault(FaultKind.REDIRECT, location="https://elsewhere.example/x"), 307),
        (Fault(FaultKind.STATUS, status=503), 503),
        (Fault(FaultKind.TRUNCATED, size=1000), httpx.RemoteProtocolError),
        (Fault(FaultKind.RESET), httpx.ReadError),
        (Fault(FaultKind.STALL), httpx.ReadTimeout),
        (Fault(FaultKind.SLOW, seconds=31.0), httpx.ReadTimeout),
        (Fault(FaultKind.HTML), 200),
    ],
)
async def test_faults_strike_downloads_too(output, fault, expected):
    """Bound to `download` they leave the API alone, and the next download is good."""
    async with output() as (rig, url, client):
        rig.world.faults.add(Call.DOWNLOAD, fault)
        assert (await rig.list()).status_code == 200
        if isinstance(expected, int):
            assert (await client.get(url)).status_code == expected
        else:
            with pytest.raises(expected):
                await client.get(url, timeout=30.0)
        assert (await client.get(url)).content.startswith(b"\x89PNG")


async def test_a_picture_that_an_input_links_to_is_in_the_picture(output):
    """A picture that an input links to appears in the output; other links change nothing."""
    async with output() as (rig, url, client):
        rig.world.add_webhook(SimWebhook("wh_shop", "Shop", Durations(1.0, 1.0), scene=PainterKind.STILL_LIFE))
        pictures = []
        for linked in (url, url.replace("127.0.0.1", "localhost"), url.replace("image_001", "image_009")):
            run = rig.world.trigger("wh_shop", {"prompt": "a vase", "image_url": linked})
            await asyncio.sleep(2)
            content, _ = output_content(rig.world.webhook("wh_shop"), run, run.files[0])
            served = await client.get(link(rig.world, run, run.files[0]))
            pictures.append(served.content != content)
    assert pictures == [True, False, False]
