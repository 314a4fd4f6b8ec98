//! Model loader: finds model files in documents, folders and the bundle. Only this part of the model module does I/O.
//!
//! The layout and the rules are those of botocore's `loaders.py`:
//! - The path is `FOLDER/SERVICE/API-VERSION/service-2.json(.gz)`. The first source that has a file wins.
//! - Without an explicit API version the newest one wins, over all sources and for each type of file separately. The newest
//!   version is the greatest string.
//! - `….sdk-extras.json` beside a model, or in another folder, is merged into it.
//!
//! There are three extensions. Documents passed to the builder come before all folders. And a folder may have
//! `SERVICE/service-2.json` or `SERVICE.json` without a folder for the version; the version is then the one in the model.
//! And each model may be one in Smithy's JSON AST, also in the layouts of [`published`]. Such a file has all parts of a service: its
//! rules come before the bundled ones, its paginators and waiters are used where there are no others.
//!
//! The session passes the folders: this module reads neither the environment nor the home folder.

mod folder;
mod found;
mod other_names;
mod published;
mod sdk_ids;

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use once_cell::sync::OnceCell;

use crate::error::{Error, Result};
use crate::model::bundle::Bundle;
use crate::model::error::LookupError;
use crate::model::peek::peek_api_version;
use crate::model::store::Store;

use folder::{existing, find_in_folder, services_of, services_with, versions_in_folder};
use found::{FileKey, FileLocation, FileStamp};

pub(crate) use found::Found;
use other_names::OtherNames;

/// Types of a service's model files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum FileType {
    Service,
    EndpointRuleSet,
    Paginators,
    Waiters,
    Resources,
}

impl FileType {
    const fn stem(self) -> &'static str {
        match self {
            FileType::Service => "service-2",
            FileType::EndpointRuleSet => "endpoint-rule-set-1",
            FileType::Paginators => "paginators-1",
            FileType::Waiters => "waiters-2",
            FileType::Resources => "resources-1",
        }
    }
}

/// Files that belong to no service, beside the services' folders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum TopLevel {
    Partitions,
    Endpoints,
}

impl TopLevel {
    const ALL: [TopLevel; 2] = [TopLevel::Partitions, TopLevel::Endpoints];

    const fn stem(self) -> &'static str {
        match self {
            TopLevel::Partitions => "partitions",
            TopLevel::Endpoints => "endpoints",
        }
    }
}

/// Document that the user passed to the session builder. Its parsed form lives as long as the session.
#[derive(Debug)]
pub(crate) struct Given {
    service: String,
    file: FileType,
    /// The `apiVersion` of a service model. A document without one fits every version.
    version: Option<String>,
    text: String,
    parsed: Store<FileKey, FileStamp>,
}

