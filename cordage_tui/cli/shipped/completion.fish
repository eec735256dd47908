function __cordage_tui
    set -l word (commandline -ct)
    set -l found (command cordage-tui __complete fish (commandline -opc)[2..] $word 2>/dev/null)
    set -l file (string match -rg '^([^=]*=@)(.*)$' -- $word)
    if set -q found[1]
        printf '%s\n' $found
    else if set -q file[1]
        printf '%s\n' $file[1](__fish_complete_path "$file[2]")
    else
        __fish_complete_path $word
    end
end
complete -c cordage-tui -f -a '(__cordage_tui)'
