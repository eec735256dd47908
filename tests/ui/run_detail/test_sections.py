"""The sections of the pane for each kind of run."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cordage_tui.domain.advised_text import advised
from cordage_tui.domain.queue import BlockedBy, QueueStanding
from cordage_tui.domain.run import RunDetail, Status
from cordage_tui.domain.safe_text import SafeText, safe
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
    """Return all lines of the pane."""
    key = {action: SafeText(name) for action, name in keys.items()}
    view = {"curl": SafeText(""), "zone": UTC, "key": lambda action: key.get(action, SafeText("")), **view}
    model = DetailModel(detail, SafeText("Sunset"), **view)
    return [line.plain for section in SECTIONS for line in section.lines(model, width, now)]


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
def test_the_first_line_shows_the_status(make: Make, now: float, status: Status, headline: str) -> None:
    """The first line has sign and word of the status, with the time if it has a meaning."""
    assert drawn(make(status), now)[0] == headline


@pytest.mark.parametrize("blocked_by", BlockedBy)
def test_a_queued_prompt_does_not_promise_to_go_while_something_is_in_the_way(
    make: Make, now: float, blocked_by: BlockedBy
) -> None:
    """A blocked prompt shows the reason as a sentence and as a word, and promises no time."""
    lines = drawn(make(Status.QUEUED), now, 80, standing=QueueStanding(3, None, blocked_by))
    assert "rate limit" not in " ".join(lines) and "Saved; not sent" in " ".join(lines)
    assert f"position    3rd, {blocked_by}" in lines
    assert "rate limit" in " ".join(drawn(make(Status.QUEUED), now, 80, standing=QueueStanding(3, 38.0)))


def test_what_an_offline_prompt_waits_for_is_said_once(make: Make, now: float) -> None:
    """The note of the prompt says when it is sent, so the explanation only says that it is saved."""
    note = SafeText("127.0.0.1:9 refused the connection. Will be sent when the server is reachable.")
    queued = make(Status.QUEUED, note=note)
    text = " ".join(drawn(queued, now, 80, standing=QueueStanding(1, None, BlockedBy.SERVER)))
    assert text.count("server is reachable") == 1 and "Saved; not sent yet." in text
    paused = " ".join(drawn(queued, now, 80, standing=QueueStanding(1, None, BlockedBy.PAUSE)))
    assert "the queue is paused" in paused


def test_a_status_of_the_servers_own_shows_by_its_word(make: Make, now: float) -> None:
    """An unknown status is shown with the word of the server."""
    assert drawn(make(Status.OTHER, word="paused"), now)[0] == "◇ paused for 2m 05s"


def test_the_reason_stands_before_everything_else(make: Make, now: float) -> None:
    """The reason of a failure comes first, then the key that helps, then the prompt."""
    lines = drawn(make(Status.FAILED, error=safe("Node 3: out of memory")), now)
    assert lines[2:6] == ["Node 3: out of memory", "e edit & rerun", "", "a red fox"]


def test_hints_name_the_users_own_keys(make: Make, now: float) -> None:
    """Hints name the user's keys, and are left out if there is no key or another line has the advice."""
    failed = make(Status.FAILED, error=safe("boom"))
    assert "ctrl+e edit & rerun" in drawn(failed, now, keys={"run.edit": "ctrl+e"})
    assert not any("rerun" in line for line in drawn(failed, now, keys={}))
    running = make(Status.RUNNING, note=advised("The kill was not accepted.", "run.kill"))
    assert any(line.startswith("K ") for line in drawn(running, now, keys={"run.kill": "K"}))
    lost = make(Status.MISSING, note=advised("Not found.", "runs.refresh"), raw='{"a": 1}')
    lines = drawn(lost, now, keys={"runs.refresh": "F5", "run.raw": "R"})
    assert [line for line in lines if line.startswith("F5")] == ["F5 refresh"] and "R show raw response" in lines


def test_a_failed_run_of_somebody_else_offers_no_rerun(make: Make, now: float) -> None:
    """A failed run with unknown inputs offers no rerun."""
    lines = drawn(make(Status.FAILED, inputs=None, error=safe("boom")), now)
    assert not any("rerun" in line for line in lines)
    assert "Inputs unknown: this run was started elsewhere." in lines


def test_no_hint_is_cut_in_the_narrowest_pane(make: Make, now: float) -> None:
    """All hints fit in the 26 cells of the narrowest pane."""
    lines = drawn(make(raw='{"a": 1}'), now, width=26, curl=SafeText("curl x"))
    hints = [line for line in lines if line.startswith(("C ", "J ", "Y "))]
    assert len(hints) >= 2 and max(map(len, hints)) <= 26


