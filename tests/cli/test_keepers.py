"""`cordage-tui keepers`: what kept runs have in common, for people, pipes and programs."""

import json

from cordage_tui.simulator.world import PlannedOutcome
from tests.cli.json_schema import wrong_with
from tests.cli.studio import Studio


def judge_runs(studio: Studio) -> None:
    """Run two prompts in two styles six times each, and keep one style."""
    studio.server.world.fate(studio.key, *[PlannedOutcome(0.0)] * 24)
    for style in ("ink", "anime"):
        for prompt in ("a red fox", "an owl"):
            done = studio("trigger", "Sunset", prompt, f"style={style}", "--undeclared", "--unchecked")
            assert done.code == 0
    assert studio("rerun", "--where", "fox | owl", "--times", "5", "--yes").code == 0
    assert studio("runs", "--all").code == 0
    assert studio("rate", "--where", "style:ink", "keep", "--yes").code == 0
    assert studio("rate", "--where", "style:anime", "reject", "--yes").code == 0


def test_keepers_prints_what_kept_runs_have_in_common(studio: Studio) -> None:
    """The findings are sentences and a table for people, a table for pipes, and JSON for programs."""
    assert "No run here is decided yet" in studio("keepers", terminal=True).out
    assert studio("keepers").out == ""
    judge_runs(studio)
    page = studio("keepers", "Sunset", terminal=True).out
    assert "`style ink` is kept more often: 12 of 12, the rest 0 of 12: likely real." in page
    assert "`prompt`, words: nothing to see." in page
    rows = [line.split("\t") for line in studio("keepers").out.splitlines()]
    assert rows[0][:3] == ["style", "ink", "12 of 12"] and rows[0][-1] == "likely real"
    answer = json.loads(studio("keepers", "--json", "--where", "fox").out)
    assert wrong_with(answer) == []
    assert answer["decided"]["of"] == 12 and answer["undecided"] == 0
    best = answer["findings"][0]
    assert (best["input"], best["value"], best["real"], best["difference"]) == ("style", "ink", True, 1.0)
    assert len(best["rows"]) == 6 and best["kept"]["count"] == 6


def test_a_batch_is_judged_by_its_alternatives(studio: Studio) -> None:
    """`--batch` compares the alternatives of the batch, and an unknown batch ends with 2."""
    studio.server.world.fate(studio.key, *[PlannedOutcome(0.0)] * 8)
    studio("trigger", "Sunset", "a {red|blue} fox\nseed=1..4", "--expand", "--yes", "--unchecked", "--undeclared")
    assert studio("runs", "--all").code == 0
    batch = json.loads(studio("runs", "--json=batch", "--limit", "1").out)["runs"][0]["batch"]
    assert studio("rate", "--where", "red", "keep", "--yes").code == 0
    assert studio("rate", "--where", "blue", "reject", "--yes").code == 0
    rows = [line.split("\t")[:3] for line in studio("keepers", "--batch", str(batch)).out.splitlines()]
    assert ["prompt", "red", "4 of 4"] in rows and ["seed", "1", "1 of 2"] in rows
    assert studio("keepers", "--batch", "999999").code == 2
