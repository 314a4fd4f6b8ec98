//! The step *sign*: chooses the identity that signs a request, and how the signature covers the body.

use std::sync::Arc;
use std::time::SystemTime;

use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING, USER_AGENT};
use http::{HeaderName, HeaderValue, Method};
use serde_json::Value;

use super::build::Unsigned;
use super::error::CallError;
use super::{Call, step};
use crate::body::Body;
use crate::checksum::{Added, STREAMING_TRAILER};
use crate::codec::hex;
use crate::credentials::cache::CachedSession;
use crate::credentials::{Credentials, Token};
use crate::deadline::Deadline;
use crate::error::Result;
use crate::features::Features;
use crate::model::operation::Operation;
use crate::plan::OperationPlan;
use crate::retry::Offset;
use crate::runtime::Runtime;
use crate::sign::{self, Auth, Payload, Scheme, Signer};
use crate::user_agent::features_of;

const CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");

/// A signed request, with what retries need to know about its signature.
pub(super) struct Signed {
    pub(super) request: http::Request<Body>,
    pub(super) signed_at: SystemTime,
    pub(super) identity: Identity,
}

/// The identity that signs a request.
pub(crate) enum Identity {
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
            Identity::Token(_) => Features::BEARER_ENVIRONMENT.when(client.outside.token.is_some()),
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
                Some(credentials.origin().advice("credentials", client.outside.provider_name()))
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
            Identity::Token(rejected) => client.outside.replace_token(rejected, deadline),
            Identity::Credentials(rejected) => client.outside.replace_credentials(rejected, deadline),
            Identity::Session(rejected, cached) => {
                cached.forget(rejected);
                true
            }
        }
    }
}

impl Call<'_> {
    /// The identity for a request with these parameters, by the scheme that signs it.
    pub(super) fn identity(&self, auth: &Auth, params: &Value) -> Result<Identity> {
        let (client, outside, deadline) = (self.client, &self.client.outside, self.context.deadline);
        match auth.scheme {
            Scheme::None => Ok(Identity::Anonymous),
            Scheme::Bearer => outside.bearer_token(client.service.model.signing_name(), deadline).map(Identity::Token),
            Scheme::SigV4S3Express => self.session_credentials(params),
            Scheme::SigV4 | Scheme::SigV4a | Scheme::SigV2 => outside.credentials(deadline).map(Identity::Credentials),
        }
    }

    /// Signs with the current time, corrected by `offset`: how far the service's clock is ahead of the client's. The time
    /// is read after the identity is resolved, since fetching credentials may have taken long.
    pub(super) fn sign(&self, unsigned: Unsigned, params: &Value, offset: Offset) -> Result<Signed> {
        let _span = step("sign");
        let Unsigned { mut request, auth, checksum, features, .. } = unsigned;
        let client = self.client;
        client.hooks.before_sign(&mut request)?;
        let identity = self.identity(&auth, params)?;
        let signed_at = offset.apply(client.outside.now());
        let mut request = match identity.signer() {
            None => declare_trailer(request, &checksum),
            Some(signer) => {
                let (mut parts, mut body) = request.into_parts();
                if auth.scheme == Scheme::SigV2 {
                    let form = body.as_bytes().unwrap_or_default();
                    body = Body::from(sign::sign_form(&parts, form, &signer, signed_at)?);
                } else {
                    let payload = self.payload(&auth, &parts, &mut body, &checksum)?;
                    sign::sign(&mut parts, &auth, &signer, payload, signed_at)?;
                }
                http::Request::from_parts(parts, body)
            }
        };
        set_user_agent(client, &mut request, features | identity.features(client, auth.scheme));
        set_content_length(&mut request);
        Ok(Signed { request, signed_at, identity })
    }

    /// How the signature covers the body (botocore's `auth.py: S3SigV4Auth` and `SigV4Auth.payload`).
    fn payload<'b>(
        &self,
        auth: &Auth,
        request: &http::request::Parts,
        body: &'b mut Body,
        checksum: &Added,
    ) -> Result<Payload<'b>> {
        let OperationPlan { operation, quirks, .. } = &**self.plan;
        if !auth.scheme.uses_keys() {
            return Ok(Payload::Unsigned);
        }
        if *checksum == Added::Trailer {
            return Ok(Payload::StreamingTrailer);
        }
        let is_encrypted = request.uri.scheme_str() == Some("https");
        // S3 requires the hash in a header of its own. It is left out only if something else protects the body.
        let configured = quirks.payload_signing(&self.client.config)?;
        let is_unsigned = match (auth.raw_path, checksum) {
            (true, _) if configured.is_some() => configured == Some(false),
            (true, Added::Header(name)) => {
                is_encrypted && may_be_unsigned(operation, auth) && request.headers.contains_key(name)
            }
            (true, _) => {
                is_encrypted && may_be_unsigned(operation, auth) && request.headers.contains_key("content-md5")
            }
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
}

/// Declares the trailing checksum of an unsigned request in the header where a signature would declare it (botocore's
/// `handlers.py: _set_extra_headers_for_unsigned_request`).
fn declare_trailer(mut request: http::Request<Body>, checksum: &Added) -> http::Request<Body> {
    if *checksum == Added::Trailer {
        request.headers_mut().insert(CONTENT_SHA256, HeaderValue::from_static(STREAMING_TRAILER));
    }
    request
}

fn may_be_unsigned(operation: &Operation, auth: &Auth) -> bool {
    operation.streaming_input().is_some() || auth.unsigned_payload
}

/// The SHA-256 of a body, in hex. Rewinds the body afterwards, or copies one that can be read only once.
pub(super) fn hash(body: &mut Body) -> Result<String> {
    Ok(hex::encode(&body.sha256().map_err(|error| CallError::BodyNotHashed.caused_by(error))?))
}

/// Adds `User-Agent` after signing, since only then are all features known. One that a `before_sign` hook has set
/// stays.
fn set_user_agent(client: &Runtime, request: &mut http::Request<Body>, features: Features) {
    let features = features | features_of(request.headers());
    request.headers_mut().entry(USER_AGENT).or_insert_with(|| client.user_agent.header(features));
}

/// Adds `Content-Length` after signing: proxies may change it, so the signature must not cover it.
fn set_content_length(request: &mut http::Request<Body>) {
    let Some(length) = request.body().len() else { return };
    let has_no_body = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) && length == 0;
    let headers = request.headers_mut();
    if !has_no_body && !headers.contains_key(CONTENT_LENGTH) && !headers.contains_key(TRANSFER_ENCODING) {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
}
