//! Deletions of all objects with a prefix.

use std::sync::{Arc, Mutex};

use serde_json::json;
use tucuxi::s3::TransferEvent;
use tucuxi::{CancelToken, ErrorKind};

use crate::store::{Fault, Store, encoded};
use crate::{client, transfer};

fn store(keys: impl IntoIterator<Item = String>) -> Store {
    let store = Store::default();
    fill(&store, keys);
    store
}

fn fill(store: &Store, keys: impl IntoIterator<Item = String>) {
    for key in keys {
        store.put(&encoded(&key), b"");
    }
}

fn keys(store: &Store) -> Vec<String> {
    store.state(|state| state.objects.keys().cloned().collect())
}

#[test]
fn objects_with_the_prefix_are_deleted_in_batches() {
    for (count, requests) in [(0, 0), (1, 1), (999, 1), (1000, 1), (1001, 2), (2500, 3)] {
        let store = store((0..count).map(|number| format!("logs/{number:04}")));
        fill(&store, ["log".to_owned(), "logs".to_owned(), "other/1".to_owned()]);
        let seen = Arc::new(Mutex::new((0, 0)));
        let events = Arc::clone(&seen);
        let transfer = transfer(&client(&store)).on_event(move |event| {
            let mut seen = events.lock().unwrap();
            match event {
                TransferEvent::Deleted { step, .. } => seen.0 += step,
                TransferEvent::Done { total } => seen.1 = total,
                _ => {}
            }
        });
        let deleted = transfer.delete_prefix("bucket", "logs/").send().unwrap();
        assert_eq!((deleted.objects, deleted.requests), (count, requests));
        assert_eq!(*seen.lock().unwrap(), (count, count));
        assert_eq!(keys(&store), ["log", "logs", "other/1"]);
        assert_eq!(store.count().get("DeleteObjects").copied().unwrap_or(0) as u64, requests);
    }
}

#[test]
fn odd_keys_are_deleted() {
    let odd = ["p/ü +%2F&<>\"'", "p/line\nbreak\r", "p/\u{1}", "p/\u{7f}", "p/\u{ffff}", "p//", "p/..", "p/\u{10ffff}"];
    let store = store(odd.map(str::to_owned));
    let deleted = transfer(&client(&store)).delete_prefix("bucket", "p/").send().unwrap();
    assert_eq!((deleted.objects, deleted.requests), (8, 3));
    assert_eq!(keys(&store), [""; 0]);
    assert_eq!(store.count()["DeleteObject"], 2);
}

#[test]
fn empty_prefix_needs_to_be_allowed() {
    let store = store(["a".to_owned(), "b".to_owned()]);
    let delete = || transfer(&client(&store)).delete_prefix("bucket", "");
    let error = delete().send().unwrap_err();
    assert_eq!((error.kind(), store.calls()), (ErrorKind::Validation, vec![]));
    assert!(error.to_string().contains("whole_bucket()"), "{error}");
    assert_eq!(delete().whole_bucket().send().unwrap().objects, 2);
    assert_eq!(keys(&store), [""; 0]);
}

#[test]
fn versions_and_markers_are_deleted_on_request() {
    let store = store((0..1500).map(|number| format!("p/{number:04}")));
    store.state(|state| state.markers.extend(["p/0007".to_owned(), "p/gone".to_owned()]));
    let deleted = transfer(&client(&store)).delete_prefix("bucket", "p/").versions(true).send().unwrap();
    assert_eq!(deleted.objects, 1502);
    store.state(|state| assert!(state.objects.is_empty() && state.markers.is_empty()));
}

#[test]
fn refused_objects_are_named_at_the_end() {
    let store = store((0..3000).map(|number| format!("p/{number:04}")));
    fill(&store, (0..12).map(|number| format!("p/locked {number:02}")));
    let error = transfer(&client(&store)).delete_prefix("bucket", "p/").send().unwrap_err();
    assert_eq!(
        (error.kind(), error.is_access_denied(), error.code()),
        (ErrorKind::Service, true, Some("AccessDenied"))
    );
    let text = error.to_string();
    assert!(text.contains("12 objects were not deleted, 3000 were: \"p/locked 00\" (AccessDenied)"), "{text}");
    assert!(text.contains("locked 09") && !text.contains("locked 10") && text.contains(" .."), "{text}");
    assert_eq!(keys(&store).len(), 12);
}

#[test]
fn parameters_reach_the_operations_that_have_them() {
    let store = store(["p/1".to_owned(), "p/\u{1}".to_owned()]);
    let params = json!({"RequestPayer": "requester", "BypassGovernanceRetention": true});
    let delete = || transfer(&client(&store)).delete_prefix("bucket", "p/");
    delete().params(params).send().unwrap();
    for call in store.calls() {
        assert!(call.headers.contains_key("x-amz-request-payer"), "{}", call.operation);
        let bypasses = call.headers.contains_key("x-amz-bypass-governance-retention");
        assert_eq!(bypasses, call.operation.starts_with("Delete"), "{}", call.operation);
    }
    let error = delete().params(json!({"StartAfter": "p/1"})).send().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
}

#[test]
fn failures_that_pass_are_retried_and_others_end_the_deletion() {
    for (operation, status, ends) in [
        ("DeleteObjects", 503, false),
        ("ListObjectsV2", 503, false),
        ("DeleteObjects", 403, true),
        ("ListObjectsV2", 403, true),
    ] {
        let failing = Store::failing(move |call| {
            (call.operation == operation && (ends || call.attempt == 0)).then_some(Fault::Status(status))
        });
        fill(&failing, (0..10).map(|number| format!("p/{number}")));
        let deleted = transfer(&client(&failing)).delete_prefix("bucket", "p/").send();
        match ends {
            true => assert_eq!(deleted.unwrap_err().service().unwrap().status(), 403, "{operation}"),
            false => assert_eq!(deleted.unwrap().objects, 10, "{operation}"),
        }
    }
}

#[test]
fn cancelled_deletion_ends() {
    let token = CancelToken::new();
    let canceller = token.clone();
    let store = Store::failing(move |call| {
        if call.operation == "DeleteObjects" && call.attempt == 1 {
            canceller.cancel();
        }
        None
    });
    fill(&store, (0..5000).map(|number| format!("p/{number:04}")));
    let error = transfer(&client(&store)).threads(1).delete_prefix("bucket", "p/").cancel(&token).send().unwrap_err();
    assert!(error.is_cancelled(), "{error}");
    assert!(keys(&store).len() >= 3000, "{}", keys(&store).len());
}

#[test]
fn key_without_the_prefix_is_never_deleted() {
    const LISTING: &str = "<R><Contents><Key>other/1</Key></Contents></R>";
    let failing = Store::failing(|call| (call.operation == "ListObjectsV2").then_some(Fault::Body(LISTING)));
    fill(&failing, ["other/1".to_owned()]);
    let error = transfer(&client(&failing)).delete_prefix("bucket", "p/").send().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Response);
    assert!(error.to_string().contains("\"other/1\", which does not begin with the prefix"), "{error}");
    assert_eq!(keys(&failing), ["other/1"]);
}
