//! [`Session::config_report`]: the session's settings and where each comes from.

use serde_json::{Map, Value, json};

use super::Session;
use crate::config::{Origin, SETTINGS, Setting, Url};
use crate::credentials::Credentials;
use crate::deadline::Deadline;
use crate::error::Result;

impl Session {
    /// Reports every setting of the session by name, as an object with `value` and `origin` in text. Both are `null`
    /// for a setting without a value; an invalid setting has `error` instead.
    ///
    /// The last entries are the credentials, whose origin is the name of their provider. They are resolved as for a
    /// call, which may run programs and call metadata services. Only the last four characters of the access key id are
    /// shown, and neither the secret key nor the session token.
    ///
    /// Clients start from these settings. Two defaults depend on the client's endpoint, as their origin says: outside
    /// AWS, `request_checksum_calculation` and `response_checksum_validation` are `when_required`.
    ///
    /// ```
    /// use tucuxi::{Credentials, Session};
    /// let session = Session::builder().region("eu-west-1").credentials(Credentials::new("AKIDEXAMPLE", "secret")).build()?;
    /// let report = session.config_report();
    /// assert_eq!(report["region"], serde_json::json!({"value": "eu-west-1", "origin": "the builder"}));
    /// assert_eq!(report["access_key_id"]["value"], "****************MPLE");
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    pub fn config_report(&self) -> Value {
        let mut report: Map<String, Value> = SETTINGS
            .iter()
            .map(|setting| (setting.name.to_owned(), row(setting.name, self.explain(setting))))
            .collect();
        let credentials = self.1.credentials.get(Deadline::NONE);
        let mut add_credentials = |name: &str, show: fn(&Credentials) -> Option<String>| {
            let found =
                credentials.as_ref().map(|credentials| Some((show(credentials)?, self.1.credentials.provider_name())));
            let value = match found {
                Ok(found) => found_row(found),
                Err(error) => json!({"error": error.with_all_details()}),
            };
            report.insert(name.to_owned(), value);
        };
        add_credentials("access_key_id", |credentials| Some(masked(credentials.access_key_id())));
        add_credentials("secret_access_key", |_| Some("****************".to_owned()));
        add_credentials("session_token", |credentials| {
            credentials.session_token().map(|_| "****************".to_owned())
        });
        add_credentials("account_id", |credentials| credentials.account_id().map(str::to_owned));
        Value::Object(report)
    }

    fn explain(&self, setting: &Setting) -> Result<Option<(String, Origin)>> {
        let config = &self.0.config;
        if setting.name == "endpoint_url" {
            // The table has only the URL set in code. The empty service name finds the one for all services.
            let found = config.written_endpoint_url_for("")?;
            return Ok(found.map(|found| (format!("{:?}", Url(found.value)).replace('"', ""), found.origin)));
        }
        Ok(config.explain(setting)?)
    }
}

fn row(name: &str, found: Result<Option<(String, Origin)>>) -> Value {
    let describe = |origin: Origin| match (name, &origin) {
        ("request_checksum_calculation" | "response_checksum_validation", Origin::Default) => {
            format!("{origin} for AWS; when_required elsewhere")
        }
        _ => origin.to_string(),
    };
    match found {
        Ok(found) => found_row(found.map(|(value, origin)| (value, describe(origin)))),
        Err(error) => json!({"error": error.to_string()}),
    }
}

fn found_row(found: Option<(String, impl Into<String>)>) -> Value {
    let (value, origin) = found.map(|(value, origin)| (value, origin.into())).unzip();
    json!({"value": value, "origin": origin})
}

/// Masks all but the last four characters, as the AWS CLI does.
fn masked(access_key_id: &str) -> String {
    let from = access_key_id.char_indices().rev().nth(3).map_or(0, |(index, _)| index);
    // Of a short id, the last four characters would be nearly all.
    let shown = if access_key_id.len() > 8 { &access_key_id[from..] } else { "" };
    format!("****************{shown}")
}
