"""The command line sends what the app sends: defaults, values of the right kind, and no mistyped name."""

import json
import os
import threading

import pytest

from tests.cli.json_schema import wrong_with

INPUTS = '{ style = ["ink", "oil"], seed = 7, hd = true, note = "", size = [512, 1024], mask = { x = 1 } }'
DEFAULTS = {"style": "ink", "seed": 7, "hd": True, "size": 512, "mask": {"x": 1}}


@pytest.fixture
def declaring(studio):
    """Return a studio whose webhook declares an input of every kind."""
    file = studio.home.paths.config_file
    file.write_text(f"{file.read_text()}inputs = {INPUTS}\n")
    return studio


def dry_run_body(studio, *arguments, stdin=""):
    """Return the one body that would be sent."""
    ended = studio("trigger", "Sunset", *arguments, "--dry-run", stdin=stdin)
    assert ended.code == 0, ended.err
    (line,) = ended.out.splitlines()
    return json.loads(line)


def test_defaults_are_sent(declaring):
    """Defaults are sent, of a list the first value, and empty ones are left out, as `--dry-run` shows."""
    assert dry_run_body(declaring, "a fox") == {"prompt": "a fox"} | DEFAULTS
    assert declaring("trigger", "Sunset", "a fox").code == 0
    (run,) = declaring.server.world.list_runs(declaring.key)
    assert dict(run.inputs) == {"prompt": "a fox"} | DEFAULTS


