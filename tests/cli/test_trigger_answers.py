"""How `cordage-tui trigger` ends after each answer: 2 and 3 only where surely nothing runs, else 5."""

import pytest

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.outbox import Lane
from cordage_tui.domain.run import OutboxState
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
    """Whatever the body claims, the same command must not be given again: one POST, exit code 5, and the answer is named."""
    studio.server.world.faults.add(Call.TRIGGER, Fault(kind, **about), count=1)
    ended = studio("trigger", "Sunset", "a fox", "--stall", "1s")
    assert (ended.code, studio.triggers) == (5, 1)
    assert "may be running and may be charged" in ended.err
    assert "Nothing runs" not in ended.err and "Nothing was sent" not in ended.err


@pytest.mark.parametrize(("kind", "about"), MAY_RUN)
def test_a_run_that_such_an_answer_hides_is_found_and_is_one(studio, kind, about):
    """The server started it and lists it with its inputs: the command follows that run, and there is no second one."""
    studio.server.world.options = replace(studio.server.world.options, echo_inputs=True)
    studio.server.world.faults.add(Call.TRIGGER, Fault(kind, acts=True, **about), count=1)
    ended = studio("trigger", "Sunset", "a fox", "--stall", "20s")
    assert ended.code == 0
    assert [ended.out.strip()] == [run.run_id for run in studio.server.world.list_runs(studio.key)]
    assert studio.triggers == 1


@pytest.mark.parametrize(("kind", "about"), MAY_RUN)
def test_a_run_that_is_found_by_its_time_alone_is_a_guess(studio, kind, about):
    """A list without inputs cannot tell whose run it is: exit code 5, no id for a script, and no second run."""
    studio.server.world.faults.add(Call.TRIGGER, Fault(kind, acts=True, **about), count=1)
    ended = studio("trigger", "Sunset", "a fox", "--stall", "20s")
    assert (ended.code, ended.out) == (5, "")
    (run,) = studio.server.world.list_runs(studio.key)
    assert f"run {run.run_id[:8]}. A guess" in ended.err
    assert studio.triggers == 1


def test_in_a_captive_portal_one_command_is_uncertain_and_the_next_ones_send_nothing(studio):
    """5, then 3: the network's login page answers everything, and each later command says so and may be given again."""
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
    """5: one may be running, the others are queued and named as such, and the command says why it ends."""
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("".join(f"prompt {n}\n" for n in range(6)))
    studio.fails(Call.ANY, FaultKind.REDIRECT, status=302)
    ended = studio("trigger", "Sunset", "--file", str(prompts), "--yes", "--stall", "20s")
    assert (ended.code, studio.triggers) == (5, 1)
    assert "1 may be running and may be charged. 5 are still queued." in ended.err
    assert "got no usable answer" in ended.err and "302" in ended.err


def test_a_twin_of_an_uncertain_prompt_is_not_called_safe_to_repeat(studio):
    """The same prompt again, while the first one is uncertain: nothing of it is sent, and text and code both say that
    the first may be running, so that nobody who follows the text pays twice."""
    assert studio("runs").code == 0
    with studio.store() as store:
        row = store.outbox.submit("studio", studio.key, {"prompt": "fox"})
        assert store.outbox.claim("studio") is not None
        settle(store, row, OutboxState.UNCERTAIN, "No answer came.")
    ended = studio("trigger", "Sunset", "fox", "--timeout", "1")
    assert (ended.code, studio.triggers) == (5, 0)
    assert "safe" not in ended.err and "Nothing is wrong" not in ended.err
    assert "may be running and may be charged" in ended.err and "cordage-tui queue list" in ended.err


def test_only_what_is_sent_first_is_counted_as_first(studio):
    """A single prompt goes before batches, so prompts of a batch are not named as sent first; those of its own lane are."""
    assert studio("runs").code == 0
    with studio.store() as store:
        for lane in (Lane.BATCH, Lane.BATCH, Lane.INTERACTIVE):
            store.outbox.submit("studio", studio.key, {"prompt": f"owl {lane}"}, lane=lane)
    assert "1 queued earlier goes first." in studio("trigger", "Sunset", "fox").err


def test_help_lists_the_code_of_a_time_that_is_up(studio):
    """Each command with --timeout has code 7 in the codes of its help."""
    for command in ("watch", "download", "trigger"):
        assert "\n  7  " in studio(command, "--help").out


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_an_answer_that_says_that_the_run_has_failed_is_no_success(studio, status):
    """Without `--wait` the id is printed as ever, stderr says how it ended, and the code is 1."""
    studio.fails(Call.TRIGGER, FaultKind.PATCH, patch={"status": status})
    ended = studio("trigger", "Sunset", "a fox")
    (run,) = studio.server.world.list_runs(studio.key)
    assert (ended.code, ended.out.strip(), studio.triggers) == (1, run.run_id, 1)
    assert f"Run {run.run_id[:8]} was started and has ended: {status}." in ended.err
