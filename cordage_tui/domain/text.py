"""Secrets, and text that is safe to print: control characters escaped, secrets masked."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any, Final, Literal, NewType, NoReturn

# Values that must not appear in a log, a traceback, a screenshot or an export.

_MASK: Final = "***"


class Secret:
    """A string that shows as `***` however it is printed; `reveal` is the one way to its value."""

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        """Return the value itself. Call it only for the wire or a credentials file."""
        return self.__value

    def __repr__(self) -> str:
        return f"Secret({_MASK})"

    def __str__(self) -> str:
        return _MASK

    def __format__(self, spec: str) -> str:
        return format(_MASK, spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.__value == self.__value

    def __hash__(self) -> int:
        return hash((Secret, self.__value))

    def __bool__(self) -> bool:
        return bool(self.__value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")

    def __deepcopy__(self, memo: dict[int, Any]) -> "Secret":
        return self


def masked(webhook_key: str) -> str:
    """Shorten a webhook key for screens, `wh_a…xyz`: enough to distinguish two, too little to call one."""
    return f"{webhook_key[:4]}…{webhook_key[-3:]}" if len(webhook_key) > 9 else f"{webhook_key[:3]}…"


# The choke point for text from outside.
#
# Neither Textual nor Rich strips terminal control. An escape sequence in a prompt, an error or a URL would reach the
# terminal whole. Every string from a server, the disk or the environment passes `safe` or `one_line` before it is
# shown. These return `SafeText`, and the values for screens hold nothing else. Raw strings live only in the database
# and on the wire.

SafeText = NewType("SafeText", str)
"""Text that no terminal can mistake for a command: control, bidi and invisible characters are in visible form."""

MAX_SHOWN: Final = 100_000
"""Characters of one string that are shown at most; the rest is replaced by an ellipsis."""

MAX_COMBINING: Final = 8
"""Combining marks kept on one base character; more would paint over neighbouring lines."""

_NONCHARACTERS: Final = "".join(chr(plane + 0xFFFE) + chr(plane + 0xFFFF) for plane in range(0, 0xE0000, 0x10000))
_SUSPECT: Final = (
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\ue000-\uf8ff\ud800-\udfff\ufdd0-\ufdef"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    f"{_NONCHARACTERS}\U000e0000-\U0010ffff]"
)
_CROWDS: Final = r"[^\w\x00-\u02ff]{9,}"
"""Runs of more than `MAX_COMBINING` characters that may all be combining marks: they contain no letter or digit."""
_KEYCAP_CUT: Final = r"[0-9#*]\ufe0f\Z"
_BREAKS: Final = r"[ \t\n]+"


def safe(value: str, limit: int = MAX_SHOWN) -> SafeText:
    """Return `value` without anything that acts on a terminal; newlines and tabs stay. Idempotent.

    C0 controls become their Unicode pictures (ESC → ␛). Other characters that are invisible or reorder text become
    `<U+XXXX>`. A joiner or an emoji selector stays if it follows an emoji or makes a keycap. A text longer than
    `limit` characters is cut with `…`.
    """
    text = _cut(value, limit)
    if text.isascii() and text.isprintable():
        return SafeText(text)
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    if _pattern(_SUSPECT).search(text):
        text = _made_visible(text)
    text = _pattern(_CROWDS).sub(_thinned, text)
    return SafeText(_cut(text, limit))


def _cut(text: str, limit: int) -> str:
    """Cut `text` to `limit` characters, the last of them `…`; a keycap is not cut within."""
    if len(text) <= limit:
        return text
    kept = text[: max(0, limit - 1)]
    return (kept[:-1] if _pattern(_KEYCAP_CUT).search(kept, max(0, len(kept) - 2)) else kept) + "…"


def safe_unlimited(value: str) -> SafeText:
    """Return `safe` without a limit of length. For text that leaves the program: the clipboard, a file."""
    return safe(value, limit=len("<U+10FFFF>") * len(value))


def one_line(value: str, limit: int = 500) -> SafeText:
    """`safe`, on one line: runs of white space become one space. For table cells, titles and toasts."""
    if len(value) <= limit and value.isascii() and value.isprintable() and "  " not in value:
        return SafeText(value.strip())  # as most text is, and lists have thousands
    return SafeText(_pattern(_BREAKS).sub(" ", safe(value, limit)).strip())


def visible_id(value: str) -> SafeText:
    """Return `safe`, on one line and whole, with line breaks and tabs in visible form too. For ids, one per line."""
    return SafeText(safe_unlimited(value).replace("\n", "␊").replace("\t", "␉"))


@cache
def _pattern(text: str) -> re.Pattern[str]:
    """Compile a pattern when it is first needed: it takes a millisecond, and most text is plain ASCII."""
    return re.compile(text)


# What Python's tables of characters say. They are loaded at the first text that is not ASCII.


def normalized(text: str, form: Literal["NFC", "NFKC"]) -> str:
    """Return the text in a normal form of Unicode."""
    from unicodedata import normalize

    return normalize(form, text)


def _category(char: str) -> str:
    from unicodedata import category

    return category(char)


def is_word_character(char: str) -> bool:
    """Return whether a character is a letter, a mark or a decimal digit."""
    kind = _category(char)
    return kind[0] in "LM" or kind == "Nd"


def cells(char: str) -> int:
    """Return the width of a character on a terminal, in cells."""
    from unicodedata import combining, east_asian_width

    if combining(char) or _category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if east_asian_width(char) in "WF" else 1


def closest(word: str, known: Sequence[str], cutoff: float) -> str | None:
    """Return the known word that is spelt most like `word`, in any case; None: all are less alike than `cutoff`, 0 to 1."""
    from difflib import get_close_matches

    folded_names = {name.casefold(): name for name in known}
    matches = get_close_matches(word[:80].casefold(), folded_names, n=1, cutoff=cutoff)
    return folded_names[matches[0]] if matches else None


def folded(text: str) -> str:
    """Fold `text` for comparison: case and composition do not matter."""
    if text.isascii():
        return text.lower()
    return normalized(text, "NFC").casefold()


def _made_visible(text: str) -> str:
    suspect = _pattern(_SUSPECT)
    visible_chars: list[str] = []
    for place, char in enumerate(text):
        before, after = visible_chars[-1] if visible_chars else "", text[place + 1 : place + 2]
        is_shown = suspect.match(char) is None or _is_part_of_emoji(char, before, after)
        visible_chars.append(char if is_shown else _visible(char))
    return "".join(visible_chars)


def _visible(char: str) -> str:
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"<U+{code:04X}>"


_EMOJI: Final = "‼⁉ℹ↔◽◾〰"
"""Characters with an emoji form whose category is neither So nor Sk."""
_KEYCAPS: Final = "0123456789#*"


def _is_part_of_emoji(char: str, before: str, after: str) -> bool:
    """Return whether a joiner or an emoji selector belongs to the emoji before it. `before` is the visible text
    before it."""
    if char == "\ufe0f":
        return _is_pictographic(before) or (before != "" and before in _KEYCAPS and after == "\u20e3")
    return char == "\u200d" and (before == "\ufe0f" or _is_pictographic(before))


def _is_pictographic(char: str) -> bool:
    """Return whether a character is an emoji or a skin tone (categories So and Sk, and a few others)."""
    return len(char) == 1 and (char in _EMOJI or _category(char) in {"So", "Sk"})


def _thinned(crowd: re.Match[str]) -> str:
    """Leave out the combining marks of a run that are too many for their base character."""
    kept: list[str] = []
    marks = 0
    for char in crowd.group():
        marks = marks + 1 if _category(char).startswith("M") else 0
        if marks <= MAX_COMBINING:
            kept.append(char)
    return "".join(kept)


# Secrets are left out of text about a run: signed parts of URLs and the webhook's key.

_URL: Final = (
    r"""://(?P<user>[^ \t\r\n/?#"]*@)?(?P<rest>[^ \t\r\n?#"]*)"""
    r"""(?P<tail>[?#](?:(?!"(?:[\s,}\]]|$))[^ \t\r\n])*)?"""
)
"""A URL ends at white space, or at a quote that ends a JSON string; all other characters may be part of a signature."""


