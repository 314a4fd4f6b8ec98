//! [`Upload`]: an upload of one object.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use super::multipart::Multipart;
use super::object::{ObjectTransfer, TransferOptions};
use super::plan::{PartSizes, TransferPlan, plan};
use super::settings::EffectiveSettings;
use super::source::{UploadSource, read_up_to, unreadable};
use super::{Transfer, content_type};
use crate::body::Body;
use crate::cancel::CancelToken;
use crate::error::{Error, ErrorKind, Result};

/// The operations of an upload.
const OPERATIONS: &[&str] = &["PutObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"];
/// The parameters that an upload sets itself.
const OWN: &[&str] = &[
    "Body",
    "Bucket",
    "ContentLength",
    "ContentMD5",
    "Key",
    "MpuObjectSize",
    "MultipartUpload",
    "PartNumber",
    "UploadId",
];

/// An upload; created by [`Transfer::upload`].
#[must_use = "nothing is sent before `send`"]
pub struct Upload {
    options: TransferOptions,
    content: UploadContent,
    how: UploadHow,
}

enum UploadContent {
    Body(Body),
    File(PathBuf),
}

/// What becomes of an upload in parts, and where it begins.
#[derive(Default)]
struct UploadHow {
    /// The parts remain in the store after a failure.
    keeps: bool,
    /// The id of an earlier upload.
    resumed: Option<String>,
}

/// The result of an upload.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Uploaded {
    /// The output of `PutObject` or `CompleteMultipartUpload`: `ETag`, `VersionId` ..
    pub value: Value,
    /// The size of the object.
    pub bytes: u64,
    /// The number of parts; 0 for an upload in one request.
    pub parts: u64,
}

impl Upload {
    pub(super) fn new(transfer: Transfer, body: Body, bucket: &str, key: &str) -> Upload {
        Upload::new_with(transfer, UploadContent::Body(body), bucket, key)
    }

    pub(super) fn of_file(transfer: Transfer, path: &Path, bucket: &str, key: &str) -> Upload {
        Upload::new_with(transfer, UploadContent::File(path.to_owned()), bucket, key)
    }

    fn new_with(transfer: Transfer, content: UploadContent, bucket: &str, key: &str) -> Upload {
        Upload { options: TransferOptions::new(transfer, bucket, key), content, how: UploadHow::default() }
    }

    /// Sets parameters of the operations of the upload: `ContentType`, `Metadata`, `ServerSideEncryption`, `StorageClass` ..
    /// Each operation gets those that it has; one that none of them has is an error before anything is sent.
    pub fn params(mut self, params: impl Into<Value>) -> Self {
        self.options.params = params.into();
        self
    }

    /// Leaves the parts in the store if the upload fails or is cancelled, so that [`resume`](Self::resume) can take it up.
    /// [`Error::upload_id`] is its id. Whoever does not resume it has to abort it with `AbortMultipartUpload`: the store charges for
    /// parts.
    pub fn keep_on_failure(mut self) -> Self {
        self.how.keeps = true;
        self
    }

    /// Takes up an earlier upload of the same content to the same key: parts that the store has are not sent again. They are
    /// compared by size and by the checksum of the upload, or by an ETag that is an MD5. All others are uploaded, also those that
    /// cannot be compared. So the source may have changed, and the part size may be another one.
    ///
    /// The parameters for the object itself, such as its `Metadata`, are those of the earlier upload.
    pub fn resume(mut self, upload_id: &str) -> Self {
        self.how.resumed = Some(upload_id.to_owned());
        self
    }

    /// Ends the upload when the token is cancelled; its parts are removed from the store.
    pub fn cancel(mut self, token: &CancelToken) -> Self {
        self.options.cancel = Some(token.clone());
        self
    }

