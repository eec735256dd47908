#compdef cordage-tui
_cordage_tui() {
    local -a found
    local line
    for line in "${(@f)$(command cordage-tui __complete zsh "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
        [[ -n $line ]] && found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    done
    if (( $#found )); then _describe 'cordage-tui' found; else _files; fi
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _cordage_tui "$@"; else compdef _cordage_tui cordage-tui; fi
