//! Token files in `~/.aws/sso/cache` and `~/.aws/login/cache`, which the AWS CLI and the SDKs share.

mod lock;
mod replace;

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use serde_json::{Map, Value};
use sha1::{Digest, Sha1};
use sha2::Sha256;

use super::error::{CredentialsError, TokenFileProblem};
use crate::codec::json_text::{SPACED, write_value};
use crate::codec::{hex, json};
use crate::config::Environment;
use crate::deadline::Deadline;
use crate::error::{Error, Result};
use crate::read_file::read_regular;

pub(super) use lock::Lock;

/// The maximum size of a token file; a usual one has a few thousand bytes.
const MAX_BYTES: u64 = 1 << 20;

/// How long a process waits for another one that renews the same token, before it renews the token itself.
pub(super) const LOCK_TIMEOUT: Duration = Duration::from_secs(30);

/// The file of one token in a cache that the AWS CLI and the SDKs share: `~/.aws/sso/cache` or `~/.aws/login/cache`.
///
/// A session reads and renews these tokens itself. Programs that sign in, as `aws sso login` does, write them.
///
/// ```
/// use tucuxi::{Environment, sign_in::TokenFile};
///
/// # let home = std::env::temp_dir().join(format!("tucuxi-doc-token-file-{}", std::process::id()));
/// let environment = Environment::from_pairs([("", ""); 0]).with_home(&home);
/// let file = TokenFile::sso(&environment, "my-session")?;
/// assert!(file.read()?.is_none());
/// file.write(&serde_json::json!({"accessToken": "t", "expiresAt": "2030-01-01T00:00:00Z"})).unwrap();
/// assert_eq!(file.read()?.unwrap()["accessToken"], "t");
/// # std::fs::remove_dir_all(&home).unwrap();
/// # Ok::<(), tucuxi::Error>(())
/// ```
#[derive(Debug)]
pub struct TokenFile {
    path: PathBuf,
    /// The name of the file in messages.
    what: &'static str,
    /// The command that writes the file.
    writer: &'static str,
}

impl TokenFile {
    /// `~/.aws/sso/cache/<sha1>.json`, with the digest of the key: the name of an `sso-session` section, or else the start URL.
    ///
    /// # Errors
    /// [`ErrorKind::Credentials`](crate::ErrorKind::Credentials) if the home directory is unknown.
    pub fn sso(environment: &Environment, key: &str) -> Result<TokenFile> {
        let folder = home(environment)?.join(".aws").join("sso").join("cache");
        let path = folder.join(format!("{}.json", hex::encode(&Sha1::digest(key))));
        Ok(TokenFile { path, what: "the SSO token file", writer: "aws sso login" })
    }

    /// `~/.aws/login/cache/<sha256>.json`, with the digest of the session's name; `AWS_LOGIN_CACHE_DIRECTORY` overrides the
    /// folder.
    ///
    /// # Errors
    /// As [`sso`](Self::sso).
    pub fn login(environment: &Environment, session: &str) -> Result<TokenFile> {
        let folder = match environment.non_empty("AWS_LOGIN_CACHE_DIRECTORY")? {
            Some(folder) => environment.expand(&folder),
            None => home(environment)?.join(".aws").join("login").join("cache"),
        };
        let path = folder.join(format!("{}.json", hex::encode(&Sha256::digest(session))));
        Ok(TokenFile { path, what: "the token file", writer: "aws login" })
    }

    /// `FOLDER/<sha1>.json`, with the digest of what identifies a role.
    pub(super) fn of_role(folder: &Path, key: &str) -> TokenFile {
        let path = folder.join(format!("{}.json", hex::encode(&Sha1::digest(key))));
        TokenFile { path, what: "the cache file", writer: "aws" }
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the JSON object in the file; `None` if there is no file. Errors do not quote the content.
    ///
    /// # Errors
    /// [`ErrorKind::Credentials`](crate::ErrorKind::Credentials) for a file that cannot be read or is no JSON object.
    pub fn read(&self) -> Result<Option<Value>> {
        Ok(self.members()?.map(Value::Object))
    }

    pub(super) fn members(&self) -> Result<Option<Map<String, Value>>> {
        let broken = |problem| self.error(problem, format!("run `{}` to recreate it", self.writer));
        for pause in [20, 40, 80, 0] {
            match read_regular(&self.path, MAX_BYTES) {
                Ok(bytes) => {
                    if let Ok(Value::Object(members)) = json::given(&bytes) {
                        return Ok(Some(members));
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(broken(TokenFileProblem::Unreadable(error.to_string()))),
            }
            // botocore empties the file before it writes the new content.
            thread::sleep(Duration::from_millis(pause));
        }
        Err(broken(TokenFileProblem::NotAnObject))
    }

    /// An error about the file.
    pub(super) fn error(&self, problem: TokenFileProblem, advice: String) -> Error {
        CredentialsError::TokenFile { file: self.to_string(), problem, advice }.into()
    }

    /// Locks the token for a renewal; `None` if another process still holds the lock at the deadline.
    pub(super) fn lock(&self, deadline: Deadline) -> Option<Lock> {
        lock::lock(&self.path, deadline)
    }

    /// Replaces the content atomically for readers, where possible. Follows symbolic links, and creates the folder if needed; only
    /// the owner can read a new file.
    ///
    /// # Errors
    /// Errors of the file system.
    pub fn write(&self, content: &Value) -> io::Result<()> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut text = String::new();
        // As other programs write it.
        write_value(&mut text, content, SPACED);
        replace::replace(&self.path, text.as_bytes())
    }
}

/// Polls for the token that another process is about to write: a program without locks may have used the refresh token a moment
/// ago and not yet written the file.
pub(super) fn await_other_writer<T>(look: impl Fn() -> Option<T>) -> Option<T> {
    look().or_else(|| {
        [50, 100, 200, 400].into_iter().find_map(|pause| {
            thread::sleep(Duration::from_millis(pause));
            look()
        })
    })
}

fn home(environment: &Environment) -> Result<PathBuf> {
    environment.home().ok_or_else(|| CredentialsError::UnknownHome.into())
}

/// Shows the name and the path.
impl fmt::Display for TokenFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.what, self.path.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_name_is_the_digest_of_the_key() {
        let environment = Environment::from_pairs([("", ""); 0]).with_home("/home/me");
        // The example of the SDK reference guide, and of botocore's tests.
        let file = TokenFile::sso(&environment, "admin").unwrap().to_string();
        assert_eq!(
            file.replace('\\', "/"),
            "the SSO token file /home/me/.aws/sso/cache/d033e22ae348aeb5660fc2140aec35850c4da997.json"
        );
    }
}
