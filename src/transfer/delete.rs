//! [`PrefixDeletion`]: deletes all objects whose keys begin with a prefix.

use std::fmt;
use std::sync::Mutex;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::Transfer;
use super::object::{ObjectTransfer, TransferOptions};
use super::refused::RefusedObjects;
use crate::cancel::CancelToken;
use crate::error::{Error, ErrorKind, Result};
use crate::paginator::Pages;

/// The maximum number of keys that one `DeleteObjects` may name.
const MAX_KEYS: usize = 1000;

const OPERATIONS: &[&str] = &["DeleteObjects"];
const OWN: &[&str] = &["Bucket", "Delete"];

/// A deletion of all objects with a prefix; created by [`Transfer::delete_prefix`].
#[must_use = "nothing is sent before `send`"]
pub struct PrefixDeletion {
    /// The key is the prefix.
    options: TransferOptions,
    versions: bool,
    whole_bucket: bool,
}

/// The result of a deletion.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Deleted {
    /// The number of keys, or of versions and delete markers, that were deleted.
    pub objects: u64,
    /// The number of requests that deleted them.
    pub requests: u64,
}

impl PrefixDeletion {
    pub(super) fn new(transfer: Transfer, bucket: &str, prefix: &str) -> PrefixDeletion {
        PrefixDeletion { options: TransferOptions::new(transfer, bucket, prefix), versions: false, whole_bucket: false }
    }

    /// Deletes all versions and delete markers, for good. Without it, a deletion in a bucket with versioning adds a delete marker
    /// to each object.
    pub fn versions(mut self, versions: bool) -> Self {
        self.versions = versions;
        self
    }

    /// Allows the empty prefix, which every key has: the deletion empties the bucket.
    pub fn whole_bucket(mut self) -> Self {
        self.whole_bucket = true;
        self
    }

    /// Sets parameters of `DeleteObjects`: `RequestPayer`, `BypassGovernanceRetention`, `MFA` .. The listing gets those that it
    /// has; one that `DeleteObjects` does not have is an error before anything is sent.
    pub fn params(mut self, params: impl Into<Value>) -> Self {
        self.options.params = params.into();
        self
    }

    /// Ends the deletion when the token is cancelled.
    pub fn cancel(mut self, token: &CancelToken) -> Self {
        self.options.cancel = Some(token.clone());
        self
    }

    /// Sets a time limit for the whole deletion.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.options.deadline = Some(deadline);
        self
    }

    /// Lists the objects, and deletes them in batches of 1,000, in parallel. Objects that are created meanwhile may remain.
    ///
    /// # Errors
    /// [`ErrorKind::Validation`] for an empty prefix without [`whole_bucket`](Self::whole_bucket). Objects that the store refuses
    /// to delete do not end the deletion: at the end, [`ErrorKind::Service`] tells their number and the first of their keys, and
    /// [`Error::code`] the reason of the first one. Other errors, those of [`Client::call`](crate::Client::call), end it.
    pub fn send(self) -> Result<Deleted> {
        if self.options.key.is_empty() && !self.whole_bucket {
            let message =
                "the prefix is empty, so all objects of the bucket would be deleted: allow it with whole_bucket()";
            return Err(Error::new(ErrorKind::Validation, message));
        }
        self.options.begin(OPERATIONS, OWN)?.delete(self.versions)
    }
}

impl ObjectTransfer {
    fn delete(&self, versions: bool) -> Result<Deleted> {
        self.progress.begin(None);
        let batches = Batches { run: self, pages: self.listing(versions)?, listed: Vec::new().into_iter() };
        let failures = Mutex::new(RefusedObjects::default());
        let requests = self.in_threads(self.settings.threads, batches, |batch| self.delete_batch(batch, &failures));
        let failures = failures.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        let requests = requests?.into_iter().sum();
        let objects = self.progress.so_far();
        failures.into_result(objects)?;
        self.progress.done();
        Ok(Deleted { objects, requests })
    }

    fn listing(&self, versions: bool) -> Result<Pages> {
        let operation = if versions { "ListObjectVersions" } else { "ListObjectsV2" };
        let client = &self.transfer.client;
        let params = self.params.of(client, operation, json!({"Bucket": self.bucket, "Prefix": self.key}))?;
        Ok(client.get_paginator(operation)?.cancel(&self.stop).paginate(params))
    }

