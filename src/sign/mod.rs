//! Request signing: selection of the auth scheme, and the schemes.
//!
//! [`choose`] combines the model, the endpoint rule set and the configuration.

mod bearer;
mod canonical;
mod error;
mod post_policy;
mod presign;
mod sigv2;
mod sigv4;

use std::time::{Duration, SystemTime};

use error::SignError;
use serde_json::{Map, Value};

use crate::codec::timestamp::Timestamp;
use crate::credentials::{Credentials, Token};
use crate::endpoint::AuthScheme;
use crate::error::Result;
use crate::model::operation::Operation;
use crate::model::service::ServiceModel;

pub(crate) use presign::check_expiry;
pub(crate) use sigv4::Payload;

/// Auth scheme and signing parameters of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Auth {
    pub(crate) scheme: Scheme,
    /// Service name in the credential scope.
    pub(crate) service: String,
    /// A region, or for SigV4a a comma-separated set.
    pub(crate) region: String,
    /// S3 rules: the path is signed as sent, and the payload hash goes in a header. Rule sets say this with
    /// `disableDoubleEncoding`.
    pub(crate) raw_path: bool,
    /// The signature does not cover the payload, if TLS protects it.
    pub(crate) unsigned_payload: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// Unsigned request.
    None,
    Bearer,
    SigV4,
    SigV4a,
    /// SigV4 with the session credentials of a single bucket (S3 Express).
    SigV4S3Express,
    /// Signature version 2.
    SigV2,
}

/// Input to the selection of an auth scheme.
#[derive(Debug)]
pub(crate) struct AuthOptions<'o> {
    pub(crate) service: &'o ServiceModel,
    /// `None` for a request without a model.
    pub(crate) operation: Option<&'o Operation>,
    /// Auth schemes of the resolved endpoint.
    pub(crate) endpoint_schemes: &'o [AuthScheme],
    /// Signing region if the endpoint does not name one.
    pub(crate) region: Option<&'o str>,
    /// Send an unsigned request (botocore's `UNSIGNED`).
    pub(crate) unsigned: bool,
    /// `auth_scheme_preference`: names such as `sigv4a` or `httpBearerAuth`, in order of preference.
    pub(crate) preference: &'o [String],
    /// A bearer token specific to this service is configured and takes precedence over credentials.
    pub(crate) prefers_bearer: bool,
    /// `sigv4a_signing_region_set`.
    pub(crate) region_set: Option<&'o str>,
}

/// Secret that signs a request: credentials or a bearer token.
#[derive(Debug)]
pub(crate) enum Signer<'s> {
    Keys(&'s Credentials),
    Token(&'s Token),
}

impl Scheme {
    /// The name of the scheme in rule sets; `none` for unsigned requests.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Scheme::None => "none",
            Scheme::Bearer => "bearer",
            Scheme::SigV4 => "sigv4",
            Scheme::SigV4a => "sigv4a",
            Scheme::SigV4S3Express => "sigv4-s3express",
            Scheme::SigV2 => "sigv2",
        }
    }

    /// Parses the names used in models, rule sets and settings.
    fn of(name: &str) -> Option<Scheme> {
        let name = name.rsplit('#').next().unwrap_or(name);
        Some(match name {
            "sigv4" | "v4" | "s3v4" | "s3" => Scheme::SigV4,
            "sigv4a" | "v4a" | "s3v4a" => Scheme::SigV4a,
            "sigv4-s3express" => Scheme::SigV4S3Express,
            "httpBearerAuth" | "bearer" => Scheme::Bearer,
            "noAuth" | "none" => Scheme::None,
            "v2" => Scheme::SigV2,
            _ => return None,
        })
    }

    /// Whether the scheme needs credentials.
    pub(crate) fn uses_keys(self) -> bool {
        !matches!(self, Scheme::None | Scheme::Bearer)
    }

    /// Query or form parameter for the session token.
    fn token_parameter(self, usual: &'static str) -> &'static str {
        if self == Scheme::SigV4S3Express { "X-Amz-S3session-Token" } else { usual }
    }
}

