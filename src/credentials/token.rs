//! Bearer tokens, for services that accept them instead of signatures.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use once_cell::sync::OnceCell;

use super::CredentialsOrigin;
use super::error::CredentialsError;
use super::section::SectionReader;
use super::setup::Setup;
use super::single_flight::{FlightOutcome, SingleFlight};
use super::sso_token::SsoToken;
use crate::config::Environment;
use crate::deadline::Deadline;
use crate::error::{Error, Result};

/// A bearer token. Cloning is cheap, and `Debug` does not show it.
///
/// ```
/// use tucuxi::Token;
///
/// let token = Token::new("abc123");
/// assert_eq!(token.token(), "abc123");
/// assert_eq!(format!("{token:?}"), r#"Token { token: "***", expiry: None }"#);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    token: Arc<str>,
    expiry: Option<SystemTime>,
    origin: CredentialsOrigin,
}

impl Token {
    /// Creates a token that does not expire.
    pub fn new(token: impl Into<String>) -> Self {
        Token { token: Arc::from(token.into()), expiry: None, origin: CredentialsOrigin::default() }
    }

    /// Sets the expiry.
    pub fn with_expiry(mut self, expiry: SystemTime) -> Self {
        self.expiry = Some(expiry);
        self
    }

    pub(super) fn with_origin(mut self, place: impl Into<String>, renewal: impl Into<String>) -> Self {
        self.origin = CredentialsOrigin::new(place, renewal);
        self
    }

    pub(crate) fn origin(&self) -> &CredentialsOrigin {
        &self.origin
    }

    /// The token itself.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The expiry; `None` if the token never expires.
    pub fn expiry(&self) -> Option<SystemTime> {
        self.expiry
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("token", &"***").field("expiry", &self.expiry).finish()
    }
}

/// A provider of bearer tokens, the counterpart of [`ProvideCredentials`](crate::ProvideCredentials).
///
/// ```
/// use tucuxi::{ProvideToken, Token};
///
/// let provider: Box<dyn ProvideToken> = Box::new(|| Ok(Token::new("abc123")));
/// assert_eq!(provider.provide()?.token(), "abc123");
/// # Ok::<(), tucuxi::Error>(())
/// ```
pub trait ProvideToken: Send + Sync {
    /// Provides a token that is valid now. It may block, and any thread may call it.
    ///
    /// # Errors
    /// Any reason why there is no token. The call that needs the token fails with this error.
    fn provide(&self) -> Result<Token>;

    /// The name of the provider in messages.
    fn name(&self) -> &str {
        "custom"
    }
}

impl<F: Fn() -> Result<Token> + Send + Sync> ProvideToken for F {
    fn provide(&self) -> Result<Token> {
        self()
    }
}

impl ProvideToken for Token {
    fn provide(&self) -> Result<Token> {
        Ok(self.clone())
    }

    fn name(&self) -> &str {
        "explicit"
    }
}

/// A boxed provider is a provider, so that the kind of provider can be chosen at run time.
impl ProvideToken for Box<dyn ProvideToken> {
    fn provide(&self) -> Result<Token> {
        (**self).provide()
    }

    fn name(&self) -> &str {
        (**self).name()
    }
}

impl<P: ProvideToken + ?Sized> ProvideToken for Arc<P> {
    fn provide(&self) -> Result<Token> {
        (**self).provide()
    }

    fn name(&self) -> &str {
        (**self).name()
    }
}

/// The bearer token of the session's profile, from the `sso-session` section that the profile refers to.
pub(crate) struct BearerTokens {
    setup: Setup,
    sso: OnceCell<SsoToken>,
    /// Renewals for callers with a deadline.
    single_flight: SingleFlight<Result<Token, Option<Error>>>,
}

impl BearerTokens {
    /// Looks nothing up yet.
    pub(crate) fn new(setup: &Setup) -> Self {
        BearerTokens { setup: setup.clone(), sso: OnceCell::new(), single_flight: SingleFlight::default() }
    }

