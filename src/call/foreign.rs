//! Signatures of requests that no model describes.

use std::time::SystemTime;

use http::header::CONTENT_LENGTH;
use http::{HeaderName, HeaderValue};

use super::end;
use super::sign::{Identity, hash};
use crate::body::Body;
use crate::client::Shared;
use crate::credentials::Credentials;
use crate::customize;
use crate::error::Result;
use crate::sign::{self, Auth, Payload, Scheme, Signer};

const HASH: HeaderName = HeaderName::from_static("x-amz-content-sha256");

/// How a client signs what no operation describes.
pub(super) fn service_auth(client: &Shared) -> Result<Auth> {
    sign::choose(&sign::Options {
        service: &client.service,
        operation: None,
        endpoint_schemes: &[],
        region: client.signing_region.as_deref(),
        unsigned: client.unsigned,
        preference: &client.auth_scheme_preference,
        prefers_bearer: client.token.is_some(),
        region_set: client.region_set.as_deref(),
    })
}

/// In whose name a client signs what no operation describes.
pub(super) fn service_identity(client: &Shared, auth: &Auth) -> Result<Identity> {
    let until = end(client.deadline);
    match auth.scheme {
        Scheme::None => Ok(Identity::Nobody),
        Scheme::Bearer => client.bearer_token(until).map(Identity::Token),
        _ => client.credentials(until).map(Identity::Keys),
    }
}

/// Signs a request that no model describes, as the client signs its own.
pub(crate) fn sign_foreign(client: &Shared, request: http::Request<Body>) -> Result<http::Request<Body>> {
    let mut auth = service_auth(client)?;
    auth.raw_path = auth.raw_path || customize::signing_overrides(&auth.service).raw_path;
    let identity = service_identity(client, &auth)?;
    let Some(signer) = identity.signer() else { return Ok(request) };
    let mut request = request;
    request.body_mut().limit_spool(client.spool_limit);
    sign_whole(request, &auth, &signer, client.service_time())
}

/// Signs a request that neither a model nor a client describes.
pub(crate) fn sign_for(
    service: &str,
    region: &str,
    keys: &Credentials,
    request: http::Request<Body>,
    time: SystemTime,
) -> Result<http::Request<Body>> {
    let auth = Auth {
        scheme: Scheme::SigV4,
        service: service.to_owned(),
        region: region.to_owned(),
        raw_path: customize::signing_overrides(service).raw_path,
        unsigned_payload: false,
    };
    sign_whole(request, &auth, &Signer::Keys(keys), time)
}

fn sign_whole(
    request: http::Request<Body>,
    auth: &Auth,
    signer: &Signer<'_>,
    time: SystemTime,
) -> Result<http::Request<Body>> {
    const UNSIGNED: &str = "UNSIGNED-PAYLOAD";
    let (mut parts, mut body) = request.into_parts();
    if auth.scheme == Scheme::SigV2 {
        let form = body.as_bytes().unwrap_or_default();
        let signed = sign::sign_form(&parts, form, signer, time)?;
        return Ok(http::Request::from_parts(parts, Body::from(signed)));
    }
    let given = parts.headers.get(HASH).and_then(|hash| hash.to_str().ok()).map(str::to_owned);
    let payload = match given {
        _ if auth.scheme == Scheme::Bearer => Payload::Unsigned,
        Some(given) if given == UNSIGNED => Payload::Unsigned,
        Some(given) => Payload::Hash(given),
        None => Payload::Hash(hash(&mut body)?),
    };
    if let Payload::Hash(hash) = &payload
        && customize::signing_overrides(&auth.service).hash_in_header
        && let Ok(value) = HeaderValue::from_str(hash)
    {
        parts.headers.insert(HASH, value);
    }
    // As with requests of this crate, no signature covers what the transport may write anew.
    let length = parts.headers.remove(CONTENT_LENGTH);
    sign::sign(&mut parts, auth, signer, payload, time)?;
    parts.headers.extend(length.map(|length| (CONTENT_LENGTH, length)));
    Ok(http::Request::from_parts(parts, body))
}
