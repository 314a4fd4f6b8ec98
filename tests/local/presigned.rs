//! URLs, forms and requests that a plain HTTP client sends.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tucuxi::{Body, Client, Clock, Credentials, HttpTransport, SendOptions, Session, Transport};

use crate::ministack::fresh_keys;
use crate::server::{S3S_KEYS, Server};
use crate::support::{ODD_TEXT, call, session_of};

const HOUR: Duration = Duration::from_secs(3600);

/// An hour ago.
#[derive(Debug)]
struct Late;

impl Clock for Late {
    fn now(&self) -> SystemTime {
        SystemTime::now() - HOUR
    }

    fn sleep(&self, _: Duration) {}
}

pub(crate) fn of_s3s(server: &Server) {
    objects(server, &Credentials::new(S3S_KEYS.0, S3S_KEYS.1), "s3s");
}

pub(crate) fn of_ministack(server: &Server) {
    objects(server, &fresh_keys(server, "presigns"), "ministack");
}

/// Sends a request by HTTP and nothing else: status and body of the answer.
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

fn objects(server: &Server, keys: &Credentials, name: &str) {
    let s3 = session_of(server, keys.clone()).build().unwrap().client("s3").unwrap();
    call(&s3, "create_bucket", json!({"Bucket": "urls"}));
    for key in ["plain", "a b/é+%41~&?=#.txt"] {
        let object = json!({"Bucket": "urls", "Key": key});
        let (status, answer) = send(presigned(&s3, "put_object", &object, HOUR).map(|()| ODD_TEXT));
        assert_eq!(status, 200, "{answer}");
        let get = || presigned(&s3, "get_object", &object, HOUR).map(|()| "");
        assert_eq!(send(get()), (200, ODD_TEXT.to_owned()));

        // A URL is good for what it was made for, and for no longer.
        let mut tampered = get();
        *tampered.uri_mut() = tampered.uri().to_string().replace("/urls/", "/urls/x").parse().unwrap();
        assert_eq!(send(tampered).0, 403);
        let mut deleting = get();
        *deleting.method_mut() = http::Method::DELETE;
        assert_eq!(send(deleting).0, 403);
        let late = session_of(server, keys.clone()).clock(Late).build().unwrap().client("s3").unwrap();
        let (status, answer) = send(presigned(&late, "get_object", &object, Duration::from_secs(60)).map(|()| ""));
        assert_eq!(status, 403, "{answer}");
        assert_eq!(send(presigned(&late, "get_object", &object, HOUR + HOUR).map(|()| "")).0, 200);
    }
    // What is signed has to be sent.
    let typed = json!({"Bucket": "urls", "Key": "typed", "ContentType": "text/odd", "Metadata": {"a": "b"}});
    let request = presigned(&s3, "put_object", &typed, HOUR).map(|()| "text");
    assert_eq!(send(request.clone()).0, 200);
    let (mut parts, body) = request.into_parts();
    parts.headers.clear();
    assert_eq!(send(http::Request::from_parts(parts, body)).0, 403);
    let head = call(&s3, "head_object", json!({"Bucket": "urls", "Key": "typed"}));
    assert_eq!((&head["ContentType"], &head["Metadata"]["a"]), (&json!("text/odd"), &json!("b")));
    let listing = presigned(&s3, "list_objects_v2", &json!({"Bucket": "urls", "Prefix": "a b/é"}), HOUR);
    let (status, answer) = send(listing.map(|()| ""));
    assert!(status == 200 && answer.contains("<KeyCount>1</KeyCount>"), "{answer}");
    println!("{name}: GET and PUT by URL; another key, another method, an old URL, a header left out: refused");
}

pub(crate) fn form_of_s3s(server: &Server) {
    form(server, &Credentials::new(S3S_KEYS.0, S3S_KEYS.1), "s3s");
}

