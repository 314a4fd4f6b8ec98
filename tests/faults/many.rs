//! Hundreds of transfers with faults at random, from a seed.

use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tucuxi::s3::Transfer;
use tucuxi::{Body, Client, Error};

use crate::store::Store;
use crate::support::fault_proxy::{FaultProxy, Passing, SocketFault as F};
use crate::support::suite::{Suite, tests};
use crate::{client, content, front, upload_id};

const TRANSFERS: usize = 500;
/// Of a hundred requests.
const FAULTS: u64 = 20;
const DEADLINE: Duration = Duration::from_secs(60);

pub(crate) fn suite() -> Suite {
    Suite::new("many").needs_models().tests(&tests![transfers_with_many_faults_are_right_or_errors])
}

/// `splitmix64`
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// The fault of a request, which depends on the request and on how often it was sent, and not on the order of threads.
fn fault(seed: u64, passing: &Passing, occurrence: u64) -> Option<F> {
    // Ids of uploads are given in the order of threads.
    let target = passing.target.split("uploadId").next().unwrap();
    let text = format!("{seed} {} {target} {:?} {occurrence}", passing.operation, passing.range_start);
    let hash = text
        .bytes()
        .fold(0xCBF2_9CE4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3));
    let mut random = Random(hash);
    if random.below(100) >= FAULTS {
        return None;
    }
    let bytes = random.below(100_000);
    let signed = i64::try_from(bytes).unwrap() - 20_000;
    Some(match random.below(100) {
        0..15 => F::CutRequest(bytes),
        15..25 => F::ResetRequest(bytes),
        25..40 => F::Refuse(503),
        40..50 => F::Lose(500),
        50..75 => F::CutResponse(signed),
        75..90 => F::ResetResponse(signed),
        90..93 => F::Refuse(412),
        93..97 => F::WrongRange,
        97 => F::StallRequest(bytes),
        _ => F::StallResponse(signed),
    })
}

/// What the transfers have left behind.
#[derive(Default)]
struct Tally {
    whole: AtomicUsize,
    failed: AtomicUsize,
    errors: Mutex<Vec<String>>,
}

fn transfers_with_many_faults_are_right_or_errors() {
    let seed = std::env::var("TUCUXI_FAULT_SEED").map_or(1, |seed| seed.parse().unwrap());
    println!("TUCUXI_FAULT_SEED={seed}");
    let store = Store::default().forgetting_calls();
    let (server, unknown) = (front::serve(store.clone()), Arc::new(Mutex::new(Vec::new())));
    let occurrences = Mutex::new(std::collections::HashMap::<String, u64>::new());
    let decide = move |passing: &Passing| {
        let request = format!("{} {} {:?}", passing.operation, passing.target, passing.range_start);
        let mut occurrences = occurrences.lock().unwrap();
        let occurrence = occurrences.entry(request).or_default();
        *occurrence += 1;
        fault(seed, passing, *occurrence)
    };
    let watching = Arc::clone(&unknown);
    let proxy = FaultProxy::start(server, decide, move |passing: &Passing, body: &[u8], is_whole| {
        if passing.operation == "CreateMultipartUpload" && !is_whole {
            watching.lock().unwrap().extend(upload_id(body));
        }
    });
    let (client, tally, next) = (client(proxy.address, Duration::from_secs(2)), Tally::default(), AtomicUsize::new(0));
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    match next.fetch_add(1, Ordering::Relaxed) {
                        number if number < TRANSFERS => one(seed, number, &client, &store, folder.path(), &tally),
                        _ => return,
                    }
                }
            });
        }
    });
    let (whole, failed) = (tally.whole.into_inner(), tally.failed.into_inner());
    println!("{whole} transfers were whole, {failed} failed");
    assert_eq!(whole + failed, TRANSFERS);
    // A retry gets over most faults, but for a fifth of the requests not over all.
    assert!(whole > TRANSFERS / 2, "{:#?}", tally.errors);
    assert!(failed > 0, "the faults have no effect");
    // An id that did not reach the client, or that an error names, may be open.
    let (errors, unknown) = (tally.errors.into_inner().unwrap().concat(), unknown.lock().unwrap());
    let open: Vec<String> = store
        .upload_ids()
        .into_iter()
        .filter(|id| !unknown.contains(id) && !errors.contains(&format!("{id} ")))
        .collect();
    assert!(open.is_empty(), "open uploads: {open:?}");
    let drafts: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(drafts.is_empty(), "{drafts:?}");
}

/// One transfer: checked, and its files removed.
fn one(seed: u64, number: usize, client: &Client, store: &Store, folder: &Path, tally: &Tally) {
    let mut random = Random(seed ^ (number as u64) << 32);
    let key = format!("key-{number}");
    let size = [0, 1, random.below(300_000), 300_000 + random.below(3_000_000)][number % 4] as usize;
    let transfer = Transfer::new(client).threads(1 + random.below(5) as usize);
    let started = Instant::now();
    let result = match number % 3 {
        0 => upload(&transfer, &mut random, store, &key, size + (number % 2) * (7 << 20), folder),
        1 => save(
            &transfer.part_size(1 + 100_000 + random.below(1 << 20)),
            store,
            &key,
            &content(size, random.next()),
            folder,
        ),
        _ => {
            write(&transfer.part_size(1 + 100_000 + random.below(1 << 20)), store, &key, &content(size, random.next()))
        }
    };
    assert!(started.elapsed() < DEADLINE * 2, "{key} hung");
    match result {
        Ok(()) => _ = tally.whole.fetch_add(1, Ordering::Relaxed),
        Err(error) => {
            assert!(!error.to_string().is_empty());
            tally.failed.fetch_add(1, Ordering::Relaxed);
            tally.errors.lock().unwrap().push(format!("{key}: {error} \n"));
        }
    }
}

fn upload(
    transfer: &Transfer,
    random: &mut Random,
    store: &Store,
    key: &str,
    size: usize,
    folder: &Path,
) -> Result<(), Error> {
    let bytes = content(size, random.next());
    let path = folder.join(key);
    fs::write(&path, &bytes).unwrap();
    let body = match random.below(4) {
        0 => Body::from(bytes.clone()),
        1 => Body::from_reader(Cursor::new(bytes.clone())),
        _ => Body::from_path(&path).unwrap(),
    };
    let transfer = transfer.clone().part_size(5 << 20).threshold(2 << 20);
    let result = transfer.upload(body, "bucket", key).deadline(DEADLINE).send();
    fs::remove_file(&path).unwrap();
    let stored = store.remove(key);
    assert!(result.is_err() || stored.is_some(), "{key} is not there");
    assert!(stored.is_none_or(|stored| stored == bytes), "{key} is not what was uploaded");
    result.map(drop)
}

fn save(transfer: &Transfer, store: &Store, key: &str, bytes: &[u8], folder: &Path) -> Result<(), Error> {
    store.put(key, bytes);
    let path = folder.join(key);
    fs::write(&path, "before").unwrap();
    let result = transfer.download("bucket", key).deadline(DEADLINE).save_to(&path);
    let found = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    assert!(if result.is_ok() { found == bytes } else { found == b"before" }, "{key} is not right");
    store.remove(key);
    result.map(drop)
}

fn write(transfer: &Transfer, store: &Store, key: &str, bytes: &[u8]) -> Result<(), Error> {
    store.put(key, bytes);
    let mut written = Vec::new();
    let result = transfer.download("bucket", key).deadline(DEADLINE).write_to(&mut written);
    assert!(bytes.starts_with(&written) && (result.is_err() || written.len() == bytes.len()), "{key} is not right");
    store.remove(key);
    result.map(drop)
}
