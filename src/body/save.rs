//! Saves a body to a file, all or nothing.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::TempPath;

use super::{Body, read_uninterrupted};
use crate::draft::{self, Audience};

/// A large buffer saves system calls.
const BUFFER: usize = 128 * 1024;

/// Paths of this process's part files.
static PART_FILES: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Removes the part files of all running downloads: the hidden files that [`Body::save_to`] writes next to their
/// targets. The downloads fail.
///
/// Call this before a program exits without returning from `main`, for example on a signal. A download that fails or
/// panics removes its part file itself.
///
/// ```no_run
/// fn end(code: i32) -> ! {
///     tucuxi::remove_part_files();
///     std::process::exit(code)
/// }
/// ```
pub fn remove_part_files() {
    for path in &*part_files() {
        // It may already have been renamed.
        _ = fs::remove_file(path);
    }
}

fn part_files() -> MutexGuard<'static, Vec<PathBuf>> {
    // A list is never half written, so a poisoned lock is safe.
    PART_FILES.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn save(body: Body, path: &Path) -> io::Result<u64> {
    save_with(path, |file| copy(body, file, path))
}

/// Saves what `write` writes to the file that it is given, all or nothing. It returns the number of bytes.
pub(crate) fn save_with(path: &Path, write: impl FnOnce(&mut File) -> io::Result<u64>) -> io::Result<u64> {
    match SavePlace::of(path)? {
        SavePlace::Written(mut target) => write(&mut target),
        SavePlace::Replaced(path, permissions) => replace(write, &path, permissions),
    }
}

/// The regular file that a path names or would name, to be replaced, and its permissions.
pub(crate) fn replaced_file(path: &Path) -> io::Result<(PathBuf, Option<fs::Permissions>)> {
    match SavePlace::of(path)? {
        SavePlace::Replaced(path, permissions) => Ok((path, permissions)),
        SavePlace::Written(_) => {
            let message = format!("{}: expected a regular file", path.display());
            Err(io::Error::new(io::ErrorKind::InvalidInput, message))
        }
    }
}

/// What a path names.
enum SavePlace {
    /// A pipe or device, which is written to.
    Written(File),
    /// A file that may exist.
    Replaced(PathBuf, Option<fs::Permissions>),
}

impl SavePlace {
    fn of(path: &Path) -> io::Result<SavePlace> {
        let open = |options: &mut OpenOptions| options.open(path).map_err(|error| name_file(path, &error));
        if is_descriptor(path) {
            return open(OpenOptions::new().append(true)).map(SavePlace::Written);
        }
        match fs::metadata(path) {
            Ok(metadata) if !metadata.is_file() => open(OpenOptions::new().write(true)).map(SavePlace::Written),
            Ok(metadata) => {
                // Keep a symbolic link.
                let path = fs::canonicalize(path).map_err(|error| name_file(path, &error))?;
                Ok(SavePlace::Replaced(path, Some(metadata.permissions())))
            }
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(name_file(path, &error)),
            Err(_) => match fs::read_link(path) {
                // Keep a dangling link, too. (A circular link would have been another error.)
                Ok(link) => SavePlace::of(&path.parent().unwrap_or(Path::new("")).join(link)),
                Err(_) => Ok(SavePlace::Replaced(path.to_owned(), None)),
            },
        }
    }
}

/// Paths of this process's open files. Replacing such a file would not change the open one.
fn is_descriptor(path: &Path) -> bool {
    const NAMES: &[&str] = &["/dev/stdout", "/dev/stderr"];
    const FOLDERS: &[&str] = &["/dev/fd", "/proc/self/fd"];
    cfg!(unix)
        && (NAMES.iter().any(|name| path == Path::new(name)) || FOLDERS.iter().any(|folder| path.starts_with(folder)))
}

fn replace(
    write: impl FnOnce(&mut File) -> io::Result<u64>,
    path: &Path,
    permissions: Option<fs::Permissions>,
) -> io::Result<u64> {
    let mut part = PartFile::create(path).map_err(|error| name_file(path, &error))?;
    if let Some(permissions) = permissions {
        // Before any content is visible to other users.
        part.file.set_permissions(permissions).map_err(|error| name_file(&part.path, &error))?;
    }
    let length = write(&mut part.file)?;
    part.path.persist(path).map_err(|error| name_file(path, &error.error))?;
    Ok(length)
}

