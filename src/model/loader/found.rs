//! A file that was found, and what is made of it.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use serde_json::Value;

use super::Given;
use super::folder::{FileOnDisk, Stamp, inflate_start, inflate_text, read_start, read_text};
use super::other_names::MAX_START;
use crate::error::{Error, ErrorKind, Result};
use crate::model::bundle::{self, Bundle};
use crate::model::store::Store;

/// A file that exists, not read yet.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(super) place: Place,
    pub(super) extras: Option<FileOnDisk>,
    /// The API version to ask the other files of the service for; empty where none is known.
    pub(crate) version: String,
}

#[derive(Debug, Clone)]
pub(super) enum Place {
    Given(Arc<Given>),
    File(FileOnDisk),
    Bundled(Bundle, bundle::Entry),
}

/// Which file it is, for the store of parsed files.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct FileKey {
    place: PlaceKey,
    extras: Option<PathBuf>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum PlaceKey {
    /// Each given document has a store of its own, where it is the only one.
    Given,
    File(PathBuf),
    Bundled(bundle::Entry),
}

/// Sizes and times of the file and its extras: another stamp is another content.
pub(super) type FileStamp = [Option<Stamp>; 2];

static PARSED: LazyLock<Store<FileKey, FileStamp>> = LazyLock::new(Store::new);

impl Found {
    /// The file as a `T`, parsed at most once for each `T`: in the whole process for a file, in the session for a document
    /// that was given to its builder. `parse` gets the text and the name to use in messages.
    pub(crate) fn get_or_parse<T>(&self, parse: impl FnOnce(Cow<'_, str>, &str) -> Result<T>) -> Result<Arc<T>>
    where
        T: Any + Send + Sync,
    {
        let store = match &self.place {
            Place::Given(given) => &given.parsed,
            Place::File(_) | Place::Bundled(..) => &*PARSED,
        };
        store.get_or_try_init(self.key(), self.stamp(), || parse(self.read()?, &self.origin()))
    }

    /// The text of the file, inflated, with its extras merged.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] where the file cannot be read, is damaged, too large or not UTF-8.
    pub(crate) fn read(&self) -> Result<Cow<'_, str>> {
        let text = match &self.place {
            Place::Given(given) => Cow::Borrowed(given.text.as_str()),
            Place::File(file) => Cow::Owned(read_text(&file.path).map_err(|error| broken(&self.origin(), error))?),
            Place::Bundled(bundle, entry) => {
                let file = bundle.file(*entry).unwrap_or_default();
                Cow::Owned(inflate_text(file).map_err(|error| broken(&self.origin(), error))?)
            }
        };
        match &self.extras {
            Some(extras) => Ok(Cow::Owned(self.merged(&text, &extras.path)?)),
            None => Ok(text),
        }
    }

    /// The beginning of the file, inflated, without its extras.
    pub(super) fn start(&self) -> io::Result<Cow<'_, str>> {
        match &self.place {
            Place::Given(given) => Ok(Cow::Borrowed(given.text.as_str())),
            Place::File(file) => read_start(&file.path, MAX_START).map(Cow::Owned),
            Place::Bundled(bundle, entry) => {
                inflate_start(bundle.file(*entry).unwrap_or_default(), MAX_START).map(Cow::Owned)
            }
        }
    }

    /// The file as a JSON tree.
    #[cfg(test)]
    pub(super) fn json(&self) -> Result<Value> {
        parse_json(&self.read()?, &self.origin())
    }

    /// What to call this file in a message.
    pub(crate) fn origin(&self) -> String {
        self.to_string()
    }

    /// Only the object under `merge` is used, as in botocore's `ExtrasProcessor`.
    fn merged(&self, text: &str, extras: &Path) -> Result<String> {
        let origin = extras.display().to_string();
        let mut model = parse_json(text, &self.place.to_string())?;
        let read = read_text(extras).map_err(|error| broken(&origin, error))?;
        let mut extras = parse_json(&read, &origin)?;
        if let Some(changes) = extras.get_mut("merge").map(Value::take) {
            deep_merge(&mut model, changes);
        }
        Ok(model.to_string())
    }

    fn key(&self) -> FileKey {
        let place = match &self.place {
            Place::Given(_) => PlaceKey::Given,
            Place::File(file) => PlaceKey::File(file.path.clone()),
            Place::Bundled(_, entry) => PlaceKey::Bundled(*entry),
        };
        FileKey { place, extras: self.extras.as_ref().map(|extras| extras.path.clone()) }
    }

    fn stamp(&self) -> FileStamp {
        let file = match &self.place {
            Place::File(file) => Some(file.stamp),
            Place::Given(_) | Place::Bundled(..) => None,
        };
        [file, self.extras.as_ref().map(|extras| extras.stamp)]
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.place.fmt(f)?;
        match &self.extras {
            Some(extras) => write!(f, " with {}", extras.path.display()),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Given(given) => write!(f, "{} given for service `{}`", given.file.stem(), given.service),
            Place::File(file) => file.path.display().fmt(f),
            Place::Bundled(bundle, entry) => write!(f, "bundled {}.json", bundle.name(*entry).unwrap_or_default()),
        }
    }
}

fn parse_json(text: &str, origin: &str) -> Result<Value> {
    serde_json::from_str(text).map_err(|error| broken(origin, error))
}

pub(super) fn broken(origin: &str, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::Model, origin).with_source(error)
}

/// An object is merged into an object member by member; anything else replaces what was there.
fn deep_merge(base: &mut Value, changes: Value) {
    match (base, changes) {
        (Value::Object(base), Value::Object(changes)) => {
            for (key, change) in changes {
                match base.get_mut(&key) {
                    Some(old) => deep_merge(old, change),
                    None => _ = base.insert(key, change),
                }
            }
        }
        (base, change) => *base = change,
    }
}
