//! Reads the keys of a profile or an `sso-session` section for providers: one-line text, with errors that name the location.

use std::fmt;

use super::error::{CredentialsError, SettingProblem};
use crate::config::profile::{ProfileEntry, Section};
use crate::config::{Config, Profile};
use crate::error::{Error, Result};

/// A section of the config or credentials file.
#[derive(Clone, Copy)]
pub(super) enum SectionReader<'a> {
    Profile(Profile<'a>),
    SsoSession(&'a str, &'a Section),
}

impl<'a> SectionReader<'a> {
    /// The profile of this configuration; `None` if it is `default` and neither file has it.
    pub(super) fn of_profile(config: &'a Config) -> Result<Option<SectionReader<'a>>> {
        Ok(config.profile_section()?.map(SectionReader::Profile))
    }

    pub(super) fn name(&self) -> &'a str {
        match self {
            SectionReader::Profile(profile) => profile.name,
            SectionReader::SsoSession(name, _) => name,
        }
    }

    /// The value of a key; an empty value counts as missing.
    pub(super) fn text(&self, key: &str) -> Result<Option<&'a str>> {
        match self.entry(key).map(ProfileEntry::text) {
            None | Some(Some("")) => Ok(None),
            Some(Some(text)) if !text.contains(char::is_control) => Ok(Some(text)),
            Some(_) => Err(self.error(key, SettingProblem::NotOneLine(key.to_owned()))),
        }
    }

    /// The value of a required key. `what` needs it, as the error message says.
    pub(super) fn required(&self, key: &str, what: &str) -> Result<&'a str> {
        let missing = || SettingProblem::Missing { what: what.to_owned(), key: key.to_owned() };
        self.text(key)?.ok_or_else(|| self.error("", missing()))
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.entry(key).is_some_and(|entry| entry.text() != Some(""))
    }

    /// An error about the value of a key, or about the section if the key is missing.
    pub(super) fn error(&self, key: &str, problem: SettingProblem) -> Error {
        CredentialsError::Setting { place: self.place(key), problem }.into()
    }

    /// The location of a key: `/home/me/.aws/config:3 (profile dev)`, or `profile dev` for a missing key.
    pub(super) fn place(&self, key: &str) -> String {
        match self.entry(key) {
            Some(entry) => format!("{}:{} ({self})", entry.file.display(), entry.line),
            None => self.to_string(),
        }
    }

    fn entry(&self, key: &str) -> Option<&'a ProfileEntry> {
        match self {
            SectionReader::Profile(profile) => profile.get(key),
            SectionReader::SsoSession(_, section) => section.get(key),
        }
    }
}

impl fmt::Display for SectionReader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SectionReader::Profile(profile) => write!(f, "profile {}", profile.name),
            SectionReader::SsoSession(name, _) => write!(f, "sso-session {name}"),
        }
    }
}
