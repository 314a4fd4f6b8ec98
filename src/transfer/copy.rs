//! [`ObjectCopy`]: a copy of one object within the store.
//!
//! The rules are those of s3transfer (`copies.py`): the order of the calls, the parameters of each of them, and what a copy in
//! parts keeps of the source.

use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::copy_extras::SourceTags;
use super::known::KnownObject;
use super::multipart::{Multipart, StoredPart};
use super::object::{ObjectTransfer, TransferOptions};
use super::plan::{PartSizes, TransferPlan, plan};
use super::{Transfer, copy_extras};
use crate::cancel::CancelToken;
use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};

const OPERATIONS: &[&str] = &["CopyObject", "CreateMultipartUpload", "UploadPartCopy"];
const OWN: &[&str] = &["Bucket", "CopySource", "CopySourceRange", "Key", "PartNumber", "UploadId"];

/// Parameters of the copy that `HeadObject` of the source gets under another name. A later row wins.
const HEAD_PARAMS: &[(&str, &str)] = &[
    ("CopySourceIfMatch", "IfMatch"),
    ("CopySourceIfModifiedSince", "IfModifiedSince"),
    ("CopySourceIfNoneMatch", "IfNoneMatch"),
    ("CopySourceIfUnmodifiedSince", "IfUnmodifiedSince"),
    ("CopySourceSSECustomerKey", "SSECustomerKey"),
    ("CopySourceSSECustomerAlgorithm", "SSECustomerAlgorithm"),
    ("CopySourceSSECustomerKeyMD5", "SSECustomerKeyMD5"),
];

/// Parameters that all requests for the source get. A later row wins.
const SOURCE_PARAMS: &[(&str, &str)] = &[
    ("RequestPayer", "RequestPayer"),
    ("ExpectedBucketOwner", "ExpectedBucketOwner"),
    ("ExpectedSourceBucketOwner", "ExpectedBucketOwner"),
];

/// What a copy in parts takes over from the source, as `CopyObject` does by itself.
const PRESERVED: &[&str] =
    &["CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType", "Expires", "Metadata"];

/// A copy; created by [`Transfer::copy`].
#[must_use = "nothing is sent before `send`"]
pub struct ObjectCopy {
    options: TransferOptions,
    source: SourceObject,
    known: Option<KnownObject>,
    tags_first: bool,
}

/// The result of a copy.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Copied {
    /// The output of `CopyObject` (`CopyObjectResult`, `VersionId` ..) or `CompleteMultipartUpload` (`ETag`, `VersionId` ..).
    pub value: Value,
    /// The size of the object.
    pub bytes: u64,
    /// The number of parts; 0 for a copy in one request.
    pub parts: u64,
}

/// What is copied.
pub(super) struct SourceObject {
    pub(super) client: Client,
    bucket: String,
    key: String,
    version: Option<String>,
}

impl ObjectCopy {
    pub(super) fn new(transfer: Transfer, from: (&str, &str), to: (&str, &str)) -> ObjectCopy {
        let (bucket, key) = (from.0.to_owned(), from.1.to_owned());
        let source = SourceObject { client: transfer.client.clone(), bucket, key, version: None };
        ObjectCopy { options: TransferOptions::new(transfer, to.0, to.1), source, known: None, tags_first: false }
    }

    /// Copies a version of the source; the latest one by default.
    pub fn from_version(mut self, id: &str) -> Self {
        self.source.version = Some(id.to_owned());
        self
    }

    /// Reads size, metadata and tags of the source with this client, for a source in another region (boto3's `SourceClient`).
    /// The copy itself is made by the client of the [`Transfer`], whose credentials need access to both buckets.
    pub fn from_client(mut self, client: &Client) -> Self {
        self.source.client = client.clone();
        self
    }

    /// Tells what is known of the source: the output of `HeadObject`, or its item in a listing (`ListObjectsV2`). It is then not
    /// asked for; only a copy in parts still asks for the metadata of an object that comes from a listing. A value without
    /// `ContentLength` or `Size` counts as nothing.
    pub fn known(mut self, object: impl Into<Value>) -> Self {
        self.known = KnownObject::read(object.into());
        self
    }

    /// Makes a copy in parts with `TaggingDirective` `COPY` store the tags with the object, as the AWS CLI does, if they fit into
    /// a header (2 KiB). By default they are set after the copy, as in boto3. If tags that do not fit cannot be set, the object is
    /// deleted.
    pub fn tags_first(mut self) -> Self {
        self.tags_first = true;
        self
    }

    /// Sets parameters of the operations of the copy: `StorageClass`, `CopySourceIfMatch`, `CopySourceSSECustomerKey` .. Each
    /// operation gets those that it has; one that none of them has is an error before anything is sent.
    ///
    /// A copy keeps the metadata and the content headers of the source, and ignores those given here, unless
    /// `MetadataDirective` is `REPLACE`. A copy in parts keeps tags only with `TaggingDirective` `COPY` (`REPLACE` sets
    /// `Tagging`), and annotations only with `AnnotationDirective` `COPY`.
    pub fn params(mut self, params: impl Into<Value>) -> Self {
        self.options.params = params.into();
        self
    }

    /// Ends the copy when the token is cancelled; its parts are removed from the store.
    pub fn cancel(mut self, token: &CancelToken) -> Self {
        self.options.cancel = Some(token.clone());
        self
    }

