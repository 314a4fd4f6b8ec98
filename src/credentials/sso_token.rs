//! The token that `aws sso login` leaves in `~/.aws/sso/cache`, and how it is renewed.
//!
//! The rules are those of botocore's `tokens.py: SSOTokenProvider`. The cache belongs to the AWS CLI as much as to this crate: it
//! is read anew before a token is renewed, as somebody else may have done that, and what is renewed here is written back.

use std::sync::{PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value, json};

use super::Token;
use super::cache::RefreshWindows;
use super::keys::Keys;
use super::setup::{ServiceCall, Setup};
use super::token_file::{LOCK_LIMIT, TokenFile, await_other_writer};
use crate::codec::timestamp::Timestamp;
use crate::error::{Error, ErrorKind, Result};
use crate::moment::later;
use crate::timed_mutex::{TimedMutex, TimedMutexGuard};

const SERVICE: &str = "sso-oidc";
pub(super) const SESSION: &str = "sso_session";
pub(super) const START_URL: &str = "sso_start_url";
pub(super) const REGION: &str = "sso_region";

/// How long a service that refused to renew a token is left alone.
const BETWEEN_ATTEMPTS: Duration = Duration::from_secs(60);

/// The token of one start URL.
pub(crate) struct SsoToken {
    setup: Setup,
    file: TokenFile,
    start_url: String,
    region: String,
    /// Only the tokens of `sso-session` sections are.
    is_renewed: bool,
    /// What the user does where there is no token: `run ..`.
    advice: String,
    windows: RefreshWindows,
    current: RwLock<Option<Token>>,
    /// The time of the last attempt to renew; shut while one goes on, and those who have a valid token do not wait for it.
    renewing: TimedMutex<Option<SystemTime>>,
}

impl SsoToken {
    /// The token of the `sso-session` section that the profile refers to, if it does. Keys that stand in both have to agree.
    pub(super) fn of_session(setup: &Setup, profile: Keys<'_>) -> Result<Option<SsoToken>> {
        let Some(name) = profile.text(SESSION)? else { return Ok(None) };
        let files = setup.config.files()?;
        let section = files.sso_session(name).ok_or_else(|| {
            let near = files.near_sso_session(name);
            profile.error(SESSION, format_args!("there is no section [sso-session {name}] in the config file{near}"))
        })?;
        let session = Keys::SsoSession(name, section);
        let why = format!("the token of {}", profile.place(SESSION));
        let start_url = session.required(START_URL, &why)?;
        let region = session.required(REGION, &why)?;
        for (key, value) in [(START_URL, start_url), (REGION, region)] {
            if let Some(other) = profile.text(key)?.filter(|other| *other != value) {
                let there = session.place(key);
                return Err(profile.error(key, format_args!("{key} is {other:?} here and {value:?} at {there}")));
            }
        }
        let advice = format!("run `aws sso login --sso-session {name}`");
        SsoToken::new(setup, name, start_url.to_owned(), region.to_owned(), true, advice).map(Some)
    }

    /// The token of a start URL that stands in the profile itself.
    pub(super) fn without_session(
        setup: &Setup,
        profile: Keys<'_>,
        start_url: String,
        region: String,
    ) -> Result<SsoToken> {
        let advice = format!("run `aws sso login --profile {}`", profile.name());
        let key = start_url.clone();
        SsoToken::new(setup, &key, start_url, region, false, advice)
    }

    fn new(
        setup: &Setup,
        key: &str,
        start_url: String,
        region: String,
        is_renewed: bool,
        advice: String,
    ) -> Result<SsoToken> {
        Ok(SsoToken {
            setup: setup.clone(),
            file: TokenFile::sso(setup.config.environment(), key)?,
            start_url,
            region,
            is_renewed,
            advice,
            windows: RefreshWindows::default(),
            current: RwLock::default(),
            renewing: TimedMutex::default(),
        })
    }

