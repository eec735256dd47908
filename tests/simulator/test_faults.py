"""Each fault as it is seen on the socket, and by a client."""

import asyncio
import json
import zlib

import pytest

from cordage_tui.api.http_library import httpx
from cordage_tui.simulator.fault_responses import PAYLOADS, bomb
from cordage_tui.simulator.faults import Call, Fault, FaultBoard, FaultKind

pytestmark = pytest.mark.looptime


def body_of(raw):
    return raw.partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize("acts", [False, True])
async def test_a_dropped_trigger_did_or_did_not_start_a_run(serving, acts):
    """Closing the connection before acting starts nothing, after acting starts a run; neither answers a byte."""
    async with serving() as rig:
        rig.world.faults.add(Call.TRIGGER, Fault(FaultKind.CLOSE, acts=acts))
        assert await rig.raw("POST", f"/api/webhooks/{rig.key}/trigger") == b""
        assert len(rig.world.list_runs(rig.key)) == acts
        assert (rig.served.log[-1].call, rig.served.log[-1].status) == (Call.TRIGGER, None)


async def test_a_reset_is_a_real_one(serving):
    """The peer gets RST, not an orderly end."""
    async with serving() as rig:
        rig.world.faults.add(Call.LIST, Fault(FaultKind.RESET))
        with pytest.raises(ConnectionResetError):
            await rig.raw()


async def test_silence_lasts_until_the_client_gives_up(serving):
    """A silent call sends no byte until the client gives up, and the next call is answered."""
    async with serving() as rig:
        rig.world.faults.add(Call.GET, Fault(FaultKind.SILENCE))
        started = asyncio.get_running_loop().time()
        with pytest.raises(httpx.ReadTimeout):
            await rig.client.get(f"{rig.key}/runs/x", timeout=120.0)
        assert asyncio.get_running_loop().time() - started == pytest.approx(120.0)
        assert (await rig.get("x")).status_code == 404


async def test_a_stall_comes_after_the_status_line(serving):
    """Status and headers arrive, the body never does."""
    async with serving() as rig:
        rig.world.faults.add(Call.TRIGGER, Fault(FaultKind.STALL, acts=True))
        async with rig.client.stream("POST", f"{rig.key}/trigger", json={}) as answer:
            assert answer.status_code == 200
            with pytest.raises(httpx.ReadTimeout):
                await answer.aread()
        assert len(rig.world.list_runs(rig.key)) == 1


@pytest.mark.parametrize(
    "kind", [FaultKind.GARBAGE, FaultKind.HALF_HEADERS, FaultKind.BAD_CHUNK, FaultKind.HUGE_HEADER]
)
async def test_what_is_not_http_is_not_taken_for_it(serving, kind):
    """A client sees a protocol error."""
    async with serving() as rig:
        rig.world.faults.add(Call.LIST, Fault(kind))
        with pytest.raises(httpx.RemoteProtocolError):
            await rig.list()


async def test_half_a_header_and_garbage_on_the_wire(serving):
    """One starts as an answer and ends inside a line, the other does not start as one; a huge header is huge."""
    async with serving() as rig:
        for kind in (FaultKind.HALF_HEADERS, FaultKind.GARBAGE, FaultKind.HUGE_HEADER):
            rig.world.faults.add(Call.LIST, Fault(kind))
        half, garbage, huge = [await rig.raw() for _ in range(3)]
    assert half.startswith(b"HTTP/1.1 200 OK\r\n") and not half.endswith(b"\r\n")
    assert not garbage.startswith(b"HTTP")
    assert len(huge.partition(b"\r\n\r\n")[0]) > 200_000


async def test_slow_is_one_byte_at_a_time(serving):
    """The answer is good and takes its number of bytes times the pace."""
    async with serving() as rig:
        rig.world.faults.add(Call.LIST, Fault(FaultKind.SLOW, seconds=5.0))
        loop = asyncio.get_running_loop()
        started = loop.time()
        raw = await rig.raw()
        assert loop.time() - started == pytest.approx(5.0 * len(raw), rel=0.01)
        assert json.loads(body_of(raw)) == {"runs": []}


