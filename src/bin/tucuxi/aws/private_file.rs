//! Files with secrets, of which a reader sees either the old or the new content, and that only their owner can read if they are new.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use tucuxi::Body;

/// Replaces the content of a file, or writes a new one. Links, the permissions and the owner of a file stay.
pub(crate) fn replace(path: &Path, content: &str) -> io::Result<()> {
    let known = fs::metadata(path).ok();
    let is_new = known.is_none();
    if known.as_ref().is_some_and(has_other_names) {
        return write_in_place(path, content);
    }
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
                _ = fs::remove_file(path);
            }
            Err(error)
        }
        Ok(()) => known.map_or(Ok(()), |known| keep_owner(path, &known)),
    }
}

/// Whether the file has hard links, which a rename would break.
#[cfg(unix)]
fn has_other_names(known: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(known) > 1
}

#[cfg(not(unix))]
fn has_other_names(_: &Metadata) -> bool {
    false
}

/// Gives the file back to the user and the group that had it: root can write the files of others.
#[cfg(unix)]
fn keep_owner(path: &Path, known: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, chown};
    let new = fs::metadata(path)?;
    match (new.uid(), new.gid()) == (known.uid(), known.gid()) {
        true => Ok(()),
        false => chown(path, Some(known.uid()), Some(known.gid())),
    }
}

#[cfg(not(unix))]
fn keep_owner(_: &Path, _: &Metadata) -> io::Result<()> {
    Ok(())
}

/// Takes the permissions of all but the owner from a file. Nothing happens to a file that does not exist.
pub(crate) fn restrict(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if path.exists() {
        return fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600));
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

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn new_files_are_their_owners_and_known_ones_stay_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        replace(&path, "one").unwrap();
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), mode(&path)), ("one", 0o600));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        // Only root can give files away.
        _ = chown(&path, Some(12), Some(34));
        let owner = fs::metadata(&path).unwrap().uid();
        let link = folder.path().join("link");
        symlink("file", &link).unwrap();
        replace(&link, "two").unwrap();
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), mode(&path)), ("two", 0o640));
        assert_eq!(fs::metadata(&path).unwrap().uid(), owner);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
        restrict(&path).unwrap();
        assert_eq!(mode(&path), 0o600);
        assert!(restrict(&folder.path().join("missing")).is_ok());
    }

    #[test]
    fn hard_links_and_links_to_missing_files_stay() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("file"), folder.path().join("other"));
        fs::write(&path, "a longer content").unwrap();
        fs::hard_link(&path, &other).unwrap();
        replace(&path, "short").unwrap();
        assert_eq!(fs::read_to_string(&other).unwrap(), "short");
        let (link, target) = (folder.path().join("link"), folder.path().join("target"));
        symlink("target", &link).unwrap();
        replace(&link, "x").unwrap();
        assert_eq!((fs::read_to_string(&target).unwrap().as_str(), mode(&target)), ("x", 0o600));
        assert!(replace(&folder.path().join("missing/file"), "x").is_err());
    }
}
