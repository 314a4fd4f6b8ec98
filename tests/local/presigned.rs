//! Presigned URLs, forms and signed requests, sent by a plain HTTP client.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tucuxi::{Body, Client, Clock, Credentials, HttpTransport, SendOptions, Session, Transport};

use crate::ministack::fresh_credentials;
use crate::server::{S3S_CREDENTIALS, Server};
use crate::support::{ODD_TEXT, call, session_of};

const HOUR: Duration = Duration::from_secs(3600);

/// A clock one hour behind.
#[derive(Debug)]
struct Late;

impl Clock for Late {
    fn now(&self) -> SystemTime {
        SystemTime::now() - HOUR
    }

    fn sleep(&self, _: Duration) {}
}

pub(crate) fn of_s3s(server: &Server) {
    objects(server, &Credentials::new(S3S_CREDENTIALS.0, S3S_CREDENTIALS.1), "s3s");
}

pub(crate) fn of_ministack(server: &Server) {
    objects(server, &fresh_credentials(server, "presigns"), "ministack");
}

/// Sends a request with a plain HTTP client; returns the status and body of the response.
fn send(request: http::Request<impl Into<Body>>) -> (u16, String) {
    let transport = HttpTransport::new();
    let mut request = request.map(Into::into);
    if let Some(length) = request.body().len() {
        request.headers_mut().insert("content-length", length.into());
    }
    let (parts, body) = transport.send(request, &SendOptions::default()).unwrap().into_parts();
    (parts.status.as_u16(), String::from_utf8_lossy(&body.into_bytes().unwrap()).into_owned())
}

fn presigned(client: &Client, operation: &str, params: &Value, life: Duration) -> http::Request<()> {
    client.request(operation).params(params.clone()).presign(life).unwrap()
}

fn objects(server: &Server, credentials: &Credentials, name: &str) {
    let s3 = session_of(server, credentials.clone()).build().unwrap().client("s3").unwrap();
    call(&s3, "create_bucket", json!({"Bucket": "urls"}));
    for key in ["plain", "a b/é+%41~&?=#.txt"] {
        let object = json!({"Bucket": "urls", "Key": key});
        let (status, response) = send(presigned(&s3, "put_object", &object, HOUR).map(|()| ODD_TEXT));
        assert_eq!(status, 200, "{response}");
        let get = || presigned(&s3, "get_object", &object, HOUR).map(|()| "");
        assert_eq!(send(get()), (200, ODD_TEXT.to_owned()));

        // A URL is valid only for its operation, key and lifetime.
        let mut tampered = get();
        *tampered.uri_mut() = tampered.uri().to_string().replace("/urls/", "/urls/x").parse().unwrap();
        assert_eq!(send(tampered).0, 403);
        let mut deleting = get();
        *deleting.method_mut() = http::Method::DELETE;
        assert_eq!(send(deleting).0, 403);
        let late = session_of(server, credentials.clone()).clock(Late).build().unwrap().client("s3").unwrap();
        let (status, response) = send(presigned(&late, "get_object", &object, Duration::from_secs(60)).map(|()| ""));
        assert_eq!(status, 403, "{response}");
        assert_eq!(send(presigned(&late, "get_object", &object, HOUR + HOUR).map(|()| "")).0, 200);
    }
    // Signed headers are required.
    let typed = json!({"Bucket": "urls", "Key": "typed", "ContentType": "text/odd", "Metadata": {"a": "b"}});
    let request = presigned(&s3, "put_object", &typed, HOUR).map(|()| "text");
    assert_eq!(send(request.clone()).0, 200);
    let (mut parts, body) = request.into_parts();
    parts.headers.clear();
    assert_eq!(send(http::Request::from_parts(parts, body)).0, 403);
    let head = call(&s3, "head_object", json!({"Bucket": "urls", "Key": "typed"}));
    assert_eq!((&head["ContentType"], &head["Metadata"]["a"]), (&json!("text/odd"), &json!("b")));
    let listing = presigned(&s3, "list_objects_v2", &json!({"Bucket": "urls", "Prefix": "a b/é"}), HOUR);
    let (status, response) = send(listing.map(|()| ""));
    assert!(status == 200 && response.contains("<KeyCount>1</KeyCount>"), "{response}");
    println!("{name}: GET and PUT by URL; another key, another method, an expired URL, a missing header: rejected");
}

pub(crate) fn form_of_s3s(server: &Server) {
    form(server, &Credentials::new(S3S_CREDENTIALS.0, S3S_CREDENTIALS.1), "s3s");
}

