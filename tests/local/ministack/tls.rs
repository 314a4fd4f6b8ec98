//! TLS by a certificate that nobody but the caller trusts.

use serde_json::json;
use tucuxi::{Credentials, ErrorKind};

use super::keys_made_by;
use crate::server::Server;
use crate::support::{ODD_TEXT, call, session_of};

pub(crate) fn own_authority(server: &Server) {
    let session = |keys: Credentials| session_of(server, keys).ca_bundle(server.folder.join("cert.pem"));
    let root = session(Credentials::new("test", "test")).build().unwrap();
    let keys = keys_made_by(&root.client("iam").unwrap(), "over-tls");
    let session = session(keys.clone()).build().unwrap();
    let sqs = session.client("sqs").unwrap();
    let queue = call(&sqs, "create_queue", json!({"QueueName": "over-tls"}));
    for _ in 0..20 {
        call(&sqs, "send_message", json!({"QueueUrl": queue["QueueUrl"], "MessageBody": ODD_TEXT}));
    }
    let error = session_of(server, keys).build().unwrap().client("sqs").unwrap().call("list_queues", json!({}));
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
    println!("tls: 21 calls with the certificate given, and without: {error}");
}
