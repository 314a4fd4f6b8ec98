//! The config file and the shared credentials file. Only this module of the layer reads files.

use std::collections::BTreeSet;
use std::fmt;
use std::io::ErrorKind::{IsADirectory, NotADirectory, NotFound, PermissionDenied};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::{ConfigError, ConfigResult};
use super::origin::Origin;
use super::profile::{ProfileEntry, ProfileFile, Section};
use crate::read_file::read_bounded;
use crate::spelling;

/// The maximum size of a file; ten thousand profiles take about 1 MiB.
const MAX_BYTES: u64 = 16 << 20;

/// The config file and the shared credentials file, each read once.
#[derive(Debug)]
pub(crate) struct Files {
    pub(crate) config: SettingsFile,
    pub(crate) credentials: SettingsFile,
}

/// One of the two files; a missing file is empty.
#[derive(Debug)]
pub(crate) struct SettingsFile {
    path: Option<PathBuf>,
    state: FileState,
    content: ProfileFile,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FileState {
    Read,
    Absent,
    Forbidden,
}

/// The file to read.
pub(crate) struct SettingLocation {
    /// `None` if the file would be in the home directory, which is unknown.
    pub(crate) path: Option<PathBuf>,
    /// Whether a setting names this file. If so, missing permission is an error; otherwise it is not, as services often run in the
    /// home directory of another user.
    pub(crate) is_explicit: bool,
}

/// A profile: its section in the credentials file overrides its section in the config file, key by key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Profile<'a> {
    pub(crate) name: &'a str,
    credentials: Option<&'a Section>,
    config: Option<&'a Section>,
}

impl Files {
    pub(crate) fn read(config: SettingLocation, credentials: SettingLocation) -> ConfigResult<Files> {
        Ok(Files {
            config: SettingsFile::read(config, ProfileFile::config)?,
            credentials: SettingsFile::read(credentials, ProfileFile::credentials)?,
        })
    }

    pub(crate) fn profile<'a>(&'a self, name: &'a str) -> Option<Profile<'a>> {
        let credentials = self.credentials.profile(name);
        let config = self.config.profile(name);
        (credentials.is_some() || config.is_some()).then_some(Profile { name, credentials, config })
    }

    /// The names of all profiles, in alphabetical order.
    pub(crate) fn profile_names(&self) -> BTreeSet<&str> {
        [&self.config, &self.credentials]
            .into_iter()
            .flat_map(|file| &file.content.profiles)
            .map(|(name, _)| &**name)
            .collect()
    }

    /// The names of all profiles: those of the config file in its order, then those that only the credentials file has.
    pub(crate) fn ordered_profile_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for file in [&self.config, &self.credentials] {
            let mut own: Vec<(u32, &str)> =
                file.content.profiles.iter().map(|(name, section)| (section.line, &**name)).collect();
            own.sort_unstable();
            let known: BTreeSet<&str> = names.iter().copied().collect();
            names.extend(own.into_iter().map(|(_, name)| name).filter(|name| !known.contains(name)));
        }
        names
    }

    /// A section of the config file that is neither a profile nor one of the other known kinds.
    pub(crate) fn other(&self, header: &str) -> Option<&Section> {
        self.config.content.others.get(header)
    }

    /// The names of all `sso-session` sections, in alphabetical order.
    pub(crate) fn sso_session_names(&self) -> impl Iterator<Item = &str> {
        self.config.content.sso_sessions.keys().map(String::as_str)
    }

    pub(crate) fn sso_session(&self, name: &str) -> Option<&Section> {
        self.config.content.sso_sessions.get(name)
    }

    /// `, did you mean ..?` for an unknown `sso-session` section.
    pub(crate) fn near_sso_session(&self, name: &str) -> String {
        spelling::did_you_mean(&spelling::nearest(name, self.config.content.sso_sessions.keys().map(|name| &**name)))
    }

    /// `, did you mean ..?` for an unknown `services` section.
    pub(crate) fn near_services(&self, name: &str) -> String {
        spelling::did_you_mean(&spelling::nearest(name, self.config.content.services.keys().map(|name| &**name)))
    }

    pub(crate) fn services(&self, name: &str) -> Option<&Section> {
        self.config.content.services.get(name)
    }

    /// The error for a profile that is in neither file.
    pub(crate) fn no_such_profile(&self, name: &str, origin: &dyn fmt::Display) -> ConfigError {
        let mut hint = String::new();
        let names = self.profile_names();
        match spelling::nearest(name, names.iter().copied()).as_slice() {
            [] if names.is_empty() => {}
            [] => hint.push_str(&format!("; there are {}", list(names.iter().copied().take(8)))),
            near => hint.push_str(&spelling::did_you_mean(near)),
        }
        for malformed in &self.config.content.malformed {
            let path = self.config.path.as_deref().unwrap_or(Path::new(""));
            hint.push_str(&format!(
                "; {}:{}: [{}] is skipped because its name is not a single shell word",
                path.display(),
                malformed.line,
                malformed.header
            ));
        }
        let places = format!("{} nor in {}", self.config, self.credentials);
        ConfigError::NoSuchProfile { name: name.to_owned(), origin: origin.to_string(), places, hint }
    }
}

