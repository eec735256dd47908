function __cordage_tui
    command cordage-tui __complete fish (commandline -opc)[2..] (commandline -ct) 2>/dev/null
end
complete -c cordage-tui -f -a '(__cordage_tui)'
complete -c cordage-tui -n '__fish_seen_subcommand_from trigger' -F
