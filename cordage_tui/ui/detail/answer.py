"""The server's last answer about a run: its metadata, and the whole as JSON to read."""

import json
import re
from functools import lru_cache
from typing import Any, Final

from textual.content import Content

from cordage_tui.domain.run import RunDetail
from cordage_tui.domain.text import SafeText, one_line, redact, safe
from cordage_tui.ui.detail.layout import folded, hint
from cordage_tui.ui.ink import literal

LONGEST_READ: Final = 200_000
"""Characters of an answer that are parsed while the cursor moves; a longer one is read only when it is opened."""

MOST_SHOWN: Final = 20_000
"""Characters of the opened answer that are shown."""

_SHOWN_ABOVE: Final = frozenset({"node_count", "webhook_key"})
_TOKEN: Final = re.compile(r'^(?P<indent>\s*)(?P<key>"(?:[^"\\]|\\.)*": )?(?P<value>.*)$', re.DOTALL)


def metadata(detail: RunDetail) -> list[tuple[SafeText, SafeText]]:
    """Name and value of each metadata field that no other section shows."""
    found = _field(detail.raw, "metadata") if len(detail.raw) <= LONGEST_READ else None
    if not isinstance(found, dict):
        return []
    key = detail.row.webhook_key
    return [(one_line(name, 60), value_text(value, key)) for name, value in found.items() if name not in _SHOWN_ABOVE]


def value_text(value: object, webhook_key: str = "") -> SafeText:
    """A JSON value on one line: strings bare, all else as JSON; secrets in it are covered."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return one_line(redact(text[:2000], webhook_key))


def raw_json(detail: RunDetail, width: int, is_open: bool) -> list[Content]:
    """The answer indented and coloured when open, else the key that opens it. Nothing before there was an answer."""
    if detail.raw in ("", "{}"):
        return []
    if not is_open:
        return [hint(SafeText("J"), SafeText("shows the answer as JSON"))]
    lines: list[Content] = []
    for line in pretty(detail.raw, detail.row.webhook_key).split("\n"):
        lines += [_coloured(part) for part in folded(SafeText(line), width)] if line else []
    return lines


@lru_cache(maxsize=1)
def pretty(raw: str, webhook_key: str) -> SafeText:
    """An answer as indented JSON, safe and with secrets covered; one that is no JSON as it stands."""
    try:
        text = json.dumps(_veiled(json.loads(raw), webhook_key), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        text = redact(raw[:MOST_SHOWN], webhook_key)
    return safe(text, MOST_SHOWN)


def _veiled(value: Any, webhook_key: str) -> Any:
    """`value` with every string in it veiled, names too."""
    if isinstance(value, dict):
        return {redact(name, webhook_key): _veiled(inner, webhook_key) for name, inner in value.items()}
    if isinstance(value, list):
        return [_veiled(inner, webhook_key) for inner in value]
    return redact(value, webhook_key) if isinstance(value, str) else value


def _coloured(line: Content) -> Content:
    """Names quiet, values plain, in JSON that `json.dumps` has indented."""
    match = _TOKEN.match(line.plain)
    if match is None or match["key"] is None:
        return line
    return Content.assemble(
        literal(SafeText(match["indent"] + match["key"]), "$quiet"), literal(SafeText(match["value"]))
    )


@lru_cache(maxsize=4)
def _field(raw: str, name: str) -> Any:
    try:
        answer = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return answer.get(name) if isinstance(answer, dict) else None
