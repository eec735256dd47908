"""Runs as JSON: the fast writer gives the same text as objects of the same rows."""

import json
import random
from datetime import UTC, datetime, timedelta

import pytest

from cordage_tui.domain.run import MatchedBy, RowId, RunDetail, RunRow, Status
from cordage_tui.domain.run_json import detail_object, moment, row_object
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.secrets import masked

NOW = 1_700_000_000.0
NASTY = (
    'a "fox" \\ </script>',
    "",
    "\u202egnp.exe",
    "\U0001f98a " * 40,
    "None",
    '"null"',
    "\x1b]0;x\x07",
    "\ud800",
    "{}",
)
TIMES = (None, NOW, NOW - 0.0005, NOW + 59.9996, 0.0, -1.5, 0.1 + 0.2, 253_402_300_799.999)


def described(row: RunRow, webhook: str, now: float) -> object:
    """The object of a row as `schema.json` describes it, field by field."""

    def told(epoch: float | None) -> str | None:
        if epoch is None:
            return None
        moment_found = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=round(epoch * 1000))
        return moment_found.strftime(f"%Y-%m-%dT%H:%M:%S.{moment_found.microsecond // 1000:03d}Z")

    def seconds(span: float | None) -> float | None:
        return None if span is None else round(span, 3)

    spans = row.spans(now)
    return {
        "id": row.run_id,
        "row": row.id,
        "webhook": webhook,
        "webhook_key": masked(row.webhook_key),
        "status": row.status.value,
        "status_name": row.status_name,
        "prompt": row.prompt,
        "created_at": told(row.created_at),
        "started_at": told(row.started_at),
        "ended_at": told(row.ended_at),
        "waiting_here_s": seconds(spans.own_queue_s),
        "waiting_at_cordage_s": seconds(spans.queued_s),
        "running_s": seconds(spans.running_s),
        "elapsed_s": seconds(row.elapsed_s(now)),
        "output_count": row.output_count,
        "matched": row.matched and row.matched.value,
        "tags": list(row.tags),
        "author": row.author,
        "own_queue_s": seconds(spans.own_queue_s),
        "queued_s": seconds(spans.queued_s),
    }


@pytest.mark.parametrize("seed", range(200))
def test_a_row_is_written_field_by_field(seed: int) -> None:
    """A row with any texts and times is written with its keys in the order of the schema."""
    chance = random.Random(seed)
    status = chance.choice(list(Status))
    row = RunRow(
        RowId(chance.randint(1, 1 << 62)),
        chance.choice(("wh_abcdefghijk", "wh_1", "")),
        chance.choice((None, "550e8400", 'x"y', "\ud800")),
        status,
        one_line(chance.choice(NASTY)) if status is Status.OTHER else one_line(status.value),
        one_line(chance.choice(NASTY)),
        chance.choice(TIMES[1:]) or 0.0,
        chance.choice(TIMES),
        chance.choice(TIMES),
        chance.choice((0, 3)),
        sent_at=chance.choice(TIMES),
        matched=chance.choice((None, *MatchedBy)),
        tags=tuple(map(one_line, NASTY[: chance.randint(0, 3)])),
        author=chance.choice((None, one_line(chance.choice(NASTY)))),
    )
    webhook = chance.choice(NASTY)
    expected = described(row, webhook, NOW)
    found = row_object(row, webhook, NOW)
    assert json.dumps(found) == json.dumps(expected)


@pytest.mark.parametrize("epoch", [None, float("nan"), float("inf"), -float("inf"), 1e20, -1e20])
def test_a_time_that_no_calendar_has_is_none(epoch: float | None) -> None:
    """A broken clock or answer must not end a command."""
    assert moment(epoch) is None


def test_a_time_comes_back_as_the_server_told_it() -> None:
    """A time keeps the server's milliseconds: truncating the nearest float would lose one in each second."""
    for ms in range(1000):
        assert moment(float(f"1700300023.{ms:03d}")) == f"2023-11-18T09:33:43.{ms:03d}Z"


def _answer_of(raw: str) -> object:
    row = RunRow(RowId(1), "wh_secret_key", "r", Status.FAILED, SafeText("failed"), SafeText("fox"), NOW)
    detail = RunDetail(row, None, (), None, None, None, raw, None)
    return detail_object(detail, "Sunset", NOW)["answer"]


def test_an_answer_is_whole_up_to_a_million_characters() -> None:
    """The server's answer is passed on up to a million characters; a longer one is None, like a missing one."""
    frame = len('{"a": ""}')
    assert _answer_of('{"a": 1}') == {"a": 1}
    assert _answer_of("") is None
    assert _answer_of("{}") is None
    assert _answer_of(f'{{"a": "{"x" * (1_000_000 - frame)}"}}') == {"a": "x" * (1_000_000 - frame)}
    assert _answer_of(f'{{"a": "{"x" * (1_000_001 - frame)}"}}') is None


def test_a_webhook_key_is_masked_wherever_an_answer_repeats_it() -> None:
    """A webhook key is masked in names and texts at any depth, and so is a key that the answer names as a webhook's."""
    answer = _answer_of('{"wh_secret_key": ["at wh_secret_key"], "inner": {"webhook_key": "wh_of_another"}}')
    text = json.dumps(answer)
    assert "wh_secret_key" not in text
    assert "wh_of_another" not in text
