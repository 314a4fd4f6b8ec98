//! Signs requests that no model describes.

use std::time::SystemTime;

use http::header::CONTENT_LENGTH;
use http::{HeaderName, HeaderValue};

use super::sign::{Identity, hash};
use crate::body::Body;
use crate::credentials::Credentials;
use crate::customize;
use crate::deadline::Deadline;
use crate::error::Result;
use crate::runtime::Runtime;
use crate::sign::{self, Auth, Payload, Scheme, Signer};

const HASH: HeaderName = HeaderName::from_static("x-amz-content-sha256");

/// The authentication scheme for a client's unmodeled requests.
pub(super) fn service_auth(client: &Runtime) -> Result<Auth> {
    sign::choose(&client.auth_options(None, &[]))
}

/// The identity that signs a client's unmodeled requests.
pub(super) fn service_identity(client: &Runtime, auth: &Auth) -> Result<Identity> {
    let deadline = Deadline::after(client.deadline);
    match auth.scheme {
        Scheme::None => Ok(Identity::Anonymous),
        Scheme::Bearer => {
            client.outside.bearer_token(client.service.model.signing_name(), deadline).map(Identity::Token)
        }
        _ => client.outside.credentials(deadline).map(Identity::Credentials),
    }
}

/// Signs an unmodeled request with a client's credentials, service and region.
pub(crate) fn sign_unmodeled(client: &Runtime, request: http::Request<Body>) -> Result<http::Request<Body>> {
    let mut auth = service_auth(client)?;
    auth.raw_path = auth.raw_path || customize::unmodeled_signing(&auth.service).raw_path;
    let identity = service_identity(client, &auth)?;
    let Some(signer) = identity.signer() else { return Ok(request) };
    let mut request = request;
    request.body_mut().limit_spool(client.spool_limit);
    sign_request(request, &auth, &signer, client.service_time())
}

/// Signs an unmodeled request without a client.
pub(crate) fn sign_for(
    service: &str,
    region: &str,
    credentials: &Credentials,
    request: http::Request<Body>,
    time: SystemTime,
) -> Result<http::Request<Body>> {
    let auth = Auth {
        scheme: Scheme::SigV4,
        service: service.to_owned(),
        region: region.to_owned(),
        raw_path: customize::unmodeled_signing(service).raw_path,
        unsigned_payload: false,
    };
    sign_request(request, &auth, &Signer::Keys(credentials), time)
}

fn sign_request(
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
        && customize::unmodeled_signing(&auth.service).hash_in_header
        && let Ok(value) = HeaderValue::from_str(hash)
    {
        parts.headers.insert(HASH, value);
    }
    // As in requests of operations, the signature does not cover a header that the transport may rewrite.
    let length = parts.headers.remove(CONTENT_LENGTH);
    sign::sign(&mut parts, auth, signer, payload, time)?;
    parts.headers.extend(length.map(|length| (CONTENT_LENGTH, length)));
    Ok(http::Request::from_parts(parts, body))
}
