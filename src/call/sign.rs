//! Signing: chooses the identity that signs a request, and how the signature covers the body.

use std::sync::Arc;
use std::time::SystemTime;

use http::{HeaderName, HeaderValue};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::session;
use crate::body::Body;
use crate::checksum::{Added, STREAMING_TRAILER};
use crate::codec::hex;
use crate::credentials::cache::CachedSession;
use crate::credentials::{Credentials, Token};
use crate::customize::Context;
use crate::deadline::Deadline;
use crate::endpoint::Endpoint;
use crate::error::{Error, ErrorKind, Result};
use crate::features::Features;
use crate::model::operation::Operation;
use crate::retry::Offset;
use crate::runtime::Runtime;
use crate::sign::{self, Auth, Payload, Scheme, Signer};

const CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");

/// A signed request, with what retries need to know about its signature.
pub(super) struct Signed {
    pub(super) request: http::Request<Body>,
    pub(super) signed_at: SystemTime,
    pub(super) identity: Identity,
}

/// The identity that signs a request.
pub(super) enum Identity {
    Anonymous,
    Token(Token),
    /// The client's credentials.
    Credentials(Credentials),
    /// Session credentials, and the cache they came from.
    Session(Credentials, Arc<CachedSession>),
}

impl Identity {
    pub(super) fn signer(&self) -> Option<Signer<'_>> {
        match self {
            Identity::Anonymous => None,
            Identity::Token(token) => Some(Signer::Token(token)),
            Identity::Credentials(credentials) | Identity::Session(credentials, _) => Some(Signer::Keys(credentials)),
        }
    }

    /// The features of scheme and credentials, for the `User-Agent` header.
    pub(super) fn features(&self, client: &Runtime, scheme: Scheme) -> Features {
        match self {
            Identity::Anonymous => Features::NONE,
            Identity::Token(_) => Features::BEARER_ENVIRONMENT.when(client.token.is_some()),
            Identity::Credentials(credentials) | Identity::Session(credentials, _) => {
                credentials.source() | Features::SIGV4A.when(scheme == Scheme::SigV4a)
            }
        }
    }

    /// The credentials that sign, if any.
    pub(super) fn credentials(&self) -> Option<&Credentials> {
        match self {
            Identity::Anonymous | Identity::Token(_) => None,
            Identity::Credentials(credentials) | Identity::Session(credentials, _) => Some(credentials),
        }
    }

    /// Advice for expired credentials or an expired token: where they came from and how to renew them.
    pub(super) fn advice(&self, client: &Runtime) -> Option<String> {
        match self {
            Identity::Anonymous => None,
            Identity::Token(token) => Some(token.origin().advice("bearer token", "bearer")),
            // Expired session credentials are made again from the client's, so the advice is about those.
            Identity::Credentials(credentials) | Identity::Session(credentials, _) => {
                Some(credentials.origin().advice("credentials", client.credentials.provider_name()))
            }
        }
    }

    /// The session token or bearer token that is sent.
    pub(super) fn token(&self) -> Option<&str> {
        match self {
            Identity::Anonymous => None,
            Identity::Token(token) => Some(token.token()),
            Identity::Credentials(credentials) | Identity::Session(credentials, _) => credentials.session_token(),
        }
    }

    /// Replaces an identity that the service has rejected; `false` if there is no other. A provider's error is dropped,
    /// since the service error says more.
    pub(super) fn replace(&self, client: &Runtime, deadline: Deadline) -> bool {
        match self {
            Identity::Anonymous => false,
            Identity::Token(rejected) => client.has_other_token(rejected, deadline),
            Identity::Credentials(rejected) => {
                client.credentials.replace(rejected, deadline).is_ok_and(|fresh| fresh.is_some())
            }
            Identity::Session(rejected, cached) => {
                cached.forget(rejected);
                true
            }
        }
    }
}

pub(super) fn choose_auth(client: &Runtime, context: &Context<'_>, endpoint: &Endpoint) -> Result<Auth> {
    let operation = context.operation;
    let mut auth = sign::choose(&sign::AuthOptions {
        service: &client.service,
        operation: Some(operation),
        endpoint_schemes: &endpoint.auth_schemes,
        region: client.signing_region.as_deref(),
        unsigned: client.unsigned,
        preference: &client.auth_scheme_preference,
        prefers_bearer: client.token.is_some(),
        region_set: client.region_set.as_deref(),
    })?;
    operation.quirks.auth(&mut auth, context)?;
    Ok(auth)
}

