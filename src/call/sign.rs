//! Who signs a request, and what the signature says of the body.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use http::{HeaderName, HeaderValue};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::session;
use crate::body::Body;
use crate::checksum::{Added, STREAMING_TRAILER};
use crate::client::Shared;
use crate::codec::hex;
use crate::credentials::cache::CachedSession;
use crate::credentials::{Credentials, Token};
use crate::customize::Context;
use crate::endpoint::Endpoint;
use crate::error::{Error, ErrorKind, Result};
use crate::features::Features;
use crate::model::operation::Operation;
use crate::retry::Offset;
use crate::sign::{self, Auth, Payload, Scheme, Signer};

const CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");

/// A request with what later decisions need to know of it.
pub(super) struct Signed {
    pub(super) request: http::Request<Body>,
    pub(super) signed_at: SystemTime,
    pub(super) identity: Identity,
}

/// In whose name a request goes out.
pub(super) enum Identity {
    Nobody,
    Token(Token),
    /// The client's credentials.
    Keys(Credentials),
    /// Keys of a session, and where they are kept.
    Session(Credentials, Arc<CachedSession>),
}

impl Identity {
    pub(super) fn signer(&self) -> Option<Signer<'_>> {
        match self {
            Identity::Nobody => None,
            Identity::Token(token) => Some(Signer::Token(token)),
            Identity::Keys(keys) | Identity::Session(keys, _) => Some(Signer::Keys(keys)),
        }
    }

    /// What the `User-Agent` header tells of scheme and credentials.
    pub(super) fn features(&self, client: &Shared, scheme: Scheme) -> Features {
        match self {
            Identity::Nobody => Features::NONE,
            Identity::Token(_) => Features::BEARER_ENVIRONMENT.when(client.token.is_some()),
            Identity::Keys(keys) | Identity::Session(keys, _) => {
                keys.source() | Features::SIGV4A.when(scheme == Scheme::SigV4a)
            }
        }
    }

    /// Access keys of any kind.
    pub(super) fn keys(&self) -> Option<&Credentials> {
        match self {
            Identity::Nobody | Identity::Token(_) => None,
            Identity::Keys(keys) | Identity::Session(keys, _) => Some(keys),
        }
    }

    /// Where credentials or a token came from that the service calls expired, and what renews them.
    pub(super) fn advice(&self, client: &Shared) -> Option<String> {
        match self {
            Identity::Nobody => None,
            Identity::Token(token) => Some(token.origin().advice("bearer token", "bearer")),
            // Those of a session come from the client's, and are made anew with each call then.
            Identity::Keys(keys) | Identity::Session(keys, _) => {
                Some(keys.origin().advice("credentials", client.credentials.provider_name()))
            }
        }
    }

    /// The token that goes out with a signature, or as one.
    pub(super) fn token(&self) -> Option<&str> {
        match self {
            Identity::Nobody => None,
            Identity::Token(token) => Some(token.token()),
            Identity::Keys(keys) | Identity::Session(keys, _) => keys.session_token(),
        }
    }

    /// Gets another in place of one that the service has refused; `false` where there is none. The refusal tells more than what
    /// kept a provider from giving it.
    pub(super) fn replace(&self, client: &Shared, until: Option<Instant>) -> bool {
        match self {
            Identity::Nobody => false,
            Identity::Token(refused) => client.has_other_token(refused, until),
            Identity::Keys(refused) => {
                client.credentials.replace_until(refused, until).is_ok_and(|fresh| fresh.is_some())
            }
            Identity::Session(refused, kept) => {
                kept.forget(refused);
                true
            }
        }
    }
}

pub(super) fn choose_auth(client: &Shared, context: &Context<'_>, endpoint: &Endpoint) -> Result<Auth> {
    let operation = context.operation;
    let mut auth = sign::choose(&sign::Options {
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

/// In whose name a request with these parameters goes out, by the scheme that signs it.
pub(super) fn identity(client: &Shared, context: &Context<'_>, auth: &Auth, params: &Value) -> Result<Identity> {
    match auth.scheme {
        Scheme::None => Ok(Identity::Nobody),
        Scheme::Bearer => client.bearer_token(context.until).map(Identity::Token),
        Scheme::SigV4S3Express => session::keys(client, context, params),
        Scheme::SigV4 | Scheme::SigV4a | Scheme::SigV2 => client.credentials(context.until).map(Identity::Keys),
    }
}

/// Signs with the time of now, by a clock that is so far off. That time is read after the identity is there: credentials may have
/// been fetched only for this request.
pub(super) fn sign(
    client: &Shared,
    operation: &Operation,
    request: http::Request<Body>,
    auth: &Auth,
    identity: Identity,
    checksum: &Added,
    offset: Offset,
) -> Result<Signed> {
    let signed_at = offset.apply(client.clock.now());
    let Some(signer) = identity.signer() else {
        return Ok(Signed { request: tell_of_trailer(request, checksum), signed_at, identity });
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

/// A server has to know of the checksum behind the body, and is told where a signature would tell it (botocore's `handlers.py:
/// _set_extra_headers_for_unsigned_request`).
fn tell_of_trailer(mut request: http::Request<Body>, checksum: &Added) -> http::Request<Body> {
    if *checksum == Added::Trailer {
        request.headers_mut().insert(CONTENT_SHA256, HeaderValue::from_static(STREAMING_TRAILER));
    }
    request
}

/// What the signature says of the body (botocore's `auth.py: S3SigV4Auth` and `SigV4Auth.payload`).
fn payload<'b>(
    client: &Shared,
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
    // Where the hash has a header of its own, as S3 wants it, it is only left out when something else protects the body.
    let configured =
        if auth.raw_path { client.config.s3_payload_signing_enabled()?.map(|flag| flag.value) } else { None };
    let is_left_out = match (auth.raw_path, checksum) {
        (true, _) if configured.is_some() => configured == Some(false),
        (true, Added::Header(name)) => {
            is_encrypted && may_be_unsigned(operation, auth) && request.headers.contains_key(name)
        }
        (true, _) => is_encrypted && may_be_unsigned(operation, auth) && request.headers.contains_key("content-md5"),
        (false, _) => is_encrypted && auth.unsigned_payload,
    };
    if is_left_out {
        return Ok(Payload::Unsigned);
    }
    let given = request.headers.get(CONTENT_SHA256);
    if let Some(hash) = given.and_then(|hash| hash.to_str().ok()) {
        return Ok(if hash == "UNSIGNED-PAYLOAD" { Payload::Unsigned } else { Payload::Hash(hash.to_owned()) });
    }
    let can_be_read_twice = body.as_bytes().is_some() || body.is_rewindable();
    if !can_be_read_twice && is_encrypted && auth.raw_path && configured.is_none() {
        // botocore fails here; TLS protects the body as well as it can.
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

/// Reads a body through and rewinds it, or makes a copy of it where it can be read once.
pub(super) fn hash(body: &mut Body) -> Result<String> {
    let failed = |error| Error::new(ErrorKind::Body, "the body could not be read to sign it").with_source(error);
    let mut digest = Sha256::new();
    body.scan(|bytes| digest.update(bytes)).map_err(failed)?;
    Ok(hex::encode(&digest.finalize()))
}
