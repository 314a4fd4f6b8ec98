//! Services by other names than that of their folder: service id, full name, abbreviation, endpoint prefix, signing name.
//!
//! The names stand in the metadata near the top of each model. They are read only when nothing has the name that was asked for.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{FileType, Sources, listed};
use crate::error::{Error, ErrorKind, Result};
use crate::model::peek::peek_metadata;
use crate::spelling;

/// So much of a model is read to find its metadata.
pub(super) const MAX_START: usize = 4 << 10;

/// No name is longer, by far.
const MAX_NAME: usize = 200;

/// What Amazon's own names begin with, and people leave out.
const VENDORS: [&str; 2] = ["amazon", "aws"];

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Metadata {
    service_id: Option<String>,
    service_full_name: Option<String>,
    service_abbreviation: Option<String>,
    endpoint_prefix: Option<String>,
    signing_name: Option<String>,
}

/// The names of all services that had a model when somebody looked, by how well they tell services apart.
#[derive(Debug)]
pub(super) struct OtherNames {
    services: Vec<String>,
    /// Key and index of the service: names of folders, service ids, full names and abbreviations, prefixes and signing names.
    ranks: [BTreeMap<String, Vec<usize>>; 4],
}

impl Sources {
    /// The service that people call by this name, which is not that of its folder. `alias` is what a table of names says that no model
    /// has.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownService`] where no service has the name, with the nearest ones, and where several have it.
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
                let message = format!("several services are called `{name}`: {}", listed(several));
                Err(Error::new(ErrorKind::UnknownService, message))
            }
        }
    }

    /// The error about a service that has no model.
    pub(super) fn unknown_service(&self, name: &str, names: &OtherNames) -> Error {
        let near = names.nearest(name);
        let hint = if near.is_empty() { self.places() } else { format!("did you mean {}?", listed(&near)) };
        Error::new(ErrorKind::UnknownService, format!("unknown service `{name}`; {hint}"))
    }

    /// A model that is broken has no other names; whoever uses it is told what is wrong.
    fn metadata(&self, service: &str) -> Option<Metadata> {
        let found = self.find(service, None, FileType::Service).ok()??;
        peek_metadata(&found.start().ok()?).ok()?
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

    /// Reads the beginning of all models.
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

    /// What a person may have meant by a name that no service has. Prefixes and signing names are nobody's way to call a service.
    fn nearest(&self, name: &str) -> Vec<&str> {
        let all = || self.ranks[..3].iter().flatten();
        // Several names may be those of one service.
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

    /// The services that have one of the keys, by the kind of name that tells them apart best.
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

/// The keys of a name: as it is, and without `Amazon` or `AWS` before it and what stands in brackets behind it. What looks like a path
/// is no name.
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

/// Letters and digits: people write separators and capitals as they like.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|next| next.to_ascii_lowercase()).collect()
}
