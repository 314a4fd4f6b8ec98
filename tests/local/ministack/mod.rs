//! Signatures against ministack, which computes each one itself; its CBOR protocol, its TLS, its metadata services, and what its
//! S3 does that s3s-fs does not.

pub(crate) mod cbor;
pub(crate) mod events;
pub(crate) mod metadata;
pub(crate) mod refused;
pub(crate) mod s3;
pub(crate) mod signed;
pub(crate) mod tls;

use serde_json::json;
use tucuxi::{Client, Credentials};

use crate::server::Server;
use crate::support::{call, client, session_of};

/// The keys of a fresh user who may do anything. The root's own key is believed without a signature, so it is of no use.
pub(crate) fn fresh_keys(server: &Server, user: &str) -> Credentials {
    keys_made_by(&client(server, "iam"), user)
}

fn keys_made_by(iam: &Client, user: &str) -> Credentials {
    let keys = access_key(iam, user);
    let all = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    let policy = json!({"UserName": user, "PolicyName": "all", "PolicyDocument": all.to_string()});
    call(iam, "put_user_policy", policy);
    keys
}

/// The keys of a fresh user who may do nothing.
fn access_key(iam: &Client, user: &str) -> Credentials {
    call(iam, "create_user", json!({"UserName": user}));
    let key = call(iam, "create_access_key", json!({"UserName": user}));
    let text = |member: &str| key["AccessKey"][member].as_str().unwrap().to_owned();
    Credentials::new(text("AccessKeyId"), text("SecretAccessKey"))
}

fn client_of(server: &Server, credentials: &Credentials, service: &str) -> Client {
    session_of(server, credentials.clone()).build().unwrap().client(service).unwrap()
}
