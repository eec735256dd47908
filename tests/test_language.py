"""How our sentences read, as far as a pattern can tell: the manual, the README, and what the program says.

A pattern is a help and not the aim: a sentence that it does not find may still be hard to read.

    python -m tests.test_language     prints each hit with its sentence
"""

import ast
import re
from collections.abc import Iterator
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
PAGES: Final = [ROOT / "README.md", *(FOLDER / f"{topic}.md" for topic in TOPICS)]
SENTENCE: Final = re.compile(r"(?<=[.?!:])\s+(?=[A-Z`\[*\"'])")
WHOLE: Final = re.compile(r"^[A-Z'…].* .*[.?!]$", re.DOTALL)
"""A literal that is a sentence or several. Any other may be part of one, or an example."""
SQL: Final = re.compile(r"\b(?:SELECT|INSERT|UPDATE|DELETE|WITH|CREATE|WHERE|CASE|ALTER) ")


def test_no_sentence_breaks_a_rule() -> None:
    """Write a sentence that is found here in another way."""
    assert list(broken()) == []


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
            is_whole = WHOLE.match(literal) is not None
            yield from ((path.partition("/")[0], sentence, is_whole) for sentence in SENTENCE.split(literal))


def _literals(module: Module) -> Iterator[str]:
    """Yield the literals with several words, except docstrings and SQL; a value in one is written `…`."""
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
        if " " in text.strip() and not SQL.search(text):
            yield text


def _of_page(text: str) -> Iterator[str]:
    """Yield the sentences of a page: those of its paragraphs and lists, and the cells of its tables; no code, nothing generated."""
    text = re.sub(r"^```.*?^```|^<!-- (\w+).*?<!-- /\1 -->", "", text, flags=re.DOTALL | re.MULTILINE)
    for line in text.splitlines():
        cells = line.strip().strip("|").split(" | ") if line.startswith("|") else [line]
        for cell in cells:
            words = re.sub(r"\]\([^)]*\)", "]", cell.strip("#-* "))
            yield from filter(None, SENTENCE.split(words))


if __name__ == "__main__":
    for hit in broken():
        print(*hit, sep=": ")
