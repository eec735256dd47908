"""Files of any bytes: `python -m tests.engine.batch.any_bytes 100000` reads so many of them."""

import sys
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cordage_tui.engine.batch.draft import BatchDraft
from cordage_tui.engine.batch.expand import Combine
from cordage_tui.engine.batch.pattern import BatchError
from cordage_tui.engine.batch.prompt_files import FileRequest, draft_of_text

_PIECES = st.sampled_from(
    [
        *(
            "prompt",
            "Prompt",
            "style",
            "seed",
            "seed:=",
            "sep=;",
            "sep=",
            '"',
            '""',
            "'",
            ",",
            ";",
            "\t",
            "\r",
            "\n",
            "\r\n",
        ),
        *(
            "a fox",
            "ink",
            "7",
            "1e999",
            "NaN",
            "{",
            "}",
            "{a|b}",
            "{@styles}",
            "__x__",
            "1..8",
            "take=3",
            "[",
            "]",
            ":",
            "null",
        ),
        *(
            '{"prompt": "a"}',
            '{"a": 1, "a": 2}',
            '"\\ud800"',
            "\0",
            "\ufeff",
            "\u2028",
            "\x1c",
            "caf\u00e9",
            "\U0001f98a",
            " ",
        ),
        *("9" * 5_000, "[" * 2_000, "=" * 100, "random", "TRUE"),
    ]
)
_TEXTS = st.lists(_PIECES | st.text(max_size=6), max_size=14).map("".join)
_ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
_MARKS = st.sampled_from([b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xff\xfe\0\0", b"\0\0\xfe\xff"])
_DATA = st.one_of(
    st.binary(max_size=60),
    st.builds(lambda mark, data: mark + data, _MARKS, st.binary(max_size=60)),
    st.builds(
        lambda text, encoding: text.encode(encoding, "surrogatepass" if "utf" in encoding else "replace"),
        _TEXTS,
        _ENCODINGS,
    ),
    st.builds(lambda text, cut: text.encode("utf-16", "surrogatepass")[:-cut], _TEXTS, st.integers(1, 3)),
)
_INPUTS = st.sampled_from([{}, {"style": ["ink", "oil"], "seed": "random 1..9", "hd": True, "mask": {}, "note": ""}])
FILES = st.tuples(
    _DATA,
    st.sampled_from(["a.csv", "a.tsv", "a.txt", "a.jsonl", "a.json", "a"]),
    _INPUTS,
    st.sampled_from([None, *Combine]),
)
"""Contents and names of files, inputs of their webhook, and whether patterns are expanded."""


def outcome(data: bytes, name: str, inputs: dict[str, object], combine: Combine | None) -> str:
    """Read a file: `draft`, or `error` if it is refused in words for a person."""
    try:
        draft = draft_of_text(data, Path(name), FileRequest(inputs, combine=combine, seed=7))
    except BatchError as error:
        return "error" if error.what.strip() else "no words"
    return "draft" if isinstance(draft, BatchDraft) and draft.bodies else "nothing"


def main(count: int) -> int:
    """Read so many files, and count how that ended."""
    counts: Counter[str] = Counter()

    @settings(max_examples=count, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(FILES)
    def read(file: tuple[bytes, str, dict[str, object], Combine | None]) -> None:
        counts[ended := outcome(*file)] += 1
        assert ended in ("draft", "error")

    read()
    print(", ".join(f"{number:,} {ended}" for ended, number in counts.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
