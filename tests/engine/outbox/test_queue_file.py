"""The queue as a text: it is read back unchanged, and an edit is applied exactly or refused with a message."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.domain.inputs import canonical
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.queue import Lane
from cordage_tui.domain.queue_changes import QueueChanges, UnsentPrompt
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.webhook import Profile, Webhook
from cordage_tui.engine.outbox.queue_file import QueueFile, QueueFileError, find_faults, keep_copy
from cordage_tui.store.runs.row_codecs import stored

ODD = st.sampled_from(
    ["", "a\nb", "a\r\nb", '"""', "[[prompt]]\nid = 1", "\\", "'", "\x00\x7f\x85\u2028\u202e", "1979-05-27", "x:=", "a\n\n", "\n"]
)  # fmt: skip
NAMES = st.sampled_from(["prompt", "style", "style:=", "inputs", ":="])
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**40), 10**40)


def inputs_of(characters: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, object]]:
    """Any inputs with texts of these characters."""
    texts = st.text(characters, max_size=20) | ODD
    values = st.recursive(
        st.none() | st.booleans() | NUMBERS | texts,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
        max_leaves=20,
    )
    return st.dictionaries(texts | NAMES, values, max_size=6)


INPUTS = inputs_of(st.characters(codec=None))
"""Lone surrogates too: what a server has sent may have them."""
UNICODE = inputs_of(st.characters(codec="utf-8"))


def prompt(row: int, inputs, lane=Lane.INTERACTIVE, state=OutboxState.QUEUED, note=None) -> UnsentPrompt:
    return UnsentPrompt(RowId(row), "wh_a", state, 0, lane, stored(inputs), note)


def file_of(*prompts: UnsentPrompt) -> QueueFile:
    return QueueFile(prompts, lambda key: "Sunset")


def lanes(*names: str) -> QueueFile:
    """Return a file of prompts `a`, `b`, …; those after `|` are in the batch lane."""
    border = names.index("|") if "|" in names else len(names)
    prompt_names = [name for name in names if name != "|"]
    return file_of(
        *(
            prompt(at + 1, {"prompt": name}, Lane.BATCH if at >= border else Lane.INTERACTIVE)
            for at, name in enumerate(prompt_names)
        )
    )


def tables(text: str) -> list[str]:
    """The parts of a file: its head, and a table each."""
    head, *rest = text.split("\n[[prompt]]")
    return [head, *(f"\n[[prompt]]{part}" for part in rest)]


@given(st.lists(INPUTS, max_size=4))
def test_what_is_written_is_what_is_read(bodies) -> None:
    """An unedited file has no changes, for any inputs."""
    file = file_of(*(prompt(at + 1, body) for at, body in enumerate(bodies)))
    file.text.encode()
    assert file.read(file.text).rows == frozenset()


@given(UNICODE, UNICODE)
def test_inputs_are_read_as_they_are_written(before, after) -> None:
    """The text of one prompt in place of another's gives exactly the first one's inputs."""
    file = file_of(prompt(1, before))
    changes = file.read(file_of(prompt(1, after)).text)
    now = changes.inputs.get(RowId(1), before)
    assert canonical(now) == canonical(after)
    assert (RowId(1) in changes.inputs) is (canonical(before) != canonical(after))


def test_values_look_as_a_person_writes_them() -> None:
    inputs = {
        "about": "x",
        "prompt": "a fox\nin snow",
        "seed": 7,
        "guidance": 7.0,
        "hd": True,
        "style": None,
        "size": {"w": 1},
    }
    text = file_of(prompt(148, inputs)).text
    assert '[[prompt]]\nid = 148\nwebhook = "Sunset"\n\n[prompt.inputs]\n' in text
    assert '[prompt.inputs]\nprompt = """\na fox\nin snow"""\nabout = "x"\n' in text, "the prompt comes first"
    assert "seed = 7\n" in text and "guidance = 7.0\n" in text and "hd = true\n" in text
    assert '"style:=" = "null"\n' in text and "[prompt.inputs.size]\nw = 1\n" in text
    assert text.startswith("# Unsent prompts of the queue, in the order of sending: 1.\n")


