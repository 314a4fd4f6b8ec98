//! Reads a botocore release: a wheel, a source distribution, or a folder. Archives are not unpacked to disk; paths in them are
//! only compared.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use super::{ImportError, ImportResult, gzip};

/// The largest uncompressed size of a file, in bytes.
const MAX_FILE: u64 = 128 << 20;

const SERVICE_STEMS: [&str; 4] = ["service-2", "endpoint-rule-set-1", "paginators-1", "waiters-2"];
/// boto3 releases have the definitions of resources, and nothing else that is imported.
const RESOURCES_STEM: &str = "resources-1";
const TOP_LEVEL_STEMS: [&str; 3] = ["partitions", "endpoints", "sdk-default-configuration"];

/// The file with the release's version.
const INIT: &str = "__init__.py";

/// A file to import, by its place in the layout.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum FileName {
    TopLevel(&'static str),
    Service { service: String, version: String, stem: &'static str },
}

impl FileName {
    /// The file with the definitions of a service's resources.
    pub(super) fn resources_of(service: &str, version: &str) -> FileName {
        FileName::Service { service: service.to_owned(), version: version.to_owned(), stem: RESOURCES_STEM }
    }

    /// The names of all files that an import of models may write for a service.
    pub(super) fn of_service(service: &str, version: &str) -> impl Iterator<Item = FileName> {
        let (service, version) = (service.to_owned(), version.to_owned());
        SERVICE_STEMS.into_iter().map(move |stem| FileName::Service {
            service: service.clone(),
            version: version.clone(),
            stem,
        })
    }

    pub(super) fn stem(&self) -> &'static str {
        match self {
            FileName::TopLevel(stem) | FileName::Service { stem, .. } => stem,
        }
    }

    /// The path in the target folder.
    pub(super) fn target(&self) -> String {
        format!("{self}.json.gz")
    }

    /// The name of the file's patch: `sqs/service-2`, `partitions`.
    pub(super) fn without_version(&self) -> String {
        match self {
            FileName::TopLevel(stem) => (*stem).to_owned(),
            FileName::Service { service, stem, .. } => format!("{service}/{stem}"),
        }
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FileName::TopLevel(stem) => f.write_str(stem),
            FileName::Service { service, version, stem } => write!(f, "{service}/{version}/{stem}"),
        }
    }
}

/// The contents of a package.
#[derive(Debug, Default)]
pub(super) struct Inventory {
    pub(super) release: Option<String>,
    pub(super) files: BTreeSet<FileName>,
    /// The text of each file's `….sdk-extras.json`.
    pub(super) extras: BTreeMap<FileName, String>,
}

/// A package on disk.
#[derive(Debug)]
pub(super) enum Package {
    Wheel(PathBuf),
    Tarball(PathBuf),
    /// The folder `data` itself.
    Folder(PathBuf),
}

type VisitFile<'a> = &'a mut dyn FnMut(PackageItem, &mut dyn Read) -> ImportResult<()>;

impl Package {
    /// Detects the kind of package by its first bytes, not by the file name.
    pub(super) fn open(path: &Path) -> ImportResult<Self> {
        if path.is_dir() {
            let inner = [path.join("botocore").join("data"), path.join("boto3").join("data"), path.join("data")];
            let data = inner.into_iter().find(|folder| folder.is_dir()).unwrap_or_else(|| path.to_owned());
            return Ok(Package::Folder(data));
        }
        let mut magic = Vec::new();
        let mut file = File::open(path).map_err(ImportError::at(path))?;
        file.by_ref().take(4).read_to_end(&mut magic).map_err(ImportError::at(path))?;
        match magic[..] {
            [b'P', b'K', 3, 4] => Ok(Package::Wheel(path.to_owned())),
            [0x1f, 0x8b, ..] => Ok(Package::Tarball(path.to_owned())),
            _ => Err(ImportError::new(path.display(), "expected a wheel (zip), a .tar.gz or a folder")),
        }
    }

