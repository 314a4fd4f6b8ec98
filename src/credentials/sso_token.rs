//! The SSO token that `aws sso login` stores in `~/.aws/sso/cache`, and its renewal.
//!
//! The rules are those of botocore's `tokens.py: SSOTokenProvider`. The AWS CLI and the SDKs
//! share the cache: it is read again before a renewal, as another process may have renewed the token, and a token that is renewed
//! here is written back.

use std::sync::{PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value, json};

use super::Token;
use super::cache::RefreshWindows;
use super::error::{CredentialsError, SettingProblem, TokenFileProblem};
use super::section::SectionReader;
use super::setup::{ServiceCall, Setup};
use super::token_file::{LOCK_TIMEOUT, TokenFile, await_other_writer};
use crate::codec::timestamp::Timestamp;
use crate::deadline::Deadline;
use crate::error::{Error, Result};
use crate::moment::later;
use crate::timed_mutex::{TimedMutex, TimedMutexGuard};

const SERVICE: &str = "sso-oidc";
pub(super) const SESSION: &str = "sso_session";
pub(super) const START_URL: &str = "sso_start_url";
pub(super) const REGION: &str = "sso_region";

/// The minimum time between two renewals.
const MIN_RENEWAL_INTERVAL: Duration = Duration::from_secs(60);

/// The token of one start URL.
pub(crate) struct SsoToken {
    setup: Setup,
    file: TokenFile,
    start_url: String,
    region: String,
    /// Whether the token can be renewed; only tokens of `sso-session` sections can.
    is_renewable: bool,
    /// What the user does to get a new token: `run ..`.
    advice: String,
    windows: RefreshWindows,
    current: RwLock<Option<Token>>,
    /// The time of the last renewal attempt. Locked during a renewal; callers with a valid token do not wait for it.
    renewing: TimedMutex<Option<SystemTime>>,
}

impl SsoToken {
    /// The token of the `sso-session` section that the profile refers to, if any. Keys that are set in both must agree.
    pub(super) fn of_session(setup: &Setup, profile: SectionReader<'_>) -> Result<Option<SsoToken>> {
        let Some(name) = profile.text(SESSION)? else { return Ok(None) };
        let files = setup.config.files()?;
        let section = files.sso_session(name).ok_or_else(|| {
            let hint = files.near_sso_session(name);
            profile.error(SESSION, SettingProblem::NoSsoSession { name: name.to_owned(), hint })
        })?;
        let session = SectionReader::SsoSession(name, section);
        let why = format!("the token of {}", profile.place(SESSION));
        let start_url = session.required(START_URL, &why)?;
        let region = session.required(REGION, &why)?;
        for (key, value) in [(START_URL, start_url), (REGION, region)] {
            if let Some(other) = profile.text(key)?.filter(|other| *other != value) {
                let (here, other, there) = (other.to_owned(), value.to_owned(), session.place(key));
                return Err(profile.error(key, SettingProblem::Contradiction { key, here, other, there }));
            }
        }
        let advice = format!("run `aws sso login --sso-session {name}`");
        SsoToken::new(setup, name, start_url.to_owned(), region.to_owned(), true, advice).map(Some)
    }

    /// The token of a start URL that the profile itself sets.
    pub(super) fn without_session(
        setup: &Setup,
        profile: SectionReader<'_>,
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
        is_renewable: bool,
        advice: String,
    ) -> Result<SsoToken> {
        Ok(SsoToken {
            setup: setup.clone(),
            file: TokenFile::sso(setup.config.environment(), key)?,
            start_url,
            region,
            is_renewable,
            advice,
            windows: RefreshWindows::default(),
            current: RwLock::default(),
            renewing: TimedMutex::default(),
        })
    }

    pub(super) fn region(&self) -> &str {
        &self.region
    }

    /// What the user does if the service rejects the token.
    pub(super) fn advice(&self) -> &str {
        &self.advice
    }

