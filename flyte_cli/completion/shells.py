"""The functions that shells call on TAB, one per shell, and where they look for them. It writes nothing."""

from __future__ import annotations

BASH = r"""# TAB for flyte in bash: made by `flyte completion bash`.
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
"""

ZSH = r"""#compdef flyte
# TAB for flyte in zsh: made by `flyte completion zsh`.
_flyte() {
    local -a rows values shown open openshown
    local row value text width=0
    local tool="${(Q)words[1]/#\~\//$HOME/}"
    rows=("${(@f)$("$tool" __complete zsh $((CURRENT - 1)) "${(@Q)words[1,CURRENT]}" 2>/dev/null)}")
    for row in "${(@)rows[2,-1]}"; do
        value="${row%%$'\t'*}"
        (( ${#value} > width )) && width=${#value}
    done
    for row in "${(@)rows[2,-1]}"; do
        [[ -z "$row" ]] && continue
        value="${row%%$'\t'*}"
        text="${row#"$value"}"
        text="${text#$'\t'}"
        [[ -n "$text" ]] && text="${(r:width:)value}  -- $text" || text="$value"
        text="${text[1,COLUMNS-2]}"
        if [[ "$value" == */ ]]; then
            open+=("$value") openshown+=("$text")
        else
            values+=("$value") shown+=("$text")
        fi
    done
    (( ${#values} )) && compadd -l -V flyte -d shown -a -- values
    (( ${#open} )) && compadd -l -V flyte -S '' -d openshown -a -- open
    case "${rows[1]}" in
        files) compset -P '--*='; _files ;;
        folders) compset -P '--*='; _files -/ ;;
    esac
    return 0
}
if [ "${funcstack[1]}" = "_flyte" ]; then
    _flyte "$@"
else
    compdef _flyte flyte
fi
"""

FISH = r"""# TAB for flyte in fish: made by `flyte completion fish`.
function __flyte_complete
    set -l before (commandline -opc)
    set -l current (commandline -ct)
    set -l rows ($before[1] __complete fish (count $before) $before "$current" 2>/dev/null)
    test (count $rows) -gt 1; and printf '%s\n' $rows[2..-1]
    switch "$rows[1]"
        case files
            __fish_complete_path "$current"
        case folders
            __fish_complete_directories "$current"
    end
end
complete -c flyte -f -k -a '(__flyte_complete)'
"""

POWERSHELL = r"""# TAB for flyte in PowerShell: made by `flyte completion powershell`.
Register-ArgumentCompleter -Native -CommandName flyte -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements |
        Where-Object { $_.Extent.StartOffset -lt $cursorPosition } |
        ForEach-Object { if ($_.Value) { $_.Value } else { $_.Extent.Text } })
    if ($wordToComplete -eq '') { $words += '' }
    $OutputEncoding = [Console]::OutputEncoding = [Text.Encoding]::UTF8
    $rows = @(& $words[0] __complete powershell ($words.Count - 1) @words 2>$null)
    $rows | Select-Object -Skip 1 | ForEach-Object {
        $value, $text = $_ -split "`t", 2
        if (-not $text) { $text = $value }
        $quoted = if ($value -match '[\s''$`;|&(){}@]') { "'" + ($value -replace "'", "''") + "'" } else { $value }
        [System.Management.Automation.CompletionResult]::new($quoted, $value, 'ParameterValue', $text)
    }
    if ($rows.Count -gt 0 -and $rows[0] -in 'files', 'folders') {
        Get-ChildItem -Path "$wordToComplete*" -Directory:($rows[0] -eq 'folders') | ForEach-Object {
            [System.Management.Automation.CompletionResult]::new($_.Name, $_.Name, 'ProviderItem', $_.FullName)
        }
    }
}
"""

SCRIPTS = {
    "bash": ("flyte.bash", BASH),
    "zsh": ("_flyte", ZSH),
    "fish": ("flyte.fish", FISH),
    "powershell": ("flyte.ps1", POWERSHELL),
}
"""Name of the static file and its text, by shell."""
