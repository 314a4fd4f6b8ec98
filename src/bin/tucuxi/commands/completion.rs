//! `tucuxi completion`: prints the script that makes a shell complete the program's command lines.

use super::{Command, Invocation};
use crate::completion::shell::{SCRIPTS, SHELLS};
use crate::error::CliResult;
use crate::grammar::{Positional, ValueKind};
use crate::output;

pub(crate) struct CompletionCommand;

impl Command for CompletionCommand {
    type Arguments = ();

    fn name(&self) -> &'static str {
        "completion"
    }

    fn summary(&self) -> &'static str {
        "Prints a script that makes a shell complete command lines"
    }

    fn description(&self) -> &'static str {
        "Prints a script that makes a shell complete commands, options, services, operations, profiles, regions and files."
    }

    fn notes(&self) -> Option<&'static str> {
        Some(NOTES)
    }

    fn positionals(&self) -> &'static [Positional] {
        const { &[Positional::required("bash | zsh | fish | powershell", ValueKind::OneOf(SHELLS))] }
    }

    fn run(&self, mut invocation: Invocation<()>) -> CliResult<()> {
        let shell = invocation.positionals.text()?;
        let script = SCRIPTS.iter().find(|(name, _)| *name == shell);
        script.map_or(Ok(()), |(_, script)| output::print(script))
    }
}

const NOTES: &str = "\
    source <(tucuxi completion bash)                                     in ~/.bashrc
    source <(tucuxi completion zsh)                                      in ~/.zshrc, after compinit
    tucuxi completion fish > ~/.config/fish/completions/tucuxi.fish
    tucuxi completion powershell | Out-String | Invoke-Expression        in $PROFILE

Other programs may ask as the shells do: `tucuxi complete -- WORD..` prints the words that can stand in place of the last WORD. It \
also knows the protocol of bash's `complete -C 'tucuxi completer' tucuxi`, with the command line in COMP_LINE.";
