//! Where model files come from. This is the only file in the model room that touches the file system.
//!
//! The layout and the rules are those of botocore's `loaders.py`: `FOLDER/SERVICE/API-VERSION/service-2.json(.gz)`; the
//! first source that has a file wins; without an explicit API version the newest one counts, over all sources and for each
//! kind of file by itself, where the newest is the greatest as text; `….sdk-extras.json` beside a model (or in another
//! folder) is merged over it. Two things are more than botocore does: documents that are given to the builder come before
//! all folders, and a folder may have `SERVICE/service-2.json` or `SERVICE.json` without a folder for the version, which then
//! counts as a file of the version that the model itself names.
//!
//! Environment and home folder are not read here: the session hands over the folders.

use std::any::Any;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::SystemTime;

use serde_json::Value;

use crate::error::{Error, ErrorKind, Result};
use crate::model::bundle::{self, Bundle};
use crate::model::gzip;
use crate::model::names;
use crate::model::peek::peek_api_version;
use crate::model::store::Store;

/// No file may be larger than this, inflated. The largest that exists (EC2's model with its documentation) is a tenth of it.
#[cfg(not(test))]
const LARGEST_FILE: usize = 128 << 20;
/// Small enough to be exceeded by a test without wasting its time.
#[cfg(test)]
const LARGEST_FILE: usize = 8 << 20;

/// In this order: `.json` wins over `.json.gz`.
const SUFFIXES: [&str; 2] = [".json", ".json.gz"];

/// The kinds of files that a service has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum FileType {
    Service,
    EndpointRuleSet,
    Paginators,
    Waiters,
}

impl FileType {
    const fn stem(self) -> &'static str {
        match self {
            FileType::Service => "service-2",
            FileType::EndpointRuleSet => "endpoint-rule-set-1",
            FileType::Paginators => "paginators-1",
            FileType::Waiters => "waiters-2",
        }
    }
}

/// The files that belong to no service and lie beside the services' folders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum TopLevel {
    Partitions,
    Endpoints,
    DefaultConfiguration,
}

impl TopLevel {
    const ALL: [TopLevel; 3] = [TopLevel::Partitions, TopLevel::Endpoints, TopLevel::DefaultConfiguration];

    const fn stem(self) -> &'static str {
        match self {
            TopLevel::Partitions => "partitions",
            TopLevel::Endpoints => "endpoints",
            TopLevel::DefaultConfiguration => "sdk-default-configuration",
        }
    }
}

/// A document that the user gave to the session's builder. What is parsed from it lives as long as the session.
#[derive(Debug)]
pub(crate) struct Given {
    service: String,
    file: FileType,
    /// The `apiVersion` of a service model; a document without one fits every version.
    version: Option<String>,
    text: String,
    parsed: Store<FileKey, FileStamp>,
}

impl Given {
    pub(crate) fn new(service: impl Into<String>, file: FileType, text: impl Into<String>) -> Self {
        let (service, text) = (service.into(), text.into());
        // A broken document has no version; whoever parses it tells what is wrong.
        let version = match file {
            FileType::Service => peek_api_version(&text).ok().flatten().filter(|version| is_plain_name(version)),
            _ => None,
        };
        Given { service, file, version, text, parsed: Store::new() }
    }

    fn fits(&self, service: &str, version: Option<&str>, file: FileType) -> bool {
        let fits_version = match (version, &self.version) {
            (Some(wanted), Some(own)) => wanted == own,
            _ => true,
        };
        self.service == service && self.file == file && fits_version
    }
}

/// All places a session takes its models from, in the order of the search. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Sources(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    given: Vec<Arc<Given>>,
    folders: Vec<PathBuf>,
    bundle: Bundle,
}

impl Sources {
    /// `folders` in the order of the search: the builder's, those of `AWS_DATA_PATH`, `~/.aws/models`. Folders that do not
    /// exist are skipped. `bundled` says whether the embedded models come after them.
    pub(crate) fn new(given: Vec<Given>, folders: Vec<PathBuf>, bundled: bool) -> Self {
        let bundle = if bundled { Bundle::embedded() } else { Bundle::EMPTY };
        Sources(Arc::new(Inner { given: given.into_iter().map(Arc::new).collect(), folders, bundle }))
    }

