"""One request on the wire: traced, bounded, inside a total deadline.

This module, `connections`, `body` and `failures` are the ones that import httpx; `dispatch` imports them when the first
call is made, because that takes longer than the first screen.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from cordage_tui.api.answer import ApiResponse, RequestTiming
from cordage_tui.api.body import read_body
from cordage_tui.api.connections import HttpClientHolder
from cordage_tui.api.deadlines import Timeouts
from cordage_tui.api.errors import CordageError, Delivery
from cordage_tui.api.failures import WIRE_FAULTS, to_cordage_error
from cordage_tui.api.request import ApiRequest
from cordage_tui.domain.urls import BaseUrl

_POOL_S: Final = 5.0


@dataclass(slots=True)
class _RequestTrace:
    """What httpcore and the response tell of one request, whichever way it ends."""

    on_sending: Callable[[], None] | None
    fresh: bool = False
    """It made a connection, so it did not find a stale one."""
    sent_at: float | None = None
    """When its headers were about to be written, in the loop's seconds; None: not one byte has left."""
    heard_at: float = 0.0
    """When status and headers were there."""
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    async def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        if event.endswith("connect_tcp.started"):
            self.fresh = True
        elif event.endswith("send_request_headers.started") and info["request"].method != b"CONNECT" and not self.sent:
            if self.on_sending is not None:
                self.on_sending()
            self.sent_at = _now()

    def heard(self, response: httpx.Response) -> None:
        """Status and headers have come."""
        self.status, self.headers, self.heard_at = response.status_code, dict(response.headers), _now()

    @property
    def sent(self) -> bool:
        return self.sent_at is not None

    @property
    def round_trip(self) -> RequestTiming | None:
        """None: nothing came back."""
        if self.sent_at is None or self.status is None:
            return None
        return RequestTiming(self.sent_at, self.heard_at)

    @property
    def delivery(self) -> Delivery:
        if self.status is not None:
            return Delivery.ANSWERED
        return Delivery.UNCERTAIN if self.sent else Delivery.NOT_SENT

    @property
    def met_stale_connection(self) -> bool:
        """It went out on a kept connection and nothing came back."""
        return self.sent and not self.fresh and self.status is None


class HttpTransport:
    """Sends requests to one origin. `keep_alive` False: each on a connection of its own, so none is ever stale."""

    def __init__(self, base: BaseUrl, deadlines: Timeouts, *, keep_alive: bool) -> None:
        """Raises InvalidRequest when the environment names a proxy that cannot be used."""
        self._host = base.host
        self._deadlines = deadlines
        self._connections = HttpClientHolder(base, keep_alive=keep_alive)

    async def send(self, request: ApiRequest) -> ApiResponse:
        """The answer, as soon as a status line came; why a body is cut or refused stands in `ApiResponse.cut`.

        Raises the CordageError of what went wrong before that. A GET that met a stale connection is sent once more on
        a fresh one; nothing else is ever repeated.
        """
        trace = _RequestTrace(request.on_sending)
        total_s = self._deadlines.trigger_total_s if request.paid else self._deadlines.total_s
        try:
            async with asyncio.timeout(total_s):
                return await self._exchange(request, trace)
        except WIRE_FAULTS as fault:
            error = self._explained(fault, request, trace)
            suspect = isinstance(fault, TimeoutError | httpx.PoolTimeout)
        if suspect:
            await self._connections.renew()
        if trace.status is None:
            raise error
        return _answer(request, trace, cut=error)

    async def aclose(self) -> None:
        """Closes the connections, those in use when their request is done; later requests make new ones."""
        await self._connections.renew()

    async def _exchange(self, request: ApiRequest, trace: _RequestTrace) -> ApiResponse:
        try:
            return await self._attempt(request, trace)
        except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
            if request.method != "GET" or not trace.met_stale_connection:
                raise
        await self._connections.renew()
        return await self._attempt(request, trace)

    async def _attempt(self, request: ApiRequest, trace: _RequestTrace) -> ApiResponse:
        async with (
            self._connections.client() as client,
            client.stream(
                request.method,
                request.url,
                content=request.body,
                headers=_headers(request),
                timeout=self._timeout(request),
                extensions={"trace": trace},
            ) as response,
        ):
            trace.heard(response)
            return _answer(request, trace, await read_body(response))

    def _timeout(self, request: ApiRequest) -> httpx.Timeout:
        limits = self._deadlines
        read_s = limits.trigger_read_s if request.paid else limits.read_s
        return httpx.Timeout(connect=limits.connect_s, write=limits.write_s, read=read_s, pool=_POOL_S)

    def _explained(self, fault: Exception, request: ApiRequest, trace: _RequestTrace) -> CordageError:
        return to_cordage_error(
            fault,
            call=request.call,
            host=self._host,
            delivery=trace.delivery,
            status=trace.status,
            redactor=request.redactor,
        )


def _answer(
    request: ApiRequest, trace: _RequestTrace, body: bytes = b"", *, cut: CordageError | None = None
) -> ApiResponse:
    assert trace.status is not None
    return ApiResponse(request.call, trace.status, trace.headers, body, cut, request.redactor, trace.round_trip)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _headers(request: ApiRequest) -> dict[str, str]:
    headers = {"Authorization": f"Bearer {request.key.reveal()}"}
    if request.body is not None:
        headers["Content-Type"] = "application/json"
    return headers