def test_uncertain_is_never_called_failed(make: Make, now: float) -> None:
    """An uncertain prompt is said to be possibly running and charged, and not resent (docs/dev/triggering.md 5)."""
    text = " ".join(drawn(make(Status.UNCERTAIN, run_id=None, note=safe("No answer within 120 s.")), now))
    assert "No answer within 120 s." in text and "may be charged" in text
    assert "failed" not in text and "retry" not in text


def test_a_fact_is_stated_once(make: Make, now: float) -> None:
    """A fact in the note of an uncertain prompt is not repeated below it."""
    note = safe("We sent this at 11:08:39 but got no usable answer: No answer. It may be running and may be charged.")
    text = " ".join(drawn(make(Status.UNCERTAIN, run_id=None, note=note), now))
    assert text.count("may be charged") == 1 and text.count("usable") == 1 and "not resent automatically" in text


def test_a_failure_without_a_reason_says_so(make: Make, now: float) -> None:
    """A failure without a reason says that the server gave none."""
    assert "The server gave no reason." in drawn(make(Status.FAILED), now)


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (Status.RUNNING, "None yet. They appear when the run completes."),
        (Status.PENDING, "None yet. The run is waiting to start."),
        (Status.COMPLETED, "This run has no outputs."),
    ],
)
def test_missing_outputs_have_their_words(make: Make, now: float, status: Status, text: str) -> None:
    """Outputs that are expected are described differently from outputs that do not come."""
    assert text in drawn(make(status), now)


def test_outputs_are_numbered_and_unsigned(make: Make, now: float) -> None:
    """An output is shown by number and file name without its signature, an unsafe address whole."""
    urls = ("https://s.example/o/a.png?sig=CANARY", "http://127.0.0.1:9/b.png")
    lines = drawn(make(outputs=tuple(map(safe, urls))), now)
    assert "1 a.png" in lines and "2 http://127.0.0.1:9/b.png" in lines


def test_many_outputs_are_listed_in_part(make: Make, now: float) -> None:
    """Of ten thousand outputs two hundred are listed, and the others are counted."""
    lines = drawn(make(outputs=tuple(safe(f"https://s.example/{n}") for n in range(10_000))), now)
    assert "and 9,800 more; Y copies all" in lines and len(lines) < 300


def test_inputs_are_listed_beside_the_prompt(make: Make, now: float) -> None:
    """The prompt is shown once, and other inputs by name, without signatures and with a mark if cut."""
    inputs = {"prompt": "a red fox", "up": True, "url": "https://x.example/i.png?s=CANARY", "negative": "a red fox"}
    lines = drawn(make(inputs={**inputs, "links": f"https://x.example/?{'s' * 1975} b c dddd"}), now)
    assert lines.count("a red fox") == 1 and "negative    a red fox" in lines
    assert "links       https://x.example/?… b c …" in lines
    assert "up          true" in lines and "url         https://x.example/i.png?…" in lines


def test_a_run_started_elsewhere_says_so(make: Make, now: float) -> None:
    """Unknown inputs are not shown as an empty prompt."""
    assert "Inputs unknown: this run was started elsewhere." in drawn(make(inputs=None), now)


def test_a_long_prompt_is_cut_and_counted(make: Make, now: float) -> None:
    """A very long prompt is cut, and the missing characters are counted."""
    lines = drawn(make(inputs={"prompt": "x" * (LONGEST_PROMPT + 1234)}), now)
    assert "… 1,234 more characters" in lines


def test_an_active_run_not_heard_of_says_so(make: Make, now: float) -> None:
    """An active run without recent news shows the age of its data."""
    assert "last heard  3m 00s ago" in drawn(make(Status.RUNNING, seen_at=now - 180), now)
    assert not any("last heard" in line for line in drawn(make(Status.RUNNING, seen_at=now - 5), now))


def test_no_secret_is_on_the_pane(make: Make, now: float) -> None:
    """The webhook key and signatures are nowhere on the pane."""
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
    """Any text at any width is drawn without control characters and line breaks."""
    raw = json.dumps({"metadata": {text: text}, "x": text})
    detail = make(status, inputs={"prompt": text, text: [text]}, outputs=(safe(text),), error=safe(text), raw=raw)
    for line in drawn(detail, now, width, curl=curl_line("https://a.example", detail.inputs or {})):
        assert safe(line) == line and "\n" not in line


def test_a_time_in_the_future_is_not_shown_as_fresh(make: Make, now: float) -> None:
    """An active run that was read in the future shows that the age of its data is unknown."""
    assert "last heard  at an unknown time" in "\n".join(drawn(make(Status.RUNNING, seen_at=now + 7200), now))
