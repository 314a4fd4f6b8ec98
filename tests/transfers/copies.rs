//! Copies within the store: sizes, parameters, what is kept of the source, and failures.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tucuxi::s3::TransferEvent;
use tucuxi::{CancelToken, ErrorKind};

use crate::store::{Call, Fault, Store};
use crate::{PART, client, content, transfer};

const METADATA: &[(&str, &str)] = &[
    ("content-type", "text/plain"),
    ("cache-control", "no-store"),
    ("expires", "Wed, 21 Oct 2026 07:28:00 GMT"),
    ("x-amz-meta-a", "b"),
];

/// The calls by operation, without `HeadObject`.
fn calls(store: &Store, operation: &str) -> Vec<Call> {
    store.calls().into_iter().filter(|call| call.operation == operation).collect()
}

#[test]
fn objects_of_all_sizes_are_copied_with_their_metadata() {
    for size in [0, 1, PART - 1, PART, PART + 1, 3 * PART + 7] {
        let (store, bytes) = (Store::default(), content(size));
        store.put_with("%C3%BC%20%2B%3F", &bytes, METADATA);
        let copied = transfer(&client(&store)).copy(("bucket", "ü +?"), ("other", "key")).send().unwrap();
        let parts = if size < PART { 0 } else { size.div_ceil(PART) };
        assert_eq!((copied.bytes, copied.parts), (size as u64, parts as u64));
        let object = store.object("key").unwrap();
        assert!(object.content == bytes, "{size}");
        for (name, value) in METADATA {
            assert_eq!(object.headers[*name], *value, "{size} {name}");
        }
        let expected: Vec<(&str, usize)> = match parts {
            0 => vec![("CopyObject", 1), ("HeadObject", 1)],
            _ => vec![
                ("CompleteMultipartUpload", 1),
                ("CreateMultipartUpload", 1),
                ("HeadObject", 1),
                ("UploadPartCopy", parts),
            ],
        };
        assert_eq!(store.count().into_iter().collect::<Vec<_>>(), expected, "{size}");
        assert_eq!(store.open_uploads(), 0);
    }
}

#[test]
fn parts_are_pinned_to_the_source_and_have_ranges() {
    let store = Store::default();
    store.put("key", &content(2 * PART + 1));
    transfer(&client(&store)).copy(("bucket", "key"), ("bucket", "copy")).from_version("v 1").send().unwrap();
    let mut ranges: Vec<String> = Vec::new();
    for call in calls(&store, "UploadPartCopy") {
        assert_eq!(call.headers["x-amz-copy-source"], "bucket/key?versionId=v 1");
        assert_eq!(call.headers["x-amz-copy-source-if-match"], "\"v1\"");
        ranges.push(call.headers["x-amz-copy-source-range"].clone());
    }
    ranges.sort();
    assert_eq!(ranges, ["bytes=0-5242879", "bytes=10485760-10485760", "bytes=5242880-10485759"]);
    assert_eq!(calls(&store, "HeadObject")[0].query["versionId"], "v%201");
}

/// Headers that each operation has: of the target and of the source.
#[test]
fn parameters_reach_the_operations_that_have_them() {
    let store = Store::default();
    store.put("key", &content(PART));
    let params = json!({
        "StorageClass": "GLACIER", "RequestPayer": "requester", "CopySourceIfUnmodifiedSince": 1_700_000_000,
        "SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k".repeat(32),
        "CopySourceSSECustomerAlgorithm": "AES256", "CopySourceSSECustomerKey": "s".repeat(32),
    });
    let copy = || transfer(&client(&store)).copy(("bucket", "key"), ("bucket", "copy"));
    copy().params(params).send().unwrap();
    const STORAGE: &str = "x-amz-storage-class";
    const PAYER: &str = "x-amz-request-payer";
    const KEY: &str = "x-amz-server-side-encryption-customer-key";
    const SOURCE_KEY: &str = "x-amz-copy-source-server-side-encryption-customer-key";
    let key = |letter: &str| tucuxi::blob(letter.repeat(32)).as_str().unwrap().to_owned();
    for (operation, has, lacks, found) in [
        ("HeadObject", &[PAYER, "if-unmodified-since"][..], &[STORAGE, SOURCE_KEY][..], Some("s")),
        ("CreateMultipartUpload", &[STORAGE, PAYER], &[SOURCE_KEY, "x-amz-copy-source-if-unmodified-since"], Some("k")),
        ("UploadPartCopy", &[PAYER, SOURCE_KEY, "x-amz-copy-source-if-unmodified-since"], &[STORAGE], Some("k")),
        ("CompleteMultipartUpload", &[PAYER], &[STORAGE, SOURCE_KEY], Some("k")),
    ] {
        let call = &calls(&store, operation)[0];
        assert!(has.iter().all(|name| call.headers.contains_key(*name)), "{operation} {:?}", call.headers);
        assert!(!lacks.iter().any(|name| call.headers.contains_key(*name)), "{operation} {:?}", call.headers);
        assert_eq!(call.headers.get(KEY).cloned(), found.map(key), "{operation}");
    }
    for (params, what) in [
        (json!({"CopySource": "a/b"}), "input.CopySource: the transfer sets this parameter itself"),
        (json!({"ChecksumCRC32": "AAAAAA=="}), "input.ChecksumCRC32: none of the operations of the transfer has it"),
    ] {
        let error = copy().params(params).send().unwrap_err();
        assert!(error.kind() == ErrorKind::Validation && error.to_string().starts_with(what), "{error}");
    }
}

