//! Uploads in parts: create, the parts in parallel, complete; or abort.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::combine::CombinableCrc;
use super::grace::with_grace;
use super::object::ObjectTransfer;
use super::plan::{MAX_PARTS, PartSizes};
use super::source::{PartBuffer, ReaderParts, UploadSource};
use super::upload::Uploaded;
use super::{params::PassedParams, pool};
use crate::body::Body;
use crate::cancel::{CANCEL_INTERVAL, CancelToken};
use crate::deadline::Deadline;
use crate::error::{Error, ErrorKind, Result};
use crate::output::Output;
use crate::value;

/// The time limit for aborting an upload that failed.
const ABORT_LIMIT: Duration = Duration::from_secs(60);
const FULL_OBJECT: &str = "FULL_OBJECT";

/// A multipart upload that the store has begun.
pub(super) struct Multipart<'r> {
    run: &'r ObjectTransfer,
    id: String,
    checksum: Option<PartChecksums>,
}

/// How the parts and the object are checked.
struct PartChecksums {
    /// `CRC64NVME`.
    algorithm: String,
    /// The checksum of the object is that of all its bytes, not one of the parts' checksums.
    is_full_object: bool,
}

/// A part that the store has.
struct StoredPart {
    number: u64,
    length: u64,
    tag: Value,
    /// The checksum in base64.
    checksum: Option<String>,
}

impl<'r> Multipart<'r> {
    pub(super) fn create(run: &'r ObjectTransfer) -> Result<Multipart<'r>> {
        let checksum = part_checksums(&run.params, run.transfer.client.default_part_checksum());
        let mut own = Map::new();
        if let Some(PartChecksums { algorithm, is_full_object }) = &checksum {
            own.insert("ChecksumAlgorithm".to_owned(), algorithm.as_str().into());
            if *is_full_object {
                own.insert("ChecksumType".to_owned(), FULL_OBJECT.into());
            }
        }
        // An upload whose id does not arrive cannot be aborted.
        let created = with_grace(&run.stop, run.deadline, |stop, deadline| {
            run.call_with(&run.params, "CreateMultipartUpload", Value::Object(own), None, stop, deadline)
        })?;
        let created = created.value;
        let id = created["UploadId"].as_str().filter(|id| !id.is_empty());
        let id = id.ok_or_else(|| {
            Error::new(ErrorKind::Response, "CreateMultipartUpload: expected an UploadId in the response, found none")
        })?;
        Ok(Multipart { run, id: id.to_owned(), checksum })
    }

    /// Uploads the parts and completes the upload, or aborts it.
    pub(super) fn upload(self, source: UploadSource, head: Vec<u8>, sizes: PartSizes) -> Result<Uploaded> {
        let _panicking = AbortOnPanic(&self);
        let uploaded = self.upload_parts(source_of(source, head, sizes)).and_then(|parts| self.complete(&parts));
        uploaded.map_err(|error| self.abort(error))
    }

    fn upload_parts(&self, source: PartSource) -> Result<Vec<StoredPart>> {
        let ObjectTransfer { settings, stop, .. } = self.run;
        match source {
            PartSource::File(file, sizes) => {
                let count = sizes.count().unwrap_or(0);
                let parts = pool::run(settings.threads_for(count), stop, (1..=count).map(Ok), |number| {
                    let range = sizes.range(number);
                    let length = range.end.saturating_sub(range.start);
                    self.upload_part(number, file.part(range)?, length)
                })?;
                file.check_unchanged("nothing was stored")?;
                Ok(parts)
            }
            PartSource::Reader(parts) => {
                let budget = MemoryBudget::new(settings.memory_limit);
                let parts = parts.map(|part| {
                    let (number, buffer) = part?;
                    if number > MAX_PARTS {
                        return Err(too_many_parts());
                    }
                    budget.take(buffer.len(), stop);
                    Ok((number, buffer))
                });
                pool::run(settings.threads, stop, parts, |(number, buffer): (u64, PartBuffer)| {
                    let length = buffer.len();
                    let stored = buffer.into_body().and_then(|body| self.upload_part(number, body, length));
                    budget.give_back(length);
                    stored
                })
            }
        }
    }

    fn upload_part(&self, number: u64, body: Body, length: u64) -> Result<StoredPart> {
        let mut own = Map::new();
        own.insert("UploadId".to_owned(), self.id.as_str().into());
        own.insert("PartNumber".to_owned(), number.into());
        if let Some(checksum) = &self.checksum {
            own.insert("ChecksumAlgorithm".to_owned(), checksum.algorithm.as_str().into());
        }
        let body = self.run.progress.count(body);
        let Output { value: stored, .. } = self.run.call_with(
            &self.run.params.without_checksum(),
            "UploadPart",
            Value::Object(own),
            Some(body),
            &self.run.stop,
            self.run.deadline,
        )?;
        let checksum = self
            .checksum
            .as_ref()
            .and_then(|checksum| stored[format!("Checksum{}", checksum.algorithm)].as_str().map(str::to_owned));
        self.run.progress.report(super::TransferEvent::PartDone { number });
        Ok(StoredPart { number, length, tag: stored["ETag"].clone(), checksum })
    }

    fn complete(&self, parts: &[StoredPart]) -> Result<Uploaded> {
        let bytes: u64 = parts.iter().map(|part| part.length).sum();
        let mut own = Map::new();
        own.insert("UploadId".to_owned(), self.id.as_str().into());
        let listed: Vec<Value> = parts.iter().map(|part| self.listed(part)).collect();
        own.insert("MultipartUpload".to_owned(), json!({ "Parts": listed }));
        let whole = self.whole_checksum(parts);
        if let Some(checksum) = self.checksum.as_ref().filter(|checksum| checksum.is_full_object) {
            own.insert("ChecksumType".to_owned(), FULL_OBJECT.into());
            own.insert("MpuObjectSize".to_owned(), bytes.into());
            if let Some(whole) = &whole {
                own.insert(format!("Checksum{}", checksum.algorithm), whole.as_str().into());
            }
        }
        let value = self.run.call("CompleteMultipartUpload", Value::Object(own), None).map_err(maybe_completed)?.value;
        Ok(Uploaded { value, bytes, parts: parts.len() as u64 })
    }

    fn listed(&self, part: &StoredPart) -> Value {
        let mut listed = json!({"PartNumber": part.number, "ETag": part.tag});
        if let (Some(checksum), Some(value)) = (&self.checksum, &part.checksum) {
            listed[format!("Checksum{}", checksum.algorithm)] = value.as_str().into();
        }
        listed
    }

    /// The checksum of the object, combined from those of its parts; `None` if the caller gives it, or if the store has not
    /// returned all of them.
    fn whole_checksum(&self, parts: &[StoredPart]) -> Option<String> {
        let checksum = self.checksum.as_ref().filter(|checksum| checksum.is_full_object)?;
        if self.run.params.checksum().is_some() {
            return None;
        }
        let crc = CombinableCrc::of(&checksum.algorithm)?;
        let mut whole = None;
        for part in parts {
            let own = crc.read(&value::decode(part.checksum.as_ref()?)?)?;
            whole = Some(whole.map_or(own, |before| crc.combine(before, own, part.length)));
        }
        Some(value::encode(&crc.write(whole?)))
    }

    /// Aborts the upload, so that the store keeps none of its parts. An abort that fails is told with the id of the upload.
    fn abort(&self, error: Error) -> Error {
        let own = json!({"UploadId": self.id});
        // The caller's token and deadline may be the reason, and do not apply to the cleaning up.
        let (stop, deadline) = (CancelToken::new(), Deadline::after(ABORT_LIMIT));
        let passed = &self.run.params;
        match self.run.call_with(passed, "AbortMultipartUpload", own, None, &stop, deadline) {
            Ok(_) => error,
            Err(aborted) if aborted.is_not_found() => error,
            Err(aborted) => error.with_note(&format!(
                "the parts of the upload {} remain in the store, since it could not be aborted: {aborted}",
                self.id
            )),
        }
    }
}

/// Aborts the upload if a callback of the caller panics.
struct AbortOnPanic<'m>(&'m Multipart<'m>);

impl Drop for AbortOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // The panic is the error.
            drop(self.0.abort(Error::new(ErrorKind::Other, "a callback panicked")));
        }
    }
}

