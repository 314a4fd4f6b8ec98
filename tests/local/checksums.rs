//! Checksums of uploads and downloads: in a trailer, in a header, and for bytes changed in transit.

use serde_json::{Value, json};
use tucuxi::{Body, ChecksumMode, Client, Credentials, ErrorKind, bytes};

use crate::front::{Changes, Front};
use crate::server::{S3S_CREDENTIALS, Server};
use crate::support::{call, expect_service_error, session_of};

/// The algorithms of both servers.
const ALGORITHMS: [&str; 5] = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"];

/// A client that treats the server like AWS, through a TLS proxy.
fn through(server: &Server, front: &Front, mode: ChecksumMode) -> Client {
    let session = session_of(server, Credentials::new(S3S_CREDENTIALS.0, S3S_CREDENTIALS.1)).endpoint_url(&front.url);
    let session = session.ca_bundle(&front.certificate).request_checksum_calculation(mode);
    session.response_checksum_validation(ChecksumMode::WhenSupported).build().unwrap().client("s3").unwrap()
}

fn plain(server: &Server) -> Client {
    session_of(server, Credentials::new(S3S_CREDENTIALS.0, S3S_CREDENTIALS.1)).build().unwrap().client("s3").unwrap()
}

/// More than one chunk, with a marker to replace.
fn content() -> Vec<u8> {
    let mut content: Vec<u8> = (0..1_500_000_u32).map(|n| (n / 7) as u8).collect();
    content[1_200_000..1_200_006].copy_from_slice(b"MARKER");
    content
}

fn bodies() -> Vec<(&'static str, Body)> {
    let content = content();
    let length = content.len() as u64;
    vec![
        ("bytes", Body::from(content.clone())),
        ("a file", Body::from_seekable(std::io::Cursor::new(content.clone())).unwrap()),
        ("a reader", Body::from_reader_with_length(std::io::Cursor::new(content), length)),
    ]
}

pub(crate) fn trailers(server: &Server) {
    let front = Front::of(server, Changes::default());
    let s3 = through(server, &front, ChecksumMode::WhenSupported);
    call(&s3, "create_bucket", json!({"Bucket": "trailers"}));
    let mut count = 0;
    for algorithm in ALGORITHMS {
        for (kind, body) in bodies() {
            let key = format!("{algorithm} of {kind}");
            let object = json!({"Bucket": "trailers", "Key": key});
            let mut params = object.clone();
            params["ChecksumAlgorithm"] = json!(algorithm);
            s3.request("put_object").params(params).body(body).send().unwrap_or_else(|error| panic!("{key}: {error}"));
            let read = s3.request("get_object").params(object).send().unwrap();
            assert_eq!(read.metadata.checksum_algorithm, Some(algorithm.to_lowercase().as_str()), "{key}");
            assert!(read.body.into_bytes().unwrap() == content(), "{key}");
            count += 1;
        }
    }
    call(&s3, "put_object", json!({"Bucket": "trailers", "Key": "by default", "Body": tucuxi::blob("Hello world")}));
    call(&s3, "put_object", json!({"Bucket": "trailers", "Key": "empty"}));
    let deleted = json!({"Bucket": "trailers", "Delete": {"Objects": [{"Key": "by default"}]}});
    assert_eq!(call(&s3, "delete_objects", deleted)["Deleted"].as_array().unwrap().len(), 1);
    println!("checksums: {count} objects with a trailer, read back and checked");
}

pub(crate) fn headers(server: &Server) {
    let front = Front::of(server, Changes::default());
    let (over_tls, plain) = (through(server, &front, ChecksumMode::WhenRequired), plain(server));
    call(&plain, "create_bucket", json!({"Bucket": "headers"}));
    for algorithm in ALGORITHMS {
        for (n, s3) in [&over_tls, &plain].into_iter().enumerate() {
            let object = json!({"Bucket": "headers", "Key": format!("{algorithm}-{n}")});
            let mut params = object.clone();
            params["ChecksumAlgorithm"] = json!(algorithm);
            s3.request("put_object").params(params).body(content()).send().unwrap();
            let mut params = object;
            // For a server other than AWS, the caller must ask for it.
            params["ChecksumMode"] = json!("ENABLED");
            let read = s3.request("get_object").params(params).send().unwrap();
            assert_eq!(read.metadata.checksum_algorithm, Some(algorithm.to_lowercase().as_str()));
            assert!(read.body.into_bytes().unwrap() == content());
        }
    }
    // The default is compatible with older servers.
    call(&plain, "put_object", json!({"Bucket": "headers", "Key": "none", "Body": tucuxi::blob("Hello world")}));
    let read = plain.request("get_object").params(json!({"Bucket": "headers", "Key": "none"})).send().unwrap();
    assert_eq!(read.metadata.checksum_algorithm, None);
    println!("checksums: in headers, with and without TLS");
}

pub(crate) fn changed_on_the_way(server: &Server) {
    let swap = Some(("MARKER", "MURKER"));
    let front = Front::of(server, Changes { of_requests: swap, ..Changes::default() });
    call(&plain(server), "create_bucket", json!({"Bucket": "changed"}));
    for mode in [ChecksumMode::WhenSupported, ChecksumMode::WhenRequired] {
        let s3 = through(server, &front, mode);
        for algorithm in ALGORITHMS {
            let params = json!({"Bucket": "changed", "Key": "upload", "ChecksumAlgorithm": algorithm});
            let put = s3.request("put_object").params(params).body(content());
            expect_service_error(put.max_attempts(1).send(), "BadDigest");
        }
    }

    let front = Front::of(server, Changes { of_responses: swap, ..Changes::default() });
    let s3 = through(server, &front, ChecksumMode::WhenSupported);
    for algorithm in ALGORITHMS {
        let object = json!({"Bucket": "changed", "Key": "download"});
        let mut params = object.clone();
        params["ChecksumAlgorithm"] = json!(algorithm);
        s3.request("put_object").params(params).body(content()).send().unwrap();
        let error = s3.call("get_object", object.clone()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Response, "{error}");
        assert!(error.to_string().contains(&format!("its {algorithm} checksum is ")), "{error}");
        let path = server.folder.join("download");
        s3.request("get_object").params(object.clone()).send().unwrap().body.save_to(&path).unwrap_err();
        assert!(!path.exists());
    }
    println!("checksums: the server rejects changed uploads, the client changed downloads");
}

/// Trailers for every kind of body, to a server with built-in TLS.
pub(crate) fn over_own_tls(server: &Server) {
    let session = session_of(server, Credentials::new("test", "test")).ca_bundle(server.folder.join("cert.pem"));
    let session = session.request_checksum_calculation(ChecksumMode::WhenSupported).build().unwrap();
    let s3 = session.client("s3").unwrap();
    call(&s3, "create_bucket", json!({"Bucket": "checked"}));
    let mut keys: Vec<Value> = Vec::new();
    for algorithm in ALGORITHMS {
        for (kind, body) in bodies() {
            let object = json!({"Bucket": "checked", "Key": format!("{algorithm} of {kind}")});
            let mut params = object.clone();
            params["ChecksumAlgorithm"] = json!(algorithm);
            s3.request("put_object")
                .params(params)
                .body(body)
                .send()
                .unwrap_or_else(|error| panic!("{object}: {error}"));
            assert!(bytes(&call(&s3, "get_object", object.clone())["Body"]).unwrap() == content(), "{object}");
            keys.push(object);
        }
    }
    println!("checksums: {} objects with a trailer over TLS", keys.len());
}
