//! The AWS CLI's own settings: environment variables and the profile's `output`, `cli_*`.

use std::env;

use tucuxi::Session;

use super::error::{AwsError, AwsResult};
use super::failure;
use super::globals::Globals;
use super::present::ShownTimestamps;
use super::values::BinaryFormat;
use crate::output::format::{ErrorFormat, OutputFormat};

/// The format of the output: that of the line, the environment or the profile, in this order.
pub(crate) fn output(session: &Session, globals: &Globals) -> AwsResult<OutputFormat> {
    let name = match &globals.output {
        Some(name) => Some(name.clone()),
        None => variable("AWS_DEFAULT_OUTPUT").map_or_else(|| setting(session, "output"), |name| Ok(Some(name)))?,
    };
    match name {
        Some(name) => {
            OutputFormat::from_name(&name).ok_or_else(|| AwsError::General(format!("Unknown output type: {name}")))
        }
        None => Ok(OutputFormat::Json),
    }
}

/// What text for blobs is.
pub(crate) fn binary_format(session: &Session, globals: &Globals) -> AwsResult<BinaryFormat> {
    let name = match &globals.binary_format {
        Some(name) => Some(name.clone()),
        None => setting(session, "cli_binary_format")?,
    };
    Ok(match name.as_deref() {
        Some("raw-in-base64-out") => BinaryFormat::Raw,
        _ => BinaryFormat::Base64,
    })
}

/// The command of the pager. Unlike the AWS CLI, tucuxi uses none if none is configured for it.
pub(crate) fn pager(session: &Session) -> AwsResult<Option<String>> {
    let command = match env::var("AWS_PAGER") {
        Ok(command) => Some(command),
        Err(_) => setting(session, "cli_pager")?,
    };
    Ok(command.filter(|command| !command.trim().is_empty()))
}

/// The error for a pager that cannot be started.
pub(crate) fn broken_pager(error: &str) -> AwsError {
    AwsError::Setting(
        "Pager",
        format!(
            "Unable to redirect output to pager. Received the following error when opening pager:\n{error}\n\nLearn more about \
             configuring the output pager by running \"aws help config-vars\"."
        ),
    )
}

/// The error for a region that is missing.
pub(crate) fn no_region() -> AwsError {
    AwsError::Setting("NoRegion", failure::NO_REGION.to_owned())
}

/// How timestamps are shown.
pub(crate) fn timestamps(session: &Session) -> AwsResult<ShownTimestamps> {
    match setting(session, "cli_timestamp_format")?.as_deref() {
        None | Some("iso8601") => Ok(ShownTimestamps::Iso8601),
        Some("wire") => Ok(ShownTimestamps::Wire),
        Some(other) => Err(AwsError::Setting(
            "Configuration",
            format!("Unknown cli_timestamp_format value: {other}, valid values are \"wire\" or \"iso8601\""),
        )),
    }
}

/// The format of errors. A wrong one counts as none, as in the AWS CLI.
pub(crate) fn errors(session: Option<&Session>, option: Option<&str>) -> ErrorFormat {
    let profile = || setting(session?, "cli_error_format").ok()?;
    let name = option.map(str::to_owned).or_else(|| variable("AWS_CLI_ERROR_FORMAT")).or_else(profile);
    name.and_then(|name| ErrorFormat::from_name(&name)).unwrap_or(ErrorFormat::Enhanced)
}

/// The number of attempts that the AWS CLI makes with every service, unless the environment or the profile sets one.
pub(crate) fn default_attempts(session: &Session) -> AwsResult<Option<u32>> {
    let is_set = variable("AWS_MAX_ATTEMPTS").is_some() || setting(session, "max_attempts")?.is_some();
    Ok((!is_set).then_some(3))
}

/// Whether S3 uses its regional endpoint in us-east-1, unless the environment or the profile chooses.
pub(crate) fn uses_regional_buckets(session: &Session) -> AwsResult<bool> {
    let is_set = variable("AWS_S3_US_EAST_1_REGIONAL_ENDPOINT").is_some()
        || setting(session, "s3_us_east_1_regional_endpoint")?.is_some();
    Ok(!is_set)
}

/// Whether parameters are validated before the call.
pub(crate) fn validates(session: &Session) -> AwsResult<bool> {
    Ok(!setting(session, "parameter_validation")?.is_some_and(|value| value.eq_ignore_ascii_case("false")))
}

/// The profile of the line or the environment.
pub(crate) fn profile(option: Option<String>) -> Option<String> {
    option
        .filter(|name| !name.is_empty())
        .or_else(|| variable("AWS_PROFILE"))
        .or_else(|| variable("AWS_DEFAULT_PROFILE"))
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn setting(session: &Session, name: &str) -> AwsResult<Option<String>> {
    session.profile_setting(name).map_err(AwsError::library)
}
