"""The prompt panel: typing, sending, history and drafts."""

import math
from collections.abc import Callable
from unittest.mock import Mock

import pytest
from textual import events

from cordage_tui.domain.webhook import Webhook
from cordage_tui.ui.prompt.panel import PromptPanel
from cordage_tui.ui.terminal.driver import ReplyCapturingDriver


async def test_enter_sends_what_was_typed_and_clears_it(typing):
    """Enter after a pause sends the prompt once and clears the editor."""
    async with typing() as t:
        await t.type("fox")
        await t.enter()
        assert t.sent == [{"prompt": "fox"}]
        assert t.text == ""


async def test_a_paste_of_five_lines_sends_nothing(typing):
    """A bracketed paste is inserted with all its lines and sends nothing."""
    async with typing() as t:
        await t.paste("one\r\ntwo\rthree\nfour\nfive\n")
        await t.pilot.pause(0.05)
        assert t.sent == []
        assert t.text == "one\ntwo\nthree\nfour\nfive\n"


@pytest.mark.parametrize("lines", ["one\ntwo\nthree\nfour\nfive\n", "\nfox", "\n\n\n", "a\tb\nc\n"])
async def test_an_unbracketed_paste_sends_nothing(typing, lines):
    """Keys that arrive in a burst are inserted as text, also Enter and tab, at any place."""
    async with typing() as t:
        await t.type("x")
        await t.type("z" + lines, apart=0.001)
        await t.pilot.pause(0.05)
        assert t.sent == []
        assert t.text == "xz" + lines
        assert t.panel.editor.has_focus


async def test_escape_twice_is_two_escapes_however_fast(typing):
    """Two quick escapes count as two: the first answers the question, the second leaves the prompt."""
    async with typing() as t:
        for _ in range(2):
            await t.type("fox")
            await t.enter()
        assert "Same prompt sent" in t.note
        await t.keys("escape", "escape", apart=0.001)
        assert "Same prompt sent" not in t.note
        assert t.app.keys_left[-1:] == ["escape"]


async def test_an_escape_within_a_paste_does_not_leave_the_prompt(typing):
    """An escape inside a paste does not leave the prompt."""
    async with typing() as t:
        await t.keys("a", "escape", "escape", "b", apart=0.001)
        assert "escape" not in t.app.keys_left


async def test_an_enter_before_a_burst_is_part_of_it(typing):
    """An Enter that is followed at once by other keys belongs to the paste and sends nothing."""
    async with typing() as t:
        await t.type("draft")
        await t.type("\nmore", apart=0.001)
        await t.pilot.pause(0.05)
        assert (t.sent, t.text) == ([], "draft\nmore")


async def test_an_enter_waits_for_a_key_that_is_late_but_came_in_time(typing, monkeypatch):
    """An Enter sends nothing if a key followed it at once, also if the prompt gets that key late."""
    async with typing() as t:
        await t.type("draft")
        editor = t.panel.editor
        later = editor.set_timer
        monkeypatch.setattr(editor, "set_timer", lambda _, call: (editor.call_next(call), later(60.0, call))[1])
        await t.type("\nmore", apart=0.001)
        await t.pilot.pause(0.05)
        assert (t.sent, t.text) == ([], "draft\nmore")


async def test_an_enter_is_sent_once_a_pause_was_seen_after_it(typing):
    """An Enter is sent only after a pause in the terminal's input was seen after it."""
    async with typing() as t:
        pause_callbacks: list[Callable[[], object]] = []
        t.app._driver = Mock(ReplyCapturingDriver, when_paused=lambda then, for_s: pause_callbacks.append(then))
        await t.type("one\n")
        rest = events.Key("t", "t")
        rest.time, rest.quiet_at = t.next_key_at() + 10.0, -math.inf
        t.app.post_message(rest)
        await t.pilot.pause()
        pause_callbacks[-1]()
        assert (t.sent, t.text) == ([], "one\nt")
        await t.pilot.pause()
        await t.keys("enter", apart=20.0)
        assert (t.sent, t.panel.editor.settled) == ([], False)
        pause_callbacks[-1]()
        await t.until(lambda: bool(t.sent))
        assert t.sent == [{"prompt": "one\nt"}]


