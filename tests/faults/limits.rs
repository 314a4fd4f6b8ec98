//! A deadline and a token end a transfer that stalls, long before the read timeout; and a transfer has few connections.

use std::fs;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use tucuxi::s3::Transfer;
use tucuxi::{Body, CancelToken, Error};

use crate::phases::{PHASES, Phase};
use crate::store::Store;
use crate::support::fault_proxy::{FaultProxy, SocketFault};
use crate::support::suite::{Suite, tests};
use crate::{client, content, front};

const DEADLINE: Duration = Duration::from_millis(700);
/// Room for a busy machine; the read timeout is far beyond.
const LIMIT: Duration = Duration::from_secs(20);

pub(crate) fn suite() -> Suite {
    let mut suite = Suite::new("limits").at_least(24).needs_models();
    // The abort has a time limit of its own.
    for (phase_name, phase) in PHASES.iter().filter(|(_, phase)| *phase != Phase::Abort) {
        for (fault_name, fault) in
            [("request", SocketFault::StallRequest(0)), ("response", SocketFault::StallResponse(-1))]
        {
            for (end_name, by_token) in [("deadline", false), ("token", true)] {
                let (phase, fault) = (*phase, fault.clone());
                let name = format!("{end_name} ends a stalled {fault_name}");
                suite = suite.case(phase_name, &name, move || run(phase, &fault, by_token));
            }
        }
    }
    suite.tests(&tests![parts_share_connections])
}

fn parts_share_connections() {
    let store = Store::default();
    let proxy = FaultProxy::start(front::serve(store.clone()), |_| None, |_, _, _| {});
    let transfer = Transfer::new(&client(proxy.address, Duration::from_secs(60))).threads(2).part_size(5 << 20);
    let bytes = content(3 * (5 << 20), 1);
    transfer.upload(bytes.clone(), "bucket", "key").send().unwrap();
    // The client receives large bodies and small ones in different ways.
    for part in [1 << 20, 100_000] {
        let mut written = Vec::new();
        transfer.clone().part_size(part).download("bucket", "key").write_to(&mut written).unwrap();
        assert!(written == bytes);
    }
    // One more for each download, which asks for the checksum of the object while its first part is open.
    assert!(proxy.connections.load(Ordering::Relaxed) <= 4, "{:?} connections", proxy.connections);
}

fn run(phase: Phase, fault: &SocketFault, by_token: bool) {
    let store = Store::default();
    let (stall, token) = (fault.clone(), CancelToken::new());
    let canceller = token.clone();
    let decide = move |passing: &_| {
        let stalls = phase.matches(passing);
        if stalls && by_token {
            let token = canceller.clone();
            thread::spawn(move || {
                thread::sleep(Duration::from_millis(200));
                token.cancel();
            });
        }
        stalls.then(|| stall.clone())
    };
    let proxy = FaultProxy::start(front::serve(store.clone()), decide, |_, _, _| {});
    let transfer =
        Transfer::new(&client(proxy.address, Duration::from_secs(600))).part_size(5 << 20).threshold(1 << 20);
    let deadline = if by_token { Duration::from_secs(600) } else { DEADLINE };
    let started = Instant::now();
    let error = match phase.is_download() {
        true => download(&store, &transfer.threshold(400_000).part_size(400_000), &token, deadline),
        false => {
            let body = Body::from(content(if phase == Phase::Put { 1000 } else { 5 << 20 | 1 }, 1));
            transfer.upload(body, "bucket", "key").cancel(&token).deadline(deadline).send().unwrap_err()
        }
    };
    assert!(started.elapsed() < LIMIT, "it took {:?}", started.elapsed());
    assert!(if by_token { error.is_cancelled() } else { error.is_timeout() }, "{error}");
    // The id of an upload whose creation stalls is not known.
    let is_known = phase != Phase::Create;
    assert!(!is_known || store.upload_ids().is_empty(), "an upload is open");
}

fn download(store: &Store, transfer: &Transfer, token: &CancelToken, deadline: Duration) -> Error {
    store.put("key", &content(1 << 20, 1));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("target");
    let error = transfer.download("bucket", "key").cancel(token).deadline(deadline).save_to(&path).unwrap_err();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "a file remains");
    error
}
