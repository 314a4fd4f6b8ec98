//! Session credentials: made by an operation of the service for one subject, such as S3's directory buckets.

use std::time::Duration;

use serde_json::{Value, json};

use super::Call;
use super::error::CallError;
use super::sign::Identity;
use crate::credentials::{Credentials, ProvideCredentials};
use crate::customize::SessionRule;
use crate::error::{Error, ErrorKind, Result};
use crate::moment::part;

impl Call<'_> {
    /// The session credentials for the subject named in the parameters, from the cache or by a call.
    pub(super) fn session_credentials(&self, params: &Value) -> Result<Identity> {
        let Call { client, plan, context, .. } = self;
        let operation = &plan.operation;
        let rule = plan.quirks.sessions().filter(|rule| rule.operation != operation.name);
        let Some(rule) = rule else {
            return Err(CallError::NoSessionOperation.into());
        };
        let subject = params.get(rule.member).and_then(Value::as_str);
        let subject = subject.ok_or(CallError::NoSessionSubject(rule.member))?;
        let cached = client.memory.sessions.get_or_insert_with(subject, || client.outside.new_session(rule.windows));
        // A caller with valid credentials keeps half of the time, to use them if renewal fails.
        let deadline = context.time_left().map(|left| if cached.valid().is_some() { part(left, 2) } else { left });
        let credentials = cached.get(&SessionProvider { call: self, deadline, rule, subject }, context.deadline)?;
        Ok(Identity::Session(credentials, cached))
    }
}

/// Provides credentials by creating a session.
struct SessionProvider<'c> {
    call: &'c Call<'c>,
    deadline: Option<Duration>,
    rule: &'static SessionRule,
    subject: &'c str,
}

impl ProvideCredentials for SessionProvider<'_> {
    fn provide(&self) -> Result<Credentials> {
        let SessionProvider { call, rule, subject, deadline } = self;
        let plan = call.client.service.operation(rule.operation)?;
        let output = call.inner(plan, json!({ rule.member: subject }), *deadline);
        let output = output.map_err(|error| session_error(subject, error))?;
        (rule.read)(&output.value)
            .ok_or_else(|| session_error(subject, CallError::NoSessionCredentials(rule.operation).into()))
    }

    fn name(&self) -> &str {
        self.rule.operation
    }
}

/// The error of the call, caused by that of the session call.
fn session_error(subject: &str, error: Error) -> Error {
    Error::caused_by(error, ErrorKind::Credentials, format!("no session for {subject}"))
}
