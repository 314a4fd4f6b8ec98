//! `tucuxi models import`: imports the service models of a botocore release in botocore's layout, made small: the newest API
//! version of each service, extras merged, patches applied, documentation stripped, minified, gzipped with an index.
//!
//! The output is reproducible: a release gives the same bytes as a wheel, a source distribution or a folder.

mod gzip;
mod merge;
mod pack;
mod package;
mod prose;
mod provenance;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use merge::Patches;
use package::{FileName, Package};
use provenance::Provenance;

/// The arguments of an import.
#[derive(Debug)]
pub(crate) struct ImportArgs {
    /// A botocore wheel, its source distribution (.tar.gz), or an unpacked folder of either.
    pub(crate) path: PathBuf,
    /// The folder names of the services to import; empty means all.
    pub(crate) services: Vec<String>,
    /// The folder to write to.
    pub(crate) to: PathBuf,
    /// Whether to keep documentation, descriptions, titles and examples.
    pub(crate) keep_docs: bool,
}

/// The result of an import.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    /// The botocore release, if the package names it.
    pub(crate) release: Option<String>,
    pub(crate) services: usize,
    pub(crate) files: usize,
    /// The total compressed size of the files.
    pub(crate) bytes: usize,
    /// The number of files that are new or changed.
    pub(crate) changed: usize,
    /// The number of files of an earlier import that were removed.
    pub(crate) removed: usize,
    /// Patches that changed nothing: the release has the fix, or its models are already patched.
    pub(crate) idle_patches: Vec<String>,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let release = self.release.as_deref().unwrap_or("of unknown release");
        let Summary { services, files, bytes, changed, removed, .. } = self;
        write!(f, "botocore {release}: {services} services, {files} files of {bytes} bytes; ")?;
        write!(f, "{changed} changed, {removed} removed")?;
        match self.idle_patches.is_empty() {
            true => Ok(()),
            false => write!(f, "; patches that change nothing: {}", self.idle_patches.join(", ")),
        }
    }
}

/// An import error: one line that names the file.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {reason}")]
pub(crate) struct ImportError {
    place: String,
    reason: String,
}

type ImportResult<T> = Result<T, ImportError>;

impl ImportError {
    fn new(place: impl fmt::Display, reason: impl fmt::Display) -> Self {
        ImportError { place: place.to_string(), reason: reason.to_string() }
    }

    fn at(path: &Path) -> impl Fn(std::io::Error) -> Self {
        move |error| ImportError::new(path.display(), error)
    }
}

/// Imports models. Reads and parses everything before it writes anything.
pub(crate) fn run(arguments: &ImportArgs) -> ImportResult<Summary> {
    let package = Package::open(&arguments.path)?;
    let inventory = package.inventory()?;
    let versions = choose(&inventory.files, &arguments.services, &arguments.path)?;
    let mut patches = Patches::read(&arguments.to.join("patches"))?;
    let mut written = BTreeMap::new();
    package.read(&|name| is_chosen(name, &versions), &mut |name, text| {
        let model = convert(&name, &text, inventory.extras.get(&name), &mut patches, arguments.keep_docs)?;
        let file = match name.stem() {
            "service-2" => pack::compress(&model)?,
            _ => gzip::compress(model.to_string().as_bytes())?,
        };
        written.insert(name, file);
        Ok(())
    })?;
    let everything = arguments.services.is_empty();
    if everything {
        patches.check_all_used()?;
    }

    let mut provenance = Provenance::read(&arguments.to)?;
    let release = inventory.release.or_else(|| Provenance::release_of(&arguments.path));
    let stale = provenance.update(&versions, release.as_deref(), everything, arguments.keep_docs);
    let mut summary = Summary {
        services: versions.len(),
        files: written.len(),
        bytes: written.values().map(Vec::len).sum(),
        idle_patches: patches.idle(),
        release,
        ..Summary::default()
    };
    for (name, content) in &written {
        summary.changed += usize::from(write(&arguments.to.join(name.target()), content)?);
    }
    for name in stale.iter().filter(|name| !written.contains_key(*name)) {
        summary.removed += usize::from(remove(&arguments.to, name)?);
    }
    write(&arguments.to.join(provenance::FILE), provenance.to_string().as_bytes())?;
    Ok(summary)
}

/// The newest API version of each wanted service: the greatest as text, as in botocore.
fn choose(files: &BTreeSet<FileName>, wanted: &[String], path: &Path) -> ImportResult<BTreeMap<String, String>> {
    let mut versions = BTreeMap::new();
    for name in files {
        // The set is sorted, so the greatest version comes last.
        if let FileName::Service { service, version, stem: "service-2" } = name
            && (wanted.is_empty() || wanted.contains(service))
        {
            versions.insert(service.clone(), version.clone());
        }
    }
    if let Some(unknown) = wanted.iter().find(|service| !versions.contains_key(*service)) {
        return Err(ImportError::new(path.display(), format!("there is no service `{unknown}`")));
    }
    if versions.is_empty() {
        let expected = "no models found; expected a botocore wheel, its source distribution, or its folder `data`";
        return Err(ImportError::new(path.display(), expected));
    }
    Ok(versions)
}

fn is_chosen(name: &FileName, versions: &BTreeMap<String, String>) -> bool {
    match name {
        FileName::TopLevel(_) => true,
        FileName::Service { service, version, .. } => versions.get(service) == Some(version),
    }
}

fn convert(
    name: &FileName,
    text: &str,
    extras: Option<&String>,
    patches: &mut Patches,
    keep_docs: bool,
) -> ImportResult<Value> {
    let parse = |text: &str| {
        serde_json::from_str::<Value>(text.trim_start_matches('\u{feff}'))
            .map_err(|error| ImportError::new(name, error))
    };
    let mut model = parse(text)?;
    if let Some(extras) = extras {
        merge::add_extras(&mut model, parse(extras)?);
    }
    if !keep_docs {
        prose::strip(&mut model, name.stem());
    }
    patches.apply(name, &mut model);
    Ok(model)
}

/// Writes a file; returns whether its content changed.
fn write(path: &Path, content: &[u8]) -> ImportResult<bool> {
    if fs::read(path).is_ok_and(|old| old == content) {
        return Ok(false);
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(ImportError::at(folder))?;
    }
    fs::write(path, content).map_err(ImportError::at(path))?;
    Ok(true)
}

/// Removes a file of an earlier import, and its folders if they are empty.
fn remove(target: &Path, name: &FileName) -> ImportResult<bool> {
    let path = target.join(name.target());
    if !path.is_file() {
        return Ok(false);
    }
    fs::remove_file(&path).map_err(ImportError::at(&path))?;
    for folder in path.ancestors().skip(1).take(2) {
        if fs::remove_dir(folder).is_err() {
            break;
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests;
