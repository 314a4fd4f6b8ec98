//! The settings of a session or client, from the builder, the environment and the config files, typed and with their origin.
//!
//! [`Config`] resolves a setting on first use, in the order of its row in [`sources`]. A session reads the files at most once,
//! and only if neither the builder nor the environment has the value.

pub(crate) mod endpoint_url;
mod environment;
pub(crate) mod files;
mod parse;
pub(crate) mod profile;
pub(crate) mod proxy;
pub(crate) mod shell;
mod show;
pub(crate) mod sources;
pub(crate) mod types;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use once_cell::sync::OnceCell;

pub use environment::Environment;
pub use types::{AccountIdEndpointMode, AddressingStyle, ChecksumMode, DefaultsMode, EndpointDiscovery, RetryMode};

pub(crate) use endpoint_url::Url;
pub(crate) use files::{Files, Profile};
pub(crate) use proxy::{Proxy, ProxyMap};
pub(crate) use sources::{Overrides, Setting};

use crate::error::{Error, ErrorKind, Result};
use files::Location;
use profile::Entry;
use proxy::without_secrets;
use sources::{Cells, SettingSource, ValueReader};

/// The settings of one session or client. Cloning is cheap, and clones share the resolved values.
#[derive(Clone)]
pub(crate) struct Config(Arc<Inner>);

struct Inner {
    overrides: Overrides,
    cells: Cells,
    shared: Arc<SessionState>,
}

/// The state that a session shares with its clients.
#[derive(Default)]
struct SessionState {
    environment: Environment,
    /// The error is stored as its message, as it cannot be cloned; so invalid files are read only once too.
    files: OnceCell<Result<Files, String>>,
    proxies: OnceCell<ProxyMap>,
}

/// A value and its origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resolved<T> {
    pub(crate) value: T,
    pub(crate) origin: Origin,
}

/// The origin of a setting's value; `Display` is for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    Builder,
    Environment(String),
    File { file: Arc<Path>, line: u32, section: String, key: String },
    Default,
}

/// The region of a client: `fips-us-east-1` and `us-east-1-fips` mean `us-east-1` with FIPS endpoints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClientRegion {
    pub(crate) name: String,
    pub(crate) fips: bool,
}

impl Config {
    /// The settings of a session. Resolves nothing yet.
    pub(crate) fn new(environment: Environment, overrides: Overrides) -> Self {
        Config::with_state(Arc::new(SessionState { environment, ..SessionState::default() }), overrides)
    }

    /// The settings of a client, which override those of its session.
    pub(crate) fn with(&self, overrides: Overrides) -> Self {
        let shared = if overrides.config_file.is_some() || overrides.credentials_file.is_some() {
            Arc::new(SessionState { environment: self.environment().clone(), ..SessionState::default() })
        } else {
            Arc::clone(&self.0.shared)
        };
        Config::with_state(shared, self.0.overrides.merged(overrides))
    }

    fn with_state(shared: Arc<SessionState>, overrides: Overrides) -> Self {
        Config(Arc::new(Inner { overrides, cells: Cells::default(), shared }))
    }

    pub(crate) fn environment(&self) -> &Environment {
        &self.0.shared.environment
    }

    /// The region of a client, if set.
    pub(crate) fn client_region(&self) -> Result<Option<ClientRegion>> {
        let Some(region) = self.region()?.filter(|region| !region.value.is_empty()) else {
            return Ok(None);
        };
        let name = region.value.replace("fips-", "").replace("-fips", "");
        let fips = name != region.value || matches!(self.use_fips_endpoint()?, Some(Resolved { value: true, .. }));
        Ok(Some(ClientRegion { name, fips }))
    }

    /// The connect timeout, `None` for none: from the builder, otherwise from the defaults mode. The closure returns the region of
    /// this machine, if known; it is called only if the timeout depends on it.
    pub(crate) fn connect_limit(&self, machine_region: impl FnOnce() -> Option<String>) -> Result<Option<Duration>> {
        let limit = match self.connect_timeout()? {
            Some(given) => given.value,
            // The numbers are those of botocore's sdk-default-configuration.json.
            None => match self.effective_defaults_mode(machine_region)? {
                DefaultsMode::InRegion => Duration::from_millis(1_100),
                DefaultsMode::Standard | DefaultsMode::CrossRegion => Duration::from_millis(3_100),
                DefaultsMode::Mobile => Duration::from_secs(30),
                DefaultsMode::Legacy | DefaultsMode::Auto => Duration::from_secs(60),
            },
        };
        Ok(Some(limit).filter(|limit| *limit != Duration::MAX))
    }

