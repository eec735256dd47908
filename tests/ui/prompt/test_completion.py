"""While typing, the rest of an earlier prompt stands dim behind the cursor; only its own key takes it."""

EARLIER = [{"prompt": "a red fox in snow"}, {"prompt": "a red owl\nby night"}, {"seed": 7}, {"prompt": "a"}]


def shown(t) -> str:
    """What stands behind the cursor."""
    return t.panel.editor.suggestion


async def test_the_newest_that_begins_so_is_shown_and_right_takes_it(typing):
    """In exactly these letters, and to the end of its line."""
    async with typing() as t:
        t.show(history=EARLIER)
        await t.type("a re")
        assert shown(t) == "d fox in snow"
        assert "a red fox in snow" in await t.screen()
        await t.type("d o")
        assert (shown(t), t.text) == ("wl", "a red o")
        await t.keys("right")
        assert (shown(t), t.text) == ("", "a red owl")
        t.panel.clear()
        await t.type("A red")
        assert shown(t) == ""


async def test_enter_sends_only_what_is_typed(typing):
    """What is dim is no text: not sent, not saved as the draft, and no other key takes it."""
    async with typing() as t:
        t.show(history=EARLIER)
        await t.type("a red")
        await t.keys("end")
        assert (t.text, shown(t)) == ("a red", " fox in snow")
        t.panel.save_draft()
        await t.enter()
        assert t.sent == [{"prompt": "a red"}]
        assert t.drafts == [] or t.drafts[-1][1] == {"prompt": "a red"}


async def test_it_is_shown_only_at_the_end_of_a_text_of_ones_own(typing):
    """Not in the middle, not for an empty prompt, not for one that was loaded until it is edited; right moves there."""
    async with typing() as t:
        t.show(history=EARLIER)
        assert shown(t) == ""
        await t.type("a red")
        await t.keys("left")
        assert shown(t) == ""
        await t.keys("right")
        assert (t.text, shown(t)) == ("a red", " fox in snow")
        t.panel.load({"prompt": "a"})
        await t.keys("end")
        assert shown(t) == ""
        await t.type(" ")
        assert shown(t) == "red", "the draft that was replaced is the newest"
        await t.keys("shift+left")
        assert shown(t) == ""


async def test_those_beyond_the_latest_hundred_are_asked_for_once(typing):
    """From three letters on; what begins with a text that none begins with is not asked for again."""
    async with typing() as t:
        t.show(history=EARLIER)
        await t.type("the lig")
        assert t.completions == ["the"]
        t.panel.complete(t.panel.webhook.key, "the", "the lighthouse\nat dawn")
        assert shown(t) == "hthouse"
        await t.type("h")
        assert (shown(t), t.completions) == ("thouse", ["the"])
        await t.type("x")
        assert (shown(t), t.completions) == ("", ["the", "the lighx"])
        t.panel.complete(t.panel.webhook.key, "the lighx", None)
        await t.type("yz")
        assert t.completions == ["the", "the lighx"]
        t.panel.complete("wh_another_abc123xyz", "the lighxyz", "the lighxyz of another webhook")
        assert shown(t) == ""
        t.switch(history=[{"prompt": "the lighxyz!"}])
        await t.type("the lighxyz")
        assert shown(t) == "!"


async def test_the_name_of_a_word_list_is_asked_for_as_it_is_typed(typing):
    """Also right at the beginning, and where no earlier prompt goes on so; behind its brace prompts are asked for as before."""
    async with typing() as t:
        await t.type("{@")
        assert t.completions == ["{@"]
        t.panel.complete(t.panel.webhook.key, "{@", "{@stations}")
        assert shown(t) == "stations}"
        await t.type("sty")
        assert t.completions == ["{@", "{@sty"]
        t.panel.complete(t.panel.webhook.key, "{@sty", "{@styles}")
        await t.keys("right")
        assert (shown(t), t.text) == ("", "{@styles}")
        t.panel.clear()
        await t.type("the lig")
        t.panel.complete(t.panel.webhook.key, "the", None)
        await t.type("ht {2 of @s")
        assert t.completions[-2:] == ["the light {2 of @", "the light {2 of @s"]
        t.panel.complete(t.panel.webhook.key, "the light {2 of @s", None)
        assert shown(t) == ""
        await t.type("|")
        assert t.completions[-1] == "the light {2 of @s"


async def test_foreign_text_is_inert_behind_the_cursor_too(typing):
    """As in the editor."""
    async with typing() as t:
        t.show(history=[{"prompt": "a \x1b]0;fox\x07[b]"}])
        await t.type("a ")
        assert shown(t) == "␛]0;fox␇[b]"
        assert "\x1b" not in await t.screen()


async def test_an_enter_held_down_elsewhere_sends_nothing(typing):
    """The key that loaded a prompt repeats until it is released, however late the app comes to it; pressed anew it sends."""
    async with typing() as t:
        t.panel.load({"prompt": "a red fox"})
        t.panel.editor.ignore_held_enter(t.next_key_at())
        await t.keys("enter", apart=0.66)
        t.app.at += 100.0
        for _ in range(40):
            await t.keys("enter", apart=-0.96)  # a thirtieth of a second after the one before
        assert t.sent == [] and "press Enter again" in t.words
        await t.enter()
        assert t.sent == [{"prompt": "a red fox"}]


async def test_another_key_says_that_enter_was_released(typing):
    async with typing() as t:
        t.panel.load({"prompt": "a red fox"})
        t.panel.editor.ignore_held_enter(t.next_key_at())
        await t.keys("end", apart=0.2)
        await t.keys("enter", apart=-0.8)
        await t.until(lambda: t.panel.editor.settled)
        assert t.sent == [{"prompt": "a red fox"}]


async def test_the_fields_of_another_prompt_are_loaded_beside_the_text(typing):
    """The text stays; what was in the fields is in the history."""
    async with typing(inputs={"style": ["anime", "noir"]}) as t:
        await t.type("an owl")
        t.panel.load_fields({"prompt": "a fox", "style": "noir", "seed": 7})
        await t.pilot.pause()
        assert t.panel.inputs() == {"prompt": "an owl", "style": "noir", "seed": 7}
        assert t.replaced == [{"prompt": "an owl", "style": "anime"}]
