//! Uploads in parts: create, the parts in parallel, complete; or abort.

use std::io::Read;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::budget::MemoryBudget;
use super::combine::CombinableCrc;
use super::grace::with_grace;
use super::object::ObjectTransfer;
use super::params::PassedParams;
use super::plan::PartSizes;
use super::reader_parts::{ReaderPart, ReaderParts};
use super::resume::KnownParts;
use super::source::{UploadSource, unreadable};
use super::upload::Uploaded;
use crate::body::Body;
use crate::cancel::CancelToken;
use crate::checksum::digest_of;
use crate::deadline::Deadline;
use crate::error::{Error, ErrorKind, Result};
use crate::output::Output;

/// The time limit for aborting an upload that failed.
const ABORT_LIMIT: Duration = Duration::from_secs(60);
const FULL_OBJECT: &str = "FULL_OBJECT";

/// A multipart upload that the store has begun.
pub(super) struct Multipart<'r> {
    run: &'r ObjectTransfer,
    id: String,
    checksum: Option<PartChecksums>,
    /// Those of an earlier upload that is resumed.
    known: KnownParts,
    /// Whether the parts remain in the store after a failure.
    keeps: bool,
}

/// How the parts and the object are checked.
struct PartChecksums {
    /// `CRC64NVME`.
    algorithm: String,
    /// The checksum of the object is that of all its bytes, not one of the parts' checksums.
    is_full_object: bool,
}

/// A part that the store has.
pub(super) struct StoredPart {
    number: u64,
    length: u64,
    tag: Value,
    /// The checksum in base64.
    checksum: Option<String>,
}

