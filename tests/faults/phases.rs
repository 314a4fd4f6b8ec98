//! Each fault in each phase of an upload and of a download: once, so that it passes, or always.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tucuxi::s3::{Transfer, TransferEvent};
use tucuxi::{Body, Error};

use crate::support::fault_proxy::{FaultProxy, Passing, SocketFault as F};
use crate::support::suite::Suite;
use crate::{client, content, front, store::Store, upload_id};

/// No transfer of a case may take longer.
const LIMIT: Duration = Duration::from_secs(60);

/// A request that a fault is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Put,
    Create,
    Part,
    Complete,
    /// A part is refused, too, so that there is an abort.
    Abort,
    FirstGet,
    RangedGet,
}

pub(crate) const PHASES: &[(&str, Phase)] = &[
    ("PutObject", Phase::Put),
    ("CreateMultipartUpload", Phase::Create),
    ("UploadPart", Phase::Part),
    ("CompleteMultipartUpload", Phase::Complete),
    ("AbortMultipartUpload", Phase::Abort),
    ("first GetObject", Phase::FirstGet),
    ("ranged GetObject", Phase::RangedGet),
];

/// Faults that a retry gets over.
const PASSING: &[(&str, F)] = &[
    ("request is cut before its body", F::CutRequest(0)),
    ("request is cut in its body", F::CutRequest(70_000)),
    ("request is reset", F::ResetRequest(5000)),
    ("request stalls", F::StallRequest(0)),
    ("refused with 503", F::Refuse(503)),
    ("response is lost to 503", F::Lose(503)),
    ("response is cut in its head", F::CutResponse(-1)),
    ("response is cut before its body", F::CutResponse(0)),
    ("response is cut in its body", F::CutResponse(50_000)),
    ("response is reset", F::ResetResponse(50_000)),
    ("response stalls", F::StallResponse(50_000)),
];

/// Faults that are errors whenever they occur.
const FATAL: &[(&str, F)] = &[
    ("refused with 403", F::Refuse(403)),
    ("refused with 412", F::Refuse(412)),
    ("range of the response is wrong", F::WrongRange),
];

pub(crate) fn suite() -> Suite {
    let mut suite = Suite::new("faults").at_least(100).needs_models();
    for (phase_name, phase) in PHASES {
        for (name, fault) in PASSING {
            let (phase, fault) = (*phase, fault.clone());
            suite = suite.case(phase_name, &format!("{name}, once"), {
                let fault = fault.clone();
                move || run(phase, &fault, Some(1))
            });
            // Stalls take their time.
            if !matches!(fault, F::StallRequest(_) | F::StallResponse(_)) {
                suite = suite.case(phase_name, &format!("{name}, always"), move || run(phase, &fault, None));
            }
        }
        for (name, fault) in FATAL.iter().filter(|(_, fault)| *fault != F::WrongRange || phase.is_download()) {
            let (phase, fault) = (*phase, fault.clone());
            suite = suite.case(phase_name, name, move || run(phase, &fault, None));
        }
    }
    suite
}

impl Phase {
    pub(crate) fn is_download(self) -> bool {
        matches!(self, Phase::FirstGet | Phase::RangedGet)
    }

    pub(crate) fn matches(self, passing: &Passing) -> bool {
        match self {
            Phase::Put => passing.operation == "PutObject",
            Phase::Create => passing.operation == "CreateMultipartUpload",
            Phase::Part => passing.operation == "UploadPart" && passing.target.contains("partNumber=2"),
            Phase::Complete => passing.operation == "CompleteMultipartUpload",
            Phase::Abort => passing.operation == "AbortMultipartUpload",
            Phase::FirstGet => passing.operation == "GetObject" && passing.range_start == Some(0),
            Phase::RangedGet => passing.operation == "GetObject" && passing.range_start > Some(0),
        }
    }
}

