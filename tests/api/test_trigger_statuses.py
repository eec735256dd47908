"""docs/dev/triggering.md 3, second table: the delivery of a trigger after each status."""

from collections.abc import Callable

import pytest

from cordage_tui.api.client import CordageClient
from cordage_tui.api.errors import (
    AuthenticationFailed,
    CordageError,
    Delivery,
    NotFound,
    RateLimited,
    RequestRejected,
    RequestTimeout,
    ServerError,
    UnexpectedResponse,
)
from cordage_tui.api.rate_limiter import RateLimiter
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.rate_limit import RateLimitClass
from tests.api.raw_server import WEBHOOK, Serve, always, reply
from tests.api.triggering import failure

Connect = Callable[..., CordageClient]


@pytest.mark.parametrize(
    ("status", "kind", "delivery"),
    [
        *[(s, UnexpectedResponse, Delivery.UNCERTAIN) for s in (300, 301, 302, 303, 304, 307, 308)],
        *[(s, RequestRejected, Delivery.ANSWERED) for s in (400, 405, 410, 411, 413, 414, 415, 422, 431)],
        (404, NotFound, Delivery.ANSWERED),
        *[(s, AuthenticationFailed, Delivery.ANSWERED) for s in (401, 402, 403)],
        (408, RequestTimeout, Delivery.UNCERTAIN),
        *[(s, RequestRejected, Delivery.UNCERTAIN) for s in (409, 418, 421, 451, 499)],
        (425, ServerError, Delivery.UNCERTAIN),
        (429, RateLimited, Delivery.ANSWERED),
        *[(s, ServerError, Delivery.UNCERTAIN) for s in (500, 502, 503, 504, 520, 521, 522, 523, 524, 600, 999)],
    ],
)
async def test_a_status_is_classed_as_the_table_says(
    serve: Serve, connect: Connect, status: int, kind: type[CordageError], delivery: Delivery
) -> None:
    """The second table of docs/dev/triggering.md 3, row by row; none of them is repeated or followed."""
    server = await serve(always(reply(f"{status} Words", {"error": "so it is"}, "Location: http://127.0.0.1:1/x")))
    error, announced = await failure(connect(server.base))
    assert type(error) is kind
    assert (error.delivery, error.status, announced) == (delivery, status, 1)
    assert server.requests == 1
    if kind is not UnexpectedResponse:
        assert error.what.endswith("so it is")


@pytest.mark.parametrize("status", [500, 502, 503, 504, 529])
@pytest.mark.parametrize(
    "body",
    [
        {"error": "Rate limit exceeded.", "retry_after": 30},
        {"error": "Rate limit exceeded.", "retry_after": "30"},
        {"error": "nothing was started", "retry_after": 0},
    ],
)
async def test_no_body_makes_a_5xx_to_a_trigger_a_no(
    serve: Serve, connect: Connect, status: int, body: dict[str, object]
) -> None:
    """Only a 429 says that nothing was started; a 5xx is uncertain, whatever its body claims."""
    server = await serve(always(reply(f"{status} Trouble", body)))
    error, _ = await failure(connect(server.base))
    assert type(error) is ServerError
    assert error.delivery is Delivery.UNCERTAIN


async def test_a_503_with_the_limiters_json_still_pauses_its_class_of_calls(serve: Serve, connect: Connect) -> None:
    """The next trigger waits as long as the server asks, though this one is uncertain; a read is free and is a limiter's."""
    server = await serve(always(reply("503 Unavailable", {"error": "Rate limit exceeded.", "retry_after": 30})))
    limiter = RateLimiter(SystemClock())
    client = connect(server.base, rate_limiter=limiter)
    await failure(client)
    assert limiter.view(RateLimitClass.TRIGGER).limited
    with pytest.raises(RateLimited):
        await client.list_runs(WEBHOOK)


@pytest.mark.parametrize("status", [401, 402, 403])
async def test_a_web_page_makes_a_refusal_of_a_trigger_uncertain(serve: Serve, connect: Connect, status: int) -> None:
    """A web page in place of an answer is uncertain, because a filter may have replaced the real one."""
    server = await serve(always(reply(f"{status} No", b"<html>Blocked</html>", "Content-Type: text/html")))
    error, _ = await failure(connect(server.base))
    assert (type(error), error.delivery) == (UnexpectedResponse, Delivery.UNCERTAIN)
