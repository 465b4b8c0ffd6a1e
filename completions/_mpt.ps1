
Register-ArgumentCompleter -Native -CommandName mpt -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $prev = $env:MPT_COMPLETE;
    $env:MPT_COMPLETE = "powershell";

    $args = $commandAst.Extent.Text
    $args = $args.Substring(0, [math]::Min($cursorPosition, $args.Length));
    if ($wordToComplete -eq "") {
        $args += " ''";
    }

    $results = Invoke-Expression @"
& mpt -- $args
"@;
    if ($null -eq $prev) {
        Remove-Item Env:\MPT_COMPLETE;
    } else {
        $env:MPT_COMPLETE = $prev;
    }
    $results | ForEach-Object {
        $split = $_.Split("`t");
        $cmd = $split[0];

        if ($split.Length -eq 2) {
            $help = $split[1];
        }
        else {
            $help = $split[0];
        }

        $text = $cmd;
        if ($cmd -notmatch '^[\p{L}\p{N}_.,:/=@%+-]+$') {
            $text = "'" + $cmd.Replace("'", "''") + "'";
        }

        [System.Management.Automation.CompletionResult]::new($text, $cmd, 'ParameterValue', $help)
    }
};
        