async def test_a_paste_that_breaks_out_of_its_brackets_stays_inside(typing):
    """If a paste ends its own brackets, its remaining keys are still text and run no action."""
    async with typing() as t:
        await t.keys("a", "escape", "ctrl+e", "ctrl+n", "tab", "x", "enter", apart=0.001)
        await t.pilot.pause(0.05)
        assert t.sent == []
        assert not [event for event in t.app.heard if isinstance(event, PromptPanel.EditorRequested)]
        assert t.text == "a\tx\n"
        assert t.panel.editor.has_focus


async def test_enter_right_after_the_focus_came_sends_nothing(typing):
    """Enter right after the focus arrived sends nothing, because the key that moved the focus may begin a paste."""
    async with typing() as t:
        await t.type("draft")
        focus = events.Focus()
        focus.time = t.next_key_at() - 0.01
        t.panel.editor.post_message(focus)
        await t.type("\n")
        await t.pilot.pause(0.05)
        assert (t.sent, t.text) == ([], "draft\n")


@pytest.mark.parametrize(("submit", "newline", "send"), [("enter", "ctrl+j", "enter"), ("ctrl+j", "enter", "ctrl+j")])
async def test_the_submit_setting_chooses_the_key(typing, submit, newline, send):
    """The setting chooses the key that sends, and the other key inserts a line end."""
    async with typing(submit=submit) as t:
        await t.keys("a", newline, "b")
        assert (t.text, t.sent) == ("a\nb", [])
        await t.keys(send)
        await t.until(lambda: bool(t.sent))
        assert t.sent == [{"prompt": "a\nb"}]


@pytest.mark.parametrize("key", ["shift+enter", "alt+enter"])
async def test_modified_enter_begins_a_line(typing, key):
    """Shift+Enter and alt+Enter insert a line end."""
    async with typing() as t:
        await t.keys("a", key, "b")
        assert t.text == "a\nb"


async def test_a_modifier_key_alone_is_no_input(typing):
    """A modifier key that kitty reports alone makes no burst, answers no question, and disturbs no Enter."""
    async with typing() as t:
        await t.type("fox")
        await t.keys("left_shift", "shift+enter", apart=0.001)
        await t.keys("backspace")
        await t.keys("left_control", "enter", "left_shift", apart=0.001)
        await t.until(lambda: bool(t.sent))
        await t.type("fox")
        await t.enter()
        await t.keys("right_shift")
        assert "Same prompt sent" in t.note
        await t.keys("y")
        await t.keys("left_control", "ctrl+n", apart=0.001)
        assert t.panel.form.controls[-1].has_focus
        assert t.sent == [{"prompt": "fox"}] * 2


async def test_a_remapped_submit_key_leaves_enter_to_the_text(typing):
    """With another key for sending, Enter inserts a line end."""
    async with typing() as t:
        t.app.set_keymap({"prompt.submit": "ctrl+s"})
        await t.keys("a", "enter", "b")
        assert (t.text, t.sent) == ("a\nb", [])
        await t.keys("ctrl+s")
        await t.until(lambda: bool(t.sent))


async def test_an_empty_prompt_is_not_sent(typing):
    """Enter on an empty or blank panel shows a message and sends nothing."""
    async with typing() as t:
        await t.enter()
        assert "Nothing to send" in t.note
        await t.type("  ")
        await t.enter()
        assert t.sent == []