#[test]
fn metadata_is_the_callers_only_with_the_directive_replace() {
    for size in [1, PART] {
        for (directive, expected) in [(Value::Null, "b"), (json!("COPY"), "b"), (json!("REPLACE"), "mine")] {
            let store = Store::default();
            store.put_with("key", &content(size), METADATA);
            let mut params = json!({"Metadata": {"a": "mine"}});
            if directive.is_string() {
                params["MetadataDirective"] = directive.clone();
            }
            transfer(&client(&store)).copy(("bucket", "key"), ("bucket", "copy")).params(params).send().unwrap();
            let headers = store.object("copy").unwrap().headers;
            assert_eq!(headers["x-amz-meta-a"], expected, "{size} {directive}");
            assert_eq!(headers.contains_key("cache-control"), directive != "REPLACE", "{size} {directive}");
        }
    }
}

#[test]
fn tags_of_a_copy_in_parts_follow_the_directive() {
    const TAG: &str = "<Tag><Key>a</Key><Value>b c</Value></Tag>";
    for (params, expected, gets, puts) in [
        (json!({}), "", 0, 0),
        (json!({"Tagging": "x=y"}), "", 0, 0),
        (json!({"TaggingDirective": "COPY"}), TAG, 1, 1),
        (json!({"TaggingDirective": "REPLACE", "Tagging": "a=b+c"}), TAG, 0, 1),
        (json!({"TaggingDirective": "REPLACE"}), "", 0, 0),
    ] {
        let store = Store::default();
        store.put("key", &content(PART));
        store.state(|state| state.objects.get_mut("key").unwrap().tags = TAG.to_owned());
        transfer(&client(&store)).copy(("bucket", "key"), ("bucket", "copy")).params(params.clone()).send().unwrap();
        assert_eq!(store.object("copy").unwrap().tags, expected, "{params}");
        let count = |operation| calls(&store, operation).len();
        assert_eq!((count("GetObjectTagging"), count("PutObjectTagging")), (gets, puts), "{params}");
        assert!(!calls(&store, "CreateMultipartUpload")[0].headers.contains_key("x-amz-tagging"));
    }
}

#[test]
fn annotations_of_all_pages_are_copied_on_request() {
    let params = json!({"AnnotationDirective": "COPY"});
    let store = Store::default();
    store.put("key", &content(PART));
    let copy = |store: &Store| transfer(&client(store)).copy(("bucket", "key"), ("bucket", "copy"));
    copy(&store).params(params.clone()).send().unwrap();
    let put: Vec<String> = calls(&store, "PutObjectAnnotation")
        .into_iter()
        .map(|call| {
            assert!(call.headers.contains_key("x-amz-object-if-match"), "{:?}", call.headers);
            String::from_utf8(call.body).unwrap()
        })
        .collect();
    assert_eq!(put, ["about one", "about two"]);
    let store = Store::failing(|call| {
        (call.query.get("annotationName").is_some_and(|name| name == "one") && call.operation.starts_with("Put"))
            .then_some(Fault::Status(403))
    });
    store.put("key", &content(PART));
    let error = copy(&store).params(params).send().unwrap_err();
    assert!(error.to_string().contains("could not copy the annotations one"), "{error}");
    assert!(error.to_string().contains("the object was copied"), "{error}");
    assert_eq!(calls(&store, "PutObjectAnnotation").len(), 2);
}

#[test]
fn source_is_read_with_its_own_client() {
    let (store, elsewhere) = (Store::default(), Store::default());
    for store in [&store, &elsewhere] {
        store.put("key", &content(PART));
    }
    let copy = transfer(&client(&store)).copy(("bucket", "key"), ("bucket", "copy"));
    copy.from_client(&client(&elsewhere)).params(json!({"TaggingDirective": "COPY"})).send().unwrap();
    assert_eq!(elsewhere.count().into_keys().collect::<Vec<_>>(), ["GetObjectTagging", "HeadObject"]);
    assert!(!store.count().contains_key("HeadObject"));
}

