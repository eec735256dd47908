"""Words for what was almost right."""

from collections.abc import Sequence

from cordage_tui.domain.text import one_line


def suggest(word: str, known: Sequence[str]) -> str:
    """` Did you mean …?` for a word that is close to a known one, whatever its case, else nothing. Starts with a space."""
    import difflib

    folded = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(word[:80].casefold(), folded, n=1, cutoff=0.6)
    return f" Did you mean {one_line(folded[close[0]], 80)!r}?" if close else ""