impl<'r> Multipart<'r> {
    /// Begins an upload with these parameters. `checksum` is the algorithm for parts for which the caller chose none.
    pub(super) fn create(
        run: &'r ObjectTransfer,
        params: &PassedParams,
        checksum: Option<&'static str>,
    ) -> Result<Multipart<'r>> {
        let checksum = part_checksums(&run.params, checksum)?;
        let mut own = Map::new();
        if let Some(PartChecksums { algorithm, is_full_object }) = &checksum {
            own.insert("ChecksumAlgorithm".to_owned(), algorithm.as_str().into());
            if *is_full_object {
                own.insert("ChecksumType".to_owned(), FULL_OBJECT.into());
            }
        }
        let own = Value::Object(own);
        // An upload whose id does not arrive cannot be aborted.
        let created = with_grace(&run.stop, run.deadline, |stop, deadline| {
            run.call_with(params, "CreateMultipartUpload", own, None, stop, deadline)
        })?;
        let created = created.value;
        let id = created["UploadId"].as_str().filter(|id| !id.is_empty());
        let id = id.ok_or_else(|| {
            Error::new(ErrorKind::Response, "CreateMultipartUpload: expected an UploadId in the response, found none")
        })?;
        run.progress.report(super::TransferEvent::Created { upload_id: id });
        Ok(Multipart { run, id: id.to_owned(), checksum, known: KnownParts::default(), keeps: false })
    }

    /// Takes up an upload that the store has.
    pub(super) fn resume(run: &'r ObjectTransfer, id: &str) -> Result<Multipart<'r>> {
        let known = KnownParts::list(run, id)?;
        let checksum = match &known.algorithm {
            Some(algorithm) => {
                let is_full_object = known.kind.as_deref().map_or(algorithm == "CRC64NVME", |kind| kind == FULL_OBJECT);
                Some(PartChecksums { algorithm: algorithm.clone(), is_full_object })
            }
            None => part_checksums(&run.params, None)?,
        };
        Ok(Multipart { run, id: id.to_owned(), checksum, known, keeps: false })
    }

    /// Keeps the parts in the store after a failure.
    pub(super) fn keep(self, keeps: bool) -> Self {
        Multipart { keeps, ..self }
    }

    /// Uploads the parts and completes the upload, or aborts it.
    pub(super) fn upload(self, source: UploadSource, head: Vec<u8>, sizes: PartSizes) -> Result<Uploaded> {
        let sizes = self.known.sizes(sizes);
        self.finish(|multipart| multipart.upload_parts(source, head, sizes))
    }

    /// Completes the upload with the parts that `store` stores, or aborts it.
    pub(super) fn finish(self, store: impl FnOnce(&Self) -> Result<Vec<StoredPart>>) -> Result<Uploaded> {
        let _panicking = AbortOnPanic(&self);
        store(&self).and_then(|parts| self.complete(&parts)).map_err(|error| self.abort(error))
    }

    /// The parameters that name a part of this upload.
    pub(super) fn part(&self, number: u64) -> Map<String, Value> {
        let mut own = Map::new();
        own.insert("UploadId".to_owned(), self.id.as_str().into());
        own.insert("PartNumber".to_owned(), number.into());
        own
    }

    /// Takes note of a part from the result of the operation that stored it.
    pub(super) fn stored(&self, number: u64, length: u64, result: &Value) -> StoredPart {
        let checksum = self.checksum.as_ref().map(|checksum| &result[format!("Checksum{}", checksum.algorithm)]);
        let checksum = checksum.and_then(Value::as_str).map(str::to_owned);
        self.run.progress.report(super::TransferEvent::PartDone { number });
        StoredPart { number, length, tag: result["ETag"].clone(), checksum }
    }

    fn upload_parts(&self, source: UploadSource, head: Vec<u8>, sizes: PartSizes) -> Result<Vec<StoredPart>> {
        match source {
            UploadSource::File(file) => {
                let count = sizes.count().unwrap_or(0);
                let parts = self.run.in_threads(self.run.threads(count), (1..=count).map(Ok), |number| {
                    let range = sizes.range(number);
                    let length = range.end.saturating_sub(range.start);
                    match self.known_part(number, length, || file.part(range.clone()))? {
                        Some(part) => Ok(part),
                        None => self.upload_part(number, file.part(range)?, length),
                    }
                })?;
                file.check_unchanged("nothing was stored")?;
                Ok(parts)
            }
            UploadSource::Bytes(bytes) => self.upload_reader(Body::from(bytes), head, sizes),
            UploadSource::Reader(reader) => self.upload_reader(reader, head, sizes),
        }
    }

    fn upload_reader(&self, reader: Body, head: Vec<u8>, sizes: PartSizes) -> Result<Vec<StoredPart>> {
        let ObjectTransfer { settings, stop, .. } = self.run;
        let budget = MemoryBudget::new(settings.memory_limit);
        let parts = ReaderParts::new(reader, head, sizes, &budget, stop);
        self.run.in_threads(settings.threads, parts, |part: ReaderPart| {
            let ReaderPart { number, length, mut body, reserved } = part;
            let stored = match self.known_part(number, length, || Ok(&mut body)) {
                Ok(Some(part)) => Ok(part),
                Ok(None) => {
                    body.rewind().map_err(|error| unreadable(error.into()))?;
                    self.upload_part(number, body, length)
                }
                Err(error) => Err(error),
            };
            budget.give_back(reserved);
            stored
        })
    }

    /// The part, if the store has it with this content.
    fn known_part<R: Read>(
        &self,
        number: u64,
        length: u64,
        content: impl FnOnce() -> Result<R>,
    ) -> Result<Option<StoredPart>> {
        if self.known.is_empty() {
            return Ok(None);
        }
        let algorithm = self.checksum.as_ref().map(|checksum| checksum.algorithm.as_str());
        let known = self.known.get(number, length, algorithm, content()?)?;
        Ok(known.map(|part| {
            self.run.progress.add(length);
            self.stored(number, length, part)
        }))
    }

    fn upload_part(&self, number: u64, body: Body, length: u64) -> Result<StoredPart> {
        let mut own = self.part(number);
        if let Some(checksum) = &self.checksum {
            own.insert("ChecksumAlgorithm".to_owned(), checksum.algorithm.as_str().into());
        }
        let body = self.run.watch(body);
        let Output { value: stored, .. } = self.run.call_with(
            &self.run.params.without_checksum(),
            "UploadPart",
            Value::Object(own),
            Some(body),
            &self.run.stop,
            self.run.deadline,
        )?;
        Ok(self.stored(number, length, &stored))
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
        let parts = parts.iter().map(|part| (part.checksum.as_deref(), part.length));
        CombinableCrc::of(&checksum.algorithm)?.combine_texts(parts)
    }

    /// Aborts the upload, so that the store keeps none of its parts. An abort that fails is told with the id of the upload.
    fn abort(&self, error: Error) -> Error {
        if self.keeps {
            let note = format!("the parts of the upload {} remain in the store, to resume or abort it", self.id);
            return error.with_upload_id(&self.id).with_note(&note);
        }
        let own = json!({"UploadId": self.id});
        // The caller's token and deadline may be the reason, and do not apply to the cleaning up.
        let (stop, deadline) = (CancelToken::new(), Deadline::after(ABORT_LIMIT));
        let passed = &self.run.params;
        match self.run.call_with(passed, "AbortMultipartUpload", own, None, &stop, deadline) {
            Ok(_) => error,
            Err(aborted) if aborted.is_not_found() => error,
            Err(aborted) => error.with_upload_id(&self.id).with_note(&format!(
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

/// How the parts are checked: as the caller says, or else by the default of the client. A checksum of the whole object that the
/// caller gives is sent at the end, as in s3transfer.
fn part_checksums(params: &PassedParams, default: Option<&'static str>) -> Result<Option<PartChecksums>> {
    let (algorithm, is_full_object) = match params.checksum() {
        Some((algorithm, _)) => (algorithm.to_owned(), true),
        None => {
            let given = params.get("ChecksumAlgorithm").and_then(Value::as_str);
            let Some(algorithm) = given.or(default) else { return Ok(None) };
            let algorithm = algorithm.to_ascii_uppercase();
            let is_full_object = match params.get("ChecksumType").and_then(Value::as_str) {
                Some(given) => given.eq_ignore_ascii_case(FULL_OBJECT),
                // S3 has no others of this algorithm.
                None => algorithm == "CRC64NVME",
            };
            (algorithm, is_full_object)
        }
    };
    if digest_of(&algorithm).is_none() {
        let message = format!("{algorithm} checksums of parts cannot be computed: choose another ChecksumAlgorithm");
        return Err(Error::new(ErrorKind::Unsupported, message));
    }
    Ok(Some(PartChecksums { algorithm, is_full_object }))
}

/// Completes the message about an upload that a retry does not find: some stores forget an upload once it is complete.
fn maybe_completed(error: Error) -> Error {
    match error.is_not_found() && error.attempts() > 1 {
        true => error.with_note("an earlier attempt may have completed the upload; see whether the object is there"),
        false => error,
    }
}
