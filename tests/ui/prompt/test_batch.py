"""The way from the panel to a batch; the panel itself sends nothing of it."""

import pytest

from cordage_tui.ui.prompt.panel import PromptPanel


def requested_previews(t):
    """Return the previews that were requested."""
    return [(e.inputs, e.lines) for e in t.app.heard if isinstance(e, PromptPanel.BatchRequested)]


@pytest.mark.parametrize("text", ["{red|blue} fox", "a fox\nseed=1..8", "{a|{b|c}}"])
async def test_enter_on_a_pattern_asks_for_the_preview(typing, text):
    """Enter on a pattern requests the preview, as the border says, and the text stays."""
    async with typing() as t:
        await t.paste(text)
        assert str(t.panel.border_subtitle) == "Enter previews the batch"
        await t.enter()
        assert (t.sent, requested_previews(t), t.text) == ([], [({"prompt": text}, False)], text)


@pytest.mark.parametrize("text", ["a {2$$red|blue}", "a __styles__ fox", "${x=fox} runs", r"a \{red\} fox"])
async def test_enter_on_what_only_looks_like_a_pattern_asks_too(typing, text):
    """A text that only looks like a pattern is previewed too, and yes sends it unchanged."""
    async with typing() as t:
        await t.paste(text)
        await t.enter()
        assert (t.sent, requested_previews(t), t.text) == ([], [({"prompt": text}, False)], text)
        t.panel.send_as_written()
        await t.pilot.pause()
        assert t.sent == [{"prompt": text}]


async def test_an_input_that_does_not_fit_asks(typing):
    """An input that does not fit its field requests the preview, but a free field or a random number does not."""
    async with typing(inputs={"style": ["ink"], "seed": "random"}) as t:
        for inputs in ({"prompt": "a", "style": "oil"}, {"prompt": "a", "seed": True}):
            t.panel.load(inputs)
            await t.enter()
            assert (t.sent, requested_previews(t)[-1][0]) == ([], inputs)
        t.panel.load({"prompt": "a", "mood": "1", "seed": "random", "style": "ink"})
        await t.enter()
        assert len(t.sent) == 1 and len(requested_previews(t)) == 2


async def test_a_character_that_was_lost_is_not_sent(typing):
    """A prompt with U+FFFD, which replaces invalid bytes, is not sent."""
    async with typing() as t:
        await t.paste("a caf\ufffd")
        await t.enter()
        assert (t.sent, requested_previews(t)) == ([], []) and t.note.startswith("Not sent: it has U+FFFD")


async def test_a_plain_prompt_is_sent_whatever_braces_it_has(typing):
    """Braces without alternatives, and several lines, are sent as one plain prompt."""
    async with typing() as t:
        for text in ('{"a": {"b": 1}}', "{fox} | owl", "one\ntwo"):
            await t.paste(text)
            assert str(t.panel.border_subtitle) == "Enter runs it"
            await t.enter()
        assert [body["prompt"] for body in t.sent] == ['{"a": {"b": 1}}', "{fox} | owl", "one\ntwo"]
        assert requested_previews(t) == []


async def test_ctrl_t_previews_each_line_as_a_prompt(typing):
    """ctrl+t previews one prompt for each line, and an empty text shows a message."""
    async with typing() as t:
        await t.keys("ctrl+t")
        assert (requested_previews(t), t.note) == ([], "Nothing to send: type a prompt.")
        await t.paste("one\ntwo")
        await t.keys("ctrl+t")
        assert requested_previews(t) == [({"prompt": "one\ntwo"}, True)]
        assert t.sent == []


async def test_a_burst_does_not_ask(typing):
    """ctrl+t in a burst of keys is part of a paste, and requests no preview."""
    async with typing() as t:
        await t.keys("a", "ctrl+t", "b", apart=0.001)
        await t.pilot.pause(0.05)
        assert requested_previews(t) == []


async def test_several_values_in_a_field_ask_too(typing):
    """Several values in a field request the preview, and an invalid number is refused."""
    async with typing(inputs={"seed": 1}) as t:
        t.field("seed").value = "1..8"
        await t.paste("a fox")
        await t.enter()
        assert requested_previews(t) == [({"prompt": "a fox", "seed": "1..8"}, False)]
        t.field("seed").value = "1..x"
        await t.enter()
        assert len(requested_previews(t)) == 1 and t.note == "Not sent: seed must be a number."


async def test_a_text_sent_as_a_batch_is_cleared_and_comes_back_with_up(typing):
    """After a batch is sent the panel is empty without a draft, and up brings the text back."""
    async with typing() as t:
        await t.paste("{a|b} fox")
        await t.enter()
        t.panel.batch_sent()
        await t.pilot.pause()
        assert (t.text, t.panel.unsaved()) == ("", None)
        assert str(t.panel.border_subtitle) == "Enter runs it"
        await t.keys("up")
        assert t.text == "{a|b} fox"


async def test_a_pattern_sent_as_one_prompt_is_sent_as_written(typing):
    """A pattern that is sent as one prompt keeps its braces, and is sent once."""
    async with typing() as t:
        await t.paste("{a|b} fox")
        await t.enter()
        t.panel.send_as_written()
        await t.pilot.pause()
        assert (t.sent, t.text) == ([{"prompt": "{a|b} fox"}], "")


async def test_a_loaded_batch_is_previewed_even_without_a_pattern(typing):
    """A loaded batch of lines is previewed line by line, and the next prompt is a normal one."""
    async with typing() as t:
        t.panel.load({"prompt": "one\ntwo"}, batch_lines=True)
        await t.pilot.pause()
        assert str(t.panel.border_subtitle) == "Enter previews the batch"
        await t.enter()
        assert (t.sent, requested_previews(t)) == ([], [({"prompt": "one\ntwo"}, True)])
        t.panel.load({"prompt": "one\ntwo"})
        await t.enter()
        assert t.sent == [{"prompt": "one\ntwo"}]