    /// A service's model.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownService`] where no source has it, with the nearest names or versions.
    pub(crate) fn service(&self, service: &str, version: Option<&str>) -> Result<Found> {
        match self.find(service, version, FileType::Service)? {
            Some(found) => Ok(found),
            None => Err(self.unknown(service, version)),
        }
    }

    /// The file of a service in the first source that has it. Nothing is read, inflated or parsed yet (but a model that
    /// lies in a folder without a version is opened to learn its version).
    pub(crate) fn find(&self, service: &str, version: Option<&str>, file: FileType) -> Result<Option<Found>> {
        if !is_plain_name(service) || version.is_some_and(|version| !version.is_empty() && !is_plain_name(version)) {
            return Ok(None);
        }
        let found = match self.find_given(service, version, file) {
            Some(found) => Some(found),
            None => self.find_stored(service, version, file)?,
        };
        Ok(found.map(|found| self.with_extras(found, service, file)))
    }

    /// A file that belongs to no service.
    pub(crate) fn top_level(&self, file: TopLevel) -> Option<Found> {
        let in_folder = |folder: &PathBuf| existing(folder, file.stem()).map(Place::File);
        let place = self.0.folders.iter().find_map(in_folder).or_else(|| self.bundled(file.stem()));
        place.map(|place| Found { place, extras: None, version: String::new() })
    }

    /// The names of all services that have a model, sorted.
    pub(crate) fn services(&self) -> Result<Vec<String>> {
        let mut names: BTreeSet<String> = self.0.bundle.services(FileType::Service.stem()).map(str::to_owned).collect();
        names.extend(
            self.0.given.iter().filter(|given| given.file == FileType::Service).map(|given| given.service.clone()),
        );
        for folder in &self.0.folders {
            names.extend(services_of(folder)?);
        }
        Ok(names.into_iter().collect())
    }

    /// The API versions of a service's models, in ascending order.
    pub(crate) fn versions(&self, service: &str) -> Result<Vec<String>> {
        if !is_plain_name(service) {
            return Ok(Vec::new());
        }
        let given = self.0.given.iter().filter(|given| given.fits(service, None, FileType::Service));
        let mut versions: BTreeSet<String> = given.filter_map(|given| given.version.clone()).collect();
        versions.extend(self.stored_versions(service, FileType::Service)?);
        Ok(versions.into_iter().collect())
    }

    /// The newest of the documents given to the builder that fit; the last one where several are as new.
    fn find_given(&self, service: &str, version: Option<&str>, file: FileType) -> Option<Found> {
        let fitting = self.0.given.iter().filter(|given| given.fits(service, version, file));
        let given = fitting.max_by_key(|given| given.version.as_deref())?;
        let version = given.version.as_deref().or(version).unwrap_or_default().to_owned();
        Some(Found { place: Place::Given(Arc::clone(given)), extras: None, version })
    }

    fn find_stored(&self, service: &str, version: Option<&str>, file: FileType) -> Result<Option<Found>> {
        let version = match version {
            Some(version) => version.to_owned(),
            None => match self.stored_versions(service, file)?.pop_last() {
                Some(newest) => newest,
                None => return Ok(None),
            },
        };
        for folder in &self.0.folders {
            if let Some(place) = find_in_folder(folder, service, &version, file)? {
                return Ok(Some(Found { place: Place::File(place), extras: None, version }));
            }
        }
        let bundled = self.bundled(&format!("{service}/{version}/{}", file.stem()));
        Ok(bundled.map(|place| Found { place, extras: None, version }))
    }

    /// The versions of one kind of file, over all folders and the bundle.
    fn stored_versions(&self, service: &str, file: FileType) -> Result<BTreeSet<String>> {
        let mut versions = BTreeSet::new();
        for folder in &self.0.folders {
            versions.extend(versions_in_folder(folder, service, file)?);
        }
        versions.extend(self.0.bundle.versions(service, file.stem()).map(|(version, _)| version.to_owned()));
        Ok(versions)
    }

    fn bundled(&self, name: &str) -> Option<Place> {
        self.0.bundle.get(name).map(|entry| Place::Bundled(self.0.bundle, entry))
    }

