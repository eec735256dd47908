"""Typing, sending, history, drafts."""

import math
from collections.abc import Callable
from unittest.mock import Mock

import pytest
from textual import events

from cordage_tui.domain.webhook import Webhook
from cordage_tui.ui.prompt.panel import PromptPanel
from cordage_tui.ui.terminal.driver import ReplyCapturingDriver


async def test_enter_sends_what_was_typed_and_clears_it(typing):
    """One Enter after quiet sends the prompt once, and the editor is empty for the next."""
    async with typing() as t:
        await t.type("fox")
        await t.enter()
        assert t.sent == [{"prompt": "fox"}]
        assert t.text == ""


async def test_a_paste_of_five_lines_sends_nothing(typing):
    """A bracketed paste goes into the text with all its lines."""
    async with typing() as t:
        await t.paste("one\r\ntwo\rthree\nfour\nfive\n")
        await t.pilot.pause(0.05)
        assert t.sent == []
        assert t.text == "one\ntwo\nthree\nfour\nfive\n"


@pytest.mark.parametrize("lines", ["one\ntwo\nthree\nfour\nfive\n", "\nfox", "\n\n\n", "a\tb\nc\n"])
async def test_an_unbracketed_paste_sends_nothing(typing, lines):
    """Keys that arrive as a burst are text, Enter and tab among them, and first and last among them."""
    async with typing() as t:
        await t.type("x")
        await t.type("z" + lines, apart=0.001)
        await t.pilot.pause(0.05)
        assert t.sent == []
        assert t.text == "xz" + lines
        assert t.panel.editor.has_focus


async def test_escape_twice_is_two_escapes_however_fast(typing):
    """Over tmux two presses can arrive within 20 ms: the first answers the question, and the second leaves the prompt."""
    async with typing() as t:
        for _ in range(2):
            await t.type("fox")
            await t.enter()
        assert "Same prompt sent" in t.words
        await t.keys("escape", "escape", apart=0.001)
        assert "Same prompt sent" not in t.words
        assert t.app.keys_left[-1:] == ["escape"]


async def test_an_escape_within_a_paste_does_not_leave_the_prompt(typing):
    """Text that holds the character is no key of a person."""
    async with typing() as t:
        await t.keys("a", "escape", "escape", "b", apart=0.001)
        assert "escape" not in t.app.keys_left


async def test_an_enter_before_a_burst_is_part_of_it(typing):
    """The first line of a paste may be empty: an Enter with input right behind it sends nothing."""
    async with typing() as t:
        await t.type("draft")
        await t.type("\nmore", apart=0.001)
        await t.pilot.pause(0.05)
        assert (t.sent, t.text) == ([], "draft\nmore")


async def test_an_enter_waits_for_a_key_that_is_late_but_came_in_time(typing, monkeypatch):
    """On a busy machine the quiet after it is over before the prompt gets what came right behind it."""
    async with typing() as t:
        await t.type("draft")
        editor = t.panel.editor
        later = editor.set_timer
        monkeypatch.setattr(editor, "set_timer", lambda _, call: (editor.call_next(call), later(60.0, call))[1])
        await t.type("\nmore", apart=0.001)
        await t.pilot.pause(0.05)
        assert (t.sent, t.text) == ([], "draft\nmore")


async def test_an_enter_is_sent_when_the_terminal_was_seen_empty_behind_it(typing):
    """However late the rest of a paste is read: without a pause seen in between it came right behind the Enter."""
    async with typing() as t:
        asked: list[Callable[[], object]] = []
        t.app._driver = Mock(ReplyCapturingDriver, when_paused=asked.append)
        await t.type("one\n")
        rest = events.Key("t", "t")
        rest.time, rest.quiet_at = t.next_key_at() + 10.0, -math.inf
        t.app.post_message(rest)
        await t.pilot.pause()
        asked[-1]()
        assert (t.sent, t.text) == ([], "one\nt")
        await t.pilot.pause()
        await t.keys("enter", apart=20.0)
        assert (t.sent, t.panel.editor.settled) == ([], False)
        asked[-1]()
        await t.until(lambda: bool(t.sent))
        assert t.sent == [{"prompt": "one\nt"}]


