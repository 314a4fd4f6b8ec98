//! `tucuxi models import`: imports the service models of a botocore release in botocore's layout, made small: the newest API
//! version of each service, extras merged, patches applied, documentation stripped, minified, gzipped with an index. A boto3 release
//! has the definitions of resources, which are imported in the same way.
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
    /// A wheel of botocore or boto3, its source distribution (.tar.gz), or an unpacked folder of either.
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
    /// The release of botocore or boto3, if the package names it.
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
        write!(f, "release {release}: {services} services, {files} files of {bytes} bytes; ")?;
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
    let chosen = ChosenVersions::choose(&inventory.files, &arguments.services, &arguments.path)?;
    let mut patches = Patches::read(&arguments.to.join("patches"))?;
    let mut written = BTreeMap::new();
    package.read(&|name| chosen.has(name), &mut |name, text| {
        let model = convert(&name, &text, inventory.extras.get(&name), &mut patches, arguments.keep_docs)?;
        let file = match name.stem() {
            "service-2" => pack::compress(&model)?,
            _ => gzip::compress(model.to_string().as_bytes())?,
        };
        written.insert(name, file);
        Ok(())
    })?;
    let everything = arguments.services.is_empty();
    let mut provenance = Provenance::read(&arguments.to)?;
    let release = inventory.release.or_else(|| Provenance::release_of(&arguments.path));
    let mut stale = Vec::new();
    if !chosen.models.is_empty() {
        if everything {
            patches.check_all_used()?;
        }
        stale = provenance.update(&chosen.models, release.as_deref(), everything, arguments.keep_docs);
    }
    if !chosen.resources.is_empty() {
        // Definitions in a folder with models were imported from another release.
        let source = if chosen.models.is_empty() { Provenance::default() } else { Provenance::read(&arguments.path)? };
        stale.extend(provenance.update_resources(&chosen.resources, &source, release.as_deref(), everything));
    }
    let mut summary = Summary {
        services: chosen.services(),
        files: written.len(),
        bytes: written.values().map(Vec::len).sum(),
        idle_patches: if chosen.models.is_empty() { Vec::new() } else { patches.idle() },
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
struct ChosenVersions {
    models: BTreeMap<String, String>,
    /// Those with definitions of resources.
    resources: BTreeMap<String, String>,
}

impl ChosenVersions {
    fn choose(files: &BTreeSet<FileName>, wanted: &[String], path: &Path) -> ImportResult<Self> {
        let mut chosen = ChosenVersions { models: BTreeMap::new(), resources: BTreeMap::new() };
        for name in files {
            let FileName::Service { service, version, stem } = name else { continue };
            let versions = match *stem {
                "service-2" => &mut chosen.models,
                "resources-1" => &mut chosen.resources,
                _ => continue,
            };
            // The set is sorted, so the greatest version comes last.
            if wanted.is_empty() || wanted.contains(service) {
                versions.insert(service.clone(), version.clone());
            }
        }
        let is_unknown =
            |service: &&String| !chosen.models.contains_key(*service) && !chosen.resources.contains_key(*service);
        if let Some(unknown) = wanted.iter().find(is_unknown) {
            return Err(ImportError::new(path.display(), format!("there is no service `{unknown}`")));
        }
        if chosen.services() == 0 {
            let expected =
                "no models found; expected a botocore or boto3 wheel, its source distribution, or its folder `data`";
            return Err(ImportError::new(path.display(), expected));
        }
        Ok(chosen)
    }

    fn services(&self) -> usize {
        let only_resources = self.resources.keys().filter(|service| !self.models.contains_key(*service));
        self.models.len().saturating_add(only_resources.count())
    }

    fn has(&self, name: &FileName) -> bool {
        match name {
            FileName::TopLevel(_) => !self.models.is_empty(),
            FileName::Service { service, version, stem: "resources-1" } => self.resources.get(service) == Some(version),
            FileName::Service { service, version, .. } => self.models.get(service) == Some(version),
        }
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
