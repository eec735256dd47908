"""The fields next to the prompt, used by keys."""

INPUTS = {"style": ["photo", "anime"], "image_url": "", "steps": 30, "upscale": True, "extra": {}}


async def test_fields_are_sent_with_their_kinds(typing):
    """Text, number, boolean, choice and JSON are sent with their types, and an empty field is left out."""
    async with typing(inputs=INPUTS) as t:
        await t.type("fox")
        await t.enter()
        assert t.sent == [{"prompt": "fox", "style": "photo", "steps": 30, "upscale": True}]


async def test_tab_goes_through_the_fields_and_enter_comes_back(typing):
    """Tab moves through the fields, and Enter in a field returns to the prompt and sends nothing."""
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
    """The last option of a choice leaves the field out."""
    async with typing(inputs={"style": ["photo"]}) as t:
        t.field("style").focus()
        await t.keys("right")
        assert t.panel.inputs() == {}


async def test_a_letter_chooses_and_is_no_key_of_the_screen(typing):
    """A letter selects the next option with that beginning, and never runs an action of the screen."""
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


async def test_the_message_about_a_field_goes_with_its_fault(typing):
    """The message about a field stays while the field is wrong, and disappears when it is right."""
    async with typing(inputs={"steps": 30}) as t:
        await t.type("fox")
        t.field("steps").focus()
        await t.keys("x")
        t.panel.editor.focus()
        await t.enter()
        assert "Not sent: steps must be a number" in t.note
        await t.keys("y")
        assert "Not sent" in t.note
        await t.keys("backspace", "backspace")
        assert t.note == ""


async def test_a_wrong_field_keeps_everything_back(typing):
    """A wrong field shows its message and gets the focus, and nothing is sent until it is right."""
    async with typing(inputs=INPUTS) as t:
        await t.type("fox")
        t.field("extra").focus()
        await t.keys("{")
        t.panel.editor.focus()
        await t.enter()
        assert t.sent == []
        assert t.field("extra").has_focus
        assert "Not JSON" in await t.screen()
        assert "Not sent: extra: Not JSON" in t.note
        await t.keys("}", "enter")
        await t.enter()
        assert t.sent[0]["extra"] == {}


async def test_enter_in_a_wrong_field_stays_there(typing):
    """Enter in a wrong field keeps the focus there until the value is right."""
    async with typing(inputs={"steps": 30}) as t:
        t.field("steps").focus()
        await t.keys("x", "enter")
        assert t.field("steps").has_focus
        assert "Must be a number" in await t.screen()
        await t.keys("backspace", "enter")
        assert t.panel.editor.has_focus


async def test_free_fields_are_written_as_httpie_does(typing):
    """`key=value` is text, `key:=json` is JSON, and the same key again replaces the value."""
    async with typing() as t:
        for row in ("seed=5", "seed:=6", "tags:=[1, 2]", "note=a=b"):
            await t.keys("ctrl+n", *row, "enter")
        assert t.panel.inputs() == {"seed": 6, "tags": [1, 2], "note": "a=b"}
        assert t.panel.editor.has_focus


async def test_a_bad_free_field_says_why_and_adds_nothing(typing):
    """An invalid free field stays open with its message, and escape closes it without adding anything."""
    async with typing() as t:
        await t.keys("ctrl+n", *"a:={", "enter")
        assert "Not JSON" in await t.screen()
        await t.keys("escape")
        assert (t.panel.inputs(), t.panel.editor.has_focus) == ({}, True)


async def test_a_removed_field_can_be_restored(typing):
    """A removed free field is offered again by the key that adds, and declared fields cannot be removed."""
    async with typing(inputs={"steps": 30}) as t:
        await t.keys("ctrl+n", *"seed:=6", "enter")
        t.field("seed").focus()
        await t.keys("alt+n")
        assert t.panel.inputs() == {"steps": 30}
        assert "Removed seed:=6" in t.note
        await t.keys("ctrl+n", "enter")
        assert t.panel.inputs() == {"steps": 30, "seed": 6}
        t.field("steps").focus()
        await t.keys("alt+n")
        assert t.panel.inputs() == {"steps": 30, "seed": 6}


async def test_a_paste_into_a_field_is_one_inert_line(typing):
    """A paste into a field becomes one line without control characters, and sends nothing."""
    async with typing(inputs={"image_url": ""}) as t:
        t.field("image_url").focus()
        await t.pilot.pause()
        await t.paste("a\r\nb\x1b[2J")
        assert t.panel.inputs() == {"image_url": "a b␛[2J"}


async def test_a_draft_comes_back_exactly(typing):
    """A draft is restored exactly, also if it does not fit the declared fields."""
    draft = {"prompt": " two\nlines ", "style": "oil", "steps": "many", "image_url": "", "upscale": 1, "new": None}
    async with typing() as t:
        t.switch(INPUTS, draft)
        assert t.panel.inputs() == draft
        assert type(t.panel.inputs()["upscale"]) is int