def redact(text: str, webhook_key: str = "") -> SafeText:
    """`text` made safe, with each URL's user part, query and fragment as `…`, and the webhook key masked.

    docs/dev/faults.md 129, rule 6: a signed URL lets anybody who sees it fetch the output, a webhook key anybody run it.
    """
    covered = _pattern(_URL).sub(_cover, safe(text))
    return SafeText(covered.replace(webhook_key, masked(webhook_key)) if webhook_key else covered)


def veil_link(text: SafeText) -> SafeText:
    """Redact the link of an output like `redact`; all text after its first `?` or `#` is covered too, because it is
    one URL."""
    bare, mark, tail = re.match(r"([^?#]*)([?#]?)(.*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
    return SafeText(redact(bare) + (f"{mark}…" if tail else ""))


def _cover(match: re.Match[str]) -> str:
    user, tail = "…@" if match["user"] else "", match["tail"] or ""
    return f"://{user}{match['rest']}" + (f"{tail[0]}…" if len(tail) > 1 else "")


# Text with advice: it names an action, never a key or a command.
#
# Engine and store do not know whether a screen or a shell shows their text. The app names the key that the user has given
# to the action, the command line the command that does the same.


class AdvisedText(str):
    """Safe text together with the id of the next action. As text it is only the sentence."""

    __slots__ = ("action",)
    action: str
    """As in the list of bindings, such as `queue.resume`."""


def advised(sentence: str, action: str | None) -> SafeText:
    """Attach an action to `sentence`; None: there is none."""
    text = safe(sentence)
    if action is None:
        return text
    advised_text = AdvisedText(text)
    advised_text.action = action
    return SafeText(advised_text)


def action_of(text: str | None) -> str | None:
    """The id of the action that leads on; None: the text names none."""
    return text.action if isinstance(text, AdvisedText) else None


BUG_ADVICE: Final = SafeText(
    "cordage-tui ended by a bug of its own. What you submitted is on disk: start it again and it is there.\n"
    "What was being sent just now will show as uncertain; it is not sent again by itself.\n"
    "To report it, within 15 minutes: cordage-tui doctor --bundle bundle.txt"
)
_KEY_LIKE: Final = r"cordage_(?!tui(?![\w-]))[!#-&(-~]+"
"""Up to white space or a quote; `cordage_tui` is the name of this package."""


_LOCAL: Final = 300
"""Characters of a local variable in a traceback."""


def holds_api_key(text: str) -> bool:
    """Return whether something in `text` looks like an API key."""
    return _pattern(_KEY_LIKE).search(text) is not None


def hide_keys(text: str) -> str:
    """Remove everything that looks like an API key from `text`."""
    return _pattern(_KEY_LIKE).sub("cordage_…", text)


def without_keys(text: str) -> SafeText:
    """`hide_keys`, and made safe."""
    return safe(hide_keys(text))


def traceback_text(error: BaseException, *, with_locals: bool = False) -> SafeText:
    """Files, lines and the error, with nothing that looks like an API key. `with_locals` shows local variables, for the demo
    only: they may be prompts. Those that hold the environment are left out there too."""
    import traceback  # only for a bug

    report = traceback.TracebackException.from_exception(error, capture_locals=with_locals)
    for frame in report.stack:
        shown = (frame.locals or {}).items()
        frame.locals = {name: value[:_LOCAL] for name, value in shown if "environ" not in name + value}
    return without_keys("".join(report.format()))
