//! Content types of uploaded files.

use std::fs;

use serde_json::json;
use tucuxi::ErrorKind;

use crate::store::Store;
use crate::{PART, client, content, transfer};

#[test]
fn type_of_a_file_is_guessed_from_its_name() {
    let folder = tempfile::tempdir().unwrap();
    for size in [0, 10, 2 * PART] {
        for (name, params, guesses, expected) in [
            ("cat.JPG", json!({}), true, Some("image/jpeg")),
            ("notes.txt", json!({"CacheControl": "no-store"}), true, Some("text/plain")),
            ("notes.txt", json!({"ContentType": "text/x"}), true, Some("text/x")),
            ("notes.txt", json!({}), false, None),
            ("README", json!({}), true, None),
        ] {
            let path = folder.path().join(name);
            fs::write(&path, content(size)).unwrap();
            let store = Store::default();
            let transfer = transfer(&client(&store)).guess_content_type(guesses);
            transfer.upload_file(&path, "bucket", "key").params(params).send().unwrap();
            let object = store.object("key").unwrap();
            assert_eq!(object.headers.get("content-type").map(String::as_str), expected, "{name} {size}");
            assert!(object.content == content(size));
        }
    }
}

#[test]
fn body_has_no_name_to_guess_from() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cat.jpg");
    fs::write(&path, "x").unwrap();
    let store = Store::default();
    let body = tucuxi::Body::from_path(&path).unwrap();
    transfer(&client(&store)).upload(body, "bucket", "key").send().unwrap();
    assert!(!store.object("key").unwrap().headers.contains_key("content-type"));
}

#[test]
fn file_that_cannot_be_opened_is_an_error_that_names_it() {
    let store = Store::default();
    let error = transfer(&client(&store)).upload_file("/missing/file.txt", "bucket", "key").send().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Body);
    assert!(error.to_string().contains("/missing/file.txt"), "{error}");
    assert_eq!(store.calls(), []);
}
