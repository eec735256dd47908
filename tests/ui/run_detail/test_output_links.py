"""The numbered links: their text, their target, and the files of outputs."""

import re
from pathlib import Path

import pytest

from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import safe
from cordage_tui.ui.run_detail.output_links import HOLD_S, HyperlinkTargets, outputs

URL = "https://storage.example.com/outputs/a.png?expires=1&signature=abc"
ONE = RowId(1)


def reach(able=True, loopback=False, files=None) -> tuple:
    """Return the arguments for the links of these lines."""
    return 0.0, HyperlinkTargets(able=able, loopback=loopback), files or {}


def targets(lines) -> list[str]:
    """Return the targets of the links of these lines."""
    return [span.style.link for line in lines for span in line.spans if getattr(span.style, "link", None)]


def test_a_link_leads_to_the_whole_address_and_shows_no_secret(make):
    """The text of a link hides the signature, and its target is the whole address."""
    lines = outputs(make(outputs=(safe(URL),)), 80, *reach())
    assert [line.plain for line in lines] == ["1 a.png"]
    assert targets(lines) == [URL]


@pytest.mark.parametrize(
    "url",
    [
        "http://storage.example.com/a.png",
        "http://127.0.0.1/a.png",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://user:pass@storage.example.com/a.png",
        "https://evil\\@storage.example.com/",
        "https://storage.example.com/a\x1b]8;;x",
        "https://10.0.0.1/a.png",
        "//storage.example.com/a",
    ],
)
def test_what_breaks_the_rule_leads_nowhere(make, url):
    """An unsafe address is listed without a link."""
    assert targets(outputs(make(outputs=(safe(url),)), 80, *reach())) == []


def test_the_demo_may_link_to_this_machine(make):
    """In the demo a link to this machine is allowed."""
    url = "http://127.0.0.1:8000/a.png?sig=1"
    assert targets(outputs(make(outputs=(safe(url),)), 80, *reach(loopback=True))) == [url]


def test_a_terminal_that_shows_sequences_gets_none(make):
    """A terminal without links gets the same text without one."""
    plain, linked = (outputs(make(outputs=(safe(URL),)), 80, *reach(able=able)) for able in (False, True))
    assert targets(plain) == [] and plain[0].plain == linked[0].plain


def test_a_host_is_shown_as_it_is_looked_up(make):
    """A host with lookalike letters is shown encoded, and a target is plain ASCII (docs/dev/faults.md 114)."""
    url = "https://st\u043erage.example.com/\u72d0.png"
    (line,) = outputs(make(outputs=(safe(url),)), 80, *reach())
    assert "xn--" in line.plain and "\u043e" not in line.plain
    assert all(re.fullmatch(r"[!-~]+", target) for target in targets([line]))


def test_a_downloaded_output_says_where_it_is(make, monkeypatch):
    """The path of a downloaded file is below its link, with `~` for home, and cut in the middle."""
    monkeypatch.setenv("HOME", "/home/me")
    files = {2: Path("/home/me/Downloads/cordage/Sunset/2026-11-25/550e8400-2.png")}
    urls = tuple(safe(f"https://s.example.com/{n}.png") for n in (1, 2))
    wide, narrow = (outputs(make(outputs=urls), width, *reach(files=files)) for width in (80, 30))
    assert [line.plain for line in wide][1:] == [
        "2 2.png",
        "  ✔ ~/Downloads/cordage/Sunset/2026-11-25/550e8400-2.png",
    ]
    assert narrow[2].plain.endswith("550e8400-2.png"[-8:]) and narrow[2].cell_length <= 30


def test_a_file_signed_anew_keeps_its_link_for_a_while():
    """A new signature replaces the link only after a while, because a changed line costs output; another file replaces
    it at once."""
    links = HyperlinkTargets(able=True, loopback=False)
    first = links.of(ONE, 1, safe(URL), 0.0)
    again, other = safe(URL + "d"), safe("https://storage.example.com/outputs/b.png?x")
    assert links.of(ONE, 1, again, HOLD_S - 1) is first
    assert str(links.of(ONE, 1, again, HOLD_S + 1)) == again
    assert str(links.of(ONE, 1, other, HOLD_S + 2)) == other
    assert str(links.of(RowId(2), 1, safe(URL), HOLD_S + 3)) == URL


async def test_signing_anew_repaints_nothing(opened, make):
    """Reading a run again with new signatures repaints nothing."""
    async with opened(60, 20) as driver:
        driver.pane.links = HyperlinkTargets(able=True, loopback=False)
        await driver.show(make(outputs=(safe(URL),)))
        driver.forget()
        await driver.show(make(outputs=(safe(URL + "d"),)))
        assert driver.pane.repainted == []
        await driver.show(make(outputs=(safe("https://storage.example.com/outputs/other.png"),)))
        assert driver.pane.repainted != []


def test_a_name_stands_for_its_address_only_where_that_is_followed(make):
    """An address without a link, or without a file name, is shown whole."""
    urls = ("http://storage.example.com/a.png", "https://storage.example.com/outputs/")
    lines = outputs(make(outputs=tuple(map(safe, urls))), 80, *reach())
    assert [line.plain for line in lines] == ["1 http://storage.example.com/a.png", "2 storage.example.com/outputs/"]
