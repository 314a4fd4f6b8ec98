//! The keys of a profile or an `sso-session` section, as providers read them: text of one line, with errors that tell where.

use std::fmt;

use crate::config::profile::{Entry, Section};
use crate::config::{Config, Profile};
use crate::error::{Error, ErrorKind, Result};

/// A section of the files.
#[derive(Clone, Copy)]
pub(super) enum Keys<'a> {
    Profile(Profile<'a>),
    SsoSession(&'a str, &'a Section),
}

impl<'a> Keys<'a> {
    /// Those of the profile of this configuration; `None` for a `default` that is in neither file.
    pub(super) fn of(config: &'a Config) -> Result<Option<Keys<'a>>> {
        Ok(config.profile_section()?.map(Keys::Profile))
    }

    pub(super) fn name(&self) -> &'a str {
        match self {
            Keys::Profile(profile) => profile.name,
            Keys::SsoSession(name, _) => name,
        }
    }

    /// The value of a key; an empty one counts as absent.
    pub(super) fn text(&self, key: &str) -> Result<Option<&'a str>> {
        match self.entry(key).map(Entry::text) {
            None | Some(Some("")) => Ok(None),
            Some(Some(text)) if !text.contains(char::is_control) => Ok(Some(text)),
            Some(_) => Err(self.error(key, format_args!("expected {key} to have a value of one line"))),
        }
    }

    /// The value of a key that has to be there.
    pub(super) fn required(&self, key: &str, why: &str) -> Result<&'a str> {
        self.text(key)?.ok_or_else(|| self.error("", format_args!("{why} needs {key}, which is not set")))
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.entry(key).is_some_and(|entry| entry.text() != Some(""))
    }

    /// An error about the value of a key, or about the section where the key is not there.
    pub(super) fn error(&self, key: &str, problem: impl fmt::Display) -> Error {
        Error::new(ErrorKind::Credentials, format!("{}: {problem}", self.place(key)))
    }

    /// `/home/me/.aws/config:3 (profile dev)`, or `profile dev` for a key that is not there.
    pub(super) fn place(&self, key: &str) -> String {
        match self.entry(key) {
            Some(entry) => format!("{}:{} ({self})", entry.file.display(), entry.line),
            None => self.to_string(),
        }
    }

    fn entry(&self, key: &str) -> Option<&'a Entry> {
        match self {
            Keys::Profile(profile) => profile.get(key),
            Keys::SsoSession(_, section) => section.get(key),
        }
    }
}

impl fmt::Display for Keys<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Keys::Profile(profile) => write!(f, "profile {}", profile.name),
            Keys::SsoSession(name, _) => write!(f, "sso-session {name}"),
        }
    }
}