    /// The first pass: the names of all files, and the text of the small ones.
    pub(super) fn inventory(&self) -> ImportResult<Inventory> {
        let mut inventory = Inventory::default();
        self.visit(&mut |item, content| {
            match item {
                PackageItem::Init => inventory.release = version_of(&read_text(INIT, false, content)?),
                PackageItem::Data { name, extras: false, .. } => _ = inventory.files.insert(name),
                PackageItem::Data { name, extras: true, gzipped } => {
                    let text = read_text(&name, gzipped, content)?;
                    inventory.extras.insert(name, text);
                }
            }
            Ok(())
        })?;
        Ok(inventory)
    }

    /// The second pass: the text of the wanted files, one at a time, in no particular order.
    pub(super) fn read(
        &self,
        wanted: &dyn Fn(&FileName) -> bool,
        take: &mut dyn FnMut(FileName, String) -> ImportResult<()>,
    ) -> ImportResult<()> {
        let mut seen = BTreeSet::new();
        self.visit(&mut |item, content| match item {
            // `x.json` has priority over `x.json.gz`, as in botocore.
            PackageItem::Data { name, extras: false, gzipped }
                if wanted(&name) && !(gzipped && seen.contains(&name)) =>
            {
                let text = read_text(&name, gzipped, content)?;
                seen.insert(name.clone());
                take(name, text)
            }
            _ => Ok(()),
        })
    }

    fn visit(&self, visit: VisitFile<'_>) -> ImportResult<()> {
        match self {
            Package::Wheel(path) => visit_zip(path, visit),
            Package::Tarball(path) => visit_tar(path, visit),
            Package::Folder(data) => visit_folder(data, visit),
        }
    }
}

fn visit_zip(path: &Path, visit: VisitFile<'_>) -> ImportResult<()> {
    let failed = |error| ImportError::new(path.display(), error);
    let file = BufReader::new(File::open(path).map_err(ImportError::at(path))?);
    let mut archive = zip::ZipArchive::new(file).map_err(failed)?;
    for position in 0..archive.len() {
        let mut entry = archive.by_index(position).map_err(failed)?;
        if entry.is_file()
            && let Some(item) = PackageItem::in_archive(entry.name())
        {
            visit(item, &mut entry)?;
        }
    }
    Ok(())
}

fn visit_tar(path: &Path, visit: VisitFile<'_>) -> ImportResult<()> {
    let file = BufReader::new(File::open(path).map_err(ImportError::at(path))?);
    let mut archive = tar::Archive::new(gzip::decoder(file));
    for entry in archive.entries().map_err(ImportError::at(path))? {
        let mut entry = entry.map_err(ImportError::at(path))?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if let Some(item) = PackageItem::in_archive(&name) {
            visit(item, &mut entry)?;
        }
    }
    Ok(())
}

fn visit_folder(data: &Path, visit: VisitFile<'_>) -> ImportResult<()> {
    let init = data.parent().map(|package| package.join(INIT)).filter(|init| init.is_file());
    if let Some(init) = init {
        visit(PackageItem::Init, &mut File::open(&init).map_err(ImportError::at(&init))?)?;
    }
    visit_below(data, &mut Vec::new(), visit)
}

/// Visits files down to `SERVICE/VERSION/FILE`, in the order of their names.
fn visit_below(folder: &Path, names: &mut Vec<String>, visit: VisitFile<'_>) -> ImportResult<()> {
    const MAX_DEPTH: usize = 3;
    let list = || fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect::<std::io::Result<Vec<_>>>();
    let mut entries = list().map_err(ImportError::at(folder))?;
    entries.sort();
    for name in entries.into_iter().filter_map(|name| name.into_string().ok()) {
        let path = folder.join(&name);
        names.push(name);
        if path.is_dir() && names.len() < MAX_DEPTH {
            visit_below(&path, names, visit)?;
        } else if path.is_file()
            && let Some(item) = PackageItem::in_data(&names.iter().map(String::as_str).collect::<Vec<_>>())
        {
            visit(item, &mut File::open(&path).map_err(ImportError::at(&path))?)?;
        }
        names.pop();
    }
    Ok(())
}

/// A file of a package that an import reads.
#[derive(Debug, PartialEq, Eq)]
enum PackageItem {
    Init,
    Data { name: FileName, extras: bool, gzipped: bool },
}

