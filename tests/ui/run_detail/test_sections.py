"""What stands on the pane for each kind of run."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cordage_tui.domain.outbox import BlockedBy, QueueStanding
from cordage_tui.domain.run import RunDetail, Status
from cordage_tui.domain.text import SafeText, advised, safe
from cordage_tui.ui.run_detail.sections import LONGEST_PROMPT, SECTIONS, DetailModel, curl_line

Make = Callable[..., RunDetail]


KEYS = {
    "run.edit": "e",
    "runs.refresh": "r",
    "run.kill": "x",
    "run.raw": "J",
    "run.copy_curl": "C",
    "run.copy_urls": "Y",
}


def drawn(detail: RunDetail, now: float, width: int = 60, *, keys: Mapping[str, str] = KEYS, **view: Any) -> list[str]:
    """All lines of the pane."""
    key = {action: SafeText(name) for action, name in keys.items()}
    view = {"curl": SafeText(""), "zone": UTC, "key": lambda action: key.get(action, SafeText("")), **view}
    seen = DetailModel(detail, SafeText("Sunset"), **view)
    return [line.plain for section in SECTIONS for line in section.lines(seen, width, now)]


@pytest.mark.parametrize(
    ("status", "headline"),
    [
        (Status.COMPLETED, "✔ completed in 2m 05s"),
        (Status.FAILED, "✖ failed after 2m 05s"),
        (Status.CANCELLED, "⊝ cancelled after 2m 05s"),
        (Status.RUNNING, "● running for 2m 05s"),
        (Status.PENDING, "○ pending for 2m 15s"),
        (Status.KILLING, "◍ killing for 2m 05s"),
        (Status.QUEUED, "◌ queued"),
        (Status.UNCERTAIN, "? uncertain"),
        (Status.REJECTED, "⊘ rejected"),
    ],
)
def test_the_first_line_says_how_it_stands(make: Make, now: float, status: Status, headline: str) -> None:
    """Glyph and word, with the time where it means something."""
    assert drawn(make(status), now)[0] == headline


@pytest.mark.parametrize("blocked_by", BlockedBy)
def test_a_queued_prompt_does_not_promise_to_go_while_something_is_in_the_way(
    make: Make, now: float, blocked_by: BlockedBy
) -> None:
    """What is in the way is told twice: as a sentence, and in a word beside the position."""
    lines = drawn(make(Status.QUEUED), now, 80, standing=QueueStanding(3, None, blocked_by))
    assert "rate limit" not in " ".join(lines) and "Saved; not sent" in " ".join(lines)
    assert f"position    3rd, {blocked_by}" in lines
    assert "rate limit" in " ".join(drawn(make(Status.QUEUED), now, 80, standing=QueueStanding(3, 38.0)))


def test_a_status_of_the_servers_own_shows_by_its_word(make: Make, now: float) -> None:
    """A word this version does not know is not renamed."""
    assert drawn(make(Status.OTHER, word="paused"), now)[0] == "◇ paused for 2m 05s"


def test_the_reason_stands_before_everything_else(make: Make, now: float) -> None:
    """Who opens a failed run sees why first, then the key that helps, then the prompt."""
    lines = drawn(make(Status.FAILED, error=safe("Node 3: out of memory")), now)
    assert lines[2:6] == ["Node 3: out of memory", "e edit & rerun", "", "a red fox"]


def test_hints_name_the_users_own_keys(make: Make, now: float) -> None:
    """By action; where an action has no key, or a note advises what the status advises already, nothing is named."""
    failed = make(Status.FAILED, error=safe("boom"))
    assert "ctrl+e edit & rerun" in drawn(failed, now, keys={"run.edit": "ctrl+e"})
    assert not any("rerun" in line for line in drawn(failed, now, keys={}))
    running = make(Status.RUNNING, note=advised("The kill was not accepted.", "run.kill"))
    assert any(line.startswith("K ") for line in drawn(running, now, keys={"run.kill": "K"}))
    lost = make(Status.LOST, note=advised("Not found.", "runs.refresh"), raw='{"a": 1}')
    lines = drawn(lost, now, keys={"runs.refresh": "F5", "run.raw": "R"})
    assert [line for line in lines if line.startswith("F5")] == ["F5 refresh"] and "R show raw response" in lines


def test_a_failed_run_of_somebody_else_offers_no_rerun(make: Make, now: float) -> None:
    """Its inputs are unknown, so the key that loads them would refuse."""
    lines = drawn(make(Status.FAILED, inputs=None, error=safe("boom")), now)
    assert not any("rerun" in line for line in lines)
    assert "Inputs unknown: this run was not started here." in lines


def test_no_hint_is_cut_in_the_narrowest_pane(make: Make, now: float) -> None:
    """All keys and what they do fit in the 26 cells that the pane has in 120 columns."""
    lines = drawn(make(raw='{"a": 1}'), now, width=26, curl=SafeText("curl x"))
    hints = [line for line in lines if line.startswith(("C ", "J ", "Y "))]
    assert len(hints) >= 2 and max(map(len, hints)) <= 26


def test_uncertain_is_never_called_failed(make: Make, now: float) -> None:
    """It says that it may run and may be charged, and that nothing is sent again (docs/triggering.md 5)."""
    text = " ".join(drawn(make(Status.UNCERTAIN, run_id=None, note=safe("No answer within 120 s.")), now))
    assert "No answer within 120 s." in text and "may be charged" in text
    assert "failed" not in text and "retry" not in text


def test_a_fact_is_told_once(make: Make, now: float) -> None:
    """What our note says of an uncertain prompt is not said again below it; what it does not say is."""
    note = safe("We sent this at 11:08:39 but got no usable answer: No answer. It may be running and may be charged.")
    text = " ".join(drawn(make(Status.UNCERTAIN, run_id=None, note=note), now))
    assert text.count("may be charged") == 1 and text.count("usable") == 1 and "not resent automatically" in text


def test_a_failure_without_a_reason_says_so(make: Make, now: float) -> None:
    """Silence of the server is told, not hidden."""
    assert "The server gave no reason." in drawn(make(Status.FAILED), now)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.RUNNING, "None yet. They appear when the run completes."),
        (Status.PENDING, "None yet. The run is waiting to start."),
        (Status.COMPLETED, "This run has no outputs."),
    ],
)
def test_missing_outputs_have_their_words(make: Make, now: float, status: Status, words: str) -> None:
    """What is awaited is told apart from what will not come."""
    assert words in drawn(make(status), now)


def test_outputs_are_numbered_and_unsigned(make: Make, now: float) -> None:
    """The file name shows, the signature does not; of what may not be followed the whole address."""
    urls = ("https://s.example/o/a.png?sig=CANARY", "http://127.0.0.1:9/b.png")
    lines = drawn(make(outputs=tuple(map(safe, urls))), now)
    assert "1 a.png" in lines and "2 http://127.0.0.1:9/b.png" in lines


def test_many_outputs_are_listed_in_part(make: Make, now: float) -> None:
    """Ten thousand links do not make ten thousand lines, and the rest is counted."""
    lines = drawn(make(outputs=tuple(safe(f"https://s.example/{n}") for n in range(10_000))), now)
    assert "and 9,800 more; Y copies all" in lines and len(lines) < 300


def test_inputs_are_listed_beside_the_prompt(make: Make, now: float) -> None:
    """The prompt stands once, on its own; other fields by name, also one that equals it, a signed URL without its
    signature. What is cut ends in a mark."""
    inputs = {"prompt": "a red fox", "up": True, "url": "https://x.example/i.png?s=CANARY", "negative": "a red fox"}
    lines = drawn(make(inputs={**inputs, "links": f"https://x.example/?{'s' * 1975} b c dddd"}), now)
    assert lines.count("a red fox") == 1 and "negative    a red fox" in lines
    assert "links       https://x.example/?… b c …" in lines
    assert "up          true" in lines and "url         https://x.example/i.png?…" in lines


def test_a_run_started_elsewhere_says_so(make: Make, now: float) -> None:
    """Unknown inputs are not an empty prompt."""
    assert "Inputs unknown: this run was not started here." in drawn(make(inputs=None), now)


def test_a_long_prompt_is_cut_and_counted(make: Make, now: float) -> None:
    """Wrapping a book at each step would be felt."""
    lines = drawn(make(inputs={"prompt": "x" * (LONGEST_PROMPT + 1234)}), now)
    assert "… 1,234 more characters" in lines


def test_an_active_run_not_heard_of_says_so(make: Make, now: float) -> None:
    """Old knowledge about a run that may have moved on is not shown as fresh."""
    assert "last heard  3m 00s ago" in drawn(make(Status.RUNNING, seen_at=now - 180), now)
    assert not any("last heard" in line for line in drawn(make(Status.RUNNING, seen_at=now - 5), now))


def test_no_secret_is_on_the_pane(make: Make, now: float) -> None:
    """The webhook key and signatures are nowhere, not in the answer and not in the shell line."""
    signed = "https://s.example/a.png?sig=CANARY"
    raw = json.dumps({"metadata": {"webhook_key": "wh_abc123xyz", "at": signed}, "outputs": [signed]})
    detail = make(
        Status.FAILED,
        inputs={"prompt": "fox", "image": signed, "hook": "wh_abc123xyz"},
        outputs=(safe(signed),),
        error=safe(f"cannot read {signed}"),
        note=safe("POST /wh_abc123xyz/trigger"),
        raw=raw,
    )
    text = "\n".join(drawn(detail, now, 200, curl=curl_line("https://a.example", detail.inputs or {})))
    assert "CANARY" not in text
    assert "wh_abc123xyz" not in text.replace("\n", "")


@given(st.integers(1, 70), st.text(max_size=200), st.sampled_from(list(Status)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_any_text_at_any_width_is_drawn_safe(make: Make, now: float, width: int, text: str, status: Status) -> None:
    """No width and no text crashes; nothing reaches the terminal that acts on it; no line breaks within a line."""
    raw = json.dumps({"metadata": {text: text}, "x": text})
    detail = make(status, inputs={"prompt": text, text: [text]}, outputs=(safe(text),), error=safe(text), raw=raw)
    for line in drawn(detail, now, width, curl=curl_line("https://a.example", detail.inputs or {})):
        assert safe(line) == line and "\n" not in line


def test_a_time_in_the_future_is_not_shown_as_fresh(make: Make, now: float) -> None:
    """An active run that was read while the clock was ahead says that the age of its data is unknown."""
    assert "last heard  at an unknown time" in "\n".join(drawn(make(Status.RUNNING, seen_at=now + 7200), now))
