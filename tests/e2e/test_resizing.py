"""The program works at any size and survives any change of it (docs/dev/faults.md 171)."""

SIZES = [
    (1, 1),
    (2, 1),
    (1, 40),
    (40, 12),
    (10, 3),
    (79, 24),
    (80, 24),
    (200, 50),
    (119, 15),
    (120, 16),
    (300, 2),
    (0, 0),
]


def test_the_program_survives_a_storm_of_sizes(open_window, judge, is_restored):
    """The program survives every size with each panel and under a dialog, and draws everything again at the end."""
    person = open_window()
    person.runs("long fox")
    person.waits_for(**{"long fox": "running"})
    person.leaves_prompt()
    for keys in ("1", "2", "4", "?", "\x1b", "x", "n", ":", "\x1b", "t"):
        person.terminal.type(keys)
        for columns, rows in SIZES:
            person.terminal.resize(columns, rows)
            person.terminal.read_for(0.02)
        person.terminal.wait_until_read()
        person.terminal.settles(0.3)  # what the key opens is there
    person.terminal.resize(120, 36)
    person.terminal.wait_for(
        lambda text: all(f"─ {title} " in text for title in ("1 Webhooks", "2 Runs · All", "3 Prompt → Sunset"))
    )
    person.waits_for(**{"long fox": "running"})
    person.leaves_prompt()
    assert person.quits() == 0
    assert is_restored(person.terminal)
    assert len(judge.runs) == 1


def test_the_program_starts_at_any_size(home, judge):
    """The program starts at any size, also where it can show nothing."""
    from tests.acceptance.server import KEY

    for columns, rows in ((1, 1), (200, 3), (3, 200)):
        with home.open(home.environ(KEY), columns=columns, rows=rows) as terminal:
            calls = len(judge.calls)
            while len(judge.calls) == calls:
                assert terminal.process.poll() is None
                terminal.read_for(0.05)
            terminal.resize(120, 36)
            terminal.wait_for("● live")
            terminal.type("\x11")
            assert terminal.wait_exit() == 0
