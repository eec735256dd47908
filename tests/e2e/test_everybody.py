"""Two windows, the command line and a worker together send each prompt once and all show every state."""

import pytest

from cordage_tui.domain.outbox_states import OutboxState
from tests.e2e.test_leaving import until

SOON_S = 1.0
PROMPTS = ("fox", "owl", "elk", "bee")


@pytest.mark.quiet
def test_each_prompt_is_sent_once_and_seen_by_all(open_window, judge, queue, submit_prompts, store):
    """Whoever pauses, submits, resumes or leaves, all others see it within a second, and no prompt is sent twice."""
    windows = first, second = open_window(), open_window()
    queue("pause")
    for window in windows:
        window.terminal.wait_for("queue paused", SOON_S)
    first.runs("fox")
    second.runs("owl")
    submit_prompts("elk", "bee")
    for window in windows:
        window.terminal.wait_for(lambda _, w=window: w.rows() == dict.fromkeys(PROMPTS, "queued"), SOON_S)
    assert queue("list").stdout.count("queued") == len(PROMPTS)
    assert queue("work", "--detach").returncode == 0
    for window in windows:
        window.terminal.wait_for("worker", SOON_S)
    assert judge.runs == []

    queue("resume")
    first.terminal.wait_for(lambda _: len(judge.runs) == 1)
    assert first.quits() == 0
    until(lambda: not store.queue.counts("studio"))
    second.waits_for(**dict.fromkeys(PROMPTS, "completed"))
    assert sorted(run.body["prompt"] for run in judge.runs) == sorted(PROMPTS)
    assert [call for call in judge.calls if call[0] == "trigger"] == [("trigger", 200)] * len(PROMPTS)
    assert OutboxState.UNCERTAIN not in store.queue.counts("studio")
    second.terminal.wait_for(lambda text: "worker" not in text)
