"""Text that a pattern takes literally."""

import re


def escaped(text: str) -> str:
    """`text` with a backslash before each brace and bar, and each backslash that stands before one doubled."""
    return re.sub(r"(\\*)([{}|])", lambda special: f"{special[1] * 2}\\{special[2]}", text)
