//! The settings of a session or client, from the builder, the environment and the config files, typed and with their origin.
//!
//! [`Config`] resolves a setting on first use, in the order of its row in `sources.rs`. A session reads the files at most once,
//! and only if neither the builder nor the environment has the value.

mod accessors;
mod config_files;
mod endpoint_url;
mod environment;
mod error;
pub(crate) mod files;
mod origin;
mod parse;
pub(crate) mod profile;
pub(crate) mod proxy;
mod resolve;
mod setting;
pub(crate) mod shell;
mod show;
mod sources;
pub(crate) mod types;
mod url;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use once_cell::sync::OnceCell;

pub use config_files::ConfigFiles;
pub use environment::Environment;
pub use types::{AccountIdEndpointMode, AddressingStyle, ChecksumMode, DefaultsMode, EndpointDiscovery, RetryMode};

pub(crate) use files::{Files, Profile};
pub(crate) use origin::{Origin, Resolved};
pub(crate) use proxy::{Proxy, ProxyMap};
pub(crate) use setting::{Overrides, SETTINGS, Setting};
pub(crate) use sources::with_settings;
pub(crate) use url::Url;

use error::{ConfigError, ConfigResult};
use files::SettingLocation;
use setting::Cells;

/// The settings of one session or client. Cloning is cheap, and clones share the resolved values.
#[derive(Clone)]
pub(crate) struct Config(Arc<ConfigState>);

struct ConfigState {
    overrides: Overrides,
    cells: Cells,
    shared: Arc<SessionState>,
}

/// The state that a session shares with its clients.
#[derive(Default)]
struct SessionState {
    environment: Environment,
    /// Invalid files are read only once too.
    files: OnceCell<ConfigResult<Files, ConfigError>>,
    proxies: OnceCell<ProxyMap>,
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
        Config(Arc::new(ConfigState { overrides, cells: Cells::default(), shared }))
    }

    pub(crate) fn environment(&self) -> &Environment {
        &self.0.shared.environment
    }

    /// The region of a client, if set.
    pub(crate) fn client_region(&self) -> ConfigResult<Option<ClientRegion>> {
        let Some(region) = self.region()?.filter(|region| !region.value.is_empty()) else {
            return Ok(None);
        };
        let name = region.value.replace("fips-", "").replace("-fips", "");
        let fips = name != region.value || matches!(self.use_fips_endpoint()?, Some(Resolved { value: true, .. }));
        Ok(Some(ClientRegion { name, fips }))
    }

    /// The connect timeout, `None` for none: from the builder, otherwise from the defaults mode. The closure returns the region of
    /// this machine, if known; it is called only if the timeout depends on it.
    pub(crate) fn connect_limit(
        &self,
        machine_region: impl FnOnce() -> Option<String>,
    ) -> ConfigResult<Option<Duration>> {
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
    pub(crate) fn read_limit(&self) -> ConfigResult<Option<Duration>> {
        Ok(Some(self.read_timeout()?.value).filter(|limit| *limit != Duration::MAX))
    }

    /// The defaults mode, with `auto` resolved (botocore's `configprovider.py: resolve_auto_mode`): in-region, cross-region, or
    /// `standard` if the region of this machine is unknown.
    fn effective_defaults_mode(&self, machine_region: impl FnOnce() -> Option<String>) -> ConfigResult<DefaultsMode> {
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
    fn region_of_managed_environment(&self) -> ConfigResult<Option<String>> {
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
    pub(crate) fn proxy_for(&self, url: &str) -> ConfigResult<Option<Proxy>> {
        if let Some(given) = self.proxies()? {
            return given.value.choose(url);
        }
        let shared = &self.0.shared;
        shared.proxies.get_or_init(|| ProxyMap::from_environment(&shared.environment)).choose(url)
    }

    /// Both files, read on first use.
    pub(crate) fn files(&self) -> ConfigResult<&Files> {
        let read = || self.read_files();
        self.0.shared.files.get_or_init(read).as_ref().map_err(ConfigError::clone)
    }

    fn read_files(&self) -> ConfigResult<Files> {
        Files::read(self.location(self.config_file()?), self.location(self.credentials_file()?))
    }

    /// The profile of this session. A profile that is set explicitly must exist; `None` if the default one does not.
    pub(crate) fn profile_section(&self) -> ConfigResult<Option<Profile<'_>>> {
        let Resolved { value: name, origin } = self.profile()?;
        let files = self.files()?;
        match files.profile(name) {
            None if *origin != Origin::Default => Err(files.no_such_profile(name, origin)),
            found => Ok(found),
        }
    }

    fn location(&self, path: &Resolved<PathBuf>) -> SettingLocation {
        let is_explicit = path.origin != Origin::Default;
        let environment = self.environment();
        if !is_explicit && environment.home().is_none() {
            return SettingLocation { path: None, is_explicit };
        }
        // Only a path that is valid text can be expanded.
        let path = path.value.to_str().map_or_else(|| path.value.clone(), |text| environment.expand(text));
        SettingLocation { path: Some(path), is_explicit }
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
