//! Smithy models in folders: `SERVICE/API-VERSION/model.json`, and the layout in which AWS publishes its models,
//! `SDK-ID/service/API-VERSION/SDK-ID-API-VERSION.json`, in the folder or in `models` below it.

use std::path::{Path, PathBuf};

use super::folder::{FileOnDisk, existing, folders_in};
use super::sdk_ids::{sdk_id, service_of};
use crate::error::Result;

/// The name of a Smithy model in the folder of its version.
const MODEL: &str = "model";

/// The folder that a clone of AWS's repository has its models in.
const PUBLISHED: &str = "models";

pub(super) fn published_file(folder: &Path, service: &str, version: &str) -> Option<FileOnDisk> {
    existing(&folder.join(service).join(version), MODEL).or_else(|| {
        homes(folder, service)
            .into_iter()
            .find_map(|(home, name)| existing(&home.join(version), &format!("{name}-{version}")))
    })
}

/// Returns the versions of a service of which there are such files.
pub(super) fn published_versions(folder: &Path, service: &str) -> Result<Vec<String>> {
    let own = folder.join(service);
    let mut versions = folders_in(&own)?;
    versions.retain(|version| existing(&own.join(version), MODEL).is_some());
    for (home, name) in homes(folder, service) {
        let mut more = folders_in(&home)?;
        more.retain(|version| existing(&home.join(version), &format!("{name}-{version}")).is_some());
        versions.extend(more);
    }
    Ok(versions)
}

/// Returns the services of which a folder has such files.
pub(super) fn published_services(folder: &Path) -> Result<Vec<String>> {
    let mut services = Vec::new();
    for root in [folder.to_owned(), folder.join(PUBLISHED)] {
        let names = folders_in(&root)?;
        let services_here = names.iter().map(|name| service_of(name));
        services.extend(
            services_here
                .filter(|name| published_versions(folder, name).is_ok_and(|versions| !versions.is_empty()))
                .map(str::to_owned),
        );
    }
    Ok(services)
}

/// The folders that may have the versions of a service in the layout of AWS, each with the name in its files.
fn homes(folder: &Path, service: &str) -> Vec<(PathBuf, String)> {
    let mut homes = Vec::new();
    for root in [folder.to_owned(), folder.join(PUBLISHED)] {
        for name in [Some(service), sdk_id(service)].into_iter().flatten() {
            homes.push((root.join(name).join("service"), name.to_owned()));
        }
    }
    homes
}
