//! Credentials of a sign-in with `aws login`.
//!
//! The AWS CLI stores them in `~/.aws/login/cache`, together with a refresh token and the key that proves the right to use it
//! (DPoP, [RFC 9449](https://www.rfc-editor.org/rfc/rfc9449)). The rules are those of botocore's `credentials.py:
//! LoginProvider`.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value, json};

use super::dpop::DpopKey;
use super::error::{CredentialsError, TokenFileProblem};
use super::provider::{ChainProvider, ChainResult};
use super::section::SectionReader;
use super::setup::{ServiceCall, Setup};
use super::token_file::{LOCK_TIMEOUT, TokenFile, await_other_writer};
use super::{Credentials, check};
use crate::body::Body;
use crate::codec::timestamp::Timestamp;
use crate::deadline::Deadline;
use crate::error::{Error, Result};
use crate::moment::later;

const SERVICE: &str = "signin";
const SESSION: &str = "login_session";

/// Cached credentials that are valid for longer than this are used without a renewal.
const MIN_VALIDITY: Duration = Duration::from_secs(5 * 60);

/// Provides the credentials of the profile's login session.
pub(super) struct Login {
    setup: Setup,
}

impl Login {
    pub(super) fn new(setup: &Setup) -> Self {
        Login { setup: setup.clone() }
    }
}

impl ChainProvider for Login {
    fn load(&self) -> Result<ChainResult> {
        let config = &self.setup.config;
        let session = match SectionReader::of_profile(config)? {
            Some(profile) => profile.text(SESSION)?.map(|session| (profile, session)),
            None => None,
        };
        let Some((profile, session)) = session else {
            return Ok(ChainResult::NotConfigured(format!("no {SESSION} in profile {:?}", config.profile()?.value)));
        };
        let file = TokenFile::login(config.environment(), session)?;
        let advice = format!("run `aws login --profile {}`", profile.name());
        let login = LoginSession { setup: &self.setup, file, advice };
        let what = format!("{}: the session of `aws login`", profile.place(SESSION));
        match login.credentials() {
            Ok(credentials) => Ok(ChainResult::Found(credentials.with_origin(what, login.advice))),
            Err(error) => Err(CredentialsError::LoginFailed(what).caused_by(error)),
        }
    }
}

/// The login session of the AWS CLI.
struct LoginSession<'a> {
    setup: &'a Setup,
    file: TokenFile,
    advice: String,
}

