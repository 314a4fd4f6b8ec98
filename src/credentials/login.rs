//! Credentials of those who have signed in with `aws login`.
//!
//! The AWS CLI leaves them in `~/.aws/login/cache`, together with what renews them: a refresh token, and the key that proves who
//! may use it ([RFC 9449](https://www.rfc-editor.org/rfc/rfc9449), DPoP). The rules are those of botocore's `credentials.py:
//! LoginProvider`.

use std::time::{Duration, SystemTime};

use http::HeaderValue;
use p256::SecretKey;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::DecodePrivateKey;
use serde_json::{Map, Value, json};

use super::chain::{Answer, Link};
use super::keys::Keys;
use super::setup::{ServiceCall, Setup, failed};
use super::token_file::{LOCK_LIMIT, TokenFile, await_other_writer};
use super::{Credentials, check};
use crate::body::Body;
use crate::codec::timestamp::Timestamp;
use crate::error::{Error, ErrorKind, Result};
use crate::moment::{epoch_seconds, later};
use crate::value;

const SERVICE: &str = "signin";
const SESSION: &str = "login_session";

/// Credentials that are good for longer than this are used as somebody else has left them.
const ENOUGH: Duration = Duration::from_secs(5 * 60);

/// The session of the profile.
pub(super) struct Login {
    setup: Setup,
}

impl Login {
    pub(super) fn new(setup: &Setup) -> Self {
        Login { setup: setup.clone() }
    }
}

impl Link for Login {
    fn load(&self) -> Result<Answer> {
        let config = &self.setup.config;
        let session = match Keys::of(config)? {
            Some(profile) => profile.text(SESSION)?.map(|session| (profile, session)),
            None => None,
        };
        let Some((profile, session)) = session else {
            return Ok(Answer::Nothing(format!("no {SESSION} in profile {:?}", config.profile()?.value)));
        };
        let file = TokenFile::login(config.environment(), session)?;
        let advice = format!("run `aws login --profile {}`", profile.name());
        let state = State { setup: &self.setup, file, advice };
        let what = format!("{}: the session of `aws login`", profile.place(SESSION));
        match state.credentials() {
            Ok(credentials) => Ok(Answer::Found(credentials.with_origin(what, state.advice))),
            Err(error) => Err(failed(what, error)),
        }
    }
}

/// What the AWS CLI has left.
struct State<'a> {
    setup: &'a Setup,
    file: TokenFile,
    advice: String,
}

