_cordage_tui() {
    local IFS=$'\n'
    COMPREPLY=($(command cordage-tui __complete bash "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _cordage_tui cordage-tui
