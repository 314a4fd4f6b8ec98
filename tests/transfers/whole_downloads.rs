//! Downloads that are checked as a whole, and objects below the threshold.

use tucuxi::{Client, ErrorKind};

use crate::store::{Fault, Store, checksum};
use crate::{PART, aws, client, content, transfer};

fn download(client: &Client) -> tucuxi::Result<Vec<u8>> {
    let mut written = Vec::new();
    transfer(client).download("bucket", "key").write_to(&mut written).map(|_| written)
}

/// A store with an object and the checksum of these bytes.
fn store(bytes: &[u8], algorithm: &str, kind: Option<&str>, of: &[u8]) -> Store {
    let store = Store::default();
    put(&store, bytes, algorithm, kind, of);
    store
}

fn put(store: &Store, bytes: &[u8], algorithm: &str, kind: Option<&str>, of: &[u8]) {
    let name = format!("x-amz-checksum-{algorithm}");
    let suffix = if kind == Some("FULL_OBJECT") { "" } else { "-1" };
    let value = format!("{}{suffix}", checksum(algorithm, of));
    let mut headers = vec![(name.as_str(), value.as_str())];
    headers.extend(kind.map(|kind| ("x-amz-checksum-type", kind)));
    store.put_with("key", bytes, &headers);
}

#[test]
fn ranges_are_checked_as_a_whole() {
    for algorithm in ["crc64nvme", "crc32", "crc32c"] {
        for size in [PART + 1, 2 * PART, 3 * PART + 7] {
            let bytes = content(size);
            let whole = store(&bytes, algorithm, Some("FULL_OBJECT"), &bytes);
            assert!(download(&aws(&whole)).unwrap() == bytes, "{algorithm} {size}");
            let calls = whole.calls();
            let head = calls.iter().find(|call| call.operation == "HeadObject").unwrap();
            assert_eq!(head.headers["x-amz-checksum-mode"], "ENABLED");
            assert_eq!(head.headers["if-match"], "\"v1\"");

            let corrupt = store(&bytes, algorithm, Some("FULL_OBJECT"), &bytes[1..]);
            let error = download(&aws(&corrupt)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Response, "{algorithm} {size}");
            assert!(error.to_string().contains(&format!("its {} checksum is", algorithm.to_uppercase())), "{error}");
        }
    }
}

#[test]
fn part_that_is_read_on_is_checked() {
    let bytes = content(2 * PART);
    let failing = Store::failing(|call| {
        (call.range.as_deref() == Some("bytes=5242880-10485759")).then_some(Fault::CutAfter(1000))
    });
    put(&failing, &bytes, "crc64nvme", Some("FULL_OBJECT"), &bytes);
    assert!(download(&aws(&failing)).unwrap() == bytes);
}

#[test]
fn checksums_of_parts_are_not_compared_with_the_object() {
    for kind in [Some("COMPOSITE"), None] {
        for size in [PART - 1, 2 * PART] {
            let bytes = content(size);
            let composite = store(&bytes, "crc32", kind, b"others");
            // Without its type it can be told by the tag alone.
            let tag = |state: &mut crate::store::State| state.objects.get_mut("key").unwrap().is_of_parts = true;
            composite.state(tag);
            assert!(download(&aws(&composite)).unwrap() == bytes, "{kind:?} {size}");
        }
    }
}

#[test]
fn small_object_is_checked_without_another_request() {
    let bytes = content(PART - 1);
    let whole = store(&bytes, "crc64nvme", Some("FULL_OBJECT"), &bytes);
    assert!(download(&aws(&whole)).unwrap() == bytes);
    assert_eq!(whole.count().into_iter().collect::<Vec<_>>(), [("GetObject", 1)]);
    let corrupt = store(&bytes, "crc64nvme", Some("FULL_OBJECT"), b"others");
    assert_eq!(download(&aws(&corrupt)).unwrap_err().kind(), ErrorKind::Response);
}

#[test]
fn store_that_is_not_aws_is_not_asked() {
    let bytes = content(2 * PART);
    let corrupt = store(&bytes, "crc64nvme", Some("FULL_OBJECT"), b"others");
    assert!(download(&client(&corrupt)).unwrap() == bytes);
    assert_eq!(corrupt.count().into_iter().collect::<Vec<_>>(), [("GetObject", 2)]);
    let checked = transfer(&client(&corrupt)).download("bucket", "key");
    let checked = checked.params(serde_json::json!({"ChecksumMode": "ENABLED"})).write_to(std::io::sink());
    assert!(checked.unwrap_err().to_string().contains("the download is corrupt"));
}

#[test]
fn object_below_the_threshold_is_one_request() {
    let first = "bytes=0-10485759".to_owned();
    let others = ["bytes=5242880-10485759", "bytes=10485760-10485760"].map(str::to_owned);
    for (size, requests) in [(1, vec![]), (PART + 1, vec![]), (2 * PART - 1, vec![]), (2 * PART + 1, others.to_vec())] {
        let (store, bytes) = (Store::default(), content(size));
        store.put("key", &bytes);
        let transfer = transfer(&client(&store)).threshold(2 * PART as u64);
        let mut written = Vec::new();
        transfer.download("bucket", "key").write_to(&mut written).unwrap();
        assert!(written == bytes, "{size}");
        let mut ranges: Vec<String> = store.calls().into_iter().map(|call| call.range.unwrap()).collect();
        ranges[1..].sort_by_key(String::len);
        assert_eq!(ranges, [std::slice::from_ref(&first), &requests[..]].concat(), "{size}");
    }
}
