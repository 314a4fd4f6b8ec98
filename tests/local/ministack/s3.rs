//! S3 features that s3s-fs lacks.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use tucuxi::{Client, ErrorKind, blob};

use super::{client_of, fresh_credentials};
use crate::server::Server;
use crate::support::{call, expect_service_error, in_parallel};

fn s3(server: &Server, bucket: &str) -> Client {
    let s3 = client_of(server, &fresh_credentials(server, bucket), "s3");
    call(&s3, "create_bucket", json!({"Bucket": bucket}));
    s3
}

pub(crate) fn conditions(server: &Server) {
    let s3 = s3(server, "conditions");
    let put = call(&s3, "put_object", json!({"Bucket": "conditions", "Key": "k", "Body": blob("0123456789")}));
    let get = |more: Value| {
        let mut params = json!({"Bucket": "conditions", "Key": "k"});
        params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        s3.request("get_object").params(params).send()
    };
    let tag = &put["ETag"];
    assert!(get(json!({"IfMatch": tag, "IfModifiedSince": "2001-02-03T04:05:06+01:00"})).is_ok());
    for unmodified in [json!({"IfNoneMatch": tag}), json!({"IfModifiedSince": "2040-01-01T00:00:00Z"})] {
        let error = get(unmodified.clone()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Service, "{unmodified}: {error}");
        let error = error.service().unwrap();
        assert_eq!((error.code(), error.status(), error.message()), ("304", 304, "Not Modified"));
    }
    assert_eq!(expect_service_error(get(json!({"IfMatch": "\"another\""})), "PreconditionFailed").status(), 412);
    assert_eq!(expect_service_error(get(json!({"IfUnmodifiedSince": 0})), "PreconditionFailed").status(), 412);
    println!("s3: conditions that match, and four that do not");
}

pub(crate) fn control_characters(server: &Server) {
    let s3 = s3(server, "control-characters");
    // XML forbids the first unescaped, and parsers would change the others.
    for key in ["a\u{1}b", "a\tb", "a\nb", "a\r\nb", " a b ", "a+b", "a%2Bb"] {
        call(&s3, "put_object", json!({"Bucket": "control-characters", "Key": key}));
        for list in ["list_objects", "list_objects_v2"] {
            let listed = call(&s3, list, json!({"Bucket": "control-characters"}));
            assert_eq!(listed["Contents"][0]["Key"], key, "{listed}");
            assert!(listed.get("EncodingType").is_none() || listed["EncodingType"] == "url", "{listed}");
        }
        if key.contains('\u{1}') {
            // XML has no escape for this character.
            call(&s3, "delete_object", json!({"Bucket": "control-characters", "Key": key}));
        } else {
            let objects = json!({"Objects": [{"Key": key}], "Quiet": true});
            let deleted = call(&s3, "delete_objects", json!({"Bucket": "control-characters", "Delete": objects}));
            assert!(deleted.get("Errors").is_none(), "{deleted}");
        }
        let gone = s3.call("head_object", json!({"Bucket": "control-characters", "Key": key}));
        assert_eq!(expect_service_error(gone, "404").status(), 404, "{key:?} was deleted");
    }
    println!("s3: keys with line breaks and plus signs listed and deleted");
}

pub(crate) fn locations(server: &Server) {
    let s3 = s3(server, "here");
    let there = json!({"Bucket": "there", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}});
    call(&s3, "create_bucket", there);
    let location = call(&s3, "get_bucket_location", json!({"Bucket": "there"}));
    assert_eq!(location["LocationConstraint"], "eu-west-1");
    let here = call(&s3, "get_bucket_location", json!({"Bucket": "here"}));
    assert!(here.get("LocationConstraint").is_none_or(Value::is_null), "the first region has no name: {here}");
    println!("s3: locations of two buckets");
}

pub(crate) fn one_writer_wins(server: &Server) {
    let s3 = s3(server, "race");
    for round in 0..20 {
        let key = format!("lock {round}");
        let won = AtomicUsize::new(0);
        in_parallel(8, |n| {
            if take(&s3, &key, n) {
                won.fetch_add(1, Ordering::Relaxed);
            }
        });
        assert_eq!(won.into_inner(), 1, "{key}");
    }
    println!("s3: one of eight conditional writers wins, twenty times");
}

/// Whether this writer was the first.
fn take(s3: &Client, key: &str, writer: usize) -> bool {
    let body = tucuxi::blob(writer.to_string());
    match s3.call("put_object", json!({"Bucket": "race", "Key": key, "Body": body, "IfNoneMatch": "*"})) {
        Ok(_) => true,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Service, "{error}");
            let service = error.service().unwrap();
            assert!(matches!(service.code(), "PreconditionFailed" | "ConditionalRequestConflict"), "{error}");
            false
        }
    }
}

pub(crate) fn another_region(server: &Server) {
    let keys = fresh_credentials(server, "another-region");
    let client = || client_of(server, &keys, "s3");
    let first = client();
    let there = json!({"Bucket": "far-away", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}});
    call(&first, "create_bucket", there);
    let object = json!({"Bucket": "far-away", "Key": "a/../b"});
    // A redirected request sends its body again.
    let put = first.request("put_object").params(object.clone()).body("far").send().unwrap();
    assert_eq!(put.metadata.attempts, 2);
    let get = first.request("get_object").params(object.clone()).send().unwrap();
    assert_eq!((get.metadata.attempts, get.body.into_bytes().unwrap()), (1, b"far".to_vec()));
    for (operation, params) in [
        ("head_object", object.clone()),
        ("head_bucket", json!({"Bucket": "far-away"})),
        ("list_objects_v2", json!({"Bucket": "far-away"})),
        ("get_object", object),
    ] {
        let output = client().request(operation).params(params).max_attempts(1).send();
        let output = output.unwrap_or_else(|error| panic!("{operation}: {error}"));
        assert_eq!(output.metadata.attempts, 2, "{operation}");
    }
    println!("s3: requests redirected to the region of a bucket");
}

/// Keys are preserved byte for byte, including dots and slashes.
pub(crate) fn keys(server: &Server) {
    let s3 = s3(server, "keys");
    let cases: Vec<Value> = serde_json::from_str(include_str!("../../data/quirks/s3_keys.json")).unwrap();
    assert!(cases.len() > 20);
    for case in cases {
        let key = case["params"]["Key"].as_str().unwrap();
        let object = json!({"Bucket": "keys", "Key": key});
        s3.request("put_object")
            .params(object.clone())
            .body(key)
            .send()
            .unwrap_or_else(|error| panic!("{key:?}: {error}"));
        let read =
            s3.request("get_object").params(object.clone()).send().unwrap_or_else(|error| panic!("{key:?}: {error}"));
        assert_eq!(read.body.into_bytes().unwrap(), key.as_bytes(), "{key:?}");
        let listed = call(&s3, "list_objects_v2", json!({"Bucket": "keys"}));
        assert_eq!((&listed["KeyCount"], &listed["Contents"][0]["Key"]), (&json!(1), &json!(key)), "{listed}");
        call(&s3, "delete_object", object);
    }
    println!("s3: keys with dots, slashes and all other characters");
}
