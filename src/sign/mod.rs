//! Signing: which scheme a request is signed by, and the schemes themselves.
//!
//! The model, the rule set and the configuration each have a say ([`choose`]); the rest is mechanics.

mod bearer;
mod post_policy;
mod presign;
mod sigv2;
mod sigv4;

use std::time::{Duration, SystemTime};

use serde_json::{Map, Value};

use crate::codec::timestamp::Timestamp;
use crate::credentials::{Credentials, Token};
use crate::endpoint::AuthScheme;
use crate::error::{Error, ErrorKind, Result};
use crate::model::operation::Operation;
use crate::model::service::ServiceModel;

pub(crate) use presign::check_expiry;
pub(crate) use sigv4::Payload;

/// How one request is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Auth {
    pub(crate) scheme: Scheme,
    /// The service's name in the credential scope.
    pub(crate) service: String,
    /// A region, or for SigV4a a set of them separated by commas.
    pub(crate) region: String,
    /// The path is signed as it is sent, and the payload's hash goes into a header: what S3 wants, and what its rule set says
    /// with `disableDoubleEncoding`.
    pub(crate) raw_path: bool,
    /// The signature does not cover the payload, provided that TLS protects it.
    pub(crate) unsigned_payload: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// The request goes out unsigned.
    None,
    Bearer,
    SigV4,
    SigV4a,
    /// SigV4 with the keys of a session that belongs to one bucket.
    SigV4S3Express,
    /// The form of signature that preceded version 4.
    SigV2,
}

/// What the choice of a scheme depends on.
#[derive(Debug)]
pub(crate) struct Options<'o> {
    pub(crate) service: &'o ServiceModel,
    /// `None` for a request that no model describes.
    pub(crate) operation: Option<&'o Operation>,
    /// Of the resolved endpoint.
    pub(crate) endpoint_schemes: &'o [AuthScheme],
    /// The region that signs where the endpoint does not name one.
    pub(crate) region: Option<&'o str>,
    /// Nothing is signed (botocore's `UNSIGNED`).
    pub(crate) unsigned: bool,
    /// `auth_scheme_preference`: names such as `sigv4a`, `httpBearerAuth`, the most wanted first.
    pub(crate) preference: &'o [String],
    /// There is a bearer token made for this service, which goes before keys.
    pub(crate) prefers_bearer: bool,
    /// `sigv4a_signing_region_set`.
    pub(crate) region_set: Option<&'o str>,
}

/// Who signs.
#[derive(Debug)]
pub(crate) enum Signer<'s> {
    Keys(&'s Credentials),
    Token(&'s Token),
}

impl Scheme {
    /// By the names of models, rule sets and settings.
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

    /// Whether the scheme needs access keys.
    pub(crate) fn uses_keys(self) -> bool {
        !matches!(self, Scheme::None | Scheme::Bearer)
    }

    /// The parameter of a URL or a form that has the token of temporary keys.
    fn token_parameter(self, usual: &'static str) -> &'static str {
        if self == Scheme::SigV4S3Express { "X-Amz-S3session-Token" } else { usual }
    }
}

impl Auth {
    /// What signatures of version 4, all of its kinds, are computed from.
    fn parameters(&self, time: SystemTime) -> Result<sigv4::Parameters<'_>> {
        match self.scheme {
            Scheme::SigV4 | Scheme::SigV4a | Scheme::SigV4S3Express => Ok(sigv4::Parameters {
                service: &self.service,
                region: &self.region,
                asymmetric: self.scheme == Scheme::SigV4a,
                of_session: self.scheme == Scheme::SigV4S3Express,
                time,
                // Beyond it the crate that computes the signature would panic.
                stamp: Timestamp::at(time)
                    .ok_or_else(|| failed("the clock is outside of the years 1 to 9999".to_owned()))?,
                raw_path: self.raw_path,
            }),
            _ => Err(Error::new(
                ErrorKind::Unsupported,
                "presign: the operation is not signed by version 4 of AWS's signature, the only one that can stand in a URL \
                 or a form",
            )),
        }
    }
}

/// Settles how a request is signed. An operation that wants no signature gets none; else the endpoint's schemes go before the
/// operation's, and those before the service's (botocore's `regions.py: auth_schemes_to_signing_ctx`, `auth.py:
/// resolve_auth_type`).
pub(crate) fn choose(options: &Options<'_>) -> Result<Auth> {
    let Options { service, operation, .. } = options;
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
    let signs_by_keys = modeled.first().is_some_and(|scheme| scheme.uses_keys());
    let by_endpoint: Vec<(Scheme, &AuthScheme)> = if signs_by_keys {
        let schemes = options.endpoint_schemes.iter();
        schemes.filter_map(|scheme| Scheme::of(&scheme.name).map(|kind| (kind, scheme))).collect()
    } else {
        Vec::new()
    };
    if !options.endpoint_schemes.is_empty() && signs_by_keys && by_endpoint.is_empty() {
        let names: Vec<&str> = options.endpoint_schemes.iter().map(|scheme| scheme.name.as_str()).collect();
        return Err(failed(format!("the endpoint wants one of the auth schemes {names:?}, none of which is known")));
    }
    let mut candidates: Vec<Scheme> =
        if by_endpoint.is_empty() { modeled } else { by_endpoint.iter().map(|(scheme, _)| *scheme).collect() };
    let wanted = options.preference.iter().filter_map(|name| Scheme::of(name));
    let preferred: Vec<Scheme> = wanted.filter(|scheme| candidates.contains(scheme)).collect();
    candidates.retain(|scheme| !preferred.contains(scheme));
    candidates.splice(0..0, preferred);
    let Some(scheme) = candidates.first().copied() else {
        return Err(failed("neither the model nor the endpoint names an auth scheme".to_owned()));
    };
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
        None => return Err(failed("no region to sign for".to_owned())),
    };
    Ok(auth)
}

