//! Transfers of files and streams to real stores and back, also with checksums of parts.

use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tucuxi::s3::Transfer;
use tucuxi::{Body, ChecksumMode, Client, Credentials};

use crate::ministack::fresh_credentials;
use crate::server::{S3S_CREDENTIALS, Server};
use crate::shared::fault_proxy::{FaultProxy, Passing, SocketFault};
use crate::support::{call, in_parallel, session_of};

/// The smallest part that stores take.
const PART: usize = 5 << 20;
/// Parts of downloads may be smaller.
const SMALL_PART: usize = 1_500_007;

const MODES: [(&str, ChecksumMode); 2] =
    [("plain", ChecksumMode::WhenRequired), ("checked", ChecksumMode::WhenSupported)];

/// A client and a new bucket of this name.
fn client(server: &Server, credentials: &Credentials, mode: ChecksumMode, bucket: &str) -> Client {
    let session = session_of(server, credentials.clone()).request_checksum_calculation(mode);
    let s3 = session.response_checksum_validation(mode).build().unwrap().client("s3").unwrap();
    call(&s3, "create_bucket", json!({"Bucket": bucket}));
    s3
}

fn transfer(s3: &Client) -> Transfer {
    Transfer::new(s3).part_size(PART as u64).threshold(PART as u64).threads(16)
}

fn content(size: usize) -> Vec<u8> {
    (0..size as u32).map(|n| (n / 13) as u8).collect()
}

fn s3s_credentials() -> Credentials {
    Credentials::new(S3S_CREDENTIALS.0, S3S_CREDENTIALS.1)
}

pub(crate) fn to_s3s(server: &Server) {
    round_trips(server, &s3s_credentials(), &[0, 1, 2]);
}

pub(crate) fn to_ministack(server: &Server) {
    round_trips(server, &fresh_credentials(server, "transfers"), &[0, 1]);
}

pub(crate) fn to_moto(server: &Server) {
    round_trips(server, &Credentials::new("test", "test"), &[0, 1]);
}

/// `kinds`: which sources; the servers in Python take their time.
fn round_trips(server: &Server, credentials: &Credentials, kinds: &[usize]) {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source");
    for (name, mode) in MODES {
        let bucket = format!("moved-{name}");
        let s3 = client(server, credentials, mode, &bucket);
        for size in [0, 1, PART - 1, PART, PART + 1, 3 * PART + 7] {
            let bytes = content(size);
            fs::write(&source, &bytes).unwrap();
            let sources = [
                ("file", Body::from_path(&source).unwrap()),
                ("reader", Body::from_reader(Cursor::new(bytes.clone()))),
                ("reader of known length", Body::from_reader_with_length(Cursor::new(bytes.clone()), size as u64)),
            ];
            let sources = sources.into_iter().enumerate().filter(|(index, _)| kinds.contains(index));
            for (_, (kind, body)) in sources {
                let key = format!("a {kind}/ü+{size}");
                round_trip(&transfer(&s3), &bucket, &key, body, &bytes, folder.path());
            }
        }
        assert_no_open_uploads(&s3, &bucket);
    }
}

/// Uploads, and downloads to a file and to a writer, with parts of two sizes.
fn round_trip(transfer: &Transfer, bucket: &str, key: &str, body: Body, bytes: &[u8], folder: &Path) {
    let name = format!("{bucket} {key:?}");
    let uploaded = transfer.upload(body, bucket, key).send().unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(uploaded.bytes, bytes.len() as u64, "{name}");
    let target = folder.join("target");
    let downloaded = transfer.download(bucket, key).save_to(&target).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(downloaded.bytes, bytes.len() as u64, "{name}");
    assert!(fs::read(&target).unwrap() == bytes, "{name}");
    let mut written = Vec::new();
    let small = transfer.clone().part_size(SMALL_PART as u64);
    small.download(bucket, key).write_to(&mut written).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(written == bytes, "{name}");
}

/// Not every store lists them.
fn assert_no_open_uploads(s3: &Client, bucket: &str) {
    if let Ok(listed) = s3.call("list_multipart_uploads", json!({"Bucket": bucket})) {
        assert!(listed.get("Uploads").is_none_or(|uploads| *uploads == json!([])), "{listed}");
    }
}

/// Keys that are names of files, for a store of files.
fn plain_keys() -> Vec<String> {
    [
        " a b ",
        "a+b",
        "100%",
        "%2F",
        "a?b#c&d=e",
        "caf\u{e9}",
        "cafe\u{301}",
        "日本語/🐬",
        "'\"`<>\\|*:;,@$!~()[]{}^",
        "-",
    ]
    .map(str::to_owned)
    .to_vec()
}

fn odd_keys() -> Vec<String> {
    let cases: Vec<Value> = serde_json::from_str(include_str!("../data/quirks/s3_keys.json")).unwrap();
    let mut keys: Vec<String> = cases.iter().map(|case| case["params"]["Key"].as_str().unwrap().to_owned()).collect();
    keys.extend(["/a", "//a", "a//b", "a/", ".", "..", "a/./b", "a/../b", "../a"].map(str::to_owned));
    let longest =
        "a-name-of-a-folder-with-sixty-four-bytes-with-the-slash-that-ends/".repeat(16)[..1023].to_owned() + "e";
    keys.extend(plain_keys());
    keys.push(longest);
    keys.sort_unstable();
    keys.dedup();
    keys
}