/// Uploads a file with a form, as a browser does.
fn form(server: &Server, credentials: &Credentials, name: &str) {
    let s3 = session_of(server, credentials.clone()).build().unwrap().client("s3").unwrap();
    call(&s3, "create_bucket", json!({"Bucket": "forms"}));
    let made = s3.generate(
        "presigned_post",
        json!({"Bucket": "forms", "Key": "in/a b", "Fields": {"Content-Type": "text/plain"},
               "Conditions": [["starts-with", "$Content-Type", "text/"], ["content-length-range", 1, 20]]}),
    );
    let made = made.unwrap();
    let (status, response) = send(post(&made, "from a browser"));
    assert!(matches!(status, 200 | 204), "{status}: {response}");
    let object = call(&s3, "get_object", json!({"Bucket": "forms", "Key": "in/a b"}));
    assert_eq!(tucuxi::bytes(&object["Body"]).unwrap(), b"from a browser");

    let expect_error = |form: &Value, file: &str, code: &str| {
        let (status, response) = send(post(form, file));
        assert!(matches!(status, 400 | 403) && response.contains(&format!("<Code>{code}<")), "{status}: {response}");
    };
    let mut other = made.clone();
    other["fields"]["key"] = json!("in/other");
    expect_error(&other, "x", "InvalidPolicyDocument");
    expect_error(&made, &"too long".repeat(10), "EntityTooLarge");
    let late = session_of(server, credentials.clone()).clock(Late).build().unwrap().client("s3").unwrap();
    let old = late.generate("presigned_post", json!({"Bucket": "forms", "Key": "k", "ExpiresIn": 60})).unwrap();
    expect_error(&old, "x", "RequestTimeTooSkewed");
    let mut forged = made;
    let signature = forged["fields"]["x-amz-signature"].as_str().unwrap();
    forged["fields"]["x-amz-signature"] = json!(signature.replace(['0', '1', '2', '3'], "4"));
    expect_error(&forged, "x", "SignatureDoesNotMatch");
    println!("{name}: a form uploads; another key, a file too long, an expired form, another signature: rejected");
}

/// <https://www.rfc-editor.org/rfc/rfc7578#section-4>
fn post(made: &Value, file: &str) -> http::Request<String> {
    let mut body = String::new();
    for (name, value) in made["fields"].as_object().unwrap() {
        let value = value.as_str().unwrap();
        body.push_str(&format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"));
    }
    body.push_str("--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.txt\"\r\n");
    body.push_str(&format!("Content-Type: text/plain\r\n\r\n{file}\r\n--edge--\r\n"));
    let request = http::Request::post(made["url"].as_str().unwrap());
    request.header("content-type", "multipart/form-data; boundary=edge").body(body).unwrap()
}

/// A presigned `GetCallerIdentity`, which proves the identity of its signer.
pub(crate) fn identity(server: &Server) {
    let session = session_of(server, fresh_credentials(server, "proves-it")).build().unwrap();
    let sts = session.client("sts").unwrap();
    let url = sts.request("get_caller_identity").method(http::Method::GET).presign(HOUR).unwrap();
    let (status, response) = send(url.clone().map(|()| ""));
    assert!(status == 200 && response.contains(":user/proves-it"), "{status}: {response}");
    let mut tampered = url.map(|()| "");
    *tampered.uri_mut() = tampered.uri().to_string().replace("GetCallerIdentity", "GetSessionToken").parse().unwrap();
    assert_eq!(send(tampered).0, 403);
    println!("sts: the URL proves its signer's identity, and nothing else");
}

/// Requests without a model, signed by a session and by a client.
pub(crate) fn requests_without_a_model(server: &Server) {
    let credentials = fresh_credentials(server, "signs-others");
    let session: Session = session_of(server, credentials).build().unwrap();
    let create = |name: &str| {
        http::Request::post(format!("{}/", server.url))
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", "AmazonSQS.CreateQueue")
            .body(json!({"QueueName": name}).to_string())
            .unwrap()
    };
    let (status, response) = send(session.sign_request("sqs", create("by-hand")).unwrap());
    assert!(status == 200 && response.contains("by-hand"), "{status}: {response}");
    let sqs = session.client("sqs").unwrap();
    let (status, response) = send(sqs.sign_request(create("by-client")).unwrap());
    assert!(status == 200 && response.contains("by-client"), "{status}: {response}");

    assert_eq!(send(create("unsigned")).0, 403);
    let (parts, _) = session.sign_request("sqs", create("signed")).unwrap().into_parts();
    let other = Body::from(json!({"QueueName": "other"}).to_string());
    assert_eq!(send(http::Request::from_parts(parts, other)).0, 403);
    println!("sqs: requests signed without a model are accepted, and rejected with another body");
}
