//! The errors of this module. Each message is written here; tests compare variants.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Origin;
use crate::error::{Error, ErrorKind, NotConfigured};

pub(crate) type ConfigResult<T, E = ConfigError> = std::result::Result<T, E>;

/// What is wrong with a setting, a variable or a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("{setting} from {origin}: expected {expected}{}", FoundSetting(found))]
    Value { setting: &'static str, origin: Origin, expected: ExpectedSetting, found: Option<String> },
    #[error("{setting} from {origin}: expected a value on the line of the key, found a nested block")]
    Block { setting: &'static str, origin: Origin },
    #[error("{setting} has neither a value nor a default")]
    NoValue { setting: &'static str },
    #[error("environment variable {name}: expected UTF-8 text, found other bytes")]
    VariableNotUtf8 { name: String },
    #[error("{}:{line}: {problem}", path.display())]
    Syntax { path: Arc<Path>, line: u32, problem: SyntaxProblem },
    #[error("{}: cannot be read: {reason}", path.display())]
    Unreadable { path: PathBuf, reason: String },
    /// `places` names both files, `hint` what else could be meant.
    #[error("profile {name:?} (from {origin}) was not found in {places}{hint}")]
    NoSuchProfile { name: String, origin: String, places: String, hint: String },
    /// `url` has no secrets.
    #[error("endpoint URL from {origin}: expected an http or https URL with a valid host, found {url:?}")]
    EndpointUrl { origin: Origin, url: String },
    #[error("endpoint URL from {origin}: expected the name of a section [services NAME]")]
    ServicesName { origin: Origin },
    #[error(
        "endpoint URL from {origin}: expected a section [services {name}] with settings in it, and there is none{near}"
    )]
    NoServicesSection { origin: Origin, name: String, near: String },
    #[error(
        "endpoint URL from {origin}: expected nothing on the line of the key, and an indented `endpoint_url = URL` \
         below it"
    )]
    ServicesBlock { origin: Origin },
    /// `url` has no secrets.
    #[error("proxy from {origin}: expected an http or https URL or HOST:PORT, found {url:?}")]
    ProxyUrl { origin: String, url: String },
}

/// What a setting's value must be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ExpectedSetting {
    #[error("true or false")]
    Boolean,
    #[error("a whole number")]
    Integer,
    #[error("a whole number from {0}")]
    AtLeast(u32),
    #[error("a whole number from {0} to {1}")]
    Between(u32, u32),
    #[error("a number of bytes")]
    Size,
    #[error("a number of seconds")]
    Seconds,
    /// The names, separated by commas.
    #[error("one of {0}")]
    OneOf(String),
    #[error("a region such as us-east-1: letters, digits and inner hyphens, at most 63")]
    Region,
    #[error("a path; to use the default, do not set it")]
    Path,
    #[error("a value given in code")]
    Code,
}

/// What is wrong in a line of the config or credentials file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SyntaxProblem {
    #[error("the section [{0}] occurs twice")]
    SectionTwice(String),
    #[error("the key {0} occurs twice in its section")]
    KeyTwice(String),
    #[error("expected a section header such as [default] before the first setting")]
    NoSection,
    #[error("expected `key = value`, `key: value`, a comment or a section header such as [profile name]")]
    NoKey,
    #[error("expected `name = value` in the nested block")]
    NoName,
    #[error("expected UTF-8 text, found UTF-16; save the file as UTF-8")]
    Utf16,
    #[error("expected UTF-8 text, found other bytes")]
    NotUtf8,
}

/// The end of a message: the value found, if it is known.
struct FoundSetting<'a>(&'a Option<String>);

impl fmt::Display for FoundSetting<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_ref().map_or(Ok(()), |found| write!(f, ", found {found:?}"))
    }
}

impl From<ConfigError> for Error {
    fn from(error: ConfigError) -> Self {
        let converted = Error::new(ErrorKind::Config, error.to_string());
        match error {
            ConfigError::NoSuchProfile { .. } => converted.lacking(NotConfigured::Profile),
            _ => converted,
        }
    }
}
