//! Packs the gzip files of `data/` into a blob that the feature `bundled-models` embeds.
//!
//! Format of the blob (numbers are little-endian `u32`):
//! ```text
//! count
//! count × { name offset, name length, file offset, file length }    sorted by name, offsets from the start of the blob
//! names                                                             "sqs/2012-11-05/service-2", "partitions"
//! files                                                             gzip, as in data/
//! ```
//! `src/model/bundle.rs` reads it. The environment variable `TUCUXI_BUNDLE_SERVICES=sqs,s3` embeds only these services and those
//! that credential providers call.
// Cargo reads the standard output of a build script.
#![allow(clippy::print_stdout)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

const SERVICES_VARIABLE: &str = "TUCUXI_BUNDLE_SERVICES";
const SUFFIX: &str = ".json.gz";
/// The services that credential providers call: roles, web identities, IAM Identity Center, `aws login`. 12 kB in total.
const CREDENTIALS_SERVICES: [&str; 4] = ["sts", "sso", "sso-oidc", "signin"];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed={SERVICES_VARIABLE}");
    if env::var_os("CARGO_FEATURE_BUNDLED_MODELS").is_none() {
        return;
    }
    if let Err(message) = pack() {
        println!("cargo::error={}", message.replace('\n', " "));
    }
}

fn pack() -> Result<(), String> {
    let data = folder_from("CARGO_MANIFEST_DIR")?.join("data");
    println!("cargo::rerun-if-changed={}", data.display());
    let wanted = wanted_services();
    let files = collect(&data, wanted.as_ref()).map_err(|error| format!("cannot read {}: {error}", data.display()))?;
    if let Some(unknown) = wanted.iter().flatten().find(|service| !has_service(&files, service)) {
        return Err(format!(
            "{SERVICES_VARIABLE} names `{unknown}`, which is not a service in {}: use names of its folders, \
             separated by commas",
            data.display()
        ));
    }
    let blob = assemble(&files)?;
    let target = folder_from("OUT_DIR")?.join("bundle.bin");
    fs::write(&target, blob).map_err(|error| format!("cannot write {}: {error}", target.display()))
}

fn folder_from(variable: &str) -> Result<PathBuf, String> {
    env::var_os(variable).map(PathBuf::from).ok_or_else(|| format!("cargo did not set {variable}"))
}

/// The services to embed; `None` means all.
fn wanted_services() -> Option<BTreeSet<String>> {
    let list = env::var(SERVICES_VARIABLE).unwrap_or_default();
    let mut names: BTreeSet<String> =
        list.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    if names.is_empty() {
        return None;
    }
    names.extend(CREDENTIALS_SERVICES.map(str::to_owned));
    Some(names)
}

fn has_service(files: &BTreeMap<String, Vec<u8>>, service: &str) -> bool {
    files.keys().any(|name| name.split_once('/').is_some_and(|(first, _)| first == service))
}

/// Reads the top-level files and those in `SERVICE/VERSION/`, by name without the suffix.
fn collect(data: &Path, wanted: Option<&BTreeSet<String>>) -> io::Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    add_files(data, "", &mut files)?;
    for service in folders(data)? {
        if wanted.is_some_and(|wanted| !wanted.contains(&service)) {
            continue;
        }
        let folder = data.join(&service);
        for version in folders(&folder)? {
            add_files(&folder.join(&version), &format!("{service}/{version}/"), &mut files)?;
        }
    }
    Ok(files)
}

fn add_files(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if let Some(stem) = name.to_str().and_then(|name| name.strip_suffix(SUFFIX)) {
            files.insert(format!("{prefix}{stem}"), fs::read(entry.path())?);
        }
    }
    Ok(())
}

fn folders(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            names.extend(entry.file_name().into_string());
        }
    }
    Ok(names)
}

fn assemble(files: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>, String> {
    const RECORD: usize = 16;
    let names_start = 4 + files.len() * RECORD;
    let files_start = names_start + files.keys().map(String::len).sum::<usize>();
    let (mut name_offset, mut file_offset) = (names_start, files_start);
    let mut blob = Vec::new();
    put(&mut blob, files.len())?;
    for (name, file) in files {
        for number in [name_offset, name.len(), file_offset, file.len()] {
            put(&mut blob, number)?;
        }
        name_offset += name.len();
        file_offset += file.len();
    }
    files.keys().for_each(|name| blob.extend_from_slice(name.as_bytes()));
    files.values().for_each(|file| blob.extend_from_slice(file));
    Ok(blob)
}

fn put(blob: &mut Vec<u8>, number: usize) -> Result<(), String> {
    let number = u32::try_from(number).map_err(|_| "data/ is larger than 4 GiB".to_owned())?;
    blob.extend_from_slice(&number.to_le_bytes());
    Ok(())
}
