"""How our sentences read, as far as a pattern can tell: the manual, the README, and what the program says.

A pattern is a help and not the aim: a sentence that it does not find may still be hard to read.
`TERMS` has the words that lost to another one: each thing has one name, which the glossary has (`docs/concepts.md`).

    python -m tests.test_language     prints each hit with its sentence
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from cordage_tui.domain.manual import FOLDER, TOPICS
from tests.source import Module, modules

ROOT: Final = Path(__file__).parents[1]
RULES: Final = {
    "the subject is a clause": r"(?:^|[.:;|] )(?:What|Who|Whoever)\b[^?.]{0,80}\b(?:is|are|was|has|goes|stays|holds)\b",
    "where for if": r"(?:^|[.;:,] )[Ww]here (?:it|there|a|an|all|no|one|several|many|nothing|both|they)\b",
    "tell for show": r"\b(?:is|are|was) told\b|\b[Tt]ells? (?!you|apart|the user|them)",
    "of at the front": r"(?:^|[.;:|] )Of (?:a|an|the|all|fewer|what|those)\b|\b(?:of|from|with|in|at) (?:which|whose)\b",
    "not English": (
        r"\bby (?:it|them)sel(?:f|ves)\b|\bbeside\b|\bbehind\b|\b(?:goes|go) on\b|\ball the same\b|\bshall\b|\bone a line\b"
        r"|(?<![Tt]here )\bis no (?!longer)"
    ),
}
"""Rule → pattern of what breaks it."""
TWO_SEMICOLONS: Final = r"^[^.;]*;[^.;]*;"
LONGEST: Final = 25
"""Words of a sentence at most."""
TERMS: Final = {
    "decided, undecided": r"\b(?:un)?judged?\b|\bverdicts?\b",
    "drop": r"\bdiscard(?:s|ed|ing)?\b",
    "run limit": r"\b[Ss]pending limits?\b",
    "over the limit": r"\bbeyond (?:the|a) (?:run )?limit",
    "paused (the queue), held (one prompt)": r"\b[Oo]n hold\b",
    "settled; or found, resent or dropped": r"(?<!not )(?<!--)\bresolved?\b",
    "rerun; resend if it is uncertain": r"\b(?:[Ss]end|sent|(?<!its )(?<!\ba )[Rr]un) (?:it |this |them |all |an uncertain prompt )?again\b",
    "waiting here, waiting at Cordage": r"\bour (?:own )?queue\b",
    "unmatched": r"≈ sent\b",
    "missing": r"∅ lost\b|\blost runs?\b",
    "command palette": r"(?<!ommand )\bpalette\b",
    "header": r"\btop line\b",
    "video": r"\b[Ff]ilms?\b",
    "Cordage, server": r"\b[Vv]endors?\b",
    "started elsewhere": r"\bnot started here\b",
    "read": r"\bpoll(?:s|ed)\b",
    "RUN, BATCH, run number": r"\bROW\b|\brow numbers?\b",
}
"""Winner → pattern of the words that lost to it."""
SPEAKING: Final = frozenset({"ui", "cli", "engine", "domain", "config"})
"""Packages whose texts people read."""
OTHER_USES: Final[Mapping[tuple[str, str], int]] = {
    ("json", "decided, undecided"): 1,  # `verdicts`, the earlier name of a field
    ("cli", "decided, undecided"): 2,  # `verdicts` and `judged`, earlier names of fields
    ("linear", "drop"): 1,  # `discard`, which linear mode still understands
    ("cli", "drop"): 1,
    ("ui", "drop"): 1,  # a word by which people look for `reject`
    ("domain", "rerun; resend if it is uncertain"): 1,  # a note that version 0.1 has stored
}
"""Place and winner → how often a loser stands there as a name that stays valid. Entries may only go."""
PAGES: Final = [ROOT / "README.md", *(FOLDER / f"{topic}.md" for topic in TOPICS)]
FENCED: Final = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
GENERATED: Final = re.compile(r"^<!-- (\w+).*?<!-- /\1 -->", re.DOTALL | re.MULTILINE)
SENTENCE: Final = re.compile(r"(?<=[.?!:])\s+(?=[A-Z`\[*\"'])")
WHOLE: Final = re.compile(r"^[A-Z'…].* .*[.?!]$", re.DOTALL)
"""A literal that is a sentence or several. Any other may be part of one, or an example."""
SQL: Final = re.compile(r"\b(?:SELECT|INSERT|UPDATE|DELETE|WITH|CREATE|WHERE|CASE|ALTER) ")


def test_no_sentence_breaks_a_rule() -> None:
    """Write a sentence that is found here in another way."""
    assert list(broken()) == []


def test_one_thing_has_one_name() -> None:
    """No word that lost is on the screen, on the command line, in a setting or on a page, apart from `OTHER_USES`."""
    assert Counter((place, winner) for place, winner, _ in lost_words()) == OTHER_USES


def lost_words() -> Iterator[tuple[str, str, str]]:
    """Yield each text with a word that lost, after its place and the winner."""
    pages = [(page.stem, page.read_text(encoding="utf-8")) for page in PAGES if page.stem != "changelog"]
    pages = [(place, GENERATED.sub("", text) if place == "json" else text) for place, text in pages]  # names of fields
    texts = [(place, line) for place, text in pages for line in text.splitlines()]
    for path, module in modules().items():
        package = path.partition("/")[0]
        texts += [(package, literal) for literal in _literals(module) if package in SPEAKING]
    for place, text in texts:
        yield from ((place, winner, text) for winner, pattern in TERMS.items() if re.search(pattern, text))


def broken() -> Iterator[tuple[str, str, str]]:
    """Yield each sentence that breaks a rule, after its place and the rule."""
    for place, sentence, is_whole in sentences():
        yield from ((place, rule, sentence) for rule, pattern in RULES.items() if re.search(pattern, sentence))
        if is_whole and re.search(TWO_SEMICOLONS, sentence):
            yield place, "two semicolons", sentence
        if is_whole and len(re.sub(r"`[^`]*`", "code", sentence).split()) > LONGEST:
            yield place, f"more than {LONGEST} words", sentence


def sentences() -> Iterator[tuple[str, str, bool]]:
    """Yield each sentence, after the page that it is on or the package whose code says it; False: it may be a part of one."""
    for page in PAGES:
        yield from ((page.stem, sentence, True) for sentence in _of_page(page.read_text(encoding="utf-8")))
    for path, module in modules().items():
        for literal in () if path.startswith("simulator/") else _literals(module):  # that one says what others would
            if " " not in literal.strip():
                continue
            is_whole = WHOLE.match(literal) is not None
            yield from ((path.partition("/")[0], sentence, is_whole) for sentence in SENTENCE.split(literal))


def _literals(module: Module) -> Iterator[str]:
    """Yield the literals, except docstrings and SQL; a value in one is written `…`."""
    silent = {id(node.value) for node in module.nodes if isinstance(node, ast.Expr)}  # docstrings
    silent |= {id(piece) for node in module.nodes if isinstance(node, ast.JoinedStr) for piece in node.values}
    for node in module.nodes:
        if id(node) in silent:
            continue
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(piece.value) if isinstance(piece, ast.Constant) else "…" for piece in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        if not SQL.search(text):
            yield text


def _of_page(text: str) -> Iterator[str]:
    """Yield the sentences of a page: those of its paragraphs and lists, and the cells of its tables; no code, nothing generated."""
    for line in GENERATED.sub("", FENCED.sub("", text)).splitlines():
        cells = line.strip().strip("|").split(" | ") if line.startswith("|") else [line]
        for cell in cells:
            words = re.sub(r"\]\([^)]*\)", "]", cell.strip("#-* "))
            yield from filter(None, SENTENCE.split(words))


if __name__ == "__main__":
    for hit in [*broken(), *lost_words()]:
        print(*hit, sep=": ")