    /// Sets a time limit for the whole upload.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.options.deadline = Some(deadline);
        self
    }

    /// Uploads the object.
    ///
    /// # Errors
    /// Those of [`Client::call`](crate::Client::call); [`ErrorKind::Validation`] for parameters that no operation has;
    /// [`ErrorKind::Body`] for a source that cannot be read, and for a file that changes while it is uploaded. The first error
    /// ends all parts, and the upload is aborted, so that the store keeps nothing of it. If even that fails, the error has the
    /// id of the upload.
    pub fn send(self) -> Result<Uploaded> {
        let mut run = self.options.begin(OPERATIONS, OWN)?;
        let body = match self.content {
            UploadContent::Body(body) => body,
            UploadContent::File(path) => {
                if let Some(guess) = content_type::guess(&path).filter(|_| !run.transfer.settings.guesses_no_type) {
                    run.params.add_default("ContentType", guess);
                }
                Body::from_path(&path).map_err(|error| unreadable(error.into()))?
            }
        };
        run.upload(body, &self.how)
    }
}

impl ObjectTransfer {
    fn upload(&self, body: Body, how: &UploadHow) -> Result<Uploaded> {
        let source = UploadSource::new(body)?;
        self.progress.begin(source.length());
        let uploaded = match (source.length(), source) {
            (None, UploadSource::Reader(reader)) => self.unknown_length(reader, how)?,
            (length, source) => match self.plan(length, how)? {
                TransferPlan::Single => self.whole(source, length.unwrap_or(0))?,
                TransferPlan::Parts(sizes) => self.parts(source, Vec::new(), sizes, how)?,
            },
        };
        self.progress.finish(uploaded.bytes);
        self.progress.done();
        Ok(uploaded)
    }

    /// An earlier upload is resumed in parts, whatever the threshold is now.
    fn plan(&self, length: Option<u64>, how: &UploadHow) -> Result<TransferPlan> {
        match plan(length, self.settings.plan)? {
            TransferPlan::Single if how.resumed.is_some() => match length.unwrap_or(0) {
                0 => Err(Error::new(ErrorKind::Validation, "the source is empty, so it was not uploaded in parts")),
                length => Ok(TransferPlan::Parts(PartSizes::equal(length, length))),
            },
            plan => Ok(plan),
        }
    }

    /// Reads the beginning of a reader to find out whether it is small.
    fn unknown_length(&self, mut reader: Body, how: &UploadHow) -> Result<Uploaded> {
        let EffectiveSettings { plan, memory_limit, .. } = self.settings;
        // What does not fit into memory is uploaded in parts, also below the threshold.
        let limit = plan.threshold.min(memory_limit).max(1);
        let mut head = Vec::new();
        read_up_to(&mut reader, limit, &mut head)?;
        let length = head.len() as u64;
        let is_small = length < limit;
        match self.plan(is_small.then_some(length), how)? {
            TransferPlan::Single => self.single(Body::from(head), length),
            TransferPlan::Parts(sizes) => self.parts(UploadSource::Reader(reader), head, sizes, how),
        }
    }

    /// Uploads a source of known length in one request.
    fn whole(&self, source: UploadSource, bytes: u64) -> Result<Uploaded> {
        let UploadSource::File(file) = source else {
            return self.single(source.into_body(self.settings.memory_limit)?, bytes);
        };
        let uploaded = self.single(file.whole()?, bytes)?;
        file.check_unchanged("the object may have bytes of both versions")?;
        Ok(uploaded)
    }

    fn single(&self, body: Body, bytes: u64) -> Result<Uploaded> {
        let value = self.call("PutObject", json!({}), Some(self.watch(body)))?.value;
        Ok(Uploaded { value, bytes, parts: 0 })
    }

    fn parts(&self, source: UploadSource, head: Vec<u8>, sizes: PartSizes, how: &UploadHow) -> Result<Uploaded> {
        let multipart = match &how.resumed {
            Some(id) => Multipart::resume(self, id)?,
            None => Multipart::create(self, &self.params, self.transfer.client.default_part_checksum())?,
        };
        multipart.keep(how.keeps).upload(source, head, sizes)
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload")
            .field("bucket", &self.options.bucket)
            .field("key", &self.options.key)
            .finish_non_exhaustive()
    }
}