/// What the parts are read from.
enum PartSource {
    File(super::source::FileSource, PartSizes),
    Reader(ReaderParts),
}

fn source_of(source: UploadSource, head: Vec<u8>, sizes: PartSizes) -> PartSource {
    match source {
        UploadSource::File(file) => PartSource::File(file, sizes),
        UploadSource::Bytes(bytes) => PartSource::Reader(ReaderParts::new(Body::from(bytes), head, sizes)),
        UploadSource::Reader(reader) => PartSource::Reader(ReaderParts::new(reader, head, sizes)),
    }
}

/// How the parts are checked: as the caller says, or else by the default of the client.
fn part_checksums(params: &PassedParams, default: Option<&'static str>) -> Option<PartChecksums> {
    if let Some((algorithm, _)) = params.checksum() {
        return Some(PartChecksums { algorithm: algorithm.to_owned(), is_full_object: true });
    }
    let given = params.get("ChecksumAlgorithm").and_then(Value::as_str);
    let algorithm = given.or(default)?.to_ascii_uppercase();
    let is_full_object = match params.get("ChecksumType").and_then(Value::as_str) {
        Some(given) => given.eq_ignore_ascii_case(FULL_OBJECT),
        None => algorithm == "CRC64NVME",
    };
    Some(PartChecksums { algorithm, is_full_object })
}

/// Completes the message about an upload that a retry does not find: some stores forget an upload once it is complete.
fn maybe_completed(error: Error) -> Error {
    match error.is_not_found() && error.attempts() > 1 {
        true => error.with_note("an earlier attempt may have completed the upload; see whether the object is there"),
        false => error,
    }
}

fn too_many_parts() -> Error {
    let message = format!(
        "the reader has more bytes than {MAX_PARTS} equal parts can have; set a larger part_size, or equal_parts(false)"
    );
    Error::new(ErrorKind::Body, message)
}

/// Limits the bytes of parts that are in memory. A part larger than the limit is alone in memory.
struct MemoryBudget {
    limit: u64,
    taken: Mutex<u64>,
    returned: Condvar,
}

impl MemoryBudget {
    fn new(limit: u64) -> Self {
        MemoryBudget { limit, taken: Mutex::new(0), returned: Condvar::new() }
    }

    /// Waits until there is room, or until the transfer ends.
    fn take(&self, bytes: u64, stop: &CancelToken) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        while *taken > 0 && taken.saturating_add(bytes) > self.limit && !stop.is_cancelled() {
            let waited = self.returned.wait_timeout(taken, CANCEL_INTERVAL);
            taken = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        *taken = taken.saturating_add(bytes);
    }

    fn give_back(&self, bytes: u64) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        *taken = taken.saturating_sub(bytes);
        self.returned.notify_all();
    }
}
