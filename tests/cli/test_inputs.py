"""The command line sends what the app would send: the defaults of a webhook's inputs, each value of its kind, no mistyped name."""

import json

import pytest

INPUTS = '{ style = ["ink", "oil"], seed = 7, hd = true, note = "", size = [512, 1024], mask = { x = 1 } }'
DEFAULTS = {"style": "ink", "seed": 7, "hd": True, "size": 512, "mask": {"x": 1}}


@pytest.fixture
def declaring(studio):
    """A webhook that declares an input of every kind."""
    file = studio.home.paths.config_file
    file.write_text(f"{file.read_text()}inputs = {INPUTS}\n")
    return studio


def body(studio, *words, stdin=""):
    """The one body that would be sent."""
    ended = studio("trigger", "Sunset", *words, "--dry-run", stdin=stdin)
    assert ended.code == 0, ended.err
    (line,) = ended.out.splitlines()
    return json.loads(line)


def test_defaults_are_sent(declaring):
    """A list's first element; an empty one is left out. What is sent is what `--dry-run` shows."""
    assert body(declaring, "a fox") == {"prompt": "a fox"} | DEFAULTS
    assert declaring("trigger", "Sunset", "a fox").code == 0
    (run,) = declaring.server.world.list_runs(declaring.key)
    assert dict(run.inputs) == {"prompt": "a fox"} | DEFAULTS


@pytest.mark.parametrize(
    ("word", "sent"),
    [
        ("seed=5", {"seed": 5}),
        ("seed=0.5", {"seed": 0.5}),
        ("seed:=null", {"seed": None}),
        ("hd=false", {"hd": False}),
        ("style=oil", {"style": "oil"}),
        ("style=pastel", {"style": "pastel"}),
        ("size=1024", {"size": 1024}),
        ('mask={"y": 2}', {"mask": {"y": 2}}),
        ("note=x", {"note": "x"}),
        ('note:=""', {"note": ""}),
    ],
)
def test_a_value_is_of_the_kind_that_its_input_has(declaring, word, sent):
    """As in the app's field of that name."""
    assert body(declaring, "a fox", word) == {"prompt": "a fox"} | DEFAULTS | sent


@pytest.mark.parametrize("name", ["style", "seed", "hd", "size", "mask"])
def test_an_input_can_be_left_out(declaring, name):
    """`key=` sends no such input, as an emptied field of the app does."""
    kept = {key: value for key, value in DEFAULTS.items() if key != name}
    assert body(declaring, "a fox", f"{name}=") == {"prompt": "a fox"} | kept


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["sytle=oil"], "no input 'sytle'. Did you mean 'style'?"),
        (["Seed:=5"], "Did you mean 'seed'?"),
        (["zzz=1"], "no input 'zzz'."),
        (["seed=many"], "seed= Must be a number."),
        (["hd=perhaps"], "hd= Must be true or false."),
        (["mask={"], "mask= Not JSON"),
    ],
)
def test_what_the_webhook_does_not_take_is_sent_nowhere(declaring, words, said):
    """2, with the nearest name that there is: a run would be paid for that was not meant."""
    ended = declaring("trigger", "Sunset", "a fox", *words)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert len(declaring.server.log) == 0


def test_another_input_is_sent_on_request(declaring, studio):
    """With `--undeclared`; and whatever the name, where the webhook declares none."""
    assert body(declaring, "a fox", "sytle=oil", "--undeclared") == {"prompt": "a fox", "sytle": "oil"} | DEFAULTS
    studio.configure()
    assert body(studio, "a fox", "sytle=oil") == {"prompt": "a fox", "sytle": "oil"}


def test_defaults_alone_start_nothing(declaring):
    """Unless the prompt has one."""
    ended = declaring("trigger", "Sunset")
    assert ended.code == 2
    assert "nothing to send" in ended.err
    file = declaring.home.paths.config_file
    file.write_text(file.read_text().replace("{ style", '{ prompt = "a fox", style'))
    assert body(declaring) == {"prompt": "a fox"} | DEFAULTS


def test_a_file_gets_the_defaults_too(declaring, tmp_path):
    """A line's own value stands before what is given beside the file, and that before the default; a mistyped column is refused."""
    table = tmp_path / "prompts.csv"
    table.write_text("prompt,seed\nfox,1\nowl,2\n")
    ended = declaring("trigger", "Sunset", "style=oil", "--file", str(table), "--dry-run")
    assert [json.loads(line) for line in ended.out.splitlines()] == [
        DEFAULTS | {"prompt": prompt, "seed": seed, "style": "oil"} for prompt, seed in (("fox", 1), ("owl", 2))
    ]
    table.write_text("prompt,sede\nfox,1\n")
    ended = declaring("trigger", "Sunset", "--file", str(table), "--dry-run")
    assert (ended.code, ended.out) == (2, "")
    assert "Did you mean 'seed'?" in ended.err


def test_alternatives_of_a_declared_input(declaring):
    """A number's field takes several for a batch, as in the app."""
    ended = declaring("trigger", "Sunset", "a fox", "seed=1..2", "style={ink,oil}", "--expand", "--dry-run")
    bodies = [json.loads(line) for line in ended.out.splitlines()]
    assert {(one["seed"], one["style"]) for one in bodies} == {(1, "ink"), (1, "oil"), (2, "ink"), (2, "oil")}


def test_blanks_around_a_prompt_are_not_sent(studio):
    """As the app does it."""
    assert body(studio, "  a fox\n") == body(studio, "-", stdin="a fox\n\n") == {"prompt": "a fox"}
