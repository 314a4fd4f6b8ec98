//! Files with secrets, of which a reader sees either the old or the new content, and that only their owner can read if they are new.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use tucuxi::Body;

/// Replaces the content of a file, or writes a new one. Links and the permissions of a file stay.
pub(crate) fn replace(path: &Path, content: &str) -> io::Result<()> {
    let is_new = !path.exists();
    if is_new {
        // The content comes with the permissions of the empty file.
        drop(open(path)?);
    }
    let saved = Body::from(content.to_owned()).save_to(path).map(drop);
    match saved {
        // The folder is read-only, or the file is mounted, but it can be written.
        Err(error) if cannot_rename(&error) => write_in_place(path, content),
        Err(error) => {
            if is_new {
                _ = std::fs::remove_file(path);
            }
            Err(error)
        }
        Ok(()) => Ok(()),
    }
}

/// Takes the permissions of all but the owner from a file. Nothing happens to a file that does not exist.
pub(crate) fn restrict(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if path.exists() {
        return std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600));
    }
    _ = path;
    Ok(())
}

fn cannot_rename(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::ResourceBusy
    )
}

fn write_in_place(path: &Path, content: &str) -> io::Result<()> {
    let mut file = open(path)?;
    file.write_all(content.as_bytes())?;
    file.set_len(content.len() as u64)?;
    file.sync_all()
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
