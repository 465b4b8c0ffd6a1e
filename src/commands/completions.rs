//! `mpt completions SHELL`

use clap_complete::env::Shells;

use super::shared::{Context, candidates};
use crate::commands::verb::Verb;
use crate::failure::CommandResult;

/// Print a completion script for a shell
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  bash, for this session and for new ones:
    source <(mpt completions bash)
    mpt completions bash > ~/.local/share/bash-completion/completions/mpt

  zsh (in ~/.zshrc: fpath+=~/.zfunc; autoload -U compinit; compinit):
    mpt completions zsh > ~/.zfunc/_mpt

  fish:
    mpt completions fish > ~/.config/fish/completions/mpt.fish

  PowerShell, in the file that $PROFILE names:
    mpt completions powershell | Out-String | Invoke-Expression

  elvish, in ~/.config/elvish/rc.elv:
    eval (mpt completions elvish | slurp)")]
pub struct Args {
    /// The shell
    #[arg(value_parser = ["bash", "zsh", "fish", "powershell", "elvish"])]
    pub shell: String,
}

impl Verb for Args {
    const USES_PROFILE: bool = false;

    async fn run(&self, context: &Context) -> CommandResult {
        context.ui.no_result()?;
        context.ui.print(&script(&self.shell).map_err(anyhow::Error::from)?)?;
        Ok(())
    }
}

/// The line of clap's zsh script that offers values other than folders.
const ZSH_OTHERS: &str = "[[ -n $other ]] && _describe -V 'values' other\n";

const ZSH_KEYS_AND_OTHERS: &str = "\
local -a keys=(${(M)other:#*=})
        other=(${other:#*=})
        [[ -n $keys ]] && _describe -V 'values' keys -S ''
        [[ -n $other ]] && _describe -V 'values' other
";

/// The line of clap's PowerShell script that offers a value.
const POWERSHELL_RESULT: &str = "\
        [System.Management.Automation.CompletionResult]::new($cmd, $cmd, 'ParameterValue', $help)
";

const POWERSHELL_QUOTED_RESULT: &str = "\
        $text = $cmd;
        if ($cmd -notmatch '^[\\p{L}\\p{N}_.,:/=@%+-]+$') {
            $text = \"'\" + $cmd.Replace(\"'\", \"''\") + \"'\";
        }

        [System.Management.Automation.CompletionResult]::new($text, $cmd, 'ParameterValue', $help)
";

fn script(shell: &str) -> std::io::Result<String> {
    if shell == "bash" {
        return Ok(include_str!("completions.bash").to_owned());
    }
    let mut script = Vec::new();
    if let Some(shell) = Shells::builtins().completer(shell) {
        shell.write_registration(candidates::VARIABLE, "mpt", "mpt", "mpt", &mut script)?;
    }
    let script = String::from_utf8(script).map_err(std::io::Error::other)?;
    Ok(match shell {
        // No space after a key of --criteria, whose value follows.
        "zsh" => script.replace(ZSH_OTHERS, ZSH_KEYS_AND_OTHERS),
        // The other shells quote what they insert.
        "powershell" => script.replace(POWERSHELL_RESULT, POWERSHELL_QUOTED_RESULT),
        _ => script,
    })
}
