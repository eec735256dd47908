"""Commands for agents: programs that use this one on behalf of a person."""

from cordage_tui.cli.parser import CommandSpec

_SKILL = """\
  cordage-tui skill
  mkdir -p ~/.claude/skills/cordage-tui && cordage-tui skill > ~/.claude/skills/cordage-tui/SKILL.md
"""
AGENTS = (
    CommandSpec("skill", "print a SKILL.md: what an agent must know to use these commands", examples=_SKILL, json=None),
)
"""Commands for agents, in the order of the help."""