/// A temporary file that is removed on drop unless it has replaced its target. Fields are dropped in this order.
struct PartFile {
    file: File,
    path: TempPath,
    _listed: Listed,
}

/// The entry of a path in [`PART_FILES`].
struct Listed(PathBuf);

impl PartFile {
    fn create(target: &Path) -> io::Result<PartFile> {
        let (Some(folder), Some(_)) = (target.parent(), target.file_name()) else {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not the name of a file"));
        };
        // Hold the lock while creating the file, so that `remove_part_files` misses none.
        let mut part_files = part_files();
        let (file, path) = draft::create(folder, ".part", Audience::Umask)?.into_parts();
        part_files.push(path.to_path_buf());
        let listed = Listed(path.to_path_buf());
        Ok(PartFile { file, path, _listed: listed })
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        part_files().retain(|path| *path != self.0);
    }
}

fn copy(mut body: Body, target: &mut File, path: &Path) -> io::Result<u64> {
    let mut buffer = vec![0; BUFFER];
    let mut length = 0;
    loop {
        match read_uninterrupted(&mut body, &mut buffer)? {
            0 => return Ok(length),
            read => {
                target.write_all(&buffer[..read]).map_err(|error| name_file(path, &error))?;
                length += read as u64;
            }
        }
    }
}

fn name_file(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn save_writes_all_or_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let broken = || Body::from_reader_with_length(&b"01234"[..], 10);
        assert!(broken().save_to(&path).unwrap_err().to_string().contains("ended 5 bytes before"));
        assert!(names(folder.path()).is_empty());
        assert_eq!(Body::from("before").save_to(&path).unwrap(), 6);
        assert!(broken().save_to(&path).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "before");
        assert_eq!(Body::from("after").save_to(&path).unwrap(), 5);
        assert_eq!(fs::read_to_string(&path).unwrap(), "after");
        assert_eq!(names(folder.path()), ["file"]);
        let longest = folder.path().join("n".repeat(255));
        assert_eq!(Body::from("x").save_to(&longest).unwrap(), 1);
    }

    #[test]
    fn write_error_names_the_path() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path().to_owned(), folder.path().join("missing/file")] {
            let error = Body::from("x").save_to(&path).unwrap_err();
            assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn save_keeps_links_and_permissions() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "before").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        symlink(&file, &link).unwrap();
        Body::from("after").save_to(&link).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        let dangling = folder.path().join("dangling");
        symlink("new", &dangling).unwrap();
        Body::from("x").save_to(&dangling).unwrap();
        assert!(fs::symlink_metadata(&dangling).unwrap().is_symlink() && folder.path().join("new").is_file());
        assert_eq!(fs::read_to_string(&file).unwrap(), "after");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(Body::from("x").save_to("/dev/null").unwrap(), 1);
        let full = Body::from("x").save_to("/dev/full").map_err(|error| (error.kind(), error.to_string()));
        let is_full =
            |(kind, text): &(_, String)| *kind == io::ErrorKind::StorageFull && text.starts_with("/dev/full: ");
        assert!(!cfg!(target_os = "linux") || full.as_ref().is_err_and(is_full), "{full:?}");

        // Other users may not read the part file either.
        let parent = folder.path().to_owned();
        let spy = Body::from("secret").on_progress(move |_| {
            let part = names(&parent).into_iter().find(|name| name.ends_with(".part")).unwrap();
            assert_eq!(fs::metadata(parent.join(part)).unwrap().permissions().mode() & 0o777, 0o600);
        });
        assert_eq!(spy.save_to(&file).unwrap(), 6);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn open_descriptor_is_appended_to() {
        use std::os::fd::AsRawFd;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::write(&path, "before ").unwrap();
        let file = OpenOptions::new().append(true).open(&path).unwrap();
        let name = format!("/proc/self/fd/{}", file.as_raw_fd());
        assert_eq!(Body::from("after").save_to(name).unwrap(), 5);
        assert_eq!(fs::read_to_string(&path).unwrap(), "before after");
        assert_eq!(names(folder.path()), ["log"]);
    }
}