impl Auth {
    /// Parameters of a signature of version 4, of any kind.
    fn parameters(&self, time: SystemTime) -> Result<sigv4::SigV4Parameters<'_>, SignError> {
        match self.scheme {
            Scheme::SigV4 | Scheme::SigV4a | Scheme::SigV4S3Express => Ok(sigv4::SigV4Parameters {
                service: &self.service,
                region: &self.region,
                asymmetric: self.scheme == Scheme::SigV4a,
                of_session: self.scheme == Scheme::SigV4S3Express,
                time,
                // The signing crate panics outside this range.
                stamp: Timestamp::at(time).ok_or(SignError::ClockOutOfRange)?,
                raw_path: self.raw_path,
            }),
            _ => Err(SignError::NotVersion4),
        }
    }
}

/// Selects the auth scheme of a request. An operation without auth stays unsigned. Otherwise the endpoint's schemes
/// take precedence over the operation's, and those over the service's (botocore's
/// `regions.py: auth_schemes_to_signing_ctx`, `auth.py: resolve_auth_type`).
pub(crate) fn choose(options: &AuthOptions<'_>) -> Result<Auth> {
    let AuthOptions { service, operation, .. } = options;
    let modeled = modeled_schemes(service, *operation)?;
    let unsigned_payload = operation.is_some_and(|operation| {
        operation.unsigned_payload || operation.auth_type.as_deref() == Some("v4-unsigned-body")
    });
    let mut auth = Auth {
        scheme: Scheme::None,
        service: service.signing_name().to_owned(),
        region: String::new(),
        raw_path: service.metadata.signs_raw_paths(),
        unsigned_payload,
    };
    if options.unsigned || modeled.first() == Some(&Scheme::None) {
        return Ok(auth);
    }
    let offers_bearer = modeled.contains(&Scheme::Bearer);
    if offers_bearer && options.prefers_bearer && options.preference.is_empty() {
        auth.scheme = Scheme::Bearer;
        return Ok(auth);
    }
    let by_endpoint = endpoint_schemes(options, &modeled)?;
    let candidates = match by_endpoint.is_empty() {
        true => modeled,
        false => by_endpoint.iter().map(|(scheme, _)| *scheme).collect(),
    };
    let scheme = preferred(&candidates, options.preference).ok_or(SignError::NoScheme)?;
    auth.scheme = scheme;
    let details = by_endpoint.into_iter().find(|(kind, _)| *kind == scheme).map(|(_, details)| details);
    if let Some(details) = details {
        if let Some(name) = &details.signing_name {
            auth.service.clone_from(name);
        }
        auth.raw_path = details.disable_double_encoding == Some(true);
    }
    auth.region = match signing_region(scheme, details, options) {
        Some(region) => region,
        None if scheme == Scheme::Bearer => String::new(),
        None => return Err(SignError::NoRegion.into()),
    };
    Ok(auth)
}

/// The known auth schemes of the endpoint, if the model wants credentials.
fn endpoint_schemes<'o>(
    options: &AuthOptions<'o>,
    modeled: &[Scheme],
) -> Result<Vec<(Scheme, &'o AuthScheme)>, SignError> {
    let schemes = options.endpoint_schemes;
    if schemes.is_empty() || !modeled.first().is_some_and(|scheme| scheme.uses_keys()) {
        return Ok(Vec::new());
    }
    let known: Vec<_> =
        schemes.iter().filter_map(|scheme| Scheme::of(&scheme.name).map(|kind| (kind, scheme))).collect();
    if known.is_empty() {
        return Err(SignError::UnsupportedSchemes(schemes.iter().map(|scheme| scheme.name.clone()).collect()));
    }
    Ok(known)
}

/// The first candidate that the user prefers, otherwise the first one.
fn preferred(candidates: &[Scheme], preference: &[String]) -> Option<Scheme> {
    let mut wanted = preference.iter().filter_map(|name| Scheme::of(name));
    wanted.find(|scheme| candidates.contains(scheme)).or_else(|| candidates.first().copied())
}

