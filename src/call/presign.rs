//! Presigned URLs: requests for others to send, with the signature in the URL.
//!
//! A URL takes the same steps as a call up to the signature; [`Call::build_for_url`] and [`Call::sign_url`] replace the
//! steps *build* and *sign*.

use std::time::Duration;

use serde_json::Value;

use super::build::Unsigned;
use super::error::CallError;
use super::secrets::masking;
use super::sign::Identity;
use super::{Call, CallOptions};
use crate::codec::percent::{form_pairs, push_encoded};
#[cfg(doc)]
use crate::error::ErrorKind;
use crate::error::Result;
use crate::runtime::Runtime;
use crate::sign::{self, Auth, Scheme};

/// Presigns the request of an operation. Anyone who has the URL can use it until it expires.
pub(crate) fn presign(call: &mut Call<'_>, options: CallOptions, expires_in: Duration) -> Result<http::Request<()>> {
    sign::check_expiry(expires_in)?;
    if options.body.is_some() {
        return Err(CallError::PresignedBody.into());
    }
    call.begin(&options);
    call.context.presigns = true;
    let params = call.accept(options.params, false)?;
    let url = call.build_for_url(&params).and_then(|unsigned| call.sign_url(unsigned, &params, expires_in));
    url.map_err(|error| masking(error, call, &params, None))
}

impl Call<'_> {
    /// Puts the signature into the URL of a request.
    pub(super) fn sign_url(
        &self,
        unsigned: Unsigned,
        params: &Value,
        expires_in: Duration,
    ) -> Result<http::Request<()>> {
        let Unsigned { mut request, auth, .. } = unsigned;
        if auth.scheme == Scheme::Bearer {
            return Err(CallError::PresignedToken.into());
        }
        self.client.hooks.before_sign(&mut request)?;
        let identity = self.identity(&auth, params)?;
        let (mut parts, _) = request.into_parts();
        sign_url(self.client, &mut parts, &auth, &identity, expires_in)?;
        Ok(http::Request::from_parts(parts, ()))
    }
}

/// Signs a URL. The time is read after the identity is resolved, since fetching credentials may have taken long. A
/// client that does not sign requests does not sign URLs either.
pub(super) fn sign_url(
    client: &Runtime,
    parts: &mut http::request::Parts,
    auth: &Auth,
    identity: &Identity,
    expires_in: Duration,
) -> Result<()> {
    match identity.credentials() {
        Some(credentials) => sign::presign(parts, auth, credentials, client.service_time(), expires_in),
        None => Ok(()),
    }
}

/// Adds the pairs of a form to the query of a URL or path.
pub(super) fn push_form(url: &mut String, form: &str) {
    let mut separator = if url.contains('?') { '&' } else { '?' };
    for (name, value) in form_pairs(form) {
        url.push(separator);
        push_encoded(url, &name);
        url.push('=');
        push_encoded(url, &value);
        separator = '&';
    }
}

/// The parts of a GET request to a URL that contains parameters.
///
/// # Errors
/// [`ErrorKind::Validation`], which names `parameter`, if the URL is malformed.
pub(super) fn url_parts(url: &str, parameter: &str) -> Result<http::request::Parts> {
    let request = http::Request::get(url).body(());
    let request = request.map_err(|_| CallError::NotPartOfUrl(parameter.to_owned()))?;
    Ok(request.into_parts().0)
}