/// A browser uploads a file by a form.
fn form(server: &Server, keys: &Credentials, name: &str) {
    let s3 = session_of(server, keys.clone()).build().unwrap().client("s3").unwrap();
    call(&s3, "create_bucket", json!({"Bucket": "forms"}));
    let made = s3.generate(
        "presigned_post",
        json!({"Bucket": "forms", "Key": "in/a b", "Fields": {"Content-Type": "text/plain"},
               "Conditions": [["starts-with", "$Content-Type", "text/"], ["content-length-range", 1, 20]]}),
    );
    let made = made.unwrap();
    let (status, answer) = send(post(&made, "from a browser"));
    assert!(matches!(status, 200 | 204), "{status}: {answer}");
    let object = call(&s3, "get_object", json!({"Bucket": "forms", "Key": "in/a b"}));
    assert_eq!(tucuxi::bytes(&object["Body"]).unwrap(), b"from a browser");

    let refused = |form: &Value, file: &str, code: &str| {
        let (status, answer) = send(post(form, file));
        assert!(matches!(status, 400 | 403) && answer.contains(&format!("<Code>{code}<")), "{status}: {answer}");
    };
    let mut other = made.clone();
    other["fields"]["key"] = json!("in/other");
    refused(&other, "x", "InvalidPolicyDocument");
    refused(&made, &"too long".repeat(10), "EntityTooLarge");
    let late = session_of(server, keys.clone()).clock(Late).build().unwrap().client("s3").unwrap();
    let old = late.generate("presigned_post", json!({"Bucket": "forms", "Key": "k", "ExpiresIn": 60})).unwrap();
    refused(&old, "x", "RequestTimeTooSkewed");
    let mut forged = made;
    let signature = forged["fields"]["x-amz-signature"].as_str().unwrap();
    forged["fields"]["x-amz-signature"] = json!(signature.replace(['0', '1', '2', '3'], "4"));
    refused(&forged, "x", "SignatureDoesNotMatch");
    println!("{name}: a form uploads; another key, a file too long, an old form, another signature: refused");
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

/// The URL by which somebody proves who they are.
pub(crate) fn identity(server: &Server) {
    let session = session_of(server, fresh_keys(server, "proves-it")).build().unwrap();
    let sts = session.client("sts").unwrap();
    let url = sts.request("get_caller_identity").method(http::Method::GET).presign(HOUR).unwrap();
    let (status, answer) = send(url.clone().map(|()| ""));
    assert!(status == 200 && answer.contains(":user/proves-it"), "{status}: {answer}");
    let mut tampered = url.map(|()| "");
    *tampered.uri_mut() = tampered.uri().to_string().replace("GetCallerIdentity", "GetSessionToken").parse().unwrap();
    assert_eq!(send(tampered).0, 403);
    println!("sts: the URL tells who signed it, and nothing else");
}

/// Requests that no model describes, signed by a session and by a client.
pub(crate) fn foreign_requests(server: &Server) {
    let keys = fresh_keys(server, "signs-others");
    let session: Session = session_of(server, keys).build().unwrap();
    let create = |name: &str| {
        http::Request::post(format!("{}/", server.url))
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", "AmazonSQS.CreateQueue")
            .body(json!({"QueueName": name}).to_string())
            .unwrap()
    };
    let (status, answer) = send(session.sign_request("sqs", create("by-hand")).unwrap());
    assert!(status == 200 && answer.contains("by-hand"), "{status}: {answer}");
    let sqs = session.client("sqs").unwrap();
    let (status, answer) = send(sqs.sign_request(create("by-client")).unwrap());
    assert!(status == 200 && answer.contains("by-client"), "{status}: {answer}");

    assert_eq!(send(create("unsigned")).0, 403);
    let (parts, _) = session.sign_request("sqs", create("signed")).unwrap().into_parts();
    let other = Body::from(json!({"QueueName": "other"}).to_string());
    assert_eq!(send(http::Request::from_parts(parts, other)).0, 403);
    println!("sqs: requests signed by hand are accepted, and refused with another body");
}
