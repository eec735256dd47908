"""Codecs between values and columns."""

import json
import re
from functools import lru_cache
from typing import Final

from cordage_tui.domain.advised_text import action_of, advised
from cordage_tui.domain.inputs import Inputs, canonical
from cordage_tui.domain.run import MatchedBy, RowId, RunDetail, RunRow, Status
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.secrets import hide_keys
from cordage_tui.store.file.database import Row

# Encoding of values in the database, and decoding: everything shown comes out as safe text.

MAX_PROMPT: Final = 300
"""Characters of a prompt that the run table keeps, on one line."""

_FOUND_BY: Final = {
    MatchedBy.TIME: SafeText(
        "Its answer was lost; this run was found in the list, created when this was sent. The list does not show its inputs. "
        "If somebody else used this webhook at that moment, the run may be theirs."
    ),
    MatchedBy.GUESS: SafeText(
        "A guess: its answer was lost, and this run was found in the list by its time. It may be another prompt's. If somebody "
        "else used this webhook, it may be theirs."
    ),
    MatchedBy.USER: SafeText("Its answer was lost; you said that this is its run."),
}
"""Words about how the run of a prompt was found."""

RUN_COLUMNS: Final = (
    "runs.id, runs.webhook, runs.run_id, runs.status, runs.word, runs.prompt, "
    "runs.created_at, runs.started_at, runs.ended_at, runs.output_count, runs.batch, runs.size, runs.sent_at, "
    "runs.matched, (SELECT group_concat(tag, ' ') FROM tags WHERE run = runs.id), runs.author, "
    "runs.decision, runs.top_stars"
)
"""What `run_row` reads, in order."""
OTHERS_SEEN: Final = """CASE WHEN runs.matched = 'guess' THEN (SELECT count(*) FROM runs AS other
    WHERE other.profile = runs.profile AND other.folded IN (0, 1) AND other.webhook = runs.webhook
    AND other.created_at BETWEEN runs.created_at - 86400 AND runs.created_at + 86400 AND other.run_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.id = other.id)) END"""
"""SQL: of a guess, how many runs of others were seen on its webhook within a day of it; NULL: it is none."""

STATUSES: Final = {status.value: status for status in Status}
"""Of a hundred thousand rows this is twenty times as fast as `Status(value)`."""
STATUS_NAMES: Final = {status: status.word for status in Status}

_SURROGATE: Final = "[\ud800-\udfff]"


def run_row(row: Row) -> RunRow:
    """Decode RUN_COLUMNS into a row of the table."""
    row_id, webhook, run_id, name, word, prompt, created_at, started_at, ended_at, *rest = row
    output_count, batch, size, sent_at, matched, tags, author, decision, stars = rest
    status, shown = read_status(name, word)
    return RunRow(
        RowId(row_id),
        webhook,
        run_id,
        status,
        shown,
        one_line(prompt, MAX_PROMPT),
        created_at,
        started_at,
        ended_at,
        output_count,
        None if batch is None else RowId(batch),
        size,
        sent_at,
        MatchedBy(matched) if matched else None,
        read_tags(tags),
        None if author is None else one_line(author),
        None if decision == 0 else decision > 0,
        stars,
    )


def read_tags(joined: str | None) -> tuple[SafeText, ...]:
    """Decode tags that are joined by blanks."""
    return () if joined is None else tuple(map(one_line, sorted(joined.split(" "))))


def run_detail(row: Row) -> RunDetail:
    """Decode RUN_COLUMNS and, of its details: inputs, outputs, node_count, error, note, raw, seen_at, parent, parent_output, the
    number of its children and the id of its parent, and `OTHERS_SEEN`."""
    (
        *line,
        inputs,
        outputs,
        node_count,
        error,
        note,
        raw,
        seen_at,
        parent,
        parent_output,
        children,
        made_from,
        others,
    ) = row
    shown = run_row(tuple(line))
    found_by = shown.matched and _FOUND_BY[shown.matched]
    words = " ".join(words for words in (found_by, _words_of_others(others), note) if words)
    return RunDetail(
        row=shown,
        inputs=read_inputs(inputs),
        outputs=tuple(one_line(url, 10_000) for url in read_urls(outputs)),
        node_count=node_count,
        error=message_text(hide_keys(error) if error else None),
        note=message_text(hide_keys(words) if words else None),
        raw=raw,
        seen_at=seen_at,
        parent=parent,
        parent_output=parent_output,
        children=children,
        parent_run_id=made_from,
        others_seen=others,
    )


def _words_of_others(count: int | None) -> str:
    """Describe how many runs of others were seen about a guess."""
    if count is None:
        return ""
    runs = {0: "no run of others was", 1: "1 run of others was"}.get(count, f"{count:,} runs of others were")
    return f"Within a day of it, {runs} seen on this webhook."


@lru_cache(1_000)
def read_status(name: str, word: str | None) -> tuple[Status, SafeText]:
    """Decode a status, and the word to show for it."""
    status = STATUSES.get(name, Status.OTHER)  # a damaged one is mended when the database is looked through
    return status, one_line(word) if word and status is Status.OTHER else STATUS_NAMES[status]


def stored(inputs: Inputs) -> str:
    """Encode inputs for the database: canonical, lone surrogates (which SQLite refuses) as JSON escapes."""
    return escaped(canonical(inputs))


def escaped(text: str) -> str:
    """Escape the lone surrogates in JSON `text`: the same value, and SQLite takes it."""
    return text if text.isascii() else re.sub(_SURROGATE, lambda match: f"\\u{ord(match.group()):04x}", text)


def read_inputs(text: str | None) -> Inputs | None:
    """Decode what `stored` has encoded; None: there is nothing, or it is damaged."""
    value = _json(text)
    return value if isinstance(value, dict) else None


def _json(text: str | None) -> object:
    """Decode JSON; None: there is nothing, or it is damaged, which a later start mends."""
    try:
        return None if text is None else json.loads(text)
    except (ValueError, RecursionError):
        return None


def read_urls(text: str | None) -> list[str]:
    """Decode the URLs of outputs; none, if they are damaged."""
    found = _json(text)
    return [url for url in found if isinstance(url, str)] if isinstance(found, list) else []


# Text with an action that leads on, as it is kept in one column.

_MARK: Final = "\x1f"
"""Between the words and the action's id. Text from outside never holds it: the choke point makes it visible."""


def message_column(words: str | None) -> str | None:
    """Encode words with their action for one column."""
    action = action_of(words)
    return words if words is None or action is None else f"{words}{_MARK}{action}"


def message_text(text: str | None) -> SafeText | None:
    """Decode words with their action. Safe."""
    if text is None:
        return None
    words, _, action = text.partition(_MARK)
    return advised(words, action or None)
