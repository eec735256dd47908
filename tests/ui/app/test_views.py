"""Views: filters with a name, listed below the webhooks."""

import threading

import pytest

from cordage_tui.config.views_file import read_views, save_view
from cordage_tui.domain.filter.view import BUILT_IN, View
from cordage_tui.simulator.world import PlannedOutcome
from cordage_tui.store.runs import view_counts
from cordage_tui.store.runs.view_counts import RECOUNTED_S
from cordage_tui.ui.main import views as main_views
from cordage_tui.ui.main.filter_input import FilterInput
from cordage_tui.ui.main.sidebar import ViewRow


@pytest.fixture(autouse=True)
def counted_at_once(monkeypatch):
    """Count views at once, so that no test waits for the pause after the first frame."""
    monkeypatch.setattr(main_views, "LEAST_S", 0.01)
    monkeypatch.setattr(main_views, "FIRST_S", 0.01)


def rows(program) -> dict[str, ViewRow]:
    """Return the rows of the views by name, as the sidebar shows them."""
    return {row.name: row for row in program.widget("webhooks")._views}


def fresh(program) -> dict[str, int | None]:
    """Return the fresh counts that are not zero, by the name of the view."""
    return {name: row.count for name, row in rows(program).items() if row.is_fresh and row.count}


def title(program) -> str:
    """Return the title of the table."""
    return program.table.title.plain


def own(program) -> list[View]:
    """Return the views of the user."""
    return [view for view in read_views(program.paths).all if not view.is_built_in]


def toasts(program) -> str:
    """Return the texts of all toasts."""
    return " ".join(notice.message for notice in program.app._notifications)


async def counted(program) -> None:
    """Wait until the counts of all views are fresh."""
    await program.until(lambda: rows(program) and all(row.is_fresh for row in rows(program).values()))


async def two_runs(program) -> None:
    """Start one run of each webhook; the first has failed."""
    program.world.fate(program.world.webhooks[0].key, PlannedOutcome(1.0, failure="out of memory"))
    await program.starts_elsewhere("a red fox")
    await program.starts_elsewhere("an owl", webhook=1)
    await program.passes(5)
    await program.until(lambda: set(program.rows().values()) == {"failed", "running"})


async def test_views_are_listed_below_the_webhooks_with_their_counts(opened):
    """The counts follow new runs of every webhook, and a view that is not counted yet shows no number."""
    async with opened(200, tells_prompts=True) as program:
        await counted(program)
        width = program.widget("webhooks").size.width
        lines = [line[2 : width + 1].strip() for line in program.text().split("\n")]
        first = lines.index("Views")
        assert [line.rsplit(maxsplit=1)[0] for line in lines[first + 1 : first + 6]] == [view.name for view in BUILT_IN]
        assert lines[first - 2] == "+ add a webhook" and fresh(program) == {}
        await two_runs(program)
        await program.until(lambda: fresh(program) == {"failed today": 1})
        await program.press("1", "j", "j")
        await program.passes(61)
        await program.until(lambda: fresh(program) == {"failed today": 1, "unrated": 1})
        (row,) = (row.id for row in program.table.shown)
        program.main.store.ratings.decide([(row, 1)], True)
        await program.until(lambda: fresh(program) == {"failed today": 1, "kept": 1})


async def test_today_ends_at_midnight_though_nothing_happens(opened):
    """At midnight the count and the list of a view of today change without an event."""
    async with opened(tells_prompts=True) as program:
        program.world.fate(program.world.webhooks[0].key, PlannedOutcome(1.0, failure="out of memory"))
        await program.starts_elsewhere("a red fox")
        await program.passes(5)
        await program.until(lambda: fresh(program) == {"failed today": 1})
        await program.press("1", "j", "j", "j", "j")
        await program.until(lambda: list(program.rows()) == ["a red fox"])
        program.clock.ahead_s += 86_400
        program.main.views.counter._count_again()  # as its timer does
        await program.until(lambda: list(program.rows()) == [])
        await program.until(lambda: "failed today" not in fresh(program))


async def test_a_chosen_view_is_the_filter(opened):
    """A chosen view is the filter in title and field; a webhook chosen next restores the old filter, and esc shows
    all."""
    async with opened(tells_prompts=True) as program:
        await two_runs(program)
        await program.press("2", "slash")
        await program.writes("fox")
        await program.press("enter")
        await program.until(lambda: list(program.rows()) == ["a red fox"])
        await program.press("1", "G")
        await program.until(lambda: title(program).startswith("Runs · slow now · /status:active is:… · 0 of 2"))
        assert list(program.rows()) == [] and "/ status:active is:slow" in program.text()
        await program.press("k", "k", "k", "k")
        assert title(program).startswith("Runs · failed today") and list(program.rows()) == ["a red fox"]
        await program.press("g", "j", "j")
        assert title(program).startswith("Runs · Second · /fox") and list(program.rows()) == []
        assert program.main.query_one(FilterInput).value == "fox"
        await program.press("G", "enter")
        assert program.at() == "runs"
        await program.press("escape")
        await program.until(lambda: title(program) == "Runs · All")
        assert len(program.rows()) == 2 and program.widget("webhooks").chosen_view is None
        assert "/ status" not in program.text()