    /// The timeout of each read of a response, `None` for none.
    pub(crate) fn read_limit(&self) -> Result<Option<Duration>> {
        Ok(Some(self.read_timeout()?.value).filter(|limit| *limit != Duration::MAX))
    }

    /// The defaults mode, with `auto` resolved (botocore's `configprovider.py: resolve_auto_mode`): in-region, cross-region, or
    /// `standard` if the region of this machine is unknown.
    fn effective_defaults_mode(&self, machine_region: impl FnOnce() -> Option<String>) -> Result<DefaultsMode> {
        let mode = self.defaults_mode()?.value;
        if mode != DefaultsMode::Auto {
            return Ok(mode);
        }
        let machine = self.region_of_managed_environment()?.or_else(machine_region);
        let client = self.client_region()?;
        Ok(match (machine, client) {
            (Some(machine), Some(client)) if machine == client.name => DefaultsMode::InRegion,
            (Some(_), _) => DefaultsMode::CrossRegion,
            (None, _) => DefaultsMode::Standard,
        })
    }

    /// The region of AWS Lambda and similar environments, which set it in the variables that otherwise configure a region.
    fn region_of_managed_environment(&self) -> Result<Option<String>> {
        let environment = self.environment();
        if environment.non_empty("AWS_EXECUTION_ENV")?.is_none() {
            return Ok(None);
        }
        let region = match environment.non_empty("AWS_REGION")? {
            None => environment.non_empty("AWS_DEFAULT_REGION")?,
            found => found,
        };
        Ok(region.map(|region| region.into_owned()))
    }

    /// The proxy for a request to this URL, if any.
    pub(crate) fn proxy_for(&self, url: &str) -> Result<Option<Proxy>> {
        if let Some(given) = self.proxies()? {
            return given.value.choose(url);
        }
        let shared = &self.0.shared;
        shared.proxies.get_or_init(|| ProxyMap::from_environment(&shared.environment)).choose(url)
    }

    /// A value in a nested block of the profile, such as the API version of a service in `api_versions`, or the signature version
    /// in the block named after the service's endpoint prefix.
    pub(crate) fn in_block(&self, block: &str, name: &str) -> Result<Option<Resolved<&str>>> {
        let Some(profile) = self.profile_section()? else {
            return Ok(None);
        };
        Ok(nested(&profile, block, name))
    }

    /// Both files, read on first use.
    pub(crate) fn files(&self) -> Result<&Files> {
        let read = || -> Result<Files> {
            Files::read(self.location(self.config_file()?), self.location(self.credentials_file()?))
        };
        let files = self.0.shared.files.get_or_init(|| read().map_err(|error| error.to_string()));
        files.as_ref().map_err(|message| Error::new(ErrorKind::Config, message))
    }