impl State<'_> {
    fn credentials(&self) -> Result<Credentials> {
        let credentials = self.read(&self.cached()?)?;
        if is_enough(&credentials, self.setup.clock.now()) {
            return Ok(credentials);
        }
        let _lock = self.file.lock(LOCK_LIMIT);
        // Another process may have written them while this one waited.
        let cached = self.cached()?;
        let credentials = self.read(&cached)?;
        let now = self.setup.clock.now();
        if is_enough(&credentials, now) {
            return Ok(credentials);
        }
        self.renew(cached, now).or_else(|error| self.renewed_elsewhere(now, &error).ok_or_else(|| self.refused(error)))
    }

    fn cached(&self) -> Result<Map<String, Value>> {
        self.file.read()?.ok_or_else(|| self.error("does not exist: nobody has signed in"))
    }

    /// What another process has written in the meantime: a refresh token may be good for one use only. Where the service has refused
    /// the refresh token, that process may be about to write.
    fn renewed_elsewhere(&self, now: SystemTime, error: &Error) -> Option<Credentials> {
        let look = || {
            let credentials = self.read(&self.file.read().ok()??).ok()?;
            is_enough(&credentials, now).then_some(credentials)
        };
        if error.service().is_some() { await_other_writer(look) } else { look() }
    }

    fn renew(&self, mut cached: Map<String, Value>, now: SystemTime) -> Result<Credentials> {
        let text = |name: &str| {
            let found = cached.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
            found.ok_or_else(|| self.error(&format!("has no {name}")))
        };
        let key = private_key(text("dpopKey")?).ok_or_else(|| self.error("has no usable dpopKey"))?;
        let sign = |request: &mut http::Request<Body>| {
            let proof = proof(&key, &request.uri().to_string(), now)?;
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
            finish: Some(&sign),
        };
        let answer = self.setup.services.call(call).map_err(|error| error.without_secrets(&[refresh_token]))?;
        let output = &answer["tokenOutput"];
        let seconds = output["expiresIn"].as_u64().map(Duration::from_secs);
        let seconds =
            seconds.ok_or_else(|| Error::new(ErrorKind::Response, "the answer has no tokenOutput.expiresIn"))?;
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
        // The credentials are good even where they cannot be kept for others.
        if let Err(error) = self.file.write(&Value::Object(cached)) {
            tracing::warn!(file = %self.file, %error, "the renewed session could not be written");
        }
        Ok(credentials)
    }

    fn read(&self, cached: &Map<String, Value>) -> Result<Credentials> {
        let text = |name: &str| {
            let found =
                cached.get("accessToken").and_then(|token| token[name].as_str()).filter(|text| !text.is_empty());
            found.ok_or_else(|| self.error(&format!("has no accessToken.{name}")))
        };
        let expiry = Timestamp::parse(text("expiresAt")?).and_then(Timestamp::to_system_time);
        let expiry = expiry.ok_or_else(|| self.error("has no usable accessToken.expiresAt"))?;
        let credentials = Credentials::new(text("accessKeyId")?, text("secretAccessKey")?)
            .with_session_token(text("sessionToken")?)
            .with_account_id(text("accountId")?)
            .with_expiry(expiry);
        match check::flaw(&credentials) {
            Some((part, flaw)) => Err(self.error(&format!("has no usable credentials: the {} {flaw}", part.name()))),
            None => Ok(credentials),
        }
    }

    /// What the user does about a refusal; other errors stay as they are.
    fn refused(&self, error: Error) -> Error {
        if error.operation().is_none() {
            return error;
        }
        let code = error.service().and_then(|service| service.body()["error"].as_str());
        let advice = match code {
            Some("TOKEN_EXPIRED") => format!("it has expired; {}", self.advice),
            Some("USER_CREDENTIALS_CHANGED") => format!("the user's password has changed; {}", self.advice),
            Some("INSUFFICIENT_PERMISSIONS") => "the user may not call signin:CreateOAuth2Token".to_owned(),
            _ => "it could not be renewed".to_owned(),
        };
        failed(advice, error)
    }

    fn error(&self, problem: &str) -> Error {
        Error::new(ErrorKind::Credentials, format!("{} {problem}; {}", self.file, self.advice))
    }
}

fn is_enough(credentials: &Credentials, now: SystemTime) -> bool {
    let left = credentials.expiry().and_then(|expiry| expiry.duration_since(now).ok());
    left.is_some_and(|left| left > ENOUGH)
}

/// In either of the two forms that PEM files of such keys have.
fn private_key(pem: &str) -> Option<SigningKey> {
    let key = SecretKey::from_sec1_pem(pem).or_else(|_| SecretKey::from_pkcs8_pem(pem)).ok()?;
    Some(SigningKey::from(key))
}

/// A signed statement that whoever sends this request has the key.
fn proof(key: &SigningKey, url: &str, now: SystemTime) -> Result<HeaderValue> {
    let point = key.verifying_key().to_sec1_point(false);
    let coordinate = |bytes: Option<&[u8]>| value::encode_for_url(bytes.unwrap_or_default());
    let jwk = json!({
        "kty": "EC",
        "x": coordinate(point.x().map(|x| x.as_slice())),
        "y": coordinate(point.y().map(|y| y.as_slice())),
        "crv": "P-256",
    });
    let header = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk});
    let seconds = epoch_seconds(now);
    let payload = json!({"htm": "POST", "htu": url, "iat": seconds, "jti": uuid::Uuid::new_v4().to_string()});
    let mut proof = format!(
        "{}.{}",
        value::encode_for_url(header.to_string().as_bytes()),
        value::encode_for_url(payload.to_string().as_bytes())
    );
    let signature: Signature = key.sign(proof.as_bytes());
    proof.push('.');
    proof.push_str(&value::encode_for_url(&signature.to_bytes()));
    let mut proof = HeaderValue::try_from(proof)
        .map_err(|_| Error::new(ErrorKind::Signing, "the proof of the key cannot stand in a header"))?;
    proof.set_sensitive(true);
    Ok(proof)
}
