//! Transfers against a store in memory, with faults in every phase.

// A panic fails the test.
#![allow(clippy::unwrap_used)]
#![cfg(feature = "bundled-models")]

mod bandwidth;
mod changes;
mod checksums;
mod content_types;
mod copies;
mod deletions;
mod known_objects;
mod readers;
mod resumed_downloads;
mod resumed_uploads;
#[path = "../support/session.rs"]
mod session;
mod store;
mod whole_downloads;

use std::fs;
use std::io::{Cursor, Read};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use serde_json::json;
use store::{Call, Fault, Store, crc64};
use tucuxi::s3::{Transfer, TransferEvent};
use tucuxi::{Body, CancelToken, Client, Clock, ErrorKind};

const PART: usize = 5 << 20;

/// A clock that does not wait, so that retries take no time.
#[derive(Debug)]
struct NoWait;

impl Clock for NoWait {
    fn now(&self) -> std::time::SystemTime {
        std::time::UNIX_EPOCH + Duration::from_secs(1_700_000_000)
    }

    fn sleep(&self, _: Duration) {}
}

/// A client of a store that is not AWS: no checksums by default.
fn client(store: &Store) -> Client {
    let session = session::session("us-east-1").endpoint_url("http://store.invalid").transport(store.clone());
    session.clock(NoWait).build().unwrap().client("s3").unwrap()
}

/// A client of AWS, with its checksums.
fn aws(store: &Store) -> Client {
    let session = session::session("us-east-1").s3_addressing_style(tucuxi::AddressingStyle::Path);
    session.transport(store.clone()).clock(NoWait).build().unwrap().client("s3").unwrap()
}

fn transfer(client: &Client) -> Transfer {
    Transfer::new(client).part_size(PART as u64).threshold(PART as u64).threads(4)
}

/// The beginning of one sequence of bytes.
fn content(size: usize) -> Vec<u8> {
    // Without optimization, making the bytes takes longer than most tests.
    static ALL: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let index = 0..(5 * PART) as u32;
        index.map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
    });
    ALL[..size].to_vec()
}

/// A reader whose length is not known.
fn reader(bytes: Vec<u8>) -> Body {
    Body::from_reader(Cursor::new(bytes))
}

fn file(bytes: &[u8]) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("source");
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

#[test]
fn objects_of_all_sizes_and_sources_arrive_whole() {
    for size in [0, 1, PART - 1, PART, PART + 1, 3 * PART + 7] {
        let bytes = content(size);
        let (_folder, path) = file(&bytes);
        let sources: [(&str, Body); 4] = [
            ("bytes", Body::from(bytes.clone())),
            ("file", Body::from_path(&path).unwrap()),
            ("reader", reader(bytes.clone())),
            ("reader of known length", Body::from_reader_with_length(Cursor::new(bytes.clone()), size as u64)),
        ];
        for (name, source) in sources {
            let store = Store::default();
            let key = "a folder/ключ %2F+";
            let uploaded = transfer(&client(&store)).upload(source, "bucket", key).send().unwrap();
            let parts = if size < PART { 0 } else { size.div_ceil(PART) };
            assert_eq!((uploaded.bytes, uploaded.parts), (size as u64, parts as u64), "{name} {size}");
            let key = store.calls()[0].clone();
            assert!(
                store.get("a%20folder/%D0%BA%D0%BB%D1%8E%D1%87%20%252F%2B") == Some(bytes.clone()),
                "{name} {size} {key:?}"
            );
            assert_eq!(store.open_uploads(), 0);
            let expected: Vec<(&str, usize)> = match parts {
                0 => vec![("PutObject", 1)],
                _ => vec![("CompleteMultipartUpload", 1), ("CreateMultipartUpload", 1), ("UploadPart", parts)],
            };
            assert_eq!(store.count().into_iter().collect::<Vec<_>>(), expected, "{name} {size}");
        }
    }
}

