"""After each answer of the server, `cordage-tui trigger` ends with 2 or 3 only if surely no run was started, else with
5."""

import pytest

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.queue import Lane
from cordage_tui.simulator.faults import Call, Fault, FaultKind
from tests.tries import settle

LIMITER = '{"error": "Rate limit exceeded.", "retry_after": 1}'
MAY_RUN = [
    pytest.param(FaultKind.STATUS, {"status": 503, "body": LIMITER}, id="503 with the limiter's JSON"),
    pytest.param(
        FaultKind.STATUS, {"status": 500, "body": '{"error": "Nothing was started.", "retry_after": 1}'}, id="500"
    ),
    pytest.param(FaultKind.STATUS, {"status": 502, "body": "<html>bad gateway</html>"}, id="502"),
    pytest.param(FaultKind.STATUS, {"status": 409, "body": '{"error": "Nothing was started."}'}, id="409"),
    pytest.param(FaultKind.REDIRECT, {"status": 302}, id="302"),
    pytest.param(FaultKind.REDIRECT, {"status": 303}, id="303"),
    pytest.param(FaultKind.REDIRECT, {"status": 308}, id="308"),
    pytest.param(FaultKind.HTML, {}, id="a login page"),
    pytest.param(FaultKind.STATUS, {"status": 403, "body": "<html>blocked</html>"}, id="403 page"),
    pytest.param(FaultKind.GARBAGE, {}, id="garbage"),
]


@pytest.mark.parametrize(("kind", "about"), MAY_RUN)
def test_an_answer_that_does_not_rule_out_a_run_ends_with_5(studio, kind, about):
    """If a run may have been started, the code is 5 whatever the body claims. The command sends one POST and describes
    the answer."""
    studio.server.world.faults.add(Call.TRIGGER, Fault(kind, **about), count=1)
    ended = studio("trigger", "Sunset", "a fox", "--stall", "1s")
    assert (ended.code, studio.triggers) == (5, 1)
    assert "may be running and may be charged" in ended.err
    assert "Nothing runs" not in ended.err and "Nothing was sent" not in ended.err


@pytest.mark.parametrize(("kind", "about"), MAY_RUN)
def test_a_run_behind_an_unclear_answer_is_followed(studio, kind, about):
    """If the server lists the started run with its inputs, the command follows that run and starts no second one."""
    studio.server.world.options = replace(studio.server.world.options, echo_inputs=True)
    studio.server.world.faults.add(Call.TRIGGER, Fault(kind, acts=True, **about), count=1)
    ended = studio("trigger", "Sunset", "a fox", "--stall", "20s")
    assert ended.code == 0
    assert [ended.out.strip()] == [run.run_id for run in studio.server.world.list_runs(studio.key)]
    assert studio.triggers == 1


@pytest.mark.parametrize(("kind", "about"), MAY_RUN)
def test_a_run_found_by_its_time_alone_is_a_guess(studio, kind, about):
    """A list without inputs does not prove whose run it is. The code is 5, no id is printed, and no second run is
    started."""
    studio.server.world.faults.add(Call.TRIGGER, Fault(kind, acts=True, **about), count=1)
    ended = studio("trigger", "Sunset", "a fox", "--stall", "20s")
    assert (ended.code, ended.out) == (5, "")
    (run,) = studio.server.world.list_runs(studio.key)
    assert f"run {run.run_id[:8]}. A guess" in ended.err
    assert studio.triggers == 1


def test_in_a_captive_portal_only_the_first_command_sends(studio):
    """If the login page of a network answers everything, the first command ends with 5. Later ones send nothing, end
    with 3, and may be given again."""
    studio("runs")
    studio.fails(Call.ANY, FaultKind.REDIRECT, status=302)
    assert studio("trigger", "Sunset", "a fox", "--stall", "1s").code == 5
    for prompt in ("an owl", "an elk"):
        ended = studio("trigger", "Sunset", prompt, "--stall", "20s")
        assert (ended.code, studio.triggers) == (3, 1)
        assert "An earlier prompt got no usable answer" in ended.err and "302" in ended.err
        assert "it is safe to try again" in ended.err
        assert "Will be sent" not in ended.err
    studio.server.world.faults.planned.clear()
    assert studio("trigger", "Sunset", "an owl", "--stall", "20s").code == 0
    assert studio.triggers == 2


def test_a_batch_in_a_captive_portal_sends_one_prompt_and_keeps_the_rest(studio, tmp_path):
    """A batch in a captive portal ends with 5. One prompt may be running, the others stay queued, and the message says
    why it ends."""
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("".join(f"prompt {n}\n" for n in range(6)))
    studio.fails(Call.ANY, FaultKind.REDIRECT, status=302)
    ended = studio("trigger", "Sunset", "--file", str(prompts), "--yes", "--stall", "20s")
    assert (ended.code, studio.triggers) == (5, 1)
    assert "1 may be running and may be charged. 5 are still queued." in ended.err
    assert "got no usable answer" in ended.err and "302" in ended.err


def test_a_twin_of_an_uncertain_prompt_is_not_called_safe_to_repeat(studio):
    """If the same prompt is uncertain already, nothing is sent. Message and code say that the first one may be running,
    so that nobody pays twice."""
    assert studio("runs").code == 0
    with studio.store() as store:
        row = store.outbox.submit("studio", studio.key, {"prompt": "fox"})
        assert store.outbox.claim("studio") is not None
        settle(store, row, OutboxState.UNCERTAIN, "No answer came.")
    ended = studio("trigger", "Sunset", "fox", "--timeout", "1")
    assert (ended.code, studio.triggers) == (5, 0)
    assert "safe" not in ended.err and "Nothing is wrong" not in ended.err
    assert "may be running and may be charged" in ended.err and "cordage-tui queue list" in ended.err


def test_only_prompts_sent_earlier_are_counted_as_earlier(studio):
    """A single prompt is sent before batches. Only earlier prompts of its own lane are counted as sent first."""
    assert studio("runs").code == 0
    with studio.store() as store:
        for lane in (Lane.BATCH, Lane.BATCH, Lane.INTERACTIVE):
            store.outbox.submit("studio", studio.key, {"prompt": f"owl {lane}"}, lane=lane)
    assert "1 queued earlier goes first." in studio("trigger", "Sunset", "fox").err


def test_help_of_commands_with_timeout_lists_code_7(studio):
    """The help of each command with --timeout lists code 7."""
    for command in ("watch", "download", "trigger"):
        assert "\n  7  " in studio(command, "--help").out


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_a_run_that_has_failed_in_the_first_answer_ends_with_1(studio, status):
    """Without `--wait`, stdout has the id as always, stderr says how the run ended, and the code is 1."""
    studio.fails(Call.TRIGGER, FaultKind.PATCH, patch={"status": status})
    ended = studio("trigger", "Sunset", "a fox")
    (run,) = studio.server.world.list_runs(studio.key)
    assert (ended.code, ended.out.strip(), studio.triggers) == (1, run.run_id, 1)
    assert f"Run {run.run_id[:8]} was started and has ended: {status}." in ended.err
