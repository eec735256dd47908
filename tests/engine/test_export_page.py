"""The page of a contact sheet is inert, whatever stands in prompts, headings and names."""

from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText, safe
from cordage_tui.engine.images.sheet_export import PageCell, SheetPage, html

SIGNED = "https://storage.example/a.png?signature=secret"
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    "javascript:alert(1)",
    "</title></style><svg/onload=alert(1)>",
    "&lt;b&gt; {{7*7}} ${7*7}",
    "https://evil.example/",
]


class Read(HTMLParser):
    """All tags with their attributes, and the text between."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def page(words: str, *, table: bool = False) -> SheetPage:
    said = safe(words)
    cells = tuple(
        PageCell(OutputRef(RowId(n), 1, SIGNED) if n < 3 else None, said, SafeText(f"kept · {said}"), said)
        for n in range(4)
    )
    return SheetPage(said, SafeText("now"), cells, (said,) * 2 if table else (), (said,) * 2 if table else ())


def files(of: SheetPage) -> dict[OutputRef, str]:
    return dict(zip(of.outputs, ("a b#1.png", "2.mp4", "x.txt"), strict=True))


def assert_inert(text: str) -> Read:
    read = Read(text)
    allowed = {
        *("html", "meta", "title", "style", "h1", "small", "div", "table", "tr", "th", "td", "figure", "figcaption"),
        *("a", "img", "video", "audio"),
    }
    assert {tag for tag, _ in read.tags} <= allowed
    for tag, attributes in read.tags:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], tag
        for name in ("src", "href"):
            assert unquote(attributes.get(name) or "x.txt") in ("a b#1.png", "2.mp4", "x.txt")
    assert "secret" not in text and "storage.example" not in text
    return read


def test_hostile_words_stay_words() -> None:
    """They are on the page as they are, and nothing of them is markup."""
    for words in HOSTILE:
        for table in (False, True):
            of = page(words, table=table)
            assert words in "".join(assert_inert(html(of, files(of))).texts)


@given(st.text(max_size=80))
def test_any_text_stays_text(words: str) -> None:
    """Whatever it is."""
    of = page(words, table=True)
    assert_inert(html(of, files(of)))


def test_the_policy_allows_local_files_and_this_style_only() -> None:
    """No script, no frame, nothing from the network; the style is known by its hash."""
    text = html(page("fox"), {})
    policy = next(a["content"] for _, a in Read(text).tags if a.get("http-equiv") == "Content-Security-Policy") or ""
    assert policy.startswith("default-src 'none';") and "http" not in policy and "unsafe" not in policy
    style = text.split("<style>")[1].split("</style>")[0]
    assert b64encode(sha256(style.encode()).digest()).decode() in policy
    assert "@import" not in style and "url(" not in style


def test_each_kind_of_file_is_shown_as_what_it_is_and_a_missing_one_is_told() -> None:
    """A text is only linked: a browser would show what stands in it."""
    of = page("fox")
    tags = [tag for tag, _ in Read(html(of, files(of))).tags]
    assert tags.count("img") == 1 and tags.count("video") == 1 and tags.count("a") == 2
    bare = html(of, {})
    assert "<img" not in bare and bare.count('<div class="none">fox</div>') == 4


def test_a_table_has_its_headings_beside_its_rows() -> None:
    """Two rows of two."""
    of = page("fox", table=True)
    tags = [tag for tag, _ in Read(html(of, {})).tags]
    assert tags.count("tr") == 3 and tags.count("td") == 4 and tags.count("th") == 3 + 2