/// The identity for a request with these parameters, by the scheme that signs it.
pub(super) fn identity(client: &Runtime, context: &Context<'_>, auth: &Auth, params: &Value) -> Result<Identity> {
    match auth.scheme {
        Scheme::None => Ok(Identity::Anonymous),
        Scheme::Bearer => client.bearer_token(context.until).map(Identity::Token),
        Scheme::SigV4S3Express => session::credentials(client, context, params),
        Scheme::SigV4 | Scheme::SigV4a | Scheme::SigV2 => client.credentials(context.until).map(Identity::Credentials),
    }
}

/// Signs with the current time, corrected by `offset`. The time is read after the identity is resolved, since fetching
/// credentials may have taken long.
pub(super) fn sign(
    client: &Runtime,
    operation: &Operation,
    request: http::Request<Body>,
    auth: &Auth,
    identity: Identity,
    checksum: &Added,
    offset: Offset,
) -> Result<Signed> {
    let signed_at = offset.apply(client.clock.now());
    let Some(signer) = identity.signer() else {
        return Ok(Signed { request: declare_trailer(request, checksum), signed_at, identity });
    };
    let (mut parts, mut body) = request.into_parts();
    if auth.scheme == Scheme::SigV2 {
        let form = body.as_bytes().unwrap_or_default();
        body = Body::from(sign::sign_form(&parts, form, &signer, signed_at)?);
    } else {
        let payload = payload(client, auth, operation, &parts, &mut body, checksum)?;
        sign::sign(&mut parts, auth, &signer, payload, signed_at)?;
    }
    Ok(Signed { request: http::Request::from_parts(parts, body), signed_at, identity })
}

/// Declares the trailing checksum of an unsigned request in the header where a signature would declare it (botocore's
/// `handlers.py: _set_extra_headers_for_unsigned_request`).
fn declare_trailer(mut request: http::Request<Body>, checksum: &Added) -> http::Request<Body> {
    if *checksum == Added::Trailer {
        request.headers_mut().insert(CONTENT_SHA256, HeaderValue::from_static(STREAMING_TRAILER));
    }
    request
}

/// How the signature covers the body (botocore's `auth.py: S3SigV4Auth` and `SigV4Auth.payload`).
fn payload<'b>(
    client: &Runtime,
    auth: &Auth,
    operation: &Operation,
    request: &http::request::Parts,
    body: &'b mut Body,
    checksum: &Added,
) -> Result<Payload<'b>> {
    if !auth.scheme.uses_keys() {
        return Ok(Payload::Unsigned);
    }
    if *checksum == Added::Trailer {
        return Ok(Payload::StreamingTrailer);
    }
    let is_encrypted = request.uri.scheme_str() == Some("https");
    // S3 requires the hash in a header of its own. It is left out only if something else protects the body.
    let configured =
        if auth.raw_path { client.config.s3_payload_signing_enabled()?.map(|flag| flag.value) } else { None };
    let is_unsigned = match (auth.raw_path, checksum) {
        (true, _) if configured.is_some() => configured == Some(false),
        (true, Added::Header(name)) => {
            is_encrypted && may_be_unsigned(operation, auth) && request.headers.contains_key(name)
        }
        (true, _) => is_encrypted && may_be_unsigned(operation, auth) && request.headers.contains_key("content-md5"),
        (false, _) => is_encrypted && auth.unsigned_payload,
    };
    if is_unsigned {
        return Ok(Payload::Unsigned);
    }
    let given_hash = request.headers.get(CONTENT_SHA256);
    if let Some(hash) = given_hash.and_then(|hash| hash.to_str().ok()) {
        return Ok(if hash == "UNSIGNED-PAYLOAD" { Payload::Unsigned } else { Payload::Hash(hash.to_owned()) });
    }
    let can_be_read_twice = body.as_bytes().is_some() || body.is_rewindable();
    if !can_be_read_twice && is_encrypted && auth.raw_path && configured.is_none() {
        // botocore fails here; TLS protects the body well enough.
        return Ok(Payload::Unsigned);
    }
    if body.as_bytes().is_none() {
        return hash(body).map(Payload::Hash);
    }
    Ok(Payload::Bytes(body.as_bytes().unwrap_or_default()))
}

fn may_be_unsigned(operation: &Operation, auth: &Auth) -> bool {
    operation.streaming_input().is_some() || auth.unsigned_payload
}

/// The SHA-256 of a body, in hex. Rewinds the body afterwards, or copies one that can be read only once.
pub(super) fn hash(body: &mut Body) -> Result<String> {
    let failed = |error| Error::new(ErrorKind::Body, "the body could not be read to sign it").with_source(error);
    let mut digest = Sha256::new();
    body.scan(|bytes| digest.update(bytes)).map_err(failed)?;
    Ok(hex::encode(&digest.finalize()))
}
