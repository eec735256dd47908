"""The run table as the user works with it."""

from collections.abc import Callable
from typing import Any

import pytest
from textual.content import Content
from textual.events import MouseScrollDown
from textual.geometry import Region
from textual.widget import Widget

from cordage_tui.domain.run import RunRow, SortKey, Status
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.ui.run_table.columns import table_layout
from cordage_tui.ui.run_table.table import RunTable

NOW = 1_700_000_000.0
MakeRow = Callable[..., RunRow]


async def test_only_the_rows_on_screen_are_read(runs: Any) -> None:
    """Five thousand rows cost as many reads as three screens of rows, at any place."""
    async with runs(5_000) as table:
        await table.press("j", "j", "G", "ctrl+u", "g")
        assert max(limit for _, limit in table.source.requested) <= 3 * 20
        assert len(table.source.requested) <= 6


@pytest.mark.parametrize(
    ("keys", "cursor"),
    [
        (["j", "down"], 3),
        (["j", "k"], 1),
        (["k", "up"], 1),
        (["G"], 100),
        (["end", "g"], 1),
        (["end", "home"], 1),
        (["ctrl+d"], 11),
        (["ctrl+d", "ctrl+u"], 1),
        (["pagedown"], 21),
        (["pagedown", "pageup"], 1),
    ],
)
async def test_keys_move_the_cursor(runs: Any, keys: list[str], cursor: int) -> None:
    """The keys move the cursor over a table of 20 lines."""
    async with runs(100) as table:
        await table.press(*keys)
        assert table.cursor() == cursor
        assert cursor in table.shown_ids()


async def test_a_cursor_move_redraws_two_lines(runs: Any) -> None:
    """A step of the cursor redraws only the old row and the new one."""
    async with runs(100) as table:
        await table.press("j")
        table.redrawn.clear()
        await table.press("j")
        assert {region.y for region in table.redrawn} == {2, 3}


async def test_a_tick_redraws_times_of_running_rows_only(runs: Any, row: MakeRow) -> None:
    """A tick redraws only the times of active rows, after a minute at each fifth second."""
    began = {2: NOW - 7, 5: NOW - 300}
    given = [
        row(n, status=Status.RUNNING, created_at=began[n], started_at=began[n]) if n in began else row(n)
        for n in range(1, 50)
    ]
    async with runs(given=given) as table:
        table.table.tick(NOW)
        time = table_layout(98, len("Sunset")).positions[0]
        moved = []
        for second in range(1, 7):
            table.redrawn.clear()
            table.table.tick(NOW + second)
            table.table.tick(NOW + second + 0.5)
            moved.append([region.y for region in table.redrawn])
            assert all(region.x >= time.x and region.right == time.x + time.width for region in table.redrawn)
        assert moved == [[2], [2], [2], [2], [2, 5], [2]]


async def test_changes_out_of_sight_draw_nothing(runs: Any, row: MakeRow) -> None:
    """A change of a row outside the screen, or a report without a change, draws nothing."""
    async with runs(100) as table:
        table.source.rows[80] = row(81, status=Status.FAILED)
        await table.changed(81, 3)
        assert table.redrawn == []


async def test_a_row_becomes_its_server_self_in_place(runs: Any, row: MakeRow) -> None:
    """A sent prompt that becomes a run keeps its line and the cursor, and only its line is drawn."""
    given = [row(n, run_id=None, status=Status.SENDING) if n == 3 else row(n) for n in range(1, 60)]
    async with runs(given=given) as table:
        await table.highlight(3)
        table.redrawn.clear()
        table.source.rows[2] = row(3, status=Status.RUNNING)
        await table.changed(3)
        assert table.cursor() == 3
        assert {region.y for region in table.redrawn} == {3}
        assert "● running" in table.screen()[3]


async def test_cursor_keeps_row_and_line_when_rows_arrive(runs: Any, row: MakeRow) -> None:
    """A new row above moves neither the row of the cursor nor its line."""
    async with runs(100) as table:
        await table.press("pagedown", "j", "j")
        cursor, line = table.cursor(), table.line_of(table.cursor())
        table.source.rows.insert(0, row(500))
        await table.changed(500)
        assert (table.cursor(), table.line_of(cursor)) == (cursor, line)


async def test_untouched_table_follows_the_newest(runs: Any, row: MakeRow) -> None:
    """The cursor follows the newest row until the user moves it, and then stays on its row."""
    async with runs(100) as table:
        table.source.rows.insert(0, row(500))
        await table.changed(500)
        assert table.cursor() == 500
        await table.press("j")
        table.source.rows.insert(0, row(501))
        await table.changed(501)
        assert table.cursor() == 1
        assert table.shown_ids()[:3] == [501, 500, 1]


async def test_another_query_keeps_the_cursor_by_identity(runs: Any, rows: Any) -> None:
    """After a filter or a sort the cursor is on the same row, or on the first if that is missing."""
    async with runs(100) as table:
        await table.highlight(40)
        table.table.show(rows(list(reversed(table.source.rows))), SortKey.DURATION, False)
        assert table.cursor() == 40
        assert 40 in table.shown_ids()
        table.table.show(rows(table.source.rows[:10]), SortKey.CREATED, True)
        assert table.cursor() == 1


