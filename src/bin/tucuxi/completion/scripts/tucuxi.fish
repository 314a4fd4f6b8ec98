# Completion of tucuxi for fish.
# Save as ~/.config/fish/completions/tucuxi.fish, or run:  tucuxi completion fish | source
function __tucuxi_complete
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    eval $words[1] complete --descriptions -- (string escape -- $words[2..-1]) (string escape -- "$word") 2>/dev/null
end
complete -c tucuxi -f -a '(__tucuxi_complete)'
