"""Decode answers to domain values: liberal about missing fields, strict about what a run is (docs/dev/wire-contract.md,
"be liberal")."""

import json
from collections.abc import Callable, Iterator
from typing import Final

from cordage_tui.api.json_values import SMALL, InvalidJson, Parsed, epoch, parse
from cordage_tui.api.responses import ApiResponse
from cordage_tui.domain.client_reference import without_ref
from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.run import SERVER_STATUS, RemoteRun, RunList, Status
from cordage_tui.domain.safe_text import SafeText, one_line, safe

MAX_OUTPUTS: Final = 10_000
"""Outputs of one run."""
MAX_RAW: Final = 256 * 1024
"""Characters of one run's own JSON that are kept. Of a larger run the fields that are small are kept."""
MAX_ID: Final = 16_384
"""Characters of a run id; longer could not be asked for by URL."""

_MAX_RAW_FIELD: Final = 4 * 1024
_FITS_ALWAYS: Final = MAX_RAW // 4 - 8
"""Characters of JSON that surely fit: `_fits` counts at most 4 for each."""
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, check_circular=False)
_PAGING_KEYS: Final = ("pagination", "paging", "page_info", "meta", "links", "_links")
_TOTAL_KEYS: Final = ("total", "total_count", "totalCount")
_NEXT_KEYS: Final = ("has_more", "hasMore", "has_next", "hasNextPage", "next", "next_page", "next_cursor", "nextCursor")
_LIST_KEYS: Final = ("runs", "data", "items", "results")
_NODES_MAX: Final = 1_000_000
_WORD_MAX: Final = 40
_ERROR_MAX: Final = 10_000


def runs_in(answer: ApiResponse) -> RunList:
    """Return the runs of a list answer, in the server's order; of two with one id the last counts.

    Takes a bare array, or an object with the array under `runs`, `data`, `items` or `results`. Null under `runs`
    means an empty list. Raises UnexpectedResponse when any part breaks the contract: half a list is not a list. A 204
    also raises it, because any proxy in between can send one.
    """
    _refuse_without_body(answer)
    _refuse_partial(answer)
    value = _json(answer)
    items = _array(answer, value)
    more = isinstance(value, dict) and _tells_more(value, len(items))
    items.reverse()  # and used up item by item: freed all at once they would hold every thread
    runs = (_run(answer, items.pop()) for _ in range(len(items)))
    run_list = RunList({run.run_id: run for run in runs}.values())
    run_list.more = more
    return run_list


def run_in(answer: ApiResponse) -> RemoteRun:
    """Return the one run of a trigger answer. Raises UnexpectedResponse when it has no usable `run_id`."""
    _refuse_partial(answer)
    return _run(answer, _json(answer))


def asked_run_in(answer: ApiResponse, run_id: str) -> RemoteRun:
    """Like `run_in`, but of a get or kill answer: raises UnexpectedResponse also when it names another run than `run_id`."""
    run = run_in(answer)
    if run.run_id != run_id:
        raise answer.not_the_api("the answer is about another run than the one that was asked for")
    return run


def usable_id(run_id: object) -> bool:
    """Return whether it is a string that can be one segment of a URL path: `.` and `..` would name a folder."""
    return isinstance(run_id, str) and 0 < len(run_id.strip()) <= len(run_id) <= MAX_ID and run_id not in {".", ".."}


def _refuse_without_body(answer: ApiResponse) -> None:
    if answer.status == 204:
        raise answer.not_the_api("the answer has no content (204); a list of runs was expected")


def _refuse_partial(answer: ApiResponse) -> None:
    if answer.status == 206:
        raise answer.not_the_api("the answer is a part (206), which nobody asked for")


def _json(answer: ApiResponse) -> Parsed:
    if "html" in answer.headers.get("content-type", "").lower():
        raise answer.not_the_api(
            "a web page answers instead of Cordage; it may be a login page of the network, or the address may be wrong"
        )
    try:
        return parse(answer.body)
    except InvalidJson as bad:
        problem = str(bad)
    raise answer.not_the_api(problem)


def _array(answer: ApiResponse, value: Parsed) -> list[Parsed]:
    if isinstance(value, list):
        return value
    if not isinstance(value, dict):
        raise answer.not_the_api("the list of runs is neither an array nor an object")
    for name in _LIST_KEYS:
        items = value.get(name, value)
        if isinstance(items, list):
            return items
        if items is None and name == _LIST_KEYS[0]:
            return []
    raise answer.not_the_api(_instead(value, "no list of runs in the answer"))


