"""How the panel leads to a batch, and that nothing of one is sent from it."""

import pytest

from cordage_tui.ui.prompt.panel import PromptPanel


def asked(t):
    return [(e.inputs, e.lines) for e in t.app.heard if isinstance(e, PromptPanel.BatchRequested)]


@pytest.mark.parametrize("text", ["{red|blue} fox", "a fox\nseed=1..8", "{a|{b|c}}"])
async def test_enter_on_a_pattern_asks_for_the_preview(typing, text):
    """It is not sent, it stays where it is, and the border has said so before."""
    async with typing() as t:
        await t.paste(text)
        assert str(t.panel.border_subtitle) == "Enter previews the batch"
        await t.enter()
        assert (t.sent, asked(t), t.text) == ([], [({"prompt": text}, False)], text)


@pytest.mark.parametrize("text", ["a {2$$red|blue}", "a __styles__ fox", "${x=fox} runs", r"a \{red\} fox"])
async def test_enter_on_what_only_looks_like_a_pattern_asks_too(typing, text):
    """Nothing expands it, or its backslashes would be sent: the preview says so, and sends it on a yes."""
    async with typing() as t:
        await t.paste(text)
        await t.enter()
        assert (t.sent, asked(t), t.text) == ([], [({"prompt": text}, False)], text)
        t.panel.send_as_written()
        await t.pilot.pause()
        assert t.sent == [{"prompt": text}]


async def test_an_input_that_does_not_fit_asks(typing):
    """A choice of an earlier run that is none any more, or a value of another kind; a field of the user's own does not, nor does
    a number that is still to be drawn."""
    async with typing(inputs={"style": ["ink"], "seed": "random"}) as t:
        for inputs in ({"prompt": "a", "style": "oil"}, {"prompt": "a", "seed": True}):
            t.panel.load(inputs)
            await t.enter()
            assert (t.sent, asked(t)[-1][0]) == ([], inputs)
        t.panel.load({"prompt": "a", "mood": "1", "seed": "random", "style": "ink"})
        await t.enter()
        assert len(t.sent) == 1 and len(asked(t)) == 2


async def test_a_character_that_was_lost_is_not_sent(typing):
    """A terminal's bytes that are not UTF-8 come in as U+FFFD."""
    async with typing() as t:
        await t.paste("a caf\ufffd")
        await t.enter()
        assert (t.sent, asked(t)) == ([], []) and t.words.startswith("Not sent: it has U+FFFD")


async def test_a_plain_prompt_is_sent_whatever_braces_it_has(typing):
    """Batches do not begin by surprise."""
    async with typing() as t:
        for text in ('{"a": {"b": 1}}', "{fox} | owl", "one\ntwo"):
            await t.paste(text)
            assert str(t.panel.border_subtitle) == "Enter runs it"
            await t.enter()
        assert [body["prompt"] for body in t.sent] == ['{"a": {"b": 1}}', "{fox} | owl", "one\ntwo"]
        assert asked(t) == []


async def test_its_own_key_takes_each_line_for_a_prompt(typing):
    """One line, without any pattern, is previewed too; nothing at all is not."""
    async with typing() as t:
        await t.keys("ctrl+t")
        assert (asked(t), t.words) == ([], "Nothing to send: type a prompt.")
        await t.paste("one\ntwo")
        await t.keys("ctrl+t")
        assert asked(t) == [({"prompt": "one\ntwo"}, True)]
        assert t.sent == []


async def test_a_burst_does_not_ask(typing):
    """A paste that arrives as keys is text, whatever is in it."""
    async with typing() as t:
        await t.keys("a", "ctrl+t", "b", apart=0.001)
        await t.pilot.pause(0.05)
        assert asked(t) == []


async def test_several_values_in_a_field_ask_too(typing):
    """Also in a number's, whose range is no wrong value."""
    async with typing(inputs={"seed": 1}) as t:
        t.field("seed").value = "1..8"
        await t.paste("a fox")
        await t.enter()
        assert asked(t) == [({"prompt": "a fox", "seed": "1..8"}, False)]
        t.field("seed").value = "1..x"
        await t.enter()
        assert len(asked(t)) == 1 and t.words == "Not sent: seed must be a number."


async def test_sent_as_a_batch_it_is_gone_and_can_be_brought_back(typing):
    """As after any prompt that was sent; a draft of it is not kept."""
    async with typing() as t:
        await t.paste("{a|b} fox")
        await t.enter()
        t.panel.batch_sent()
        await t.pilot.pause()
        assert (t.text, t.panel.unsaved()) == ("", None)
        assert str(t.panel.border_subtitle) == "Enter runs it"
        await t.keys("up")
        assert t.text == "{a|b} fox"


async def test_as_one_prompt_it_is_sent_as_written(typing):
    """Braces and all, once."""
    async with typing() as t:
        await t.paste("{a|b} fox")
        await t.enter()
        t.panel.send_as_written()
        await t.pilot.pause()
        assert (t.sent, t.text) == ([{"prompt": "{a|b} fox"}], "")


async def test_a_loaded_batch_is_previewed_even_without_a_pattern(typing):
    """Its lines were prompts and are again; the next prompt is one like any other."""
    async with typing() as t:
        t.panel.load({"prompt": "one\ntwo"}, batch_lines=True)
        await t.pilot.pause()
        assert str(t.panel.border_subtitle) == "Enter previews the batch"
        await t.enter()
        assert (t.sent, asked(t)) == ([], [({"prompt": "one\ntwo"}, True)])
        t.panel.load({"prompt": "one\ntwo"})
        await t.enter()
        assert t.sent == [{"prompt": "one\ntwo"}]