    /// Whether the key has the prefix. Some stores ignore prefixes, or do not encode keys as they say.
    fn is_meant(&self, object: &Value) -> bool {
        object["Key"].as_str().is_some_and(|key| key.starts_with(&self.key))
    }

    /// Deletes up to 1,000 objects, and returns the number of requests.
    fn delete_batch(&self, batch: Vec<Value>, failures: &Mutex<RefusedObjects>) -> Result<u64> {
        let count = batch.len() as u64;
        let (batch, alone): (Vec<Value>, Vec<Value>) = batch.into_iter().partition(fits_into_xml);
        let mut failed = 0_u64;
        let mut requests = alone.len() as u64;
        if !batch.is_empty() {
            let own = json!({"Bucket": self.bucket, "Delete": {"Objects": batch, "Quiet": true}});
            let client = &self.transfer.client;
            let params = self.params.of(client, "DeleteObjects", own)?;
            let mut output = self.call_of(client, "DeleteObjects", params)?.value;
            requests = requests.saturating_add(1);
            if let Value::Array(errors) = output["Errors"].take() {
                failed = failed.saturating_add(errors.len() as u64);
                failures.lock().unwrap_or_else(std::sync::PoisonError::into_inner).add(errors);
            }
        }
        for object in alone {
            self.delete_alone(object)?;
        }
        self.progress.add_objects(count.saturating_sub(failed));
        Ok(requests)
    }

    /// Deletes an object whose key has characters that XML does not have. In a URL it can have them.
    fn delete_alone(&self, mut object: Value) -> Result<()> {
        let client = &self.transfer.client;
        object["Bucket"] = self.bucket.as_str().into();
        let params = self.params.of(client, "DeleteObject", object)?;
        self.call_of(client, "DeleteObject", params).map(drop)
    }
}

/// Whether XML 1.0 has all characters of the key, <https://www.w3.org/TR/xml/#charsets>.
fn fits_into_xml(object: &Value) -> bool {
    let key = object["Key"].as_str().unwrap_or_default();
    key.chars().all(|char| match char {
        '\t' | '\n' | '\r' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        char => char >= ' ',
    })
}

/// The listed objects in batches.
struct Batches<'r> {
    run: &'r ObjectTransfer,
    pages: Pages,
    listed: std::vec::IntoIter<Value>,
}

impl Iterator for Batches<'_> {
    type Item = Result<Vec<Value>>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let batch: Vec<Value> = self.listed.by_ref().take(MAX_KEYS).collect();
            if !batch.is_empty() {
                return Some(Ok(batch));
            }
            if self.run.deadline.has_passed() {
                return Some(Err(Error::new(ErrorKind::Timeout, "the deadline of the deletion has passed")));
            }
            match self.pages.next()? {
                Ok(page) => {
                    let objects = objects_of(page);
                    if let Some(other) = objects.iter().find(|object| !self.run.is_meant(object)) {
                        return Some(Err(unexpected_key(other)));
                    }
                    self.listed = objects.into_iter();
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

fn unexpected_key(object: &Value) -> Error {
    let message =
        format!("the listing has the key {}, which does not begin with the prefix: it is not deleted", object["Key"]);
    Error::new(ErrorKind::Response, message)
}

/// What a page lists, as `DeleteObjects` names it.
fn objects_of(mut page: Value) -> Vec<Value> {
    let mut objects = Vec::new();
    for list in ["Contents", "Versions", "DeleteMarkers"] {
        let Some(Value::Array(items)) = page.get_mut(list).map(Value::take) else { continue };
        for mut item in items {
            let members = ["Key", "VersionId"].iter().filter_map(|name| {
                let member = item.get_mut(*name).filter(|member| member.is_string())?.take();
                Some(((*name).to_owned(), member))
            });
            objects.push(Value::Object(members.collect::<Map<String, Value>>()));
        }
    }
    objects
}

impl fmt::Debug for PrefixDeletion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrefixDeletion")
            .field("bucket", &self.options.bucket)
            .field("prefix", &self.options.key)
            .field("versions", &self.versions)
            .finish_non_exhaustive()
    }
}
