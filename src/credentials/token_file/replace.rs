//! Replaces the content of a file that other programs read at the same time.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// The longest chain of links that is followed.
const MAX_LINKS: usize = 40;

/// Replaces the content of the file that `path` leads to, at once where that is possible. Links stay links, and mode and owner
/// stay as they are; a new file belongs to its owner alone.
///
/// # Errors
/// Those of the file system; [`ErrorKind::PermissionDenied`] for a file that nobody may write, even for a user who could.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = follow(path)?;
    let old = match fs::metadata(&path) {
        Ok(metadata) => Some(metadata),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let Some(old) = old else { return by_draft(&path, bytes, None) };
    if !old.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "it is not a regular file"));
    }
    if old.permissions().readonly() {
        return Err(io::Error::new(ErrorKind::PermissionDenied, "it is read-only"));
    }
    // A file that may not be written is not replaced either, whatever the folder allows.
    let file = OpenOptions::new().write(true).open(&path)?;
    if has_other_names(&old) {
        return in_place(file, bytes);
    }
    match by_draft(&path, bytes, Some(&old)) {
        // The folder takes no other file, or the file is somebody else's: it can still be written.
        Err(error) if matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) => {
            in_place(file, bytes)
        }
        result => result,
    }
}

/// What a link leads to, be it there or not.
fn follow(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        match fs::read_link(&path) {
            Ok(target) => path = path.parent().unwrap_or(Path::new("")).join(target),
            // It is no link, or it is not there.
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::new(ErrorKind::InvalidInput, "its links go round in circles"))
}

/// Writes a draft beside the file and renames it. A reader sees the old content or the new one.
fn by_draft(path: &Path, bytes: &[u8], old: Option<&Metadata>) -> io::Result<()> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let draft = path.with_extension(format!("{}-{number}.tmp", std::process::id()));
    let written = write_new(&draft, bytes, old).and_then(|()| fs::rename(&draft, path));
    if written.is_err() {
        // It may not even be there.
        let _ = fs::remove_file(&draft);
    }
    written
}

fn write_new(path: &Path, bytes: &[u8], old: Option<&Metadata>) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    if let Some(old) = old {
        // The owner first: a change of the owner takes bits of the mode away.
        keep_owner(&file, old)?;
        file.set_permissions(old.permissions())?;
    }
    file.write_all(bytes)?;
    file.sync_all()
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

/// Whether the file is a hard link, which a rename would cut.
#[cfg(unix)]
fn has_other_names(file: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(file) > 1
}

#[cfg(not(unix))]
fn has_other_names(_: &Metadata) -> bool {
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
    fn a_new_file_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.json");
        replace(&path, b"new").unwrap();
        assert_eq!((mode(&path), fs::read(&path).unwrap().as_slice()), (0o600, &b"new"[..]));
        assert_eq!(names(folder.path()), 1);
    }

    #[test]
    fn mode_and_owner_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.json");
        fs::write(&path, "a longer content than the new one").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        // Only root may give a file away; for others it stays their own.
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
        // A link that leads to nothing yet.
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
    fn a_read_only_file_and_a_folder_are_refused() {
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
