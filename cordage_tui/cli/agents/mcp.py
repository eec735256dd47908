"""`cordage-tui mcp`: serve tools to an agent over stdin and stdout, by the Model Context Protocol."""

import argparse
import sys
from typing import Final

from cordage_tui.cli.base.console import Console
from cordage_tui.cli.base.context import find_context
from cordage_tui.cli.base.engine_context import run_engine
from cordage_tui.cli.base.errors import CommandError, ExitCode
from cordage_tui.domain.author import parse_author
from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.engine.engine import Engine

_AUTHOR: Final = "mcp"
"""Author of enqueued prompts, unless one is named."""
_MISSING: Final = (
    "This needs the extra mcp. Where cordage-tui is installed: pip install 'mcp>=2.3', or pipx inject cordage-tui mcp"
)


def run(options: argparse.Namespace) -> int:
    """Serve until the client closes stdin. Raises CommandError and ConfigError."""
    try:
        from cordage_tui.cli.agents.server import serve  # late: it needs the extra, and takes most of a second
    except ImportError as missing:
        if (missing.name or "").startswith("cordage_tui"):
            raise
        raise CommandError(ExitCode.USAGE, _MISSING, "", "") from missing
    from cordage_tui.cli.agents.session import AgentSession

    console = Console(options)
    context = find_context(options, console)
    author = context.settings.author or parse_author(_AUTHOR)
    if sys.stdin is not None and sys.stdin.isatty():
        console.info("Waiting for an MCP client on stdin; an agent's program starts this command. Ctrl-D ends it.")

    async def command(engine: Engine) -> ExitCode:
        session = AgentSession(engine, author, console)
        try:
            await serve(session, tuple(engine.profile.webhook_keys))
        finally:
            await session.finish()
        return ExitCode.OK

    settings = replace(context.settings, author=author)
    return run_engine(replace(context, settings=settings), console, command, acts=True)
