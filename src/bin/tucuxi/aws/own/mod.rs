//! The AWS CLI's own commands, which are not operations of a service: `s3 cp`, `configure set`, `ecr get-login-password`.
//!
//! A command is a file with an [`OwnCommand`] and a row in [`ROWS`].

mod auth_tokens;
mod cloudformation;
mod codeartifact;
mod configure;
mod ecr;
mod eks;
mod emr;
mod files;
mod line;
mod logs;
pub(crate) mod plugin;
mod questions;
mod s3;
mod sign_in;

use std::process::ExitCode;

pub(crate) use line::{OwnLine, OwnOption, OwnRequest, OwnValues};

use super::error::AwsResult;

/// A command that is not an operation.
pub(crate) struct OwnCommand {
    /// The service, or another first word: `ecr`, `configure`.
    pub(crate) group: &'static str,
    /// The second word; empty if the group alone is a command, as `configure` is.
    pub(crate) name: &'static str,
    /// A phrase without a full stop.
    pub(crate) summary: &'static str,
    /// Its options and positional arguments, in groups that commands can share.
    pub(crate) options: &'static [&'static [OwnOption]],
    pub(crate) run: fn(&OwnLine<'_>) -> AwsResult<ExitCode>,
}

/// All commands, in the order of the help.
const ROWS: &[&OwnCommand] = &[
    &auth_tokens::DSQL,
    &auth_tokens::DSQL_ADMIN,
    &auth_tokens::RDS,
    &cloudformation::DEPLOY,
    &codeartifact::LOGIN,
    &configure::CONFIGURE,
    &configure::LIST,
    &configure::GET,
    &configure::SET,
    &configure::ADD_MODEL,
    &configure::IMPORT,
    &configure::LIST_PROFILES,
    &configure::EXPORT_CREDENTIALS,
    &configure::SSO,
    &configure::SSO_SESSION,
    &configure::REPORT,
    &ecr::GET_LOGIN_PASSWORD,
    &ecr::GET_LOGIN_PASSWORD_PUBLIC,
    &eks::GET_TOKEN,
    &eks::UPDATE_KUBECONFIG,
    &emr::DESCRIBE_CLUSTER,
    &logs::START_LIVE_TAIL,
    &logs::TAIL,
    &s3::CP,
    &s3::LS,
    &s3::MB,
    &s3::MV,
    &s3::PRESIGN,
    &s3::RB,
    &s3::RM,
    &s3::SYNC,
    &s3::WEBSITE,
    &sign_in::LOGIN,
    &sign_in::LOGOUT,
    &sign_in::SSO_LOGIN,
    &sign_in::SSO_LOGOUT,
];

/// The command of two words; of one, if `name` is empty.
pub(crate) fn find(group: &str, name: &str) -> Option<&'static OwnCommand> {
    in_group(group).find(|command| command.name == name)
}

/// The commands whose first word this is.
pub(crate) fn in_group(group: &str) -> impl Iterator<Item = &'static OwnCommand> {
    ROWS.iter().copied().filter(move |command| command.group == group)
}

/// Whether the commands of a group choose a profile that may be missing: they report it themselves, or make it.
pub(crate) fn may_lack_profile(group: &str) -> bool {
    ["configure", "login", "logout"].contains(&group)
}

/// The first words of all commands.
pub(crate) fn groups() -> impl Iterator<Item = &'static str> {
    let is_first = |(index, command): &(usize, &&OwnCommand)| {
        ROWS.iter().take(*index).all(|earlier| earlier.group != command.group)
    };
    ROWS.iter().enumerate().filter(is_first).map(|(_, command)| command.group)
}

impl OwnCommand {
    /// The options and positional arguments.
    pub(crate) fn all_options(&self) -> impl Iterator<Item = &'static OwnOption> {
        self.options.iter().copied().flatten()
    }

    /// The words of the command: `ecr get-login-password`.
    pub(crate) fn words(&self) -> String {
        format!("{} {}", self.group, self.name).trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn commands_and_their_options_have_different_names() {
        let words: BTreeSet<String> = ROWS.iter().map(|command| command.words()).collect();
        assert_eq!(words.len(), ROWS.len());
        for command in ROWS {
            let names: BTreeSet<&str> = command.all_options().map(|option| option.name).collect();
            assert_eq!(names.len(), command.all_options().count(), "{}", command.words());
        }
    }

    #[test]
    fn summaries_are_phrases() {
        let options = ROWS.iter().flat_map(|command| command.all_options()).map(|option| option.summary);
        for summary in ROWS.iter().map(|command| command.summary).chain(options) {
            assert!(!summary.is_empty() && !summary.ends_with('.') && !summary.contains('\n'), "{summary}");
            assert!(summary.starts_with(|first: char| first.is_ascii_uppercase()), "{summary}");
        }
    }
}
