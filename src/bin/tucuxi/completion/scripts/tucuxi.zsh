#compdef tucuxi
# Completion of tucuxi for zsh.
# Add to ~/.zshrc, after compinit:  source <(tucuxi completion zsh)
_tucuxi() {
    local line name tab=$'\t'
    local -a names shown folders
    for line in "${(@f)$(${(Q)words[1]/#\~/$HOME} complete --descriptions -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
        name=${line%%$tab*}
        # The shell shall expand a tilde, and nothing else.
        if [[ $name == '~/'* ]]; then
            name="~/${(q)${name#\~/}}"
        else
            name=${(q)name}
        fi
        if [[ ${line%%$tab*} == *[/={[] ]]; then
            folders+=("$name")
        elif [[ -n $line ]]; then
            names+=("$name")
            shown+=("${line/$tab/  -- }")
        fi
    done
    (( $#folders )) && compadd -Q -S '' -a folders
    (( $#names )) && compadd -Q -l -d shown -a names
}
compdef _tucuxi tucuxi
