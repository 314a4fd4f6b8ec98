//! Uploads that are kept after a failure and taken up again.

use std::fs;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tucuxi::s3::TransferEvent;
use tucuxi::{Body, CancelToken, Client, ErrorKind};

use crate::store::{Fault, Store};
use crate::{PART, aws, client, content, file, reader, transfer};

/// A store whose uploads fail at part 3 as long as the switch is on.
fn store() -> (Store, Arc<Mutex<bool>>) {
    let fails = Arc::new(Mutex::new(true));
    let switch = Arc::clone(&fails);
    let store = Store::failing(move |call| {
        let is_third = call.part == Some(3) && *switch.lock().unwrap();
        is_third.then_some(Fault::Status(403))
    });
    (store, fails)
}

/// Uploads in one thread, fails at part 3, and returns the id.
fn fail(client: &Client, source: Body, params: &Value) -> String {
    let upload = transfer(client).threads(1).upload(source, "bucket", "key").keep_on_failure();
    let error = upload.params(params.clone()).send().unwrap_err();
    let id = error.upload_id().unwrap().to_owned();
    assert!(error.to_string().contains(&format!("the parts of the upload {id} remain")), "{error}");
    assert_eq!(error.service().unwrap().status(), 403);
    id
}

fn sent_parts(store: &Store) -> Vec<u64> {
    let mut parts: Vec<u64> =
        store.calls().iter().filter(|call| call.operation == "UploadPart").filter_map(|call| call.part).collect();
    parts.sort_unstable();
    parts
}

#[test]
fn stored_parts_are_not_sent_again() {
    let bytes = content(4 * PART + 7);
    let (_folder, path) = file(&bytes);
    for (params, is_aws, names) in [
        (json!({}), true, &["file", "bytes", "reader"][..]),
        (json!({}), false, &["file", "bytes", "reader"]),
        (json!({"ChecksumAlgorithm": "SHA256"}), false, &["file"]),
        (json!({"ChecksumAlgorithm": "CRC32", "ChecksumType": "FULL_OBJECT"}), true, &["file"]),
    ] {
        for name in names.iter().copied() {
            let source = || match name {
                "file" => Body::from_path(&path).unwrap(),
                "bytes" => Body::from(bytes.clone()),
                _ => reader(bytes.clone()),
            };
            let (store, fails) = store();
            let client = if is_aws { aws(&store) } else { client(&store) };
            let id = fail(&client, source(), &params);
            assert_eq!(sent_parts(&store), [1, 2, 3], "{name} {params}");
            *fails.lock().unwrap() = false;
            let seen = Arc::new(Mutex::new(0));
            let events = Arc::clone(&seen);
            // Another part size than before.
            let transfer = transfer(&client).on_event(move |event| {
                if let TransferEvent::Bytes { step, .. } = event {
                    *events.lock().unwrap() += step;
                }
            });
            let transfer = if name == "reader" { transfer } else { transfer.part_size(6 << 20) };
            let resumed = transfer.upload(source(), "bucket", "key").resume(&id).send().unwrap();
            assert_eq!((resumed.bytes, resumed.parts), (bytes.len() as u64, 5), "{name} {params}");
            assert_eq!(sent_parts(&store), [1, 2, 3, 3, 4, 5], "{name} {params} {is_aws}");
            assert!(store.get("key") == Some(bytes.clone()));
            assert_eq!((store.open_uploads(), *seen.lock().unwrap()), (0, bytes.len() as u64));
        }
    }
}

#[test]
fn wrong_and_foreign_parts_are_replaced() {
    for is_aws in [true, false] {
        let (store, fails) = store();
        let client = if is_aws { aws(&store) } else { client(&store) };
        let id = fail(&client, Body::from(content(4 * PART)), &json!({}));
        *fails.lock().unwrap() = false;
        store.state(|state| {
            let parts = &mut state.uploads.get_mut(&id).unwrap().parts;
            // Part 9 does not belong to the object.
            parts.insert(9, (b"foreign".to_vec(), None));
        });
        let mut changed = content(4 * PART);
        changed[PART] ^= 1;
        let resumed = transfer(&client).upload(changed.clone(), "bucket", "key").resume(&id).send();
        match resumed {
            Ok(resumed) => assert_eq!(resumed.parts, 4),
            Err(error) => panic!("{error}"),
        }
        assert_eq!(sent_parts(&store), [1, 2, 2, 3, 3, 4]);
        assert!(store.get("key") == Some(changed));
    }
}

