//! [`AssumedRole`]: the credentials of a role.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use once_cell::sync::OnceCell;
use serde_json::Map;

use crate::credentials::cache::{CachedCredentials, RefreshWindows};
use crate::credentials::setup::Setup;
use crate::credentials::sts::{Role, default_session_name};
use crate::credentials::{Credentials, ProvideCredentials};
use crate::deadline::Deadline;
use crate::error::Result;
use crate::features::Features;

/// The credentials of a role, assumed with a session's credentials; created by
/// [`Session::assume_role`](crate::Session::assume_role).
///
/// The value caches the credentials and renews them before they expire. Share them with `Arc<AssumedRole>`, which is a
/// provider too; a clone has a cache of its own.
///
/// ```
/// use std::time::Duration;
/// use tucuxi::{Body, Credentials, ProvideCredentials, Session};
/// let session = Session::builder()
///     .region("eu-west-1")
///     .credentials(Credentials::new("AKID", "secret"))
///     .transport(|request: http::Request<Body>| {
///         assert_eq!(request.uri().host(), Some("sts.eu-west-1.amazonaws.com"));
///         Ok(http::Response::new(Body::from(
///             "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA</AccessKeyId>\
///              <SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>\
///              <Expiration>2999-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>",
///         )))
///     })
///     .build()?;
/// let role = session.assume_role("arn:aws:iam::123456789012:role/auditor").duration(Duration::from_secs(900));
/// assert_eq!(role.provide()?.access_key_id(), "ASIA");
/// # Ok::<(), tucuxi::Error>(())
/// ```
#[must_use = "nothing is called before the credentials are used"]
pub struct AssumedRole {
    role: Role,
    cached: OnceCell<Arc<CachedCredentials>>,
}

impl AssumedRole {
    pub(super) fn new(setup: &Setup, source: &Arc<CachedCredentials>, role_arn: String) -> Self {
        let what = format!("the role {role_arn}");
        let mut params = Map::new();
        params.insert("RoleArn".to_owned(), role_arn.into());
        params.insert("RoleSessionName".to_owned(), default_session_name(setup.clock.now()).into());
        let role = Role {
            what,
            params,
            mfa_serial: None,
            source: Arc::clone(source),
            way: Features::NONE,
            setup: setup.clone(),
            cached: None,
        };
        AssumedRole { role, cached: OnceCell::new() }
    }

    /// Sets the name of the role's session, which appears in its ARN and in logs; `tucuxi-session-` and the time by
    /// default.
    pub fn session_name(self, name: impl Into<String>) -> Self {
        self.with("RoleSessionName", name.into())
    }

    /// Sets the external id that the role's trust policy requires.
    pub fn external_id(self, id: impl Into<String>) -> Self {
        self.with("ExternalId", id.into())
    }

    /// Sets how long the credentials are valid: from 15 minutes to the role's maximum; one hour by default. Fractions
    /// of a second are dropped. Credentials are renewed when less than 15 minutes are left, so with 15 minutes each use
    /// calls the token service.
    pub fn duration(self, duration: Duration) -> Self {
        self.with("DurationSeconds", duration.as_secs())
    }

    /// Sets a session policy (JSON text) that restricts the permissions of the role.
    pub fn policy(self, policy: impl Into<String>) -> Self {
        self.with("Policy", policy.into())
    }

    /// Sets the serial number or ARN of an MFA device. [`mfa_prompt`](crate::SessionBuilder::mfa_prompt) is asked for
    /// its code.
    pub fn mfa_serial(mut self, serial: impl Into<String>) -> Self {
        self.role.mfa_serial = Some(serial.into());
        AssumedRole { cached: OnceCell::new(), ..self }
    }

    fn with(mut self, name: &str, value: impl Into<serde_json::Value>) -> Self {
        self.role.params.insert(name.to_owned(), value.into());
        AssumedRole { cached: OnceCell::new(), ..self }
    }
}

impl ProvideCredentials for AssumedRole {
    fn provide(&self) -> Result<Credentials> {
        let cached = self.cached.get_or_init(|| {
            let role = Arc::new(self.role.clone());
            Arc::new(CachedCredentials::new(role, Arc::clone(&self.role.setup.clock), RefreshWindows::default()))
        });
        cached.get(Deadline::NONE)
    }

    fn name(&self) -> &str {
        "assume-role"
    }
}

impl Clone for AssumedRole {
    fn clone(&self) -> Self {
        AssumedRole { role: self.role.clone(), cached: OnceCell::new() }
    }
}

impl fmt::Debug for AssumedRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AssumedRole").field("role_arn", &self.role.params.get("RoleArn")).finish_non_exhaustive()
    }
}