fn signing_region(scheme: Scheme, details: Option<&AuthScheme>, options: &AuthOptions<'_>) -> Option<String> {
    let own = || options.region.map(str::to_owned);
    if scheme == Scheme::SigV4a {
        let set = details.and_then(|details| details.signing_region_set.as_ref()).map(|set| set.join(","));
        return options.region_set.map(str::to_owned).or(set).or_else(own).or_else(|| Some("*".to_owned()));
    }
    details.and_then(|details| details.signing_region.clone()).or_else(own)
}

/// Auth schemes of the operation or, by default, of the service.
fn modeled_schemes(service: &ServiceModel, operation: Option<&Operation>) -> Result<Vec<Scheme>, SignError> {
    let known = |names: &[String]| names.iter().filter_map(|name| Scheme::of(name)).collect::<Vec<_>>();
    if let Some(operation) = operation.filter(|operation| !operation.auth.is_empty()) {
        return Ok(known(&operation.auth));
    }
    match operation.and_then(|operation| operation.auth_type.as_deref()) {
        Some("none") => return Ok(vec![Scheme::None]),
        Some("bearer") => return Ok(vec![Scheme::Bearer]),
        // `v4-unsigned-body` concerns only the payload; the scheme is the service's.
        _ => {}
    }
    let metadata = &service.metadata;
    if !metadata.auth.is_empty() {
        return Ok(known(&metadata.auth));
    }
    match &metadata.signature_version {
        None => Ok(vec![Scheme::SigV4]),
        Some(version) => {
            Scheme::of(version).map(|scheme| vec![scheme]).ok_or_else(|| SignError::UnknownVersion(version.clone()))
        }
    }
}

/// Signs a request in place.
pub(crate) fn sign(
    request: &mut http::request::Parts,
    auth: &Auth,
    signer: &Signer<'_>,
    payload: Payload<'_>,
    time: SystemTime,
) -> Result<()> {
    match (auth.scheme, signer) {
        (Scheme::None, _) => Ok(()),
        (Scheme::Bearer, Signer::Token(token)) => Ok(bearer::sign(request, token)?),
        (Scheme::SigV4 | Scheme::SigV4a | Scheme::SigV4S3Express, Signer::Keys(credentials)) => {
            Ok(sigv4::sign_headers(request, payload, credentials, &auth.parameters(time)?)?)
        }
        (scheme, _) => Err(SignError::WrongSigner(scheme).into()),
    }
}

/// Presigns a URL: adds the signature to the query. The request has no body, or one that the signature does not cover.
/// The remaining headers are signed and must be sent with the request.
pub(crate) fn presign(
    request: &mut http::request::Parts,
    auth: &Auth,
    credentials: &Credentials,
    time: SystemTime,
    expires_in: Duration,
) -> Result<()> {
    let expires_in = check_expiry(expires_in)?;
    let is_encrypted = request.uri.scheme_str() == Some("https");
    let options = presign::PresignOptions {
        expires_in,
        unsigned_payload: auth.raw_path || auth.unsigned_payload && is_encrypted,
        token_name: auth.scheme.token_parameter("X-Amz-Security-Token"),
    };
    Ok(presign::sign_url(request, credentials, &auth.parameters(time)?, &options)?)
}

/// Signs a POST policy: adds the required fields to the form.
pub(crate) fn sign_post(
    fields: &mut Map<String, Value>,
    conditions: Vec<Value>,
    auth: &Auth,
    credentials: &Credentials,
    time: SystemTime,
    expires_in: Duration,
) -> Result<()> {
    let expires_in = check_expiry(expires_in)?;
    if auth.scheme == Scheme::SigV4a {
        return Err(SignError::FormForSeveralRegions.into());
    }
    let token_name = auth.scheme.token_parameter("x-amz-security-token");
    Ok(post_policy::sign(fields, conditions, credentials, &auth.parameters(time)?, token_name, expires_in)?)
}

/// Signs a form with Signature Version 2 and returns it with the signature added.
pub(crate) fn sign_form(
    request: &http::request::Parts,
    form: &[u8],
    signer: &Signer<'_>,
    time: SystemTime,
) -> Result<Vec<u8>> {
    match signer {
        Signer::Keys(credentials) => Ok(sigv2::sign(request, form, credentials, time)?),
        Signer::Token(_) => Err(SignError::TokenForVersion2.into()),
    }
}
