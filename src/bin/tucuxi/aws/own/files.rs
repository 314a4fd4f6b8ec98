//! Changes files of settings: complete or not at all, and never by two processes at once.

/// A private module of the library.
#[path = "../../../../credentials/token_file/replace.rs"]
mod replace;

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::aws::error::{AwsError, AwsResult};
use crate::draft::{self, Audience};
use crate::error::CliError;

/// How long to wait for another process that changes the file.
const LOCK_TIMEOUT: Duration = Duration::from_secs(30);

const PAUSE: Duration = Duration::from_millis(20);

/// Replaces the text of a file with what `change` makes of it; a missing file is empty text. Readers see the old or the new text.
/// Links are followed, mode and owner are kept, and only the owner can read a new file.
pub(crate) fn edit(path: &Path, change: impl FnOnce(&str) -> AwsResult<String>) -> AwsResult<()> {
    let failed = |error| AwsError::Program(CliError::Io(path.display().to_string(), error));
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let _lock = lock(path, Instant::now()).map_err(failed)?;
    let old = match fs::read(path) {
        Ok(bytes) => Some(bytes),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(failed(error)),
    };
    let is_new = old.is_none();
    let old = String::from_utf8(old.unwrap_or_default())
        .map_err(|_| failed(io::Error::new(ErrorKind::InvalidData, "it is not UTF-8 text")))?;
    let new = change(&old)?;
    if is_new || new != old {
        replace::replace(path, new.as_bytes()).map_err(failed)?;
    }
    Ok(())
}

/// Writes a whole file without secrets, which readers see complete or not at all.
pub(crate) fn write_public(path: &Path, text: &str) -> AwsResult<()> {
    let write = || {
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let mut file = draft::create(folder, ".tmp", Audience::Umask)?;
        file.write_all(text.as_bytes())?;
        file.persist(path).map(drop).map_err(|error| error.error)
    };
    write().map_err(|error| AwsError::Program(CliError::Io(path.display().to_string(), error)))
}

/// Warns of a file with secrets that others can read.
#[cfg(unix)]
pub(crate) fn warn_if_permissive(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;

    use crate::aws::program;
    use crate::error::eprint_text;

    let Ok(metadata) = fs::metadata(path) else { return };
    if metadata.is_file() && metadata.permissions().mode() & 0o077 != 0 {
        let (path, program) = (path.display(), program());
        eprint_text(&format!(
            "\n{program}: [WARNING]: The file '{path}' is accessible by other users. Consider running 'chmod 600 {path}' to restrict \
             access to only your user.\n"
        ));
    }
}

#[cfg(not(unix))]
pub(crate) fn warn_if_permissive(_: &Path) {}

/// Locks a file that is to be changed: an advisory lock of the file, or of its folder if there is no file yet. A file system without
/// locks gets none. The lock ends with the process.
#[cfg(unix)]
fn lock(path: &Path, start: Instant) -> io::Result<Option<File>> {
    loop {
        let (target, is_file) = match File::options().read(true).write(true).open(path) {
            Ok(file) => (file, true),
            Err(error) if error.kind() == ErrorKind::NotFound => (
                File::open(path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")))?,
                false,
            ),
            // What is wrong with the file is reported when it is read or replaced.
            Err(_) => return Ok(None),
        };
        loop {
            match target.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(_)) => return Ok(None),
                Err(TryLockError::WouldBlock) if start.elapsed() >= LOCK_TIMEOUT => {
                    return Err(io::Error::new(ErrorKind::TimedOut, "another program has locked it"));
                }
                Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
            }
        }
        // The previous holder may have replaced or created the file.
        if if is_file { is_at(&target, path) } else { fs::metadata(path).is_err() } {
            return Ok(Some(target));
        }
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (file.metadata(), fs::metadata(path)) {
        (Ok(own), Ok(there)) => (own.dev(), own.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

/// On other systems a lock is mandatory and would keep others from reading the file, so a file beside it is locked.
#[cfg(not(unix))]
fn lock(path: &Path, start: Instant) -> io::Result<Option<File>> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".lock");
    let file = File::create(path.with_file_name(name))?;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::Error(_)) => return Ok(None),
            Err(TryLockError::WouldBlock) if start.elapsed() >= LOCK_TIMEOUT => {
                return Err(io::Error::new(ErrorKind::TimedOut, "another program has locked it"));
            }
            Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn concurrent_edits_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/config");
        thread::scope(|scope| {
            for number in 0..8 {
                let path = &path;
                scope.spawn(move || {
                    for step in 0..20 {
                        edit(path, |old| Ok(format!("{old}{number}.{step}\n"))).unwrap();
                    }
                });
            }
        });
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 160);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }
}
