//! Files that change while they are uploaded, and counts of progress when requests are sent again.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use tucuxi::s3::TransferEvent;
use tucuxi::{Body, ErrorKind};

use crate::store::{Fault, Store};
use crate::{PART, client, content, file, reader, transfer};

/// Uploads a file that `change` changes when the first part, or the single request, arrives. Returns the error.
fn upload_of_changing_file(size: usize, change: fn(&Path)) -> (Store, Option<tucuxi::Error>) {
    let (_folder, path) = file(&content(size));
    let changed = path.clone();
    let store = Store::failing(move |call| {
        if call.part == Some(1) || call.operation == "PutObject" {
            change(&changed);
        }
        None
    });
    let result = transfer(&client(&store)).threads(1).upload(Body::from_path(&path).unwrap(), "bucket", "key").send();
    (store, result.err())
}

fn grow(path: &Path) {
    File::options().append(true).open(path).unwrap().write_all(b"more").unwrap();
}

fn shrink(path: &Path) {
    let file = File::options().write(true).open(path).unwrap();
    file.set_len(file.metadata().unwrap().len() / 2).unwrap();
}

fn overwrite(path: &Path) {
    let size = fs::metadata(path).unwrap().len();
    // The clock of the file system may be coarse.
    std::thread::sleep(Duration::from_millis(20));
    fs::write(path, content(size as usize + 1).split_off(1)).unwrap();
}

fn touch(path: &Path) {
    let file = File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::now() + Duration::from_secs(10)).unwrap();
}

/// Puts another file in its place.
fn replace(path: &Path) {
    let other = path.with_extension("other");
    fs::write(&other, "another file").unwrap();
    fs::rename(other, path).unwrap();
}

#[test]
fn file_that_changes_during_the_upload_is_an_error() {
    for (name, change) in [("grow", grow as fn(&Path)), ("shrink", shrink), ("overwrite", overwrite), ("touch", touch)]
    {
        let (store, error) = upload_of_changing_file(3 * PART, change);
        let error = error.unwrap_or_else(|| panic!("{name}: no error"));
        assert_eq!(error.kind(), ErrorKind::Body, "{name}: {error}");
        let is_noticed_by_the_reader = name == "shrink";
        assert!(
            is_noticed_by_the_reader || error.to_string().contains("changed while it was uploaded, so nothing"),
            "{error}"
        );
        assert_eq!((store.open_uploads(), store.get("key")), (0, None), "{name}");
        // A single request has been sent when the change is noticed.
        let (_, error) = upload_of_changing_file(PART - 1, change);
        let error = error.unwrap_or_else(|| panic!("{name}: no error"));
        assert!(error.to_string().contains("changed while it was uploaded, so the object"), "{name}: {error}");
    }
}

#[test]
fn file_that_is_replaced_is_uploaded_as_it_was() {
    for size in [PART - 1, 3 * PART] {
        let (store, error) = upload_of_changing_file(size, replace);
        assert!(error.is_none(), "{error:?}");
        assert!(store.get("key") == Some(content(size)));
    }
}

#[test]
fn progress_counts_each_byte_once() {
    let fails_once = |call: &crate::Call| {
        let is_part = call.part == Some(2) || call.operation == "PutObject";
        let is_range = call.range.as_deref() == Some("bytes=5242880-10485759");
        match call.attempt {
            0 if is_part => Some(Fault::Status(500)),
            0 if is_range => Some(Fault::CutAfter(1000)),
            1 if is_part => Some(Fault::Reset),
            _ => None,
        }
    };
    for size in [0, 1, PART - 1, PART, 3 * PART + 7] {
        let bytes = content(size);
        for body in [Body::from(bytes.clone()), Body::from_path(&file(&bytes).1).unwrap(), reader(bytes.clone())] {
            let total = body.len();
            let store = Store::failing(fails_once);
            let seen = Arc::new(Mutex::new((0, 0, 0)));
            let events = Arc::clone(&seen);
            let transfer = transfer(&client(&store)).on_event(move |event| {
                let mut seen = events.lock().unwrap();
                match event {
                    TransferEvent::Bytes { step, so_far, .. } => {
                        seen.0 += step;
                        assert!(so_far <= size as u64 && seen.0 <= size as u64, "{so_far} of {size}");
                    }
                    TransferEvent::PartDone { .. } => seen.1 += 1,
                    TransferEvent::Done { total: found } => seen.2 = found,
                    _ => {}
                }
            });
            let parts = if size < PART { 0 } else { size.div_ceil(PART) };
            transfer.upload(body, "bucket", "key").send().unwrap();
            assert_eq!(*seen.lock().unwrap(), (size as u64, parts, size as u64), "{size} {total:?}");
            *seen.lock().unwrap() = (0, 0, 0);
            transfer.download("bucket", "key").write_to(std::io::sink()).unwrap();
            assert_eq!(*seen.lock().unwrap(), (size as u64, parts.max(1), size as u64), "{size} {total:?}");
        }
    }
}
