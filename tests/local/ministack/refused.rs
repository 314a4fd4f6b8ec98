//! Wrong signatures: each protocol's error for them arrives as what it is.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tucuxi::{Clock, Credentials};

use super::{client_of, fresh_keys};
use crate::server::Server;
use crate::support::{call, refused, session_of};

/// A harmless call of every protocol, and the codes of a wrong signature, an unknown key and a wrong time.
fn calls() -> [(&'static str, &'static str, Value, [&'static str; 3]); 6] {
    let json = ["InvalidSignatureException", "UnrecognizedClientException", "InvalidSignatureException"];
    let query = ["SignatureDoesNotMatch", "InvalidClientTokenId", "SignatureDoesNotMatch"];
    [
        ("sqs", "list_queues", json!({}), ["SignatureDoesNotMatch", "InvalidClientTokenId", "SignatureDoesNotMatch"]),
        ("dynamodb", "list_tables", json!({}), json),
        ("lambda", "list_functions", json!({}), json),
        ("sns", "list_topics", json!({}), query),
        ("ec2", "describe_vpcs", json!({}), ["AuthFailure", "AuthFailure", "AuthFailure"]),
        ("route53", "list_hosted_zones", json!({}), query),
    ]
}

pub(crate) fn wrong_secret(server: &Server) {
    let right = fresh_keys(server, "has-a-secret");
    let wrong = Credentials::new(right.access_key_id(), format!("{}x", right.secret_access_key()));
    for (service, operation, params, [code, _, _]) in calls() {
        let error = refused(client_of(server, &wrong, service).call(operation, params.clone()), code);
        assert!(matches!(error.status(), 400 | 401 | 403), "{service}: {error}");
        println!("{service}: a wrong secret is {error}");
        call(&client_of(server, &right, service), operation, params);
    }
}

pub(crate) fn unknown_key(server: &Server) {
    let unknown = Credentials::new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    for (service, operation, params, [_, code, _]) in calls() {
        refused(client_of(server, &unknown, service).call(operation, params), code);
    }
}

/// A clock that goes wrong by that many seconds.
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
    let keys = fresh_keys(server, "has-a-clock");
    for (service, operation, params, [_, _, code]) in calls() {
        let at = |seconds: i64| {
            let session = session_of(server, keys.clone()).clock(Skewed(seconds)).build().unwrap();
            session.client(service).unwrap().call(operation, params.clone())
        };
        for seconds in [-3600, 3600] {
            let error = refused(at(seconds), code);
            println!("{service}: {seconds} s off is {error}");
        }
        for seconds in [-120, 120] {
            assert!(at(seconds).is_ok(), "{service}: {seconds} s are within the tolerance");
        }
    }
}
