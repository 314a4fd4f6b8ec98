//! Limits of the bandwidth. No test measures time: a limit of a byte per second waits for hours unless something ends it.

use std::fs;
use std::time::Duration;

use tucuxi::s3::{Transfer, TransferEvent};
use tucuxi::{CancelToken, ErrorKind};

use crate::store::Store;
use crate::{PART, client, content, session, transfer};

#[test]
fn bytes_of_a_limited_transfer_arrive_whole() {
    for size in [0, 1, PART, 2 * PART + 7] {
        let (store, bytes) = (Store::default(), content(size));
        let transfer = transfer(&client(&store)).max_bandwidth(u64::MAX).io_chunk_size(1000);
        transfer.upload(bytes.clone(), "bucket", "key").send().unwrap();
        let mut written = Vec::new();
        transfer.download("bucket", "key").write_to(&mut written).unwrap();
        assert!(written == bytes, "{size}");
    }
}

#[test]
fn cancelled_transfer_does_not_wait() {
    let store = Store::default();
    store.put("key", &content(2 * PART));
    let token = CancelToken::new();
    let canceller = token.clone();
    let transfer = transfer(&client(&store)).max_bandwidth(1).on_event(move |event| {
        if matches!(event, TransferEvent::Bytes { .. }) {
            canceller.cancel();
        }
    });
    let error = transfer.download("bucket", "key").cancel(&token).write_to(std::io::sink()).unwrap_err();
    assert!(error.is_cancelled(), "{error}");
}

#[test]
fn deadline_ends_the_wait() {
    let store = Store::default();
    store.put("key", &content(2 * PART));
    let transfer = transfer(&client(&store)).threads(1).max_bandwidth(1).io_chunk_size(u64::MAX);
    let limit = Duration::from_millis(200);
    let error = transfer.download("bucket", "key").deadline(limit).write_to(std::io::sink()).unwrap_err();
    assert!(error.is_timeout(), "{error}");
    let error = transfer.upload(content(2 * PART), "bucket", "copy").deadline(limit).send().unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert_eq!(store.open_uploads(), 0);
}

/// All transfers of the clones share the limit, which is why the second one waits for the first.
#[test]
fn limit_comes_from_the_profile_and_is_shared() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    let store = Store::default();
    let client = |rate: &str| {
        fs::write(&config, format!("[default]\ns3 =\n  max_bandwidth = {rate}\n  io_chunksize = 64KB\n")).unwrap();
        let session = session::session("us-east-1").config_file(&config).endpoint_url("http://store.invalid");
        session.transport(store.clone()).build().unwrap().client("s3").unwrap()
    };
    store.put("key", &content(9 << 20));
    let limited = Transfer::new(&client("1"));
    let download = limited.clone().download("bucket", "key").deadline(Duration::from_millis(200));
    assert!(download.write_to(std::io::sink()).unwrap_err().is_timeout());
    let mut written = Vec::new();
    Transfer::new(&client("100GB/s")).download("bucket", "key").write_to(&mut written).unwrap();
    assert_eq!(written.len(), 9 << 20);
    for wrong in ["0", "fast", "-1"] {
        let error = Transfer::new(&client(wrong)).download("bucket", "key").write_to(std::io::sink()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{wrong}");
    }
}