impl SettingsFile {
    fn read(
        location: SettingLocation,
        parse: fn(&Arc<Path>, &[u8]) -> ConfigResult<ProfileFile>,
    ) -> ConfigResult<SettingsFile> {
        let SettingLocation { path, is_explicit } = location;
        let Some(path) = path else {
            return Ok(SettingsFile { path: None, state: FileState::Absent, content: ProfileFile::default() });
        };
        let (state, content) = match read_bounded(&path, MAX_BYTES) {
            Ok(bytes) => (FileState::Read, parse(&Arc::from(path.as_path()), &bytes)?),
            Err(error) if matches!(error.kind(), NotFound | NotADirectory | IsADirectory) => {
                (FileState::Absent, ProfileFile::default())
            }
            Err(error) if error.kind() == PermissionDenied && !is_explicit => {
                (FileState::Forbidden, ProfileFile::default())
            }
            Err(error) => return Err(ConfigError::Unreadable { path, reason: error.to_string() }),
        };
        Ok(SettingsFile { path: Some(path), state, content })
    }

    pub(crate) fn profile(&self, name: &str) -> Option<&Section> {
        self.content.profiles.get(name)
    }

    pub(crate) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }
}

/// Shows the path of the file, and why it is empty if it could not be read.
impl fmt::Display for SettingsFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(path) = &self.path else {
            return f.write_str("a file in the home directory (which is unknown)");
        };
        let path = path.display();
        match self.state {
            FileState::Read => write!(f, "{path}"),
            FileState::Absent => write!(f, "{path} (which does not exist)"),
            FileState::Forbidden => write!(f, "{path} (permission denied)"),
        }
    }
}

impl<'a> Profile<'a> {
    /// The entries of both sections by their keys; those of the credentials file have precedence.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&'a str, &'a ProfileEntry)> + use<'a> {
        let (config, credentials) = (self.config, self.credentials);
        config.into_iter().chain(credentials).flat_map(Section::entries)
    }

    /// The entry of a key; the credentials file has precedence.
    pub(crate) fn get(&self, key: &str) -> Option<&'a ProfileEntry> {
        let over = self.credentials.and_then(|section| section.get(key));
        over.or_else(|| self.config.and_then(|section| section.get(key)))
    }

    /// A text by its key, or by `BLOCK.KEY`.
    pub(crate) fn setting(&self, name: &str) -> Option<&'a str> {
        match (self.get(name), name.split_once('.')) {
            (Some(entry), _) => entry.text(),
            (None, Some((block, key))) => Some(&self.get(block)?.block()?.get(key)?.text),
            (None, None) => None,
        }
    }

    /// The origin of a value of this profile; `key` has the name of the block if the value is nested in one.
    pub(crate) fn origin(&self, entry: &ProfileEntry, line: u32, key: &str) -> Origin {
        let section = format!("profile {}", self.name).into();
        Origin::File { file: Arc::clone(&entry.file), line, section, key: key.into() }
    }
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
}
