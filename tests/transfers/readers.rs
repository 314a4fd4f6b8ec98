//! Readers that can be read once, and what is held of them in memory.

use std::io::Cursor;

use tucuxi::Body;

use crate::store::{Fault, Store};
use crate::{PART, aws, client, content, reader, transfer};

/// Every first attempt of an upload fails.
fn failing() -> Store {
    Store::failing(|call| (call.attempt == 0 && call.operation != "GetObject").then_some(Fault::Status(503)))
}

#[test]
fn readers_are_sent_again_whatever_the_memory() {
    for size in [0, PART - 1, 2 * PART + 7] {
        for memory in [0, PART as u64, u64::MAX] {
            for is_aws in [true, false] {
                let bytes = content(size);
                let known = Body::from_reader_with_length(Cursor::new(bytes.clone()), size as u64);
                for (name, body) in [("unknown", reader(bytes.clone())), ("known", known)] {
                    // Over TLS, a body that can be read once and is not held in memory is not copied.
                    if is_aws && name == "known" && memory < size as u64 && size < PART {
                        continue;
                    }
                    let store = failing();
                    let client = if is_aws { aws(&store) } else { client(&store) };
                    let uploaded = transfer(&client).memory_limit(memory).upload(body, "bucket", "key").send();
                    let uploaded = uploaded.unwrap_or_else(|error| panic!("{name} {size} {memory} {is_aws}: {error}"));
                    assert_eq!(uploaded.bytes, size as u64);
                    assert!(store.get("key") == Some(bytes.clone()), "{name} {size} {memory}");
                }
            }
        }
    }
}

#[test]
fn threshold_and_memory_decide_about_parts() {
    const MAX: u64 = u64::MAX;
    for (size, threshold, memory, parts) in [
        (0, 0, 100, 0),
        (1, 0, 100, 1),
        (99, 100, MAX, 0),
        (100, 100, MAX, 1),
        (PART + 1, MAX, MAX, 0),
        (PART + 1, MAX, 100, 2),
        (99, MAX, 100, 0),
    ] {
        let (store, bytes) = (Store::default(), content(size));
        let transfer = transfer(&client(&store)).threshold(threshold).memory_limit(memory);
        let uploaded = transfer.upload(reader(bytes.clone()), "bucket", "key").send().unwrap();
        assert_eq!(uploaded.parts, parts, "{size} {threshold} {memory}");
        assert!(store.get("key") == Some(bytes));
    }
}

#[test]
fn reader_of_the_wrong_length_stores_nothing() {
    for (size, announced) in [(10, 11), (10, 9), (2 * PART, 2 * PART + 1), (2 * PART + 1, 2 * PART)] {
        let store = Store::default();
        let body = Body::from_reader_with_length(Cursor::new(content(size)), announced as u64);
        let error = transfer(&client(&store)).upload(body, "bucket", "key").send().unwrap_err();
        assert_eq!(error.kind(), tucuxi::ErrorKind::Body, "{size} {announced}: {error}");
        assert_eq!((store.get("key"), store.open_uploads()), (None, 0), "{size} {announced}");
    }
}

#[test]
fn writer_gets_the_object_whatever_the_memory() {
    for memory in [0, PART as u64, 3 * PART as u64] {
        let store = Store::failing(|call| {
            (call.range.as_deref() == Some("bytes=5242880-10485759")).then_some(Fault::CutAfter(1000))
        });
        let bytes = content(3 * PART + 7);
        store.put("key", &bytes);
        let mut written = Vec::new();
        transfer(&client(&store)).memory_limit(memory).download("bucket", "key").write_to(&mut written).unwrap();
        assert!(written == bytes, "{memory}");
    }
}

#[test]
fn equal_parts_are_equal() {
    let store = Store::default();
    let bytes = content(3 * PART + 7);
    transfer(&client(&store)).equal_parts(true).upload(reader(bytes.clone()), "bucket", "key").send().unwrap();
    let calls = store.calls();
    let mut sizes: Vec<usize> =
        calls.iter().filter(|call| call.operation == "UploadPart").map(|call| call.body.len()).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [7, PART, PART, PART]);
    assert!(store.get("key") == Some(bytes));
}
