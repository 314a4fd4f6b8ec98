//! What customizations do with a response, besides that it is printed.

mod password;
mod rsa;

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::aws::error::{AwsError, AwsResult};
use crate::error::CliError;

/// What is to be done with a response before it is printed.
#[derive(Debug, Default)]
pub(crate) struct After {
    /// Members that go to files which only their owner may read.
    pub(crate) files: Vec<SavedMember>,
    /// Members that are not printed.
    pub(crate) dropped: &'static [&'static [&'static str]],
    /// The private key that decrypts `PasswordData`.
    pub(crate) launch_key: Option<PathBuf>,
}

/// A member that goes to a file.
#[derive(Debug)]
pub(crate) struct SavedMember {
    pub(crate) member: &'static [&'static str],
    pub(crate) file: PathBuf,
    pub(crate) content: SavedContent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SavedContent {
    /// The text, or none if the response has none.
    Text,
    /// The bytes of a blob. A response without it leaves the file and the dropped members alone.
    Bytes,
}

impl After {
    /// Decrypts the password, if there is a key for it. After an error nothing should be printed, as a script would take the encrypted
    /// password for the clear one.
    pub(crate) fn decrypt(&self, response: &mut Value) -> AwsResult<()> {
        self.launch_key.as_ref().map_or(Ok(()), |key| password::decrypt(key, response))
    }

    /// Writes the files, and drops members. After an error the response still has what could not be written, so that it should be printed before the error.
    pub(crate) fn apply(&self, response: &mut Value) -> AwsResult<()> {
        let mut is_complete = true;
        let mut result = Ok(());
        for saved in &self.files {
            match (find(response, saved.member), saved.content) {
                (None, SavedContent::Bytes) => is_complete = false,
                (value, _) => {
                    let written = saved.write(value);
                    is_complete &= written.is_ok();
                    result = result.and(written);
                }
            }
        }
        if is_complete {
            for path in self.dropped {
                drop_member(response, path);
            }
        }
        result
    }
}

impl SavedMember {
    fn write(&self, value: Option<&Value>) -> AwsResult<()> {
        let content = match (self.content, value) {
            (SavedContent::Bytes, Some(value)) => tucuxi::bytes(value).map_err(AwsError::library)?,
            (_, value) => value.and_then(Value::as_str).unwrap_or_default().as_bytes().to_vec(),
        };
        let written = private_file(&self.file).and_then(|mut file| file.write_all(&content));
        written.map_err(|error| AwsError::Program(CliError::Io(self.file.display().to_string(), error)))
    }
}

fn find<'v>(value: &'v Value, path: &[&str]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, name| value.get(name))
}

fn drop_member(value: &mut Value, path: &[&str]) {
    let Some((last, parents)) = path.split_last() else { return };
    let parent = parents.iter().try_fold(value, |value, name| value.get_mut(name));
    if let Some(parent) = parent.and_then(Value::as_object_mut) {
        parent.shift_remove(*last);
    }
}

/// An empty file that only its owner may read and write, even before it has content.
fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(file)
}