    /// The cached token, unless it is time to renew it.
    pub(super) fn valid(&self) -> Option<Token> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current.as_ref().filter(|current| self.remaining(current) >= self.windows.advisory).cloned()
    }

    /// The cached token, unless it has expired.
    pub(super) fn unexpired(&self) -> Option<Token> {
        self.current().filter(|current| !self.remaining(current).is_zero())
    }

    /// A token that is valid now.
    pub(super) fn get(&self) -> Result<Token> {
        let Some(current) = self.current() else { return self.load(self.lock_renewal()?, None) };
        let remaining = self.remaining(&current);
        if remaining >= self.windows.advisory {
            return Ok(current);
        }
        if remaining < self.windows.mandatory {
            return self.load(self.lock_renewal()?, None);
        }
        self.renewing.try_lock().map_or(Ok(current), |renewing| self.load(renewing, None))
    }

    /// Replaces a token that a service has rejected, whatever its expiry; `None` if there is no other. If a service rejects it in
    /// several threads, one of them renews it.
    pub(super) fn replace(&self, rejected: &Token) -> Result<Option<Token>> {
        let renewing = self.lock_renewal()?;
        let other = |token: &Token| token.token() != rejected.token();
        match self.current().filter(|current| other(current) && !self.remaining(current).is_zero()) {
            Some(current) => Ok(Some(current)),
            None => Ok(Some(self.load(renewing, Some(rejected))?).filter(other)),
        }
    }

    fn lock_renewal(&self) -> Result<TimedMutexGuard<'_, Option<SystemTime>>> {
        self.renewing.lock(Deadline::NONE).map_err(|_| CredentialsError::SsoTokenReentered.into())
    }

    fn current(&self) -> Option<Token> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the token file, and renews the token if it is about to expire or a service has rejected it.
    fn load(&self, mut renewing: TimedMutexGuard<'_, Option<SystemTime>>, rejected: Option<&Token>) -> Result<Token> {
        let mut token = self.token(&self.cached()?)?;
        let now = self.setup.clock.now();
        let is_recent = |last: SystemTime| now.duration_since(last).is_ok_and(|since| since < MIN_RENEWAL_INTERVAL);
        let may_try = !renewing.is_some_and(is_recent);
        let mut why = None;
        if self.is_renewable && may_try && self.needs_renewal(&token, rejected) {
            // With a usable token, there is no need to wait for another process that renews it.
            let is_usable = rejected.is_none() && self.remaining(&token) >= self.windows.mandatory;
            let lock = self.file.lock(Deadline::after(if is_usable { Duration::ZERO } else { LOCK_TIMEOUT }));
            if lock.is_some() || !is_usable {
                // Another process may have renewed it while this one waited.
                let cached = self.cached()?;
                token = self.token(&cached)?;
                if self.needs_renewal(&token, rejected) {
                    *renewing = Some(now);
                    match self
                        .renew(&cached)
                        .or_else(|error| self.renewed_by_another_process(&token, &error).ok_or(error))
                    {
                        Ok(renewed) => token = renewed,
                        Err(error) => {
                            tracing::warn!(%error, "the SSO token could not be renewed");
                            why = Some(error);
                        }
                    }
                }
            }
        }
        if self.remaining(&token).is_zero() {
            let expired = self.error(TokenFileProblem::Expired);
            return Err(why.into_iter().fold(expired, Error::with_source));
        }
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
        Ok(token)
    }

    fn cached(&self) -> Result<Map<String, Value>> {
        self.file.members()?.ok_or_else(|| self.error(TokenFileProblem::Missing))
    }

    /// Whether the token is about to expire or was rejected.
    fn needs_renewal(&self, token: &Token, rejected: Option<&Token>) -> bool {
        self.remaining(token) < self.windows.advisory
            || rejected.is_some_and(|rejected| rejected.token() == token.token())
    }

    /// A token that another process has written in the meantime, as a refresh token may be valid for one use only. If the old token
    /// has expired and the service rejected the refresh token, that process may be about to write.
    fn renewed_by_another_process(&self, old: &Token, error: &Error) -> Option<Token> {
        let look = || {
            let token = self.token(&self.file.members().ok()??).ok()?;
            (token.token() != old.token() && !self.remaining(&token).is_zero()).then_some(token)
        };
        if error.service().is_some() && self.remaining(old).is_zero() { await_other_writer(look) } else { look() }
    }

    fn renew(&self, cached: &Map<String, Value>) -> Result<Token> {
        let now = self.setup.clock.now();
        let registration = Registration::read(cached, now)?;
        let call = ServiceCall {
            service: SERVICE,
            operation: "CreateToken",
            params: json!({
                "grantType": "refresh_token",
                "clientId": registration.client_id,
                "clientSecret": registration.client_secret,
                "refreshToken": registration.refresh_token,
            }),
            region: Some(&self.region),
            credentials: None,
            before_send: None,
        };
        let response = self.setup.services.call(call)?;
        let expiry = response["expiresIn"].as_u64().map(|seconds| later(now, Duration::from_secs(seconds)));
        let (Some(expiry), Some(token)) = (expiry, response["accessToken"].as_str()) else {
            return Err(CredentialsError::ResponseLacks("accessToken or no expiresIn".to_owned()).into());
        };
        let mut renewed = json!({
            "startUrl": self.start_url,
            "region": self.region,
            "accessToken": token,
            // Whole seconds, as the AWS CLI writes and reads them.
            "expiresAt": Timestamp::whole_second(expiry).to_rfc3339(),
            "clientId": registration.client_id,
            "clientSecret": registration.client_secret,
            "registrationExpiresAt": registration.expires_at,
        });
        if let Some(refresh_token) = response["refreshToken"].as_str() {
            renewed["refreshToken"] = refresh_token.into();
        }
        // The token is valid even if it cannot be stored.
        if let Err(error) = self.file.write(&renewed) {
            tracing::warn!(file = %self.file, %error, "the renewed SSO token could not be written");
        }
        Ok(self.with_origin(Token::new(token).with_expiry(expiry)))
    }

    fn with_origin(&self, token: Token) -> Token {
        token.with_origin(self.file.to_string(), self.advice.as_str())
    }

    fn token(&self, cached: &Map<String, Value>) -> Result<Token> {
        let text = |name: &str| cached.get(name).and_then(Value::as_str);
        let token =
            text("accessToken").filter(|token| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic()));
        let token = token.ok_or_else(|| self.error(TokenFileProblem::Unusable("accessToken")))?;
        let expiry =
            text("expiresAt").and_then(time).ok_or_else(|| self.error(TokenFileProblem::Unusable("expiresAt")))?;
        Ok(self.with_origin(Token::new(token).with_expiry(expiry)))
    }

    fn remaining(&self, token: &Token) -> Duration {
        let now = self.setup.clock.now();
        token.expiry().map_or(Duration::MAX, |expiry| expiry.duration_since(now).unwrap_or_default())
    }

    fn error(&self, problem: TokenFileProblem) -> Error {
        self.file.error(problem, self.advice.clone())
    }
}

/// The registration of a client, which renews a token.
struct Registration<'a> {
    client_id: &'a str,
    client_secret: &'a str,
    refresh_token: &'a str,
    expires_at: &'a str,
}

impl<'a> Registration<'a> {
    fn read(cached: &'a Map<String, Value>, now: SystemTime) -> Result<Registration<'a>, CredentialsError> {
        let text = |name: &'static str| {
            let text = cached.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
            text.ok_or(CredentialsError::RegistrationLacks(name))
        };
        let expires_at = text("registrationExpiresAt")?;
        if time(expires_at).is_none_or(|expiry| expiry <= now) {
            return Err(CredentialsError::RegistrationExpired);
        }
        Ok(Registration {
            client_id: text("clientId")?,
            client_secret: text("clientSecret")?,
            refresh_token: text("refreshToken")?,
            expires_at,
        })
    }
}

/// Parses a time; older programs end it with `UTC`.
fn time(text: &str) -> Option<SystemTime> {
    Timestamp::parse(text.strip_suffix("UTC").unwrap_or(text))?.to_system_time()
}