@pytest.mark.parametrize(
    ("word", "expected_inputs"),
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
def test_a_value_is_of_the_kind_that_its_input_has(declaring, word, expected_inputs):
    """A value is converted to the kind of its input, as in the app."""
    assert dry_run_body(declaring, "a fox", word) == {"prompt": "a fox"} | DEFAULTS | expected_inputs


@pytest.mark.parametrize("name", ["style", "seed", "hd", "size", "mask"])
def test_an_input_can_be_left_out(declaring, name):
    """`key=` leaves the input out, as an emptied field of the app does."""
    remaining = {key: value for key, value in DEFAULTS.items() if key != name}
    assert dry_run_body(declaring, "a fox", f"{name}=") == {"prompt": "a fox"} | remaining


@pytest.mark.parametrize(
    ("arguments", "message"),
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
def test_what_the_webhook_does_not_take_is_sent_nowhere(declaring, arguments, message):
    """An unknown input or invalid value ends with 2 and the nearest name, and nothing is sent."""
    ended = declaring("trigger", "Sunset", "a fox", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert message in ended.err
    assert len(declaring.server.log) == 0


def test_another_input_is_sent_on_request(declaring, studio):
    """`--undeclared` sends another input, and a webhook without declarations accepts any."""
    assert (
        dry_run_body(declaring, "a fox", "sytle=oil", "--undeclared") == {"prompt": "a fox", "sytle": "oil"} | DEFAULTS
    )
    studio.configure()
    assert dry_run_body(studio, "a fox", "sytle=oil") == {"prompt": "a fox", "sytle": "oil"}


def test_a_value_that_does_not_fit_is_sent_on_request(declaring):
    """`--unchecked` sends any value, because the server may accept more choices than the settings."""
    assert dry_run_body(declaring, "a fox", "style=pastel", "--unchecked")["style"] == "pastel"


def test_rows_that_do_not_fit_are_named_and_not_sent(declaring, tmp_path):
    """A row that does not fit is named and not sent, the others are, and the exit code is not 0."""
    table = tmp_path / "prompts.csv"
    table.write_text("prompt;seed;style\nfox;1;ink\nowl;many;inkk\nbat;3;oil\n")
    argv = ("trigger", "Sunset", "--file", str(table), "--yes")
    ended = declaring(*argv, "--quiet")
    assert ended.code == 1
    (line,) = (line for line in ended.err.splitlines() if "is not sent" in line)
    faults = {"seed: 'many' is not a number.", "style: 'inkk' is not a choice. Did you mean 'ink'?"}
    assert "Line 3 is not sent: " in line and all(fault in line for fault in faults)
    assert {run.inputs["prompt"] for run in declaring.server.world.list_runs(declaring.key)} == {"fox", "bat"}
    answer = json.loads(declaring(*argv, "--dry-run", "--json").out)
    ((row, faults_in_json),) = ((refused["row"], set(refused["faults"])) for refused in answer["refused"])
    assert (row, faults_in_json, answer["refused"][0]["place"]) == (2, faults, "Line 3")
    assert wrong_with(answer) == []
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
    """Every format can be read from stdin and from a named pipe."""
    expected = [DEFAULTS | {"prompt": prompt} for prompt in ("fox", "owl")]
    piped = declaring("trigger", "Sunset", "--file", "-", "--format", format, "--dry-run", stdin=text)
    assert [json.loads(line) for line in piped.out.splitlines()] == expected
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    descriptor = os.open(pipe, os.O_RDWR)
    os.write(descriptor, text.encode())
    writer = threading.Timer(0.5, os.close, (descriptor,))
    writer.start()
    ended = declaring("trigger", "Sunset", "--file", str(pipe), "--format", format, "--dry-run")
    writer.join()
    assert [json.loads(line) for line in ended.out.splitlines()] == expected


def test_a_table_without_a_header_says_how_it_is_read(declaring):
    """A table without a header is refused with the option that reads it as lines."""
    ended = declaring(
        "trigger", "Sunset", "--file", "-", "--format", "csv", "--dry-run", stdin="a fox,ink\nan owl,oil\n"
    )
    assert ended.code == 2 and "--format lines" in ended.err


def test_patterns_in_a_file_are_expanded_on_request(declaring):
    """`--expand` expands the patterns of each cell."""
    arguments = ("trigger", "Sunset", "--file", "-", "--format", "csv", "--expand", "--dry-run")
    ended = declaring(*arguments, stdin="prompt,seed\na {red|blue} fox,1..2\n")
    assert len(ended.out.splitlines()) == 4


def test_defaults_alone_start_nothing(declaring):
    """`trigger` without words sends nothing, unless the prompt has a default."""
    ended = declaring("trigger", "Sunset")
    assert ended.code == 2
    assert "nothing to send" in ended.err
    file = declaring.home.paths.config_file
    file.write_text(file.read_text().replace("{ style", '{ prompt = "a fox", style'))
    assert dry_run_body(declaring) == {"prompt": "a fox"} | DEFAULTS


def test_a_file_gets_the_defaults_too(declaring, tmp_path):
    """A row's own value comes before the arguments, and these before the defaults; an unknown column is refused."""
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


def test_a_declared_input_may_have_alternatives(declaring):
    """A declared number or choice may have several values for a batch."""
    ended = declaring("trigger", "Sunset", "a fox", "seed=1..2", "style={ink,oil}", "--expand", "--dry-run")
    bodies = [json.loads(line) for line in ended.out.splitlines()]
    assert {(body["seed"], body["style"]) for body in bodies} == {(1, "ink"), (1, "oil"), (2, "ink"), (2, "oil")}


def test_blanks_around_a_prompt_are_not_sent(studio):
    """Blanks around a prompt are removed, as in the app."""
    assert dry_run_body(studio, "  a fox\n") == dry_run_body(studio, "-", stdin="a fox\n\n") == {"prompt": "a fox"}


def test_a_random_input_has_a_number_that_was_sent(studio):
    """A random input gets a new number within its bounds, and `--random-seed` repeats it."""
    file = studio.home.paths.config_file
    file.write_text(f'{file.read_text()}inputs = {{ seed = "random", size = "random 1..3" }}\n')
    first, second = dry_run_body(studio, "a fox"), dry_run_body(studio, "a fox", "seed=random")
    assert first["seed"] != second["seed"]
    assert first["size"] in (1, 2, 3)
    assert dry_run_body(studio, "a fox", "seed=7")["seed"] == 7
    assert studio("trigger", "Sunset", "a fox").code == 0
    (run,) = studio.server.world.list_runs(studio.key)
    assert isinstance(run.inputs["seed"], int)
    arguments = ("trigger", "Sunset", "a {red|blue} fox", "--expand", "--dry-run", "--json")
    answer = json.loads(studio(*arguments).out)
    assert len({body["seed"] for body in answer["bodies"]}) == 2
    again = json.loads(studio(*arguments, "--random-seed", str(answer["random_seed"])).out)
    assert again == answer
    assert wrong_with(answer) == []
    assert studio("trigger", "Sunset", "x", "seed=often", "--dry-run").code == 2