impl LoginSession<'_> {
    fn credentials(&self) -> Result<Credentials> {
        let credentials = self.read(&self.cached()?)?;
        if lasts_long_enough(&credentials, self.setup.clock.now()) {
            return Ok(credentials);
        }
        let _lock = self.file.lock(Deadline::after(LOCK_TIMEOUT));
        // Another process may have renewed them while this one waited.
        let cached = self.cached()?;
        let credentials = self.read(&cached)?;
        let now = self.setup.clock.now();
        if lasts_long_enough(&credentials, now) {
            return Ok(credentials);
        }
        self.renew(cached, now)
            .or_else(|error| self.renewed_by_another_process(now, &error).ok_or_else(|| self.with_advice(error)))
    }

    fn cached(&self) -> Result<Map<String, Value>> {
        self.file.members()?.ok_or_else(|| self.error(TokenFileProblem::Missing))
    }

    /// Credentials that another process has written in the meantime, as a refresh token may be valid for one use only. If the
    /// service rejected the refresh token, that process may be about to write.
    fn renewed_by_another_process(&self, now: SystemTime, error: &Error) -> Option<Credentials> {
        let look = || {
            let credentials = self.read(&self.file.members().ok()??).ok()?;
            lasts_long_enough(&credentials, now).then_some(credentials)
        };
        if error.service().is_some() { await_other_writer(look) } else { look() }
    }

    fn renew(&self, mut cached: Map<String, Value>, now: SystemTime) -> Result<Credentials> {
        let text = |name: &str| {
            let found = cached.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
            found.ok_or_else(|| self.error(TokenFileProblem::Lacks(name.to_owned())))
        };
        let key =
            DpopKey::from_pem(text("dpopKey")?).ok_or_else(|| self.error(TokenFileProblem::Unusable("dpopKey")))?;
        let clock = Arc::clone(&self.setup.clock);
        let add_proof = move |request: &mut http::Request<Body>| {
            let proof = key.proof(&request.uri().to_string(), clock.now())?;
            request.headers_mut().insert("dpop", proof);
            Ok(())
        };
        let refresh_token = text("refreshToken")?;
        let input = json!({
            "clientId": text("clientId")?,
            "refreshToken": refresh_token,
            "grantType": "refresh_token",
        });
        let call = ServiceCall {
            service: SERVICE,
            operation: "CreateOAuth2Token",
            params: json!({"tokenInput": input}),
            region: cached.get("signInRegion").and_then(Value::as_str).filter(|region| !region.is_empty()),
            credentials: None,
            before_send: Some(Arc::new(add_proof)),
        };
        let response = self.setup.services.call(call).map_err(|error| error.without_secrets(&[refresh_token]))?;
        let output = &response["tokenOutput"];
        let seconds = output["expiresIn"].as_u64().map(Duration::from_secs);
        let seconds = seconds.ok_or_else(|| CredentialsError::ResponseLacks("tokenOutput.expiresIn".to_owned()))?;
        let expiry = Timestamp::whole_second(later(now, seconds));
        let mut token = output["accessToken"].clone();
        if let Value::Object(members) = &mut token {
            members.insert("accountId".to_owned(), cached["accessToken"]["accountId"].clone());
            members.insert("expiresAt".to_owned(), expiry.to_rfc3339().into());
        }
        cached.insert("accessToken".to_owned(), token);
        if output["refreshToken"].is_string() {
            cached.insert("refreshToken".to_owned(), output["refreshToken"].clone());
        }
        let credentials = self.read(&cached)?;
        // The credentials are valid even if they cannot be stored.
        if let Err(error) = self.file.write(&Value::Object(cached)) {
            tracing::warn!(file = %self.file, %error, "the renewed session could not be written");
        }
        Ok(credentials)
    }

    fn read(&self, cached: &Map<String, Value>) -> Result<Credentials> {
        let text = |name: &str| {
            let found =
                cached.get("accessToken").and_then(|token| token[name].as_str()).filter(|text| !text.is_empty());
            found.ok_or_else(|| self.error(TokenFileProblem::Lacks(format!("accessToken.{name}"))))
        };
        let expiry = Timestamp::parse(text("expiresAt")?).and_then(Timestamp::to_system_time);
        let expiry = expiry.ok_or_else(|| self.error(TokenFileProblem::Unusable("accessToken.expiresAt")))?;
        let credentials = Credentials::new(text("accessKeyId")?, text("secretAccessKey")?)
            .with_session_token(text("sessionToken")?)
            .with_account_id(text("accountId")?)
            .with_expiry(expiry);
        match check::flaw(&credentials) {
            Some((part, flaw)) => Err(self.error(TokenFileProblem::Flawed { part, flaw })),
            None => Ok(credentials),
        }
    }

    /// Adds advice to a service error; other errors stay unchanged.
    fn with_advice(&self, error: Error) -> Error {
        if error.operation().is_none() {
            return error;
        }
        let code = error.service().and_then(|service| service.body()["error"].as_str());
        let why = match code {
            Some("TOKEN_EXPIRED") => CredentialsError::LoginExpired(self.advice.clone()),
            Some("USER_CREDENTIALS_CHANGED") => CredentialsError::PasswordChanged(self.advice.clone()),
            Some("INSUFFICIENT_PERMISSIONS") => CredentialsError::MayNotRenewLogin,
            _ => CredentialsError::LoginNotRenewed,
        };
        why.caused_by(error)
    }

    fn error(&self, problem: TokenFileProblem) -> Error {
        self.file.error(problem, self.advice.clone())
    }
}

fn lasts_long_enough(credentials: &Credentials, now: SystemTime) -> bool {
    let remaining = credentials.expiry().and_then(|expiry| expiry.duration_since(now).ok());
    remaining.is_some_and(|remaining| remaining > MIN_VALIDITY)
}
