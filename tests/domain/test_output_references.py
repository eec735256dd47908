"""Names of outputs, signatures of their links, and kinds of their files."""

import pytest

from cordage_tui.domain.inputs import fingerprint
from cordage_tui.domain.output import FileKind, OutputReference, is_reference, output_key, url_file_name
from cordage_tui.domain.urls import expires_at, is_signed, unsigned

URL = "https://storage.trycordage.com/outputs/image_001.png"


@pytest.mark.parametrize(
    ("text", "run", "number"),
    [
        ("@run:550e8400#2", "550e8400", 2),
        (" @run:550e8400-e29b-41d4-a716-446655440000#12 ", "550e8400-e29b-41d4-a716-446655440000", 12),
        ("@run:550e8400", "550e8400", 1),
        ("@run:@41#3", "@41", 3),
    ],
)
def test_a_name_of_an_output_is_read(text: str, run: str, number: int) -> None:
    """A name of an output is the beginning of the run's id or its row, then the output's number, by default 1."""
    assert OutputReference.parse(text) == OutputReference(run, number)


@pytest.mark.parametrize("text", ["@run:", "@run:550e8400#", "@run:550e8400#x", "@run:a b#1", "@run:550e8400#2 and"])
def test_half_a_name_is_meant_as_one_and_names_nothing(text: str) -> None:
    """Half a name is treated as a name that finds nothing, so it is refused and never sent as text."""
    assert is_reference(text)
    assert OutputReference.parse(text) is None


@pytest.mark.parametrize("value", ["a fox", "run:550e8400#2", "mail @run:550e8400", 7, None, ["@run:550e8400#2"]])
def test_other_values_are_no_names(value: object) -> None:
    """Only a text that is a reference as a whole counts as one."""
    assert not is_reference(value)
    assert OutputReference.parse(value) is None


def test_a_body_is_the_same_however_its_links_are_signed() -> None:
    """Links that differ only in their signatures make equal bodies, because each read of a run signs its links
    again."""
    body = {"prompt": "fox", "image_url": f"{URL}?expires=1&signature=aa"}
    other = {"prompt": "fox", "image_url": f"{URL}?expires=2&signature=bb"}
    assert fingerprint(body) == fingerprint(other) == fingerprint({"prompt": "fox", "image_url": URL})
    assert output_key(body["image_url"]) == output_key(other["image_url"])


@pytest.mark.parametrize(
    "other",
    [
        "https://storage.trycordage.com/outputs/image_002.png?expires=1&signature=aa",
        f"{URL}?expires=1&signature=aa&width=9",
        f"see {URL}?expires=1&signature=aa",
    ],
)
def test_bodies_that_differ_in_more_than_a_signature_differ(other: str) -> None:
    """Bodies that differ in a file, another parameter, or text around a link are different."""
    assert fingerprint({"image_url": f"{URL}?expires=1&signature=aa"}) != fingerprint({"image_url": other})


@pytest.mark.parametrize(
    ("query", "expires"),
    [
        ("expires=1705314600&signature=x", 1_705_314_600.0),
        ("Expires=1705314600&Signature=x&Key-Pair-Id=y", 1_705_314_600.0),
        ("X-Amz-Date=20240115T103000Z&X-Amz-Expires=3600&X-Amz-Signature=x", 1_705_314_600.0 + 3600),
        ("X-Goog-Date=20240115T103000Z&X-Goog-Expires=60&X-Goog-Signature=x", 1_705_314_600.0 + 60),
        ("se=2024-01-15T10%3A30%3A00Z&sig=x", 1_705_314_600.0),
        ("token=abc", None),
        ("Expires=soon&Signature=x", None),
        ("Expires=" + "9" * 40 + "&Signature=x", None),
    ],
)
def test_a_signed_link_says_itself_when_it_expires(query: str, expires: float | None) -> None:
    """The expiry of a signed link is read for the usual storages; without a readable number it is unknown."""
    assert is_signed(f"{URL}?{query}")
    assert expires_at(f"{URL}?{query}") == expires


@pytest.mark.parametrize("url", [URL, f"{URL}?width=9", "a fox", "", "https://[bad"])
def test_what_is_not_signed_does_not_expire(url: str) -> None:
    """A link without signing parameters does not expire."""
    assert not is_signed(url)
    assert expires_at(url) is None
    assert unsigned(url) == url


@pytest.mark.parametrize(
    ("url", "name", "kind"),
    [
        (f"{URL}?expires=1", "image_001.png", FileKind.IMAGE),
        ("https://a.example/x/Loop%201.MP4", "Loop 1.MP4", FileKind.VIDEO),
        ("https://a.example/caption.json", "caption.json", FileKind.JSON),
        ("https://a.example/a%1b%5b2J.png", "a␛[2J.png", FileKind.IMAGE),
        ("https://a.example/a.flac?x=y.png", "a.flac", FileKind.AUDIO),
        ("https://a.example/story.txt", "story.txt", FileKind.TEXT),
        ("https://a.example", "", FileKind.OTHER),
    ],
)
def test_the_file_of_a_link_has_a_name_and_a_kind(url: str, name: str, kind: FileKind) -> None:
    """The end of a link's path gives the file's name, made safe, and its kind."""
    assert url_file_name(url) == name
    assert FileKind.of(url) is kind
