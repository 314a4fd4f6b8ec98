//! [`Download`]: a download of one object.

use std::fmt;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use serde_json::{Map, Value};

use super::Transfer;
use super::kept_draft::KeptDraft;
use super::known::KnownObject;
use super::object::{ObjectTransfer, TransferOptions};
use super::plan::{MAX_PART, MAX_PARTS, PartSizes};
use super::progress::TransferEvent;
use super::ranges::{ContentRange, PartSink, changed, is_range_error, unexpected_range, write_error};
use super::target::{FileTarget, PartTarget, SequentialTarget};
use super::whole::{KEPT_ALGORITHM, WholeChecksum};
use crate::body::{Body, save_with};
use crate::cancel::CancelToken;
use crate::checksum::digest_of;
use crate::error::{Error, ErrorKind, Result};
use crate::output::Output;

/// No object is larger.
const MAX_SIZE: u64 = MAX_PART * MAX_PARTS;

const OPERATIONS: &[&str] = &["GetObject"];
const OWN: &[&str] = &["Bucket", "Key", "PartNumber", "Range"];

/// A download; created by [`Transfer::download`].
#[must_use = "nothing is sent before `save_to` or `write_to`"]
pub struct Download {
    options: TransferOptions,
    known: Option<KnownObject>,
    resumable: bool,
}

/// The result of a download.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Downloaded {
    /// The output of the first `GetObject`: `ETag`, `ContentType`, `Metadata` .. Its `ContentLength` and `ContentRange` are
    /// those of the first part.
    pub value: Value,
    /// The size of the object.
    pub bytes: u64,
    /// The number of requests that the object was cut into.
    pub parts: u64,
}

impl Download {
    pub(super) fn new(transfer: Transfer, bucket: &str, key: &str) -> Download {
        Download { options: TransferOptions::new(transfer, bucket, key), known: None, resumable: false }
    }

    /// Sets parameters of `GetObject`: `VersionId`, `SSECustomerKey` .. One that it does not have is an error before anything
    /// is sent.
    pub fn params(mut self, params: impl Into<Value>) -> Self {
        self.options.params = params.into();
        self
    }

    /// Tells what is known of the object: the output of `HeadObject`, or its item in a listing (`ListObjectsV2`). A value without
    /// `ContentLength` or `Size` counts as nothing.
    ///
    /// An object below the threshold is then requested without a range, and all requests for parts are for the object with this
    /// `ETag`. An object in parts is checked as a whole only if the value has its checksum; it is not asked for.
    ///
    /// ```no_run
    /// # use serde_json::json;
    /// let s3 = tucuxi::client("s3")?;
    /// let transfer = tucuxi::s3::Transfer::new(&s3);
    /// let pages = s3.get_paginator("list_objects_v2")?.paginate(json!({"Bucket": "images", "Prefix": "iso/"}));
    /// for object in pages.items() {
    ///     let object = object?;
    ///     let key = object["Key"].as_str().unwrap_or_default().to_owned();
    ///     transfer.download("images", &key).known(object).save_to(key.replace('/', "_"))?;
    /// }
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    pub fn known(mut self, object: impl Into<Value>) -> Self {
        self.known = KnownObject::read(object.into());
        self
    }

    /// Keeps what [`save_to`](Self::save_to) has received if the download fails or its process ends, and takes it up in the next
    /// download of the same object to the same file: parts that are complete are not requested again.
    ///
    /// The draft and a log are hidden files beside the target (`.tucuxi-*.part`, `.tucuxi-*.resume`). An object that has changed
    /// since is downloaded anew. The target has to be a regular file, and others should not be able to write to its folder.
    pub fn resumable(mut self) -> Self {
        self.resumable = true;
        self
    }

    /// Ends the download when the token is cancelled.
    pub fn cancel(mut self, token: &CancelToken) -> Self {
        self.options.cancel = Some(token.clone());
        self
    }