    /// Sets a time limit for the whole copy.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.options.deadline = Some(deadline);
        self
    }

    /// Copies the object.
    ///
    /// # Errors
    /// Those of [`Client::call`](crate::Client::call); [`ErrorKind::Validation`] for parameters that no operation has;
    /// [`ErrorKind::Response`] for a source that changes while its parts are copied. The first error ends all parts, and the
    /// upload is aborted, as for [`Upload::send`](super::Upload::send).
    pub fn send(self) -> Result<Copied> {
        let run = self.options.begin(OPERATIONS, OWN)?;
        RunningCopy { run, source: self.source, known: self.known, tags_first: self.tags_first }.copy()
    }
}

impl SourceObject {
    /// The parameters of a request for the source.
    pub(super) fn params(&self, run: &ObjectTransfer) -> Map<String, Value> {
        let mut params = run.params.renamed(SOURCE_PARAMS);
        params.insert("Bucket".to_owned(), self.bucket.as_str().into());
        params.insert("Key".to_owned(), self.key.as_str().into());
        if let Some(version) = &self.version {
            params.insert("VersionId".to_owned(), version.as_str().into());
        }
        params
    }

    /// The parameter `CopySource`.
    fn location(&self) -> Value {
        let mut location = json!({"Bucket": self.bucket, "Key": self.key});
        if let Some(version) = &self.version {
            location["VersionId"] = version.as_str().into();
        }
        location
    }
}

struct RunningCopy {
    run: ObjectTransfer,
    source: SourceObject,
    known: Option<KnownObject>,
    tags_first: bool,
}

impl RunningCopy {
    fn copy(&self) -> Result<Copied> {
        let run = &self.run;
        let asked;
        let source = match &self.known {
            Some(known) => known,
            None => {
                asked = self.ask()?;
                &asked
            }
        };
        let size = source.size;
        run.progress.begin(Some(size));
        let copied = match plan(Some(size), run.settings.plan)? {
            TransferPlan::Single => {
                let value = run.call("CopyObject", json!({"CopySource": self.source.location()}), None)?.value;
                Copied { value, bytes: size, parts: 0 }
            }
            TransferPlan::Parts(sizes) => self.in_parts(source, sizes)?,
        };
        run.progress.finish(size);
        run.progress.done();
        Ok(copied)
    }

    fn ask(&self) -> Result<KnownObject> {
        let mut params = self.source.params(&self.run);
        params.extend(self.run.params.renamed(HEAD_PARAMS));
        let head = self.run.call_of(&self.source.client, "HeadObject", params)?.value;
        KnownObject::read(head)
            .ok_or_else(|| Error::new(ErrorKind::Response, "HeadObject: expected the length of the object, found none"))
    }

    fn in_parts(&self, source: &KnownObject, sizes: PartSizes) -> Result<Copied> {
        let run = &self.run;
        let (without, preserved) = match run.params.get("MetadataDirective").and_then(Value::as_str) {
            Some("REPLACE") => (&[][..], Map::new()),
            _ if source.has_metadata() => (PRESERVED, preserved(&source.value)),
            _ => (PRESERVED, preserved(&self.ask()?.value)),
        };
        let mut params = run.params.changed(&[without, &["Tagging"]].concat(), preserved);
        let early = if self.tags_first { copy_extras::read_tags(run, &self.source)? } else { SourceTags::Unread };
        if let Some(header) = early.header() {
            params.add_default("Tagging", header);
        }
        let copied = Multipart::create(run, &params, None)?.finish(|multipart| {
            let count = sizes.count().unwrap_or(0);
            run.in_threads(run.threads(count), (1..=count).map(Ok), |number| {
                self.copy_part(multipart, number, sizes, &source.value["ETag"])
            })
        })?;
        copy_extras::copy(run, &self.source, &copied.value, early)?;
        Ok(Copied { value: copied.value, bytes: copied.bytes, parts: copied.parts })
    }

    fn copy_part(&self, multipart: &Multipart<'_>, number: u64, sizes: PartSizes, tag: &Value) -> Result<StoredPart> {
        let range = sizes.range(number);
        let length = range.end.saturating_sub(range.start);
        let mut own = multipart.part(number);
        own.insert("CopySource".to_owned(), self.source.location());
        let bytes = format!("bytes={}-{}", range.start, range.end.saturating_sub(1));
        own.insert("CopySourceRange".to_owned(), bytes.into());
        if tag.is_string() {
            own.insert("CopySourceIfMatch".to_owned(), tag.clone());
        }
        let copied = self.run.call("UploadPartCopy", Value::Object(own), None).map_err(changed)?.value;
        self.run.progress.add(length);
        Ok(multipart.stored(number, length, &copied["CopyPartResult"]))
    }
}

fn preserved(source: &Value) -> Map<String, Value> {
    let kept = PRESERVED.iter().filter_map(|name| Some(((*name).to_owned(), source.get(name)?.clone())));
    kept.collect()
}

/// The error for a source that is another one than `HeadObject` has seen.
fn changed(error: Error) -> Error {
    match error.service().is_some_and(|service| service.status() == 412) {
        true => Error::new(ErrorKind::Response, "the source changed during the copy, so nothing was stored")
            .with_source(error),
        false => error,
    }
}

impl fmt::Debug for ObjectCopy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectCopy")
            .field("source", &self.source.location())
            .field("bucket", &self.options.bucket)
            .field("key", &self.options.key)
            .finish_non_exhaustive()
    }
}