impl Given {
    pub(crate) fn new(service: impl Into<String>, file: FileType, text: impl Into<String>) -> Self {
        let (service, text) = (service.into(), text.into());
        // An invalid document has no version. Parsing it later reports the error.
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

/// Model sources of a session, in search order. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Sources(Arc<SourcesInner>);

#[derive(Debug)]
struct SourcesInner {
    given: Vec<Arc<Given>>,
    folders: Vec<PathBuf>,
    bundle: Bundle,
    other_names: OnceCell<OtherNames>,
}

impl Sources {
    /// Creates the sources. `folders` are in search order: the builder's, those of `AWS_DATA_PATH`, `~/.aws/models`. Missing
    /// folders are skipped. With `bundled`, the bundled models come last.
    pub(crate) fn new(given: Vec<Given>, folders: Vec<PathBuf>, bundled: bool) -> Self {
        let bundle = if bundled { Bundle::embedded() } else { Bundle::EMPTY };
        Sources(Arc::new(SourcesInner {
            given: given.into_iter().map(Arc::new).collect(),
            folders,
            bundle,
            other_names: OnceCell::new(),
        }))
    }

    /// Finds the model of a service.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownService`] if no source has it. The message has the nearest names or versions.
    pub(crate) fn service(&self, service: &str, version: Option<&str>) -> Result<Found> {
        match self.find(service, version, FileType::Service)? {
            Some(found) => Ok(found),
            None => Err(self.unknown(service, version)),
        }
    }

    /// Whether a service of that name has a model of any version. Errors in the model are reported when it is used.
    pub(crate) fn has_service(&self, service: &str) -> bool {
        !matches!(self.find(service, None, FileType::Service), Ok(None))
    }

    /// Finds a file of a service in the first source that has it. The file is not read yet, except that a model in a folder
    /// without a version is opened for its version.
    pub(crate) fn find(&self, service: &str, version: Option<&str>, file: FileType) -> Result<Option<Found>> {
        if !is_plain_name(service) || version.is_some_and(|version| !version.is_empty() && !is_plain_name(version)) {
            return Ok(None);
        }
        let found = match self.find_given(service, version, file) {
            Some(found) => Some(found),
            None => self.find_stored(service, version, file)?,
        };
        let found = match file {
            FileType::Service => found,
            _ => self.or_part(found, service, version, file)?,
        };
        Ok(found.map(|found| self.with_extras(found, service, file)))
    }

    /// Returns the part of the service's Smithy model instead of a file that there is not. Rules of endpoints belong to their
    /// model, so that they also come before bundled ones.
    fn or_part(
        &self,
        found: Option<Found>,
        service: &str,
        version: Option<&str>,
        file: FileType,
    ) -> Result<Option<Found>> {
        let is_final = found.as_ref().is_some_and(|found| file != FileType::EndpointRuleSet || !found.is_bundled());
        if is_final {
            return Ok(found);
        }
        let part = match self.find(service, version, FileType::Service)? {
            Some(model) => model.with_part(file)?,
            None => None,
        };
        Ok(part.or(found))
    }

    /// Finds a file that belongs to no service.
    pub(crate) fn top_level(&self, file: TopLevel) -> Option<Found> {
        let in_folder = |folder: &PathBuf| existing(folder, file.stem()).map(FileLocation::File);
        let location = self.0.folders.iter().find_map(in_folder).or_else(|| self.bundled(file.stem()));
        location.map(|location| Found { location, extras: None, part: None, version: String::new() })
    }

    /// Returns the names of all services that have a model, sorted.
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

    /// Returns the names of all services that have a file of this type, sorted. Folders that cannot be read count as empty.
    pub(crate) fn services_with(&self, file: FileType) -> Vec<String> {
        let mut names: BTreeSet<String> = self.0.bundle.services(file.stem()).map(str::to_owned).collect();
        names.extend(self.0.given.iter().filter(|given| given.file == file).map(|given| given.service.clone()));
        names.extend(self.0.folders.iter().flat_map(|folder| services_with(folder, file)));
        names.into_iter().collect()
    }

    /// Returns the API versions of a service's models, in ascending order.
    pub(crate) fn versions(&self, service: &str) -> Result<Vec<String>> {
        if !is_plain_name(service) {
            return Ok(Vec::new());
        }
        let given = self.0.given.iter().filter(|given| given.fits(service, None, FileType::Service));
        let mut versions: BTreeSet<String> = given.filter_map(|given| given.version.clone()).collect();
        versions.extend(self.stored_versions(service, FileType::Service)?);
        Ok(versions.into_iter().collect())
    }

    /// Returns the newest fitting document of the builder; the last of several with the same version.
    fn find_given(&self, service: &str, version: Option<&str>, file: FileType) -> Option<Found> {
        let fitting = self.0.given.iter().filter(|given| given.fits(service, version, file));
        let given = fitting.max_by_key(|given| given.version.as_deref())?;
        let version = given.version.as_deref().or(version).unwrap_or_default().to_owned();
        Some(Found { location: FileLocation::Given(Arc::clone(given)), extras: None, part: None, version })
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
            if let Some(location) = find_in_folder(folder, service, &version, file)? {
                return Ok(Some(Found { location: FileLocation::File(location), extras: None, part: None, version }));
            }
        }
        let bundled = self.bundled(&format!("{service}/{version}/{}", file.stem()));
        Ok(bundled.map(|location| Found { location, extras: None, part: None, version }))
    }

    /// Returns the versions of one type of file in all folders and the bundle.
    fn stored_versions(&self, service: &str, file: FileType) -> Result<BTreeSet<String>> {
        let mut versions = BTreeSet::new();
        for folder in &self.0.folders {
            versions.extend(versions_in_folder(folder, service, file)?);
        }
        versions.extend(self.0.bundle.versions(service, file.stem()).map(|(version, _)| version.to_owned()));
        Ok(versions)
    }

    fn bundled(&self, name: &str) -> Option<FileLocation> {
        self.0.bundle.get(name).map(|entry| FileLocation::Bundled(self.0.bundle, entry))
    }

    /// Adds the extras of a model from any folder, whatever the model's source. Bundled models were merged with their extras at
    /// import.
    fn with_extras(&self, found: Found, service: &str, file: FileType) -> Found {
        let stem = format!("{}.sdk-extras", file.stem());
        let in_folder = |folder: &PathBuf| {
            let service = folder.join(service);
            service.is_dir().then(|| existing(&service.join(&found.version), &stem)).flatten()
        };
        Found { extras: self.0.folders.iter().find_map(in_folder), ..found }
    }

    fn unknown(&self, service: &str, version: Option<&str>) -> Error {
        let error = match version.map(|version| (version, self.versions(service).unwrap_or_default())) {
            Some((version, known)) if !known.is_empty() => {
                let (service, version) = (service.to_owned(), version.to_owned());
                LookupError::UnknownVersion { service, version, known: listed(&known) }
            }
            _ => return self.unknown_service(service, &OtherNames::of_folders(self.services().unwrap_or_default())),
        };
        error.into()
    }

    /// Describes the searched places for the error message.
    fn places(&self) -> String {
        let mut places = Vec::new();
        if !self.0.given.is_empty() {
            places.push("the models passed to the builder".to_owned());
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

/// Whether a name is a single path component. Names from callers and models must not lead out of the folder.
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
