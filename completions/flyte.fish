# TAB for flyte in fish: made by `flyte completion fish`.
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
