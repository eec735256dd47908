"""An output becomes the input of another webhook: chosen by a key, named in the prompt panel, sent as a working
link."""

import pytest

from cordage_tui.domain.webhook import Webhook
from cordage_tui.simulator.world import PlannedOutcome
from cordage_tui.store.runs.run_listing import RunFilter
from cordage_tui.ui.compare.screen import CompareScreen
from cordage_tui.ui.contact_sheet.screen import ContactSheetScreen
from cordage_tui.ui.dialogs.choice_menu import ChoiceMenu
from cordage_tui.ui.main.screen import MainScreen
from cordage_tui.ui.prompt.batch_preview import BatchPreview
from cordage_tui.ui.prompt.linked_output import LinkedOutput
from cordage_tui.ui.viewer.screen import ViewerScreen
from tests.ui.app.test_sheet import counts, opens


@pytest.fixture
def studio(opened):
    """Return a function that opens the app with two webhooks."""

    def start(width=140, height=40, **about):
        return opened(width, height, webhooks=2, tells_prompts=True, **about)

    return start


async def _with_outputs(program, *prompts, outputs=1):
    """Let runs of the first webhook complete; the second one accepts `image_url` and `style`."""
    first, second = program.main.engine.profile.webhooks
    upscale = Webhook(second.key, "Upscale", {"style": ["anime", "noir"], "image_url": "", "seed": "random"})
    program.main.registry._change((first, upscale))
    program.world.fate(first.key, *[PlannedOutcome(1.0, outputs=outputs)] * len(prompts))
    await program.starts_elsewhere(*prompts)
    await program.passes(5)
    await program.reads()
    await program.until(lambda: all(row.output_count == outputs for row in program.table.shown))


async def _chooses(program, *keys):
    """Wait for the menu, and press these keys in it."""
    await program.until(lambda: isinstance(program.app.screen, ChoiceMenu))
    await program.press(*keys)


def _fields(program):
    """Return the values of the fields in the prompt panel."""
    return program.widget("prompt").form.values()


def _sent(program):
    """Return the inputs of the runs of the second webhook."""
    return [run.inputs for run in program.world.list_runs(program.world.webhooks[1].key)]


async def test_an_output_is_loaded_beside_what_was_written_for_the_webhook_and_undo_takes_it_away(studio):
    """`u` adds the output to the written prompt by name, undo removes it, and the sent body has its link."""
    async with studio() as program:
        program.app.renderer.switch()
        await _with_outputs(program, "a fox", outputs=2)
        await program.press("1", "j", "j", "enter", "t")
        await program.pastes("on a table")
        await program.press("escape", "1", "g", "enter", "right_square_bracket", "u")
        await program.sees("Use image_002.png as input of")
        await program.sees("1  Upscale")
        await _chooses(program, "enter")
        await program.until(lambda: program.at() == "prompt")
        run = program.table.shown[0] if program.table.shown else None
        assert program.widget("prompt").webhook.name == "Upscale"
        assert program.widget("prompt").editor.written == "on a table"
        (source,) = program.main.store.listing.beginning_with("studio", "")
        assert _fields(program)["image_url"] == f"@run:{source.short_id}#2" and run is None
        await program.press("ctrl+z")
        assert "image_url" not in _fields(program) and program.widget("prompt").editor.written == "on a table"
        assert not program.posts
        await program.press("ctrl+y", "enter")
        await program.until(lambda: _sent(program))
        (body,) = _sent(program)
        assert body["prompt"] == "on a table" and body["image_url"].split("?")[0].endswith("/image_002.png")
        row = next(row for row in program.table.shown if row.prompt == "on a table")
        lineage = program.main.store.run_lookup.lineage(row.id)
        assert (lineage.parent, lineage.output) == (source.id, 2)


async def test_the_field_used_last_comes_first_and_one_that_no_webhook_has_is_added(studio):
    """The menu lists declared fields, then a field to add, and next time the last used field comes first."""
    async with studio() as program:
        program.app.renderer.switch()
        await _with_outputs(program, "a fox")
        await program.press("u")
        await program.sees("image_url · adds this field")
        await _chooses(program, "2")
        await program.until(lambda: program.at() == "prompt")
        assert program.widget("prompt").webhook.name == program.world.webhooks[0].name
        await program.pastes("a fox again")
        await program.press("end", "enter")
        await program.until(lambda: len(program.posts) == 1)
        await program.press("escape", "G")
        await program.until(lambda: program.selected.prompt != "a fox again")
        await program.press("u")
        await program.sees(f"1  {program.world.webhooks[0].name}")
        await program.sees("· used last")


async def test_the_picture_stands_beside_the_field_and_words_where_pictures_are_off(studio):
    """The picture is shown next to the field, or the name of its file if pictures are off."""
    async with studio() as program:
        await _with_outputs(program, "a fox")
        await program.press("u")
        await _chooses(program, "enter")
        await program.until(lambda: program.main.query(LinkedOutput))
        linked = program.main.query_one(LinkedOutput)
        await program.until(lambda: "▀" in "".join(str(line) for line in _drawn(program, linked)))
        assert "image_001.png" in program.text()
        program.app.renderer.switch()
        await program.until(lambda: "▀" not in "".join(_drawn(program, linked)))
        assert any("image_001.png" in line for line in _drawn(program, linked))
        await program.press("alt+x")
        await program.until(lambda: not linked.display)


