"""The draft of a prompt as a value: its inputs, its faults, and whether work would be lost with it."""

from dataclasses import replace

import pytest

from cordage_tui.domain.inputs import LOST, canonical
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.prompt.draft import LOST_CHARACTER, NOTHING_TYPED, TOO_LARGE, Draft, DraftSaver
from cordage_tui.ui.widgets.text_area import editable

FOX = Draft("a fox", {"seed": 7}, {"size": SafeText("1x")})


def test_the_inputs_are_the_fields_and_the_text_if_there_is_one():
    """The inputs are the fields and the text, without an empty text and without invalid fields."""
    assert FOX.inputs == {"seed": 7, "prompt": "a fox"}
    assert replace(FOX, text="").inputs == {"seed": 7}


@pytest.mark.parametrize("inputs", [{"prompt": "a fox", "seed": 7}, {"prompt": 5}, {"seed": 7}, {}])
def test_the_draft_of_inputs_has_those_inputs(inputs):
    """A draft made of inputs has the same inputs, also if the prompt is no text."""
    assert Draft.of(inputs).inputs == inputs


@pytest.mark.parametrize(
    ("draft", "fault"),
    [
        (FOX, None),
        (Draft(), NOTHING_TYPED),
        (Draft(fields={"seed": 7}), None),
        (Draft(fields={"seed": 7}, at_rest=canonical({"seed": 7})), NOTHING_TYPED),
        (Draft(fields={"seed": 8}, at_rest=canonical({"seed": 7})), None),
        (Draft("a fox", {"seed": 7}, at_rest=canonical({"seed": 7})), None),
        (Draft("x" * 2**20), TOO_LARGE),
        (Draft(editable(LOST)), LOST_CHARACTER),
    ],
)
def test_a_draft_says_why_it_cannot_be_sent(draft, fault):
    """An empty, too large or damaged draft has a fault, and untouched fields alone cannot be sent."""
    assert draft.fault == fault


@pytest.mark.parametrize(
    ("draft", "known", "is_work"),
    [
        (FOX, [], True),
        (Draft(), [], False),
        (FOX, [{"prompt": "an owl"}], True),
        (FOX, [None, {"prompt": "a fox", "seed": 7}], False),
        (replace(FOX, untouched=canonical(FOX.inputs)), [], False),
        (Draft(fields={"seed": 7}, at_rest=canonical({"seed": 7})), [], False),
        (Draft(fields={"seed": 8}, at_rest=canonical({"seed": 7})), [], True),
        (Draft("a fox", {"seed": 7}, at_rest=canonical({"seed": 7})), [], True),
    ],
)
def test_what_somebody_has_written_is_work_unless_it_is_known(draft, known, is_work):
    """A draft counts as work unless it is empty, has only defaults, or is known from the history."""
    assert draft.is_work(*known) is is_work


@pytest.mark.parametrize(
    ("draft", "declared", "asks"),
    [
        (Draft("a fox"), {}, False),
        (Draft("a {red|blue} fox"), {}, True),
        (Draft("a fox", batch_lines=False), {}, True),
        (Draft("a fox", {"style": "noir"}), {"style": ["anime", "noir"]}, False),
        (Draft("a fox", {"style": "cubist"}), {"style": ["anime", "noir"]}, True),
    ],
)
def test_enter_previews_a_batch_and_inputs_that_do_not_fit(draft, declared, asks):
    """A pattern, a loaded batch and an input that does not fit request the preview."""
    assert draft.asks_for_preview(declared) is asks


def test_fields_are_set_and_removed_with_their_invalid_texts():
    """Setting or removing a field also removes its invalid text."""
    assert FOX.with_fields({"size": 2}) == Draft("a fox", {"seed": 7, "size": 2})
    assert FOX.without_field("size") == Draft("a fox", {"seed": 7})
    assert FOX.without_field("seed") == Draft("a fox", {}, {"size": SafeText("1x")})


def test_a_draft_is_stored_once_for_many_changes_and_only_if_it_differs():
    """One timer stores many changes, and an unchanged draft is not stored again."""
    timers: list[FakeTimer] = []

    def set_timer(seconds, call):
        timers.append(FakeTimer())
        return timers[-1]

    saver = DraftSaver(set_timer, lambda: None)
    for _ in range(3):
        saver.save_soon()
    saver.stop_timer()
    assert [timer.stopped for timer in timers] == [True]
    assert saver.is_stored({}) and not saver.is_stored(FOX.inputs)
    saver.mark_stored(FOX.inputs)
    assert saver.is_stored(FOX.inputs)
    saver.forget_stored()
    assert not saver.is_stored(FOX.inputs)


class FakeTimer:
    """Timer that records that it was stopped."""

    stopped = False

    def stop(self) -> None:
        self.stopped = True
