//! [`Upload`]: an upload of one object.

use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};

use super::multipart::Multipart;
use super::params::PassedParams;
use super::plan::{PartSizes, TransferPlan, plan};
use super::progress::TransferProgress;
use super::settings::EffectiveSettings;
use super::source::{UploadSource, read_up_to};
use super::{Transfer, download};
use crate::body::Body;
use crate::cancel::CancelToken;
use crate::deadline::Deadline;
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
    transfer: Transfer,
    body: Body,
    bucket: String,
    key: String,
    params: Value,
    cancel: Option<CancelToken>,
    deadline: Option<Duration>,
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
        let (bucket, key) = (bucket.to_owned(), key.to_owned());
        Upload { transfer, body, bucket, key, params: Value::Null, cancel: None, deadline: None }
    }

    /// Sets parameters of the operations of the upload: `ContentType`, `Metadata`, `ServerSideEncryption`, `StorageClass` ..
    /// Each operation gets those that it has; one that none of them has is an error before anything is sent.
    pub fn params(mut self, params: impl Into<Value>) -> Self {
        self.params = params.into();
        self
    }

    /// Ends the upload when the token is cancelled; its parts are removed from the store.
    pub fn cancel(mut self, token: &CancelToken) -> Self {
        self.cancel = Some(token.clone());
        self
    }

    /// Sets a time limit for the whole upload.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
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
        let Upload { transfer, body, bucket, key, params, cancel, deadline } = self;
        let client = &transfer.client;
        let settings = transfer.settings.resolve(client.config())?;
        let params = PassedParams::new(client, params, OPERATIONS, OWN)?;
        let run = UploadRun {
            transfer: &transfer,
            settings,
            params,
            bucket,
            key,
            stop: cancel.unwrap_or_default().child(),
            deadline: Deadline::after(deadline),
            progress: TransferProgress::new(transfer.on_event.clone()),
        };
        run.send(body)
    }
}

/// An upload in progress.
pub(super) struct UploadRun<'t> {
    pub(super) transfer: &'t Transfer,
    pub(super) settings: EffectiveSettings,
    pub(super) params: PassedParams,
    bucket: String,
    key: String,
    /// Cancelled by the caller, or by the first error.
    pub(super) stop: CancelToken,
    pub(super) deadline: Deadline,
    pub(super) progress: TransferProgress,
}

impl UploadRun<'_> {
    fn send(&self, body: Body) -> Result<Uploaded> {
        let source = UploadSource::new(body)?;
        self.progress.begin(source.length());
        let uploaded = match (source.length(), source) {
            (None, UploadSource::Reader(reader)) => self.unknown_length(reader)?,
            (length, source) => match plan(length, self.settings.plan).map_err(download::plan_error)? {
                TransferPlan::Single => self.single(source.into_body()?, length.unwrap_or(0))?,
                TransferPlan::Parts(sizes) => self.parts(source, Vec::new(), sizes)?,
            },
        };
        self.progress.finish(uploaded.bytes);
        self.progress.done();
        Ok(uploaded)
    }

    /// Reads the beginning of a reader to find out whether it is small.
    fn unknown_length(&self, mut reader: Body) -> Result<Uploaded> {
        let mut head = Vec::new();
        read_up_to(&mut reader, self.settings.plan.threshold, &mut head)?;
        if (head.len() as u64) < self.settings.plan.threshold || head.is_empty() {
            let length = head.len() as u64;
            return self.single(Body::from(head), length);
        }
        match plan(None, self.settings.plan).map_err(download::plan_error)? {
            TransferPlan::Single => self.single(Body::from(head), 0),
            TransferPlan::Parts(sizes) => self.parts(UploadSource::Reader(reader), head, sizes),
        }
    }

    fn single(&self, body: Body, bytes: u64) -> Result<Uploaded> {
        let value = self.call("PutObject", json!({}), Some(self.progress.count(body)))?;
        Ok(Uploaded { value, bytes, parts: 0 })
    }

    fn parts(&self, source: UploadSource, head: Vec<u8>, sizes: PartSizes) -> Result<Uploaded> {
        Multipart::create(self)?.upload(source, head, sizes)
    }

    /// Calls an operation for this object, with the caller's parameters that it has.
    pub(super) fn call(&self, operation: &str, own: Value, body: Option<Body>) -> Result<Value> {
        self.call_with(&self.params, operation, own, body, &self.stop, self.deadline)
    }

    pub(super) fn call_with(
        &self,
        passed: &PassedParams,
        operation: &str,
        own: Value,
        body: Option<Body>,
        stop: &CancelToken,
        deadline: Deadline,
    ) -> Result<Value> {
        let client = &self.transfer.client;
        let mut params = passed.of(client, operation, own)?;
        params.insert("Bucket".to_owned(), self.bucket.as_str().into());
        params.insert("Key".to_owned(), self.key.as_str().into());
        let mut request = client.request(operation).params(params).cancel(stop);
        if let Some(body) = body {
            request = request.body(body);
        }
        if let Some(left) = deadline.left() {
            request = request.deadline(left);
        }
        Ok(request.send()?.value)
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload").field("bucket", &self.bucket).field("key", &self.key).finish_non_exhaustive()
    }
}
