//! [`Item`]: a file or an object that takes part in a command.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::locations::{FileRoute, FileSide};
use crate::aws::error::AwsResult;

/// What is done with an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Upload,
    Download,
    Copy,
    Delete,
}

impl Action {
    pub(super) fn word(self) -> &'static str {
        match self {
            Action::Upload => "upload",
            Action::Download => "download",
            Action::Copy => "copy",
            Action::Delete => "delete",
        }
    }
}

/// A file or an object in a listing.
#[derive(Debug, Default)]
pub(super) struct ListedFile {
    /// The full path, or `BUCKET/KEY`.
    pub(super) path: String,
    pub(super) size: Option<u64>,
    /// In microseconds since 1970.
    pub(super) modified: Option<i64>,
    /// What the store said of the object: an output of `HeadObject`, or an item of a listing.
    pub(super) object: Option<Value>,
}

/// A listed file or object, and where it goes to.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) action: Action,
    /// Where it is now.
    pub(super) side: FileSide,
    pub(super) listed: ListedFile,
    /// The name below the source or the destination, by which both sides are compared.
    pub(super) name: String,
    pub(super) target: String,
    /// Holds the name that differs from others by its case alone, until the download is complete.
    pub(super) claim: Option<NameClaim>,
}

impl Item {
    pub(super) fn new(action: Action, route: &FileRoute, listed: ListedFile) -> Item {
        let (name, target) = route.target(&listed.path);
        Item { action, side: route.from.side, listed, name, target, claim: None }
    }
}

/// The items of one side, in the order of their names.
pub(super) type ItemStream<'i> = Box<dyn Iterator<Item = AwsResult<Item>> + 'i>;

/// The lower-case names of downloads that are not complete yet.
#[derive(Debug, Clone, Default)]
pub(super) struct ClaimedNames(Arc<Mutex<HashSet<String>>>);

/// One of these names, until it is dropped.
#[derive(Debug)]
pub(super) struct NameClaim {
    names: ClaimedNames,
    name: String,
}

impl ClaimedNames {
    pub(super) fn contains(&self, name: &str) -> bool {
        self.lock().contains(name)
    }

    pub(super) fn claim(&self, name: String) -> NameClaim {
        self.lock().insert(name.clone());
        NameClaim { names: self.clone(), name }
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for NameClaim {
    fn drop(&mut self) {
        self.names.lock().remove(&self.name);
    }
}