async def test_an_empty_prompt_goes_only_with_a_field_set(typing):
    """An empty prompt is sent, once, only if the user has set a field."""
    async with typing(inputs={"style": ["photo", "anime"], "n": 1, "url": "x"}) as t:
        await t.enter()
        assert t.sent == []
        t.field("style").focus()
        await t.keys("right", "enter")
        await t.enter()
        await t.enter()
        assert t.sent == [{"style": "anime", "n": 1, "url": "x"}]


async def test_fields_brought_back_are_sent_alone_only_where_they_were_sent_alone(typing):
    """Fields from the history are sent without a prompt only if they were sent so before."""
    async with typing() as t:
        t.switch({"style": ["photo", "oil"]}, history=[{"prompt": "fox", "style": "photo"}, {"style": "oil"}])
        await t.keys("up", "down")
        await t.enter()
        await t.keys("up", "delete", "delete", "delete")
        await t.enter()
        assert t.sent == []
        await t.keys("up", "up")
        await t.enter()
        assert t.sent == [{"style": "oil"}]


async def test_a_key_right_after_enter_belongs_to_the_next_prompt(typing):
    """On a slow screen the text at the moment of Enter is sent, and later keys stay in the editor."""
    async with typing() as t:
        await t.type("fox")
        t.panel.editor.post_message(t.panel.editor.SubmitRequested("fox", t.panel.editor.turn))
        t.panel.editor.insert("owl")
        await t.until(lambda: bool(t.sent))
        assert (t.sent, t.text) == ([{"prompt": "fox"}], "owl")


async def test_an_enter_does_not_follow_to_another_webhook(typing):
    """If the webhook changes at the moment of Enter, nothing is sent to either."""
    async with typing() as t:
        await t.type("fox")
        t.panel.editor.submit()
        t.switch(draft={"prompt": "fox"})
        await t.pilot.pause(0.05)
        assert t.sent == []


async def test_the_same_again_within_two_seconds_is_asked_and_only_y_pays(typing):
    """A repeat within two seconds asks first, and only `y` sends it."""
    async with typing() as t:
        await t.type("fox")
        await t.enter()
        await t.type("fox")
        await t.enter()
        await t.enter()
        assert "Same prompt sent" in t.note
        assert len(t.sent) == 1
        await t.keys("y")
        assert t.sent == [{"prompt": "fox"}] * 2


async def test_an_open_question_outlasts_a_held_enter(typing):
    """A held Enter, or a paste with `y`, does not answer the question."""
    async with typing() as t:
        for _ in range(2):
            await t.type("fox")
            await t.enter()
        t.app.at += 5.0
        await t.enter()
        assert (len(t.sent), "Same prompt sent" in t.note) == (1, True)
        await t.keys("enter", "y", apart=0.001)
        assert len(t.sent) == 1


async def test_leaving_right_after_enter_sends_nothing(typing):
    """If the focus leaves right after Enter, nothing is sent and the text stays."""
    async with typing() as t:
        await t.type("fox")
        enter = events.Key("enter", "\r")
        enter.time = t.next_key_at()
        t.panel.editor.post_message(enter)
        t.panel.editor.post_message(events.Blur())
        await t.pilot.pause(0.05)
        assert (t.sent, t.text) == ([], "fox")


@pytest.mark.parametrize(("key", "text"), [("escape", "fox"), ("n", "fox"), ("s", "foxs")])
async def test_the_same_again_is_not_sent_on_any_other_key(typing, key, text):
    """Any other key closes the question, does its usual action, and keeps the text."""
    async with typing() as t:
        for _ in range(2):
            await t.type("fox")
            await t.enter()
        await t.keys(key)
        assert (len(t.sent), t.text, t.note) == (1, text, "")


async def test_the_same_after_two_seconds_is_not_asked(typing):
    """A repeat after two seconds is sent without a question."""
    async with typing() as t:
        for _ in range(2):
            await t.type("fox")
            await t.enter()
            t.app.at += 2.0
        assert len(t.sent) == 2