def test_a_held_prompt_says_why() -> None:
    held = prompt(1, {"prompt": "fox"}, state=OutboxState.HELD, note=SafeText("API key rejected."))
    assert "# held: API key rejected.\n[[prompt]]\nid = 1\n" in file_of(held).text


def test_a_prompt_that_is_deleted_is_dropped() -> None:
    file = lanes("a", "b", "c")
    parts = tables(file.text)
    changes = file.read("".join([*parts[:2], *parts[3:]]))
    assert (changes.dropped, changes.inputs, changes.moved) == ([RowId(2)], {}, frozenset())


def test_a_file_without_prompts_changes_nothing() -> None:
    """A file without prompts changes nothing, so no accident drops all of them."""
    file = lanes("a", "b")
    for text in ("", "# nothing\n"):
        assert file.read(text).rows == frozenset()


@pytest.mark.parametrize(
    ("order", "moved"),
    [
        ([1, 2, 3, 4], set()),
        ([2, 3, 4, 1], {1}),
        ([4, 1, 2, 3], {4}),
        ([1, 3, 2, 4], {2}),
        ([4, 3, 2, 1], {4, 3, 2}),
    ],
)
def test_the_fewest_are_moved(order, moved) -> None:
    file = lanes("a", "b", "c", "d")
    parts = tables(file.text)
    changes = file.read("".join([parts[0], *(parts[n] for n in order)]))
    assert len(changes.moved) == len(moved) and changes.rows == changes.moved
    assert list(changes.order[Lane.INTERACTIVE]) == order


def test_the_border_decides_the_lane() -> None:
    """Prompts moved across the border change their lane, and so do prompts that the border is moved across."""
    file = lanes("a", "b", "|", "c", "d")
    head, a, b, border, c, d = tables(file.text)
    changes = file.read("".join([head, a, c, border, b, d]))
    assert changes.order == {Lane.INTERACTIVE: [1, 3], Lane.BATCH: [2, 4]}
    assert changes.moved == {2, 3}
    changes = file.read("".join([head, a, border, b, c, d]))
    assert changes.order == {Lane.INTERACTIVE: [1], Lane.BATCH: [2, 3, 4]} and changes.moved == {2}


def test_without_batches_there_is_no_border() -> None:
    assert "border" not in lanes("a", "b").text
    assert tables(lanes("|", "a").text)[1].startswith('\n[[prompt]]\nborder = "batches"')


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("id = 2", "id = 1", "Prompt 1 is there twice."),
        ("id = 2", "id = 9", "Prompt 9 was not in the file before; prompts cannot be added here."),
        ("id = 2", "id = true", "Prompt True was not in the file before; prompts cannot be added here."),
        ("id = 2\n", "", "[[prompt]] number 2 in the file has no id; prompts cannot be added here."),
        ('id = 2\nwebhook = "Sunset"', 'id = 2\nwebhook = "Other"', "Prompt 2: its webhook cannot be changed; it was 'Sunset'."),
        ('id = 2\nwebhook = "Sunset"', "id = 2", "Prompt 2: its webhook cannot be changed; it was 'Sunset'."),
        ('prompt = "b"', "prompt = b", "Not TOML: Invalid value (at line"),
        ('prompt = "b"', "when = 2026-11-27", "Prompt 2, when: a date or time must be in quotes."),
        ('prompt = "b"', "x = [{y = nan}]", "Prompt 2, x: nan is not a number that JSON has."),
        ('prompt = "b"', '"x:=" = "{"', "Prompt 2, x:=: Not JSON: "),
        ('prompt = "b"', '"x:=" = 1', "Prompt 2, x:=: must be JSON in quotes."),
        ('prompt = "b"', 'x = 1\n"x:=" = "1"', "Prompt 2: 'x' is there twice."),
        ('prompt = "b"', 'image_url = "@run:550e8400#1"', "Prompt 2, image_url: outputs can be named in the prompt panel only."),
        ("id = 2\n", "id = 2\nseed = 1\n", "Prompt 2: 'seed' belongs below [prompt.inputs]."),
        ('\n[prompt.inputs]\nprompt = "b"\n', "", "Prompt 2 has no table [prompt.inputs]."),
        ("[[prompt]]\nid = 1", '[x]\n[[prompt]]\nid = 1', "'x' is not within a [[prompt]]."),
        ("[[prompt]]\nid = 1", '[[prompt]]\nborder = "batches"\n[[prompt]]\nid = 1', "There is no other lane: remove the border."),
        ("id = 2", f"id = {'9' * 5_000}", "Not usable: nested too deeply, or a number too large."),
        ('prompt = "b"', "x = " + "[" * 5_000, "Not usable: nested too deeply, or a number too large."),
        ('prompt = "b"', 'prompt = "\udcff"', "The file is not UTF-8 text any more."),
    ],
)  # fmt: skip
def test_what_cannot_be_applied_is_named(old, new, message) -> None:
    file = lanes("a", "b")
    assert old in file.text
    with pytest.raises(QueueFileError) as error:
        file.read(file.text.replace(old, new, 1))
    assert error.value.what.startswith(message)


