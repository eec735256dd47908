"""What is read without `tomllib` is read as `tomllib` reads it."""

import random
import tomllib
from typing import Any

import pytest

from cordage_tui.config.plain_toml import read_plain
from cordage_tui.config.webhooks_file import TEMPLATE

LINES = (
    *("[a]", "[[a]]", "[a.b]", "[[a.b]]", "[a.b.c]", "[b]", "[b] # c", "[a-b.1]", "[ a ]", "[a]]", "[[a]", "[[a ]]"),
    *("[c]", "[[c]]", "[c.x]", "[d]", "[d.a]", "[[d.a]]", "a = 1", 'b = "x"', "a.b = 2", "# c", "", " a = 2 # c"),
    *("c = [1, 2,]", 'c = [\n "x", # of\n { a = 1, b = "y" },\n]', "c = [1 2]", "c = [,]", "c = [1,,2]", "c = []"),
    *("d = {}", "d = { a = 1 }", "d = { a = 1, a = 2 }", "d = { a = 1,\n b = 2 }", "d = { a = 1, }", "c = [ # c\n]"),
    *(
        "d = {a=1,b={c=[[1],[2]]}}",
        "f = true",
        "f = True",
        "g = 0.5",
        "g = 00",
        "g = 1.",
        "g = .5",
        "g = -1",
        "g = 1e5",
    ),
    *("g = 1.5.2", "g = 1-2", "g = 01.5", "g = 1_000", "g = 12345678901234567890", "g = 0", "g = nan", "g = 0x1f"),
    *("l = 'x\\y'", "l = '''x'''", 'm = "x\\ny"', 'm = """x"""', 'm = "é"', 'm = "\t"', 'm = "#"', 'm = "]"', 'm = "'),
    *(
        'm = "a"# c',
        'm = "a" "b"',
        "m = '",
        "x = 1979-05-27",
        '"q" = 1',
        "é = 1",
        "= 1",
        "p",
        "p =",
        "p = # c",
        "p = a",
    ),
)
NOISE = "\"'[]{},=.#\n a0_-\\\r\t\u2028\x7f+:"

TYPICAL = """\
# Settings
default_profile = "studio"   # the one to open

[profiles.studio]
base_url = "https://api.example.com/api/webhooks"
read_only = false
webhooks = [
    { key = "wh_abc", name = "Sunset", inputs = { style = ["photo", "anime"], steps = 30 } },
    { key = "wh_def", name = "Été" },
]

[[profiles.other.webhooks]]
key = "wh_abc"
name = 'Sunset "2"'
[profiles.other.webhooks.inputs]
strength = 0.75

[polling]
read_share = 0.8
"""


def text_of(chance: random.Random) -> str:
    """A few lines that may or may not be TOML, some with a slip of the hand in them."""
    text = "\n".join(chance.choice(LINES) for _ in range(chance.randint(1, 6)))
    for _ in range(chance.choice((0, 0, 0, 1, 2))):
        place = chance.randrange(len(text) + 1)
        text = text[:place] + chance.choice(NOISE) + text[place + chance.randint(0, 1) :]
    return text


def whole(value: Any) -> Any:
    """A value with its types and the order of its keys."""
    if isinstance(value, dict):
        return [(key, whole(inner)) for key, inner in value.items()]
    return [whole(inner) for inner in value] if isinstance(value, list) else (type(value), value)


@pytest.mark.parametrize("seed", range(4))
def test_a_plain_text_is_read_as_tomllib_reads_it(seed: int) -> None:
    """And what tomllib refuses, or is not surely plain, is left to tomllib."""
    chance, plain = random.Random(seed), 0
    for _ in range(2_000):
        text = text_of(chance)
        read = read_plain(text)
        if read is not None:
            plain += 1
            assert whole(read) == whole(tomllib.loads(text)), text
    assert plain > 100


@pytest.mark.parametrize("text", ["", "\n", TYPICAL, TEMPLATE])
def test_what_the_app_and_most_people_write_is_plain(text: str) -> None:
    """Otherwise nothing would be saved."""
    read = read_plain(text)
    assert read is not None
    assert whole(read) == whole(tomllib.loads(text))


def test_values_nested_beyond_all_reason_are_left_to_tomllib() -> None:
    """Its error names the file."""
    assert read_plain(f"a = {'[' * 100_000}") is None
