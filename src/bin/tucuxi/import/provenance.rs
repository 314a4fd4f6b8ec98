//! `PROVENANCE.md`: the source of the models in a folder, and the services that imports wrote. A later import removes only files
//! of these services.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;

use super::package::{FileName, is_plain_name};
use super::{ImportError, ImportResult};

pub(super) const FILE: &str = "PROVENANCE.md";

const UNKNOWN: &str = "unknown";
const TITLE: &str = "# Service models of botocore ";

/// The content of the file.
#[derive(Debug, Default)]
pub(super) struct Provenance {
    release: String,
    keeps_docs: bool,
    /// The API version and the release of each service.
    services: BTreeMap<String, (String, String)>,
    /// The same of the definitions of resources, with releases of boto3.
    resources: BTreeMap<String, (String, String)>,
}

/// What a line about the definitions of a service's resources begins with.
const RESOURCES_OF: &str = "- resources of ";

impl Provenance {
    /// Reads the file of an earlier import into this folder.
    pub(super) fn read(folder: &Path) -> ImportResult<Self> {
        let path = folder.join(FILE);
        if !path.exists() {
            return Ok(Provenance::default());
        }
        let text = fs::read_to_string(&path).map_err(ImportError::at(&path))?;
        let services = text.lines().filter_map(|line| service_line(line.strip_prefix("- ")?)).collect();
        let resources = text.lines().filter_map(|line| service_line(line.strip_prefix(RESOURCES_OF)?)).collect();
        Ok(Provenance { release: release_line(&text).unwrap_or_default(), keeps_docs: false, services, resources })
    }

    /// The release that a folder was imported from, so that importing it again keeps it.
    pub(super) fn release_of(folder: &Path) -> Option<String> {
        let text = fs::read_to_string(folder.join(FILE)).ok()?;
        release_line(&text).filter(|release| release != UNKNOWN)
    }

    /// Records an import and returns the files of earlier imports that it replaces.
    pub(super) fn update(
        &mut self,
        versions: &BTreeMap<String, String>,
        release: Option<&str>,
        everything: bool,
        keeps_docs: bool,
    ) -> Vec<FileName> {
        let is_replaced = |service: &String| everything || versions.contains_key(service);
        let replaced = self.services.iter().filter(|(service, _)| is_replaced(service));
        let stale = replaced.flat_map(|(service, (version, _))| FileName::of_service(service, version)).collect();
        self.services.retain(|service, _| !is_replaced(service));
        self.release = release.unwrap_or(UNKNOWN).to_owned();
        self.keeps_docs = keeps_docs;
        for (service, version) in versions {
            self.services.insert(service.clone(), (version.clone(), self.release.clone()));
        }
        stale
    }
}

impl Provenance {
    /// Records an import of definitions of resources and returns the files of earlier ones that it replaces. A release in `source`,
    /// the folder that they come from, counts before that of the package.
    pub(super) fn update_resources(
        &mut self,
        versions: &BTreeMap<String, String>,
        source: &Provenance,
        release: Option<&str>,
        everything: bool,
    ) -> Vec<FileName> {
        let is_replaced = |service: &String| everything || versions.contains_key(service);
        let replaced = self.resources.iter().filter(|(service, _)| is_replaced(service));
        let stale = replaced.map(|(service, (version, _))| FileName::resources_of(service, version)).collect();
        self.resources.retain(|service, _| !is_replaced(service));
        for (service, version) in versions {
            let known = source.resources.get(service).map(|(_, release)| release.as_str());
            let release = known.or(release).unwrap_or(UNKNOWN);
            self.resources.insert(service.clone(), (version.clone(), release.to_owned()));
        }
        stale
    }
}

fn release_line(text: &str) -> Option<String> {
    text.lines().find_map(|line| line.strip_prefix(TITLE)).map(|release| release.trim().to_owned())
}

/// Parses `sqs/2012-11-05, 1.44.5`.
fn service_line(line: &str) -> Option<(String, (String, String))> {
    let (place, release) = line.split_once(", ")?;
    let (service, version) = place.split_once('/')?;
    let is_plain = [service, version, release].into_iter().all(is_plain_name);
    is_plain.then(|| (service.to_owned(), (version.to_owned(), release.to_owned())))
}

const RESOURCES_TEXT: &str = "
## Definitions of resources

The files `resources-1` are data of boto3, Copyright Amazon.com, Inc. or its affiliates, under the Apache License, Version 2.0: of
each service those of the newest API version, without white space and compressed with gzip. `tucuxi models import` makes them
from the wheel or the source distribution of the boto3 release.

";

impl fmt::Display for Provenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let release = &self.release;
        let prose = match self.keeps_docs {
            true => "Documentation was kept.",
            false => {
                "Prose was dropped: documentation, descriptions, titles, examples, deprecation messages. What is a name (a\n  \
                 member or parameter called `documentation`) was kept."
            }
        };
        write!(
            f,
            "{TITLE}{release}

The JSON files in this folder are data of botocore {release}, Copyright Amazon.com, Inc. or its affiliates, under the
Apache License, Version 2.0. They were changed as follows:

- Of each service there is only the newest API version, and of its files only `service-2`, `endpoint-rule-set-1`,
  `paginators-1` and `waiters-2`; of the files beside the services only `partitions`, `endpoints` and
  `sdk-default-configuration`.
- The `merge` object of each `….sdk-extras.json` was merged into its file.
- The patches in `patches/`, if there are any, were applied.
- {prose}
- The JSON was written without white space, in its original order, and compressed with gzip (no time, no name). Of service
  models the order is another: operations and shapes come last, each on a line of its own, and shapes that are used together
  are close to each other. Large ones are several gzip members, and the header of the first has an index.

To make these files again, get the wheel or the source distribution of botocore {release} and run

    tucuxi models import PATH --to FOLDER{flag}

Both give the same bytes. The list below is read by the next import: it removes or replaces only files of these services.

## Services, API versions and the releases they were taken from

",
            flag = if self.keeps_docs { " --keep-docs" } else { "" },
        )?;
        for (service, (version, release)) in &self.services {
            writeln!(f, "- {service}/{version}, {release}")?;
        }
        if !self.resources.is_empty() {
            f.write_str(RESOURCES_TEXT)?;
        }
        for (service, (version, release)) in &self.resources {
            writeln!(f, "{RESOURCES_OF}{service}/{version}, {release}")?;
        }
        Ok(())
    }
}