async def test_a_paste_that_breaks_out_of_its_brackets_stays_inside(typing):
    """After an end-of-paste inside a paste its rest arrives as keys: escape does not leave, Enter does not send."""
    async with typing() as t:
        await t.keys("a", "escape", "ctrl+e", "ctrl+n", "tab", "x", "enter", apart=0.001)
        await t.pilot.pause(0.05)
        assert t.sent == []
        assert not [event for event in t.app.heard if isinstance(event, PromptPanel.EditorRequested)]
        assert t.text == "a\tx\n"
        assert t.panel.editor.has_focus


async def test_enter_right_after_the_focus_came_sends_nothing(typing):
    """The key that moved the focus here may have been the first of a paste."""
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
    """The other key begins a line."""
    async with typing(submit=submit) as t:
        await t.keys("a", newline, "b")
        assert (t.text, t.sent) == ("a\nb", [])
        await t.keys(send)
        await t.until(lambda: bool(t.sent))
        assert t.sent == [{"prompt": "a\nb"}]


@pytest.mark.parametrize("key", ["shift+enter", "alt+enter"])
async def test_modified_enter_begins_a_line(typing, key):
    """Terminals that can send them get them."""
    async with typing() as t:
        await t.keys("a", key, "b")
        assert t.text == "a\nb"


async def test_a_modifier_reported_by_itself_is_no_input(typing):
    """kitty sends `left_control` right before ctrl+n: that makes no burst, answers no question, and spoils no Enter."""
    async with typing() as t:
        await t.type("fox")
        await t.keys("left_shift", "shift+enter", apart=0.001)
        await t.keys("backspace")
        await t.keys("left_control", "enter", "left_shift", apart=0.001)
        await t.until(lambda: bool(t.sent))
        await t.type("fox")
        await t.enter()
        await t.keys("right_shift")
        assert "Same prompt sent" in t.words
        await t.keys("y")
        await t.keys("left_control", "ctrl+n", apart=0.001)
        assert t.panel.form.controls[-1].has_focus
        assert t.sent == [{"prompt": "fox"}] * 2


async def test_a_remapped_submit_key_leaves_enter_to_the_text(typing):
    """Who moves `prompt.submit` elsewhere gets a newline from Enter, and the same guard on the new key."""
    async with typing() as t:
        t.app.set_keymap({"prompt.submit": "ctrl+s"})
        await t.keys("a", "enter", "b")
        assert (t.text, t.sent) == ("a\nb", [])
        await t.keys("ctrl+s")
        await t.until(lambda: bool(t.sent))


async def test_nothing_is_not_sent(typing):
    """A stray Enter on an empty panel, or on blanks, says so and sends nothing."""
    async with typing() as t:
        await t.enter()
        assert "Nothing to send" in t.words
        await t.type("  ")
        await t.enter()
        assert t.sent == []


async def test_an_empty_prompt_goes_only_with_a_field_set(typing):
    """Defaults alone are not sent by a stray Enter; a field that was set is enough, once."""
    async with typing(inputs={"style": ["photo", "anime"], "n": 1, "url": "x"}) as t:
        await t.enter()
        assert t.sent == []
        t.field("style").focus()
        await t.keys("right", "enter")
        await t.enter()
        await t.enter()
        assert t.sent == [{"style": "anime", "n": 1, "url": "x"}]


async def test_fields_brought_back_are_sent_alone_only_where_they_were_sent_alone(typing):
    """Looking through the history and coming back, or emptying what it gave, is no wish to send the fields."""
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


async def test_a_key_right_behind_enter_belongs_to_the_next_prompt(typing):
    """On a screen that lags, what is sent is what stood there when Enter was pressed; nothing typed is lost."""
    async with typing() as t:
        await t.type("fox")
        t.panel.editor.post_message(t.panel.editor.SubmitRequested("fox", t.panel.editor.turn))
        t.panel.editor.insert("owl")
        await t.until(lambda: bool(t.sent))
        assert (t.sent, t.text) == ([{"prompt": "fox"}], "owl")


async def test_an_enter_does_not_follow_to_another_webhook(typing):
    """Enter and a switch at the same moment send nothing, to neither of the two."""
    async with typing() as t:
        await t.type("fox")
        t.panel.editor.action_submit()
        t.switch(draft={"prompt": "fox"})
        await t.pilot.pause(0.05)
        assert t.sent == []