async def test_up_in_an_empty_prompt_brings_earlier_ones_back(typing):
    """Up shows older prompts with their fields, down newer ones, and at last the text from before."""
    async with typing() as t:
        t.switch({"style": ["photo", "anime"]}, history=[{"prompt": "b"}, {"prompt": "a\na", "style": "anime"}])
        await t.keys("up")
        assert t.panel.inputs() == {"prompt": "b"}
        await t.keys("up")
        assert t.panel.inputs() == {"prompt": "a\na", "style": "anime"}
        await t.keys("up", "down", "down")
        assert t.text == "b"
        await t.keys("down")
        assert t.panel.inputs() == {"style": "photo"}


async def test_editing_an_earlier_prompt_ends_the_walk(typing):
    """After an edit up and down move the cursor and keep the text."""
    async with typing() as t:
        t.switch(history=[{"prompt": "b"}, {"prompt": "a"}])
        await t.keys("up", "x", "up", "down")
        assert t.text == "xb"


async def test_up_in_a_text_of_ones_own_stays_in_it(typing):
    """Up in a typed text moves the cursor, and history does not replace the text."""
    async with typing() as t:
        t.switch(history=[{"prompt": "old"}])
        await t.type("mine")
        await t.keys("up", "down")
        assert t.text == "mine"


async def test_what_was_sent_is_the_newest_of_the_history(typing):
    """After sending, up brings the sent prompt back."""
    async with typing() as t:
        await t.type("fox")
        await t.enter()
        await t.keys("up")
        assert t.text == "fox"


async def test_the_draft_is_published_while_typing_and_empty_after_sending(typing):
    """The draft is published while typing, so that a crash loses little, and is empty after sending."""
    async with typing() as t:
        await t.type("fox")
        await t.until(lambda: bool(t.drafts) and t.drafts[-1][1] == {"prompt": "fox"})
        published = len(t.drafts)
        await t.enter()
        submitted = t.app.heard[-1]
        assert isinstance(submitted, PromptPanel.Submitted)
        assert (submitted.inputs, submitted.draft, t.drafts[published:]) == ({"prompt": "fox"}, {}, [])


async def test_a_switch_publishes_the_draft_and_shows_that_of_the_other_webhook(typing):
    """Each webhook has its own draft, and undo carries no text from one to the other."""
    async with typing() as t:
        key = t.panel.webhook.key
        await t.type("for sunset")
        t.switch(draft={"prompt": "for other", "seed": 7})
        await t.pilot.pause()
        assert t.drafts[-1] == (key, {"prompt": "for sunset"})
        assert t.panel.inputs() == {"prompt": "for other", "seed": 7}
        await t.keys("ctrl+z")
        assert t.text == "for other"


async def test_leaving_publishes_the_draft_at_once(typing, monkeypatch):
    """When the focus leaves, the draft is published without waiting for the timer."""
    monkeypatch.setattr("cordage_tui.ui.prompt.draft.DRAFT_S", 600.0)
    async with typing() as t:
        await t.type("fox")
        t.app.set_focus(None)
        await t.pilot.pause()
        assert [inputs for _, inputs in t.drafts] == [{"prompt": "fox"}]


async def test_showing_the_same_webhook_again_keeps_what_is_being_written(typing):
    """Showing the same webhook again keeps the text that is being written."""
    async with typing() as t:
        await t.type("mine")
        t.show({"style": ["photo"]}, draft={"prompt": "older"}, history=[{"prompt": "sent"}])
        assert t.panel.inputs() == {"prompt": "mine"}


async def test_loading_a_run_can_be_undone(typing):
    """ctrl+z restores the text that a loaded run replaced."""
    async with typing() as t:
        await t.type("mine")
        t.panel.load({"prompt": "a run's", "seed": 5})
        await t.pilot.pause()
        assert t.panel.inputs() == {"prompt": "a run's", "seed": 5}
        await t.keys("ctrl+z")
        assert t.text == "mine"