async def test_a_delay_is_late_and_good(serving):
    """The call is carried out at once, the answer comes later."""
    async with serving() as rig:
        rig.world.faults.add(Call.TRIGGER, Fault(FaultKind.DELAY, seconds=20.0))
        loop = asyncio.get_running_loop()
        started = loop.time()
        run_id = (await rig.trigger()).json()["run_id"]
        assert loop.time() - started == pytest.approx(20.0)
        assert rig.world.run(rig.key, run_id).created_at == pytest.approx(rig.world.clock() - 20.0)


async def test_a_body_can_be_cut_at_any_byte(serving):
    """Content-Length names the whole body, but only `size` bytes come."""
    async with serving() as rig:
        rig.world.faults.add(Call.LIST, Fault(FaultKind.TRUNCATED, size=3))
        rig.world.faults.add(Call.LIST, Fault(FaultKind.TRUNCATED, size=0))
        assert body_of(await rig.raw()) == b'{"r'
        raw = await rig.raw()
        assert body_of(raw) == b"" and b"Content-Length: 12" in raw
        rig.world.faults.add(Call.LIST, Fault(FaultKind.TRUNCATED))
        with pytest.raises(httpx.RemoteProtocolError):
            await rig.list()


async def test_an_endless_body_ends_only_with_the_client(serving):
    """White space comes as long as somebody reads."""
    async with serving() as rig:
        rig.world.faults.add(Call.LIST, Fault(FaultKind.ENDLESS))
        read = 0
        async with rig.client.stream("GET", f"{rig.key}/runs") as answer:
            async for part in answer.aiter_bytes():
                read += len(part)
                if read > 4 << 20:
                    break
        assert read > 4 << 20
        assert (await rig.list()).status_code == 200


async def test_early_hints_come_before_a_good_answer(serving):
    """A 103 and then the answer."""
    async with serving() as rig:
        rig.world.faults.add(Call.LIST, Fault(FaultKind.EARLY_HINTS), count=2)
        assert (await rig.raw()).startswith(b"HTTP/1.1 103 ")
        assert (await rig.list()).json() == {"runs": []}


@pytest.mark.parametrize(
    "status", [400, 401, 402, 403, 404, 408, 409, 413, 422, 425, 429, 500, 502, 503, 504, 520, 599]
)
async def test_any_status_with_an_error_text(serving, status):
    """The status comes with the documented error JSON and the budget's headers, and nothing is started."""
    async with serving() as rig:
        rig.world.faults.add(Call.TRIGGER, Fault(FaultKind.STATUS, status=status))
        answer = await rig.trigger()
        assert answer.status_code == status
        assert isinstance(answer.json()["error"], str)
        assert answer.json().get("retry_after") == (30 if status == 429 else None)
        assert answer.headers["X-RateLimit-Remaining"] == "59"
        assert rig.world.list_runs(rig.key) == []


async def test_a_status_can_have_a_body_of_its_own_or_none(serving):
    """A status has the given `body` unchanged, no body if it is empty, and the given `headers`."""
    async with serving() as rig:
        page = Fault(FaultKind.STATUS, status=502, body="<html>Bad gateway</html>", acts=True)
        empty = Fault(FaultKind.STATUS, status=500, body="", headers={"Retry-After": "7"})
        rig.world.faults.add(Call.TRIGGER, page)
        rig.world.faults.add(Call.TRIGGER, empty)
        first, second = await rig.trigger(), await rig.trigger()
        assert (first.text, first.headers["Content-Type"]) == ("<html>Bad gateway</html>", "text/html; charset=utf-8")
        assert (second.content, second.headers["Retry-After"]) == (b"", "7")
        assert len(rig.world.list_runs(rig.key)) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects(serving, status):
    """Every redirect names its location."""
    async with serving() as rig:
        rig.world.faults.add(Call.LIST, Fault(FaultKind.REDIRECT, status=status, location="https://evil.example/x"))
        answer = await rig.list()
    assert (answer.status_code, answer.headers["Location"]) == (status, "https://evil.example/x")