    /// The profile of this session. A profile that is set explicitly must exist; `None` if the default one does not.
    pub(crate) fn profile_section(&self) -> Result<Option<Profile<'_>>> {
        let Resolved { value: name, origin } = self.profile()?;
        let files = self.files()?;
        match files.profile(name) {
            None if *origin != Origin::Default => Err(files.no_such_profile(name, origin)),
            found => Ok(found),
        }
    }

    fn location(&self, path: &Resolved<PathBuf>) -> Location {
        let is_explicit = path.origin != Origin::Default;
        let environment = self.environment();
        if !is_explicit && environment.home().is_none() {
            return Location { path: None, is_explicit };
        }
        // Only a path that is valid text can be expanded.
        let path = path.value.to_str().map_or_else(|| path.value.clone(), |text| environment.expand(text));
        Location { path: Some(path), is_explicit }
    }

    /// Resolves a setting: from the builder, the sources of its row in order, or its default.
    fn resolve<T: Clone>(
        &self,
        row: &Setting,
        reader: &ValueReader<T>,
        given: Option<&T>,
    ) -> Result<Option<Resolved<T>>> {
        if let Some(given) = given {
            let expected = |expected: String| row.error(&Origin::Builder, &expected, None);
            (reader.check)(given).map_err(expected)?;
            return Ok(Some(Resolved { value: given.clone(), origin: Origin::Builder }));
        }
        for source in row.sources {
            if let Some(found) = self.look_up(row, *source, reader)? {
                return Ok(Some(found));
            }
        }
        row.default.map(|text| row.read(text, Origin::Default, reader)).transpose()
    }

    fn look_up<T>(&self, row: &Setting, source: SettingSource, reader: &ValueReader<T>) -> Result<Option<Resolved<T>>> {
        let found = match source {
            SettingSource::Env(name) | SettingSource::EnvNotEmpty(name) => {
                let environment = self.environment();
                let value = if source == SettingSource::Env(name) {
                    environment.get(name)?
                } else {
                    environment.non_empty(name)?
                };
                return value.map(|text| row.read(&text, Origin::Environment(name.to_owned()), reader)).transpose();
            }
            SettingSource::Profile(key) => {
                self.profile_section()?.map(|profile| (profile, profile.get(key))).and_then(|(profile, entry)| {
                    let entry = entry?;
                    Some((entry.text(), Origin::in_profile(&profile, entry, entry.line, key)))
                })
            }
            SettingSource::Nested(block, name) => self
                .profile_section()?
                .and_then(|profile| nested(&profile, block, name))
                .map(|Resolved { value, origin }| (Some(value), origin)),
        };
        match found {
            None => Ok(None),
            Some((Some(text), origin)) => row.read(text, origin, reader).map(Some),
            Some((None, origin)) => Err(row.error(&origin, "a value on the line of the key", Some("a nested block"))),
        }
    }
}

/// A value in a nested block. A plain value of the block's key belongs to another program and is ignored.
fn nested<'a>(profile: &Profile<'a>, block: &str, name: &str) -> Option<Resolved<&'a str>> {
    let entry = profile.get(block)?;
    let leaf = entry.block()?.get(name)?;
    let origin = Origin::in_profile(profile, entry, leaf.line, &format!("{block}.{name}"));
    Some(Resolved { value: leaf.text.as_str(), origin })
}

impl Setting {
    fn read<T>(&self, text: &str, origin: Origin, reader: &ValueReader<T>) -> Result<Resolved<T>> {
        // A URL may contain a password, even an invalid one.
        let found = |expected: String| {
            let shown = if text.contains(['@', '?']) { without_secrets(text) } else { text.to_owned() };
            self.error(&origin, &expected, Some(&format!("{shown:?}")))
        };
        let value = (reader.parse)(text).map_err(found)?;
        (reader.check)(&value).map_err(found)?;
        Ok(Resolved { value, origin })
    }

    /// An error about a value. No setting is secret, so the error shows the value, without the secrets in URLs.
    fn error(&self, origin: &Origin, expected: &str, found: Option<&str>) -> Error {
        let found = found.map(|found| format!(", found {found}")).unwrap_or_default();
        Error::new(ErrorKind::Config, format!("{} from {origin}: expected {expected}{found}", self.name))
    }

    fn no_value(&self) -> Error {
        Error::new(ErrorKind::Config, format!("{} has neither a value nor a default", self.name))
    }
}

impl Origin {
    pub(crate) fn in_profile(profile: &Profile<'_>, entry: &Entry, line: u32, key: &str) -> Self {
        let section = format!("profile {}", profile.name);
        Origin::File { file: Arc::clone(&entry.file), line, section, key: key.to_owned() }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Builder => f.write_str("the builder"),
            Origin::Environment(name) => write!(f, "environment variable {name}"),
            Origin::File { file, line, section, key } => write!(f, "{}:{line} ({section}, key {key})", file.display()),
            Origin::Default => f.write_str("the default"),
        }
    }
}

impl<T> std::ops::Deref for Resolved<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("overrides", &self.0.overrides)
            .field("environment", self.environment())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
