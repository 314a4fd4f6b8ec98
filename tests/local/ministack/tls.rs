//! TLS with a certificate that only the caller trusts.

use std::io::Read;

use serde_json::json;
use tucuxi::{Body, Credentials, ErrorKind};

use super::create_admin;
use crate::server::Server;
use crate::support::{ODD_TEXT, call, session_of};

pub(crate) fn own_authority(server: &Server) {
    let session = |keys: Credentials| session_of(server, keys).ca_bundle(server.folder.join("cert.pem"));
    let root = session(Credentials::new("test", "test")).build().unwrap();
    let keys = create_admin(&root.client("iam").unwrap(), "over-tls");
    let session = session(keys.clone()).build().unwrap();
    let sqs = session.client("sqs").unwrap();
    let queue = call(&sqs, "create_queue", json!({"QueueName": "over-tls"}));
    for _ in 0..20 {
        call(&sqs, "send_message", json!({"QueueUrl": queue["QueueUrl"], "MessageBody": ODD_TEXT}));
    }
    let error = session_of(server, keys).build().unwrap().client("sqs").unwrap().call("list_queues", json!({}));
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
    println!("tls: 21 calls with the certificate; without it: {error}");
}

/// Over TLS the signature needs no payload hash, so a body that can be read only once is accepted.
pub(crate) fn streams(server: &Server) {
    const SIZE: u64 = 3_000_000;
    let session = |keys: Credentials| session_of(server, keys).ca_bundle(server.folder.join("cert.pem"));
    let root = session(Credentials::new("test", "test")).build().unwrap();
    let keys = create_admin(&root.client("iam").unwrap(), "streams-over-tls");
    let s3 = session(keys).build().unwrap().client("s3").unwrap();
    call(&s3, "create_bucket", json!({"Bucket": "streams"}));
    let source = || std::io::repeat(b'x').take(SIZE);
    let object = json!({"Bucket": "streams", "Key": "k"});
    let put = s3.request("put_object").params(object.clone()).body(Body::from_reader_with_length(source(), SIZE));
    put.send().unwrap();
    let mut read = s3.request("get_object").params(object.clone()).send().unwrap();
    assert_eq!(read.value["ContentLength"], json!(SIZE));
    let mut bytes = Vec::new();
    read.body.read_to_end(&mut bytes).unwrap();
    assert!(bytes.len() as u64 == SIZE && bytes.iter().all(|byte| *byte == b'x'));
    println!("tls: {SIZE} bytes of an unseekable stream");
}