/// `times`: how often the fault occurs; always without it.
fn run(phase: Phase, fault: &F, times: Option<usize>) {
    let store = Store::default();
    let (server, left) = (front::serve(store.clone()), AtomicUsize::new(times.unwrap_or(usize::MAX)));
    let (unknown, decided) = (Arc::new(Mutex::new(Vec::new())), fault.clone());
    let proxy = {
        let unknown = Arc::clone(&unknown);
        let decide = move |passing: &Passing| {
            let takes = |count: usize| count.checked_sub(1);
            if phase.matches(passing) && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, takes).is_ok() {
                return Some(decided.clone());
            }
            (phase == Phase::Abort && Phase::Part.matches(passing)).then_some(F::Refuse(403))
        };
        FaultProxy::start(server, decide, move |passing: &Passing, body: &[u8], is_whole| {
            if passing.operation == "CreateMultipartUpload" && !is_whole {
                unknown.lock().unwrap().extend(upload_id(body));
            }
        })
    };
    let started = Instant::now();
    let counted = Arc::new(Mutex::new((0_u64, None)));
    let events = Arc::clone(&counted);
    let transfer = Transfer::new(&client(proxy.address, Duration::from_secs(1))).threads(3).on_event(move |event| {
        let mut counted = events.lock().unwrap();
        match event {
            TransferEvent::Bytes { step, .. } => counted.0 += step,
            TransferEvent::Done { total } => counted.1 = Some(total),
            _ => {}
        }
    });
    let size = match phase {
        Phase::Put | Phase::FirstGet | Phase::RangedGet => 1 << 20,
        _ => (5 << 20) + 300_000,
    };
    let result = match phase.is_download() {
        true => download(&store, &transfer.threshold(400_000).part_size(400_000), size),
        false => upload(&store, &transfer.threshold(5 << 20).part_size(5 << 20), size, phase),
    };
    assert!(started.elapsed() < LIMIT);
    let (bytes, done) = *counted.lock().unwrap();
    assert!(bytes <= size as u64, "{bytes} bytes were counted, and there are {size}");
    assert_eq!(done, result.is_ok().then_some(size as u64));
    assert!(result.is_err() || bytes == size as u64, "{bytes} of {size} bytes were counted");
    check_result(phase, fault, times, result.err());
    let unknown = unknown.lock().unwrap();
    let open: Vec<String> = store.upload_ids().into_iter().filter(|id| !unknown.contains(id)).collect();
    let may_remain = phase == Phase::Abort && times.is_none() && !reaches_the_store(fault);
    assert!(open.is_empty() || may_remain, "open uploads: {open:?}");
}

/// Whether the store has handled the request nevertheless.
fn reaches_the_store(fault: &F) -> bool {
    matches!(fault, F::Lose(_) | F::CutResponse(_) | F::ResetResponse(_) | F::StallResponse(_))
}

fn check_result(phase: Phase, fault: &F, times: Option<usize>, error: Option<Error>) {
    // The rest of a body is another range.
    let is_resumed = phase == Phase::FirstGet && matches!(fault, F::CutResponse(1..) | F::ResetResponse(1..));
    let passes = (times.is_some() && phase != Phase::Abort) || is_resumed;
    let Some(error) = error else { return assert!(passes, "expected an error") };
    let text = error.to_string();
    if phase == Phase::Complete && reaches_the_store(fault) && error.is_not_found() {
        assert!(text.contains("may have completed"), "{text}");
        return;
    }
    assert!(!passes, "{text}");
    if phase == Phase::Abort {
        assert_eq!(error.service().unwrap().status(), 403, "{text}");
        assert_eq!(text.contains("upload-"), times.is_none(), "{text}");
        return;
    }
    match fault {
        F::Refuse(status) | F::Lose(status) => {
            let is_changed = phase == Phase::RangedGet && *status == 412;
            assert!(is_changed || error.service().unwrap().status() == *status, "{text}");
            assert!(!is_changed || text.contains("the object changed"), "{text}");
        }
        F::WrongRange => assert!(text.contains("expected the range"), "{text}"),
        _ => assert!(error.is_timeout() || error.kind() == tucuxi::ErrorKind::Connection, "{text}"),
    }
}

fn upload(store: &Store, transfer: &Transfer, size: usize, phase: Phase) -> Result<(), Error> {
    let bytes = content(size, 1);
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), &bytes).unwrap();
    // Parts in memory in one phase, parts of a file in the others.
    let body = match phase {
        Phase::Complete => Body::from_reader(std::io::Cursor::new(bytes.clone())),
        _ => Body::from_path(file.path()).unwrap(),
    };
    let result = transfer.upload(body, "bucket", "key").send();
    let stored = store.get("key");
    assert!(result.is_err() || stored.is_some());
    assert!(stored.is_none_or(|stored| stored == bytes), "the object is not what was uploaded");
    result.map(drop)
}

fn download(store: &Store, transfer: &Transfer, size: usize) -> Result<(), Error> {
    let bytes = content(size, 2);
    store.put("key", &bytes);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("target");
    fs::write(&path, "before").unwrap();
    let result = transfer.download("bucket", "key").save_to(&path);
    let found = fs::read(&path).unwrap();
    assert!(if result.is_ok() { found == bytes } else { found == b"before" }, "the target is not right");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "a draft remains");
    result.map(drop)
}
