"""Against the judge, a typed prompt is run once, watched to its end, and can be killed."""

import re

import pytest

from tests.acceptance.conftest import WEBHOOKS
from tests.e2e.person import Person

KEYS = {name: key for key, name in WEBHOOKS.items()}
TROUBLE = ("offline", "refused", "timeout", "trouble", "not the API", "limited", "uncertain", "unknown webhook")
"""Words on the screen for trouble between it and the server."""


def assert_no_trouble(person: Person) -> None:
    """Assert that the top line says live and that no word on the screen reports trouble."""
    text = person.terminal.text()
    assert "● live" in text.splitlines()[0]
    text = re.sub(r"uncertain +0\b", "", text)  # the view of that name, which finds none
    assert not [word for word in TROUBLE if word in text]


def assert_outputs_shown(person: Person, runs) -> None:
    """Go through the table from the top and assert that the details show the outputs of each run."""
    person.leaves_prompt()
    person.terminal.type("2")
    person.terminal.wait_for("enter show")
    person.terminal.type("g")
    runs_by_prompt = {run.body["prompt"]: run for run in runs}
    for row in person.table():
        run = runs_by_prompt[row.prompt]
        person.terminal.wait_for(f"Run {run.id[:8]}")
        file_name = f"{run.id[-6:]}.png"
        if row.status == "completed":
            person.terminal.wait_for(file_name)
        else:
            assert file_name not in person.terminal.text()
        person.terminal.type("j")


@pytest.mark.long
def test_thirty_runs_on_three_webhooks_end_on_screen(open_program):
    """Each typed prompt is one trigger with its body, and each run reaches its end on screen, one by a kill.

    No call is refused. The lists have no outputs here, so a further read adds them when a run ends.
    """
    prompts = [(name, f"{name.lower()} {n:02}{' fail' if n == 4 else ''}") for name in KEYS for n in range(10)]
    prompts[5] = ("Sunset", "long sunset")
    with open_program("runs", False) as (judge, person):
        for name in KEYS:
            person.chooses(name)
            for prompt in (prompt for webhook, prompt in prompts if webhook == name):
                person.runs(prompt)
                assert_no_trouble(person)
        person.terminal.wait_for(lambda _: len(judge.runs) == 30, 60)
        person.kills("long sunset")
        expected = {prompt: "failed" if "fail" in prompt else "completed" for _, prompt in prompts}
        expected["long sunset"] = "cancelled"
        person.terminal.wait_for(lambda _: person.rows() == expected)
        assert_outputs_shown(person, judge.runs)
        assert_no_trouble(person)
        assert person.quits() == 0
        assert sorted((run.webhook, run.body["prompt"]) for run in judge.runs) == sorted(
            (KEYS[name], prompt) for name, prompt in prompts
        )
        assert {status for _, status in judge.calls} == {200}
        assert [budget for budget, _ in judge.calls].count("kill") == 1


@pytest.mark.parametrize(
    ("shape", "lists_tell_outputs"),
    [("bare", True), ("results", True), ("bare", False)],
)
def test_each_shape_of_list_is_understood(open_program, shape, lists_tell_outputs):
    """Bare or wrapped, with or without outputs, a list ends runs on the screen with their outputs and without an error.

    tests/api/test_decode_runs.py has each wrapping.
    """
    with open_program(shape, lists_tell_outputs) as (judge, person):
        person.chooses("Portrait")
        person.runs("fox")
        person.runs("fail")
        person.waits_for(fox="completed", fail="failed")
        assert_outputs_shown(person, judge.runs)
        assert_no_trouble(person)
        assert person.quits() == 0
        assert [(run.webhook, run.body) for run in judge.runs] == [
            (KEYS["Portrait"], {"prompt": "fox"}),
            (KEYS["Portrait"], {"prompt": "fail"}),
        ]
        assert {status for _, status in judge.calls} == {200}
