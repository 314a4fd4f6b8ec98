//! Signature Version 2, which SimpleDB still requires: signature parameters in the form, signed together with the
//! others. <https://docs.aws.amazon.com/AmazonSimpleDB/latest/DeveloperGuide/HMACAuth.html>

use std::borrow::Cow;
use std::time::SystemTime;

use hmac::{Hmac, KeyInit, Mac};
use http::header::HOST;
use sha2::Sha256;

use super::error::{SignError, Version2Problem};
use crate::codec::host::host_header;
use crate::codec::percent::{push_form_pair, sorted};
use crate::codec::timestamp::Timestamp;
use crate::credentials::Credentials;
use crate::value;

/// Signs a form: appends the signature's parameters to it.
pub(super) fn sign(
    request: &http::request::Parts,
    form: &[u8],
    credentials: &Credentials,
    time: SystemTime,
) -> Result<Vec<u8>, SignError> {
    use Version2Problem as Problem;
    let failed = SignError::Version2;
    let form = std::str::from_utf8(form).map_err(|_| failed(Problem::NoForm))?;
    if request.uri.authority().is_none() {
        return Err(failed(Problem::NoHost));
    }
    let given = request.headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = given.map_or_else(|| host_header(&request.uri), Cow::Borrowed);
    let mut form = form.to_owned();
    let whole_seconds = Timestamp::at(time).map(|_| Timestamp::whole_second(time).to_rfc3339());
    push_form_pair(&mut form, "AWSAccessKeyId", credentials.access_key_id());
    push_form_pair(&mut form, "SignatureVersion", "2");
    push_form_pair(&mut form, "SignatureMethod", "HmacSHA256");
    push_form_pair(&mut form, "Timestamp", &whole_seconds.ok_or_else(|| failed(Problem::ClockOutOfRange))?);
    if let Some(token) = credentials.session_token() {
        push_form_pair(&mut form, "SecurityToken", token);
    }
    let text = format!("{}\n{host}\n{}\n{}", request.method, request.uri.path(), canonical(&form));
    let key = credentials.secret_access_key().as_bytes();
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|_| failed(Problem::UnusableKey))?;
    mac.update(text.as_bytes());
    push_form_pair(&mut form, "Signature", &value::encode(&mac.finalize().into_bytes()));
    Ok(form.into_bytes())
}

/// Canonical form: parameters sorted by name. The form's encoding already matches, except for spaces.
fn canonical(form: &str) -> String {
    sorted(form).replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    /// The expected signature is from botocore's `auth.py: SigV2Auth` for the same parameters.
    #[test]
    fn signature_matches_botocore() {
        let credentials = Credentials::new("AKID", "SECRET").with_session_token("to/ken+");
        let request = http::Request::post("https://sdb.amazonaws.com:8443/").body(()).unwrap().into_parts().0;
        let form = "Action=PutAttributes&Version=2009-04-15&Item.10=b&Item.1=a+%C3%A4&Item.1.Name=%2A~";
        let time = UNIX_EPOCH + Duration::from_millis(1_440_938_160_999);
        let signed = String::from_utf8(sign(&request, form.as_bytes(), &credentials, time).unwrap()).unwrap();
        let added = signed.strip_prefix(form).unwrap();
        assert_eq!(
            added,
            "&AWSAccessKeyId=AKID&SignatureVersion=2&SignatureMethod=HmacSHA256&Timestamp=2015-08-30T12%3A36%3A00Z&SecurityToken=to%2Fken%2B&Signature=uiHll3lqPxR8S0bdvqAXfDwPuYxj7CCC%2F6Bdd44PJ50%3D"
        );
        let error = sign(&request, b"\xff", &credentials, time).unwrap_err();
        assert!(matches!(error, SignError::Version2(Version2Problem::NoForm)), "{error}");
    }
}