pub(crate) fn keys_of_s3s(server: &Server) {
    keys(server, &s3s_credentials(), &plain_keys(), false);
}

pub(crate) fn keys_of_ministack(server: &Server) {
    keys(server, &fresh_credentials(server, "transfers-of-keys"), &odd_keys(), true);
}

/// Each key as a single request and in parts. s3s-fs lists a `+` as if it were encoded.
fn keys(server: &Server, credentials: &Credentials, keys: &[String], lists_them_right: bool) {
    let s3 = client(server, credentials, ChecksumMode::WhenSupported, "moved-keys");
    let folder = tempfile::tempdir().unwrap();
    for size in [5, PART + 1] {
        let bytes = content(size);
        for key in keys {
            round_trip(&transfer(&s3), "moved-keys", key, Body::from(bytes.clone()), &bytes, folder.path());
            let listed = call(&s3, "list_objects_v2", json!({"Bucket": "moved-keys"}));
            assert_eq!(listed["KeyCount"], 1, "{listed}");
            assert!(!lists_them_right || listed["Contents"][0]["Key"] == *key, "{listed}");
            call(&s3, "delete_object", json!({"Bucket": "moved-keys", "Key": key}));
        }
    }
    println!("transfers: {} keys", keys.len());
}

/// Eight transfers at once, with sixteen threads each, share one client.
pub(crate) fn at_once(server: &Server) {
    let s3 = client(server, &s3s_credentials(), ChecksumMode::WhenSupported, "moved-at-once");
    let transfer = transfer(&s3);
    in_parallel(12, |number| {
        let folder = tempfile::tempdir().unwrap();
        let bytes = content((number % 4) * PART + number);
        round_trip(
            &transfer,
            "moved-at-once",
            &format!("key-{number}"),
            Body::from(bytes.clone()),
            &bytes,
            folder.path(),
        );
    });
}

pub(crate) fn faults_of_s3s(server: &Server) {
    faults(server, &s3s_credentials());
}

pub(crate) fn faults_of_ministack(server: &Server) {
    faults(server, &fresh_credentials(server, "transfers-with-faults"));
}

/// Every fifth request or response is damaged on its way, so signatures are checked of requests that are sent again, too.
fn faults(server: &Server, credentials: &Credentials) {
    const BUCKET: &str = "moved-with-faults";
    let direct = client(server, credentials, ChecksumMode::WhenSupported, BUCKET);
    let (count, lost) = (AtomicU64::new(0), Arc::new(Mutex::new(String::new())));
    let decide = move |_: &Passing| match count.fetch_add(1, Ordering::Relaxed) % 25 {
        4 => Some(SocketFault::CutRequest(1000)),
        9 => Some(SocketFault::Refuse(503)),
        14 => Some(SocketFault::CutResponse(70_000)),
        19 => Some(SocketFault::ResetResponse(-1)),
        24 => Some(SocketFault::Lose(500)),
        _ => None,
    };
    let losing = Arc::clone(&lost);
    let address = server.url.strip_prefix("http://").unwrap().parse().unwrap();
    let proxy = FaultProxy::start(address, decide, move |passing: &Passing, body: &[u8], is_whole| {
        if passing.operation == "CreateMultipartUpload" && !is_whole {
            losing.lock().unwrap().push_str(&String::from_utf8_lossy(body));
        }
    });
    let session = session_of(server, credentials.clone()).endpoint_url(format!("http://{}", proxy.address));
    let s3 = session.request_checksum_calculation(ChecksumMode::WhenSupported).build().unwrap().client("s3").unwrap();
    let (transfer, failed) = (Transfer::new(&s3).part_size(PART as u64).threshold(PART as u64), Mutex::new(Vec::new()));
    in_parallel(24, |number| {
        let (key, bytes) = (format!("key-{number}"), content(PART / 3 * (number % 5) + number));
        let result = transfer.upload(bytes.clone(), BUCKET, &key).send().and_then(|_| {
            let mut written = Vec::new();
            transfer.clone().part_size(SMALL_PART as u64).download(BUCKET, &key).write_to(&mut written)?;
            assert!(written == bytes, "{key}");
            Ok(())
        });
        failed.lock().unwrap().extend(result.err().map(|error| error.to_string()));
    });
    let failed = failed.into_inner().unwrap();
    println!("transfers: {} of 24 failed", failed.len());
    assert!(failed.len() < 12, "{failed:#?}");
    // Not every store lists them. An id that did not reach the client, or that an error names, may be open.
    if let Ok(listed) = direct.call("list_multipart_uploads", json!({"Bucket": BUCKET})) {
        let lost = lost.lock().unwrap();
        for upload in listed["Uploads"].as_array().into_iter().flatten() {
            let id = upload["UploadId"].as_str().unwrap();
            assert!(lost.contains(id) || failed.concat().contains(id), "{listed} {failed:#?}");
        }
    }
}
