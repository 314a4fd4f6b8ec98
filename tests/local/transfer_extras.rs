//! Transfers of files and streams to a real store and back, also with checksums of parts.

use std::fs;
use std::io::Cursor;

use serde_json::json;
use tucuxi::s3::{Transfer, TransferEvent};
use tucuxi::{Body, CancelToken, ChecksumMode, Client, Credentials};

use crate::server::{S3S_CREDENTIALS, Server};
use crate::support::{call, session_of};

const PART: usize = 5 << 20;

fn client(server: &Server, mode: ChecksumMode) -> Client {
    let session = session_of(server, Credentials::new(S3S_CREDENTIALS.0, S3S_CREDENTIALS.1));
    session.request_checksum_calculation(mode).build().unwrap().client("s3").unwrap()
}

pub(crate) fn copies_and_deletions(server: &Server) {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source");
    let target = folder.path().join("target");
    for (bucket, mode) in [("extra-plain", ChecksumMode::WhenRequired), ("extra-checked", ChecksumMode::WhenSupported)]
    {
        let s3 = client(server, mode);
        call(&s3, "create_bucket", json!({"Bucket": bucket}));
        let transfer = Transfer::new(&s3).part_size(PART as u64).threshold(PART as u64).threads(16);
        for size in [0, 1, PART - 1, PART, PART + 1, 3 * PART + 7] {
            let bytes: Vec<u8> = (0..size as u32).map(|n| (n / 13) as u8).collect();
            fs::write(&source, &bytes).unwrap();
            let sources = [
                ("file", Body::from_path(&source).unwrap()),
                ("reader", Body::from_reader(Cursor::new(bytes.clone()))),
            ];
            for (kind, body) in sources {
                let key = format!("a {kind}/ü+{size}");
                let uploaded = transfer.upload(body, bucket, &key).send();
                let uploaded = uploaded.unwrap_or_else(|error| panic!("{bucket} {key}: {error}"));
                assert_eq!(uploaded.bytes, size as u64);
                let downloaded = transfer.download(bucket, &key).save_to(&target);
                let downloaded = downloaded.unwrap_or_else(|error| panic!("{bucket} {key}: {error}"));
                assert_eq!(downloaded.bytes, size as u64);
                assert!(fs::read(&target).unwrap() == bytes, "{bucket} {key}");
                // Without `+`, which this server does not encode in listings although its response says so.
                let copy = format!("a copy/ü ?{size}");
                let copied = transfer.copy((bucket, &key), (bucket, &copy)).send();
                let copied = copied.unwrap_or_else(|error| panic!("{bucket} {copy}: {error}"));
                assert_eq!(copied.bytes, size as u64);
                transfer.download(bucket, &copy).save_to(&target).unwrap();
                assert!(fs::read(&target).unwrap() == bytes, "{bucket} {copy}");
            }
        }
        let deleted = transfer.delete_prefix(bucket, "a copy/").send().unwrap();
        assert_eq!(deleted.objects, 6, "{bucket}");
        let left = call(&s3, "list_objects_v2", json!({"Bucket": bucket}));
        assert_eq!(left["KeyCount"], 12, "{bucket}");
    }
}

/// An upload and a download that are cancelled in the middle, and taken up again.
pub(crate) fn resumed(server: &Server) {
    let folder = tempfile::tempdir().unwrap();
    let (source, target) = (folder.path().join("source"), folder.path().join("target"));
    let bytes: Vec<u8> = (0..(4 * PART + 7) as u32).map(|n| (n / 13) as u8).collect();
    fs::write(&source, &bytes).unwrap();
    for (bucket, mode) in [("kept-plain", ChecksumMode::WhenRequired), ("kept-checked", ChecksumMode::WhenSupported)] {
        let s3 = client(server, mode);
        call(&s3, "create_bucket", json!({"Bucket": bucket}));
        let transfer = |token: &CancelToken| {
            let canceller = token.clone();
            let transfer = Transfer::new(&s3).part_size(PART as u64).threshold(PART as u64).threads(1);
            transfer.on_event(move |event| {
                if matches!(event, TransferEvent::PartDone { number: 2 }) {
                    canceller.cancel();
                }
            })
        };
        let token = CancelToken::new();
        let upload = |transfer: &Transfer| transfer.upload(Body::from_path(&source).unwrap(), bucket, "key");
        let error = upload(&transfer(&token)).cancel(&token).keep_on_failure().send().unwrap_err();
        let id = error.upload_id().unwrap_or_else(|| panic!("{bucket} {error}"));
        let uploaded = upload(&transfer(&CancelToken::new())).resume(id).send();
        let uploaded = uploaded.unwrap_or_else(|error| panic!("{bucket} {error}"));
        assert_eq!((uploaded.bytes, uploaded.parts), (bytes.len() as u64, 5), "{bucket}");

        let token = CancelToken::new();
        let download = |transfer: Transfer| transfer.download(bucket, "key").resumable();
        assert!(download(transfer(&token)).cancel(&token).save_to(&target).unwrap_err().is_cancelled());
        download(transfer(&CancelToken::new())).save_to(&target).unwrap();
        assert!(fs::read(&target).unwrap() == bytes, "{bucket}");
        fs::remove_file(&target).unwrap();
    }
}
