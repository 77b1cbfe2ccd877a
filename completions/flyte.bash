# TAB for flyte in bash: made by `flyte completion bash`.
_flyte() {
    local cur="${COMP_WORDS[COMP_CWORD]}" row value
    local -a rows=()
    COMPREPLY=()
    while IFS= read -r row; do
        rows+=("$row")
    done < <("${COMP_WORDS[0]/#\~\//$HOME/}" __complete bash "${COMP_LINE:0:COMP_POINT}" "$cur" 2>/dev/null)
    [ "${#rows[@]}" -eq 0 ] && return 0
    for row in "${rows[@]:1}"; do
        value="${row%%$'\t'*}"
        COMPREPLY+=("$value")
        case "$value" in */) compopt -o nospace 2>/dev/null ;; esac
    done
    case "${rows[0]}" in
        files) compopt -o filenames 2>/dev/null
            while IFS= read -r value; do COMPREPLY+=("$value"); done < <(compgen -f -- "$cur") ;;
        folders) compopt -o filenames 2>/dev/null
            while IFS= read -r value; do COMPREPLY+=("$value"); done < <(compgen -d -- "$cur") ;;
    esac
    return 0
}
complete -o nosort -F _flyte flyte 2>/dev/null || complete -F _flyte flyte
