# Completion of talosctl for PowerShell 5.1 and later.
# Load it with: talosctl completion powershell | Out-String | Invoke-Expression

Register-ArgumentCompleter -Native -CommandName 'talosctl' -ScriptBlock {
    param($WordToComplete, $CommandAst, $CursorPosition)

    # The words before the one at the cursor, without quotes.
    $Words = @()
    foreach ($Element in $CommandAst.CommandElements | Select-Object -Skip 1) {
        if ($Element.Extent.EndOffset -ge $CursorPosition) { break }
        $Words += if ($Element -is [System.Management.Automation.Language.StringConstantExpressionAst]) {
            $Element.Value
        } else {
            $Element.Extent.Text
        }
    }
    $Begun = $WordToComplete.Trim('"', "'")
    # Older versions drop empty arguments of programs unless they are quoted once more.
    $Last = if ($Begun -eq '' -and $PSVersionTable.PSVersion -lt [version]'7.3.0') { '""' } else { $Begun }

    $Answer = @(& $CommandAst.CommandElements[0].Extent.Text __complete @Words $Last 2>$null)
    if ($Answer.Count -eq 0 -or $Answer[-1] -notmatch '^:(\d+)$') { return }
    $Directive = [int]$Matches[1]
    if ($Directive -band 1) { return '' }
    $Candidates = @($Answer | Select-Object -SkipLast 1)

    # Behind --flag= only the value is completed; PowerShell replaces the whole word.
    $Head = if ($Begun -match '^(-[^=]*=)') { $Matches[1] } else { '' }
    $Value = $Begun.Substring($Head.Length)
    if ($Directive -band (8 + 16)) {
        $Extensions = $Candidates | ForEach-Object { ".$_" }
        $Paths = Get-ChildItem -Path "$Value*" -ErrorAction Ignore | Where-Object {
            $_.PSIsContainer -or (($Directive -band 8) -and $Extensions -contains $_.Extension)
        }
        $Candidates = @($Paths | ForEach-Object { Resolve-Path -Relative $_.FullName })
    } else {
        $Candidates = @($Candidates | Where-Object { $_.StartsWith($Value) })
    }
    if ($Candidates.Count -eq 0) {
        # An empty text keeps PowerShell from offering file names.
        if ($Directive -band (4 + 8 + 16)) { return '' }
        return
    }
    if (-not ($Directive -band 32)) { $Candidates = $Candidates | Sort-Object }
    $Space = if ($Directive -band 2) { '' } else { ' ' }
    foreach ($Candidate in $Candidates) {
        $Name, $Text = $Candidate -split "`t", 2
        if (-not $Text) { $Text = $Name }
        # Names with characters that mean something to PowerShell go between quotes.
        $Word = "$Head$Name"
        if ($Word -match '[\s''"`$&|;<>(){}@#,]') { $Word = "'" + $Word.Replace("'", "''") + "'" }
        [System.Management.Automation.CompletionResult]::new("$Word$Space", $Name, 'ParameterValue', $Text)
    }
}
