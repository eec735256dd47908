"""The text of a line of the downloads."""

from datetime import UTC
from pathlib import Path

import pytest
from rich.cells import cell_len

from cordage_tui.domain.download import Download, DownloadState, TransferProgress
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.queue.downloads import DownloadRowContext, RunLabel, progress_text, row_line, subtitle, title

NOW = 1_000_000.0
PACE = TransferProgress(bytes_per_s=640_000.0, left_s=1.2)
SCENE = DownloadRowContext(
    NOW, {RowId(1): RunLabel(SafeText("Sunset [/x]"), SafeText("a fox on a hill"))}, lambda id: PACE, UTC
)


def download(state: DownloadState, **fields) -> Download:
    """Return a download of output 2 in that state."""
    values = {"path": None, "size": 2_000_000, "got": 1_200_000, "tries": 0, "not_before": None, "error": None}
    return Download(7, RowId(1), 2, state, **(values | fields))


def test_a_line_names_the_output_and_shows_its_progress():
    """A line has prompt and number, then bar, amounts, speed and time; markup in a name is text."""
    line = row_line(download(DownloadState.LOADING), SCENE, 110, cursor=True).plain
    assert line.startswith("▌↓ loading  Sunset [/x]     a fox on a hill · 2  ")
    assert line.endswith("▰▰▰▰▱▱▱▱  1.2/2.0 MB  640 KB/s  2s") and len(line) == 110


@pytest.mark.parametrize(
    ("fields", "cells", "progress"),
    [
        ({}, 40, "▰▰▰▰▱▱▱▱  1.2/2.0 MB  640 KB/s  2s"),
        ({}, 30, "▰▰▰▰▱▱▱▱  1.2/2.0 MB  2s"),
        ({}, 20, "▰▰▰▰▱▱▱▱  1.2/2.0 MB"),
        ({}, 12, "1.2/2.0 MB"),
        ({}, 5, "60%"),
        ({"got": 900_000}, 40, "▰▰▰▱▱▱▱▱  900 KB/2.0 MB  640 KB/s  2s"),
        ({"size": None}, 40, "1.2 MB  640 KB/s  2s"),
        ({"size": 0, "got": 0}, 40, "0 B  640 KB/s  2s"),
        ({"got": 3_000_000}, 20, "▰▰▰▰▰▰▰▰  3.0/2.0 MB"),
    ],
)
def test_the_longest_form_that_fits_is_shown(fields, cells, progress):
    """In a narrow line the speed is left out first, then the time, the bar, and at last all but the share."""
    assert progress_text(download(DownloadState.LOADING, **fields), SCENE, cells).plain == progress


def test_a_download_of_another_process_has_no_speed():
    """For a download of another process only the amount on disk is shown."""
    context = DownloadRowContext(NOW, {}, lambda id: None)
    assert progress_text(download(DownloadState.LOADING), context, 40).plain == "▰▰▰▰▱▱▱▱  1.2/2.0 MB"


@pytest.mark.parametrize(
    ("state", "fields", "text"),
    [
        (DownloadState.WAITING, {}, ""),
        (
            DownloadState.WAITING,
            {"error": SafeText("It broke."), "not_before": NOW + 43},
            "retry at 13:47:23: It broke.",
        ),
        (DownloadState.WAITING, {"error": SafeText("It broke."), "not_before": NOW - 1}, "retrying soon: It broke."),
        (DownloadState.FAILED, {"error": SafeText("It is not there.")}, "It is not there."),
        (DownloadState.FAILED, {}, "unknown reason"),
        (DownloadState.DONE, {"path": Path("/d/2026/a-1.png")}, "/d/2026/a-1.png"),
        (DownloadState.DONE, {"path": Path("/home/somebody/downloads/2026/a-1.png")}, "…/downloads/2026/a-1.png"),
        (DownloadState.DROPPED, {}, ""),
    ],
)
def test_each_state_has_its_words(state, fields, text):
    """The line shows why a download waits or failed, or the end of the path of its file."""
    assert progress_text(download(state, **fields), SCENE, 28).plain == text


@pytest.mark.parametrize("state", DownloadState)
def test_no_line_is_wider_than_its_panel(state):
    """No line is wider than its panel, also with wide characters."""
    context = DownloadRowContext(
        NOW, {RowId(1): RunLabel(SafeText("夕焼け" * 9), SafeText("狐" * 99))}, lambda id: PACE
    )
    path = Path("/d/" + "狐" * 60)
    for width in range(160):
        each = download(state, path=path if state is DownloadState.DONE else None, error=SafeText("壊れた" * 30))
        assert cell_len(row_line(each, context, width, cursor=True).plain) <= width


def test_the_title_counts_and_the_subtitle_describes_the_selected_download():
    """The title counts active downloads, and the subtitle shows the full text of the selected one."""
    counts = {DownloadState.LOADING: 3, DownloadState.WAITING: 1_200, DownloadState.FAILED: 2, DownloadState.DONE: 9}
    assert title(counts) == "Downloads · 3 loading · 1,200 waiting" and title({}) == "Downloads"
    assert subtitle(counts, None).plain == subtitle(counts, download(DownloadState.LOADING)).plain == "2 failed"
    assert subtitle({}, None).plain == ""
    assert subtitle(counts, download(DownloadState.FAILED, error=SafeText("It is gone."))).plain == "It is gone."
    assert subtitle(counts, download(DownloadState.DONE, path=Path("/d/a.png"))).plain == "/d/a.png"


def test_the_number_is_never_cut():
    """A long prompt is cut before the number of the output."""
    context = DownloadRowContext(NOW, {RowId(1): RunLabel(SafeText("Sunset"), SafeText("a fox " * 40))})
    assert all(
        "… · 2 " in row_line(download(DownloadState.WAITING), context, width, False).plain + " " for width in (60, 120)
    )


@pytest.mark.parametrize("width", [80, 120, 200])
def test_no_prompt_is_cut_beside_blank_cells(width):
    """A prompt is not cut while cells are free; the name of the file is at the right."""
    prompt = SafeText("a double exposure of a profile and a birch forest")
    context = DownloadRowContext(NOW, {RowId(1): RunLabel(SafeText("Product shots"), prompt)})
    done = download(DownloadState.DONE, path=Path("/home/me/Downloads/cordage/Sunset/2026-11-25/2e8df50e-2.png"))
    line = row_line(done, context, width, False).plain
    assert "2e8df50e-2.png" in line and (width < 90 or "Product shots" in line)
    assert "…" not in line.split("2e8df50e")[0].split("  ")[-2] if width >= 120 else "   " not in line[30:]