#[test]
fn downloads_of_all_sizes_arrive_whole() {
    for size in [0, 1, PART - 1, PART, PART + 1, 3 * PART + 7] {
        let bytes = content(size);
        for store in [Store::default(), Store::default().ignoring_ranges()] {
            store.put("key", &bytes);
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("target");
            let downloaded = transfer(&client(&store)).download("bucket", "key").save_to(&path).unwrap();
            assert_eq!(downloaded.bytes, size as u64);
            assert!(fs::read(&path).unwrap() == bytes, "{size}");
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
            let mut written = Vec::new();
            let downloaded = transfer(&client(&store)).download("bucket", "key").write_to(&mut written).unwrap();
            assert!(downloaded.bytes == size as u64 && written == bytes, "{size}");
        }
    }
}

#[test]
fn first_request_finds_the_size_and_the_others_are_pinned_to_it() {
    let store = Store::default();
    store.put("key", &content(2 * PART + 1));
    transfer(&client(&store)).download("bucket", "key").write_to(std::io::sink()).unwrap();
    let mut calls: Vec<(String, Option<String>)> =
        store.calls().into_iter().map(|call| (call.range.unwrap(), call.headers.get("if-match").cloned())).collect();
    calls.sort();
    let pinned = Some("\"v1\"".to_owned());
    let expected = [
        ("bytes=0-5242879".to_owned(), None),
        ("bytes=10485760-10485760".to_owned(), pinned.clone()),
        ("bytes=5242880-10485759".to_owned(), pinned),
    ];
    assert_eq!(calls, expected);
}

#[test]
fn upload_that_fails_is_aborted() {
    for (operation, part) in
        [("CreateMultipartUpload", None), ("UploadPart", Some(2)), ("CompleteMultipartUpload", None)]
    {
        for fault in [Fault::Status(503), Fault::Status(403), Fault::Reset] {
            let failing = fault.clone();
            let store = Store::failing(move |call| {
                (call.operation == operation && (part.is_none() || call.part == part)).then(|| failing.clone())
            });
            let error = transfer(&client(&store)).upload(content(3 * PART), "bucket", "key").send().unwrap_err();
            let kind = if matches!(fault, Fault::Reset) { ErrorKind::Connection } else { ErrorKind::Service };
            assert_eq!(error.kind(), kind, "{operation} {fault:?}: {error}");
            assert_eq!(store.open_uploads(), 0, "{operation} {fault:?}");
            assert!(store.get("key").is_none());
        }
    }
}

#[test]
fn failures_that_pass_are_retried() {
    let store = Store::failing(|call| (call.attempt == 0).then_some(Fault::Status(503)));
    let bytes = content(3 * PART + 1);
    transfer(&client(&store)).upload(bytes.clone(), "bucket", "key").send().unwrap();
    assert!(store.get("key") == Some(bytes));
    assert_eq!(store.open_uploads(), 0);
}

#[test]
fn error_names_an_upload_that_cannot_be_aborted() {
    let store = Store::failing(|call| match call.operation {
        "UploadPart" | "AbortMultipartUpload" => Some(Fault::Status(403)),
        _ => None,
    });
    let error = transfer(&client(&store)).upload(content(2 * PART), "bucket", "key").send().unwrap_err();
    assert!(error.to_string().contains("upload-1"), "{error}");
    assert_eq!(error.service().unwrap().status(), 403);
}

#[test]
fn parameters_reach_the_operations_that_have_them() {
    let store = Store::default();
    let params = json!({"ContentType": "text/plain", "Metadata": {"a": "b"}, "RequestPayer": "requester"});
    transfer(&client(&store)).upload(content(2 * PART), "bucket", "key").params(params).send().unwrap();
    for Call { operation, headers, .. } in store.calls() {
        let has = |name: &str| headers.contains_key(name);
        let is_create = operation == "CreateMultipartUpload";
        assert_eq!(
            (has("x-amz-meta-a"), headers.get("content-type").map(String::as_str) == Some("text/plain")),
            (is_create, is_create)
        );
        assert!(has("x-amz-request-payer"), "{operation}");
    }
}