def _drawn(program, widget):
    """Return the lines of the widget as they are on the screen."""
    x, y, width, height = widget.region
    return [line[x : x + width] for line in program.text().split("\n")[y : y + height]]


async def test_marked_runs_are_a_batch_with_one_body_for_each_output_that_is_not_rejected(studio):
    """Marked runs make a batch with one body for each output that is not rejected, sent only after the preview."""
    async with studio() as program:
        program.app.renderer.switch()
        await _with_outputs(program, "a fox", "an owl", outputs=2)
        fox = next(row for row in program.table.shown if row.prompt != program.selected.prompt)
        program.main.store.ratings.decide([(fox.id, 1)], False)
        await program.press("asterisk", "u")
        await program.sees("Use 3 outputs as input of")
        await _chooses(program, "enter")
        await program.until(lambda: isinstance(program.app.screen, BatchPreview))
        await program.sees("3 runs")
        assert not program.posts
        await program.press("y")
        await program.until(lambda: len(_sent(program)) == 3)
        urls = {body["image_url"].split("?")[0] for body in _sent(program)}
        assert len(urls) == 3 and all(body["style"] == "anime" for body in _sent(program))
        assert len({body["seed"] for body in _sent(program)}) == 3
        children = RunFilter("studio", webhook_key=program.world.webhooks[1].key)
        rows = program.main.store.listing.newest(children)
        assert len({program.main.store.run_lookup.lineage(row.id).parent for row in rows}) == 2 and len(rows) == 3


async def test_what_is_written_goes_along_with_each_output_of_a_batch(studio):
    """Each output of the batch is combined with each alternative of the written prompt."""
    async with studio() as program:
        program.app.renderer.switch()
        await _with_outputs(program, "a fox", "an owl")
        await program.press("1", "j", "j", "enter", "t")
        await program.pastes("in {red|blue}")
        await program.press("escape", "1", "g", "enter", "2", "asterisk", "u")
        await _chooses(program, "enter")
        await program.sees("4 runs")
        await program.press("y")
        await program.until(lambda: len(_sent(program)) == 4)
        assert sorted(body["prompt"] for body in _sent(program)) == ["in blue", "in blue", "in red", "in red"]


async def test_the_viewer_the_sheet_and_the_compare_page_use_what_they_show(studio):
    """`u` in viewer, sheet and comparison uses the shown output, the kept ones if any, and leads to the main screen."""
    async with studio() as program:
        program.app.renderer.switch()
        await _with_outputs(program, "a fox", "an owl", outputs=2)
        await program.press("enter", "enter")
        await program.until(lambda: isinstance(program.app.screen, ViewerScreen))
        await program.press("right_square_bracket", "u")
        await program.sees("Use image_002.png")
        await _chooses(program, "enter")
        await program.until(lambda: isinstance(program.app.screen, MainScreen) and program.at() == "prompt")
        assert _fields(program)["image_url"].endswith("#2")
        await program.press("escape", "1", "g", "enter")
        await opens(program)
        await program.press("u")
        await program.sees("Use image_001.png")
        await program.press("escape")
        await program.press("equals_sign", "l", "equals_sign")
        await program.sees("use kept")
        await counts(program, "4 outputs · 2 kept")
        await program.press("u")
        await _chooses(program, "enter")
        await program.until(lambda: isinstance(program.app.screen, BatchPreview))
        await program.press("escape")
        await program.until(lambda: isinstance(program.app.screen, MainScreen))
        assert not any(isinstance(screen, ContactSheetScreen) for screen in program.app.screen_stack)
        await program.press("2", "asterisk", "equals_sign")
        await program.until(lambda: isinstance(program.app.screen, CompareScreen))
        await program.press("tab", "u")
        await _chooses(program, "enter")
        await program.until(lambda: isinstance(program.app.screen, MainScreen) and program.at() == "prompt")
        assert not program.posts


async def test_u_says_why_an_output_cannot_be_used(studio):
    """A run without outputs, a read-only profile and an unknown name are each reported, and no draft is lost."""
    async with studio() as program:
        await program.starts_elsewhere("a fox")
        await program.press("u")
        await program.sees("This run has no outputs.")
        await program.press("t")
        await program.pastes("larger")
        program.widget("prompt").set_fields({"image_url": "@run:ffffffff#1"})
        await program.press("enter")
        await program.sees("@run:ffffffff#1: no run here begins so.")
        assert not program.posts
        assert program.widget("prompt").inputs()["image_url"] == "@run:ffffffff#1"
        assert program.widget("prompt").editor.written == "larger"
    async with studio(read_only=True) as program:
        await program.press("u")
        await program.sees("is read-only")


async def test_an_edited_run_names_its_input_and_not_a_link_that_has_expired(studio):
    """An edited run has its input by name again, and not the old link."""
    async with studio() as program:
        program.app.renderer.switch()
        await _with_outputs(program, "a fox")
        source = program.selected
        await program.press("u")
        await _chooses(program, "enter")
        await program.pastes("larger")
        await program.press("end", "enter")
        await program.until(lambda: _sent(program))
        await program.press("escape", "e")
        await program.until(lambda: program.at() == "prompt")
        assert _fields(program)["image_url"] == f"@run:{source.short_id}#1"
