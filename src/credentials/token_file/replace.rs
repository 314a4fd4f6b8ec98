//! Replaces the content of a file that other programs may read at the same time.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::draft::{self, Audience};

/// The maximum number of symbolic links that are followed.
const MAX_LINKS: usize = 40;

/// Replaces the content of the file at `path`, atomically where possible. Follows links, and preserves mode and owner; only the
/// owner can read a new file.
///
/// # Errors
/// Errors of the file system; [`ErrorKind::PermissionDenied`] for a read-only file, even if the user could write it.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = follow(path)?;
    let old = match fs::metadata(&path) {
        Ok(metadata) => Some(metadata),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let Some(old) = old else { return by_rename(&path, bytes, None) };
    if !old.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "it is not a regular file"));
    }
    if old.permissions().readonly() {
        return Err(io::Error::new(ErrorKind::PermissionDenied, "it is read-only"));
    }
    // A file that the user may not write is not replaced either, even if the folder allows it.
    let file = OpenOptions::new().write(true).open(&path)?;
    if has_hard_links(&old) {
        return in_place(file, bytes);
    }
    match by_rename(&path, bytes, Some(&old)) {
        // The folder is read-only or another user owns the file, but the file can still be written.
        Err(error) if matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) => {
            in_place(file, bytes)
        }
        result => result,
    }
}

/// The target of a link, which may be missing.
fn follow(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        match fs::read_link(&path) {
            Ok(target) => path = path.parent().unwrap_or(Path::new("")).join(target),
            // The path is not a link, or it is missing.
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::new(ErrorKind::InvalidInput, "too many symbolic links"))
}

/// Writes a draft beside the file and renames it. A reader sees either the old or the new content.
fn by_rename(path: &Path, bytes: &[u8], old: Option<&Metadata>) -> io::Result<()> {
    let mut draft = draft::create(path.parent().unwrap_or(Path::new("")), ".tmp", Audience::Owner)?;
    if let Some(old) = old {
        // The owner first: a change of the owner clears bits of the mode.
        keep_owner(draft.as_file(), old)?;
        draft.as_file().set_permissions(old.permissions())?;
    }
    draft.write_all(bytes)?;
    draft.as_file().sync_all()?;
    draft.persist(path).map(drop).map_err(|error| error.error)
}

fn in_place(mut file: File, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)?;
    file.set_len(bytes.len() as u64)?;
    file.sync_all()
}

#[cfg(unix)]
fn keep_owner(file: &File, old: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let new = file.metadata()?;
    if (new.uid(), new.gid()) == (old.uid(), old.gid()) {
        return Ok(());
    }
    fchown(file, Some(old.uid()), Some(old.gid()))
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}

/// Whether the file has other hard links, which a rename would break.
#[cfg(unix)]
fn has_hard_links(file: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(file) > 1
}

#[cfg(not(unix))]
fn has_hard_links(_: &Metadata) -> bool {
    false
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn names(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn only_the_owner_can_read_a_new_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.json");
        replace(&path, b"new").unwrap();
        assert_eq!((mode(&path), fs::read(&path).unwrap().as_slice()), (0o600, &b"new"[..]));
        assert_eq!(names(folder.path()), 1);
    }

    #[test]
    fn mode_and_owner_are_preserved() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.json");
        fs::write(&path, "a longer content than the new one").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        // Only root may change the owner of a file.
        let owner = if chown(&path, Some(12), Some(34)).is_ok() { (12, 34) } else { owner(&path) };
        replace(&path, b"new").unwrap();
        assert_eq!((mode(&path), owner, fs::read(&path).unwrap().as_slice()), (0o640, self::owner(&path), &b"new"[..]));
    }

    fn owner(path: &Path) -> (u32, u32) {
        let metadata = fs::metadata(path).unwrap();
        (metadata.uid(), metadata.gid())
    }

    #[test]
    fn links_stay_links() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link, hard) = ("target.json", folder.path().join("x.json"), folder.path().join("hard.json"));
        symlink(target, &link).unwrap();
        // The target of the link is missing.
        replace(&link, b"first").unwrap();
        let target = folder.path().join(target);
        fs::hard_link(&target, &hard).unwrap();
        for content in ["second", "3"] {
            replace(&link, content.as_bytes()).unwrap();
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
            assert_eq!(fs::read_to_string(&target).unwrap(), content);
            assert_eq!(fs::read_to_string(&hard).unwrap(), content, "a hard link is one too");
            assert_eq!(mode(&target), 0o600);
        }
        let circle = folder.path().join("circle.json");
        symlink(&circle, &circle).unwrap();
        assert!(replace(&circle, b"x").is_err());
        assert_eq!(names(folder.path()), 4);
    }

    #[test]
    fn a_read_only_file_and_a_folder_are_errors() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("x.json"), folder.path().join("link.json"));
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
        symlink(&path, &link).unwrap();
        for path in [&path, &link] {
            assert_eq!(replace(path, b"new").unwrap_err().kind(), ErrorKind::PermissionDenied);
        }
        assert_eq!((mode(&path), fs::read_to_string(&path).unwrap().as_str()), (0o400, "old"));
        assert!(replace(folder.path(), b"new").is_err());
        assert_eq!(names(folder.path()), 2);
    }
}
