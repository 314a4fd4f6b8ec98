//! The files in `~/.aws/sso/cache` and `~/.aws/login/cache`, which the AWS CLI and all SDKs share.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Map, Value};
use sha1::{Digest, Sha1};
use sha2::Sha256;

use crate::codec::{hex, json};
use crate::config::Environment;
use crate::config::files::read_bounded;
use crate::error::{Error, ErrorKind, Result};

/// A token takes a few thousand.
const MOST_BYTES: u64 = 1 << 20;

/// The file of one token.
pub(super) struct TokenFile {
    path: PathBuf,
    /// For messages, as is what writes the file anew.
    what: &'static str,
    writer: &'static str,
}

impl TokenFile {
    /// `~/.aws/sso/cache/<sha1>.json`, the digest being that of the session's name or the start URL.
    pub(super) fn sso(environment: &Environment, key: &str) -> Result<TokenFile> {
        let folder = home(environment)?.join(".aws").join("sso").join("cache");
        let path = folder.join(format!("{}.json", hex::encode(&Sha1::digest(key))));
        Ok(TokenFile { path, what: "the SSO token file", writer: "aws sso login" })
    }

    /// `~/.aws/login/cache/<sha256>.json`, the digest being that of the session's name; `AWS_LOGIN_CACHE_DIRECTORY` is another
    /// folder.
    pub(super) fn login(environment: &Environment, session: &str) -> Result<TokenFile> {
        let folder = match environment.non_empty("AWS_LOGIN_CACHE_DIRECTORY")? {
            Some(folder) => environment.expand(&folder),
            None => home(environment)?.join(".aws").join("login").join("cache"),
        };
        let path = folder.join(format!("{}.json", hex::encode(&Sha256::digest(session))));
        Ok(TokenFile { path, what: "the token file", writer: "aws login" })
    }

    /// The object in the file; `None` where there is no file. No message quotes what is in it.
    pub(super) fn read(&self) -> Result<Option<Map<String, Value>>> {
        let broken = |problem: &dyn fmt::Display| {
            let message = format!("{self} {problem}; `{}` writes it anew", self.writer);
            Error::new(ErrorKind::Credentials, message)
        };
        let bytes = match read_bounded(&self.path, MOST_BYTES) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(broken(&format_args!("cannot be read: {error}"))),
        };
        match json::given(&bytes) {
            Ok(Value::Object(members)) => Ok(Some(members)),
            _ => Err(broken(&"is not a JSON object")),
        }
    }

    /// Replaces the file at once, readable by its owner alone.
    pub(super) fn write(&self, content: &Value) -> io::Result<()> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let draft = self.path.with_extension(format!("{}-{number}.tmp", std::process::id()));
        let written = write_new(&draft, content.to_string().as_bytes()).and_then(|()| fs::rename(&draft, &self.path));
        if written.is_err() {
            // It may not even be there.
            let _ = fs::remove_file(&draft);
        }
        written
    }
}

fn home(environment: &Environment) -> Result<PathBuf> {
    environment.home().ok_or_else(|| {
        let message = "tokens are kept in ~/.aws, and the home directory is not known";
        Error::new(ErrorKind::Credentials, message)
    })
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// What it is, and its path.
impl fmt::Display for TokenFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.what, self.path.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn what_is_written_is_the_owners_alone_and_goes_nowhere_else() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = std::env::temp_dir().join(format!("tucuxi-token-file-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (path, elsewhere) = (folder.join("x.json"), folder.join("elsewhere"));
        let file = TokenFile { path: path.clone(), what: "the token file", writer: "aws login" };
        let mode = || fs::symlink_metadata(&path).unwrap().permissions().mode() & 0o777;
        // A file that others may read becomes one that they may not.
        fs::write(&path, "{}").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
        file.write(&serde_json::json!({"accessToken": "HUSH"})).unwrap();
        assert_eq!((mode(), fs::read_to_string(&path).unwrap().as_str()), (0o600, r#"{"accessToken":"HUSH"}"#));
        // A link is replaced, and what it leads to stays as it is.
        fs::remove_file(&path).unwrap();
        fs::write(&elsewhere, "mine").unwrap();
        symlink(&elsewhere, &path).unwrap();
        file.write(&serde_json::json!({})).unwrap();
        assert!(fs::symlink_metadata(&path).unwrap().is_file());
        assert_eq!((mode(), fs::read_to_string(&elsewhere).unwrap().as_str()), (0o600, "mine"));
        // A folder in its place is an error, and no draft is left.
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        file.write(&serde_json::json!({})).unwrap_err();
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn the_name_is_the_digest_of_the_key() {
        let environment = Environment::from_pairs([("", ""); 0]).with_home("/home/me");
        // The example of the SDK reference guide, and of botocore's tests.
        let file = TokenFile::sso(&environment, "admin").unwrap().to_string();
        assert_eq!(
            file.replace('\\', "/"),
            "the SSO token file /home/me/.aws/sso/cache/d033e22ae348aeb5660fc2140aec35850c4da997.json"
        );
    }
}