async def test_headers_and_statuses_that_http_forbids_are_written_as_they_stand(serving):
    """Control characters in headers and impossible statuses reach the client, and the server continues."""
    async with serving() as rig:
        rig.world.faults.add(Call.LIST, Fault(FaultKind.REDIRECT, location="https://evil.example/\x1b[2J"))
        rig.world.faults.add(Call.LIST, Fault(FaultKind.STATUS, status=99, headers={"X-Odd": "a\x00b"}))
        redirect, odd = await rig.raw(), await rig.raw()
        assert b"Location: https://evil.example/\x1b[2J\r\n" in redirect
        assert odd.startswith(b"HTTP/1.1 99 Unknown\r\n") and b"X-Odd: a\x00b\r\n" in odd
        assert (await rig.list()).status_code == 200


async def test_what_is_not_the_json_of_the_api(serving):
    """A login page, nothing, cut JSON, JSON too deep and a wrong content type: all with status 200."""
    async with serving() as rig:
        kinds = (FaultKind.HTML, FaultKind.EMPTY, FaultKind.MALFORMED, FaultKind.DEEP, FaultKind.CONTENT_TYPE)
        for kind in kinds:
            rig.world.faults.add(Call.LIST, Fault(kind))
        html, empty, malformed, deep, mistyped = [await rig.list() for _ in kinds]
    assert all(answer.status_code == 200 for answer in (html, empty, malformed, deep, mistyped))
    assert html.headers["Content-Type"].startswith("text/html") and "<html>" in html.text
    assert empty.content == b""
    with pytest.raises(ValueError):
        malformed.json()
    with pytest.raises(RecursionError):
        deep.json()
    assert mistyped.headers["Content-Type"] == "text/plain; charset=utf-16"
    assert json.loads(mistyped.content) == {"runs": []}


async def test_huge_answers_are_good_json(serving):
    """A client without a cap would take them: the size is exact, plain or out of gzip."""
    async with serving() as rig:
        rig.world.faults.add(Call.LIST, Fault(FaultKind.HUGE, size=9 << 20))
        rig.world.faults.add(Call.LIST, Fault(FaultKind.GZIP_BOMB, size=9 << 20))
        huge, packed = await rig.list(), await rig.list()
    assert [len(answer.content) for answer in (huge, packed)] == [9 << 20] * 2
    assert huge.json() == packed.json() == {"runs": []}
    assert int(packed.headers["Content-Length"]) < 12_000


def test_a_bomb_is_one_right_gzip_stream():
    """A bomb is one valid gzip stream of its size with a correct checksum, compressed about 1:1000."""
    packed = bomb(b'{"a": 1}', (3 << 20) + 5)
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 16)
    content = unpack.decompress(packed) + unpack.flush()
    assert unpack.eof and unpack.unused_data == b""
    assert content == b'{"a": 1}'.ljust((3 << 20) + 5)
    assert len(packed) * 900 < len(content)


@pytest.mark.parametrize("name", list(PAYLOADS))
async def test_hostile_text_arrives_whole(serving, name):
    """Every payload gets through JSON unchanged, in the field asked for, of lists and of single runs."""
    async with serving() as rig:
        run_id = (await rig.trigger()).json()["run_id"]
        fault = Fault(FaultKind.HOSTILE, field="error", payload=name)
        rig.world.faults.add(Call.ANY, fault, count=2)
        row, alone = (await rig.list()).json()["runs"][0], (await rig.get(run_id)).json()
    assert row["error"] == alone["error"] == PAYLOADS[name]
    assert row["run_id"] == run_id


async def test_hostile_text_in_every_string_and_in_outputs(serving):
    """`*` reaches every string however deep; `outputs` becomes a list of it; a text of one's own will do."""
    async with serving() as rig:
        run_id = (await rig.trigger()).json()["run_id"]
        rig.world.faults.add(Call.GET, Fault(FaultKind.HOSTILE, payload="\x1b[2J"))
        rig.world.faults.add(Call.GET, Fault(FaultKind.HOSTILE, field="outputs", payload="javascript:alert(1)"))
        every, outputs = (await rig.get(run_id)).json(), (await rig.get(run_id)).json()
    assert every["run_id"] == run_id + "\x1b[2J"
    assert every["metadata"]["webhook_key"] == rig.key + "\x1b[2J"
    assert outputs["outputs"] == ["javascript:alert(1)"]


