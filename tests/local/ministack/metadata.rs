//! Credentials from independent metadata services: EC2 instance metadata (version 2 only) and container credentials.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::json;
use tucuxi::{Environment, Session};

use crate::server::Server;

/// The access key and session token of a signed request.
fn signed_by(session: &Session) -> (String, String) {
    let request = session.client("sts").unwrap().request("get_caller_identity").prepare().unwrap();
    let header = |name| request.headers()[name].to_str().unwrap().to_owned();
    let authorization = header("authorization");
    let key = authorization.split_once("Credential=").unwrap().1.split_once('/').unwrap().0.to_owned();
    (key, header("x-amz-security-token"))
}

fn session(variables: &[(&str, &str)]) -> Session {
    let environment = Environment::from_pairs(variables.iter().copied());
    Session::builder().environment(environment).region("us-east-1").build().unwrap()
}

#[track_caller]
fn check(session: &Session, provider: &str) {
    let (key, token) = signed_by(session);
    assert!(key.starts_with("ASIA") && token.len() > 20, "{key} {token}");
    assert_eq!(signed_by(session), (key.clone(), token), "they are kept");
    let report = session.config_report();
    assert_eq!(report["access_key_id"]["origin"], provider);
    assert!(report["access_key_id"]["value"].as_str().unwrap().ends_with(&key[key.len() - 4..]));
}

pub(crate) fn instance(server: &Server) {
    // The server rejects requests without a token.
    let address = server.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let path = "/latest/meta-data/iam/security-credentials/";
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    assert!(response.starts_with("HTTP/1.1 401"), "{response}");

    let endpoint = ("AWS_EC2_METADATA_SERVICE_ENDPOINT", server.url.as_str());
    check(&session(&[endpoint]), "iam-role");
    let disabled = session(&[endpoint, ("AWS_EC2_METADATA_DISABLED", "true")]).client("sts").unwrap();
    // The causes of the error are the reasons of the providers.
    let error = format!("{:?}", disabled.call("get_caller_identity", json!({})).unwrap_err());
    assert!(error.contains("iam-role (AWS_EC2_METADATA_DISABLED is true)"), "{error}");
}

pub(crate) fn container(server: &Server) {
    let url = format!("{}/v2/credentials/task", server.url);
    check(&session(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", &url)]), "container-role");
    // The error of a configured container endpoint ends the provider chain.
    let url = format!("{}/nowhere", server.url);
    let imds = ("AWS_EC2_METADATA_SERVICE_ENDPOINT", server.url.as_str());
    let client = session(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", &url), imds]).client("sts").unwrap();
    let error = client.call("get_caller_identity", json!({})).unwrap_err().to_string();
    let expected = format!("no credentials from the container endpoint {}: HTTP 4", server.url);
    assert!(error.contains(&expected), "{error}");
}