    /// Sets a time limit for the whole download.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.options.deadline = Some(deadline);
        self
    }

    /// Downloads the object to a file, all or nothing: the bytes go to a hidden file beside it, which replaces the target once
    /// it is complete. After an error, the target is as before.
    ///
    /// # Errors
    /// Those of [`Client::call`](crate::Client::call); [`ErrorKind::Response`] if the object changes during the download;
    /// [`ErrorKind::Other`] if the file cannot be written.
    pub fn save_to(self, path: impl AsRef<Path>) -> Result<Downloaded> {
        let path = path.as_ref();
        let run = self.options.begin(OPERATIONS, OWN)?;
        if self.resumable {
            return run.resume(path, self.known.as_ref());
        }
        let first = run.first(self.known.as_ref())?;
        let mut outcome = None;
        let saved = save_with(path, |file| {
            let result = match file.metadata()?.is_file() {
                true => run.receive(first, &FileTarget(file), None),
                false => run.receive(first, &SequentialTarget::new(file), None),
            };
            let length = result.as_ref().map_or(0, |downloaded| downloaded.bytes);
            let failed = result.is_err();
            outcome = Some(result);
            if failed { Err(io::Error::other("the download failed")) } else { Ok(length) }
        });
        match (outcome, saved) {
            (Some(Err(error)), _) => Err(error),
            (_, Err(error)) => Err(Error::other(error)),
            (Some(Ok(downloaded)), Ok(_)) => Ok(downloaded),
            (None, Ok(_)) => Err(Error::other("nothing was downloaded")),
        }
    }

    /// Downloads the object to a writer, in order. Parts that arrive early wait in memory, within
    /// [`memory_limit`](Transfer::memory_limit).
    ///
    /// # Errors
    /// As for [`save_to`](Self::save_to). The writer has the beginning of the object then.
    pub fn write_to(self, writer: impl Write + Send) -> Result<Downloaded> {
        let run = self.options.begin(OPERATIONS, OWN)?;
        let first = run.first(self.known.as_ref())?;
        run.receive(first, &SequentialTarget::new(writer), None)
    }
}

/// The response to the first request, from which the others follow.
pub(super) struct FirstResponse {
    pub(super) value: Value,
    pub(super) body: Body,
    /// The part that the body begins with.
    pub(super) number: u64,
    pub(super) sizes: PartSizes,
    /// What makes the other requests read the same object.
    pub(super) pinned: Map<String, Value>,
    /// How the object is checked as a whole.
    pub(super) whole: Option<WholeChecksum>,
}

impl ObjectTransfer {
    /// Requests the beginning, and finds out the size of the object from the response: an object below the threshold is whole
    /// then. Of a larger one, the response is read as far as the first part goes.
    pub(super) fn first(&self, known: Option<&KnownObject>) -> Result<FirstResponse> {
        let part = self.settings.plan.part_size.max(1);
        let asked = match known {
            Some(known) if known.size < self.settings.plan.threshold => None,
            Some(_) => Some(part.min(MAX_SIZE)),
            None => Some(part.max(self.settings.plan.threshold).min(MAX_SIZE)),
        };
        let Output { value, body, .. } = self.beginning(asked, known)?;
        let (total, is_whole) = match (value["ContentRange"].as_str(), asked) {
            (Some(range), Some(asked)) => {
                let found = ContentRange::parse(range).filter(|range| range.start == 0);
                let found = found.filter(|range| range.end == range.total.min(asked));
                let found = found.ok_or_else(|| unexpected_range(range, "bytes 0-"))?;
                (found.total, found.total == found.end)
            }
            (Some(range), None) => return Err(unexpected_range(range, "the whole object")),
            (None, _) => {
                let length = body.len().or_else(|| value["ContentLength"].as_u64());
                let length = length.ok_or_else(|| {
                    Error::new(ErrorKind::Response, "GetObject: expected the length of the object, found none")
                })?;
                (length, true)
            }
        };
        let sizes = PartSizes::equal(if is_whole { total.max(1) } else { part }, total);
        let tag = value.get("ETag").filter(|tag| tag.is_string());
        // The version would need another permission than the object: s3:GetObjectVersion.
        let pinned: Map<String, Value> = tag.map(|tag| ("IfMatch".to_owned(), tag.clone())).into_iter().collect();
        let whole = match known {
            _ if is_whole => None,
            Some(known) => known.checksum().filter(|_| self.checks_objects()),
            None => self.whole_checksum(&pinned)?,
        };
        Ok(FirstResponse { value, body, number: 1, sizes, pinned, whole })
    }

