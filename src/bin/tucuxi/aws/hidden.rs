//! Options of an operation that cannot be used, because a global option has their name or begins with it. Models that are imported
//! may have some.

use super::error::{AwsError, AwsResult};
use super::globals::Globals;
use super::options::{OptionRole, OptionTable};
use crate::error::eprint_text;

/// Tells that a given global option hides one of the operation, which may be what was meant.
pub(crate) fn warn(table: &OptionTable<'_>, globals: &Globals) {
    for message in globals.given.iter().filter_map(|global| message(table, global)) {
        eprint_text(&format!("warning: {message}\n"));
    }
}

/// The error for an option of the operation that `--version` hides: the version would be printed instead of a call.
pub(crate) fn refuse_version(table: &OptionTable<'_>) -> AwsResult<()> {
    message(table, "--version").map_or(Ok(()), |message| Err(AwsError::Validation(message)))
}

fn message(table: &OptionTable<'_>, global: &str) -> Option<String> {
    let is_hidden = |name: &str| global.strip_prefix("--").is_some_and(|global| global.starts_with(name));
    table.options.iter().find_map(|option| match option.role {
        OptionRole::Member(member) | OptionRole::Flag(member, _) if is_hidden(&option.name) => Some(format!(
            "{global} is an option of every command, which hides the one for {}: set {} with --cli-input-json",
            member.name(),
            member.name()
        )),
        _ => None,
    })
}
