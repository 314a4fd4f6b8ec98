//! Downloads that keep what they have received, and take it up again.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use tucuxi::s3::TransferEvent;
use tucuxi::{Client, ErrorKind};

use crate::store::{Fault, Store, checksum};
use crate::{PART, aws, client, content, transfer};

/// A store with an object whose third part cannot be read as long as the switch is on.
fn store(bytes: &[u8]) -> (Store, Arc<Mutex<bool>>) {
    let fails = Arc::new(Mutex::new(true));
    let switch = Arc::clone(&fails);
    let store = Store::failing(move |call| {
        let is_third = call.range.as_deref().is_some_and(|range| range.starts_with("bytes=10485760-"));
        (is_third && *switch.lock().unwrap()).then_some(Fault::Status(403))
    });
    put(&store, bytes);
    (store, fails)
}

fn put(store: &Store, bytes: &[u8]) {
    let whole = checksum("crc64nvme", bytes);
    let headers = [("x-amz-checksum-crc64nvme", whole.as_str()), ("x-amz-checksum-type", "FULL_OBJECT")];
    store.put_with("key", bytes, &headers);
}

fn download(client: &Client, path: &Path) -> tucuxi::Result<u64> {
    let downloaded = transfer(client).threads(1).download("bucket", "key").resumable().save_to(path)?;
    Ok(downloaded.bytes)
}

/// The ranges that were requested, in parts of the object.
fn requested(store: &Store) -> Vec<u64> {
    let ranges = store.calls().into_iter().filter(|call| call.operation == "GetObject").map(|call| call.range.unwrap());
    ranges.map(|range| range[6..].split('-').next().unwrap().parse::<u64>().unwrap() / PART as u64 + 1).collect()
}

