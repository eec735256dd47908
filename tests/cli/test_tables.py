"""Tables for people are as wide as their terminal and have heads. A pipe gets whole values, one row per line, separated
by tabs."""

import os

import pytest
from rich.cells import cell_len

from cordage_tui.cli.base.console import fit, table, width_of
from cordage_tui.cli.base.parser import columns
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.secrets import masked

WIDTHS = ("52", "60", "100")


def queue_prompts(studio, *prompts):
    """Put these prompts into the queue and return their numbers as text."""
    with studio.store() as store:
        return [str(store.outbox.submit("studio", studio.key, {"prompt": prompt})) for prompt in prompts]


@pytest.mark.parametrize("wide", WIDTHS)
def test_the_queue_on_a_terminal_has_heads_and_fits(studio, monkeypatch, wide):
    """A table of the queue cuts the prompt, and keeps numbers and states whole. An empty queue prints no heads."""
    monkeypatch.setenv("COLUMNS", wide)
    assert studio("queue", terminal=True).out == ""
    numbers = queue_prompts(studio, "a fox in the snow, " * 20, "owl")
    head, *rows = studio("queue", terminal=True).out.splitlines()
    assert head.split() == ["N", "STATE", "WEBHOOK", "PROMPT", "AGE"]
    assert [row.split()[:2] for row in rows] == [[number, "queued"] for number in numbers]
    assert max(map(len, (head, *rows))) <= int(wide)
    assert [row.index("Sunset") for row in rows] == [head.index("WEBHOOK")] * 2
    assert "…" in rows[0] and "owl" in rows[1]


def test_a_pipe_gets_the_queue_whole(studio):
    """A pipe gets one line per prompt without heads, however long the prompt is."""
    long = "a fox in the snow, " * 10 + "and an owl"
    (number,) = queue_prompts(studio, long)
    (line,) = studio("queue").out.splitlines()
    assert line.split("\t")[:4] == [number, "queued", "Sunset", long]


@pytest.mark.parametrize("wide", WIDTHS)
def test_runs_on_a_terminal_fit(studio, monkeypatch, wide):
    """A table of runs has heads and one line per run, cut at the prompt. Statuses have colours unless the user does not
    want them."""
    monkeypatch.setenv("COLUMNS", wide)
    monkeypatch.setenv("TERM", "xterm-256color")
    assert studio("trigger", "Sunset", "a fox in the snow, " * 10, "--wait").code == 0
    (run,) = studio.server.world.list_runs(studio.key)
    head, row = studio("runs", "--no-color", terminal=True).out.splitlines()
    assert head.split() == ["RUN", "STATUS", "WEBHOOK", "PROMPT", "AGE", "TIME"]
    assert row.split()[0] == run.run_id[:8] and "…" in row
    assert max(len(head), len(row)) <= int(wide)
    coloured = studio("runs", "--offline", terminal=True).out
    assert "\x1b[32mcompleted" in coloured
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in studio("runs", "--offline", terminal=True).out


@pytest.mark.parametrize("wide", ["30", "80"])
def test_webhooks_on_a_terminal_fit(studio, monkeypatch, wide):
    """A long name of a webhook is cut and its key is not. A pipe gets both whole."""
    monkeypatch.setenv("COLUMNS", wide)
    studio.name = "Sunset over the hills of a far country"
    studio.configure()
    (line,) = studio("webhooks", terminal=True).out.splitlines()
    assert len(line) <= int(wide)
    assert line.endswith(masked(studio.key)) and line.startswith("Sunset")
    assert ("…  wh_" in line) == (wide == "30")
    assert studio("webhooks").out == f"{studio.name}  {masked(studio.key)}\n"


@pytest.mark.parametrize("text", ["fox", "狐狸在雪中", "fox 狐狸", "cafe\u0301", "ＡＢ", "하늘"])
@pytest.mark.parametrize("width", [1, 2, 5, 7, 20])
def test_cells_are_counted_as_a_terminal_does(text, width):
    """A wide character takes two cells and a combining one takes none. No character is split, and a cut text ends with
    a sign of it."""
    assert width_of(text) == cell_len(text)
    fitted = fit(text, width)
    assert cell_len(fitted) == width
    assert ("…" in fitted) == (cell_len(text) > width)
    assert text.startswith(fitted.rstrip().removesuffix("…").rstrip())


def test_columns_keep_a_readable_width():
    """The wide column shrinks first, to eight cells, and then the widest of the others. A table that cannot shrink any
    more is wider than its space."""
    row = ["a" * 20, "b" * 50, "c" * 12]
    for width, expected in ((100, [20, 50, 12]), (60, [20, 24, 12]), (40, [16, 8, 12]), (10, [8, 8, 8])):
        (cells,) = table([row], width, 1)
        assert [*map(len, cells)] == expected


@pytest.mark.parametrize(("value", "width"), [("93", 93), ("0", 80), ("wide", 80), ("", 80), ("٣", 80)])
def test_without_a_terminal_the_width_is_columns_or_80(monkeypatch, value, width):
    """Without a terminal, the variable COLUMNS gives the width if it is a number of cells, else the width is 80."""

    def no_terminal(_):
        raise OSError("not a terminal")

    monkeypatch.setattr(os, "get_terminal_size", no_terminal)
    monkeypatch.setenv("COLUMNS", value)
    assert columns() == width


def test_the_width_is_that_of_the_first_stream_on_a_terminal(monkeypatch):
    """If stdout goes into a pipe, messages are as wide as the terminal of stderr."""

    def size(descriptor):
        if descriptor == 1:
            raise OSError("a pipe")
        return os.terminal_size((71, 20))

    monkeypatch.setattr(os, "get_terminal_size", size)
    monkeypatch.delenv("COLUMNS", raising=False)
    assert columns() == 71


def test_resuming_names_the_worker_only_if_one_is_needed(studio):
    """`queue resume` names the command that sends only if the queue has prompts."""
    studio("queue", "pause")
    assert studio("queue", "resume").err == "The queue is resumed.\n"
    queue_prompts(studio, "fox")
    studio("queue", "pause")
    assert "queue work" in studio("queue", "resume").err


def test_watch_without_active_runs_says_so(studio):
    """Without active runs, `watch` ends at once with code 0 and says why it printed nothing."""
    ended = studio("watch")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err.endswith("Nothing is active.\n")


def test_a_dry_run_says_what_waits_ahead(studio):
    """A dry run prints the number of runs, the prompts ahead in the queue, and the time. If the queue is paused, it
    prints the reason instead."""
    dry = ("trigger", "Sunset", "a fox", "--dry-run")
    alone = studio(*dry).err
    assert alone.startswith("Dry run: 1 run, about ") and " after " not in alone
    queue_prompts(studio, "owl", "elk")
    assert studio(*dry).err.startswith("Dry run: 1 run after 2 queued earlier, about ")
    studio("queue", "pause")
    held = studio(*dry).err
    assert "The queue does not send: " in held and "to send" not in held
    with studio.store() as store:
        assert store.queue.counts("studio") == {OutboxState.QUEUED: 2}