    /// Extras may lie in any folder, whatever source the model itself is from. Those of the bundled models have been merged
    /// when they were imported.
    fn with_extras(&self, found: Found, service: &str, file: FileType) -> Found {
        let stem = format!("{}.sdk-extras", file.stem());
        let in_folder = |folder: &PathBuf| {
            let service = folder.join(service);
            service.is_dir().then(|| existing(&service.join(&found.version), &stem)).flatten()
        };
        Found { extras: self.0.folders.iter().find_map(in_folder), ..found }
    }

    fn unknown(&self, service: &str, version: Option<&str>) -> Error {
        let message = match version.map(|version| (version, self.versions(service).unwrap_or_default())) {
            Some((version, known)) if !known.is_empty() => {
                format!("service `{service}` has no API version `{version}`, only {}", listed(&known))
            }
            _ => {
                let services = self.services().unwrap_or_default();
                let near = names::nearest(service, services.iter().map(String::as_str));
                let hint = if near.is_empty() { self.places() } else { format!("did you mean {}?", listed(&near)) };
                format!("unknown service `{service}`; {hint}")
            }
        };
        Error::new(ErrorKind::UnknownService, message)
    }

    /// Where a search goes, for the message that nothing was found.
    fn places(&self) -> String {
        let mut places = Vec::new();
        if !self.0.given.is_empty() {
            places.push("the models given to the builder".to_owned());
        }
        places.extend(self.0.folders.iter().map(|folder| folder.display().to_string()));
        let bundled = self.0.bundle.services(FileType::Service.stem()).count();
        if bundled > 0 {
            places.push(format!("the {bundled} bundled models"));
            return format!("looked in {}", places.join(", "));
        }
        match places.is_empty() {
            true => "no models are bundled, and no model folder is set".to_owned(),
            false => format!("no models are bundled, looked in {}", places.join(", ")),
        }
    }
}

/// A file that exists, not read yet.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    place: Place,
    extras: Option<FileOnDisk>,
    /// The API version to ask the other files of the service for; empty where none is known.
    pub(crate) version: String,
}

#[derive(Debug, Clone)]
enum Place {
    Given(Arc<Given>),
    File(FileOnDisk),
    Bundled(Bundle, bundle::Entry),
}

#[derive(Debug, Clone)]
struct FileOnDisk {
    path: PathBuf,
    stamp: (u64, Option<SystemTime>),
}

/// Which file it is, for the store of parsed files.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct FileKey {
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
type FileStamp = [Option<(u64, Option<SystemTime>)>; 2];

static PARSED: LazyLock<Store<FileKey, FileStamp>> = LazyLock::new(Store::new);