fn names(path: &Path) -> Vec<String> {
    let entries = fs::read_dir(path.parent().unwrap()).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn complete_parts_are_not_requested_again() {
    let bytes = content(4 * PART + 7);
    for is_aws in [true, false] {
        let (store, fails) = store(&bytes);
        let client = if is_aws { aws(&store) } else { client(&store) };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("n".repeat(255));
        fs::write(&path, "before").unwrap();
        assert_eq!(download(&client, &path).unwrap_err().service().unwrap().status(), 403);
        assert_eq!(fs::read_to_string(&path).unwrap(), "before");
        assert_eq!((requested(&store), names(&path).len()), (vec![1, 2, 3], 3));
        *fails.lock().unwrap() = false;

        let seen = Arc::new(Mutex::new(0));
        let events = Arc::clone(&seen);
        // Another part size than before.
        let transfer = transfer(&client).threads(3).part_size(6 << 20).on_event(move |event| {
            if let TransferEvent::Bytes { step, .. } = event {
                *events.lock().unwrap() += step;
            }
        });
        let downloaded = transfer.download("bucket", "key").resumable().save_to(&path).unwrap();
        assert_eq!(
            (downloaded.bytes, downloaded.parts, *seen.lock().unwrap()),
            (bytes.len() as u64, 5, bytes.len() as u64)
        );
        let mut all = requested(&store);
        all.sort_unstable();
        assert_eq!(all, [1, 2, 3, 3, 4, 5]);
        assert!(fs::read(&path).unwrap() == bytes);
        assert_eq!(names(&path).len(), 1);
        let pinned = store.calls().into_iter().skip(3).all(|call| call.headers.contains_key("if-match"));
        assert!(pinned);
    }
}

#[test]
fn changed_object_and_other_objects_begin_anew() {
    let (store, fails) = store(&content(4 * PART));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("target");
    download(&aws(&store), &path).unwrap_err();
    *fails.lock().unwrap() = false;
    let changed: Vec<u8> = content(3 * PART).into_iter().rev().collect();
    put(&store, &changed);
    assert_eq!(download(&aws(&store), &path).unwrap(), 3 * PART as u64);
    assert!(fs::read(&path).unwrap() == changed);
    assert_eq!(requested(&store), [1, 2, 3, 3, 1, 2, 3]);

    *fails.lock().unwrap() = true;
    download(&aws(&store), &path).unwrap_err();
    store.put("other", b"other");
    transfer(&aws(&store)).download("bucket", "other").resumable().save_to(&path).unwrap();
    assert_eq!((fs::read_to_string(&path).unwrap().as_str(), names(&path).len()), ("other", 1));
}

#[test]
fn damaged_part_of_a_draft_is_requested_again() {
    let bytes = content(4 * PART);
    for is_aws in [true, false] {
        let (store, fails) = store(&bytes);
        let client = if is_aws { aws(&store) } else { client(&store) };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("target");
        download(&client, &path).unwrap_err();
        *fails.lock().unwrap() = false;
        let draft = folder.path().join(names(&path).into_iter().find(|name| name.ends_with(".part")).unwrap());
        let mut damaged = fs::read(&draft).unwrap();
        damaged[PART + 3] ^= 1;
        fs::write(&draft, damaged).unwrap();
        assert_eq!(download(&client, &path).unwrap(), bytes.len() as u64);
        assert!(fs::read(&path).unwrap() == bytes);
        let mut all = requested(&store);
        all.sort_unstable();
        assert_eq!(all, [1, 2, 2, 3, 3, 4]);
    }
}

#[test]
fn corrupt_whole_drops_the_draft() {
    let bytes = content(3 * PART);
    let (store, fails) = store(&bytes);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("target");
    download(&aws(&store), &path).unwrap_err();
    *fails.lock().unwrap() = false;
    store.state(|state| {
        let wrong = checksum("crc64nvme", b"others");
        state.objects.get_mut("key").unwrap().headers.insert("x-amz-checksum-crc64nvme".to_owned(), wrong);
    });
    let error = download(&aws(&store), &path).unwrap_err();
    assert!(error.kind() == ErrorKind::Response && error.to_string().contains("corrupt"), "{error}");
    assert_eq!(names(&path), [""; 0]);
}

#[test]
fn unreadable_logs_and_cut_lines_do_not_count() {
    let bytes = content(3 * PART + 1);
    for (damage, sent) in
        [("cut", vec![2, 3, 4]), ("line", vec![3, 4]), ("garbage", vec![1, 2, 3, 4]), ("short", vec![1, 2, 3, 4])]
    {
        let (store, fails) = store(&bytes);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("target");
        download(&aws(&store), &path).unwrap_err();
        *fails.lock().unwrap() = false;
        let file =
            |suffix: &str| folder.path().join(names(&path).into_iter().find(|name| name.ends_with(suffix)).unwrap());
        let log = fs::read_to_string(file(".resume")).unwrap();
        match damage {
            "cut" => fs::write(file(".resume"), &log[..log.len() - 1]).unwrap(),
            "line" => fs::write(file(".resume"), format!("{log}4 cut")).unwrap(),
            "garbage" => fs::write(file(".resume"), b"\xff\xfe{").unwrap(),
            _ => fs::write(file(".part"), "short").unwrap(),
        }
        let before = requested(&store).len();
        download(&aws(&store), &path).unwrap();
        assert_eq!(requested(&store)[before..], sent, "{damage}");
        assert!(fs::read(&path).unwrap() == bytes, "{damage}");
    }
}

#[test]
fn failure_without_parts_leaves_nothing() {
    let store = Store::default();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("target");
    assert!(download(&client(&store), &path).unwrap_err().is_not_found());
    assert_eq!(names(&path), [""; 0]);
    for size in [0, 1, PART] {
        store.put("key", &content(size));
        assert_eq!(download(&client(&store), &path).unwrap(), size as u64);
        assert_eq!(names(&path), ["target"]);
    }
}

#[test]
fn two_downloads_to_one_file_do_not_mix() {
    let (path, folder) = (Arc::new(Mutex::new(None)), tempfile::tempdir().unwrap());
    let target = folder.path().join("target");
    let store = Store::default();
    store.put("key", &content(2 * PART));
    let (second, file, other) = (client(&store), target.clone(), Arc::clone(&path));
    let first = transfer(&client(&store)).on_event(move |event| {
        if matches!(event, TransferEvent::Queued { .. }) {
            *other.lock().unwrap() = Some(download(&second, &file).unwrap_err().to_string());
        }
    });
    first.download("bucket", "key").resumable().save_to(&target).unwrap();
    let error = path.lock().unwrap().take().unwrap();
    assert!(error.contains("another download to this file is running"), "{error}");
}

#[cfg(unix)]
#[test]
fn device_cannot_be_resumed() {
    let store = Store::default();
    store.put("key", b"x");
    let error = download(&client(&store), Path::new("/dev/null")).unwrap_err();
    assert!(error.to_string().contains("/dev/null: expected a regular file"), "{error}");
}

#[cfg(unix)]
#[test]
fn draft_follows_no_link() {
    let bytes = content(3 * PART);
    let (store, _) = store(&bytes);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("target");
    download(&client(&store), &path).unwrap_err();
    let draft = folder.path().join(names(&path).into_iter().find(|name| name.ends_with(".part")).unwrap());
    let other = folder.path().join("other");
    fs::write(&other, "precious").unwrap();
    fs::remove_file(&draft).unwrap();
    std::os::unix::fs::symlink(&other, &draft).unwrap();
    let error = download(&client(&store), &path).unwrap_err();
    assert!(error.to_string().contains(".part: expected a regular file"), "{error}");
    assert_eq!(fs::read_to_string(&other).unwrap(), "precious");
}
