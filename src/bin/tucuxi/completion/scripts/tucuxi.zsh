#compdef tucuxi
# Completion of tucuxi for zsh.
# Add to ~/.zshrc, after compinit:  source <(tucuxi completion zsh)
_tucuxi() {
    local line tab=$'\t'
    local -a names shown folders
    for line in "${(@f)$(${(Q)words[1]/#\~/$HOME} complete --descriptions -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
        if [[ $line == */ ]]; then
            folders+=("$line")
        elif [[ -n $line ]]; then
            names+=("${line%%$tab*}")
            shown+=("${line/$tab/  -- }")
        fi
    done
    (( $#folders )) && compadd -S '' -a folders
    (( $#names )) && compadd -l -d shown -a names
}
compdef _tucuxi tucuxi