async def test_without_a_webhook_the_panel_says_so_and_takes_no_focus(typing):
    """Without a webhook the panel asks to choose one, and accepts no focus."""
    async with typing() as t:
        t.panel.show(None, None, [])
        await t.pilot.pause()
        assert "Choose a webhook" in await t.screen()
        assert not t.panel.editor.focusable
        await t.keys("a", "enter")
        assert t.sent == []


async def test_ctrl_e_asks_for_the_editor_and_its_text_can_be_undone(typing):
    """ctrl+e sends the text to the owner, and the edited text can be undone."""
    async with typing() as t:
        await t.type("fox")
        await t.keys("ctrl+e")
        assert t.app.heard[-1].text == "fox"
        t.panel.set_text("a fox")
        await t.keys("ctrl+z")
        assert t.text == "fox"


async def test_foreign_text_is_inert(typing):
    """Markup is shown as text and escape sequences as symbols, wherever they come from."""
    bad = "[/x] [@click=app.quit]a[/] \x1b]0;PWNED\x07 \x9b31m \u202ert\x00"
    async with typing(inputs={"evil\x1b[2J": "\x1b[2J", "pick": ["\x1b[2J", "b"]}) as t:
        await t.paste(bad)
        t.panel.load({"prompt": bad, "free\x1b[1m": bad, "more": {"deep": bad}})
        await t.pilot.pause()
        screen = await t.screen()
        assert "[/x]" in screen
        assert not {c for c in screen if (ord(c) < 32 and c != "\n") or 0x7F <= ord(c) < 0xA0 or c == "\u202e"}
        assert "\x00" not in t.text


async def test_a_name_with_markup_is_a_title(typing):
    """The title of the border shows markup of a name as text."""
    async with typing() as t:
        t.panel.show(Webhook("wh_m", "[/b] [red]\x1b[2J"), None, [])
        await t.pilot.pause()
        assert "[/b] [red]␛[2J" in await t.screen()


async def test_joiners_survive_editing(typing):
    """Joiners of Persian text and emoji are unchanged by editing."""
    text = "می\u200cخواهم 1\ufe0f\u20e3"
    async with typing() as t:
        t.panel.load({"prompt": text})
        assert t.panel.inputs() == {"prompt": text}


async def test_a_megabyte_is_kept_whole_and_sent_whole(typing):
    """A text too long to edit is shown by its beginning, can only be undone, and is sent whole."""
    text = "word " * 200_000
    async with typing() as t:
        await t.type("me ")
        await t.paste(text)
        assert "characters kept" in t.note
        await t.keys("x", "backspace", "ctrl+z")
        assert t.text == "me "
        await t.paste(text)
        await t.enter()
        assert t.sent == [{"prompt": ("me " + text).strip()}]


async def test_more_than_a_megabyte_is_refused_with_words(typing):
    """A paste beyond 1 MiB is refused with a message, and the text stays."""
    async with typing() as t:
        await t.type("me")
        await t.paste("é" * 600_000)
        assert "1 MiB" in t.note
        assert t.text == "me"


async def test_the_panel_works_at_any_size(typing):
    """The panel works and sends at any size."""
    async with typing(inputs={"style": ["photo", "anime"], "n": 1}) as t:
        for number, size in enumerate([(1, 1), (3, 2), (20, 3), (60, 12), (80, 12), (120, 12)]):
            await t.pilot.resize_terminal(*size)
            await t.type(str(number))
            await t.keys("ctrl+n", "escape")
            await t.enter()
            assert t.sent[-1] == {"prompt": str(number), "style": "photo", "n": 1}


async def test_a_message_is_visible_even_in_three_lines(typing):
    """In three lines the message of the panel is shown instead of its fields."""
    async with typing(inputs={"style": ["photo"]}, height=3) as t:
        await t.enter()
        assert "Nothing to send" in await t.screen()