    /// Requests the first bytes of the object, or all of it.
    fn beginning(&self, asked: Option<u64>, known: Option<&KnownObject>) -> Result<Output> {
        let Some(asked) = asked else { return self.get(None, Map::new()) };
        let pinned = known.map(KnownObject::pinned).unwrap_or_default();
        let is_pinned = !pinned.is_empty();
        match self.get(Some(format!("bytes=0-{}", asked.saturating_sub(1))), pinned) {
            // No range is in an empty object.
            Err(error) if error.code() == Some("InvalidRange") || is_range_error(&error) => self.get(None, Map::new()),
            Err(error) if is_pinned => Err(changed(error)),
            response => response,
        }
    }

    /// Whether objects in parts are checked as a whole.
    fn checks_objects(&self) -> bool {
        self.transfer.client.checks_responses() || self.params.get("ChecksumMode").is_some()
    }

    /// Asks for the checksum of an object that is read in parts: responses to ranged requests do not have it.
    pub(super) fn whole_checksum(&self, pinned: &Map<String, Value>) -> Result<Option<WholeChecksum>> {
        if !self.checks_objects() {
            return Ok(None);
        }
        let mut own = pinned.clone();
        own.insert("ChecksumMode".to_owned(), "ENABLED".into());
        Ok(WholeChecksum::of(&self.call("HeadObject", Value::Object(own), None).map_err(changed)?.value))
    }

    /// The number of parts at a time. Those that wait for others are in memory.
    fn threads_for(&self, target: &dyn PartTarget, sizes: PartSizes) -> usize {
        let threads = self.threads(sizes.count().unwrap_or(0)).max(1);
        let fitting = self.settings.memory_limit / sizes.first.max(1);
        match target.is_sequential() {
            true => threads.min(usize::try_from(fitting).unwrap_or(usize::MAX)).max(1),
            false => threads,
        }
    }

    /// Receives the parts. Those that a kept draft has are not requested.
    pub(super) fn receive(
        &self,
        first: FirstResponse,
        target: &dyn PartTarget,
        kept: Option<&KeptDraft>,
    ) -> Result<Downloaded> {
        let FirstResponse { value, body, number: first, sizes, pinned, whole } = first;
        let total = sizes.total.unwrap_or(0);
        self.progress.begin(Some(total));
        let count = sizes.count().unwrap_or(0).max(1);
        let mut body = Some(body);
        let jobs = (1..=count).map(|number| Ok((number, if number == first { body.take() } else { None })));
        let threads = self.threads_for(target, sizes);
        // The parts of one thread come in their order.
        let waits = target.is_sequential() && threads > 1;
        let algorithm = whole.as_ref().map(|whole| whole.algorithm).or(kept.map(|_| KEPT_ALGORITHM));
        let parts = self.in_threads(threads, jobs, |(number, body): (u64, Option<Body>)| {
            let range = sizes.range(number);
            let length = range.end.saturating_sub(range.start);
            if let Some(checksum) =
                kept.filter(|_| body.is_none()).and_then(|kept| kept.verified(number, range.clone()))
            {
                self.progress.add(length);
                return Ok((Some(checksum), length));
            }
            let mut sink = PartSink::new(target, waits.then_some(length), algorithm.and_then(digest_of));
            self.part(number, body, range, &pinned, &mut sink)?;
            let checksum = sink.checksum();
            if let (Some(kept), Some(checksum)) = (kept, &checksum) {
                kept.record(number, checksum).map_err(|error| write_error(&error))?;
            }
            self.progress.report(TransferEvent::PartDone { number });
            Ok((checksum, length))
        })?;
        if let Some(Err(error)) = whole.as_ref().map(|whole| whole.check(&parts)) {
            // The draft would be corrupt the next time, too.
            kept.map(KeptDraft::forget).transpose().map_err(|error| write_error(&error))?;
            return Err(error);
        }
        self.progress.done();
        Ok(Downloaded { value, bytes: total, parts: count })
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("bucket", &self.options.bucket)
            .field("key", &self.options.key)
            .finish_non_exhaustive()
    }
}
