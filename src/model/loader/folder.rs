//! Model folders on disk: finds and reads their files.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::published::{published_file, published_services, published_versions};
use super::sdk_ids::sdk_id;
use super::{FileType, TopLevel, is_plain_name};
use crate::codec::gzip;
use crate::error::Result;
use crate::model::error::invalid_file;
use crate::model::peek::peek_api_version;

/// Maximum size of an inflated file. The largest one (EC2's model with its documentation) has a tenth of that.
#[cfg(not(test))]
pub(super) const MAX_FILE_BYTES: usize = 128 << 20;
/// Small enough that a test can exceed it quickly.
#[cfg(test)]
pub(super) const MAX_FILE_BYTES: usize = 8 << 20;

/// File suffixes in order of preference.
const SUFFIXES: [&str; 2] = [".json", ".json.gz"];

/// Size and modification time of a file. Its content changed if the stamp did.
pub(super) type Stamp = (u64, Option<SystemTime>);

/// Existing file.
#[derive(Debug, Clone)]
pub(super) struct FileOnDisk {
    pub(super) path: PathBuf,
    pub(super) stamp: Stamp,
}

/// Finds `STEM.json`, or else `STEM.json.gz`.
pub(super) fn existing(folder: &Path, stem: &str) -> Option<FileOnDisk> {
    SUFFIXES.iter().find_map(|suffix| {
        let path = folder.join(format!("{stem}{suffix}"));
        let metadata = fs::metadata(&path).ok().filter(fs::Metadata::is_file)?;
        Some(FileOnDisk { stamp: (metadata.len(), metadata.modified().ok()), path })
    })
}

pub(super) fn find_in_folder(
    folder: &Path,
    service: &str,
    version: &str,
    file: FileType,
) -> Result<Option<FileOnDisk>> {
    if !folder.is_dir() {
        return Ok(None);
    }
    let versioned = match version {
        "" => None,
        version if file == FileType::Service => existing(&folder.join(service).join(version), file.stem())
            .or_else(|| published_file(folder, service, version)),
        version => existing(&folder.join(service).join(version), file.stem()),
    };
    if versioned.is_some() {
        return Ok(versioned);
    }
    let flat = flat_file(folder, service, file)?;
    // Only a model has a version. The files beside it fit every version.
    Ok(flat.filter(|(own, _)| file != FileType::Service || own == version).map(|(_, file)| file))
}

/// Finds a file in a folder without a version. Returns it with the version in the file.
fn flat_file(folder: &Path, service: &str, file: FileType) -> Result<Option<(String, FileOnDisk)>> {
    let beside = existing(&folder.join(service), file.stem());
    if file != FileType::Service {
        return Ok(beside.map(|file| (String::new(), file)));
    }
    let is_top_level = TopLevel::ALL.iter().any(|top| top.stem() == service);
    let named = || existing(folder, service).or_else(|| existing(folder, sdk_id(service)?));
    let found = beside.or_else(|| if is_top_level { None } else { named() });
    let Some(found) = found else {
        return Ok(None);
    };
    let text = read_text(&found.path).map_err(|error| invalid_file(&found.path.display().to_string(), error))?;
    let version = peek_api_version(&text).map_err(|error| invalid_file(&found.path.display().to_string(), error))?;
    Ok(Some((version.filter(|version| is_plain_name(version)).unwrap_or_default(), found)))
}

pub(super) fn versions_in_folder(folder: &Path, service: &str, file: FileType) -> Result<Vec<String>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let own = folder.join(service);
    let mut versions = folders_in(&own)?;
    versions.retain(|version| existing(&own.join(version), file.stem()).is_some());
    if file == FileType::Service {
        versions.extend(published_versions(folder, service)?);
    }
    versions.extend(flat_file(folder, service, file)?.map(|(version, _)| version));
    Ok(versions)
}

/// Returns the services of a folder that have a model of any version.
pub(super) fn services_of(folder: &Path) -> Result<Vec<String>> {
    let stem = FileType::Service.stem();
    let mut services = folders_in(folder)?;
    services.retain(|service| {
        let own = folder.join(service);
        let has_version =
            |versions: Vec<String>| versions.iter().any(|version| existing(&own.join(version), stem).is_some());
        existing(&own, stem).is_some() || folders_in(&own).is_ok_and(has_version)
    });
    services.extend(published_services(folder)?);
    // Other JSON files beside the models have no metadata.
    let is_model = |service: &String| matches!(flat_file(folder, service, FileType::Service), Ok(Some((version, _))) if !version.is_empty());
    services.extend(flat_names(folder)?.into_iter().filter(is_model));
    Ok(services)
}

/// Returns the services of a folder that have a file of this type, also without a model. What cannot be read has none.
pub(super) fn services_with(folder: &Path, file: FileType) -> Vec<String> {
    let mut services = folders_in(folder).unwrap_or_default();
    services.retain(|service| versions_in_folder(folder, service, file).is_ok_and(|versions| !versions.is_empty()));
    services
}

/// Returns the names of files that may be a `SERVICE.json`.
fn flat_names(folder: &Path) -> Result<Vec<String>> {
    let stem = |name: String| SUFFIXES.iter().find_map(|suffix| name.strip_suffix(suffix)).map(str::to_owned);
    Ok(entries(folder)?.into_iter().filter_map(stem).collect())
}

pub(super) fn folders_in(folder: &Path) -> Result<Vec<String>> {
    let mut names = entries(folder)?;
    names.retain(|name| folder.join(name).is_dir());
    Ok(names)
}

/// Returns the names in a folder; none if it does not exist.
fn entries(folder: &Path) -> Result<Vec<String>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let list = || fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<_>>>();
    let names = list().map_err(|error| invalid_file(&folder.display().to_string(), error))?;
    Ok(names.into_iter().filter_map(|name| name.into_string().ok()).collect())
}

pub(super) fn read_text(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > MAX_FILE_BYTES {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("is larger than {MAX_FILE_BYTES} bytes")));
    }
    if path.extension().is_some_and(|extension| extension == "gz") { inflate_text(&bytes) } else { utf8(bytes) }
}

pub(super) fn inflate_text(file: &[u8]) -> io::Result<String> {
    utf8(gzip::inflate(file, MAX_FILE_BYTES)?)
}

/// Reads the start of a file, inflated.
pub(super) fn read_start(path: &Path, max_bytes: usize) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(max_bytes as u64).read_to_end(&mut bytes)?;
    match path.extension().is_some_and(|extension| extension == "gz") {
        true => inflate_start(&bytes, max_bytes),
        false => Ok(text_of_start(bytes)),
    }
}

/// Inflates the start of a gzip file that may be truncated.
pub(super) fn inflate_start(file: &[u8], max_bytes: usize) -> io::Result<String> {
    gzip::inflate_start(file, max_bytes).map(text_of_start)
}

/// Converts truncated bytes to text: drops an incomplete last character.
fn text_of_start(mut bytes: Vec<u8>) -> String {
    let valid = std::str::from_utf8(&bytes).map_or_else(|error| error.valid_up_to(), str::len);
    bytes.truncate(valid);
    String::from_utf8(bytes).unwrap_or_default()
}

fn utf8(bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.utf8_error()))
}
