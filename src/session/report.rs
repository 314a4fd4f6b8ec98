//! What a session's settings are, and where each of them comes from.

use serde_json::{Map, Value, json};

use super::Session;
use crate::config::sources::SETTINGS;
use crate::config::{Origin, Setting, Url};
use crate::credentials::Credentials;
use crate::error::Result;

impl Session {
    /// Every setting of the session, by its name: `value` and `origin`, as text. A setting that has no value has `null` for
    /// both; one that is wrong has `error` in place of them.
    ///
    /// The last are those of the credentials, whose origin is the name of their provider. They are looked for as a call would
    /// do it, which may run programs and ask metadata services. The access key id is cut to its last four characters, and
    /// neither the secret nor the token is shown.
    ///
    /// What a session says is what its clients begin with. Two defaults depend on the client's endpoint, which their origin tells:
    /// where that is not AWS's, `request_checksum_calculation` and `response_checksum_validation` are `when_required`.
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
        let credentials = self.1.credentials.get();
        let mut of_credentials = |name: &str, show: fn(&Credentials) -> Option<String>| {
            let found =
                credentials.as_ref().map(|credentials| Some((show(credentials)?, self.1.credentials.provider_name())));
            let value = match found {
                Ok(found) => found_row(found),
                Err(error) => json!({"error": error.with_all_details()}),
            };
            report.insert(name.to_owned(), value);
        };
        of_credentials("access_key_id", |credentials| Some(masked(credentials.access_key_id())));
        of_credentials("secret_access_key", |_| Some("****************".to_owned()));
        of_credentials("session_token", |credentials| {
            credentials.session_token().map(|_| "****************".to_owned())
        });
        of_credentials("account_id", |credentials| credentials.account_id().map(str::to_owned));
        Value::Object(report)
    }

    fn explain(&self, setting: &Setting) -> Result<Option<(String, Origin)>> {
        let config = &self.0.config;
        if setting.name == "endpoint_url" {
            // Its row knows the builder's only. A service of no name has the one that holds for all services.
            let found = config.written_endpoint_url_for("")?;
            return Ok(found.map(|found| (format!("{:?}", Url(found.value)).replace('"', ""), found.origin)));
        }
        config.explain(setting)
    }
}

fn row(name: &str, found: Result<Option<(String, Origin)>>) -> Value {
    let told = |origin: Origin| match (name, &origin) {
        ("request_checksum_calculation" | "response_checksum_validation", Origin::Default) => {
            format!("{origin} for AWS; when_required elsewhere")
        }
        _ => origin.to_string(),
    };
    match found {
        Ok(found) => found_row(found.map(|(value, origin)| (value, told(origin)))),
        Err(error) => json!({"error": error.to_string()}),
    }
}

fn found_row(found: Option<(String, impl Into<String>)>) -> Value {
    let (value, origin) = found.map(|(value, origin)| (value, origin.into())).unzip();
    json!({"value": value, "origin": origin})
}

/// The last four characters, as the AWS CLI shows a key.
fn masked(access_key_id: &str) -> String {
    let from = access_key_id.char_indices().rev().nth(3).map_or(0, |(index, _)| index);
    // What is hardly longer than that would be shown nearly whole.
    let shown = if access_key_id.len() > 8 { &access_key_id[from..] } else { "" };
    format!("****************{shown}")
}