@pytest.mark.parametrize(("times", "message"), [(0, "The border of the lanes is missing"), (2, "The border of the lanes is there twice.")])  # fmt: skip
def test_there_is_one_border(times, message) -> None:
    file = lanes("a", "|", "b")
    head, a, border, b = tables(file.text)
    with pytest.raises(QueueFileError) as error:
        file.read("".join([head, a, *[border] * times, b]))
    assert error.value.what.startswith(message)


def test_an_editor_may_leave_its_own_line_ends_and_mark() -> None:
    file = lanes("a", "|", "b")
    assert file.read("\ufeff" + file.text.replace("\n", "\r\n")).rows == frozenset()


def test_changed_inputs_are_checked_as_before_a_batch() -> None:
    """Only changed inputs are checked, and inputs that a prompt had before count as known."""
    webhook = Webhook("wh_a", "Sunset", inputs={"prompt": "", "style": ["noir", "ink"], "seed": 1})
    profile = Profile("p", "https://cordage.example/api", (webhook,))
    before = {
        RowId(n): prompt(n, {"prompt": "fox", "style": "noir", "own": 1, "sed": 1}) for n in range(1, 6)
    }  # fmt: skip
    same = {"prompt": "fox", "style": "noir", "own": 1, "sed": 1}
    inputs = {
        RowId(1): {**same, "style": "inkk"},
        RowId(2): {**same, "seed": "x"},
        RowId(3): {**same, "style": "ink"},
        RowId(4): {"style": "ink"},
        RowId(5): {**same, "sytle": "ink"},
    }
    faults = find_faults(QueueChanges(before, inputs), profile)
    assert {row: [str(fault) for fault in wrong] for row, wrong in faults.items()} == {
        1: ["style: 'inkk' is not a choice. Did you mean 'ink'?"],
        2: ["seed: 'x' is not a number."],
        4: ["prompt: Missing."],
        5: ["sytle: Unknown input. Did you mean 'style'?"],
    }


def test_a_copy_is_private_and_never_replaces_another(tmp_path) -> None:
    paths = [keep_copy(tmp_path / "state", f"text {n}\udcff", 1e9) for n in range(3)]
    assert len({*paths}) == 3
    assert [path.read_bytes() for path in paths] == [f"text {n}".encode() + b"\xff" for n in range(3)]
    assert {path.stat().st_mode & 0o777 for path in paths} == {0o600}


def test_a_file_is_toml_for_others_too() -> None:
    file = lanes("a", "|", "b")
    assert [table.get("id") for table in tomllib.loads(file.text)["prompt"]] == [1, None, 2]
