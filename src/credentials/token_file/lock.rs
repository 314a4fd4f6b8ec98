//! The lock that processes take while they renew a token, so that one of them uses a refresh token that is good for one use.
//!
//! It is an advisory lock of the token file itself: no other file is left behind, and the lock of a process that was killed is gone
//! with the process. botocore and the AWS CLI take no locks, so a lock does not replace reading the file again.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

/// Keeps others out until it is dropped.
pub(in crate::credentials) struct Lock {
    _file: Option<File>,
}

/// Locks the file at `path`, and waits up to `limit` for another process that has the lock; `None` where that process still has it.
///
/// A file system without locks, or a file that may not be opened, is no reason to go without a token: the lock is an empty one then.
#[cfg(unix)]
pub(super) fn lock(path: &Path, limit: Duration) -> Option<Lock> {
    use std::fs::TryLockError;
    use std::time::Instant;

    const PAUSE: Duration = Duration::from_millis(20);
    let begun = Instant::now();
    loop {
        let Some(file) = open(path) else { return Some(Lock { _file: None }) };
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(_)) => return Some(Lock { _file: None }),
                Err(TryLockError::WouldBlock) if begun.elapsed() >= limit => return None,
                Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
            }
        }
        // Whoever had the lock before may have put another file in its place.
        if is_at(&file, path) {
            return Some(Lock { _file: Some(file) });
        }
        if begun.elapsed() >= limit {
            return None;
        }
    }
}

/// A lock of another system keeps its owner's reader out as well, and botocore is such a reader.
#[cfg(not(unix))]
pub(super) fn lock(_: &Path, _: Duration) -> Option<Lock> {
    Some(Lock { _file: None })
}

/// For reading and writing where possible, since network file systems lock only what is open for writing.
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
        // It was deleted, which the caller finds out.
        _ => true,
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn one_holder_at_a_time_and_a_limit_for_the_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token.json");
        fs::write(&path, "{}").unwrap();
        let held = lock(&path, Duration::ZERO).unwrap();
        assert!(held._file.is_some());
        assert!(lock(&path, Duration::from_millis(30)).is_none());
        drop(held);
        assert!(lock(&path, Duration::ZERO).is_some());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_waiter_locks_the_file_that_took_the_place_of_the_locked_one() {
        let folder = tempfile::tempdir().unwrap();
        let (path, new) = (folder.path().join("token.json"), folder.path().join("new"));
        fs::write(&path, "old").unwrap();
        let held = lock(&path, Duration::ZERO).unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| {
                let _lock = lock(&path, Duration::from_secs(60)).unwrap();
                // The new file is locked, not the one that was there when the wait began.
                (lock(&path, Duration::ZERO).is_none(), fs::read_to_string(&path).unwrap())
            });
            fs::write(&new, "new").unwrap();
            fs::rename(&new, &path).unwrap();
            drop(held);
            assert_eq!(waiting.join().unwrap(), (true, "new".to_owned()));
        });
    }

    #[test]
    fn what_cannot_be_locked_keeps_nobody_out() {
        assert!(lock(Path::new("/nowhere/token.json"), Duration::ZERO).is_some());
    }
}
