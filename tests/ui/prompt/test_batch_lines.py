"""Texts of the preview."""

from textual.content import Content

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.engine.batch.body_checks import InputFault
from cordage_tui.engine.batch.draft import BatchEstimate, draft_from, draft_of
from cordage_tui.engine.batch.expand import Axis, Combine
from cordage_tui.ui.prompt.batch_preview import (
    BatchPlan,
    axis_words,
    body_lines,
    body_words,
    price_words,
    summary,
    warnings,
)


def plan(inputs, *, price=None, before=(), combine=Combine.PRODUCT):
    """Return the plan of the batch for these inputs."""
    draft = draft_of(inputs, lines=False, combine=combine)
    count = len(draft.bodies)
    return BatchPlan(
        draft, draft, price or BatchEstimate(count, 0, float(count), None, None), frozenset(before), draft.repeated()
    )


def plain(lines: list[Content]) -> list[str]:
    """Return the text of the lines."""
    return [line.plain for line in lines]


def test_the_price_says_what_is_known():
    """The price names the time to finish only if past runs give it, and waiting runs only if there are some."""
    assert price_words(BatchEstimate(48, 0, 48.0, 540.0, None)) == "48 runs, 48s to send, about 9m 00s to finish"
    assert price_words(BatchEstimate(1, 0, 1.0, None, None)) == "1 run, 1s to send"
    assert (
        price_words(BatchEstimate(1_000, 12, 1_012.0, None, None))
        == "1,000 runs after 12 that wait, about 17m 00s to send"
    )
    assert price_words(BatchEstimate(3, 1, None, None, SafeText("x"))) == "3 runs after 1 that waits"


def test_several_axes_are_named_with_how_they_are_combined():
    """Several axes are listed with the way they are combined, and long lists are cut."""
    inputs = {"prompt": "{a|b} fox", "seed": "1..2"}
    assert "prompt: a, b × seed: 1, 2" in plain(summary(plan(inputs), Combine.PRODUCT, 80))
    assert "prompt: a, b + seed: 1, 2" in plain(summary(plan(inputs, combine=Combine.ZIP), Combine.ZIP, 80))
    assert plain(summary(plan({"prompt": "{a|b} fox"}), Combine.PRODUCT, 80)) == ["2 runs, 2s to send"]
    assert axis_words(Axis("seed", range(1, 9))) == "seed: 1, 2, 3, 4, 5, 6 … (8)"


def test_a_random_choice_is_shown_with_its_seed():
    """A random choice shows its seed and the repetitions, which are then no warning."""
    random_plan = plan({"prompt": "{a|b|c} fox\ntimes=2\ntake=2@7"})
    assert plain(summary(random_plan, Combine.PRODUCT, 80)) == [
        "4 runs, 4s to send",
        "2 of 3 combinations, random seed 7, 2 times each",
    ]


def test_repeated_and_blocked_prompts_are_warned_about():
    """A paused queue, repeated prompts and an unmatched brace are each a warning in a sentence."""
    still = BatchEstimate(2, 0, None, None, SafeText("Paused by you."))
    assert warnings(plan({"prompt": "{a|a} fox {"}, price=still, before=[0])) == [
        "Nothing is sent yet: Paused by you.",
        "1 of them already run or queued.",
        "1 of them is the same as one above.",
        "An unmatched brace is sent literally.",
    ]


def test_a_body_is_one_line_with_what_differs():
    """Each line has number, prompt, varying inputs, and at the right edge whether it already ran."""
    lines = body_lines(plan({"prompt": "a fox", "seed": "1..12", "size": 3}, before=[9]), 40)
    assert len(lines) == 12
    assert lines[0].plain == " 1  a fox  seed 1"
    assert lines[9].plain == "10  a fox  seed 10           already run"
    assert [line.plain for line in lines[10:]] == ["11  a fox  seed 11", "12  a fox  seed 12"]


def test_what_does_not_fit_the_webhook_is_marked_and_counted():
    """A line with a fault begins with it, and the count of runs leaves it out."""
    draft = draft_from("x", [{"prompt": "a fox"}, {"prompt": "an owl", "style": "inkk"}, {"prompt": "a bat"}])
    faulty = replace(draft, faults={1: (InputFault("style", SafeText("'inkk' is not a choice.")),)})
    faulty_plan = BatchPlan(
        faulty, faulty.without_faulty(), BatchEstimate(2, 0, 2.0, None, None), frozenset(), frozenset()
    )
    assert body_lines(faulty_plan, 60)[1].plain == "2 ✖ style: 'inkk' is not a choice.  an owl"
    assert warnings(faulty_plan) == ["1 of 3 does not fit the webhook's inputs and is not sent."]
    assert warnings(replace(faulty_plan, sent=faulty)) == ["1 of 3 does not fit the webhook's inputs."]


def test_words_that_vary_have_the_accent_colour():
    """Only the words that differ between prompts have the accent colour."""
    line = body_lines(plan({"prompt": "a {red|blue} fox"}), 60)[0]
    coloured = [line.plain[span.start : span.end].strip() for span in line.spans if span.style == "$accent"]
    assert coloured == ["red"]


def test_the_prompt_and_what_differs_share_the_width():
    """Prompt and varying inputs share the width of the line."""
    body = {"prompt": "a very long prompt indeed", "style": "a very long style as well"}
    for width in range(5, 60):
        assert body_words(body, ["style"], frozenset(), width).cell_length <= width
    assert body_words(body, ["style"], frozenset(), 24).plain == "a very lo…  style a ver…"
    assert body_words({"n": 1}, [], frozenset(), 24).plain == '{"n":1}'
    assert body_words({"n": 1}, ["n"], frozenset(), 24).plain == "n 1"


def test_ten_thousand_bodies_are_drawn_as_they_are_seen():
    """Only the requested lines of ten thousand are made."""
    draft = draft_from("x", [{"prompt": f"fox {n}"} for n in range(10_000)])
    lines = body_lines(BatchPlan(draft, draft, BatchEstimate(10_000, 0, 1e4, None, None), frozenset(), frozenset()), 60)
    assert lines[9_999].plain == "10,000  fox 9999"


def test_text_from_outside_is_inert():
    """Escape sequences and markup of a prompt are shown as text."""
    lines = body_lines(plan({"prompt": "\x1b[2J[red]{a|b}"}), 60)
    assert lines[0].plain == "1  ␛[2J[red]a"
