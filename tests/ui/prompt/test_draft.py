"""The draft of a prompt as a value: what it sends, why it cannot be sent, and whether somebody's work is lost with it."""

from dataclasses import replace

import pytest

from cordage_tui.domain.inputs import LOST, canonical
from cordage_tui.domain.text import SafeText
from cordage_tui.ui.prompt.draft import LOST_CHARACTER, NOTHING_TYPED, TOO_LARGE, Draft, DraftSaver
from cordage_tui.ui.widgets.text_area import editable

FOX = Draft("a fox", {"seed": 7}, {"size": SafeText("1x")})


def test_the_inputs_are_the_fields_and_the_text_if_there_is_one():
    """An empty text is no prompt, and a typed text that is no value is left out."""
    assert FOX.inputs == {"seed": 7, "prompt": "a fox"}
    assert replace(FOX, text="").inputs == {"seed": 7}


@pytest.mark.parametrize("inputs", [{"prompt": "a fox", "seed": 7}, {"prompt": 5}, {"seed": 7}, {}])
def test_the_draft_of_inputs_has_those_inputs(inputs):
    """A prompt that is no text is a field, so it is given back as it was."""
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
    """Fields that nobody has typed are sent with a prompt only, so that a stray Enter sends nothing."""
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
    """Defaults, an empty panel and a prompt that the history has can be replaced without a trace."""
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
    """A loaded batch is previewed whatever is written, and a choice that the webhook no longer has may be a mistake."""
    assert draft.asks_for_preview(declared) is asks


def test_fields_are_set_and_removed_with_their_invalid_texts():
    """A field that is set is valid, and one that is removed leaves nothing behind."""
    assert FOX.with_fields({"size": 2}) == Draft("a fox", {"seed": 7, "size": 2})
    assert FOX.without_field("size") == Draft("a fox", {"seed": 7})
    assert FOX.without_field("seed") == Draft("a fox", {}, {"size": SafeText("1x")})


def test_a_draft_is_stored_once_for_many_changes_and_only_if_it_differs():
    """The timer is started by the first change, and stopped when the draft is stored."""
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
    """Timer that notes that it was stopped."""

    stopped = False

    def stop(self) -> None:
        self.stopped = True