async def test_held_down_the_last_view_is_what_is_shown(opened):
    """With a key held down only the filter of the last view is applied."""
    async with opened(tells_prompts=True) as program:
        await two_runs(program)
        await program.press("1")
        await program.pilot.press(*"jjjjjjjj")
        await program.pilot.pause(0.1)
        assert (
            title(program).startswith("Runs · slow now")
            and program.main.selection.query.text == "status:active is:slow"
        )
        await program.pilot.press(*"kkkk", "escape", "escape")
        await program.until(lambda: title(program) == "Runs · All")
        assert program.main.query_one(FilterInput).value == ""


async def test_ctrl_s_names_the_filter(opened):
    """ctrl+s saves the filter with its webhook as a view; Enter saves, esc does not, and no run is sent."""
    async with opened(tells_prompts=True) as program:
        await two_runs(program)
        await program.press("1", "j", "2", "slash")
        await program.writes("fox | owl")
        await program.press("ctrl+s")
        await program.sees("Save as a view")
        assert "webhook:=First (fox | owl)" in program.text()
        await program.press("escape")
        assert own(program) == [] and not program.paths.views_file.exists()
        await program.press("ctrl+s")
        await program.press("enter")
        await program.sees("must have 1 to 60 characters")
        await program.pastes("red things\n")
        await program.press("enter")
        await program.until(lambda: own(program) == [View("red things", "webhook:=First (fox | owl)")])
        await program.until(lambda: title(program).startswith("Runs · red things"))
        assert list(program.rows()) == ["a red fox"] and program.at() == "runs"
        await program.until(lambda: fresh(program) == {"failed today": 1, "red things": 1})
        assert program.posts == []


async def test_an_existing_name_asks_before_it_replaces(opened):
    """A name that exists asks before its view is replaced, and Enter means no."""
    async with opened(tells_prompts=True) as program:
        save_view(program.paths, "birds", "owl")
        await two_runs(program)
        await program.press("r")
        await program.until(lambda: "birds" in rows(program))
        await program.press("1", "G", "2", "slash", "end")
        await program.writes(" fox")
        assert title(program).startswith("Runs · All · /owl fox") and program.widget("webhooks").chosen_view is None
        await program.press("ctrl+s", "enter")
        await program.sees("Replace the view birds?")
        await program.press("enter")
        assert own(program) == [View("birds", "owl")]
        await program.press("ctrl+s", "enter", "y")
        await program.until(lambda: own(program) == [View("birds", "owl fox")])
        await program.press("slash", "ctrl+s", "ctrl+u")
        await program.pastes("KEPT")
        await program.press("enter")
        await program.sees("comes back when yours is removed")
        await program.press("y")
        await program.until(lambda: own(program)[0] == View("kept", "owl fox"))


async def test_views_are_renamed_and_removed_with_the_keys_of_webhooks(opened):
    """A renamed view stays chosen; a removed one, after a question, gives its place to the next."""
    async with opened(tells_prompts=True) as program:
        for name in ("birds", "last"):
            save_view(program.paths, name, "owl")
        await two_runs(program)
        await program.press("r", "1", "G", "k")
        assert program.widget("webhooks").chosen_view == "birds"
        await program.press("R", "ctrl+u")
        await program.pastes("Kept")
        await program.press("enter")
        await program.sees("There is another view named 'Kept'.")
        await program.press("R", "ctrl+u")
        await program.pastes("Owls")
        await program.press("enter")
        await program.until(lambda: [view.name for view in own(program)] == ["Owls", "last"])
        assert program.widget("webhooks").chosen_view == "Owls" and title(program).startswith("Runs · Owls · /owl")
        await program.press("X", "enter")
        assert len(own(program)) == 2
        await program.press("X", "y")
        await program.until(lambda: [view.name for view in own(program)] == ["last"])
        await program.until(lambda: title(program).startswith("Runs · last · /owl"))
        await program.press("X", "y")
        await program.until(lambda: title(program).startswith("Runs · slow now"))


async def test_built_in_views_are_hidden_and_keep_their_names(opened):
    """A built-in view cannot be renamed, only hidden, and the palette lists hidden views and restores them."""
    async with opened(tells_prompts=True) as program:
        await two_runs(program)
        await program.press("1", "G", "R")
        await program.sees("A built-in view keeps its name.")
        await program.press("X")
        await program.until(lambda: "slow now" not in rows(program))
        await program.until(lambda: title(program).startswith("Runs · unrated"))
        await program.press("colon")
        await program.writes("slow now")
        await program.sees("hidden view · status:active is:slow")
        await program.press("enter")
        await program.until(lambda: title(program).startswith("Runs · All · /status:active is:slow"))
        await program.press("colon")
        await program.writes("show hidden")
        await program.press("enter")
        await program.until(lambda: list(rows(program)) == [view.name for view in BUILT_IN])


