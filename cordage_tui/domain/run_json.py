"""A run as JSON, in the one form that scripts and hooks get (`cli/schema.json` describes it)."""

import json
import time
from typing import Final

from cordage_tui.domain.run import RunDetail, RunRow
from cordage_tui.domain.secret import masked

Object = dict[str, object]

_LONGEST_ANSWER: Final = 1_000_000
"""Characters of the server's last answer that are passed on."""


def row_object(row: RunRow, webhook: str, now: float) -> Object:
    """Build the JSON object of a list row. `webhook` is the name to show for its key; `now` epoch seconds, for
    active runs."""
    elapsed = row.elapsed_s(now)
    return {
        "id": row.run_id,
        "row": row.id,
        "webhook": webhook,
        "webhook_key": masked(row.webhook_key),
        "status": row.status.value,
        "status_name": row.status_name,
        "prompt": row.prompt,
        "created_at": moment(row.created_at),
        "started_at": moment(row.started_at),
        "ended_at": moment(row.ended_at),
        "elapsed_s": None if elapsed is None else round(elapsed, 3),
        "output_count": row.output_count,
        "matched": row.matched and row.matched.value,
    }


def detail_object(detail: RunDetail, webhook: str, now: float) -> Object:
    """Build the JSON object of one run: inputs, outputs and answer whole, as a script needs them. A webhook's key is a
    secret, and masked wherever the server repeats it."""
    key = detail.row.webhook_key
    return {
        **row_object(detail.row, webhook, now),
        "inputs": _finite(json.dumps(detail.inputs)),
        "outputs": list(detail.outputs),
        "node_count": detail.node_count,
        "error": _masked(detail.error, key),
        "note": _masked(detail.note, key),
        "seen_at": moment(detail.seen_at),
        "answer": _answer(detail.raw, key),
    }


def _answer(raw: str, webhook_key: str) -> object:
    """Parse the server's answer; None where there is none yet, or one larger than a script would want."""
    return None if raw in ("", "{}") or len(raw) > _LONGEST_ANSWER else _masked(_finite(raw), webhook_key)


def _masked(value: object, webhook_key: str) -> object:
    """A JSON value with the webhook's key masked in every name and text of it, and whatever else it calls one."""
    match value:
        case str() if webhook_key:
            return value.replace(webhook_key, masked(webhook_key))
        case list():
            return [_masked(item, webhook_key) for item in value]
        case dict():
            pairs = ((str(_masked(name, webhook_key)), field) for name, field in value.items())
            return {
                name: _masked(field, field if name == "webhook_key" and isinstance(field, str) else webhook_key)
                for name, field in pairs
            }
    return value


def moment(epoch: float | None) -> str | None:
    """A time as RFC 3339, UTC, to the millisecond; None where it is not known, or where no calendar has it."""
    if epoch is None:
        return None
    try:
        whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(epoch // 1))
    except (ValueError, OverflowError, OSError):
        return None
    return f"{whole}.{int(epoch % 1 * 1000):03d}Z"


def _finite(text: str) -> object:
    """The value of a JSON text, numbers that JSON does not have as None; None for what is no JSON."""
    try:
        return json.loads(text, parse_constant=lambda name: None, parse_float=_number)
    except (ValueError, RecursionError):
        return None


def _number(text: str) -> float | None:
    value = float(text)
    return value if abs(value) != float("inf") else None