async def test_the_cursor_goes_back_to_its_row_when_that_is_found_later(runs: Any, rows: Any) -> None:
    """The cursor returns to its row when a long search finds it, unless the user moved it."""
    async with runs(100) as table:
        await table.highlight(40)
        for moved, at in ((False, 40), (True, 2)):
            matches = rows(table.source.rows[:10])
            table.table.show(matches, SortKey.CREATED, True)
            assert table.cursor() == 1
            if moved:
                await table.press("j")
            matches.rows = table.source.rows[:50]
            table.table.reload()
            assert table.cursor() == at and at in table.shown_ids()


async def test_each_place_of_the_cursor_is_sent_once(runs: Any) -> None:
    """Each new place of the cursor is sent once, and the last one always."""
    async with runs(3) as table:
        await table.press("j", "j", "j", "j")
        highlighted = [event.row for event in table.messages_of(RunTable.Highlighted)]
        assert highlighted[-1] == 3
        assert len(highlighted) == len(set(highlighted))


async def test_a_flood_of_moves_is_one_message(runs: Any) -> None:
    """Many quick moves are sent as one message with the last place."""
    async with runs(100) as table:
        table.app.messages.clear()
        for number in range(10, 60):
            table.table.go_to(number)
        await table.pilot.pause()
        assert [event.row for event in table.messages_of(RunTable.Highlighted)] == [59]


async def test_an_emptied_table_shows_a_text_and_has_no_cursor(runs: Any) -> None:
    """An emptied table reports no row, shows its text, and its keys do nothing."""
    async with runs(2) as table:
        table.source.rows.clear()
        await table.changed(1, 2)
        assert table.messages_of(RunTable.Highlighted)[-1].row is None
        assert [line.strip() for line in table.screen() if line.strip()][1:] == ["No runs yet. t writes a prompt"]
        await table.press("j", "G", "ctrl+d", "enter")
        assert table.messages_of(RunTable.Opened) == []


async def test_enter_opens_the_row(runs: Any) -> None:
    """Enter sends the row to open."""
    async with runs(10) as table:
        await table.press("j", "enter")
        assert [event.row for event in table.messages_of(RunTable.Opened)] == [2]


async def test_sort_keys_request_the_next_key_or_the_other_direction(runs: Any) -> None:
    """`O` requests the next sort key and `R` the other direction; times start with the largest."""
    async with runs(10) as table:
        await table.press("O", "R")
        requests = [(event.key, event.descending) for event in table.messages_of(RunTable.SortRequested)]
        assert requests == [(SortKey.DURATION, True), (SortKey.CREATED, False)]


async def test_orders_of_hidden_columns_are_not_in_turn(runs: Any) -> None:
    """The key sorts by decision and stars only while their columns are shown."""
    async with runs(5) as table:
        for columns, orders in (
            ((), {SortKey.STATUS, SortKey.WEBHOOK, SortKey.PROMPT, SortKey.DURATION, SortKey.CREATED}),
            (("sign", "decision", "stars", "prompt"), set(SortKey)),
        ):
            table.table.columns = columns
            offered = set()
            for _ in SortKey:
                await table.press("O")
                request = table.messages_of(RunTable.SortRequested)[-1]
                table.table.show(table.source, request.key, request.descending)
                offered.add(request.key)
            assert offered == orders


async def test_the_mouse_selects_opens_sorts_and_scrolls(runs: Any) -> None:
    """A click selects, a double click opens, a title sorts, and the wheel scrolls without the cursor."""
    async with runs(100) as table:
        await table.pilot.click(table.sheet, offset=(20, 5))
        assert table.cursor() == 5
        await table.pilot.click(table.sheet, offset=(20, 7), times=2)
        assert [event.row for event in table.messages_of(RunTable.Opened)] == [7]
        prompt = next(place for place in table_layout(98, len("Sunset")).positions if place.column.title == "prompt")
        await table.pilot.click(table.sheet, offset=(prompt.x, 0))
        request = table.messages_of(RunTable.SortRequested)[-1]
        assert (request.key, request.descending) == (SortKey.PROMPT, False)
        table.sheet.post_message(MouseScrollDown(table.sheet, 5, 5, 0, 0, 0, False, False, False))
        await table.pilot.pause()
        assert (table.cursor(), table.shown_ids()[0]) == (7, 4)
        await table.pilot.click(table.sheet, offset=(97, 20))
        assert table.shown_ids()[-1] == 100


async def test_a_click_takes_the_focus_and_hovering_draws_nothing(runs: Any) -> None:
    """A click on any line focuses the table, and hovering draws nothing."""
    async with runs(100) as table:
        table.app.set_focus(None)
        await table.pilot.pause()
        table.redrawn.clear()
        await table.pilot.hover(table.sheet, offset=(20, 5))
        await table.pilot.hover(table.sheet, offset=(20, 8))
        assert table.redrawn == []
        await table.pilot.click(table.sheet, offset=(20, 5))
        assert table.table.has_focus


