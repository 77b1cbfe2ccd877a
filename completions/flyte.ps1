# TAB for flyte in PowerShell: made by `flyte completion powershell`.
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
