//! Which failures are retried: tables of codes and statuses, and their precedence (botocore's `retries/standard.py`).

use crate::error::{Error, ErrorKind, ServiceError, THROTTLING_CODES};
use crate::transport::{TransportErrorKind, is_final_failure, transport_kind};

/// Codes of transient failures.
const TRANSIENT_CODES: &[&str] = &["RequestTimeout", "RequestTimeoutException", "PriorRequestNotComplete"];
/// Statuses of transient failures.
const TRANSIENT_STATUSES: &[u16] = &[500, 502, 503, 504];
/// Too Many Requests. It counts as throttling unless the operation declares the error.
const THROTTLING_STATUS: u16 = 429;
/// Codes of expired credentials. <https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html>
const EXPIRED_CODES: &[&str] = &["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"];

/// EC2's code for expired credentials or an expired signature.
pub(crate) const REQUEST_EXPIRED: &str = "RequestExpired";

/// Class of a failure that is retried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Transient,
    /// The service asks for fewer requests.
    Throttling,
}

/// Retry traits of an error that the operation declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct DeclaredRetry {
    /// The trait `retryable`, if the error has it.
    pub(crate) retryable: Option<Class>,
}

/// Classifies a failure for retries. Returns `None` for one that a retry would not change. `transient_codes` are those of
/// the service, beside the ones of all services. `declared` looks up an error among those that the operation declares.
pub(crate) fn classify(
    error: &Error,
    transient_codes: &[&str],
    declared: impl FnOnce(&ServiceError) -> Option<DeclaredRetry>,
) -> Option<Class> {
    let Some(service) = error.service() else {
        // A retry does not change a bad request or body, nor the decision of a proxy.
        let is_proxy_error = transport_kind(error) == Some(TransportErrorKind::Proxy);
        let is_transient = error.is_connection_failure() && !is_proxy_error && !is_final_failure(error);
        return is_transient.then_some(Class::Transient);
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
    let is_transient =
        has_code_of(TRANSIENT_CODES) || TRANSIENT_STATUSES.contains(&service.status()) || has_code_of(transient_codes);
    is_transient.then_some(Class::Transient)
}

/// Whether the service reports that the credentials have expired.
pub(crate) fn is_expired(service: &ServiceError) -> bool {
    EXPIRED_CODES.contains(&service.code())
}

/// Whether the error may mean expired credentials or an expired token, even if there is no way to refresh them. EC2 uses one
/// code both for expired credentials and for a wrong clock.
pub(crate) fn tells_of_expiry(service: &ServiceError) -> bool {
    is_expired(service) || matches!(service.code(), REQUEST_EXPIRED | "InvalidGrantException" | "TokenExpired")
}

/// Whether the service may have processed the request although the attempt failed.
pub(crate) fn may_have_been_processed(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Service => !error.is_throttling() && error.service().is_some_and(|service| service.status() >= 500),
        // Here `Refused` means that an interceptor rejected a response: rejected requests do not get this far.
        ErrorKind::Response | ErrorKind::Refused => true,
        // Without a transport error the response had begun.
        ErrorKind::Connection | ErrorKind::Timeout => {
            matches!(transport_kind(error), None | Some(TransportErrorKind::ReadTimeout | TransportErrorKind::Broken))
        }
        // The request may have been on its way.
        ErrorKind::Cancelled => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::transport::{TransportError, no_response};

    fn service_error(status: u16, code: &str) -> Error {
        Error::from_service(ServiceError::bare(status, code))
    }

    fn connection_error(kind: TransportErrorKind) -> Error {
        no_response(TransportError::new(kind, "for a test"), &http::Uri::from_static("http://localhost"))
    }

    /// Cases from botocore's tests/unit/retries/test_standard.py: status, code, traits in the model, class.
    #[test]
    fn service_errors_are_classified_as_in_botocore() {
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
            let error = service_error(case["status"].as_u64().unwrap() as u16, case["code"].as_str().unwrap());
            let found = classify(&error, &[], |_| declared);
            assert_eq!(found, class(&case["class"]), "{case}");
        }
    }

    #[test]
    fn service_adds_transient_codes() {
        assert_eq!(classify(&service_error(400, "OwnFault"), &["OwnFault"], |_| None), Some(Class::Transient));
        assert_eq!(classify(&service_error(400, "OwnFault"), &[], |_| None), None);
    }

    #[test]
    fn connection_errors_are_retried_by_kind() {
        use TransportErrorKind as K;
        for (kind, retried, processed) in [
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
            let error = connection_error(kind);
            let class = classify(&error, &[], |_| None);
            assert_eq!(class, retried.then_some(Class::Transient), "{kind:?}");
            assert_eq!(may_have_been_processed(&error), processed, "{kind:?}");
        }
        let error = TransportError::new(K::Tls, "for a test").into_final();
        let error = no_response(error, &http::Uri::from_static("http://localhost"));
        assert_eq!(classify(&error, &[], |_| None), None);
        let cancelled = Error::new(ErrorKind::Cancelled, "for a test");
        assert_eq!(classify(&cancelled, &[], |_| None), None);
        assert!(cancelled.is_cancelled() && may_have_been_processed(&cancelled));
        for (status, code, processed) in
            [(500, "InternalError", true), (503, "SlowDown", false), (400, "Throttling", false), (404, "404", false)]
        {
            assert_eq!(may_have_been_processed(&service_error(status, code)), processed, "{code}");
        }
    }
}
