//! Transfers of objects that the caller knows from a listing or from `HeadObject`, and of several objects at a time.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::{Value, json};
use tucuxi::{Client, ErrorKind};

use crate::store::{Call, Fault, Store};
use crate::{PART, aws, client, content, transfer};

/// The only object, as a listing shows it.
fn listed(store: &Store, size: usize) -> Value {
    let tag = store.object("key").unwrap().tag();
    json!({"Key": "key", "Size": size, "ETag": tag, "StorageClass": "STANDARD"})
}

fn operations(store: &Store) -> Vec<(&'static str, usize)> {
    store.count().into_iter().collect()
}

fn calls(store: &Store, operation: &str) -> Vec<Call> {
    store.calls().into_iter().filter(|call| call.operation == operation).collect()
}

fn download(client: &Client, known: Value) -> tucuxi::Result<Vec<u8>> {
    let mut written = Vec::new();
    transfer(client).download("bucket", "key").known(known).write_to(&mut written).map(|_| written)
}

#[test]
fn small_objects_that_are_known_are_requested_whole() {
    for size in [0, 1, PART - 1] {
        let (store, bytes) = (Store::default(), content(size));
        store.put("key", &bytes);
        assert!(download(&aws(&store), listed(&store, size)).unwrap() == bytes, "{size}");
        assert_eq!(operations(&store), [("GetObject", 1)]);
        assert_eq!(calls(&store, "GetObject")[0].range, None);
    }
}

#[test]
fn large_objects_that_are_known_are_pinned_from_the_first_part_on() {
    let (store, bytes) = (Store::default(), content(2 * PART + 1));
    store.put("key", &bytes);
    assert!(download(&aws(&store), listed(&store, bytes.len())).unwrap() == bytes);
    assert_eq!(operations(&store), [("GetObject", 3)]);
    for call in calls(&store, "GetObject") {
        assert_eq!(call.headers["if-match"], "\"v1\"");
    }
    let error = download(&aws(&store), json!({"Size": bytes.len(), "ETag": "\"v0\""})).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Response, "{error}");
}

#[test]
fn checksum_that_is_known_is_compared_without_asking() {
    let (store, bytes) = (Store::default(), content(PART + 1));
    store.put("key", &bytes);
    let head = |checksum: &str| json!({"ContentLength": bytes.len(), "ETag": "\"v1\"", "ChecksumType": "FULL_OBJECT", "ChecksumCRC32": checksum});
    let right = crate::store::checksum("crc32", &bytes);
    assert!(download(&aws(&store), head(&right)).unwrap() == bytes);
    let error = download(&aws(&store), head("AAAAAA==")).unwrap_err();
    assert!(error.to_string().contains("its CRC32 checksum is"), "{error}");
    assert!(calls(&store, "HeadObject").is_empty());
}

#[test]
fn value_without_a_size_counts_as_nothing() {
    let store = Store::default();
    store.put("key", b"hello");
    for known in [json!({}), Value::Null, json!({"Size": "5"})] {
        assert_eq!(download(&client(&store), known).unwrap(), b"hello");
    }
    assert!(calls(&store, "GetObject").iter().all(|call| call.range.is_some()));
}

#[test]
fn copies_of_known_objects_ask_for_metadata_alone() {
    for (size, expected) in [
        (1, &[("CopyObject", 1)][..]),
        (
            PART,
            &[("CompleteMultipartUpload", 1), ("CreateMultipartUpload", 1), ("HeadObject", 1), ("UploadPartCopy", 1)],
        ),
    ] {
        let store = Store::default();
        store.put_with("key", &content(size), &[("x-amz-meta-a", "b")]);
        let copy = transfer(&client(&store)).copy(("bucket", "key"), ("bucket", "copy")).known(listed(&store, size));
        copy.send().unwrap();
        assert_eq!(operations(&store), expected, "{size}");
        assert_eq!(store.object("copy").unwrap().headers["x-amz-meta-a"], "b");
    }
    let store = Store::default();
    store.put("key", &content(PART));
    let head = json!({"ContentLength": PART, "ETag": "\"v1\"", "Metadata": {"a": "known"}});
    transfer(&client(&store)).copy(("bucket", "key"), ("bucket", "copy")).known(head).send().unwrap();
    assert!(calls(&store, "HeadObject").is_empty());
    assert_eq!(store.object("copy").unwrap().headers["x-amz-meta-a"], "known");
}

#[test]
fn several_transfers_share_their_threads() {
    static RUNNING: AtomicUsize = AtomicUsize::new(0);
    static MOST: AtomicUsize = AtomicUsize::new(0);
    // A request of the store is over when it returns, so that those at a time are counted around it.
    let store = Store::failing(|_| {
        MOST.fetch_max(RUNNING.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        thread::yield_now();
        RUNNING.fetch_sub(1, Ordering::SeqCst);
        None::<Fault>
    });
    let transfer = transfer(&client(&store)).shared_threads(3);
    thread::scope(|scope| {
        for number in 0..8 {
            let transfer = transfer.clone();
            scope.spawn(move || transfer.upload(content(3 * PART), "bucket", &number.to_string()).send().unwrap());
        }
    });
    assert_eq!(calls(&store, "CompleteMultipartUpload").len(), 8);
    assert!((1..=3).contains(&MOST.load(Ordering::SeqCst)));
}