async def test_fields_can_be_overwritten_and_left_out(serving):
    """A patch makes any wrong type, unknown status or missing field, in every run of the answer."""
    async with serving() as rig:
        for _ in range(2):
            await rig.trigger()
        patch = {"status": "paused", "created_at": 12, "outputs": {"a": None}}
        rig.world.faults.add(Call.LIST, Fault(FaultKind.PATCH, patch=patch, drop=("metadata",)))
        rig.world.faults.add(Call.TRIGGER, Fault(FaultKind.PATCH, drop=("run_id",)))
        rows = (await rig.list()).json()["runs"]
        started = await rig.trigger()
        assert [(row["status"], row["created_at"], row["outputs"]) for row in rows] == [("paused", 12, {"a": None})] * 2
        assert not any("metadata" in row for row in rows)
        assert started.status_code == 200 and "run_id" not in started.json()
        assert len(rig.world.list_runs(rig.key)) == 3


@pytest.mark.parametrize("kind", [FaultKind.CLOSE, FaultKind.RESET, FaultKind.SILENCE])
async def test_connections_can_fail_before_a_request_is_read(serving, kind):
    """The fault strikes at accepting; no request is logged, and the next connection works."""
    async with serving() as rig:
        rig.world.faults.add(Call.CONNECT, Fault(kind))
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError, httpx.ReadTimeout)):
            await rig.list()
        assert not rig.served.log
        assert (await rig.list()).status_code == 200


async def test_downloads_can_fail(serving):
    """Storage knows the same faults."""
    async with serving(seconds=1.0) as rig:
        run_id = (await rig.trigger()).json()["run_id"]
        await asyncio.sleep(2)
        url = (await rig.get(run_id)).json()["outputs"][0]
        rig.world.faults.add(Call.DOWNLOAD, Fault(FaultKind.TRUNCATED))
        async with httpx.AsyncClient(trust_env=False) as client:
            with pytest.raises(httpx.RemoteProtocolError):
                await client.get(url)
            assert (await client.get(url)).status_code == 200


def test_a_fault_strikes_as_often_as_told():
    """Count, webhook and call bind it; the one added first strikes first; clearing ends all."""
    board = FaultBoard(1)
    two, always = Fault(FaultKind.CLOSE), Fault(FaultKind.HTML)
    board.add(Call.GET, two, count=2, webhook_key="wh_a")
    board.add("any", always, count=None)
    assert board.next_fault(Call.LIST, "wh_a") is always
    assert [board.next_fault(Call.GET, "wh_a") for _ in range(3)] == [two, two, always]
    assert board.next_fault(Call.CONNECT) is None
    board.planned.clear()
    assert board.next_fault(Call.GET, "wh_a") is None


def test_chance_is_seeded():
    """A probability strikes about that often, and equally for equal seeds."""

    def struck(seed):
        board = FaultBoard(seed)
        board.add(Call.ANY, Fault(FaultKind.CLOSE), count=None, probability=0.25)
        return [board.next_fault(Call.GET) is not None for _ in range(1000)]

    assert 200 < sum(struck(1)) < 300
    assert struck(1) == struck(1) != struck(2)


@pytest.mark.parametrize(
    ("call", "kind", "more"),
    [
        ("nope", FaultKind.CLOSE, {}),
        ("get", FaultKind.CLOSE, {"probability": 0.0}),
        ("get", FaultKind.CLOSE, {"count": 0}),
        ("connect", FaultKind.HTML, {}),
    ],
)
def test_impossible_faults_are_refused(call, kind, more):
    """A fault that could never occur raises ValueError, so no test passes without it."""
    with pytest.raises(ValueError):
        FaultBoard(1).add(call, Fault(kind), **more)