async def test_the_same_again_within_two_seconds_is_asked_and_only_y_pays(typing):
    """Enter, however often, does not answer the question; `y` does."""
    async with typing() as t:
        await t.type("fox")
        await t.enter()
        await t.type("fox")
        await t.enter()
        await t.enter()
        assert "Same prompt sent" in t.words
        assert len(t.sent) == 1
        await t.keys("y")
        assert t.sent == [{"prompt": "fox"}] * 2


async def test_an_open_question_outlasts_a_held_enter(typing):
    """Enter pressed on, also past the two seconds, sends nothing; nor does a paste that has a line of `y`."""
    async with typing() as t:
        for _ in range(2):
            await t.type("fox")
            await t.enter()
        t.app.at += 5.0
        await t.enter()
        assert (len(t.sent), "Same prompt sent" in t.words) == (1, True)
        await t.keys("enter", "y", apart=0.001)
        assert len(t.sent) == 1


async def test_leaving_right_after_enter_sends_nothing(typing):
    """No one reads, decides and leaves within 30 ms."""
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
    """What was written stays; a key that is no answer does what it always does."""
    async with typing() as t:
        for _ in range(2):
            await t.type("fox")
            await t.enter()
        await t.keys(key)
        assert (len(t.sent), t.text, t.words) == (1, text, "")


async def test_the_same_after_two_seconds_is_not_asked(typing):
    """Running a prompt again is everyday work."""
    async with typing() as t:
        for _ in range(2):
            await t.type("fox")
            await t.enter()
            t.app.at += 2.0
        assert len(t.sent) == 2


async def test_up_in_an_empty_prompt_brings_earlier_ones_back(typing):
    """Older by up, newer by down, past the newest what was there before; fields come along."""
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
    """Up in an edited text moves the cursor and loses nothing."""
    async with typing() as t:
        t.switch(history=[{"prompt": "b"}, {"prompt": "a"}])
        await t.keys("up", "x", "up", "down")
        assert t.text == "xb"


async def test_up_in_a_text_of_ones_own_stays_in_it(typing):
    """History never replaces what is being written."""
    async with typing() as t:
        t.switch(history=[{"prompt": "old"}])
        await t.type("mine")
        await t.keys("up", "down")
        assert t.text == "mine"


async def test_what_was_sent_is_the_newest_of_the_history(typing):
    """Up after sending brings it back."""
    async with typing() as t:
        await t.type("fox")
        await t.enter()
        await t.keys("up")
        assert t.text == "fox"


async def test_the_draft_is_told_while_typing_and_gone_after_sending(typing):
    """A crash loses less than a second, and a sent prompt does not come back as a draft."""
    async with typing() as t:
        await t.type("fox")
        await t.until(lambda: bool(t.drafts) and t.drafts[-1][1] == {"prompt": "fox"})
        told = len(t.drafts)
        await t.enter()
        submitted = t.app.heard[-1]
        assert isinstance(submitted, PromptPanel.Submitted)
        assert (submitted.inputs, submitted.draft, t.drafts[told:]) == ({"prompt": "fox"}, {}, [])


async def test_switching_tells_the_draft_of_the_one_left_and_shows_the_other(typing):
    """Drafts belong to their webhook; undo does not carry text from one into the other."""
    async with typing() as t:
        key = t.panel.webhook.key
        await t.type("for sunset")
        t.switch(draft={"prompt": "for other", "seed": 7})
        await t.pilot.pause()
        assert t.drafts[-1] == (key, {"prompt": "for sunset"})
        assert t.panel.inputs() == {"prompt": "for other", "seed": 7}
        await t.keys("ctrl+z")
        assert t.text == "for other"


async def test_leaving_tells_the_draft_at_once(typing, monkeypatch):
    """Blur does not wait for the timer."""
    monkeypatch.setattr("cordage_tui.ui.prompt.draft.DRAFT_S", 600.0)
    async with typing() as t:
        await t.type("fox")
        t.app.set_focus(None)
        await t.pilot.pause()
        assert [inputs for _, inputs in t.drafts] == [{"prompt": "fox"}]


async def test_showing_the_same_webhook_again_keeps_what_is_being_written(typing):
    """A refresh of the sidebar is no reason to lose text."""
    async with typing() as t:
        await t.type("mine")
        t.show({"style": ["photo"]}, draft={"prompt": "older"}, history=[{"prompt": "sent"}])
        assert t.panel.inputs() == {"prompt": "mine"}