async def test_a_title_redraws_the_border_only(runs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Setting title or subtitle draws only the border."""
    async with runs(100) as table:
        drawn_regions: list[Region] = []
        monkeypatch.setattr(Widget, "refresh", lambda self, *regions, **_: drawn_regions.extend(regions))
        table.table.border_subtitle = Content("3 active")
        rows = table.sheet.size.region
        assert not any(region.overlaps(rows) for region in drawn_regions)
        assert Region.from_union(drawn_regions).size == table.table.outer_size
        assert sum(region.area for region in drawn_regions) == table.table.outer_size.area - rows.area


async def test_a_name_given_later_shows(runs: Any) -> None:
    """A renamed webhook is shown with its new name."""
    async with runs(3) as table:
        assert "Sunset" in table.screen()[1]
        table.table.names = {"wh_abc123xyz": SafeText("Dawn")}
        assert "Dawn" in table.screen()[1]


async def test_focus_is_seen_on_the_bar_and_theme_on_everything(runs: Any) -> None:
    """The bar shows the focus, and another theme recolours all lines."""
    async with runs(3) as table:
        focused = table.sheet.render_line(1)
        table.app.set_focus(None)
        await table.pilot.pause()
        blurred = table.sheet.render_line(1)
        assert focused.text == blurred.text
        assert focused != blurred
        table.app.theme = "cordage-light"
        await table.pilot.pause()
        assert [segment.style for segment in table.sheet.render_line(2)] != [segment.style for segment in blurred]
        assert table.sheet.render_line(2).text.split()[1] == "2m"


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (3, 3), (4, 5), (12, 3), (40, 12), (250, 60)])
async def test_lines_fill_the_table_at_any_size(runs: Any, size: tuple[int, int]) -> None:
    """Every line is as wide as the table at any size."""
    async with runs(100, size=size) as table:
        await table.press("j", "G", "pageup")
        width, height = table.sheet.size
        assert all(table.sheet.render_line(y).cell_length == width for y in range(height))


async def test_resize_keeps_the_cursor_in_sight(runs: Any) -> None:
    """After the terminal shrinks, the row of the cursor is still visible."""
    async with runs(100) as table:
        await table.press(*["j"] * 15)
        await table.pilot.resize_terminal(50, 10)
        await table.pilot.pause()
        assert table.cursor() in table.shown_ids()
        assert "webhook" not in table.screen()[0]


async def test_markup_and_control_in_a_prompt_are_words(runs: Any, row: MakeRow) -> None:
    """Markup and escape sequences of a prompt are shown as text (docs/dev/library-traps.md T5, T6)."""
    given = [row(1, prompt=one_line("[/x] [bold]a\x1b]0;PWNED\x07"))]
    async with runs(given=given) as table:
        assert "[/x] [bold]a␛]0;PWNED␇" in table.screen()[1]


async def test_times_stand_still_while_a_webhook_cannot_be_read(runs: Any, row: MakeRow) -> None:
    """Times of a webhook that cannot be read stay at its last read through all ticks."""
    running = row(1, status=Status.RUNNING)
    async with runs(given=[running]) as table:
        table.table.stale = {running.webhook_key: running.created_at + 7}
        table.table.tick(running.created_at + 700)
        await table.pilot.pause()
        assert "0:07" in table.screen()[1 + table.line_of(1)]


async def test_the_cursor_comes_back_to_its_row_unless_it_was_moved(runs: Any, rows: Any) -> None:
    """The cursor returns to a row that a query left out, unless the user moved it meanwhile."""
    async with runs(20) as table:
        everything, few = table.source, rows(table.source.rows[10:13])
        await table.press("j", "j")
        chosen = table.cursor()
        for keys, held, stays in (([], False, chosen), (["j"], False, None), ([], True, None)):
            table.table.show(few, SortKey.CREATED, True)
            await table.press(*keys)
            if held:
                table.table.go_to(table.cursor())
            there = table.cursor()
            assert there != chosen
            table.table.show(everything, SortKey.CREATED, True)
            assert table.cursor() == (stays if stays is not None else there)
            table.table.go_to(chosen)


async def test_inputs_stand_in_columns(runs: Any) -> None:
    """On a wide screen the inputs that vary stand beside the prompt, and a chosen input has its own column."""
    async with runs(3, size=(200, 12)) as table:
        assert "inputs" not in table.screen()[0], "nothing is known of inputs yet"
        sent = {1: "7", 2: "8", 3: "8"}
        table.source.sent = {n: {"ratio": SafeText("1:1"), "seed": SafeText(seed)} for n, seed in sent.items()}
        await table.changed(1, 2, 3)
        assert "inputs" in table.screen()[0]
        assert [line.split("prompt")[1].split()[1:3] for line in table.screen()[1:4]] == [
            ["seed", seed] for seed in sent.values()
        ]
        table.table.columns = ("sign", "input.ratio", "prompt")
        await table.pilot.pause()
        assert [line.split()[1] for line in table.screen()[1:4]] == ["1:1"] * 3
