//! Located model files: reading, merging and parsing.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use serde_json::Value;

use super::folder::{FileOnDisk, Stamp, inflate_start, inflate_text, read_start, read_text};
use super::other_names::METADATA_BYTES;
use super::{FileType, Given};
use crate::error::{Error, Result};
use crate::model::bundle::{self, Bundle};
use crate::model::error::invalid_file;
use crate::model::packed::PackedModel;
use crate::model::smithy::{SmithyDocument, is_smithy};
use crate::model::store::Store;

/// Located file that was not read yet.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(super) location: FileLocation,
    pub(super) extras: Option<FileOnDisk>,
    /// The part of a Smithy model that is meant; `None` for the whole file.
    pub(super) part: Option<FileType>,
    /// API version for finding the service's other files; empty if unknown.
    pub(crate) version: String,
}

#[derive(Debug, Clone)]
pub(super) enum FileLocation {
    Given(Arc<Given>),
    File(FileOnDisk),
    Bundled(Bundle, bundle::BundleEntry),
}

/// Identity of a file in the store of parsed files.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct FileKey {
    location: FileLocationKey,
    extras: Option<PathBuf>,
    part: Option<FileType>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum FileLocationKey {
    /// Each document has its own store with a single file.
    Given,
    File(PathBuf),
    Bundled(bundle::BundleEntry),
}

/// Stamps of the file and its extras. The content changed if a stamp did.
pub(super) type FileStamp = [Option<Stamp>; 2];

static PARSED: LazyLock<Store<FileKey, FileStamp>> = LazyLock::new(Store::new);

impl Found {
    /// Returns the parsed file, cached per type `T`: in the process for a file, in the session for a document passed to the
    /// builder. `parse` gets the text and the file's name for error messages.
    pub(crate) fn get_or_parse<T>(&self, parse: impl FnOnce(Cow<'_, str>, &str) -> Result<T>) -> Result<Arc<T>>
    where
        T: Any + Send + Sync,
    {
        self.get_or_try_init(|| parse(self.read()?, &self.origin()))
    }

    /// Returns the parsed file as above, from a function that reads it itself.
    pub(crate) fn get_or_try_init<T>(&self, init: impl FnOnce() -> Result<T>) -> Result<Arc<T>>
    where
        T: Any + Send + Sync,
    {
        let store = match &self.location {
            FileLocation::Given(given) => &given.parsed,
            FileLocation::File(_) | FileLocation::Bundled(..) => &*PARSED,
        };
        store.get_or_try_init(self.key(), self.stamp(), init)
    }

    /// Whether the file is bundled as it is, so that the tests have checked it as a whole.
    pub(crate) fn is_bundled(&self) -> bool {
        matches!(self.location, FileLocation::Bundled(..)) && self.extras.is_none()
    }

    /// Opens a bundled model that has an index. Models in folders are read whole, so that damage is found at once.
    pub(crate) fn packed(&self) -> Option<PackedModel> {
        match (&self.location, &self.extras) {
            (FileLocation::Bundled(bundle, entry), None) => PackedModel::open(bundle.file(*entry)?),
            _ => None,
        }
    }

    /// Reads the file as text, inflated and merged with its extras.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if the file cannot be read, is damaged, too large or not UTF-8.
    pub(crate) fn read(&self) -> Result<Cow<'_, str>> {
        let text = match self.part {
            Some(part) => Cow::Owned(self.converted(part)?.unwrap_or_default()),
            None => self.read_whole()?,
        };
        match &self.extras {
            Some(extras) => Ok(Cow::Owned(self.merged(&text, &extras.path)?)),
            None => Ok(text),
        }
    }

    /// Reads the file as text, inflated, without its extras.
    fn read_whole(&self) -> Result<Cow<'_, str>> {
        Ok(match &self.location {
            FileLocation::Given(given) => Cow::Borrowed(given.text.as_str()),
            FileLocation::File(file) => {
                Cow::Owned(read_text(&file.path).map_err(|error| invalid_file(&self.origin(), error))?)
            }
            FileLocation::Bundled(bundle, entry) => {
                let file = bundle.file(*entry).unwrap_or_default();
                Cow::Owned(inflate_text(file).map_err(|error| invalid_file(&self.origin(), error))?)
            }
        })
    }

