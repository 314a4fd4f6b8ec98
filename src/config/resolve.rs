//! Resolves a setting from its sources.

use super::error::{ConfigError, ConfigResult, ExpectedSetting};
use super::files::Profile;
use super::setting::{Setting, SettingSource, ValueReader};
use super::url::without_secrets;
use super::{Config, Origin, Resolved};

impl Config {
    /// Resolves a setting: from the builder, the sources of its row in order, or its default.
    pub(super) fn resolve<T: Clone>(
        &self,
        row: &Setting,
        reader: &ValueReader<T>,
        given: Option<&T>,
    ) -> ConfigResult<Option<Resolved<T>>> {
        if let Some(given) = given {
            (reader.check)(given).map_err(|expected| row.error(&Origin::Builder, expected, None))?;
            return Ok(Some(Resolved { value: given.clone(), origin: Origin::Builder }));
        }
        for source in row.sources {
            if let Some(found) = self.look_up(row, *source, reader)? {
                return Ok(Some(found));
            }
        }
        row.default.map(|text| row.read(text, Origin::Default, reader)).transpose()
    }

    fn look_up<T>(
        &self,
        row: &Setting,
        source: SettingSource,
        reader: &ValueReader<T>,
    ) -> ConfigResult<Option<Resolved<T>>> {
        let environment = self.environment();
        match source {
            SettingSource::Env(name) | SettingSource::EnvNotEmpty(name) => {
                let is_set = |text: &str| source == SettingSource::Env(name) || !text.is_empty();
                let found = environment.get(name)?.filter(|text| is_set(text));
                found.map(|text| row.read(&text, Origin::Environment(name.to_owned()), reader)).transpose()
            }
            SettingSource::Profile(key) => {
                let Some(profile) = self.profile_section()? else { return Ok(None) };
                let Some(entry) = profile.get(key) else { return Ok(None) };
                let origin = profile.origin(entry, entry.line, key);
                match entry.text() {
                    Some(text) => row.read(text, origin, reader).map(Some),
                    None => Err(ConfigError::Block { setting: row.name, origin }),
                }
            }
            SettingSource::Nested(block, name) => {
                let Some(profile) = self.profile_section()? else { return Ok(None) };
                let found = nested(&profile, block, name);
                found.map(|Resolved { value, origin }| row.read(value, origin, reader)).transpose()
            }
        }
    }

    /// A value in a nested block of the profile, such as the API version of a service in `api_versions`, or the
    /// signature version in the block named after the service's endpoint prefix.
    pub(crate) fn in_block(&self, block: &str, name: &str) -> ConfigResult<Option<Resolved<&str>>> {
        Ok(self.profile_section()?.and_then(|profile| nested(&profile, block, name)))
    }
}

/// A value in a nested block. A plain value of the block's key belongs to another program and is ignored.
fn nested<'a>(profile: &Profile<'a>, block: &str, name: &str) -> Option<Resolved<&'a str>> {
    let entry = profile.get(block)?;
    let leaf = entry.block()?.get(name)?;
    let origin = profile.origin(entry, leaf.line, &format!("{block}.{name}"));
    Some(Resolved { value: leaf.text.as_str(), origin })
}

impl Setting {
    fn read<T>(&self, text: &str, origin: Origin, reader: &ValueReader<T>) -> ConfigResult<Resolved<T>> {
        let unexpected = |expected| self.error(&origin, expected, Some(text));
        let value = (reader.parse)(text).map_err(unexpected)?;
        (reader.check)(&value).map_err(unexpected)?;
        Ok(Resolved { value, origin })
    }

    /// An error about a value. No setting is secret, so the error shows the value, without the secrets in URLs.
    fn error(&self, origin: &Origin, expected: ExpectedSetting, found: Option<&str>) -> ConfigError {
        // A URL may contain a password, even an invalid one.
        let found = found.map(|text| if text.contains(['@', '?']) { without_secrets(text) } else { text.to_owned() });
        ConfigError::Value { setting: self.name, origin: origin.clone(), expected, found }
    }
}
