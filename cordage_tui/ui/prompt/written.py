"""What may stand in an editor or a field: text that is inert on a terminal and still what its writer meant."""

import re
from typing import Final

from cordage_tui.domain.text import SafeText, safe

MAX_BYTES: Final = 2**20
"""UTF-8 bytes of one prompt at most."""

_KEPT = re.compile("([\u00ad\u200c\u200d\ufe00-\ufe0f]+)")
"""Joiners, variation selectors and soft hyphens: no terminal acts on them, and Persian, Indic scripts and emoji need
them, so an editor must give them back unchanged. `safe` alone would put their code points into the prompt."""


def editable(text: str) -> SafeText:
    """`text` fit for an editor: line ends become newlines, NUL goes, what `domain.text.safe` makes visible is visible
    (FAULTS.md C 110, 119), and joiners stay as they are. Never shortened. Idempotent."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    parts = _KEPT.split(plain)
    return SafeText("".join(p if i % 2 else safe(p, limit=8 * len(p) + 1) for i, p in enumerate(parts)))


def size(text: str) -> int:
    """UTF-8 bytes of `text`; a lone surrogate counts three."""
    return len(text.encode("utf-8", "surrogatepass"))