    /// Opens a Smithy model; `None` if the file is none, or a part of one is meant.
    pub(crate) fn smithy(&self) -> Result<Option<Arc<SmithyDocument>>> {
        let is_other = matches!(self.location, FileLocation::Bundled(..)) || self.part.is_some();
        if is_other || !self.start().is_ok_and(|start| is_smithy(&start)) {
            return Ok(None);
        }
        let open = || {
            let document = SmithyDocument::open(self.read_whole()?.into_owned());
            document.map_err(|error| Error::from(error.in_file(&self.origin())))
        };
        self.get_or_try_init(open).map(Some)
    }

    /// Returns the file of botocore's format that a part of this Smithy model stands for.
    fn converted(&self, part: FileType) -> Result<Option<String>> {
        let whole = Found { part: None, ..self.clone() };
        let Some(document) = whole.smithy()? else { return Ok(None) };
        let converted = match part {
            // A Smithy model has no resources as boto3 means them.
            FileType::Service | FileType::Resources => Ok(None),
            FileType::EndpointRuleSet => document.rule_set(),
            FileType::Paginators => document.paginators(),
            FileType::Waiters => document.waiters(),
        };
        converted.map_err(|error| error.in_file(&self.origin()).into())
    }

    /// Returns the part of this model that has the content of another file; `None` if it has none, or is no Smithy model.
    pub(super) fn with_part(self, part: FileType) -> Result<Option<Found>> {
        let found = Found { part: Some(part), extras: None, ..self };
        Ok(found.converted(part)?.map(|_| found))
    }

    /// Reads the start of the file, inflated, without its extras.
    pub(super) fn start(&self) -> io::Result<Cow<'_, str>> {
        match &self.location {
            FileLocation::Given(given) => Ok(Cow::Borrowed(given.text.as_str())),
            FileLocation::File(file) => read_start(&file.path, METADATA_BYTES).map(Cow::Owned),
            FileLocation::Bundled(bundle, entry) => {
                inflate_start(bundle.file(*entry).unwrap_or_default(), METADATA_BYTES).map(Cow::Owned)
            }
        }
    }

    /// Reads the file as JSON.
    #[cfg(test)]
    pub(super) fn json(&self) -> Result<Value> {
        parse_json(&self.read()?, &self.origin())
    }

    /// Returns the file's name for error messages.
    pub(crate) fn origin(&self) -> String {
        self.to_string()
    }

    /// Merges the object under `merge` of the extras into the model, as botocore's `ExtrasProcessor` does.
    fn merged(&self, text: &str, extras: &Path) -> Result<String> {
        if self.part.is_none() && is_smithy(text) {
            // The changes are to the other format.
            return Ok(text.to_owned());
        }
        let origin = extras.display().to_string();
        let mut model = parse_json(text, &self.location.to_string())?;
        let read = read_text(extras).map_err(|error| invalid_file(&origin, error))?;
        let mut extras = parse_json(&read, &origin)?;
        if let Some(changes) = extras.get_mut("merge").map(Value::take) {
            deep_merge(&mut model, changes);
        }
        Ok(model.to_string())
    }

    fn key(&self) -> FileKey {
        let location = match &self.location {
            FileLocation::Given(_) => FileLocationKey::Given,
            FileLocation::File(file) => FileLocationKey::File(file.path.clone()),
            FileLocation::Bundled(_, entry) => FileLocationKey::Bundled(*entry),
        };
        FileKey { location, extras: self.extras.as_ref().map(|extras| extras.path.clone()), part: self.part }
    }

    fn stamp(&self) -> FileStamp {
        let file = match &self.location {
            FileLocation::File(file) => Some(file.stamp),
            FileLocation::Given(_) | FileLocation::Bundled(..) => None,
        };
        [file, self.extras.as_ref().map(|extras| extras.stamp)]
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.location.fmt(f)?;
        match &self.extras {
            Some(extras) => write!(f, " with {}", extras.path.display()),
            None => Ok(()),
        }
    }
}

impl fmt::Display for FileLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FileLocation::Given(given) => write!(f, "{} given for service `{}`", given.file.stem(), given.service),
            FileLocation::File(file) => file.path.display().fmt(f),
            FileLocation::Bundled(bundle, entry) => {
                write!(f, "bundled {}.json", bundle.name(*entry).unwrap_or_default())
            }
        }
    }
}

fn parse_json(text: &str, origin: &str) -> Result<Value> {
    serde_json::from_str(text).map_err(|error| invalid_file(origin, error))
}

/// Merges objects recursively; any other value replaces the old one.
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
