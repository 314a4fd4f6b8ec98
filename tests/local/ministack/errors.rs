//! Service errors for wrong signatures, unknown credentials, missing permissions and clock skew, in each protocol.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tucuxi::{Clock, Credentials, Result};

use super::{client_of, create_user, fresh_credentials};
use crate::server::Server;
use crate::support::{client, expect_service_error, session_of};

/// A call without side effects, and the error codes of the service for it.
struct Harmless {
    service: &'static str,
    operation: &'static str,
    wrong_secret: &'static str,
    unknown_key: &'static str,
    wrong_time: &'static str,
    not_allowed: &'static str,
}

/// At least one service of every protocol.
#[rustfmt::skip]
static CALLS: &[Harmless] = &[
    Harmless {
        service: "sqs", operation: "list_queues", wrong_secret: "SignatureDoesNotMatch",
        unknown_key: "InvalidClientTokenId", wrong_time: "SignatureDoesNotMatch", not_allowed: "AccessDenied",
    },
    Harmless {
        service: "dynamodb", operation: "list_tables", wrong_secret: "InvalidSignatureException",
        unknown_key: "UnrecognizedClientException", wrong_time: "InvalidSignatureException",
        not_allowed: "AccessDeniedException",
    },
    Harmless {
        service: "lambda", operation: "list_functions", wrong_secret: "InvalidSignatureException",
        unknown_key: "UnrecognizedClientException", wrong_time: "InvalidSignatureException",
        not_allowed: "AccessDeniedException",
    },
    Harmless {
        service: "sns", operation: "list_topics", wrong_secret: "SignatureDoesNotMatch",
        unknown_key: "InvalidClientTokenId", wrong_time: "SignatureDoesNotMatch", not_allowed: "AuthorizationError",
    },
    Harmless {
        service: "ec2", operation: "describe_vpcs", wrong_secret: "AuthFailure", unknown_key: "AuthFailure",
        wrong_time: "AuthFailure", not_allowed: "UnauthorizedOperation",
    },
    Harmless {
        service: "route53", operation: "list_hosted_zones", wrong_secret: "SignatureDoesNotMatch",
        unknown_key: "InvalidClientTokenId", wrong_time: "SignatureDoesNotMatch", not_allowed: "AccessDenied",
    },
    Harmless {
        service: "s3", operation: "list_buckets", wrong_secret: "SignatureDoesNotMatch",
        unknown_key: "InvalidAccessKeyId", wrong_time: "RequestTimeTooSkewed", not_allowed: "AccessDenied",
    },
];

impl Harmless {
    fn call(&self, server: &Server, credentials: &Credentials) -> Result<Value> {
        client_of(server, credentials, self.service).call(self.operation, json!({}))
    }
}

pub(crate) fn wrong_secret(server: &Server) {
    let right = fresh_credentials(server, "has-a-secret");
    let wrong = Credentials::new(right.access_key_id(), format!("{}x", right.secret_access_key()));
    for harmless in CALLS {
        let error = expect_service_error(harmless.call(server, &wrong), harmless.wrong_secret);
        assert!(matches!(error.status(), 400 | 401 | 403), "{}: {error}", harmless.service);
        assert!(harmless.call(server, &right).is_ok(), "{}", harmless.service);
        println!("{}: a wrong secret is {} {}", harmless.service, error.status(), error.code());
    }
}

pub(crate) fn unknown_key(server: &Server) {
    let unknown = Credentials::new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    for harmless in CALLS {
        let error = expect_service_error(harmless.call(server, &unknown), harmless.unknown_key);
        println!("{}: an unknown key is {} {}", harmless.service, error.status(), error.code());
    }
}

/// A valid signature of a user without permissions.
pub(crate) fn no_permission(server: &Server) {
    let nobody = create_user(&client(server, "iam"), "may-nothing");
    for harmless in CALLS {
        let error = expect_service_error(harmless.call(server, &nobody), harmless.not_allowed);
        assert!(matches!(error.status(), 400 | 403), "{}: {error}", harmless.service);
        println!("{}: no permission is {} {}", harmless.service, error.status(), error.code());
    }
}

/// A clock that is off by the given number of seconds.
#[derive(Debug)]
struct Skewed(i64);

impl Clock for Skewed {
    fn now(&self) -> SystemTime {
        let by = Duration::from_secs(self.0.unsigned_abs());
        if self.0 < 0 { SystemTime::now() - by } else { SystemTime::now() + by }
    }

    fn sleep(&self, _: Duration) {}
}

pub(crate) fn clock_skew(server: &Server) {
    let credentials = fresh_credentials(server, "has-a-clock");
    for harmless in CALLS {
        let at = |seconds: i64, attempts: u32| {
            let session = session_of(server, credentials.clone()).clock(Skewed(seconds));
            let session = session.max_attempts(attempts).build().unwrap();
            session.client(harmless.service).unwrap().call(harmless.operation, json!({}))
        };
        for seconds in [-3600, 3600] {
            let error = expect_service_error(at(seconds, 1), harmless.wrong_time);
            println!("{}: {seconds} s off is {} {}", harmless.service, error.status(), error.code());
        }
        for seconds in [-120, 120] {
            assert!(at(seconds, 1).is_ok(), "{}: {seconds} s are within the tolerance", harmless.service);
        }
        // The response to the first attempt has the right time.
        for seconds in [-3600, 3600] {
            assert!(at(seconds, 2).is_ok(), "{}: {seconds} s are corrected on the second attempt", harmless.service);
        }
    }
}
