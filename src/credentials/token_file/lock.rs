//! The lock that a process holds while it renews a token, so that only one process uses a single-use refresh token.
//!
//! It is an advisory lock of the token file itself: it needs no other file, and the lock of a killed process is released with the
//! process. botocore and the AWS CLI take no locks, so the file must be read again even under the lock.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use crate::deadline::Deadline;

/// A held lock, which is released on drop.
pub(in crate::credentials) struct Lock {
    _file: Option<File>,
}

/// Locks the file at `path`; `None` if another process still holds the lock at the deadline.
///
/// If the file system has no locks or the file cannot be opened, the lock is empty, as the token is more important.
#[cfg(unix)]
pub(super) fn lock(path: &Path, deadline: Deadline) -> Option<Lock> {
    use std::fs::TryLockError;

    const PAUSE: Duration = Duration::from_millis(20);
    loop {
        let Some(file) = open(path) else { return Some(Lock { _file: None }) };
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(_)) => return Some(Lock { _file: None }),
                Err(TryLockError::WouldBlock) if deadline.has_passed() => return None,
                Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
            }
        }
        // The previous holder may have replaced the file.
        if is_at(&file, path) {
            return Some(Lock { _file: Some(file) });
        }
        if deadline.has_passed() {
            return None;
        }
    }
}

/// Takes no lock: on other systems a lock is mandatory and would block other readers such as botocore.
#[cfg(not(unix))]
pub(super) fn lock(_: &Path, _: Deadline) -> Option<Lock> {
    Some(Lock { _file: None })
}

/// Opens the file for reading and writing if possible, since network file systems lock only files open for writing.
#[cfg(unix)]
fn open(path: &Path) -> Option<File> {
    let both = File::options().read(true).write(true).open(path);
    both.or_else(|_| File::open(path)).ok()
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(own), Ok(there)) => (own.dev(), own.ino()) == (there.dev(), there.ino()),
        // The file was deleted, which the caller notices.
        _ => true,
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn one_process_holds_the_lock_and_others_time_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token.json");
        fs::write(&path, "{}").unwrap();
        let held = lock(&path, Deadline::after(Duration::ZERO)).unwrap();
        assert!(held._file.is_some());
        assert!(lock(&path, Deadline::after(Duration::from_millis(30))).is_none());
        drop(held);
        assert!(lock(&path, Deadline::after(Duration::ZERO)).is_some());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_waiter_locks_the_file_that_replaced_the_locked_one() {
        let folder = tempfile::tempdir().unwrap();
        let (path, new) = (folder.path().join("token.json"), folder.path().join("new"));
        fs::write(&path, "old").unwrap();
        let held = lock(&path, Deadline::after(Duration::ZERO)).unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| {
                let _lock = lock(&path, Deadline::after(Duration::from_secs(60))).unwrap();
                // The new file is locked, not the one that was there when the wait began.
                (lock(&path, Deadline::after(Duration::ZERO)).is_none(), fs::read_to_string(&path).unwrap())
            });
            fs::write(&new, "new").unwrap();
            fs::rename(&new, &path).unwrap();
            drop(held);
            assert_eq!(waiting.join().unwrap(), (true, "new".to_owned()));
        });
    }

    #[test]
    fn a_file_that_cannot_be_locked_blocks_nobody() {
        assert!(lock(Path::new("/nowhere/token.json"), Deadline::after(Duration::ZERO)).is_some());
    }
}
