//! Environment variables and the home directory, of the process or given in code. No other file reads `std::env`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use super::error::{ConfigError, ConfigResult};

/// The environment variables and the home directory of a session.
///
/// A session reads the environment of the process by default. With another environment, a program or a test is independent of
/// the process.
///
/// ```
/// use tucuxi::Environment;
///
/// let environment = Environment::from_pairs([("AWS_REGION", "eu-west-1"), ("AWS_PROFILE", "dev")]).with_home("/home/me");
/// // `Debug` hides the values, which may be secret.
/// assert_eq!(format!("{environment:?}"), r#"Environment { variables: ["AWS_PROFILE", "AWS_REGION"], home: Some("/home/me") }"#);
/// ```
#[derive(Clone, Default)]
pub struct Environment(Backing);

#[derive(Clone, Default)]
enum Backing {
    #[default]
    Process,
    Given {
        variables: Arc<BTreeMap<String, String>>,
        home: Option<PathBuf>,
    },
}

impl Environment {
    /// The environment of this process. Each variable is read when it is needed.
    pub fn process() -> Self {
        Environment(Backing::Process)
    }

    /// An environment of only these variables, without a home directory: `~/.aws/config` and `~/.aws/credentials` are missing.
    pub fn from_pairs<K, V>(pairs: impl IntoIterator<Item = (K, V)>) -> Self
    where
        K: Into<String>,
        V: Into<String>,
    {
        let variables = pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Environment(Backing::Given { variables: Arc::new(variables), home: None })
    }

    /// Sets the home directory. The environment of the process is copied, so later changes to it have no effect.
    pub fn with_home(self, home: impl Into<PathBuf>) -> Self {
        let variables = match self.0 {
            Backing::Given { variables, .. } => variables,
            Backing::Process => Arc::new(process_variables().collect()),
        };
        Environment(Backing::Given { variables, home: Some(home.into()) })
    }

    /// The value of a variable, even if it is empty.
    pub(crate) fn get(&self, name: &str) -> ConfigResult<Option<Cow<'_, str>>> {
        match &self.0 {
            Backing::Given { variables, .. } => Ok(variables.get(name).map(|value| Cow::Borrowed(value.as_str()))),
            Backing::Process => match std::env::var(name) {
                Ok(value) => Ok(Some(Cow::Owned(value))),
                Err(std::env::VarError::NotPresent) => Ok(None),
                Err(std::env::VarError::NotUnicode(_)) => Err(ConfigError::VariableNotUtf8 { name: name.to_owned() }),
            },
        }
    }

    /// The value of a variable; an empty variable counts as missing.
    pub(crate) fn non_empty(&self, name: &str) -> ConfigResult<Option<Cow<'_, str>>> {
        Ok(self.get(name)?.filter(|value| !value.is_empty()))
    }

    /// Whether this is the environment of the process.
    pub(crate) fn is_process(&self) -> bool {
        matches!(self.0, Backing::Process)
    }

    /// All variables whose name and value are valid UTF-8.
    pub(crate) fn variables(&self) -> Box<dyn Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> + '_> {
        match &self.0 {
            Backing::Given { variables, .. } => {
                Box::new(variables.iter().map(|(name, value)| (name.as_str().into(), value.as_str().into())))
            }
            Backing::Process => Box::new(process_variables().map(|(name, value)| (name.into(), value.into()))),
        }
    }

    pub(crate) fn home(&self) -> Option<PathBuf> {
        match &self.0 {
            Backing::Given { home, .. } => home.clone(),
            Backing::Process => std::env::home_dir(),
        }
        .filter(|home| !home.as_os_str().is_empty())
    }

    /// Expands a leading `~` and the variables `$NAME` and `${NAME}` in a path. Unknown variables stay unchanged, as in Python's
    /// `expanduser` and `expandvars`.
    pub(crate) fn expand(&self, path: &str) -> PathBuf {
        let path = self.expand_variables(path);
        match path.strip_prefix('~').map(|rest| (rest, self.home())) {
            Some(("", Some(home))) => home,
            Some((rest, Some(home))) if rest.starts_with(std::path::is_separator) => home.join(&rest[1..]),
            _ => PathBuf::from(path),
        }
    }

    fn expand_variables(&self, text: &str) -> String {
        let mut expanded = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            expanded.push_str(before);
            let (name, remainder) = variable(after);
            match self.get(name) {
                Ok(Some(value)) if !name.is_empty() => {
                    expanded.push_str(&value);
                    rest = remainder;
                }
                _ => {
                    expanded.push('$');
                    rest = after;
                }
            }
        }
        expanded.push_str(rest);
        expanded
    }
}

/// The variable name after a dollar sign, plain or in braces, and the remaining text; the name is empty if there is none.
fn variable(after: &str) -> (&str, &str) {
    if let Some((name, remainder)) = after.strip_prefix('{').and_then(|braced| braced.split_once('}')) {
        return (name, remainder);
    }
    let end = after.find(|next: char| !next.is_ascii_alphanumeric() && next != '_').unwrap_or(after.len());
    after.split_at(end)
}

fn process_variables() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Backing::Process => f.write_str("Environment::process()"),
            Backing::Given { variables, home } => f
                .debug_struct("Environment")
                .field("variables", &variables.keys().collect::<Vec<_>>())
                .field("home", home)
                .finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_expanded() {
        let environment = Environment::from_pairs([("DIR", "/etc/aws"), ("NAME", "config")]).with_home("/home/me");
        for (path, expected) in [
            ("~", "/home/me"),
            ("~/.aws/config", "/home/me/.aws/config"),
            ("~you/config", "~you/config"),
            ("$DIR/$NAME", "/etc/aws/config"),
            ("${DIR}/x${NAME}y", "/etc/aws/xconfigy"),
            ("$MISSING/a", "$MISSING/a"),
            ("${MISSING}/$NAME", "${MISSING}/config"),
            ("${", "${"),
            ("a$", "a$"),
            ("${}$$NAME", "${}$config"),
            ("", ""),
        ] {
            assert_eq!(environment.expand(path), PathBuf::from(expected), "{path:?}");
        }
        assert_eq!(Environment::from_pairs([("A", "b")]).expand("~/x"), PathBuf::from("~/x"));
    }

    #[test]
    fn debug_hides_values() {
        let environment = Environment::from_pairs([("AWS_SECRET_ACCESS_KEY", "hush")]);
        assert!(!format!("{environment:?}").contains("hush"));
        assert!(!format!("{:?}", Environment::process().with_home("/")).contains(env!("CARGO_MANIFEST_DIR")));
    }
}
