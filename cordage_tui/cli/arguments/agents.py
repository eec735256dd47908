"""Commands for agents: programs that use this one on behalf of a person."""

from cordage_tui.cli.base.errors import REACHING
from cordage_tui.cli.base.parser import CommandSpec, arg

_SKILL = """\
  cordage-tui skill
  mkdir -p ~/.claude/skills/cordage-tui && cordage-tui skill > ~/.claude/skills/cordage-tui/SKILL.md
"""
_MCP = """\
  cordage-tui mcp                               started by an agent's program, not by hand
  claude mcp add cordage -- cordage-tui mcp --profile studio

Tools: list_webhooks, enqueue, wait, get_run, outputs, cancel_queued. It reads the API key as every command does, and ends when
its client closes stdin. Queued prompts stay queued.
"""
AGENTS = (
    CommandSpec(
        "mcp",
        "serve tools to an agent over stdin and stdout (Model Context Protocol); needs the extra mcp",
        arg("--author", metavar="NAME", help="name of the agent (or CORDAGE_AUTHOR; default: mcp)"),
        examples=_MCP,
        codes=REACHING,
        json=None,
    ),
    CommandSpec("skill", "print a SKILL.md: what an agent must know to use these commands", examples=_SKILL, json=None),
)
"""Commands for agents, in the order of the help."""
