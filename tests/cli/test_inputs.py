"""The command line sends what the app would send: the defaults of a webhook's inputs, each value of its kind, no mistyped name."""

import json
import os
import threading

import pytest

from tests.cli.json_schema import wrong_with

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
        (["style=inkk"], "style= 'inkk' is not a choice. Did you mean 'ink'?"),
        (["size=513"], "size= '513' is not a choice."),
        (["mask={", "--unchecked"], "mask= Not JSON"),
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


def test_a_value_that_does_not_fit_is_sent_on_request(declaring):
    """With `--unchecked`: the server may know more choices than the settings do."""
    assert body(declaring, "a fox", "style=pastel", "--unchecked")["style"] == "pastel"


def test_rows_that_do_not_fit_are_named_and_not_sent(declaring, tmp_path):
    """A line on stderr for each, the others are sent, and the exit code is not 0; on request all are."""
    table = tmp_path / "prompts.csv"
    table.write_text("prompt;seed;style\nfox;1;ink\nowl;many;inkk\nbat;3;oil\n")
    argv = ("trigger", "Sunset", "--file", str(table), "--yes")
    ended = declaring(*argv, "--quiet")
    assert ended.code == 1
    (line,) = (line for line in ended.err.splitlines() if "is not sent" in line)
    faults = {"seed: 'many' is not a number.", "style: 'inkk' is not a choice. Did you mean 'ink'?"}
    assert "Line 3 is not sent: " in line and all(fault in line for fault in faults)
    assert {run.inputs["prompt"] for run in declaring.server.world.list_runs(declaring.key)} == {"fox", "bat"}
    told = json.loads(declaring(*argv, "--dry-run", "--json").out)
    ((row, told_faults),) = ((refused["row"], set(refused["faults"])) for refused in told["refused"])
    assert (row, told_faults, told["refused"][0]["place"]) == (2, faults, "Line 3")
    assert wrong_with(told) == []
    assert len(declaring(*argv, "--dry-run", "--unchecked").out.splitlines()) == 3


@pytest.mark.parametrize(
    ("format", "text"),
    [
        ("lines", "fox\nowl\n"),
        ("csv", "prompt\nfox\nowl\n"),
        ("tsv", "prompt\tseed\nfox\t7\nowl\t7\n"),
        ("jsonl", '{"prompt": "fox"}\n{"prompt": "owl"}\n'),
        ("json", '[{"prompt": "fox"}, {"prompt": "owl"}]'),
    ],
)
def test_every_format_comes_through_stdin_and_pipes(declaring, tmp_path, format, text):
    """Whatever it is called there."""
    wanted = [DEFAULTS | {"prompt": prompt} for prompt in ("fox", "owl")]
    piped = declaring("trigger", "Sunset", "--file", "-", "--format", format, "--dry-run", stdin=text)
    assert [json.loads(line) for line in piped.out.splitlines()] == wanted
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    descriptor = os.open(pipe, os.O_RDWR)
    os.write(descriptor, text.encode())
    writer = threading.Timer(0.5, os.close, (descriptor,))
    writer.start()
    ended = declaring("trigger", "Sunset", "--file", str(pipe), "--format", format, "--dry-run")
    writer.join()
    assert [json.loads(line) for line in ended.out.splitlines()] == wanted


def test_a_table_without_a_header_says_how_it_is_read(declaring):
    """Nothing is guessed: the first row would be lost."""
    ended = declaring(
        "trigger", "Sunset", "--file", "-", "--format", "csv", "--dry-run", stdin="a fox,ink\nan owl,oil\n"
    )
    assert ended.code == 2 and "--format lines" in ended.err


def test_patterns_in_a_file_are_expanded_on_request(declaring):
    """Cell by cell."""
    words = ("trigger", "Sunset", "--file", "-", "--format", "csv", "--expand", "--dry-run")
    ended = declaring(*words, stdin="prompt,seed\na {red|blue} fox,1..2\n")
    assert len(ended.out.splitlines()) == 4


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


def test_a_random_input_has_a_number_that_was_sent(studio):
    """Another each time, of the bounds that are declared; `--random-seed` makes it again, and JSON tells that seed."""
    file = studio.home.paths.config_file
    file.write_text(f'{file.read_text()}inputs = {{ seed = "random", size = "random 1..3" }}\n')
    first, second = body(studio, "a fox"), body(studio, "a fox", "seed=random")
    assert first["seed"] != second["seed"]
    assert first["size"] in (1, 2, 3)
    assert body(studio, "a fox", "seed=7")["seed"] == 7
    assert studio("trigger", "Sunset", "a fox").code == 0
    (run,) = studio.server.world.list_runs(studio.key)
    assert isinstance(run.inputs["seed"], int)
    words = ("trigger", "Sunset", "a {red|blue} fox", "--expand", "--dry-run", "--json")
    told = json.loads(studio(*words).out)
    assert len({one["seed"] for one in told["bodies"]}) == 2
    again = json.loads(studio(*words, "--random-seed", str(told["random_seed"])).out)
    assert again == told
    assert wrong_with(told) == []
    assert studio("trigger", "Sunset", "x", "seed=often", "--dry-run").code == 2
