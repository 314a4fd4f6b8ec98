//! Which failures are worth a repeat: tables, and the order in which they count (botocore's `retries/standard.py`).

use crate::customize::RetryPolicy;
use crate::error::{Error, ErrorKind, ServiceError, THROTTLING_CODES};
use crate::transport::{TransportErrorKind, is_final_failure, transport_kind};

/// Failures that pass, by code.
const TRANSIENT_CODES: &[&str] = &["RequestTimeout", "RequestTimeoutException", "PriorRequestNotComplete"];
/// Failures that pass, by status.
const TRANSIENT_STATUSES: &[u16] = &[500, 502, 503, 504];
/// Too many requests, unless the model has its own idea of the error.
const THROTTLING_STATUS: u16 = 429;
/// Credentials that were good for a while. <https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html>
const EXPIRED_CODES: &[&str] = &["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"];

/// What EC2 calls expired.
pub(crate) const REQUEST_EXPIRED: &str = "RequestExpired";

/// A failure that is worth a repeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Transient,
    /// The service wants fewer requests.
    Throttling,
}

/// What the model says of an error that the operation declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct DeclaredRetry {
    /// The trait `retryable`, where the error has it.
    pub(crate) retryable: Option<Class>,
}

/// The class of a failure; `None` for one that would be the same the next time. `declared` looks a code up among the errors
/// that the operation declares.
pub(crate) fn classify(
    error: &Error,
    retry_policy: &RetryPolicy,
    declared: impl FnOnce(&ServiceError) -> Option<DeclaredRetry>,
) -> Option<Class> {
    let Some(service) = error.service() else {
        // What is wrong with the request or its body would be wrong again, and a proxy that refuses refuses again.
        let is_refused = transport_kind(error) == Some(TransportErrorKind::Proxy);
        let may_pass = error.is_connection_failure() && !is_refused && !is_final_failure(error);
        return may_pass.then_some(Class::Transient);
    };
    let codes = [service.code(), service.shape_code().unwrap_or_default()];
    let has_code_of = |table: &[&str]| codes.iter().any(|code| table.contains(code));
    if has_code_of(THROTTLING_CODES) {
        return Some(Class::Throttling);
    }
    let declared = declared(service);
    if let Some(class) = declared.and_then(|declared| declared.retryable) {
        return Some(class);
    }
    if service.status() == THROTTLING_STATUS && declared.is_none() {
        return Some(Class::Throttling);
    }
    let is_transient = has_code_of(TRANSIENT_CODES)
        || TRANSIENT_STATUSES.contains(&service.status())
        || has_code_of(retry_policy.codes);
    is_transient.then_some(Class::Transient)
}

/// Whether the service says that the credentials' time is over.
pub(crate) fn is_expired(service: &ServiceError) -> bool {
    EXPIRED_CODES.contains(&service.code())
}

/// Whether the error is about credentials or a token that were good once, be there others or not. EC2 has one code for temporary
/// credentials and for a clock that is wrong.
pub(crate) fn tells_of_expiry(service: &ServiceError) -> bool {
    is_expired(service) || matches!(service.code(), REQUEST_EXPIRED | "InvalidGrantException" | "TokenExpired")
}

/// Whether the service may have done what it was asked for although the attempt failed.
pub(crate) fn may_have_been_processed(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Service => !error.is_throttling() && error.service().is_some_and(|service| service.status() >= 500),
        // An interceptor that refuses an answer; a request that it refuses is not judged.
        ErrorKind::Response | ErrorKind::Refused => true,
        // Without an error of the transport the answer had begun.
        ErrorKind::Connection | ErrorKind::Timeout => {
            matches!(transport_kind(error), None | Some(TransportErrorKind::ReadTimeout | TransportErrorKind::Broken))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::transport::{TransportError, no_response};

    fn refusal(status: u16, code: &str) -> Error {
        Error::from_service(ServiceError::bare(status, code))
    }

    fn lost(kind: TransportErrorKind) -> Error {
        no_response(TransportError::new(kind, "for a test"), &http::Uri::from_static("http://localhost"))
    }

    /// botocore's tests/unit/retries/test_standard.py, told anew: status, code, what the model declares, class.
    #[test]
    fn refusals() {
        const CASES: &str = include_str!("../../tests/data/retry/classes.json");
        let cases: Vec<Value> = serde_json::from_str(CASES).unwrap();
        assert!(cases.len() > 40);
        for case in cases {
            let class = |value: &Value| match value.as_str() {
                None => None,
                Some("throttling") => Some(Class::Throttling),
                Some("transient") => Some(Class::Transient),
                Some(other) => panic!("{other}"),
            };
            let declared = case.get("declared").map(|declared| DeclaredRetry { retryable: class(declared) });
            let error = refusal(case["status"].as_u64().unwrap() as u16, case["code"].as_str().unwrap());
            let found = classify(&error, &RetryPolicy::DEFAULT, |_| declared);
            assert_eq!(found, class(&case["class"]), "{case}");
        }
    }

    #[test]
    fn services_have_codes_of_their_own() {
        let retry_policy = RetryPolicy { codes: &["OwnFault"], ..RetryPolicy::DEFAULT };
        assert_eq!(classify(&refusal(400, "OwnFault"), &retry_policy, |_| None), Some(Class::Transient));
        assert_eq!(classify(&refusal(400, "OwnFault"), &RetryPolicy::DEFAULT, |_| None), None);
    }

    #[test]
    fn faults_of_the_connection() {
        use TransportErrorKind as K;
        for (kind, retry_policy, processed) in [
            (K::Connect, true, false),
            (K::Tls, true, false),
            (K::ConnectTimeout, true, false),
            (K::ReadTimeout, true, true),
            (K::Broken, true, true),
            (K::Malformed, false, true),
            (K::Proxy, false, false),
            (K::Body, false, false),
            (K::Config, false, false),
            (K::Request, false, false),
        ] {
            let error = lost(kind);
            let class = classify(&error, &RetryPolicy::DEFAULT, |_| None);
            assert_eq!(class, retry_policy.then_some(Class::Transient), "{kind:?}");
            assert_eq!(may_have_been_processed(&error), processed, "{kind:?}");
        }
        let error = TransportError::new(K::Tls, "for a test").into_final();
        let error = no_response(error, &http::Uri::from_static("http://localhost"));
        assert_eq!(classify(&error, &RetryPolicy::DEFAULT, |_| None), None);
        for (status, code, processed) in
            [(500, "InternalError", true), (503, "SlowDown", false), (400, "Throttling", false), (404, "404", false)]
        {
            assert_eq!(may_have_been_processed(&refusal(status, code)), processed, "{code}");
        }
    }
}