async def test_the_palette_goes_to_a_view(opened):
    """The palette selects a view by its name, and can save the filter as a view."""
    async with opened(tells_prompts=True) as program:
        await two_runs(program)
        await program.until(lambda: fresh(program) == {"failed today": 1})
        await program.press("t", "escape", "colon")
        await program.writes("failed today")
        await program.sees("view · status:failed ended:today · 1 runs")
        await program.press("enter")
        await program.until(lambda: list(program.rows()) == ["a red fox"])
        assert program.at() == "runs" and program.widget("webhooks").chosen_view == "failed today"
        await program.press("colon")
        await program.writes("save the filter")
        await program.press("enter")
        await program.sees("Save as a view")


async def test_an_error_in_the_file_is_reported_and_other_views_work(opened, tmp_path):
    """An error in the file is reported with its line, other views still work, and the file is not overwritten."""
    folder = tmp_path / "config"
    folder.mkdir(mode=0o700)
    text = '[[views]]\nname = "odd"\nfilter = "stile:noir"\n\n[[views]]\nname = "bad"\n'
    (folder / "views.toml").write_text(text)
    async with opened(tells_prompts=True) as program:
        await program.until(lambda: "views.toml:5: views[2].filter is missing" in toasts(program))
        await program.until(lambda: rows(program)["odd"].is_fresh)
        assert not rows(program)["odd"].is_understood
        await program.press("1", "G")
        await program.sees("stile:noir is not known")
        (folder / "views.toml").write_text("[[views]\n")
        await program.press("slash", "ctrl+s", "ctrl+u")
        await program.pastes("new")
        await program.press("enter")
        await program.until(lambda: "views.toml:1:8:" in toasts(program))
        assert (folder / "views.toml").read_text() == "[[views]\n"


async def test_no_key_waits_for_a_count_and_an_old_one_is_not_shown_as_fresh(opened, monkeypatch):
    """While a view is counted again, keys work and the old count is dimmed."""
    monkeypatch.setattr(main_views, "SHOWN_AFTER_S", 0.01)
    monkeypatch.setattr(main_views, "REST_S", 0.0)
    monkeypatch.setattr(main_views, "RESTS", 0)
    async with opened(tells_prompts=True) as program:
        await two_runs(program)
        await program.until(lambda: fresh(program) == {"failed today": 1})
        release, count = threading.Event(), view_counts.count_rows

        def held(*about):
            release.wait(20.0)
            yield from count(*about)

        monkeypatch.setattr(view_counts, "count_rows", held)
        await program.starts_elsewhere("a bee")
        await program.until(lambda: not rows(program)["unrated"].is_fresh)
        assert rows(program)["unrated"].count == 0
        await program.press("1", "j")
        assert title(program) == "Runs · First"
        release.set()
        await counted(program)


async def test_nothing_is_counted_while_the_sidebar_is_out_of_sight(opened, monkeypatch):
    """Views are not counted while the sidebar is hidden, and are counted when it is shown again."""
    monkeypatch.setattr(main_views, "REST_S", 0.0)
    async with opened(tells_prompts=True) as program:
        await two_runs(program)
        await counted(program)
        sidebar, counts = program.widget("webhooks"), []
        count = view_counts.count_rows
        monkeypatch.setattr(view_counts, "count_rows", lambda *about: counts.append(1) or count(*about))
        sidebar.display = False
        await program.until(lambda: not sidebar.is_on_screen)
        await program.starts_elsewhere("a bee")
        await program.reads()
        await program.until(lambda: "a bee" in program.rows())
        assert counts == []
        sidebar.display = True
        await program.until(lambda: counts)


async def test_a_run_is_counted_when_it_becomes_slow(opened):
    """The view of slow runs counts a run at the moment at which it becomes slow."""
    async with opened(tells_prompts=True) as program:
        await counted(program)
        program.world.fate(program.world.webhooks[0].key, *[PlannedOutcome(1.0)] * 24, PlannedOutcome(600.0))
        for number in range(24):
            program.world.trigger(program.world.webhooks[0].key, {"prompt": f"fox {number}"})
            program.clock.ahead_s += 3
        await program.reads()
        await program.until(lambda: list(program.rows().values()).count("completed") == 24)
        program.clock.ahead_s += RECOUNTED_S
        program.main.views.counter._count_again()  # as its timer does
        await program.starts_elsewhere("an owl")
        counter = program.main.views.counter
        await program.until(  # though nothing may happen by then; on a busy machine it has been counted before this is looked at
            lambda: counter._counts.due_at < program.clock.wall() + 5 or fresh(program).get("slow now") == 1
        )
        await program.until(lambda: fresh(program).get("slow now") == 1)
        assert "slow" in program.text()