#[test]
fn wrong_parameters_are_errors_before_anything_is_sent() {
    let store = Store::default();
    for (params, what) in [
        (
            json!({"ContentTyp": "a"}),
            "input.ContentTyp: none of the operations of the transfer has it, did you mean \"ContentType\"?",
        ),
        (json!({"UploadId": "a"}), "input.UploadId: the transfer sets this parameter itself"),
        (json!(["a"]), "input: expected object, found array"),
    ] {
        let error = transfer(&client(&store)).upload("x", "bucket", "key").params(params.clone()).send().unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Validation, what));
        let error = transfer(&client(&store)).download("bucket", "key").params(params).write_to(std::io::sink());
        assert_eq!(error.unwrap_err().kind(), ErrorKind::Validation);
    }
    assert_eq!(store.calls(), []);
}

#[test]
fn checksum_of_the_object_is_combined_from_its_parts() {
    let store = Store::default();
    let bytes = content(3 * PART + 7);
    transfer(&aws(&store)).upload(bytes.clone(), "bucket", "key").send().unwrap();
    let calls = store.calls();
    let create = &calls[0].headers;
    assert_eq!(
        (create["x-amz-checksum-algorithm"].as_str(), create["x-amz-checksum-type"].as_str()),
        ("CRC64NVME", "FULL_OBJECT")
    );
    let complete = &calls.last().unwrap().headers;
    assert_eq!(complete["x-amz-checksum-crc64nvme"], crc64(&bytes));
    assert_eq!(
        (complete["x-amz-checksum-type"].as_str(), complete["x-amz-mp-object-size"].as_str()),
        ("FULL_OBJECT", "15728647")
    );
}

#[test]
fn store_that_is_not_aws_gets_no_checksums() {
    let store = Store::default();
    transfer(&client(&store)).upload(content(2 * PART), "bucket", "key").send().unwrap();
    for call in store.calls() {
        assert!(!call.headers.keys().any(|name| name.starts_with("x-amz-checksum")), "{call:?}");
    }
}

#[test]
fn object_that_changes_is_an_error_and_keeps_the_target() {
    let store = Store::default();
    store.put("key", &content(3 * PART));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("target");
    fs::write(&path, "before").unwrap();
    let changing = store.clone();
    let is_changed = Mutex::new(false);
    let download = transfer(&client(&store)).threads(1).on_event(move |event| {
        let mut is_changed = is_changed.lock().unwrap();
        if matches!(event, TransferEvent::PartDone { .. }) && !std::mem::replace(&mut *is_changed, true) {
            changing.put("key", &content(3 * PART));
        }
    });
    let error = download.download("bucket", "key").save_to(&path).unwrap_err();
    assert!(error.to_string().contains("the object changed during the download"), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "before");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn body_that_breaks_off_is_read_from_the_byte_reached() {
    let store = Store::failing(|call| {
        (call.range.as_deref() == Some("bytes=5242880-10485759")).then_some(Fault::CutAfter(1000))
    });
    let bytes = content(2 * PART);
    store.put("key", &bytes);
    let retried = Arc::new(Mutex::new(Vec::new()));
    let events = Arc::clone(&retried);
    let transfer = transfer(&client(&store)).on_event(move |event| {
        if let TransferEvent::Retried { number, .. } = event {
            events.lock().unwrap().push(number);
        }
    });
    let mut written = Vec::new();
    transfer.download("bucket", "key").write_to(&mut written).unwrap();
    assert!(written == bytes);
    assert_eq!(*retried.lock().unwrap(), [2]);
    assert!(store.calls().iter().any(|call| call.range.as_deref() == Some("bytes=5243880-10485759")));
}

#[test]
fn wrong_range_is_an_error() {
    let store = Store::failing(|call| (call.range.as_deref() != Some("bytes=0-5242879")).then_some(Fault::WrongRange));
    store.put("key", &content(2 * PART));
    let error = transfer(&client(&store)).download("bucket", "key").write_to(std::io::sink()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Response);
    assert!(error.to_string().contains("expected the range bytes 5242880-10485759"), "{error}");
}

#[test]
fn missing_object_is_the_service_error() {
    let error = transfer(&client(&Store::default())).download("bucket", "key").write_to(std::io::sink()).unwrap_err();
    assert!(error.is_not_found() && error.code() == Some("NoSuchKey"), "{error}");
}

#[test]
fn cancelled_upload_leaves_nothing() {
    let token = CancelToken::new();
    let canceller = token.clone();
    let store = Store::failing(move |call| {
        if call.part == Some(2) {
            canceller.cancel();
        }
        None
    });
    let error = transfer(&client(&store)).upload(content(4 * PART), "bucket", "key").cancel(&token).send().unwrap_err();
    assert!(error.is_cancelled(), "{error}");
    assert_eq!((store.open_uploads(), store.get("key")), (0, None));
}

#[test]
fn cancelled_download_keeps_the_target() {
    let token = CancelToken::new();
    let canceller = token.clone();
    let store = Store::failing(move |call| {
        if call.range.as_deref() == Some("bytes=5242880-10485759") {
            canceller.cancel();
        }
        None
    });
    store.put("key", &content(3 * PART));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("target");
    fs::write(&path, "before").unwrap();
    let error = transfer(&client(&store)).download("bucket", "key").cancel(&token).save_to(&path).unwrap_err();
    assert!(error.is_cancelled(), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "before");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn source_that_cannot_be_read_is_an_error() {
    struct Broken(u64);
    impl Read for Broken {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let read = buffer.len().min(usize::try_from(self.0).unwrap());
            self.0 -= read as u64;
            if read == 0 { Err(std::io::Error::other("the disk is gone")) } else { Ok(read) }
        }
    }
    let store = Store::default();
    let body = Body::from_reader(Broken(2 * PART as u64 + 5));
    let error = transfer(&client(&store)).upload(body, "bucket", "key").send().unwrap_err();
    assert_eq!((error.kind(), store.open_uploads()), (ErrorKind::Body, 0));
}

#[test]
fn callback_that_panics_leaves_no_upload() {
    let store = Store::default();
    let transfer = transfer(&client(&store)).on_event(|event| {
        assert!(!matches!(event, TransferEvent::PartDone { number: 2 }), "on purpose");
    });
    let upload = || drop(transfer.upload(content(4 * PART), "bucket", "key").send());
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(upload)).is_err());
    assert_eq!((store.open_uploads(), store.get("key")), (0, None));
}