async def test_a_replaced_draft_is_the_first_of_the_earlier_prompts(typing):
    """Up brings a replaced draft back with its fields, down the text that replaced it, and it is published once."""
    fields = {"style": ["photo", "anime"]}
    async with typing() as t:
        t.switch(fields, history=[{"prompt": "sent"}])
        await t.type("mine")
        t.panel.form.load({"style": "anime", "seed": 7})
        await t.pilot.pause()
        t.panel.load({"prompt": "a run", "style": "photo"})
        await t.pilot.pause()
        draft = {"prompt": "mine", "style": "anime", "seed": 7}
        assert t.replaced == [draft]
        await t.keys("up")
        assert t.panel.inputs() == draft
        await t.keys("up")
        assert t.text == "sent"
        await t.keys("down", "down", "down")
        assert t.panel.inputs() == {"prompt": "a run", "style": "photo"}
        t.panel.load({"prompt": "another run"})
        await t.pilot.pause()
        assert t.replaced == [draft]


@pytest.mark.parametrize("draft", [None, {}, {"prompt": "a run"}])
async def test_what_nobody_wrote_is_not_kept(typing, draft):
    """An empty panel, defaults, a loaded run and an earlier prompt are not kept as drafts."""
    async with typing() as t:
        t.switch(
            {"prompt": "a default", "style": ["photo", "anime"]} if draft is None else {},
            draft=draft,
            history=[{"prompt": "b"}],
        )
        for prompt in ("a run", "another", "another"):
            t.panel.load({"prompt": prompt})
            await t.pilot.pause()
        t.panel.clear()
        await t.keys("up")
        t.panel.load({"prompt": "a run"})
        await t.pilot.pause()
        assert t.replaced == []


async def test_text_typed_after_a_refused_prompt_is_kept(typing):
    """A refused prompt returns to the editor, and up brings the text that was typed after it."""
    async with typing() as t:
        await t.type("fox")
        await t.enter()
        await t.type("owl")
        t.panel.give_back({"prompt": "fox"})
        await t.pilot.pause()
        assert (t.text, t.replaced) == ("fox", [{"prompt": "owl"}])
        await t.keys("up")
        assert t.text == "owl"


async def test_a_random_field_shows_the_word_and_sends_a_number(typing):
    """A random field sends a new number for each prompt and stays random, also after a refusal."""
    async with typing() as t:
        t.switch({"seed": "random"})
        assert t.panel.inputs() == {"seed": "random"}
        await t.type("fox")
        await t.enter()
        (first,) = t.sent
        assert isinstance(first["seed"], int)
        assert t.panel.inputs() == {"seed": "random"}
        t.panel.give_back(first)
        await t.pilot.pause()
        assert t.panel.inputs() == {"prompt": "fox", "seed": "random"}
        await t.enter()
        assert len(t.sent) == 2
        assert t.sent[1]["seed"] != first["seed"]


async def test_a_repetition_is_asked_about_whatever_number_is_drawn(typing):
    """A random number does not make a repeat a different prompt, but a typed number does."""
    async with typing() as t:
        t.switch({"seed": "random"})
        for _ in range(2):
            await t.type("fox")
            await t.enter()
        assert len(t.sent) == 1
        await t.keys("n")
        t.panel.form.load({"seed": 7})
        await t.pilot.pause()
        await t.keys("enter")
        await t.until(lambda: len(t.sent) == 2)
        assert t.sent[1] == {"prompt": "fox", "seed": 7}


async def test_a_draft_of_a_field_that_is_random_no_more_has_its_default(typing):
    """A draft with the word "random" gets the default if the field is no longer random."""
    async with typing() as t:
        t.switch({"seed": 7}, draft={"prompt": "fox", "seed": "random"})
        await t.pilot.pause()
        assert t.panel.inputs() == {"prompt": "fox", "seed": 7}
