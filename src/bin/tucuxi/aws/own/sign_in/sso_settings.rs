//! The settings of IAM Identity Center in the config file.

use serde_json::Value;

use super::not_configured;
use crate::aws::error::AwsResult;
use crate::aws::own::OwnLine;
use crate::aws::own::configure::{files, profile_settings};

const START_URL: &str = "sso_start_url";
const REGION: &str = "sso_region";

/// What to sign in to.
pub(super) struct SsoSettings {
    pub(super) start_url: String,
    pub(super) region: String,
    /// The name of the section `sso-session`.
    pub(super) session: Option<String>,
    pub(super) scopes: Option<Vec<String>>,
}

impl SsoSettings {
    /// The settings of a section `sso-session`, or else of the profile of the line.
    pub(super) fn read(line: &OwnLine<'_>, session: Option<&str>) -> AwsResult<SsoSettings> {
        let files = files()?;
        let profile = profile_settings(line, &files)?;
        let named = session.filter(|name| !name.is_empty()).or_else(|| text(&profile, "sso_session"));
        let Some(name) = named else {
            let (start_url, region) = required(
                &profile,
                "To make sure this profile is properly configured to use SSO, please run: aws configure sso",
            )?;
            return Ok(SsoSettings { start_url, region, session: None, scopes: None });
        };
        let section = files
            .sso_session(name)
            .ok_or_else(|| not_configured(format!("The specified sso-session does not exist: \"{name}\"")))?;
        let (start_url, region) = required(&section, "")?;
        let scopes = text(&section, "sso_registration_scopes").map(scopes);
        Ok(SsoSettings { start_url, region, session: Some(name.to_owned()), scopes })
    }
}

/// The scopes in a list with commas.
pub(crate) fn scopes(list: &str) -> Vec<String> {
    list.split(',').map(str::trim).filter(|scope| !scope.is_empty()).map(str::to_owned).collect()
}

fn text<'v>(values: &'v Value, name: &str) -> Option<&'v str> {
    values.get(name).and_then(Value::as_str).filter(|value| !value.is_empty())
}

fn required(values: &Value, advice: &str) -> AwsResult<(String, String)> {
    match (text(values, START_URL), text(values, REGION)) {
        (Some(start_url), Some(region)) => Ok((start_url.to_owned(), region.to_owned())),
        (start_url, region) => {
            let missing = [(START_URL, start_url), (REGION, region)];
            let missing: Vec<&str> =
                missing.into_iter().filter(|(_, value)| value.is_none()).map(|(name, _)| name).collect();
            Err(not_configured(format!(
                "Missing the following required SSO configuration values: {}. {advice}",
                missing.join(", ")
            )))
        }
    }
}
