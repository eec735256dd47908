"""The tutorial `docs/first-hour.md`, followed key by key."""

import re
from collections.abc import Iterator

from cordage_tui.domain.manual import page
from cordage_tui.simulator.world import PlannedOutcome
from tests.ui.app.conftest import Opened, Program

KEYS = {
    "esc": "escape",
    "enter": "enter",
    "ctrl+s": "ctrl+s",
    "]": "right_square_bracket",
    "/": "slash",
    "+": "plus",
}
"""Keys of the page that are no letters, in the names of Textual."""
SEEN = {
    (2, 3): "● a red fox in the snow",
    (3, 2): "1/3",
    (3, 3): "2/3",
    (4, 2): "4  a white fox",
    (4, 4): "▸ a {red|blue|green|white} fox",
    (5, 2): "● a mistake",
    (5, 3): "cancelled",
    (6, 3): "Contact sheet",
    (7, 2): "✔ a blue fox",
    (7, 3): "✔ a green fox",
    (8, 1): "Use 2 outputs as input of",
    (8, 2): "@run:",
    (8, 3): "2 outputs as image_url",
    (9, 2): "/fox is:kept · 2 of",
    (10, 2): "good foxes",
    (11, 2): "queue paused",
    (11, 3): "◌ an owl in the rain",
    (11, 5): "● an owl in the rain",
}
"""Step and instruction → what is on the screen after it."""


async def test_the_first_hour_can_be_followed_key_by_key(opened: Opened) -> None:
    """Each instruction of the page but the first step and the last, which start and quit the program."""
    async with opened(120, 36) as program:
        quick = PlannedOutcome(1.0, outputs=1)
        fox, failed, mistake = (
            PlannedOutcome(1.0, outputs=3),
            PlannedOutcome(1.0, failure="no model"),
            PlannedOutcome(600.0),
        )
        for webhook in program.world.webhooks:
            program.world.fate(webhook.key, fox, failed, quick, quick, quick, mistake)
        for step, instructions in _steps():
            for number, instruction in enumerate(instructions, 1):
                await _follow(program, instruction)
                if seen := SEEN.get((step, number)):
                    await program.sees(seen)
                if (step, number) == (4, 4):
                    await program.until(lambda: len(program.posts) == 5)
                if (step, number) in {(2, 4), (6, 1)}:
                    await program.passes(10)
            assert program.main.is_current or step in {6, 7}


def _steps() -> Iterator[tuple[int, list[str]]]:
    """Yield the number of each step that is followed, with its instructions."""
    for section in page("first-hour").split("\n## ")[1:]:
        number = int(section.partition(".")[0]) if section[0].isdecimal() else 0
        if 2 <= number <= 11:
            yield number, re.findall(r"\n\d\. (.*)", section)


async def _follow(program: Program, instruction: str) -> None:
    for verb, quoted, twice in re.findall(r"([Tt]ype )?`([^`]+)`( twice)?", instruction):
        if verb:
            await program.pastes(quoted)
        elif len(quoted) == 1 or quoted in KEYS:
            await program.press(*[KEYS.get(quoted, quoted)] * (2 if twice else 1))
