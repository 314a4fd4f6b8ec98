//! What is asked for a section `sso-session`.

use serde_json::{Value, json};

use crate::aws::error::AwsResult;
use crate::aws::globals::Globals;
use crate::aws::own::questions::{ask_valid, ask_with_default};
use crate::aws::own::sign_in::{is_aws_owned, resolve, scopes};
use crate::output;

pub(super) const START_URL: &str = "sso_start_url";
pub(super) const REGION: &str = "sso_region";
pub(super) const SCOPES: &str = "sso_registration_scopes";

const DEFAULT_SCOPE: &str = "sso:account:access";

/// What the user answered: the settings of the section, and the start URL after redirects.
pub(super) struct SsoAnswers {
    pub(super) settings: Value,
    pub(super) resolved_url: String,
}

impl SsoAnswers {
    /// Asks for the start URL and its region. `current` are the settings until now.
    pub(super) fn ask(current: Value, globals: &Globals) -> AwsResult<SsoAnswers> {
        let mut settings = current;
        let start_url = ask_valid("SSO start URL", text(&settings, START_URL), is_start_url, "Not a valid Start URL")?;
        settings[START_URL] = start_url.as_str().into();
        let mut resolved_url = start_url.clone();
        match redirected(&start_url, globals) {
            Some((url, region)) => {
                settings[REGION] = region.into();
                resolved_url = url;
            }
            None => {
                let region = ask_valid("SSO region", text(&settings, REGION), |_| true, "A value is required")?;
                settings[REGION] = region.into();
            }
        }
        Ok(SsoAnswers { settings, resolved_url })
    }

    /// Asks for the scopes of the registration.
    pub(super) fn ask_scopes(&mut self) -> AwsResult<Vec<String>> {
        let current = text(&self.settings, SCOPES).unwrap_or(DEFAULT_SCOPE).to_owned();
        let is_list = |list: &str| list.split(',').all(|scope| !scope.trim().contains(char::is_whitespace));
        let list =
            ask_valid("SSO registration scopes", Some(&current), is_list, "Scope values must be separated by commas")?;
        self.settings[SCOPES] = list.as_str().into();
        Ok(scopes(&list))
    }
}

/// Asks for the name of the section. `None` if it need not have one.
pub(super) fn ask_session(current: Option<&str>, is_required: bool) -> AwsResult<Option<String>> {
    const QUESTION: &str = "SSO session name";
    loop {
        let answer = match (current, is_required) {
            (Some(_), _) => ask_with_default(&format!("{QUESTION} [{}]: ", current.unwrap_or_default()), current)?,
            (None, true) => ask_with_default(&format!("{QUESTION}: "), None)?,
            (None, false) => return ask_with_default(&format!("{QUESTION} (Recommended): "), None),
        };
        if answer.is_some() {
            return Ok(answer);
        }
        output::print("A value is required\n")?;
    }
}

/// Where a start URL that is not of AWS redirects to, and the region there. If that cannot be found out, the user is asked.
fn redirected(start_url: &str, globals: &Globals) -> Option<(String, String)> {
    let uri: http::Uri = start_url.parse().ok()?;
    if is_aws_owned(uri.host()?) {
        return None;
    }
    match resolve(start_url, None, globals) {
        Ok(resolved) => Some(resolved),
        Err(error) => {
            tracing::debug!(error = error.message(None), "the start URL could not be resolved");
            None
        }
    }
}

fn is_start_url(url: &str) -> bool {
    let uri: Option<http::Uri> = url.parse().ok();
    uri.is_some_and(|uri| uri.scheme().is_some() && uri.host().is_some_and(|host| !host.is_empty()))
}

fn text<'v>(values: &'v Value, name: &str) -> Option<&'v str> {
    values.get(name).and_then(Value::as_str).filter(|value| !value.is_empty())
}

/// The settings as new values of a section.
pub(super) fn values(settings: &Value) -> Vec<(String, super::NewValue)> {
    let value =
        |(name, value): (&String, &Value)| Some((name.clone(), super::NewValue::Text(value.as_str()?.to_owned())));
    settings.as_object().into_iter().flatten().filter_map(value).collect()
}

/// The settings of a section, or those of the profile that a section would begin with.
pub(super) fn defaults(profile: &Value) -> Value {
    let mut settings = json!({});
    for name in [START_URL, REGION] {
        if let Some(value) = text(profile, name) {
            settings[name] = value.into();
        }
    }
    settings
}
