"""The fields beside the prompt, used by keys."""

INPUTS = {"style": ["photo", "anime"], "image_url": "", "steps": 30, "upscale": True, "extra": {}}


async def test_fields_are_sent_with_their_kinds(typing):
    """Text, number, boolean, choice and JSON arrive as such; an empty field is left out."""
    async with typing(inputs=INPUTS) as t:
        await t.type("fox")
        await t.enter()
        assert t.sent == [{"prompt": "fox", "style": "photo", "steps": 30, "upscale": True}]


async def test_tab_goes_through_the_fields_and_enter_comes_back(typing):
    """A value is set without leaving the keyboard, and Enter in a field sends nothing."""
    async with typing(inputs=INPUTS) as t:
        await t.type("fox")
        await t.keys("tab", "right", "tab", *"u.png", "tab", "backspace", "backspace", "7", "tab", "space")
        await t.keys("tab", *'{"a": 1}', "enter")
        assert (t.sent, t.panel.editor.has_focus) == ([], True)
        await t.enter()
        assert t.sent == [
            {"prompt": "fox", "style": "anime", "image_url": "u.png", "steps": 7, "upscale": False, "extra": {"a": 1}}
        ]


async def test_a_choice_can_be_left_out(typing):
    """The last stop of a choice sends nothing for it."""
    async with typing(inputs={"style": ["photo"]}) as t:
        t.field("style").focus()
        await t.keys("right")
        assert t.panel.inputs() == {}


async def test_a_letter_chooses_and_is_no_key_of_the_screen(typing):
    """The next option that begins with it, round and round; a letter of none changes nothing, and goes nowhere else."""
    async with typing(inputs={"style": ["photo", "anime", "art"], "upscale": True}) as t:
        killed = []
        t.app.action_kill = lambda: killed.append(True)
        t.app.bind("x", "kill")
        t.field("style").focus()
        chosen = []
        for letter in "aaAxl":
            await t.keys(letter)
            chosen.append(t.panel.inputs().get("style", "left out"))
        assert chosen == ["anime", "art", "anime", "anime", "left out"]
        assert not killed
        t.field("upscale").focus()
        await t.keys("f")
        assert t.panel.inputs() == {"upscale": False}


async def test_words_about_a_field_go_with_its_fault(typing):
    """They stay while another value is as wrong, and a question or a note about something else is not theirs to take."""
    async with typing(inputs={"steps": 30}) as t:
        await t.type("fox")
        t.field("steps").focus()
        await t.keys("x")
        t.panel.editor.focus()
        await t.enter()
        assert "Not sent: steps must be a number" in t.words
        await t.keys("y")
        assert "Not sent" in t.words
        await t.keys("backspace", "backspace")
        assert t.words == ""


async def test_a_wrong_field_keeps_everything_back(typing):
    """The words stand at the field, the focus goes there, and nothing is sent until it is right."""
    async with typing(inputs=INPUTS) as t:
        await t.type("fox")
        t.field("extra").focus()
        await t.keys("{")
        t.panel.editor.focus()
        await t.enter()
        assert t.sent == []
        assert t.field("extra").has_focus
        assert "Not JSON" in await t.screen()
        assert "Not sent: extra: Not JSON" in t.words
        await t.keys("}", "enter")
        await t.enter()
        assert t.sent[0]["extra"] == {}


async def test_enter_in_a_wrong_field_stays_there(typing):
    """The way back to the prompt is open once the value is right, or by tab."""
    async with typing(inputs={"steps": 30}) as t:
        t.field("steps").focus()
        await t.keys("x", "enter")
        assert t.field("steps").has_focus
        assert "Must be a number" in await t.screen()
        await t.keys("backspace", "enter")
        assert t.panel.editor.has_focus


async def test_free_fields_are_written_as_httpie_does(typing):
    """`key=value` is text, `key:=json` is JSON; the same key again replaces."""
    async with typing() as t:
        for row in ("seed=5", "seed:=6", "tags:=[1, 2]", "note=a=b"):
            await t.keys("ctrl+n", *row, "enter")
        assert t.panel.inputs() == {"seed": 6, "tags": [1, 2], "note": "a=b"}
        assert t.panel.editor.has_focus


async def test_a_bad_free_field_says_why_and_adds_nothing(typing):
    """The line stays open with the words under it; escape closes it and stays in the panel."""
    async with typing() as t:
        await t.keys("ctrl+n", *"a:={", "enter")
        assert "Not JSON" in await t.screen()
        await t.keys("escape")
        assert (t.panel.inputs(), t.panel.editor.has_focus) == ({}, True)


async def test_a_removed_field_can_be_had_back(typing):
    """Removing says so, and adding offers it again; declared fields stay."""
    async with typing(inputs={"steps": 30}) as t:
        await t.keys("ctrl+n", *"seed:=6", "enter")
        t.field("seed").focus()
        await t.keys("alt+n")
        assert t.panel.inputs() == {"steps": 30}
        assert "Removed seed:=6" in t.words
        await t.keys("ctrl+n", "enter")
        assert t.panel.inputs() == {"steps": 30, "seed": 6}
        t.field("steps").focus()
        await t.keys("alt+n")
        assert t.panel.inputs() == {"steps": 30, "seed": 6}


async def test_a_paste_into_a_field_is_one_inert_line(typing):
    """Line ends become blanks, controls become pictures, and nothing is sent."""
    async with typing(inputs={"image_url": ""}) as t:
        t.field("image_url").focus()
        await t.pilot.pause()
        await t.paste("a\r\nb\x1b[2J")
        assert t.panel.inputs() == {"image_url": "a b␛[2J"}


async def test_a_draft_comes_back_exactly(typing):
    """Also where it does not fit the fields that are declared by now."""
    draft = {"prompt": " two\nlines ", "style": "oil", "steps": "many", "image_url": "", "upscale": 1, "new": None}
    async with typing() as t:
        t.switch(INPUTS, draft)
        assert t.panel.inputs() == draft
        assert type(t.panel.inputs()["upscale"]) is int
