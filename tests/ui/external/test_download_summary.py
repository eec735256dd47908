"""Downloads are reported once, together."""

from pathlib import Path

from cordage_tui.domain.download import Download, DownloadState, EnqueueResult
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.external.download_actions import DOWNLOADS_AT_ONCE, DownloadSummary, begun_words, combine

W = SafeText("w")
DIR = Path("/d/Sunset")


def download_of(id: int, state: DownloadState, error: str | None = None) -> Download:
    """Return a download in that state."""
    path = DIR / f"{id}.png" if state is DownloadState.DONE else None
    return Download(id, RowId(1), id, state, path, 10, 10, 0, None, SafeText(error) if error else None)


def standing(*downloads: Download):
    """Return a store with these downloads."""
    return lambda ids: [download for download in downloads if download.id in ids]


def test_downloads_are_reported_once_the_last_has_ended():
    """All downloads are reported together and once, with the folder that they share."""
    harvest = DownloadSummary()
    harvest.add([1, 2, 3])
    assert harvest.update(standing(download_of(1, DownloadState.DONE), download_of(2, DownloadState.LOADING))) is None
    assert harvest.next == [2, 3]
    ended = [
        download_of(1, DownloadState.DONE),
        download_of(2, DownloadState.DONE),
        download_of(3, DownloadState.DONE),
        download_of(9, DownloadState.DONE),
    ]
    assert harvest.update(standing(*ended)) == ("3 downloads done · /d/Sunset", False)
    assert harvest.update(standing(*ended)) is None


def test_what_failed_says_why_and_what_was_dropped_is_no_news():
    """The report has the reason of a failure, and leaves out downloads that the user dropped."""
    harvest = DownloadSummary()
    harvest.add([1, 2, 3])
    ended = [
        download_of(1, DownloadState.DONE),
        download_of(2, DownloadState.FAILED, "It is not there."),
        download_of(3, DownloadState.DROPPED),
    ]
    assert harvest.update(standing(*ended)) == ("1 done, 1 download failed: It is not there.", True)
    harvest.add([3])
    assert harvest.update(standing(download_of(3, DownloadState.DROPPED))) is None and harvest.next == []


def test_one_says_where_the_file_is():
    """The report of a single download has the path of its file."""
    harvest = DownloadSummary()
    harvest.add([1])
    assert harvest.update(standing(download_of(1, DownloadState.DONE))) == ("1 download done · /d/Sunset/1.png", False)


def test_asking_says_what_is_new_and_what_was_there():
    """The message at the start counts new and existing files, and names the key of the list."""
    there = (DIR / "1.png", DIR / "2.png")
    assert begun_words(EnqueueResult(3, (), (1, 2, 3)), W) == "Downloading 3 files · w"
    assert begun_words(EnqueueResult(1, there, (1,)), W) == "Downloading 1 file; 2 already downloaded · w"
    assert begun_words(EnqueueResult(0, (), (1,)), W) == "1 already downloading · w"
    assert begun_words(EnqueueResult(0, there, ()), W) == "2 already downloaded: /d/Sunset"
    assert begun_words(EnqueueResult(0, there[:1], ()), SafeText("")) == "1 already downloaded: /d/Sunset/1.png"
    assert begun_words(EnqueueResult(1, (), (1,)), SafeText("")) == "Downloading 1 file"


def test_of_thousands_only_the_next_are_looked_at():
    """Each look reads only the next downloads, so its cost does not grow with their number."""
    harvest, asked_counts = DownloadSummary(), []
    harvest.add(range(1, 5_001))

    def some(ids, done=300):
        asked_counts.append(len(ids))
        return [download_of(id, DownloadState.DONE if id <= done else DownloadState.WAITING) for id in ids]

    assert harvest.update(some) is None and harvest.update(some) is None
    assert asked_counts == [DOWNLOADS_AT_ONCE] * 4 and harvest.next[0] == 301
    assert harvest.update(lambda ids: some(ids, 5_000)) == ("5,000 downloads done · /d/Sunset", False)


def test_askings_add_up():
    """Results of several requests are added up."""
    a, b = EnqueueResult(1, (DIR / "1.png",), (1,)), EnqueueResult(2, (), (2, 3))
    assert combine([a, b]) == EnqueueResult(3, (DIR / "1.png",), (1, 2, 3))