    /// A token that is valid now, by `deadline`; `Err(None)` if the profile refers to no `sso-session` section. A slower renewal
    /// continues in a background thread.
    pub(crate) fn get(self: &Arc<Self>, deadline: Deadline) -> Result<Token, Option<Error>> {
        if !deadline.is_set() {
            return self.get_in_this_thread();
        }
        if let Some(token) = self.sso.get().and_then(SsoToken::valid) {
            return Ok(token);
        }
        let old = self.sso.get().and_then(SsoToken::unexpired);
        let deadline = if old.is_some() { deadline.halfway() } else { deadline };
        loop {
            let tokens = Arc::clone(self);
            match (self.single_flight.wait(deadline, move || tokens.get_in_this_thread()), &old) {
                (FlightOutcome::Panicked | FlightOutcome::DeadlineExceeded, Some(old)) => return Ok(old.clone()),
                (FlightOutcome::Finished { result, .. }, _) => return result,
                (FlightOutcome::Taken, _) => {}
                (FlightOutcome::Panicked, None) => {
                    return Err(Some(CredentialsError::TokenRenewalPanicked.into()));
                }
                (FlightOutcome::DeadlineExceeded, None) => {
                    return Err(Some(CredentialsError::TokenTooLate.into()));
                }
            }
        }
    }

    fn get_in_this_thread(&self) -> Result<Token, Option<Error>> {
        if let Some(sso) = self.sso.get() {
            return sso.get().map_err(Some);
        }
        let profile = SectionReader::of_profile(&self.setup.config).map_err(Some)?.ok_or(None)?;
        let found = SsoToken::of_session(&self.setup, profile).map_err(Some)?.ok_or(None)?;
        self.sso.get_or_init(|| found).get().map_err(Some)
    }

    /// Replaces a token that a service has rejected; `None` if there is no other, or none before `deadline`.
    pub(crate) fn replace(self: &Arc<Self>, rejected: &Token, deadline: Deadline) -> Result<Option<Token>> {
        if !deadline.is_set() {
            return self.replace_in_this_thread(rejected);
        }
        loop {
            let (tokens, old) = (Arc::clone(self), rejected.clone());
            let work = move || tokens.replace_in_this_thread(&old).map_err(Some).map(|other| other.unwrap_or(old));
            match self.single_flight.wait(deadline, work) {
                // Work that was already running may return the rejected token.
                FlightOutcome::Finished { is_own: false, .. } => {}
                FlightOutcome::Finished { result: Ok(token), is_own: true } => {
                    return Ok(Some(token).filter(|token| token != rejected));
                }
                // The caller who took the result has cached it.
                FlightOutcome::Taken => {
                    return Ok(self.sso.get().and_then(SsoToken::valid).filter(|token| token != rejected));
                }
                FlightOutcome::Finished { result: Err(_), is_own: true }
                | FlightOutcome::Panicked
                | FlightOutcome::DeadlineExceeded => {
                    return Ok(None);
                }
            }
        }
    }

    fn replace_in_this_thread(&self, rejected: &Token) -> Result<Option<Token>> {
        self.sso.get().map_or(Ok(None), |sso| sso.replace(rejected))
    }
}

/// The token in `AWS_BEARER_TOKEN_<NAME>`, where the name is the service's signing name; an empty variable counts as missing.
/// A token that contains whitespace or line breaks is an error, because it is sent in a header.
pub(crate) fn from_environment(environment: &Environment, signing_name: &str) -> Result<Option<Token>> {
    if signing_name.trim().is_empty() {
        return Ok(None);
    }
    let variable = format!("AWS_BEARER_TOKEN_{}", signing_name.replace(['-', ' '], "_").to_uppercase());
    let Some(token) = environment.non_empty(&variable)? else {
        return Ok(None);
    };
    if token.contains(|next: char| !next.is_ascii_graphic()) {
        let expected = "a token of visible ASCII characters, found others";
        return Err(CredentialsError::InvalidVariable { name: variable, expected }.into());
    }
    Ok(Some(Token::new(token).with_origin(format!("environment variable {variable}"), "set a new one")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_found_by_signing_name() {
        let environment = Environment::from_pairs([
            ("AWS_BEARER_TOKEN_BEDROCK", "one"),
            ("AWS_BEARER_TOKEN_A_B_C", "two"),
            ("AWS_BEARER_TOKEN_", "none"),
            ("AWS_BEARER_TOKEN_EMPTY", ""),
            ("AWS_BEARER_TOKEN_BAD", "HUSH\r\nx"),
        ]);
        for (name, expected) in
            [("bedrock", Some("one")), ("a-b c", Some("two")), ("sqs", None), ("empty", None), ("", None), (" ", None)]
        {
            let found = from_environment(&environment, name).unwrap();
            assert_eq!(found.as_ref().map(Token::token), expected, "{name:?}");
        }
        let error = from_environment(&environment, "bad").unwrap_err().to_string();
        assert!(
            error.starts_with("environment variable AWS_BEARER_TOKEN_BAD: expected a token") && !error.contains("HUSH")
        );
    }
}