def _tells_more(value: dict[str, Parsed], count: int) -> bool:
    """Return whether a list says that there are more runs, by the names that lists commonly have for it; the API
    documents none."""
    about = [value, *(inner for name in _PAGING_KEYS if isinstance(inner := value.get(name), dict))]
    return any(
        any(type(total := part.get(name)) is int and total > count for name in _TOTAL_KEYS)
        or any(part.get(name) for name in _NEXT_KEYS)
        for part in about
    )


def _run(answer: ApiResponse, value: Parsed) -> RemoteRun:
    if not isinstance(value, dict):
        raise answer.not_the_api("a run is not an object")
    run_id = value.get("run_id")
    if not isinstance(run_id, str) or not usable_id(run_id):
        raise answer.not_the_api(_instead(value, "a run without a usable run_id"))
    hide_key = answer.redactor.hide_key
    status, name = _status(value.get("status"), hide_key)
    metadata = value.get("metadata")
    about = metadata if isinstance(metadata, dict) else {}
    return RemoteRun(
        run_id=run_id,
        status=status,
        status_name=name,
        created_at=epoch(value.get("created_at")),
        completed_at=epoch(value.get("completed_at")),
        node_count=_nodes(value.get("node_count")) or _nodes(about.get("node_count")),
        outputs=_outputs(answer, value.get("outputs")),
        error=_error(value.get("error"), hide_key) or _error(about.get("error"), hide_key),
        inputs=_inputs(value) or _inputs(about),
        raw=hide_key(_raw(value, len(answer.body))),
        clock_ahead_s=answer.clock_ahead_s,
    )


def _raw(value: dict[str, Parsed], size: int) -> str:
    """Encode the run as it came in an answer of `size` bytes. A run larger than MAX_RAW loses its large fields."""
    if size <= SMALL and len(text := _ENCODER.encode(value)) < _FITS_ALWAYS:
        return text
    if _fits(value, MAX_RAW):
        return _ENCODER.encode(value)
    small = {name: field if _fits(field, _MAX_RAW_FIELD) else "(too large to keep)" for name, field in value.items()}
    return _ENCODER.encode(small if _fits(small, MAX_RAW) else {"run_id": value["run_id"]})


def _fits(value: Parsed, limit: int) -> bool:
    """Return whether its JSON has roughly at most `limit` characters; looks no further than that."""
    stack: list[Parsed] = [value]
    while stack and limit > 0:
        item = stack.pop()
        limit -= len(item) + 4 if isinstance(item, str) else 8
        if isinstance(item, dict):
            limit -= sum(map(len, item))
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
    return limit > 0


def _instead(value: dict[str, Parsed], message: str) -> str:
    error = value.get("error")
    return f"{message}; the server says: {error}" if isinstance(error, str) and error.strip() else message


def _status(value: Parsed, hide_key: Callable[[str], str]) -> tuple[Status, SafeText]:
    word = one_line(hide_key(value), _WORD_MAX) if isinstance(value, str) else SafeText("")
    status = SERVER_STATUS.get(word.lower())
    if status is not None:
        return status, status.word
    return Status.OTHER, word or SafeText("no status")


def _nodes(value: Parsed) -> int | None:
    return value if type(value) is int and 0 <= value <= _NODES_MAX else None


def _error(value: Parsed, hide_key: Callable[[str], str]) -> SafeText | None:
    if isinstance(value, dict):
        value = value.get("message")
    return safe(hide_key(value.strip()), _ERROR_MAX) if isinstance(value, str) and value.strip() else None


def _inputs(value: dict[str, Parsed]) -> Inputs | None:
    for name in ("inputs", "input"):
        inputs_field = value.get(name)
        if isinstance(inputs_field, dict) and (inputs := without_ref(inputs_field)):
            return inputs
    prompt = value.get("prompt")
    return {"prompt": prompt} if isinstance(prompt, str) and prompt else None


def _outputs(answer: ApiResponse, value: Parsed) -> tuple[str, ...] | None:
    if value is None:
        return None
    urls = tuple(_urls(value))
    if len(urls) > MAX_OUTPUTS:
        raise answer.not_the_api(f"a run has more than {MAX_OUTPUTS} outputs")
    return urls


def _urls(value: Parsed) -> Iterator[str]:
    """Yield strings in order. An object yields its `url`, or every string in it if it has none. Anything else is only
    in `raw`."""
    if isinstance(value, str):
        if value.strip():
            yield value
    elif isinstance(value, list):
        for item in value:
            yield from _urls(item)
    elif isinstance(value, dict):
        yield from _urls(value["url"] if "url" in value else list(value.values()))
