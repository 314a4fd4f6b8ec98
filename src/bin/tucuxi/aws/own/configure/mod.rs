//! `configure`: reads and changes the config file and the credentials file.

mod add_model;
mod edit;
mod export;
mod get;
mod import;
mod list;
mod new_values;
mod profiles;
mod prompt;
mod report;
mod section;
mod set;
mod sso;
mod sso_questions;
mod sso_session;

use serde_json::{Value, json};
use tucuxi::{ConfigFiles, Environment};

pub(super) use add_model::ADD_MODEL;
pub(crate) use edit::NewValue;
pub(super) use export::EXPORT_CREDENTIALS;
pub(super) use get::GET;
pub(super) use import::IMPORT;
pub(super) use list::LIST;
pub(crate) use new_values::update;
pub(super) use profiles::LIST_PROFILES;
pub(super) use prompt::CONFIGURE;
pub(super) use report::REPORT;
pub(crate) use section::SectionName;
pub(super) use set::SET;
pub(super) use sso::SSO;
pub(super) use sso_session::SSO_SESSION;

use super::OwnLine;
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::settings;

/// The first word of these commands.
const GROUP: &str = "configure";

/// The profile of a line that names none.
pub(crate) const DEFAULT: &str = "default";

/// Both files, as they are now.
pub(crate) fn files() -> AwsResult<ConfigFiles> {
    ConfigFiles::read(&Environment::process()).map_err(AwsError::library)
}

/// The profile that the line or the environment names.
pub(crate) fn named_profile(line: &OwnLine<'_>) -> Option<String> {
    settings::profile(line.globals.profile.clone())
}

/// The settings of the profile of a line, none if it is the default one and not there.
///
/// # Errors
/// If the line or the environment names a profile that is not there.
pub(crate) fn profile_settings(line: &OwnLine<'_>, files: &ConfigFiles) -> AwsResult<Value> {
    match named_profile(line) {
        None => Ok(files.profile(DEFAULT).unwrap_or_else(|| json!({}))),
        Some(name) => files.profile(&name).ok_or_else(|| no_such_profile(&name)),
    }
}

pub(crate) fn no_such_profile(name: &str) -> AwsError {
    AwsError::General(format!("The config profile ({name}) could not be found"))
}

/// The last four characters, as all that is shown of a secret.
pub(crate) fn masked(secret: &str) -> String {
    let from = secret.char_indices().rev().nth(3).map_or(0, |(index, _)| index);
    format!("****************{}", &secret[from..])
}
