"""How to repeat a run from a shell."""

import json
import shlex
from typing import Final

from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.text import SafeText, safe

API_KEY: Final = "CORDAGE_API_KEY"
WEBHOOK: Final = "CORDAGE_WEBHOOK"


def curl_line(base_url: str, inputs: Inputs) -> SafeText:
    """One line for a POSIX shell that triggers the same inputs again.

    Both keys are secrets and stand as the shell variables `$CORDAGE_API_KEY` and `$CORDAGE_WEBHOOK`. Characters that a
    terminal could take for a command are written as JSON escapes, so what is shown is exactly what would be sent.
    """
    body = shlex.quote(_plain_json(inputs))
    url = f'{shlex.quote(base_url.rstrip("/"))}/"${WEBHOOK}"/trigger'
    line = f"curl {url} -H \"Authorization: Bearer ${API_KEY}\" -H 'Content-Type: application/json' -d {body}"
    return safe(line, limit=len(line))


def _plain_json(inputs: Inputs) -> str:
    """`inputs` as JSON in which `safe` finds nothing to change; readable where it can be, ASCII where it must."""
    readable = json.dumps(inputs, ensure_ascii=False)
    return readable if safe(readable, limit=len(readable)) == readable else json.dumps(inputs)