async def test_loading_a_run_can_be_undone(typing):
    """`e` on a run replaces the text, and ctrl+z gives it back."""
    async with typing() as t:
        await t.type("mine")
        t.panel.load({"prompt": "a run's", "seed": 5})
        await t.pilot.pause()
        assert t.panel.inputs() == {"prompt": "a run's", "seed": 5}
        await t.keys("ctrl+z")
        assert t.text == "mine"


async def test_without_a_webhook_the_panel_says_so_and_takes_no_focus(typing):
    """All: there is nothing to write for."""
    async with typing() as t:
        t.panel.show(None, None, [])
        await t.pilot.pause()
        assert "Choose a webhook" in await t.screen()
        assert not t.panel.editor.focusable
        await t.keys("a", "enter")
        assert t.sent == []


async def test_ctrl_e_asks_for_the_editor_and_its_text_can_be_undone(typing):
    """The owner gets the text, and gives the new one back as an edit."""
    async with typing() as t:
        await t.type("fox")
        await t.keys("ctrl+e")
        assert t.app.heard[-1].text == "fox"
        t.panel.set_text("a fox")
        await t.keys("ctrl+z")
        assert t.text == "fox"


async def test_foreign_text_is_inert(typing):
    """Markup is text; escape sequences are pictures, wherever they come from."""
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
    """Titles in the border are literal."""
    async with typing() as t:
        t.panel.show(Webhook("wh_m", "[/b] [red]\x1b[2J"), None, [])
        await t.pilot.pause()
        assert "[/b] [red]␛[2J" in await t.screen()


async def test_joiners_survive_editing(typing):
    """A Persian prompt and an emoji come out as they went in."""
    text = "می\u200cخواهم 1\ufe0f\u20e3"
    async with typing() as t:
        t.panel.load({"prompt": text})
        assert t.panel.inputs() == {"prompt": text}


async def test_a_megabyte_is_kept_whole_and_sent_whole(typing):
    """Too long to edit in place: its beginning is shown, keys do not touch it, undo takes it out, sending sends all."""
    text = "word " * 200_000
    async with typing() as t:
        await t.type("me ")
        await t.paste(text)
        assert "characters kept" in t.words
        await t.keys("x", "backspace", "ctrl+z")
        assert t.text == "me "
        await t.paste(text)
        await t.enter()
        assert t.sent == [{"prompt": ("me " + text).strip()}]


async def test_more_than_a_megabyte_is_refused_with_words(typing):
    """What stood there stays."""
    async with typing() as t:
        await t.type("me")
        await t.paste("é" * 600_000)
        assert "1 MiB" in t.words
        assert t.text == "me"


async def test_any_size_works(typing):
    """No size crashes, and at each the panel still sends."""
    async with typing(inputs={"style": ["photo", "anime"], "n": 1}) as t:
        for number, size in enumerate([(1, 1), (3, 2), (20, 3), (60, 12), (80, 12), (120, 12)]):
            await t.pilot.resize_terminal(*size)
            await t.type(str(number))
            await t.keys("ctrl+n", "escape")
            await t.enter()
            assert t.sent[-1] == {"prompt": str(number), "style": "photo", "n": 1}


async def test_words_are_seen_even_in_three_lines(typing):
    """What a panel has to say goes before what it lets be written."""
    async with typing(inputs={"style": ["photo"]}, height=3) as t:
        await t.enter()
        assert "Nothing to send" in await t.screen()


async def test_a_replaced_draft_is_the_first_of_the_earlier_prompts(typing):
    """Text and fields come back with up, what replaced them with down; it is told once, to be kept."""
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
    """An empty panel, a webhook's defaults, what was loaded already or an earlier prompt are no drafts."""
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


async def test_what_was_typed_behind_a_refused_prompt_is_kept(typing):
    """The refused one stands there again, and up brings what was typed meanwhile."""
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
    """Drawn for each prompt; the field stays random, also where the prompt comes back because it was refused."""
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
    """The number is no other prompt; a number that was typed is sent as it is."""
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
    """The word is no number: it would be sent as text."""
    async with typing() as t:
        t.switch({"seed": 7}, draft={"prompt": "fox", "seed": "random"})
        await t.pilot.pause()
        assert t.panel.inputs() == {"prompt": "fox", "seed": 7}
