"""Against a server written from docs/dev/wire-contract.md alone: what is typed is run once, watched to its end, and can be killed."""

import re

import pytest

from tests.acceptance.conftest import WEBHOOKS
from tests.e2e.person import Person

KEYS = {name: key for key, name in WEBHOOKS.items()}
TROUBLE = ("offline", "refused", "timeout", "trouble", "not the API", "limited", "uncertain", "unknown webhook")
"""Words that the screen has for what went wrong between it and the server."""


def all_is_well(person: Person) -> None:
    """Asserts that the top line says live, and nothing else that something went wrong."""
    text = person.terminal.text()
    assert "● live" in text.splitlines()[0]
    text = re.sub(r"uncertain +0\b", "", text)  # the view of that name, which finds none
    assert not [word for word in TROUBLE if word in text]


def sees_outputs(person: Person, runs) -> None:
    """Goes through the table from the top and sees each run's outputs in its details."""
    person.leaves_prompt()
    person.terminal.type("2")
    person.terminal.wait_for("enter show")
    person.terminal.type("g")
    ended = {run.body["prompt"]: run for run in runs}
    for row in person.table():
        run = ended[row.prompt]
        person.terminal.wait_for(f"Run {run.id[:8]}")
        listed = f"{run.id[-6:]}.png"
        if row.status == "completed":
            person.terminal.wait_for(listed)
        else:
            assert listed not in person.terminal.text()
        person.terminal.type("j")


@pytest.mark.long
def test_thirty_runs_on_three_webhooks(opened):
    """Every prompt typed is one trigger with that body; each run reaches its end on screen, one by a kill; no 429, no error.

    Lists lack outputs here, so that a get fills in each run when it ends.
    """
    wanted = [(name, f"{name.lower()} {n:02}{' fail' if n == 4 else ''}") for name in KEYS for n in range(10)]
    wanted[5] = ("Sunset", "long sunset")
    with opened("runs", False) as (judge, person):
        for name in KEYS:
            person.chooses(name)
            for prompt in (prompt for webhook, prompt in wanted if webhook == name):
                person.runs(prompt)
                all_is_well(person)
        person.terminal.wait_for(lambda _: len(judge.runs) == 30, 60)
        person.kills("long sunset")
        expected = {prompt: "failed" if "fail" in prompt else "completed" for _, prompt in wanted}
        expected["long sunset"] = "cancelled"
        person.terminal.wait_for(lambda _: person.rows() == expected)
        sees_outputs(person, judge.runs)
        all_is_well(person)
        assert person.quits() == 0
        assert sorted((run.webhook, run.body["prompt"]) for run in judge.runs) == sorted(
            (KEYS[name], prompt) for name, prompt in wanted
        )
        assert {status for _, status in judge.calls} == {200}
        assert [budget for budget, _ in judge.calls].count("kill") == 1


@pytest.mark.parametrize(
    ("shape", "lists_tell_outputs"),
    [("bare", True), ("runs", True), ("data", True), ("items", True), ("results", True), ("bare", False)],
)
def test_each_shape_of_list(opened, shape, lists_tell_outputs):
    """However the list is wrapped, with or without outputs in it: runs end on screen, with their outputs, without an error."""
    with opened(shape, lists_tell_outputs) as (judge, person):
        person.chooses("Portrait")
        person.runs("fox")
        person.runs("fail")
        person.waits_for(fox="completed", fail="failed")
        sees_outputs(person, judge.runs)
        all_is_well(person)
        assert person.quits() == 0
        assert [(run.webhook, run.body) for run in judge.runs] == [
            (KEYS["Portrait"], {"prompt": "fox"}),
            (KEYS["Portrait"], {"prompt": "fail"}),
        ]
        assert {status for _, status in judge.calls} == {200}
