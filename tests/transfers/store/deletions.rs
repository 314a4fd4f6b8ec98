//! Listings and deletions of the store.

use std::fmt::Write as _;

use tucuxi::Body;

use super::{Call, State, xml};

/// Objects with this in their key cannot be deleted.
const LOCKED: &str = "locked";

pub(super) fn respond(state: &mut State, call: &Call) -> http::Response<Body> {
    match call.operation {
        "ListObjectsV2" => list(state, call),
        "ListObjectVersions" => list_versions(state, call),
        "DeleteObjects" => delete(state, call),
        _ => {
            state.objects.remove(&call.key);
            http::Response::builder().status(204).body(Body::empty()).unwrap()
        }
    }
}

/// The keys with the prefix that follow the token, and the next token.
fn page<'k>(keys: impl Iterator<Item = &'k String>, call: &Call, token: &str) -> (Vec<String>, Option<String>) {
    let prefix = decoded(call.query.get("prefix").map_or("", String::as_str));
    let after = call.query.get(token).map(|token| decoded(token)).unwrap_or_default();
    let mut keys: Vec<String> = keys.map(|key| decoded(key)).collect();
    keys.sort();
    keys.dedup();
    keys.retain(|key| key.starts_with(&prefix) && *key > after);
    let has_more = keys.len() > 1000;
    keys.truncate(1000);
    let next = keys.last().filter(|_| has_more).cloned();
    (keys, next)
}

fn list(state: &State, call: &Call) -> http::Response<Body> {
    let (keys, next) = page(state.objects.keys(), call, "continuation-token");
    let mut text = format!("<R><EncodingType>url</EncodingType><IsTruncated>{}</IsTruncated>", next.is_some());
    for key in keys {
        write!(text, "<Contents><Key>{}</Key></Contents>", encoded(&key)).unwrap();
    }
    if let Some(next) = next {
        write!(text, "<NextContinuationToken>{}</NextContinuationToken>", encoded(&next)).unwrap();
    }
    xml(text + "</R>")
}

fn list_versions(state: &State, call: &Call) -> http::Response<Body> {
    let (keys, next) = page(state.objects.keys().chain(&state.markers), call, "key-marker");
    let mut text = format!("<R><EncodingType>url</EncodingType><IsTruncated>{}</IsTruncated>", next.is_some());
    for key in keys {
        let key = encoded(&key);
        if let Some(object) = state.objects.get(&key) {
            write!(text, "<Version><Key>{key}</Key><VersionId>v{}</VersionId></Version>", object.version).unwrap();
        }
        if state.markers.contains(&key) {
            write!(text, "<DeleteMarker><Key>{key}</Key><VersionId>marker</VersionId></DeleteMarker>").unwrap();
        }
    }
    if let Some(next) = next {
        write!(text, "<NextKeyMarker>{}</NextKeyMarker><NextVersionIdMarker>m</NextVersionIdMarker>", encoded(&next))
            .unwrap();
    }
    xml(text + "</R>")
}

fn delete(state: &mut State, call: &Call) -> http::Response<Body> {
    let request = String::from_utf8(call.body.clone()).unwrap();
    assert!(request.contains("<Quiet>true</Quiet>"));
    let mut text = "<DeleteResult>".to_owned();
    let objects: Vec<&str> = request.split("<Object>").skip(1).collect();
    assert!(objects.len() <= 1000, "{}", objects.len());
    for object in objects {
        let inner =
            |name: &str| Some(object.split_once(&format!("<{name}>"))?.1.split("</").next().unwrap().to_owned());
        let key = inner("Key").unwrap();
        if key.contains(LOCKED) {
            write!(text, "<Error><Key>{key}</Key><Code>AccessDenied</Code><Message>no</Message></Error>").unwrap();
            continue;
        }
        let plain = [("&quot;", "\""), ("&lt;", "<"), ("&gt;", ">"), ("&#xA;", "\n"), ("&#xD;", "\r"), ("&apos;", "'")];
        let key = plain.iter().fold(key, |key, (escaped, plain)| key.replace(escaped, plain)).replace("&amp;", "&");
        let key = encoded(&key);
        match inner("VersionId").as_deref() {
            None => drop(state.objects.remove(&key)),
            Some("marker") => drop(state.markers.remove(&key)),
            Some(version) => {
                assert_eq!(version, format!("v{}", state.objects[&key].version));
                state.objects.remove(&key);
            }
        }
    }
    xml(text + "</DeleteResult>")
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
            }
            byte => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).unwrap()
}

pub(crate) fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        match byte {
            b'/' | b'-' | b'_' | b'.' | b'~' => encoded.push(byte.into()),
            byte if byte.is_ascii_alphanumeric() => encoded.push(byte.into()),
            byte => write!(encoded, "%{byte:02X}").unwrap(),
        }
        encoded
    })
}
