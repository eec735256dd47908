"""HTTP library: httpx and httpcore.

No other file imports them, so only this file changes if a successor with the same interface replaces them
(docs/dev/architecture.md, *The HTTP library*).

The import takes 50 ms or more. It leaves out httpx's command line, which httpx imports if click is installed
(docs/dev/library-traps.md T3). If sniffio is not installed, httpcore stops looking for it (T37).
"""

import sys
from typing import Any

_COMMAND_LINE = "httpx._main"
_hides = "httpx" not in sys.modules and _COMMAND_LINE not in sys.modules
if _hides:
    sys.modules[_COMMAND_LINE] = None  # type: ignore[assignment]
try:
    import httpcore
    import httpx
finally:
    if _hides:
        sys.modules.pop(_COMMAND_LINE, None)
sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]

__all__ = ["LOGGERS", "close_if_unasked", "httpcore", "httpx"]

LOGGERS = (httpx.__name__, httpcore.__name__)
"""Names of their loggers, which write whole URLs at INFO and headers at DEBUG."""

_TO_CONNECTION = ("stream", "_httpcore_stream", "_stream", "_connection")
_TO_CHUNKS = ("_network_stream", "_stream", "_protocol", "read_queue")
_TO_TLS_CHUNKS = ("_network_stream", "_stream", "transport_stream", "_protocol", "read_queue")
_TO_TLS_BYTES = ("_network_stream", "_stream", "_read_bio", "pending")


async def close_if_unasked(response: httpx.Response) -> None:
    """Close the connection of a fully read response if bytes followed it: no request asked for them.

    httpcore keeps such bytes, and takes them for the answer to the next request on this connection
    (docs/dev/library-traps.md T54). Later bytes are still on the socket, and httpcore sees them before the next request.
    """
    connection = _follow(response, *_TO_CONNECTION)
    trailing = _follow(connection, "_h11_state", "trailing_data") or (b"", False)
    if trailing[0] or any(_follow(connection, *path) for path in (_TO_CHUNKS, _TO_TLS_CHUNKS, _TO_TLS_BYTES)):
        await response.extensions["network_stream"].aclose()


def _follow(start: Any, *names: str) -> Any:
    """Follow attributes that a library keeps to itself; None if one is missing."""
    for name in names:
        start = getattr(start, name, None)
    return start
