"""HTTP/1.1 on an accepted connection."""

import asyncio
from email.utils import formatdate

import h11

from cordage_tui.simulator.api import App
from cordage_tui.simulator.connection_faults import ACTS, WITHOUT_STATUS, Socket, encode_response, reason_phrase
from cordage_tui.simulator.faults import Call, Fault, FaultKind
from cordage_tui.simulator.http_messages import HttpRequest, HttpResponse, PlannedResponse

_MAX_BODY = 8 << 20
_BODILESS = (204, 304)
_NO_ANSWER = HttpResponse(200)


class _TooLarge(Exception):
    """Error for a request body over 8 MiB."""


async def serve_connection(wire: Socket, origin: App) -> None:
    """Answer requests until either side closes. Never raises for errors of the peer."""
    try:
        if not await _apply_connect_fault(wire, origin):
            http = h11.Connection(h11.SERVER)
            while await _answer_one(wire, http, origin):
                http.start_next_cycle()
    except OSError:
        pass  # the peer is gone
    finally:
        await wire.close()


async def _apply_connect_fault(wire: Socket, origin: App) -> bool:
    fault = origin.world.faults.next_fault(Call.CONNECT) if origin.has_connect_faults else None
    if fault is not None:
        await ACTS[fault.kind](wire, _NO_ANSWER, fault)
    return fault is not None


async def _answer_one(wire: Socket, http: h11.Connection, origin: App) -> bool:
    """Read and answer one request; return whether another may follow."""
    try:
        request = await _read(wire, http)
    except h11.RemoteProtocolError as error:
        refusal = HttpResponse.of_json(error.error_status_hint, {"error": "Malformed request"})
        await _write(wire, http, origin, refusal, closing=True)
        return False
    except _TooLarge:
        await _write(
            wire, http, origin, HttpResponse.of_json(413, {"error": "Request body is too large"}), closing=True
        )
        return False
    if request is None:
        return False
    reply = origin.reply(request)
    if reply.wait_s > 0.0:
        await asyncio.sleep(reply.wait_s)
    if reply.fault is not None and reply.fault.kind in ACTS:
        await _play_fault(wire, origin, reply, reply.fault)
        return False
    if reply.fault is not None and reply.fault.kind is FaultKind.DELAY:
        await asyncio.sleep(1.0 if reply.fault.seconds is None else reply.fault.seconds)
    reply.exchange.status = reply.answer.status
    await _write(wire, http, origin, reply.answer, with_body=request.method != "HEAD")
    return http.our_state is h11.DONE and http.their_state is h11.DONE


async def _read(wire: Socket, http: h11.Connection) -> HttpRequest | None:
    """Read the next request with its body; None when the peer closes instead."""
    begun: h11.Request | None = None
    body = bytearray()
    while True:
        event = http.next_event()
        if event is h11.NEED_DATA:
            if http.they_are_waiting_for_100_continue:
                go_on = http.send(h11.InformationalResponse(status_code=100, headers=[], reason=b"Continue"))
                await wire.send(go_on or b"")
            http.receive_data(await wire.read())
        elif isinstance(event, h11.Request):
            begun = event
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > _MAX_BODY:
                raise _TooLarge
        elif isinstance(event, h11.EndOfMessage) and begun is not None:
            headers = tuple((name.decode("ascii"), value.decode("latin-1")) for name, value in begun.headers)
            return HttpRequest(
                begun.method.decode("ascii"), begun.target.decode("latin-1"), headers, bytes(body), wire.peer
            )
        else:
            return None


async def _play_fault(wire: Socket, origin: App, reply: PlannedResponse, fault: Fault) -> None:
    if fault.kind not in WITHOUT_STATUS:
        reply.exchange.status = reply.answer.status
    await ACTS[fault.kind](wire, reply.answer.with_headers(_date_header(origin)), fault)


async def _write(
    wire: Socket,
    http: h11.Connection,
    origin: App,
    answer: HttpResponse,
    *,
    with_body: bool = True,
    closing: bool = False,
) -> None:
    headers = [*_date_header(origin), *answer.headers]
    if answer.status not in _BODILESS:
        headers.append(("Content-Length", str(len(answer.body))))
    if closing:
        headers.append(("Connection", "close"))
    encoded = [(name.encode("utf-8"), value.encode("utf-8", "surrogateescape")) for name, value in headers]
    try:
        response = h11.Response(
            status_code=answer.status, headers=encoded, reason=reason_phrase(answer.status).encode("ascii")
        )
        data = http.send(response) or b""
    except h11.LocalProtocolError:
        http.send_failed()
        await wire.send(
            encode_response(answer.with_headers(_date_header(origin)))
        )  # h11 refuses headers that a fault may ask for
        return
    if with_body and answer.status not in _BODILESS:
        data += http.send(h11.Data(data=answer.body)) or b""
    await wire.send(data + (http.send(h11.EndOfMessage()) or b""))


def _date_header(origin: App) -> tuple[tuple[str, str], ...]:
    return (("Date", formatdate(origin.world.clock(), usegmt=True)),)
