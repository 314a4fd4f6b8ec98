//! The config file and the shared credentials file. Only this module of the layer reads files.

use std::collections::BTreeSet;
use std::fmt;
use std::io::ErrorKind::{IsADirectory, NotADirectory, NotFound, PermissionDenied};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::profile::{Entry, ProfileFile, Section};
use crate::error::{Error, ErrorKind, Result};
use crate::read_file::read_bounded;
use crate::spelling;

/// The maximum size of a file; ten thousand profiles take about 1 MiB.
const MAX_BYTES: u64 = 16 << 20;

/// The config file and the shared credentials file, each read once.
#[derive(Debug)]
pub(crate) struct Files {
    pub(crate) config: File,
    pub(crate) credentials: File,
}

/// One of the two files; a missing file is empty.
#[derive(Debug)]
pub(crate) struct File {
    path: Option<PathBuf>,
    state: State,
    content: ProfileFile,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Read,
    Absent,
    Forbidden,
}

/// The file to read.
pub(crate) struct Location {
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
    pub(crate) fn read(config: Location, credentials: Location) -> Result<Files> {
        Ok(Files {
            config: File::read(config, ProfileFile::config)?,
            credentials: File::read(credentials, ProfileFile::credentials)?,
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
    pub(crate) fn no_such_profile(&self, name: &str, origin: &dyn fmt::Display) -> Error {
        let mut message =
            format!("profile {name:?} (from {origin}) was not found in {} nor in {}", self.config, self.credentials);
        let names = self.profile_names();
        match spelling::nearest(name, names.iter().copied()).as_slice() {
            [] if names.is_empty() => {}
            [] => message.push_str(&format!("; there are {}", list(names.iter().copied().take(8)))),
            near => message.push_str(&spelling::did_you_mean(near)),
        }
        for malformed in &self.config.content.malformed {
            let path = self.config.path.as_deref().unwrap_or(Path::new(""));
            message.push_str(&format!(
                "; {}:{}: [{}] is skipped because its name is not a single shell word",
                path.display(),
                malformed.line,
                malformed.header
            ));
        }
        Error::new(ErrorKind::Config, message)
    }
}

impl File {
    fn read(location: Location, parse: fn(&Arc<Path>, &[u8]) -> Result<ProfileFile>) -> Result<File> {
        let Location { path, is_explicit } = location;
        let Some(path) = path else {
            return Ok(File { path: None, state: State::Absent, content: ProfileFile::default() });
        };
        let (state, content) = match read_bounded(&path, MAX_BYTES) {
            Ok(bytes) => (State::Read, parse(&Arc::from(path.as_path()), &bytes)?),
            Err(error) if matches!(error.kind(), NotFound | NotADirectory | IsADirectory) => {
                (State::Absent, ProfileFile::default())
            }
            Err(error) if error.kind() == PermissionDenied && !is_explicit => {
                (State::Forbidden, ProfileFile::default())
            }
            Err(error) => {
                return Err(Error::new(ErrorKind::Config, format!("{}: cannot be read: {error}", path.display())));
            }
        };
        Ok(File { path: Some(path), state, content })
    }

    pub(crate) fn profile(&self, name: &str) -> Option<&Section> {
        self.content.profiles.get(name)
    }
}

/// Shows the path of the file, and why it is empty if it could not be read.
impl fmt::Display for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(path) = &self.path else {
            return f.write_str("a file in the home directory (which is unknown)");
        };
        let path = path.display();
        match self.state {
            State::Read => write!(f, "{path}"),
            State::Absent => write!(f, "{path} (which does not exist)"),
            State::Forbidden => write!(f, "{path} (permission denied)"),
        }
    }
}

impl<'a> Profile<'a> {
    /// The entry of a key; the credentials file has precedence.
    pub(crate) fn get(&self, key: &str) -> Option<&'a Entry> {
        let over = self.credentials.and_then(|section| section.get(key));
        over.or_else(|| self.config.and_then(|section| section.get(key)))
    }
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
}
