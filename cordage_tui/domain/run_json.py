"""A run as JSON, in the one form that scripts and hooks get (`cli/schema.json` describes it)."""

import json
import time
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from json.encoder import encode_basestring_ascii as _text
from math import isfinite
from typing import Any, Final

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.inputs import whole_prompt
from cordage_tui.domain.run import MatchedBy, RowId, RunDetail, RunRow, Status, run_spans
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.secrets import masked

Object = dict[str, object]

_LONGEST_ANSWER: Final = 1_000_000
"""Characters of the server's last answer that are passed on."""


def row_object(row: RunRow, webhook: str, now: float) -> Object:
    """Build the JSON object of a list row. `webhook` is the name to show for its key; `now` epoch seconds, for
    active runs."""
    text = RowWriter(lambda key: webhook, now).text(
        row.id,
        row.webhook_key,
        row.run_id,
        row.status,
        row.status_name,
        row.prompt,
        row.created_at,
        row.started_at,
        row.ended_at,
        row.output_count,
        row.sent_at,
        row.matched,
        row.tags,
        row.author,
    )
    row_json: Object = json.loads(text)
    return row_json


class RowWriter:
    """Writes list rows as JSON text: a list of ten thousand takes a fifth of the time of objects made first."""

    def __init__(self, label: Callable[[str], str], now: float) -> None:
        """`label` gives the name to show for a webhook's key; `now` epoch seconds, for active runs."""
        self._webhook = cache(lambda key: f'"webhook": {_text(label(key))}, "webhook_key": {_text(masked(key))}')
        self._now = now

    def text(
        self,
        row_id: RowId,
        webhook_key: str,
        run_id: str | None,
        status: Status,
        status_name: SafeText,
        prompt: SafeText,
        created_at: float,
        started_at: float | None,
        ended_at: float | None,
        output_count: int,
        sent_at: float | None,
        matched: MatchedBy | None,
        tags: Sequence[SafeText] = (),
        author: SafeText | None = None,
        made_from: Sequence[Any] | None = (),
    ) -> str:
        """Return one JSON object, in ASCII, of the fields of a RunRow.

        `made_from`: row, id and output number of its parent; None: it has none; empty: the object does not mention a
        parent.
        """
        own_queue, queued, running, total = run_spans(status, created_at, started_at, ended_at, sent_at, self._now)
        here = "null" if own_queue is None else _seconds(own_queue)
        at_cordage = "null" if queued is None else _seconds(queued)
        return (
            f'{{"id": {"null" if run_id is None else _text(run_id)}, "row": {row_id}, {self._webhook(webhook_key)}, '
            f'{_status(status, status_name)}, "prompt": {_text(prompt)}, '
            f'"created_at": {_moment(created_at)}, "started_at": {"null" if started_at is None else _moment(started_at)}, '
            f'"ended_at": {"null" if ended_at is None else _moment(ended_at)}, '
            f'"waiting_here_s": {here}, "waiting_at_cordage_s": {at_cordage}, '
            f'"running_s": {"null" if running is None else _seconds(running)}, '
            f'"elapsed_s": {"null" if total is None else _seconds(total)}, '
            f'"output_count": {output_count}, "matched": {"null" if matched is None else _text(matched)}, '
            f'"tags": [{", ".join(map(_text, tags)) if tags else ""}], '
            f'"author": {"null" if author is None else _text(author)}, '
            f'"own_queue_s": {here}, "queued_s": {at_cordage}'  # the earlier names, for one version
            f"{_NO_PARENT if made_from is None else _made_from(*made_from) if made_from else ''}}}"
        )


_NO_PARENT: Final = ', "parent": null'


def _made_from(row: int, run_id: str | None, output: int | None) -> str:
    return f', "parent": {json.dumps(_parent(row, run_id, output))}'


def _parent(row: int, run_id: str | None, output: int | None) -> Object:
    return {"row": row, "id": run_id, "output": output}


@lru_cache(100)
def _status(status: Status, name: SafeText) -> str:
    return f'"status": "{status}", "status_name": {_text(name)}'


def detail_object(detail: RunDetail, webhook: str, now: float) -> Object:
    """Build the JSON object of one run: inputs, outputs and answer whole, as a script needs them.

    A webhook's key is a secret, and is masked everywhere the server repeats it.
    """
    key = detail.row.webhook_key
    row = replace(detail.row, prompt=whole_prompt(detail.row.prompt, detail.inputs))
    return {
        **row_object(row, webhook, now),
        "inputs": _finite(json.dumps(detail.inputs)),
        "outputs": list(detail.outputs),
        "node_count": detail.node_count,
        "error": _masked(detail.error, key),
        "note": _masked(detail.note, key),
        "seen_at": moment(detail.seen_at),
        "others_seen": detail.others_seen,
        "parent": None if detail.parent is None else _parent(detail.parent, detail.parent_run_id, detail.parent_output),
        "children": detail.children,
        "answer": _answer(detail.raw, key),
    }


def _answer(raw: str, webhook_key: str) -> object:
    """Parse the server's answer; None if there is none yet, or it is larger than a script would want."""
    return None if raw in ("", "{}") or len(raw) > _LONGEST_ANSWER else _masked(_finite(raw), webhook_key)


def _masked(value: object, webhook_key: str) -> object:
    """Mask the webhook's key in every name and text of a JSON value, and any value of a `webhook_key` field."""
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
    """Format a time as RFC 3339, UTC, to the nearest millisecond; None if it is unknown, or no calendar has it."""
    text = "null" if epoch is None else _moment(epoch)
    return None if text == "null" else text[1:-1]


def _moment(epoch: float) -> str:
    """Return the time as JSON text."""
    try:
        minutes, ms = divmod(round(epoch * 1000), 60_000)
        return f'"{_day(minutes // 1_440)}{_minute(minutes % 1_440)}{_second(ms // 1_000)}{_ms(ms % 1_000)}"'
    except (ValueError, OverflowError, OSError):
        return "null"


def _seconds(span: float) -> str:
    return "%.3f" % span if isfinite(span) else "null"  # noqa: UP031  faster than an f-string


@lru_cache(1_000)
def _day(number: int) -> str:
    """Days since 1970 as the beginning of a time; most times of a list are of a few days."""
    return time.strftime("%Y-%m-%dT", time.gmtime(number * 86_400))


# Each pair of figures is formatted once. A list of ten thousand has thirty thousand times, and formatting each takes as
# long as reading the rows.


@cache
def _minute(number: int) -> str:
    return f"{number // 60:02d}:{number % 60:02d}:"


@cache
def _second(number: int) -> str:
    return f"{number:02d}."


@cache
def _ms(number: int) -> str:
    return f"{number:03d}Z"


def _finite(text: str) -> object:
    """Parse a JSON text, with None for numbers that JSON does not have; None if it is not JSON."""
    try:
        return json.loads(text, parse_constant=lambda name: None, parse_float=_number)
    except (ValueError, RecursionError):
        return None


def _number(text: str) -> float | None:
    value = float(text)
    return value if abs(value) != float("inf") else None
