//! Swift's package manager, which finds the token in `~/.netrc`; on macOS it takes it itself.

use std::path::Path;
use std::{fs, io};

use super::RepositoryLogin;
use super::npm_pip::uri;
use super::tool;
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::{private_file, python};
use crate::output;

const IS_MACOS: bool = cfg!(target_os = "macos");

/// The scope of packages: at most 39 letters and digits, and hyphens between them.
pub(super) fn scope(namespace: &str) -> AwsResult<String> {
    let is_edge = |edge: Option<u8>| edge.is_some_and(|byte| byte.is_ascii_alphanumeric());
    let is_valid = namespace.len() <= 39
        && is_edge(namespace.bytes().next())
        && is_edge(namespace.bytes().next_back())
        && namespace.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !namespace.contains("--");
    match is_valid {
        true => Ok(namespace.to_owned()),
        false => Err(AwsError::General(
            "Invalid scope name, scope must contain URL-safe characters, no leading dots or underscores and no more than 39 \
             characters"
                .to_owned(),
        )),
    }
}

pub(super) fn login(login: &RepositoryLogin<'_>, scope: Option<&str>) -> AwsResult<()> {
    let mut set = vec!["swift", "package-registry", "set", &login.endpoint];
    set.extend(scope.iter().flat_map(|scope| ["--scope", scope]));
    let login_url = format!("{}login", login.endpoint);
    let mut log_in = vec!["swift", "package-registry", "login", &login_url];
    if IS_MACOS {
        log_in.extend(["--token", &login.token]);
    } else {
        write_entry(login)?;
    }
    tool::run_all(login, &[set, log_in], |_| false)
}

/// Puts the token in `~/.netrc`, or tells of it in a dry run.
fn write_entry(login: &RepositoryLogin<'_>) -> AwsResult<()> {
    let host = uri(login)?.host().unwrap_or_default().to_ascii_lowercase();
    let entry = format!("machine {host} login token password {}", login.token);
    let path = std::env::home_dir().unwrap_or_default().join(".netrc");
    if login.is_dry_run {
        return Ok(output::print(&format!(
            "Dryrun mode is enabled, not writing to netrc.\nThe following line would have been written to {}:\n\n{entry}\n\nAnd would \
             have run the following commands:\n\n",
            path.display()
        ))?);
    }
    let content = match fs::read_to_string(&path) {
        Ok(known) => with_entry(&known, &host, &login.token, &entry),
        Err(error) if error.kind() == io::ErrorKind::NotFound => format!("{entry}\n"),
        Err(error) => return Err(failed(&path, &error)),
    };
    let written = private_file::restrict(&path).and_then(|()| private_file::replace(&path, &content));
    written.map_err(|error| failed(&path, &error))
}

fn failed(path: &Path, error: &io::Error) -> AwsError {
    AwsError::General(python::os_error(error, &path.display().to_string()))
}

/// The content with the token in the entries of the host, or with a new entry at the end.
fn with_entry(content: &str, host: &str, token: &str, entry: &str) -> String {
    let mut changed = String::with_capacity(content.len() + entry.len());
    let (mut rest, mut is_known) = (content, false);
    while let Some(at) = rest.find("machine") {
        let before = rest[..at].chars().next_back().or_else(|| changed.chars().next_back());
        let is_word = before.is_none_or(|char| !char.is_alphanumeric() && char != '_');
        let password = is_word.then(|| password(&rest[at..], host)).flatten();
        let (kept, skipped) = match password {
            Some((start, end)) => (at + start, at + end),
            None => (at + "machine".len(), at + "machine".len()),
        };
        changed.push_str(&rest[..kept]);
        if password.is_some() {
            is_known = true;
            changed.push_str(token);
        }
        rest = &rest[skipped..];
    }
    changed.push_str(rest);
    if !is_known {
        if !changed.ends_with('\n') {
            changed.push('\n');
        }
        changed.push_str(entry);
        changed.push('\n');
    }
    changed
}

/// Where the password of an entry is, if it is for the host: `machine HOST login NAME password PASSWORD`.
fn password(entry: &str, host: &str) -> Option<(usize, usize)> {
    let mut words = WordPlaces { text: entry, at: 0 };
    let expected = [Some("machine"), Some(host), Some("login"), None, Some("password")];
    for word in expected {
        let (start, end) = words.next()?;
        if word.is_some_and(|word| word != &entry[start..end]) {
            return None;
        }
    }
    words.next()
}

/// The places of words between white space.
struct WordPlaces<'t> {
    text: &'t str,
    at: usize,
}

impl Iterator for WordPlaces<'_> {
    type Item = (usize, usize);

    fn next(&mut self) -> Option<(usize, usize)> {
        let rest = &self.text[self.at..];
        let start = self.at + rest.find(|char: char| !char.is_whitespace())?;
        let end = self.text[start..].find(char::is_whitespace).map_or(self.text.len(), |length| start + length);
        self.at = end;
        Some((start, end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entry_of_a_host_gets_the_new_token() {
        let entry = "machine h login token password NEW";
        for (content, expected) in [
            ("", "\nmachine h login token password NEW\n"),
            ("machine x login a password b", "machine x login a password b\nmachine h login token password NEW\n"),
            ("machine h login a password old\n", "machine h login a password NEW\n"),
            ("machine h\n  login a\n  password old # c\n", "machine h\n  login a\n  password NEW # c\n"),
            (
                "machine h login a password 1\nmachine h login b password 2",
                "machine h login a password NEW\nmachine h login b password NEW",
            ),
            ("amachine h login a password 1\n", "amachine h login a password 1\nmachine h login token password NEW\n"),
            ("machine h login a account x\n", "machine h login a account x\nmachine h login token password NEW\n"),
            ("machine h login a password", "machine h login a password\nmachine h login token password NEW\n"),
            ("machine machine h login a password 1", "machine machine h login a password NEW"),
        ] {
            assert_eq!(with_entry(content, "h", "NEW", entry), expected, "{content:?}");
        }
    }

    #[test]
    fn scopes_are_short_words_with_hyphens() {
        for (namespace, is_valid) in [
            ("a", true),
            ("a-b", true),
            ("A9", true),
            ("", false),
            ("-a", false),
            ("a-", false),
            ("a--b", false),
            ("a.b", false),
        ] {
            assert_eq!(scope(namespace).is_ok(), is_valid, "{namespace}");
        }
        assert!(scope(&"a".repeat(39)).is_ok() && scope(&"a".repeat(40)).is_err());
    }
}
