"""Secrets: API keys, webhook keys and signed links, and how they are left out of texts."""

import re
from typing import Any, Final, NoReturn

from cordage_tui.domain.safe_text import SafeText, lazy_pattern, safe

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
    covered = lazy_pattern(_URL).sub(_cover, safe(text))
    return SafeText(covered.replace(webhook_key, masked(webhook_key)) if webhook_key else covered)


def veil_link(text: SafeText) -> SafeText:
    """Redact the link of an output like `redact`; all text after its first `?` or `#` is covered too, because it is
    one URL."""
    bare, mark, tail = re.match(r"([^?#]*)([?#]?)(.*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
    return SafeText(redact(bare) + (f"{mark}…" if tail else ""))


def _cover(match: re.Match[str]) -> str:
    user, tail = "…@" if match["user"] else "", match["tail"] or ""
    return f"://{user}{match['rest']}" + (f"{tail[0]}…" if len(tail) > 1 else "")


_KEY_LIKE: Final = r"cordage_(?!tui(?![\w-]))[!#-&(-~]+"
"""Up to white space or a quote; `cordage_tui` is the name of this package."""


_LOCAL: Final = 300
"""Characters of a local variable in a traceback."""


def holds_api_key(text: str) -> bool:
    """Return whether something in `text` looks like an API key."""
    return lazy_pattern(_KEY_LIKE).search(text) is not None


def hide_keys(text: str) -> str:
    """Remove everything that looks like an API key from `text`."""
    return lazy_pattern(_KEY_LIKE).sub("cordage_…", text)


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