    pub(super) fn region(&self) -> &str {
        &self.region
    }

    /// What the user does where the service does not take the token.
    pub(super) fn advice(&self) -> &str {
        &self.advice
    }

    /// The token, as long as there is no reason to renew it.
    pub(super) fn valid(&self) -> Option<Token> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current.as_ref().filter(|current| self.left(current) >= self.windows.advisory).cloned()
    }

    /// The token that was there last, however little it is good for any more.
    pub(super) fn unexpired(&self) -> Option<Token> {
        self.current().filter(|current| !self.left(current).is_zero())
    }

    /// A token that is valid now.
    pub(super) fn get(&self) -> Result<Token> {
        let Some(current) = self.current() else { return self.load(self.lock_until()?, None) };
        let left = self.left(&current);
        if left >= self.windows.advisory {
            return Ok(current);
        }
        if left < self.windows.mandatory {
            return self.load(self.lock_until()?, None);
        }
        self.renewing.try_lock().map_or(Ok(current), |renewing| self.load(renewing, None))
    }

    /// A token in place of one that a service has refused, whatever it says of its expiry; `None` where there is no other. Of many
    /// threads with the same refusal one renews it.
    pub(super) fn replace(&self, refused: &Token) -> Result<Option<Token>> {
        let renewing = self.lock_until()?;
        let other = |token: &Token| token.token() != refused.token();
        match self.current().filter(|current| other(current) && !self.left(current).is_zero()) {
            Some(current) => Ok(Some(current)),
            None => Ok(Some(self.load(renewing, Some(refused))?).filter(other)),
        }
    }

    fn lock_until(&self) -> Result<TimedMutexGuard<'_, Option<SystemTime>>> {
        self.renewing.lock_until(None).map_err(|_| {
            let message = "a closure that is called while the SSO token is renewed makes a call with that token";
            Error::new(ErrorKind::Credentials, message)
        })
    }

    fn current(&self) -> Option<Token> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the file, and renews the token in it when its time has come or a service has refused it.
    fn load(&self, mut renewing: TimedMutexGuard<'_, Option<SystemTime>>, refused: Option<&Token>) -> Result<Token> {
        let mut token = self.token(&self.cached()?)?;
        let now = self.setup.clock.now();
        let is_lately = |last: SystemTime| now.duration_since(last).is_ok_and(|since| since < BETWEEN_ATTEMPTS);
        let may_try = !renewing.is_some_and(is_lately);
        let mut why = None;
        if self.is_renewed && may_try && self.is_over(&token, refused) {
            // Whoever has a token that will do does not wait for another process that renews it.
            let is_good = refused.is_none() && self.left(&token) >= self.windows.mandatory;
            let lock = self.file.lock(if is_good { Duration::ZERO } else { LOCK_LIMIT });
            if lock.is_some() || !is_good {
                // Another process may have written it while this one waited.
                let cached = self.cached()?;
                token = self.token(&cached)?;
                if self.is_over(&token, refused) {
                    *renewing = Some(now);
                    match self.renew(&cached).or_else(|error| self.renewed_elsewhere(&token, &error).ok_or(error)) {
                        Ok(renewed) => token = renewed,
                        Err(error) => {
                            tracing::warn!(%error, "the SSO token could not be renewed");
                            why = Some(error);
                        }
                    }
                }
            }
        }
        if self.left(&token).is_zero() {
            let expired = self.error("holds a token that has expired");
            return Err(why.into_iter().fold(expired, Error::with_source));
        }
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
        Ok(token)
    }

    fn cached(&self) -> Result<Map<String, Value>> {
        self.file.read()?.ok_or_else(|| self.error("does not exist: nobody has signed in"))
    }

    /// Whether it is time for another token.
    fn is_over(&self, token: &Token, refused: Option<&Token>) -> bool {
        self.left(token) < self.windows.advisory || refused.is_some_and(|refused| refused.token() == token.token())
    }

    /// What another process has written in the meantime: a refresh token may be good for one use only. Where the old token will not
    /// do and the service has refused the refresh token, that process may be about to write.
    fn renewed_elsewhere(&self, old: &Token, error: &Error) -> Option<Token> {
        let look = || {
            let token = self.token(&self.file.read().ok()??).ok()?;
            (token.token() != old.token() && !self.left(&token).is_zero()).then_some(token)
        };
        if error.service().is_some() && self.left(old).is_zero() { await_other_writer(look) } else { look() }
    }

    fn renew(&self, cached: &Map<String, Value>) -> Result<Token> {
        let text = |name: &str| {
            let missing = || Error::new(ErrorKind::Credentials, format!("it cannot be renewed, as there is no {name}"));
            cached.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).ok_or_else(missing)
        };
        let registration = text("registrationExpiresAt")?;
        let now = self.setup.clock.now();
        if time(registration).is_none_or(|expiry| expiry <= now) {
            let message = "it cannot be renewed, as the registration of the program that signed in has expired";
            return Err(Error::new(ErrorKind::Credentials, message));
        }
        let (client_id, client_secret) = (text("clientId")?, text("clientSecret")?);
        let refresh_token = text("refreshToken")?;
        let call = ServiceCall {
            service: SERVICE,
            operation: "CreateToken",
            params: json!({
                "grantType": "refresh_token",
                "clientId": client_id,
                "clientSecret": client_secret,
                "refreshToken": refresh_token,
            }),
            region: Some(&self.region),
            credentials: None,
            finish: None,
        };
        let answer = self.setup.services.call(call)?;
        let expiry = answer["expiresIn"].as_u64().map(|seconds| later(now, Duration::from_secs(seconds)));
        let (Some(expiry), Some(token)) = (expiry, answer["accessToken"].as_str()) else {
            return Err(Error::new(ErrorKind::Response, "the answer has no accessToken or no expiresIn"));
        };
        let mut renewed = json!({
            "startUrl": self.start_url,
            "region": self.region,
            "accessToken": token,
            // Whole seconds, as the AWS CLI writes and reads them.
            "expiresAt": Timestamp::whole_second(expiry).to_rfc3339(),
            "clientId": client_id,
            "clientSecret": client_secret,
            "registrationExpiresAt": registration,
        });
        if let Some(refresh_token) = answer["refreshToken"].as_str() {
            renewed["refreshToken"] = refresh_token.into();
        }
        // The token is good even where it cannot be kept for others.
        if let Err(error) = self.file.write(&renewed) {
            tracing::warn!(file = %self.file, %error, "the renewed SSO token could not be written");
        }
        Ok(self.named(Token::new(token).with_expiry(expiry)))
    }

    fn named(&self, token: Token) -> Token {
        token.with_origin(self.file.to_string(), self.advice.as_str())
    }

    fn token(&self, cached: &Map<String, Value>) -> Result<Token> {
        let text = |name: &str| cached.get(name).and_then(Value::as_str);
        let token =
            text("accessToken").filter(|token| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic()));
        let token = token.ok_or_else(|| self.error("has no usable accessToken"))?;
        let expiry = text("expiresAt").and_then(time).ok_or_else(|| self.error("has no usable expiresAt"))?;
        Ok(self.named(Token::new(token).with_expiry(expiry)))
    }

    fn left(&self, token: &Token) -> Duration {
        let now = self.setup.clock.now();
        token.expiry().map_or(Duration::MAX, |expiry| expiry.duration_since(now).unwrap_or_default())
    }

    fn error(&self, problem: &str) -> Error {
        Error::new(ErrorKind::Credentials, format!("{} {problem}; {}", self.file, self.advice))
    }
}

/// Older programs end the time with `UTC`.
fn time(text: &str) -> Option<SystemTime> {
    Timestamp::parse(text.strip_suffix("UTC").unwrap_or(text))?.to_system_time()
}
