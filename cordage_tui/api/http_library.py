"""HTTP library: httpx and httpcore, which no other file imports, so that a successor with their interface is a change of this
one (docs/architecture.md, *The HTTP library*).

The import takes 50 ms or more. It leaves out httpx's command line, which it would load wherever click is installed
(docs/library-traps.md T3). Where sniffio is not installed, httpcore looks for it no more (T37).
"""

import sys

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

__all__ = ["LOGGERS", "httpcore", "httpx"]

LOGGERS = (httpx.__name__, httpcore.__name__)
"""Names of their loggers, which write whole URLs at INFO and headers at DEBUG."""
