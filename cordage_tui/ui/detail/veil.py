"""What is left out when text about a run is shown: signed parts of URLs and the webhook's key are secrets."""

import re
from typing import Final

from cordage_tui.domain.secret import masked
from cordage_tui.domain.text import SafeText, safe

_URL: Final = re.compile(
    r"""://(?P<user>[^\s/?#"'<>]*@)?(?P<rest>[^\s?#"'<>]*)(?P<query>\?[^\s#"'<>]*)?(?P<fragment>\#[^\s"'<>]*)?""",
)


def veil(text: str, webhook_key: str = "") -> SafeText:
    """`text` made safe, with each URL's query, fragment and user part as `…`, and the webhook key masked.

    FAULTS.md C 129 and D 6: a signed URL lets anybody who sees it fetch the output, a webhook key anybody run it.
    """
    covered = _URL.sub(_cover, safe(text))
    return SafeText(covered.replace(webhook_key, masked(webhook_key)) if webhook_key else covered)


def veil_link(text: SafeText) -> SafeText:
    """An output as `veil` shows it; where it is no URL at all, whatever follows `?` or `#` is covered as well."""
    if "://" in text:
        return veil(text)
    bare = re.split(r"[?#]", text, maxsplit=1)[0]
    return text if bare == text else SafeText(f"{bare}?…")


def _cover(match: re.Match[str]) -> str:
    user = "…@" if match["user"] else ""
    query = "?…" if len(match["query"] or "") > 1 else ""
    fragment = "#…" if len(match["fragment"] or "") > 1 else ""
    return f"://{user}{match['rest']}{query}{fragment}"