#[test]
fn access_point_is_a_source() {
    let store = Store::default();
    // The host names the access point, so the path is the key alone, which this store takes for a bucket.
    store.put("", &content(1));
    let arn = "arn:aws:s3:us-east-1:123456789012:accesspoint/mine";
    let session = crate::session::session("us-east-1").transport(store.clone()).clock(crate::NoWait).build().unwrap();
    let copy = tucuxi::s3::Transfer::new(&session.client("s3").unwrap()).copy((arn, "a b"), ("bucket", "copy"));
    // The store cannot resolve the ARN.
    assert!(copy.send().unwrap_err().is_not_found());
    let source = &calls(&store, "CopyObject")[0].headers["x-amz-copy-source"];
    assert_eq!(source, "arn%3Aaws%3As3%3Aus-east-1%3A123456789012%3Aaccesspoint/mine/object/a%20b");
}

#[test]
fn copy_that_fails_is_aborted() {
    const ERROR: &str = "<Error><Code>InternalError</Code><Message>sorry</Message></Error>";
    for (operation, size) in [
        ("HeadObject", PART),
        ("CopyObject", 1),
        ("CreateMultipartUpload", PART),
        ("UploadPartCopy", 3 * PART),
        ("CompleteMultipartUpload", PART),
    ] {
        for fault in [Fault::Status(403), Fault::Status(503), Fault::Body(ERROR)] {
            if operation == "HeadObject" && matches!(fault, Fault::Body(_)) {
                continue;
            }
            let failing = fault.clone();
            let store = Store::failing(move |call| {
                (call.operation == operation && call.part.is_none_or(|part| part == 2)).then(|| failing.clone())
            });
            store.put("key", &content(size));
            let copy = transfer(&client(&store)).copy(("bucket", "key"), ("bucket", "copy"));
            let error = copy.send().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Service, "{operation} {fault:?}: {error}");
            assert_eq!((store.open_uploads(), store.get("copy")), (0, None), "{operation} {fault:?}");
        }
    }
}

#[test]
fn source_that_changes_is_an_error() {
    let store = Store::default();
    store.put("key", &content(3 * PART));
    let changing = store.clone();
    let is_changed = Mutex::new(false);
    let transfer = transfer(&client(&store)).threads(1).on_event(move |event| {
        let mut is_changed = is_changed.lock().unwrap();
        if matches!(event, TransferEvent::PartDone { .. }) && !std::mem::replace(&mut *is_changed, true) {
            changing.put("key", &content(3 * PART));
        }
    });
    let error = transfer.copy(("bucket", "key"), ("bucket", "copy")).send().unwrap_err();
    assert!(error.to_string().contains("the source changed during the copy"), "{error}");
    assert_eq!((store.open_uploads(), store.get("copy")), (0, None));
}

#[test]
fn cancelled_copy_leaves_nothing() {
    let token = CancelToken::new();
    let canceller = token.clone();
    let store = Store::failing(move |call| {
        if call.part == Some(2) {
            canceller.cancel();
        }
        None
    });
    store.put("key", &content(4 * PART));
    let copy = transfer(&client(&store)).copy(("bucket", "key"), ("bucket", "copy")).cancel(&token);
    assert!(copy.send().unwrap_err().is_cancelled());
    assert_eq!((store.open_uploads(), store.get("copy")), (0, None));
}

#[test]
fn progress_of_a_copy_counts_parts() {
    for (size, parts) in [(1, 0), (2 * PART + 1, 3)] {
        let store = Store::default();
        store.put("key", &content(size));
        let seen = Arc::new(Mutex::new((0, 0, 0)));
        let events = Arc::clone(&seen);
        let transfer = transfer(&client(&store)).on_event(move |event| {
            let mut seen = events.lock().unwrap();
            match event {
                TransferEvent::Bytes { step, .. } => seen.0 += step,
                TransferEvent::PartDone { .. } => seen.1 += 1,
                TransferEvent::Done { total } => seen.2 = total,
                _ => {}
            }
        });
        transfer.copy(("bucket", "key"), ("bucket", "copy")).send().unwrap();
        assert_eq!(*seen.lock().unwrap(), (size as u64, parts, size as u64));
    }
}

#[test]
fn tags_can_be_stored_with_the_object() {
    for (value, expected) in [("x y".to_owned(), Some("a=x%20y")), ("x".repeat(2048), None)] {
        let store = Store::default();
        store.put("key", &content(PART));
        let tags = format!("<Tag><Key>a</Key><Value>{value}</Value></Tag>");
        store.state(|state| state.objects.get_mut("key").unwrap().tags = tags);
        let copy = transfer(&client(&store)).copy(("bucket", "key"), ("bucket", "copy")).tags_first();
        copy.params(json!({"TaggingDirective": "COPY"})).send().unwrap();
        let created = &calls(&store, "CreateMultipartUpload")[0];
        assert_eq!(created.headers.get("x-amz-tagging").map(String::as_str), expected);
        assert_eq!(calls(&store, "PutObjectTagging").len(), usize::from(expected.is_none()));
    }
}
