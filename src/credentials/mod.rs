//! Credentials and bearer tokens, their providers, and the cache in front of a provider.

mod assume_role;
pub(crate) mod cache;
pub(crate) mod chain;
mod check;
mod container;
mod document;
mod dpop;
mod environment;
mod error;
pub(crate) mod imds;
mod legacy_files;
mod login;
mod metadata;
mod origin;
mod pkce;
mod process;
mod provider;
pub(crate) mod role_cache;
mod section;
pub(crate) mod setup;
mod shared_file;
mod signing_keys;
mod single_flight;
mod sso;
mod sso_token;
pub(crate) mod sts;
pub(crate) mod token;
mod token_file;
mod web_identity;

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

pub use dpop::DpopKey;
pub(crate) use origin::CredentialsOrigin;
pub use pkce::Pkce;
pub(crate) use signing_keys::SigningKey;
pub use token::{ProvideToken, Token};
pub use token_file::TokenFile;

use crate::error::Result;
use crate::features::Features;
use signing_keys::SigningKeys;

/// AWS credentials: an access key id, its secret, and optionally a session token, an account id and an expiry.
///
/// Cloning is cheap. `Debug` shows neither the secret nor the token.
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
pub struct Credentials(Arc<CredentialsData>, Features, Arc<SigningKeys>);

#[derive(Clone, PartialEq, Eq)]
struct CredentialsData {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    account_id: Option<String>,
    expiry: Option<SystemTime>,
    origin: CredentialsOrigin,
}

impl Credentials {
    /// Creates credentials that do not expire.
    pub fn new(access_key_id: impl Into<String>, secret_access_key: impl Into<String>) -> Self {
        Credentials(
            Arc::new(CredentialsData {
                access_key_id: access_key_id.into(),
                secret_access_key: secret_access_key.into(),
                session_token: None,
                account_id: None,
                expiry: None,
                origin: CredentialsOrigin::default(),
            }),
            Features::NONE,
            Arc::default(),
        )
    }

    /// Sets the session token of temporary credentials.
    pub fn with_session_token(mut self, token: impl Into<String>) -> Self {
        Arc::make_mut(&mut self.0).session_token = Some(token.into());
        self
    }

    /// Sets the id of the account that the credentials belong to; some services have an endpoint per account.
    pub fn with_account_id(mut self, account_id: impl Into<String>) -> Self {
        Arc::make_mut(&mut self.0).account_id = Some(account_id.into());
        self
    }

    /// Sets the expiry. A session asks its provider for new credentials before this time.
    pub fn with_expiry(mut self, expiry: SystemTime) -> Self {
        Arc::make_mut(&mut self.0).expiry = Some(expiry);
        self
    }

    /// Adds the features that the `User-Agent` header reports for the source. They do not take part in comparisons.
    pub(crate) fn with_source(self, source: Features) -> Self {
        Credentials(self.0, self.1 | source, self.2)
    }

    pub(crate) fn source(&self) -> Features {
        self.1
    }

    /// Sets where the credentials come from and how to renew them, for the error about their expiry.
    fn with_origin(mut self, place: impl Into<String>, renewal: impl Into<String>) -> Self {
        Arc::make_mut(&mut self.0).origin = CredentialsOrigin::new(place, renewal);
        self
    }

    pub(crate) fn origin(&self) -> &CredentialsOrigin {
        &self.0.origin
    }

    /// The signing key of the secret for a day (counted from the epoch), region and service. It is kept with the secret,
    /// which never changes: other credentials have other keys.
    pub(crate) fn signing_key(
        &self,
        day: i64,
        region: &str,
        service: &str,
        derive: impl FnOnce() -> SigningKey,
    ) -> SigningKey {
        self.2.get_or_derive(day, region, service, derive)
    }

    /// The access key id, which is not secret.
    pub fn access_key_id(&self) -> &str {
        &self.0.access_key_id
    }

    /// The secret access key.
    pub fn secret_access_key(&self) -> &str {
        &self.0.secret_access_key
    }

    /// The session token of temporary credentials.
    pub fn session_token(&self) -> Option<&str> {
        self.0.session_token.as_deref()
    }

    /// The id of the account that the credentials belong to, if known.
    pub fn account_id(&self) -> Option<&str> {
        self.0.account_id.as_deref()
    }

    /// The expiry; `None` if the credentials never expire.
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

/// A provider of credentials.
///
/// A session calls the provider when it first needs credentials, and again when they are about to expire. It caches the
/// result and never makes two calls at the same time, so a provider needs no cache of its own. A session asks only once for
/// credentials without an [expiry](Credentials::expiry). A provider may make service calls, but with other credentials: a
/// call that needs the credentials being provided fails.
///
/// [`Credentials`] provide themselves, a closure is a provider, and so is a box or an [`Arc`] with a provider in it:
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
    /// Provides credentials that are valid now. It may block, and any thread may call it.
    ///
    /// # Errors
    /// Any reason why there are no credentials. The call that needs them fails with this error, unless older credentials are
    /// still valid.
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

/// A boxed provider is a provider, so that the kind of provider can be chosen at run time.
impl ProvideCredentials for Box<dyn ProvideCredentials> {
    fn provide(&self) -> Result<Credentials> {
        (**self).provide()
    }

    fn name(&self) -> &str {
        (**self).name()
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
    fn debug_hides_secrets() {
        let credentials = Credentials::new("AKID", "HUSH-secret").with_session_token("HUSH-token");
        let shown = format!("{credentials:?} {:?} {:?}", Some(&credentials), Token::new("HUSH-bearer"));
        assert!(shown.contains("AKID") && !shown.contains("HUSH"), "{shown}");
    }

    #[test]
    fn boxed_and_shared_providers_are_providers() {
        fn name(provider: &impl ProvideCredentials) -> String {
            provider.name().to_owned()
        }
        let boxed = || -> Box<dyn ProvideCredentials> { Box::new(Credentials::new("AKID", "secret")) };
        assert_eq!((name(&boxed()), name(&Arc::new(boxed()))), ("explicit".to_owned(), "explicit".to_owned()));
        fn token_name(provider: &impl ProvideToken) -> String {
            provider.name().to_owned()
        }
        let boxed = || -> Box<dyn ProvideToken> { Box::new(Token::new("t")) };
        assert_eq!(
            (token_name(&boxed()), token_name(&Arc::new(boxed()))),
            ("explicit".to_owned(), "explicit".to_owned())
        );
    }

    #[test]
    fn clones_are_independent() {
        let first = Credentials::new("AKID", "secret");
        let second = first.clone().with_session_token("token");
        assert_eq!((first.session_token(), second.session_token()), (None, Some("token")));
    }
}
