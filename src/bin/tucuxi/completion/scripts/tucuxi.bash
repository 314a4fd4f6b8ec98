# Completion of tucuxi for bash.
# Add to ~/.bashrc:  source <(tucuxi completion bash)
_tucuxi() {
    local word tilde
    COMPREPLY=()
    while IFS= read -r word; do
        case $word in
            *[[:space:]\'\"\$\&\;\(\)\<\>\|\*\?\\]*)
                # The shell shall expand a tilde, and nothing else.
                tilde=
                if [[ $word == '~/'* ]]; then
                    tilde='~/'
                fi
                printf -v word '%s%q' "$tilde" "${word#"$tilde"}"
                ;;
        esac
        COMPREPLY+=("$word")
    done < <(COMP_LINE="$COMP_LINE" COMP_POINT="$COMP_POINT" \
        "${1/#\~/$HOME}" complete --word-breaks "$COMP_WORDBREAKS" 2>/dev/null)
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[/={[] ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
complete -F _tucuxi tucuxi
