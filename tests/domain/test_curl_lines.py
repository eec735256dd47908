"""curl lines are read as bash and curl carry them out: see `curl_lines`, whose random lines are compared by command."""

import random
import shutil

import pytest

from cordage_tui.domain.curl_line import InvalidCurlLine, parse_curl
from tests.domain.curl_lines import REFUSED, SAME, difference, random_line, shell

needs_curl = pytest.mark.skipif(
    shutil.which("curl") is None or shutil.which("bash") is None, reason="curl and bash carry these lines out"
)


@needs_curl
def test_what_is_read_is_what_curl_would_send():
    """One request with that webhook and those inputs for each line that is read, and all of these are read."""
    with shell() as bash:
        differences = {line: difference(line, bash.carry_out(line)) for line in SAME}
    assert {line: problem for line, problem in differences.items() if problem} == {}
    assert [line for line in SAME if _refusal(line)] == []


@pytest.mark.parametrize(("line", "reason"), REFUSED)
def test_what_cannot_be_taken_is_refused_with_the_reason(line, reason):
    """A line that is another request, or that only a shell understands, is refused whole, so that no line loses its
    body."""
    assert reason in (_refusal(line) or "")


@needs_curl
def test_no_random_line_is_read_otherwise_than_it_is_carried_out():
    """Options in any order, bodies in any quotes."""
    draw = random.Random(25)
    with shell() as bash:
        for _ in range(40):
            line = random_line(draw)
            assert difference(line, bash.carry_out(line)) is None, line


def _refusal(line):
    try:
        parse_curl(line)
    except InvalidCurlLine as error:
        return str(error.words)
    return None
