//! [`Upload`]: an upload of one object.

use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};

use super::multipart::Multipart;
use super::object::{ObjectTransfer, TransferOptions};
use super::plan::{PartSizes, TransferPlan, plan};
use super::source::{UploadSource, read_up_to};
use super::{Transfer, download};
use crate::body::Body;
use crate::cancel::CancelToken;
#[cfg(doc)]
use crate::error::ErrorKind;
use crate::error::Result;

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
    body: Body,
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
        Upload { options: TransferOptions::new(transfer, bucket, key), body }
    }

    /// Sets parameters of the operations of the upload: `ContentType`, `Metadata`, `ServerSideEncryption`, `StorageClass` ..
    /// Each operation gets those that it has; one that none of them has is an error before anything is sent.
    pub fn params(mut self, params: impl Into<Value>) -> Self {
        self.options.params = params.into();
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
        self.options.begin(OPERATIONS, OWN)?.upload(self.body)
    }
}

impl ObjectTransfer {
    fn upload(&self, body: Body) -> Result<Uploaded> {
        let source = UploadSource::new(body)?;
        self.progress.begin(source.length());
        let uploaded = match (source.length(), source) {
            (None, UploadSource::Reader(reader)) => self.unknown_length(reader)?,
            (length, source) => match plan(length, self.settings.plan).map_err(download::plan_error)? {
                TransferPlan::Single => self.whole(source, length.unwrap_or(0))?,
                TransferPlan::Parts(sizes) => self.parts(source, Vec::new(), sizes)?,
            },
        };
        self.progress.finish(uploaded.bytes);
        self.progress.done();
        Ok(uploaded)
    }

    /// Reads the beginning of a reader to find out whether it is small.
    fn unknown_length(&self, mut reader: Body) -> Result<Uploaded> {
        let (mut head, threshold) = (Vec::new(), self.settings.plan.threshold.max(1));
        read_up_to(&mut reader, threshold, &mut head)?;
        if (head.len() as u64) < threshold {
            let length = head.len() as u64;
            return self.single(Body::from(head), length);
        }
        match plan(None, self.settings.plan).map_err(download::plan_error)? {
            TransferPlan::Single => self.single(Body::from(head), 0),
            TransferPlan::Parts(sizes) => self.parts(UploadSource::Reader(reader), head, sizes),
        }
    }

    /// Uploads a source of known length in one request.
    fn whole(&self, source: UploadSource, bytes: u64) -> Result<Uploaded> {
        let UploadSource::File(file) = source else { return self.single(source.into_body()?, bytes) };
        let uploaded = self.single(file.whole()?, bytes)?;
        file.check_unchanged("the object may have bytes of both versions")?;
        Ok(uploaded)
    }

    fn single(&self, body: Body, bytes: u64) -> Result<Uploaded> {
        let value = self.call("PutObject", json!({}), Some(self.progress.count(body)))?.value;
        Ok(Uploaded { value, bytes, parts: 0 })
    }

    fn parts(&self, source: UploadSource, head: Vec<u8>, sizes: PartSizes) -> Result<Uploaded> {
        Multipart::create(self)?.upload(source, head, sizes)
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
