//! Bearer tokens, for the services that take them in place of signatures.

use std::fmt;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use once_cell::sync::OnceCell;

use super::Origin;
use super::flight::{Flights, Landing, halfway};
use super::keys::Keys;
use super::setup::Setup;
use super::sso_token::SsoToken;
use crate::config::Environment;
use crate::error::{Error, ErrorKind, Result};

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
    origin: Origin,
}

impl Token {
    /// A token that does not expire.
    pub fn new(token: impl Into<String>) -> Self {
        Token { token: Arc::from(token.into()), expiry: None, origin: Origin::default() }
    }

    /// When it ends to be valid.
    pub fn with_expiry(mut self, expiry: SystemTime) -> Self {
        self.expiry = Some(expiry);
        self
    }

    pub(super) fn with_origin(mut self, place: impl Into<String>, renewal: impl Into<String>) -> Self {
        self.origin = Origin::new(place, renewal);
        self
    }

    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The token itself.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// When it ends to be valid; `None` for never.
    pub fn expiry(&self) -> Option<SystemTime> {
        self.expiry
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("token", &"***").field("expiry", &self.expiry).finish()
    }
}

/// Where bearer tokens come from: what [`ProvideCredentials`](crate::ProvideCredentials) is for credentials.
///
/// ```
/// use tucuxi::{ProvideToken, Token};
///
/// let provider: Box<dyn ProvideToken> = Box::new(|| Ok(Token::new("abc123")));
/// assert_eq!(provider.provide()?.token(), "abc123");
/// # Ok::<(), tucuxi::Error>(())
/// ```
pub trait ProvideToken: Send + Sync {
    /// Gives a token that is valid now. May block, and may be called from any thread.
    ///
    /// # Errors
    /// Whatever keeps it from doing so; the call that needed the token fails with this error.
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

/// The token of the session's profile: that of the `sso-session` section it refers to.
pub(crate) struct BearerTokens {
    setup: Setup,
    sso: OnceCell<SsoToken>,
    /// Renewals for callers who wait only so long.
    flights: Flights<Result<Token, Option<Error>>>,
}

impl BearerTokens {
    /// Nothing is looked up yet.
    pub(crate) fn new(setup: &Setup) -> Self {
        BearerTokens { setup: setup.clone(), sso: OnceCell::new(), flights: Flights::default() }
    }

    /// As [`get`](Self::get), but no later than `until`; what takes longer goes on in a thread of its own.
    pub(crate) fn get_until(self: &Arc<Self>, until: Option<Instant>) -> Result<Token, Option<Error>> {
        let Some(until) = until else { return self.get() };
        if let Some(token) = self.sso.get().and_then(SsoToken::valid) {
            return Ok(token);
        }
        let old = self.sso.get().and_then(SsoToken::unexpired);
        let until = if old.is_some() { halfway(until) } else { until };
        let failed = |kind, message| Err(Some(Error::new(kind, message)));
        loop {
            let tokens = Arc::clone(self);
            match (self.flights.wait(until, move || tokens.get()), &old) {
                (Landing::Panicked | Landing::TooLate, Some(old)) => return Ok(old.clone()),
                (Landing::Mine(result, _), _) => return result,
                (Landing::Taken, _) => {}
                (Landing::Panicked, None) => {
                    return failed(ErrorKind::Credentials, "the renewal of the bearer token panicked");
                }
                (Landing::TooLate, None) => {
                    return failed(ErrorKind::Timeout, "there was no bearer token before the deadline");
                }
            }
        }
    }

    /// A token that is valid now; `Err(None)` where the profile refers to no section.
    pub(crate) fn get(&self) -> Result<Token, Option<Error>> {
        if let Some(sso) = self.sso.get() {
            return sso.get().map_err(Some);
        }
        let profile = Keys::of(&self.setup.config).map_err(Some)?.ok_or(None)?;
        let found = SsoToken::of_session(&self.setup, profile).map_err(Some)?.ok_or(None)?;
        self.sso.get_or_init(|| found).get().map_err(Some)
    }

    /// A token in place of one that a service has refused; `None` where there is no other, or not before `until`.
    pub(crate) fn replace_until(self: &Arc<Self>, refused: &Token, until: Option<Instant>) -> Result<Option<Token>> {
        let Some(until) = until else { return self.replace(refused) };
        loop {
            let (tokens, of) = (Arc::clone(self), refused.clone());
            let work = move || tokens.replace(&of).map_err(Some).map(|other| other.unwrap_or(of));
            match self.flights.wait(until, work) {
                // Others may have asked for any token, this one among them.
                Landing::Mine(_, false) => {}
                Landing::Mine(Ok(token), true) => return Ok(Some(token).filter(|token| token != refused)),
                // Whoever had it has left it behind.
                Landing::Taken => return Ok(self.sso.get().and_then(SsoToken::valid).filter(|token| token != refused)),
                Landing::Mine(Err(_), true) | Landing::Panicked | Landing::TooLate => return Ok(None),
            }
        }
    }

    fn replace(&self, refused: &Token) -> Result<Option<Token>> {
        self.sso.get().map_or(Ok(None), |sso| sso.replace(refused))
    }
}

/// The token in `AWS_BEARER_TOKEN_<NAME>`, the name being that which the service signs with; an empty variable does not
/// count. A token with blanks or line breaks in it is an error: it would end up in a header.
pub(crate) fn from_environment(environment: &Environment, signing_name: &str) -> Result<Option<Token>> {
    if signing_name.trim().is_empty() {
        return Ok(None);
    }
    let variable = format!("AWS_BEARER_TOKEN_{}", signing_name.replace(['-', ' '], "_").to_uppercase());
    let Some(token) = environment.non_empty(&variable)? else {
        return Ok(None);
    };
    if token.contains(|next: char| !next.is_ascii_graphic()) {
        let problem = format!(
            "environment variable {variable}: expected a token of visible ASCII characters, found others in it"
        );
        return Err(Error::new(ErrorKind::Credentials, problem));
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