impl PackageItem {
    /// Parses a path: `botocore/data/…` in a wheel, `botocore-1.2.3/botocore/data/…` in a source distribution.
    fn in_archive(path: &str) -> Option<Self> {
        let names: Vec<&str> = path.split('/').collect();
        match names[..] {
            ["botocore" | "boto3", INIT] | [_, "botocore" | "boto3", INIT] => Some(PackageItem::Init),
            ["botocore" | "boto3", "data", ref names @ ..] | [_, "botocore" | "boto3", "data", ref names @ ..] => {
                PackageItem::in_data(names)
            }
            _ => None,
        }
    }

    fn in_data(names: &[&str]) -> Option<Self> {
        if !names.iter().all(|name| is_plain_name(name)) {
            return None;
        }
        let file = names.last()?;
        let (stem, gzipped) = match file.strip_suffix(".json.gz") {
            Some(stem) => (stem, true),
            None => (file.strip_suffix(".json")?, false),
        };
        let (stem, extras) = match stem.strip_suffix(".sdk-extras") {
            Some(stem) => (stem, true),
            None => (stem, false),
        };
        let known = |stems: &[&'static str]| stems.iter().copied().find(|known| *known == stem);
        let name = match *names {
            [_] => FileName::TopLevel(known(&TOP_LEVEL_STEMS)?),
            [service, version, _] => {
                let stem = known(&SERVICE_STEMS).or_else(|| known(&[RESOURCES_STEM]))?;
                FileName::Service { service: service.to_owned(), version: version.to_owned(), stem }
            }
            _ => return None,
        };
        Some(PackageItem::Data { name, extras, gzipped })
    }
}

/// Whether a name is one safe path component on every system.
pub(super) fn is_plain_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('.')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

fn read_text(name: impl fmt::Display, gzipped: bool, content: &mut dyn Read) -> ImportResult<String> {
    let mut bytes = Vec::new();
    let read = if gzipped {
        gzip::decoder(content).take(MAX_FILE + 1).read_to_end(&mut bytes)
    } else {
        content.take(MAX_FILE + 1).read_to_end(&mut bytes)
    };
    match read {
        Err(error) => Err(ImportError::new(name, error)),
        Ok(_) if bytes.len() as u64 > MAX_FILE => {
            Err(ImportError::new(name, format!("is larger than {MAX_FILE} bytes")))
        }
        Ok(_) => String::from_utf8(bytes).map_err(|error| ImportError::new(name, error.utf8_error())),
    }
}

/// Parses the version in `__version__ = '1.2.3'`.
fn version_of(init: &str) -> Option<String> {
    let assigned = init.lines().find_map(|line| line.strip_prefix("__version__")?.trim_start().strip_prefix('='))?;
    let version = assigned.trim().trim_matches(['\'', '"']);
    is_plain_name(version).then(|| version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_data_files_of_the_package_are_items() {
        for path in [
            "botocore/data/sqs/2012-11-05/service-2.json.gz",
            "botocore-1.2.3/botocore/data/sqs/2012-11-05/service-2.json",
            "botocore/data/partitions.json",
            "botocore/data/rds/2014-10-31/service-2.sdk-extras.json",
            "botocore/__init__.py",
            "boto3/data/sqs/2012-11-05/resources-1.json",
            "boto3-1.2.3/boto3/__init__.py",
        ] {
            assert!(PackageItem::in_archive(path).is_some(), "{path}");
        }
        for path in [
            "botocore/data/../../etc/service-2.json",
            "botocore/data/../2012-11-05/service-2.json",
            "/botocore/data/./x/service-2.json",
            "botocore/data/a\\b/2012-11-05/service-2.json",
            "botocore/data/c:/2012-11-05/service-2.json",
            "botocore/data/sqs/2012-11-05/deeper/service-2.json",
            "botocore/data/sqs/2012-11-05/examples-1.json",
            "botocore/data/_retry.json",
            "a/b/botocore/data/partitions.json",
            "tests/unit/data/endpoints.json",
            "",
        ] {
            assert_eq!(PackageItem::in_archive(path), None, "{path}");
        }
    }

    #[test]
    fn release_is_read_from_the_package() {
        assert_eq!(version_of("import os\n\n__version__ = '1.44.5'\n").as_deref(), Some("1.44.5"));
        assert_eq!(version_of("__version__ = \"../x\"").as_deref(), None);
        assert_eq!(version_of("import os"), None);
    }
}
