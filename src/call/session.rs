//! Keys that belong to one thing of a service, and that one of its operations makes.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::CallOptions;
use super::sign::Identity;
use crate::client::Shared;
use crate::credentials::cache::CachedSession;
use crate::credentials::{Credentials, ProvideCredentials};
use crate::customize::{Context, SessionRule};
use crate::error::{Error, ErrorKind, Result};
use crate::moment::part;

/// The keys for what the parameters name: kept ones, or new ones by a call of their own.
pub(super) fn keys(client: &Shared, context: &Context<'_>, params: &Value) -> Result<Identity> {
    let operation = context.operation;
    let sessions = operation.quirks.sessions().filter(|sessions| sessions.operation != operation.name);
    let Some(sessions) = sessions else {
        let message =
            "the rule set wants a signature with the keys of a session, and nothing makes such for this operation";
        return Err(Error::new(ErrorKind::Unsupported, message));
    };
    let subject = params.get(sessions.member).and_then(Value::as_str).ok_or_else(|| {
        let message = format!("input.{}: missing, and the keys for the signature belong to it", sessions.member);
        Error::new(ErrorKind::Signing, message)
    })?;
    let kept = client
        .memory
        .sessions
        .get_or_insert_with(subject, || Arc::new(CachedSession::new(Arc::clone(&client.clock), sessions.windows)));
    // Whoever has valid keys needs time to use them if no new ones come.
    let deadline = context.time_left().map(|left| if kept.valid().is_some() { part(left, 2) } else { left });
    let keys = kept.get(&Made { client, deadline, sessions, subject }, context.until)?;
    Ok(Identity::Session(keys, kept))
}

/// Makes a session when it is asked for credentials.
struct Made<'c> {
    client: &'c Shared,
    deadline: Option<Duration>,
    sessions: &'static SessionRule,
    subject: &'c str,
}

impl ProvideCredentials for Made<'_> {
    fn provide(&self) -> Result<Credentials> {
        let Made { client, sessions, subject, .. } = self;
        let operation = client.service.operation(sessions.operation)?;
        let params = json!({ sessions.member: subject });
        let options = CallOptions { deadline: self.deadline, ..CallOptions::new(params) };
        let answer = super::call(client, operation, options).map_err(|error| failed(subject, error))?;
        (sessions.read)(&answer.value).ok_or_else(|| {
            let message = format!("the answer to {} has no keys", sessions.operation);
            failed(subject, Error::new(ErrorKind::Response, message))
        })
    }

    fn name(&self) -> &str {
        self.sessions.operation
    }
}

/// Tells of this call and of the one that failed.
fn failed(subject: &str, error: Error) -> Error {
    Error::caused_by(error, ErrorKind::Credentials, format!("no session for {subject}"))
}
