"""The prompt panel submits the same inputs as the command line."""

import pytest

from cordage_tui.cli.commands.trigger.inputs import parse_inputs
from cordage_tui.engine.input_fields import with_defaults

INPUTS = {"style": ["ink", "oil"], "seed": 7, "hd": False, "note": "", "size": [512], "mask": {"x": 1}, "none": []}


@pytest.mark.parametrize("inputs", [{}, INPUTS, {"prompt": "a default"}, {"seed": 0, "text": "kept"}])
async def test_the_panel_and_the_command_line_send_the_same(typing, inputs):
    """Panel and command line both send untouched fields with their defaults."""
    async with typing() as typist:
        typist.switch(inputs)
        await typist.type(" a fox ")
        await typist.enter()
        (sent,) = typist.sent
    text = "a fox" if "prompt" not in inputs else sent["prompt"]
    assert sent == with_defaults(inputs, parse_inputs([f" {text} "], inputs))