#[test]
fn part_that_cannot_be_compared_is_sent_again() {
    let (store, fails) = store();
    let id = fail(&client(&store), Body::from(content(4 * PART)), &json!({}));
    *fails.lock().unwrap() = false;
    store.state(|state| state.tags_are_opaque = true);
    transfer(&client(&store)).upload(content(4 * PART), "bucket", "key").resume(&id).send().unwrap();
    assert_eq!(sent_parts(&store), [1, 1, 2, 2, 3, 3, 4]);
}

#[test]
fn failed_resumption_follows_its_own_setting() {
    for keeps in [true, false] {
        let (store, _) = store();
        let id = fail(&client(&store), Body::from(content(4 * PART)), &json!({}));
        let mut upload = transfer(&client(&store)).upload(content(4 * PART), "bucket", "key").resume(&id);
        if keeps {
            upload = upload.keep_on_failure();
        }
        let error = upload.send().unwrap_err();
        assert_eq!((error.upload_id(), store.open_uploads()), (keeps.then_some(id.as_str()), usize::from(keeps)));
    }
}

#[test]
fn upload_that_is_gone_is_the_service_error() {
    let store = Store::default();
    let error = transfer(&client(&store)).upload(content(PART), "bucket", "key").resume("gone").send().unwrap_err();
    assert!(error.code() == Some("NoSuchUpload") && error.upload_id().is_none(), "{error}");
    let error = transfer(&client(&store)).upload("", "bucket", "key").resume("gone").send().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
}

#[test]
fn cancelled_upload_can_be_kept_and_its_id_is_told_early() {
    let token = CancelToken::new();
    let canceller = token.clone();
    let store = Store::failing(move |call| {
        if call.part == Some(2) {
            canceller.cancel();
        }
        None
    });
    let told = Arc::new(Mutex::new(String::new()));
    let events = Arc::clone(&told);
    let transfer = transfer(&client(&store)).threads(1).on_event(move |event| {
        if let TransferEvent::Created { upload_id } = event {
            *events.lock().unwrap() = upload_id.to_owned();
        }
    });
    let upload = transfer.upload(content(4 * PART), "bucket", "key").keep_on_failure().cancel(&token);
    let error = upload.send().unwrap_err();
    assert!(error.is_cancelled() && error.upload_id() == Some(told.lock().unwrap().as_str()), "{error}");
    let resumed = transfer.upload(content(4 * PART), "bucket", "key").resume(error.upload_id().unwrap());
    assert_eq!(resumed.send().unwrap().parts, 4);
}

#[test]
fn error_has_the_id_of_an_upload_that_cannot_be_aborted() {
    let store = Store::failing(|call| match call.operation {
        "UploadPart" | "AbortMultipartUpload" => Some(Fault::Status(403)),
        _ => None,
    });
    let error = transfer(&client(&store)).upload(content(2 * PART), "bucket", "key").send().unwrap_err();
    assert_eq!(error.upload_id(), Some("upload-1"));
}

#[test]
fn file_that_has_grown_is_uploaded_as_it_is_now() {
    let (_folder, path) = file(&content(3 * PART));
    let (store, fails) = store();
    let id = fail(&client(&store), Body::from_path(&path).unwrap(), &json!({}));
    *fails.lock().unwrap() = false;
    fs::write(&path, content(4 * PART + 5)).unwrap();
    transfer(&client(&store)).upload(Body::from_path(&path).unwrap(), "bucket", "key").resume(&id).send().unwrap();
    assert!(store.get("key") == Some(content(4 * PART + 5)));
    assert_eq!(sent_parts(&store), [1, 2, 3, 3, 4, 5]);
}