impl Found {
    /// The file as a `T`, parsed at most once for each `T`: in the whole process for a file, in the session for a document
    /// that was given to its builder. `parse` gets the text and the name to use in messages.
    pub(crate) fn get_or_parse<T>(&self, parse: impl FnOnce(&str, &str) -> Result<T>) -> Result<Arc<T>>
    where
        T: Any + Send + Sync,
    {
        let store = match &self.place {
            Place::Given(given) => &given.parsed,
            Place::File(_) | Place::Bundled(..) => &*PARSED,
        };
        store.get_or_try_init(self.key(), self.stamp(), || parse(&self.read()?, &self.origin()))
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

    /// The file as a JSON tree, for those that are small.
    pub(crate) fn json(&self) -> Result<Value> {
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

/// One path component: a name that comes from a caller or a model must not lead out of the folder.
fn is_plain_name(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && !name.contains(['/', '\\', ':', '\0'])
}

/// `STEM.json` or `STEM.json.gz`, whichever exists first.
fn existing(folder: &Path, stem: &str) -> Option<FileOnDisk> {
    SUFFIXES.iter().find_map(|suffix| {
        let path = folder.join(format!("{stem}{suffix}"));
        let metadata = fs::metadata(&path).ok().filter(fs::Metadata::is_file)?;
        Some(FileOnDisk { stamp: (metadata.len(), metadata.modified().ok()), path })
    })
}

fn find_in_folder(folder: &Path, service: &str, version: &str, file: FileType) -> Result<Option<FileOnDisk>> {
    if !folder.is_dir() {
        return Ok(None);
    }
    let versioned = match version {
        "" => None,
        version => existing(&folder.join(service).join(version), file.stem()),
    };
    if versioned.is_some() {
        return Ok(versioned);
    }
    let flat = flat_file(folder, service, file)?;
    // Only a model names its version; what lies beside it goes with every version.
    Ok(flat.filter(|(own, _)| file != FileType::Service || own == version).map(|(_, file)| file))
}

/// A file that lies in a folder without a version, and the version that it names itself.
fn flat_file(folder: &Path, service: &str, file: FileType) -> Result<Option<(String, FileOnDisk)>> {
    let beside = existing(&folder.join(service), file.stem());
    if file != FileType::Service {
        return Ok(beside.map(|file| (String::new(), file)));
    }
    let is_top_level = TopLevel::ALL.iter().any(|top| top.stem() == service);
    let found = beside.or_else(|| if is_top_level { None } else { existing(folder, service) });
    let Some(found) = found else {
        return Ok(None);
    };
    let text = read_text(&found.path).map_err(|error| broken(&found.path.display().to_string(), error))?;
    let version = peek_api_version(&text).map_err(|error| broken(&found.path.display().to_string(), error))?;
    Ok(Some((version.filter(|version| is_plain_name(version)).unwrap_or_default(), found)))
}

fn versions_in_folder(folder: &Path, service: &str, file: FileType) -> Result<Vec<String>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let own = folder.join(service);
    let mut versions = folders_in(&own)?;
    versions.retain(|version| existing(&own.join(version), file.stem()).is_some());
    versions.extend(flat_file(folder, service, file)?.map(|(version, _)| version));
    Ok(versions)
}

/// The services of one folder that have a model of any version.
fn services_of(folder: &Path) -> Result<Vec<String>> {
    let stem = FileType::Service.stem();
    let mut services = folders_in(folder)?;
    services.retain(|service| {
        let own = folder.join(service);
        let has_version =
            |versions: Vec<String>| versions.iter().any(|version| existing(&own.join(version), stem).is_some());
        existing(&own, stem).is_some() || folders_in(&own).is_ok_and(has_version)
    });
    // Other JSON files may lie beside the models; they have no metadata.
    let is_model = |service: &String| matches!(flat_file(folder, service, FileType::Service), Ok(Some((version, _))) if !version.is_empty());
    services.extend(flat_names(folder)?.into_iter().filter(is_model));
    Ok(services)
}

/// The names of the files that may be `SERVICE.json`.
fn flat_names(folder: &Path) -> Result<Vec<String>> {
    let stem = |name: String| SUFFIXES.iter().find_map(|suffix| name.strip_suffix(suffix)).map(str::to_owned);
    Ok(entries(folder)?.into_iter().filter_map(stem).collect())
}

fn folders_in(folder: &Path) -> Result<Vec<String>> {
    let mut names = entries(folder)?;
    names.retain(|name| folder.join(name).is_dir());
    Ok(names)
}

/// The names in a folder; none where it does not exist.
fn entries(folder: &Path) -> Result<Vec<String>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let list = || fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<_>>>();
    let names = list().map_err(|error| broken(&folder.display().to_string(), error))?;
    Ok(names.into_iter().filter_map(|name| name.into_string().ok()).collect())
}

fn read_text(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST_FILE as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > LARGEST_FILE {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("is larger than {LARGEST_FILE} bytes")));
    }
    if path.extension().is_some_and(|extension| extension == "gz") { inflate_text(&bytes) } else { utf8(bytes) }
}

fn inflate_text(file: &[u8]) -> io::Result<String> {
    utf8(gzip::inflate(file, LARGEST_FILE)?)
}

fn utf8(bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.utf8_error()))
}

fn parse_json(text: &str, origin: &str) -> Result<Value> {
    serde_json::from_str(text).map_err(|error| broken(origin, error))
}

fn broken(origin: &str, error: impl std::error::Error + Send + Sync + 'static) -> Error {
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

/// "`a`, `b` or `c`"
fn listed(names: &[impl fmt::Display]) -> String {
    let mut text = String::new();
    for (position, name) in names.iter().enumerate() {
        let separator = match position {
            0 => "",
            _ if position + 1 == names.len() => " or ",
            _ => ", ",
        };
        text.push_str(&format!("{separator}`{name}`"));
    }
    text
}

#[cfg(test)]
mod tests;