fn signing_region(scheme: Scheme, details: Option<&AuthScheme>, options: &Options<'_>) -> Option<String> {
    let own = || options.region.map(str::to_owned);
    if scheme == Scheme::SigV4a {
        let set = details.and_then(|details| details.signing_region_set.as_ref()).map(|set| set.join(","));
        return options.region_set.map(str::to_owned).or(set).or_else(own).or_else(|| Some("*".to_owned()));
    }
    details.and_then(|details| details.signing_region.clone()).or_else(own)
}

/// What the operation says, else what the service says.
fn modeled_schemes(service: &ServiceModel, operation: Option<&Operation>) -> Result<Vec<Scheme>> {
    let known = |names: &[String]| names.iter().filter_map(|name| Scheme::of(name)).collect::<Vec<_>>();
    if let Some(operation) = operation.filter(|operation| !operation.auth.is_empty()) {
        return Ok(known(&operation.auth));
    }
    match operation.and_then(|operation| operation.auth_type.as_deref()) {
        Some("none") => return Ok(vec![Scheme::None]),
        Some("bearer") => return Ok(vec![Scheme::Bearer]),
        // `v4-unsigned-body` is about the payload; the scheme is the service's.
        _ => {}
    }
    let metadata = &service.metadata;
    if !metadata.auth.is_empty() {
        return Ok(known(&metadata.auth));
    }
    match &metadata.signature_version {
        None => Ok(vec![Scheme::SigV4]),
        Some(version) => Scheme::of(version)
            .map(|scheme| vec![scheme])
            .ok_or_else(|| Error::new(ErrorKind::Model, format!("metadata: unknown signatureVersion \"{version}\""))),
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
        (Scheme::Bearer, Signer::Token(token)) => bearer::sign(request, token),
        (Scheme::SigV4 | Scheme::SigV4a | Scheme::SigV4S3Express, Signer::Keys(keys)) => {
            sigv4::sign_headers(request, payload, keys, &auth.parameters(time)?)
        }
        (scheme, _) => Err(failed(format!("the credentials are of another kind than {scheme:?} needs"))),
    }
}

/// Puts a signature into the URL of a request that has no body, or one that the signature does not cover. The headers that stay
/// are signed, and have to be sent along.
pub(crate) fn presign(
    request: &mut http::request::Parts,
    auth: &Auth,
    keys: &Credentials,
    time: SystemTime,
    expires_in: Duration,
) -> Result<()> {
    let expires_in = check_expiry(expires_in)?;
    let is_encrypted = request.uri.scheme_str() == Some("https");
    let terms = presign::Terms {
        expires_in,
        unsigned_payload: auth.raw_path || auth.unsigned_payload && is_encrypted,
        token_name: auth.scheme.token_parameter("X-Amz-Security-Token"),
    };
    presign::sign_url(request, keys, &auth.parameters(time)?, &terms)
}

/// Signs the policy of a form: adds what a form needs besides its own fields.
pub(crate) fn sign_post(
    fields: &mut Map<String, Value>,
    conditions: Vec<Value>,
    auth: &Auth,
    keys: &Credentials,
    time: SystemTime,
    expires_in: Duration,
) -> Result<()> {
    let expires_in = check_expiry(expires_in)?;
    if auth.scheme == Scheme::SigV4a {
        let message = "a form cannot be signed for several regions (SigV4a); use a bucket in place of a multi-region \
                       access point";
        return Err(Error::new(ErrorKind::Unsupported, message));
    }
    let token_name = auth.scheme.token_parameter("x-amz-security-token");
    post_policy::sign(fields, conditions, keys, &auth.parameters(time)?, token_name, expires_in)
}

/// Signs a form by version 2: the form with its signature is the result.
pub(crate) fn sign_form(
    request: &http::request::Parts,
    form: &[u8],
    signer: &Signer<'_>,
    time: SystemTime,
) -> Result<Vec<u8>> {
    match signer {
        Signer::Keys(keys) => sigv2::sign(request, form, keys, time),
        Signer::Token(_) => {
            Err(failed("the credentials are of another kind than signature version 2 needs".to_owned()))
        }
    }
}

fn failed(what: String) -> Error {
    Error::new(ErrorKind::Signing, what)
}
