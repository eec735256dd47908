"""While typing, the rest of an earlier prompt is shown dim after the cursor, and only its own key inserts it."""

EARLIER = [{"prompt": "a red fox in snow"}, {"prompt": "a red owl\nby night"}, {"seed": 7}, {"prompt": "a"}]


def suggestion_of(t) -> str:
    """Return the suggestion after the cursor."""
    return t.panel.editor.suggestion


async def test_the_newest_that_begins_so_is_shown_and_right_takes_it(typing):
    """The suggestion is the newest prompt with this exact beginning, to the end of its line; right inserts it."""
    async with typing() as t:
        t.show(history=EARLIER)
        await t.type("a re")
        assert suggestion_of(t) == "d fox in snow"
        assert "a red fox in snow" in await t.screen()
        await t.type("d o")
        assert (suggestion_of(t), t.text) == ("wl", "a red o")
        await t.keys("right")
        assert (suggestion_of(t), t.text) == ("", "a red owl")
        t.panel.clear()
        await t.type("A red")
        assert suggestion_of(t) == ""


async def test_enter_sends_only_what_is_typed(typing):
    """A suggestion is neither sent nor saved, and no key but its own inserts it."""
    async with typing() as t:
        t.show(history=EARLIER)
        await t.type("a red")
        await t.keys("end")
        assert (t.text, suggestion_of(t)) == ("a red", " fox in snow")
        t.panel.save_draft()
        await t.enter()
        assert t.sent == [{"prompt": "a red"}]
        assert t.drafts == [] or t.drafts[-1][1] == {"prompt": "a red"}


async def test_a_suggestion_is_shown_only_at_the_end_of_a_typed_text(typing):
    """An empty prompt, a cursor in the middle and a loaded text have no suggestion."""
    async with typing() as t:
        t.show(history=EARLIER)
        assert suggestion_of(t) == ""
        await t.type("a red")
        await t.keys("left")
        assert suggestion_of(t) == ""
        await t.keys("right")
        assert (t.text, suggestion_of(t)) == ("a red", " fox in snow")
        t.panel.load({"prompt": "a"})
        await t.keys("end")
        assert suggestion_of(t) == ""
        await t.type(" ")
        assert suggestion_of(t) == "red", "the draft that was replaced is the newest"
        await t.keys("shift+left")
        assert suggestion_of(t) == ""


async def test_older_prompts_are_searched_once_for_a_beginning(typing):
    """From three letters on older prompts are searched, and a beginning without a match is not searched again."""
    async with typing() as t:
        t.show(history=EARLIER)
        await t.type("the lig")
        assert t.completions == ["the"]
        t.panel.complete(t.panel.webhook.key, "the", "the lighthouse\nat dawn")
        assert suggestion_of(t) == "hthouse"
        await t.type("h")
        assert (suggestion_of(t), t.completions) == ("thouse", ["the"])
        await t.type("x")
        assert (suggestion_of(t), t.completions) == ("", ["the", "the lighx"])
        t.panel.complete(t.panel.webhook.key, "the lighx", None)
        await t.type("yz")
        assert t.completions == ["the", "the lighx"]
        t.panel.complete("wh_another_abc123xyz", "the lighxyz", "the lighxyz of another webhook")
        assert suggestion_of(t) == ""
        t.switch(history=[{"prompt": "the lighxyz!"}])
        await t.type("the lighxyz")
        assert suggestion_of(t) == "!"


async def test_the_name_of_a_word_list_is_asked_for_as_it_is_typed(typing):
    """After `{@` the names of word lists are suggested, and after the brace earlier prompts again."""
    async with typing() as t:
        await t.type("{@")
        assert t.completions == ["{@"]
        t.panel.complete(t.panel.webhook.key, "{@", "{@stations}")
        assert suggestion_of(t) == "stations}"
        await t.type("sty")
        assert t.completions == ["{@", "{@sty"]
        t.panel.complete(t.panel.webhook.key, "{@sty", "{@styles}")
        await t.keys("right")
        assert (suggestion_of(t), t.text) == ("", "{@styles}")
        t.panel.clear()
        await t.type("the lig")
        t.panel.complete(t.panel.webhook.key, "the", None)
        await t.type("ht {2 of @s")
        assert t.completions[-2:] == ["the light {2 of @", "the light {2 of @s"]
        t.panel.complete(t.panel.webhook.key, "the light {2 of @s", None)
        assert suggestion_of(t) == ""
        await t.type("|")
        assert t.completions[-1] == "the light {2 of @s"


async def test_a_suggestion_is_inert(typing):
    """Escape sequences and markup of a suggestion are shown as text."""
    async with typing() as t:
        t.show(history=[{"prompt": "a \x1b]0;fox\x07[b]"}])
        await t.type("a ")
        assert suggestion_of(t) == "␛]0;fox␇[b]"
        assert "\x1b" not in await t.screen()


async def test_an_enter_held_down_elsewhere_sends_nothing(typing):
    """An Enter that is still held from loading a prompt sends nothing until it is pressed again."""
    async with typing() as t:
        t.panel.load({"prompt": "a red fox"})
        t.panel.editor.ignore_held_enter(t.next_key_at())
        await t.keys("enter", apart=0.66)
        t.app.at += 100.0
        for _ in range(40):
            await t.keys("enter", apart=-0.96)  # a thirtieth of a second after the one before
        assert t.sent == [] and "press Enter again" in t.note
        await t.enter()
        assert t.sent == [{"prompt": "a red fox"}]


async def test_another_key_shows_that_enter_was_released(typing):
    """Any other key shows that the held Enter was released, so the next Enter sends."""
    async with typing() as t:
        t.panel.load({"prompt": "a red fox"})
        t.panel.editor.ignore_held_enter(t.next_key_at())
        await t.keys("end", apart=0.2)
        await t.keys("enter", apart=-0.8)
        await t.until(lambda: t.panel.editor.settled)
        assert t.sent == [{"prompt": "a red fox"}]


async def test_the_fields_of_another_prompt_are_loaded_beside_the_text(typing):
    """Loading only the fields keeps the text, and the replaced fields are in the history."""
    async with typing(inputs={"style": ["anime", "noir"]}) as t:
        await t.type("an owl")
        t.panel.load_fields({"prompt": "a fox", "style": "noir", "seed": 7})
        await t.pilot.pause()
        assert t.panel.inputs() == {"prompt": "an owl", "style": "noir", "seed": 7}
        assert t.replaced == [{"prompt": "an owl", "style": "anime"}]
