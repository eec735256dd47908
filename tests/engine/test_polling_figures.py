"""The published figures of polling, at the scale that a test can afford: the bench's own command, rule by rule."""

import asyncio
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[1] / "bench" / "polling.py"


@pytest.mark.long
@pytest.mark.parametrize(
    ("rule", "arguments"),
    [
        pytest.param("sharing", ("--hours", "0.12"), id="no 429, alone, among four, and beside a foreign program"),
        pytest.param("memoryless", ("--hours", "0.25"), id="within a tenth of the optimum"),
        pytest.param("skewed", ("--hours", "0.1"), id="three times better than taking turns"),
    ],
)
async def test_the_rule_holds_on_simulated_time(rule: str, arguments: tuple[str, ...]) -> None:
    """Every figure of the rule is inside its bound; the command says so by its exit code."""
    command = (sys.executable, str(BENCH), "--quick", "--no-table", *arguments, "--rules", rule)
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    printed, _ = await process.communicate()
    assert process.returncode == 0, printed.decode()
    assert b"ok" in printed
