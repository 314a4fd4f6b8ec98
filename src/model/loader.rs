//! Where model files come from. This module is the only one in the model room that touches the file system.
//!
//! The layout and the rules are those of botocore's `loaders.py`: `FOLDER/SERVICE/API-VERSION/service-2.json(.gz)`; the
//! first source that has a file wins; without an explicit API version the newest one counts, over all sources and for each
//! kind of file by itself, where the newest is the greatest as text; `….sdk-extras.json` beside a model (or in another
//! folder) is merged over it. Two things are more than botocore does: documents that are given to the builder come before
//! all folders, and a folder may have `SERVICE/service-2.json` or `SERVICE.json` without a folder for the version, which then
//! counts as a file of the version that the model itself names.
//!
//! Environment and home folder are not read here: the session hands over the folders.

mod folder;
mod found;
mod other_names;

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use once_cell::sync::OnceCell;

use crate::error::{Error, ErrorKind, Result};
use crate::model::bundle::Bundle;
use crate::model::peek::peek_api_version;
use crate::model::store::Store;

use folder::{existing, find_in_folder, services_of, versions_in_folder};
use found::{FileKey, FileStamp, Place};

pub(crate) use found::Found;
use other_names::OtherNames;

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
    other_names: OnceCell<OtherNames>,
}

impl Sources {
    /// `folders` in the order of the search: the builder's, those of `AWS_DATA_PATH`, `~/.aws/models`. Folders that do not
    /// exist are skipped. `bundled` says whether the embedded models come after them.
    pub(crate) fn new(given: Vec<Given>, folders: Vec<PathBuf>, bundled: bool) -> Self {
        let bundle = if bundled { Bundle::embedded() } else { Bundle::EMPTY };
        Sources(Arc::new(Inner {
            given: given.into_iter().map(Arc::new).collect(),
            folders,
            bundle,
            other_names: OnceCell::new(),
        }))
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

    /// Whether a service of that name has a model of any version. What is wrong with the model is told when it is used.
    pub(crate) fn has_service(&self, service: &str) -> bool {
        !matches!(self.find(service, None, FileType::Service), Ok(None))
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
            _ => return self.unknown_service(service, &OtherNames::of_folders(self.services().unwrap_or_default())),
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

/// One path component: a name that comes from a caller or a model must not lead out of the folder.
fn is_plain_name(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && !name.contains(['/', '\\', ':', '\0'])
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
