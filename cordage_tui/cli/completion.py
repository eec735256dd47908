"""`cordage-tui completion`: the script that a shell reads once. It asks the hidden command at each press of tab."""

import argparse
from typing import Final

from cordage_tui.cli.exit_codes import ExitCode
from cordage_tui.cli.main import HIDDEN
from cordage_tui.cli.output import put
from cordage_tui.cli.parsing.frame import PROGRAM

_BASH: Final = f"""\
_cordage_tui() {{
    local IFS=$'\\n'
    COMPREPLY=($(command {PROGRAM} {HIDDEN} bash "${{COMP_WORDS[@]:1:COMP_CWORD}}" 2>/dev/null))
}}
complete -o default -F _cordage_tui {PROGRAM}"""
_ZSH: Final = f"""\
#compdef {PROGRAM}
_cordage_tui() {{
    local -a found
    local line
    for line in "${{(@f)$(command {PROGRAM} {HIDDEN} zsh "${{(@)words[2,CURRENT]}}" 2>/dev/null)}}"; do
        [[ -n $line ]] && found+=("${{${{line%%$'\\t'*}}//:/\\\\:}}:${{line#*$'\\t'}}")
    done
    if (( $#found )); then _describe '{PROGRAM}' found; else _files; fi
}}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _cordage_tui "$@"; else compdef _cordage_tui {PROGRAM}; fi"""
_FISH: Final = f"""\
function __cordage_tui
    command {PROGRAM} {HIDDEN} fish (commandline -opc)[2..] (commandline -ct) 2>/dev/null
end
complete -c {PROGRAM} -f -a '(__cordage_tui)'
complete -c {PROGRAM} -n '__fish_seen_subcommand_from trigger' -F"""
_SCRIPTS: Final = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}


def run(options: argparse.Namespace) -> int:
    """Prints the script of `options.shell`."""
    put(_SCRIPTS[options.shell])
    return ExitCode.OK
