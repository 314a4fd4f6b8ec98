//! Tests against ministack, which verifies signatures: signatures, the CBOR protocol, TLS, metadata services, and S3 features
//! that s3s-fs lacks.

pub(crate) mod cbor;
pub(crate) mod errors;
pub(crate) mod events;
pub(crate) mod metadata;
pub(crate) mod s3;
pub(crate) mod signed;
pub(crate) mod tls;

use serde_json::json;
use tucuxi::{Client, Credentials};

use crate::server::Server;
use crate::support::{call, client, session_of};

/// The credentials of a new user with all permissions. The server accepts the root key without a valid signature, so tests do not
/// use it.
pub(crate) fn fresh_credentials(server: &Server, user: &str) -> Credentials {
    create_admin(&client(server, "iam"), user)
}

fn create_admin(iam: &Client, user: &str) -> Credentials {
    let credentials = create_user(iam, user);
    let all = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    let policy = json!({"UserName": user, "PolicyName": "all", "PolicyDocument": all.to_string()});
    call(iam, "put_user_policy", policy);
    credentials
}

/// The credentials of a new user without permissions.
fn create_user(iam: &Client, user: &str) -> Credentials {
    call(iam, "create_user", json!({"UserName": user}));
    let key = call(iam, "create_access_key", json!({"UserName": user}));
    let text = |member: &str| key["AccessKey"][member].as_str().unwrap().to_owned();
    Credentials::new(text("AccessKeyId"), text("SecretAccessKey"))
}

fn client_of(server: &Server, credentials: &Credentials, service: &str) -> Client {
    session_of(server, credentials.clone()).build().unwrap().client(service).unwrap()
}
