//! [`ConfigFiles`]: the config file and the credentials file as data.

use std::path::Path;

use serde_json::Value;

use super::files::Files;
use super::profile::{ProfileEntry, ProfileValue};
use super::{Config, Environment, Overrides};
use crate::error::Result;

/// The settings in the config file and the credentials file, for programs that show or change them.
///
/// A section is an object of text, by its lower-cased keys. A nested block (`s3 =` and indented lines) is an object of text, too.
/// The values are those of the files, with secrets among them; nothing comes from the environment but the places of the files.
/// `Debug` shows no values.
///
/// ```
/// use tucuxi::{ConfigFiles, Environment};
///
/// # let home = std::env::temp_dir().join("tucuxi-doc-config-files");
/// # std::fs::create_dir_all(home.join(".aws")).unwrap();
/// # std::fs::write(home.join(".aws/config"), "[profile dev]\nregion = eu-west-1\ns3 =\n  addressing_style = path\n").unwrap();
/// let files = ConfigFiles::read(&Environment::from_pairs([("", ""); 0]).with_home(&home))?;
/// assert_eq!(files.profile_names(), ["dev"]);
/// let dev = files.profile("dev").unwrap();
/// assert_eq!(dev["region"], "eu-west-1");
/// assert_eq!(dev["s3"]["addressing_style"], "path");
/// # Ok::<(), tucuxi::Error>(())
/// ```
#[derive(Debug)]
pub struct ConfigFiles(Files);

impl ConfigFiles {
    /// Reads both files of an environment. A missing file is empty.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) for a file that cannot be read or has a line that cannot be understood. The
    /// error does not quote the line.
    pub fn read(environment: &Environment) -> Result<ConfigFiles> {
        Ok(ConfigFiles(Config::new(environment.clone(), Overrides::default()).read_files()?))
    }

    /// The path of the config file, whether it exists or not; `None` if it is in the home directory and that is unknown.
    pub fn config_path(&self) -> Option<&Path> {
        self.0.config.path()
    }

    /// The path of the credentials file, as [`config_path`](Self::config_path).
    pub fn credentials_path(&self) -> Option<&Path> {
        self.0.credentials.path()
    }

    /// The names of all profiles: those of the config file in its order, then those that only the credentials file has.
    pub fn profile_names(&self) -> Vec<&str> {
        self.0.ordered_profile_names()
    }

    /// The settings of a profile. Those of the credentials file have precedence.
    pub fn profile(&self, name: &str) -> Option<Value> {
        Some(object(self.0.profile(name)?.entries()))
    }

    /// The names of all `sso-session` sections, sorted.
    pub fn sso_session_names(&self) -> Vec<&str> {
        self.0.sso_session_names().collect()
    }

    /// The settings of an `sso-session` section.
    pub fn sso_session(&self, name: &str) -> Option<Value> {
        Some(object(self.0.sso_session(name)?.entries()))
    }

    /// The settings of a `services` section.
    pub fn services(&self, name: &str) -> Option<Value> {
        Some(object(self.0.services(name)?.entries()))
    }

    /// The settings of a section of the config file of no known kind, by its header: `plugins`.
    pub fn section(&self, header: &str) -> Option<Value> {
        Some(object(self.0.other(header)?.entries()))
    }
}

fn object<'a>(entries: impl Iterator<Item = (&'a str, &'a ProfileEntry)>) -> Value {
    let value = |value: &ProfileValue| match value {
        ProfileValue::Text(text) => Value::from(text.as_str()),
        ProfileValue::Block(block) => {
            block.iter().map(|(name, leaf)| (name.clone(), Value::from(leaf.text.as_str()))).collect()
        }
    };
    entries.map(|(key, entry)| (key.to_owned(), value(&entry.value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_have_the_order_of_the_files_and_credentials_have_precedence() {
        let home = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(home.path().join(name), text).unwrap();
        write(
            "config",
            "[profile z]\nregion = here\naws_access_key_id = config\n[default]\n[plugins]\na = b\n[sso-session s]\n",
        );
        write("credentials", "[y]\n[z]\naws_access_key_id = HUSH\n[default]\n[a]\n");
        let path = |name: &str| home.path().join(name).to_string_lossy().into_owned();
        let environment = Environment::from_pairs([
            ("AWS_CONFIG_FILE", path("config")),
            ("AWS_SHARED_CREDENTIALS_FILE", path("credentials")),
        ]);
        let files = ConfigFiles::read(&environment).unwrap();
        assert_eq!(files.profile_names(), ["z", "default", "y", "a"]);
        let profile = files.profile("z").unwrap();
        assert_eq!(profile, serde_json::json!({"region": "here", "aws_access_key_id": "HUSH"}));
        assert_eq!(files.section("plugins").unwrap()["a"], "b");
        assert_eq!(files.sso_session_names(), ["s"]);
        assert!(files.profile("none").is_none() && files.services("none").is_none());
        assert_eq!(files.config_path(), Some(home.path().join("config").as_path()));
        assert!(!format!("{files:?}").contains("HUSH"));
    }
}
