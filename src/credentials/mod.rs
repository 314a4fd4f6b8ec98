//! Credentials and bearer tokens: what they are, who provides them, and the cache in front of the provider.

mod assume_role;
pub(crate) mod cache;
pub(crate) mod chain;
mod check;
mod container;
mod document;
mod environment;
mod flight;
pub(crate) mod imds;
mod keys;
mod legacy_files;
mod login;
mod metadata;
mod origin;
mod process;
pub(crate) mod setup;
mod shared_file;
mod sso;
mod sso_token;
pub(crate) mod sts;
pub(crate) mod token;
mod token_file;
mod web_identity;

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

pub(crate) use origin::Origin;
pub use token::{ProvideToken, Token};

use crate::error::Result;
use crate::features::Features;

/// An access key with its secret, and what belongs to them. Cloning is cheap, and `Debug` shows neither secret nor token.
///
/// ```
/// use tucuxi::Credentials;
///
/// let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI").with_session_token("token").with_account_id("123456789012");
/// assert_eq!(credentials.access_key_id(), "AKIDEXAMPLE");
/// assert_eq!(credentials.account_id(), Some("123456789012"));
/// assert!(!format!("{credentials:?}").contains("wJalrXUtnFEMI"));
/// ```
#[derive(Clone)]
pub struct Credentials(Arc<Parts>, Features);

#[derive(Clone, PartialEq, Eq)]
struct Parts {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    account_id: Option<String>,
    expiry: Option<SystemTime>,
    origin: Origin,
}

impl Credentials {
    /// Credentials that do not expire.
    pub fn new(access_key_id: impl Into<String>, secret_access_key: impl Into<String>) -> Self {
        Credentials(
            Arc::new(Parts {
                access_key_id: access_key_id.into(),
                secret_access_key: secret_access_key.into(),
                session_token: None,
                account_id: None,
                expiry: None,
                origin: Origin::default(),
            }),
            Features::NONE,
        )
    }

    /// The token of temporary credentials.
    pub fn with_session_token(mut self, token: impl Into<String>) -> Self {
        Arc::make_mut(&mut self.0).session_token = Some(token.into());
        self
    }

    /// The account they belong to; some services have endpoints by account.
    pub fn with_account_id(mut self, account_id: impl Into<String>) -> Self {
        Arc::make_mut(&mut self.0).account_id = Some(account_id.into());
        self
    }

    /// When they end to be valid. A session asks its provider for new ones before that.
    pub fn with_expiry(mut self, expiry: SystemTime) -> Self {
        Arc::make_mut(&mut self.0).expiry = Some(expiry);
        self
    }

    /// Tells by which ways they came; those they are equal to may have come by others.
    pub(crate) fn with_source(self, source: Features) -> Self {
        Credentials(self.0, self.1 | source)
    }

    pub(crate) fn source(&self) -> Features {
        self.1
    }

    /// Tells where they come from and what renews them, for the message that they have expired.
    fn with_origin(mut self, place: impl Into<String>, renewal: impl Into<String>) -> Self {
        Arc::make_mut(&mut self.0).origin = Origin::new(place, renewal);
        self
    }

    pub(crate) fn origin(&self) -> &Origin {
        &self.0.origin
    }

    /// The access key id, which is no secret.
    pub fn access_key_id(&self) -> &str {
        &self.0.access_key_id
    }

    /// The secret access key.
    pub fn secret_access_key(&self) -> &str {
        &self.0.secret_access_key
    }

    /// The token of temporary credentials.
    pub fn session_token(&self) -> Option<&str> {
        self.0.session_token.as_deref()
    }

    /// The account they belong to, where that is known.
    pub fn account_id(&self) -> Option<&str> {
        self.0.account_id.as_deref()
    }

    /// When they end to be valid; `None` for never.
    pub fn expiry(&self) -> Option<SystemTime> {
        self.0.expiry
    }
}

impl PartialEq for Credentials {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Credentials {}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.0.access_key_id)
            .field("secret_access_key", &"***")
            .field("session_token", &self.0.session_token.as_ref().map(|_| "***"))
            .field("account_id", &self.0.account_id)
            .field("expiry", &self.0.expiry)
            .finish()
    }
}

/// Where credentials come from.
///
/// A session asks when it needs credentials for the first time, and again when those it has are about to expire; it never
/// asks twice at the same time, and keeps what it was given, so a provider need not cache. Credentials without an
/// [expiry](Credentials::expiry) are asked for once. A provider may make calls, but with other credentials: a call that needs
/// those which the provider is being asked for fails.
///
/// [`Credentials`] provide themselves, and a closure is a provider:
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use tucuxi::{Credentials, ProvideCredentials};
///
/// let vault = || Ok(Credentials::new("AKID", "secret").with_expiry(SystemTime::now() + Duration::from_secs(3600)));
/// let provider: Box<dyn ProvideCredentials> = Box::new(vault);
/// assert_eq!(provider.provide()?.access_key_id(), "AKID");
/// # Ok::<(), tucuxi::Error>(())
/// ```
pub trait ProvideCredentials: Send + Sync {
    /// Gives credentials that are valid now. May block, and may be called from any thread.
    ///
    /// # Errors
    /// Whatever keeps it from doing so. The call that needed the credentials fails with this error, unless older ones are
    /// still valid for a while.
    fn provide(&self) -> Result<Credentials>;

    /// The name of the provider in messages.
    fn name(&self) -> &str {
        "custom"
    }
}

impl<F: Fn() -> Result<Credentials> + Send + Sync> ProvideCredentials for F {
    fn provide(&self) -> Result<Credentials> {
        self()
    }
}

impl ProvideCredentials for Credentials {
    fn provide(&self) -> Result<Credentials> {
        Ok(self.clone())
    }

    fn name(&self) -> &str {
        "explicit"
    }
}

impl<P: ProvideCredentials + ?Sized> ProvideCredentials for Arc<P> {
    fn provide(&self) -> Result<Credentials> {
        (**self).provide()
    }

    fn name(&self) -> &str {
        (**self).name()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_show() {
        let credentials = Credentials::new("AKID", "HUSH-secret").with_session_token("HUSH-token");
        let shown = format!("{credentials:?} {:?} {:?}", Some(&credentials), Token::new("HUSH-bearer"));
        assert!(shown.contains("AKID") && !shown.contains("HUSH"), "{shown}");
    }

    #[test]
    fn copies_are_independent() {
        let first = Credentials::new("AKID", "secret");
        let second = first.clone().with_session_token("token");
        assert_eq!((first.session_token(), second.session_token()), (None, Some("token")));
    }
}
