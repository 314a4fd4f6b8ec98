//! Alternative names of services: service id, full name, abbreviation, endpoint prefix and signing name.
//!
//! The names are in the metadata near the top of each model. They are read only if no folder has the requested name.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{FileType, Sources, listed};
use crate::error::{Error, Result};
use crate::model::error::LookupError;
use crate::model::peek::peek_metadata;
use crate::model::smithy::{is_smithy, peek_names};
use crate::spelling;

/// Number of bytes of a model that are read for its metadata.
pub(super) const METADATA_BYTES: usize = 4 << 10;

/// Far longer than any real name.
const MAX_NAME: usize = 200;

/// Prefixes of official names that people omit.
const VENDORS: [&str; 2] = ["amazon", "aws"];

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct NameMetadata {
    service_id: Option<String>,
    service_full_name: Option<String>,
    service_abbreviation: Option<String>,
    endpoint_prefix: Option<String>,
    signing_name: Option<String>,
}

/// Names of all services that had a model at the first look-up, ranked by how well they distinguish services.
#[derive(Debug)]
pub(super) struct OtherNames {
    services: Vec<String>,
    /// Maps keys to service indices: folder names, service ids, full names and abbreviations, prefixes and signing names.
    ranks: [BTreeMap<String, Vec<usize>>; 4],
}

impl Sources {
    /// Finds a service by a name other than its folder's. `alias` looks up names that no model has.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownService`] if no service has the name, with the nearest ones, or if several have it.
    pub(crate) fn service_by_other_name(&self, name: &str, alias: fn(&str) -> Option<&'static str>) -> Result<String> {
        let keys = keys_of(name);
        let aliases = keys.iter().filter_map(|key| alias(key));
        if let Some(service) = aliases.into_iter().find(|service| self.has_service(service)) {
            return Ok(service.to_owned());
        }
        let folders = OtherNames::of_folders(self.services()?);
        let is_folder = !folders.find(&keys).is_empty();
        let names = if is_folder { &folders } else { self.0.other_names.get_or_init(|| folders.with_metadata(self)) };
        match names.find(&keys).as_slice() {
            [] => Err(self.unknown_service(name, names)),
            [service] => Ok((*service).to_owned()),
            several => {
                let (name, services) = (name.to_owned(), listed(several));
                Err(LookupError::Ambiguous { name, services }.into())
            }
        }
    }

    /// Creates the error for a service without a model.
    pub(super) fn unknown_service(&self, name: &str, names: &OtherNames) -> Error {
        let near = names.nearest(name);
        let hint = if near.is_empty() { self.places() } else { format!("did you mean {}?", listed(&near)) };
        LookupError::UnknownService { name: name.to_owned(), hint }.into()
    }

    /// Reads a model's metadata. An invalid model has no other names; its error is reported when it is used.
    fn metadata(&self, service: &str) -> Option<NameMetadata> {
        let found = self.find(service, None, FileType::Service).ok()??;
        let start = found.start().ok()?;
        if !is_smithy(&start) {
            return peek_metadata(&start).ok()?;
        }
        let names = peek_names(&found.read().ok()?)?;
        Some(NameMetadata {
            service_id: names.service_id,
            service_full_name: names.title,
            endpoint_prefix: names.endpoint_prefix,
            signing_name: names.signing_name,
            ..NameMetadata::default()
        })
    }
}

impl OtherNames {
    pub(super) fn of_folders(services: Vec<String>) -> Self {
        let mut names = OtherNames { services, ranks: Default::default() };
        for index in 0..names.services.len() {
            let key = plain(&names.services[index]);
            names.add(0, key, index);
        }
        names
    }

    /// Adds the names in the metadata of all models.
    fn with_metadata(mut self, sources: &Sources) -> Self {
        for index in 0..self.services.len() {
            let metadata = sources.metadata(&self.services[index]).unwrap_or_default();
            for (rank, text) in [
                (1, metadata.service_id),
                (2, metadata.service_full_name),
                (2, metadata.service_abbreviation),
                (3, metadata.endpoint_prefix),
                (3, metadata.signing_name),
            ] {
                keys_of(&text.unwrap_or_default()).into_iter().for_each(|key| self.add(rank, key, index));
            }
        }
        self
    }

    /// Returns the services with the nearest names. Prefixes and signing names are ignored, because people do not use them.
    fn nearest(&self, name: &str) -> Vec<&str> {
        let all = || self.ranks[..3].iter().flatten();
        // A service may have several of the names.
        let near = spelling::nearest_of(name, all().map(|(key, _)| key.as_str()), 2 * spelling::MAX_NEAREST);
        let mut services: Vec<&str> = Vec::new();
        for near in near {
            for index in all().filter(|(key, _)| *key == near).flat_map(|(_, found)| found) {
                if !services.contains(&self.services[*index].as_str()) {
                    services.push(&self.services[*index]);
                }
            }
        }
        services.truncate(spelling::MAX_NEAREST);
        services
    }

    fn add(&mut self, rank: usize, key: String, index: usize) {
        let services = self.ranks[rank].entry(key).or_default();
        if !services.contains(&index) {
            services.push(index);
        }
    }

    /// Returns the services that have one of the keys, in the best rank with a match.
    fn find(&self, keys: &[String]) -> Vec<&str> {
        let of_rank = |rank: &BTreeMap<String, Vec<usize>>| {
            let mut found: Vec<usize> = keys.iter().filter_map(|key| rank.get(key)).flatten().copied().collect();
            found.sort_unstable();
            found.dedup();
            found
        };
        let found = self.ranks.iter().map(of_rank).find(|found| !found.is_empty());
        found.unwrap_or_default().into_iter().map(|index| self.services[index].as_str()).collect()
    }
}

/// Returns the keys of a name: with and without the prefix `Amazon` or `AWS` and a suffix in brackets. A path is not a name and
/// has no keys.
fn keys_of(name: &str) -> Vec<String> {
    if name.len() > MAX_NAME || name.contains(['/', '\\']) {
        return Vec::new();
    }
    let without_brackets = name.split('(').next().unwrap_or(name);
    let mut keys = Vec::new();
    for text in [name, without_brackets] {
        let key = plain(text);
        let shorter = VENDORS.iter().filter_map(|vendor| key.strip_prefix(vendor)).map(str::to_owned);
        keys.extend(shorter.chain([key.clone()]).filter(|key| !key.is_empty()));
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Reduces a name to lower-case letters and digits, so that separators and case do not matter.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|next| next.to_ascii_lowercase()).collect()
}