#[test]
fn settings_come_from_the_profile() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    fs::write(&config, "[default]\ns3 =\n  multipart_threshold = 6MB\n  multipart_chunksize = 5MB\n").unwrap();
    let store = Store::default();
    let session = session::session("us-east-1").config_file(&config).endpoint_url("http://store.invalid");
    let client = session.transport(store.clone()).build().unwrap().client("s3").unwrap();
    Transfer::new(&client).upload(content(PART + 1), "bucket", "small").send().unwrap();
    Transfer::new(&client).upload(content(2 * PART), "bucket", "large").send().unwrap();
    assert_eq!(store.count()["PutObject"], 1);
    assert_eq!(store.count()["UploadPart"], 2);
}

#[test]
fn threshold_of_zero_cuts_all_but_empty_objects() {
    for size in [0, 1, PART + 1] {
        for body in [Body::from(content(size)), reader(content(size))] {
            let store = Store::default();
            let uploaded = transfer(&client(&store)).threshold(0).upload(body, "bucket", "key").send().unwrap();
            assert_eq!((uploaded.bytes, uploaded.parts), (size as u64, size.div_ceil(PART) as u64));
            assert!(store.get("key") == Some(content(size)));
        }
    }
}

#[test]
fn one_transfer_is_used_by_many_threads() {
    let store = Store::default();
    let transfer = transfer(&client(&store));
    std::thread::scope(|scope| {
        for index in 0..8_usize {
            let (transfer, store) = (&transfer, &store);
            scope.spawn(move || {
                let (key, bytes) = (format!("key-{index}"), content(PART + index));
                transfer.upload(bytes.clone(), "bucket", &key).send().unwrap();
                let mut written = Vec::new();
                transfer.download("bucket", &key).write_to(&mut written).unwrap();
                assert!(written == bytes && store.get(&key) == Some(bytes));
            });
        }
    });
}
