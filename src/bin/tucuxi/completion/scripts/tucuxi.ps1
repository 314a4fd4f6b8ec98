# Completion of tucuxi for PowerShell.
# Add to $PROFILE:  tucuxi completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName tucuxi -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $length = $cursorPosition - $commandAst.Extent.StartOffset
    $env:COMP_LINE = $commandAst.Extent.Text.PadRight($length).Substring(0, $length)
    try {
        & $commandAst.CommandElements[0].Extent.Text complete --descriptions 2>$null | ForEach-Object {
            $text, $summary = $_ -split "`t", 2
            if (-not $summary) { $summary = $text }
            [System.Management.Automation.CompletionResult]::new($text, $text, 'ParameterValue', $summary)
        }
    } finally {
        Remove-Item Env:COMP_LINE
    }
}
