//! Reads whole files named by the user (settings, tokens, certificates), with limits on size and time.
//!
//! A path may lead to a pipe without a writer, a terminal or an endless device. No read blocks forever or exhausts the
//! memory. A pipe with a writer is read like a file, because `AWS_CONFIG_FILE=<(..)` is one.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

/// How long to wait for a pipe to have a writer.
const OPEN_TIMEOUT: Duration = Duration::from_secs(2);

/// How long to wait for the writer to close the pipe.
const READ_TIMEOUT: Duration = Duration::from_secs(60);

/// Reads a file of at most `max_size` bytes. Pipes and devices are read too, within a time limit.
pub(crate) fn read_bounded(path: &Path, max_size: u64) -> io::Result<Vec<u8>> {
    let metadata = fs::metadata(path)?;
    match metadata.is_file() || metadata.is_dir() {
        // Opening a folder gives the right error.
        true => read_now(path, &metadata, max_size),
        false => read_special(path, &metadata, max_size, OPEN_TIMEOUT, READ_TIMEOUT),
    }
}

/// Like [`read_bounded`], for files that this crate may rewrite: anything but a regular file is an error.
pub(crate) fn read_regular(path: &Path, max_size: u64) -> io::Result<Vec<u8>> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "it is not a regular file"));
    }
    read_now(path, &metadata, max_size)
}

fn read_now(path: &Path, metadata: &Metadata, max_size: u64) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    if metadata.is_file() && metadata.len() > max_size {
        return Err(too_large(max_size));
    }
    read_to_end(file, max_size)
}

fn read_to_end(file: File, max_size: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(max_size + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max_size { Err(too_large(max_size)) } else { Ok(bytes) }
}

fn too_large(max_size: u64) -> io::Error {
    io::Error::new(ErrorKind::FileTooLarge, format!("it has more than {max_size} bytes"))
}

/// Reads a pipe or device in a thread of its own: opening a pipe blocks until it has a writer, and reading it blocks
/// until the writer closes it.
fn read_special(
    path: &Path,
    metadata: &Metadata,
    max_size: u64,
    open_timeout: Duration,
    read_timeout: Duration,
) -> io::Result<Vec<u8>> {
    let (opened, is_open) = sync_channel(1);
    let (done, result) = sync_channel(1);
    let own_path = path.to_owned();
    thread::Builder::new().name("tucuxi-read-file".to_owned()).spawn(move || {
        let file = File::open(&own_path);
        // Sending fails if the receiver has timed out.
        _ = opened.send(());
        _ = done.send(file.and_then(|file| read_to_end(file, max_size)));
    })?;
    let timed_out = |problem: String| io::Error::new(ErrorKind::TimedOut, problem);
    if is_open.recv_timeout(open_timeout).is_err() {
        release(path, metadata);
        return Err(timed_out(format!("it is a pipe that had no writer for {} seconds", open_timeout.as_secs_f64())));
    }
    let late = |_| timed_out(format!("it did not end within {} seconds", read_timeout.as_secs_f64()));
    result.recv_timeout(read_timeout).map_err(late)?
}

/// Unblocks the thread that waits for a writer by opening the pipe for writing. Opening it for both directions does not
/// block.
fn release(path: &Path, metadata: &Metadata) {
    #[cfg(unix)]
    if std::os::unix::fs::FileTypeExt::is_fifo(&metadata.file_type()) {
        // Without write permission, the thread stays blocked until the pipe has a writer or the process ends.
        _ = fs::OpenOptions::new().read(true).write(true).open(path);
    }
    #[cfg(not(unix))]
    let _ = (path, metadata);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_larger_than_limit_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "four").unwrap();
        for read in [read_bounded, read_regular] {
            assert_eq!(read(&path, 4).unwrap(), b"four");
            let error = read(&path, 3).unwrap_err();
            assert_eq!(
                (error.kind(), error.to_string().as_str()),
                (ErrorKind::FileTooLarge, "it has more than 3 bytes")
            );
            assert!(read(folder.path(), 4).is_err());
            assert_eq!(read(&folder.path().join("missing"), 4).unwrap_err().kind(), ErrorKind::NotFound);
        }
    }

    #[cfg(unix)]
    mod special_files {
        use std::os::unix::net::UnixListener;
        use std::process::Command;

        use super::*;

        fn fifo(folder: &Path) -> std::path::PathBuf {
            let path = folder.join("fifo");
            assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
            path
        }

        #[test]
        fn devices_are_read_and_bounded() {
            assert_eq!(read_bounded(Path::new("/dev/null"), 4).unwrap(), b"");
            let error = read_bounded(Path::new("/dev/zero"), 1000).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::FileTooLarge);
            assert!(read_regular(Path::new("/dev/null"), 4).is_err());
        }

        #[test]
        fn socket_is_an_error() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("socket");
            let _listener = UnixListener::bind(&path).unwrap();
            assert!(read_bounded(&path, 4).is_err() && read_regular(&path, 4).is_err());
        }

        #[test]
        fn pipe_with_writer_is_read_like_a_file() {
            let folder = tempfile::tempdir().unwrap();
            let path = fifo(folder.path());
            thread::scope(|scope| {
                scope.spawn(|| fs::write(&path, "content").unwrap());
                assert_eq!(read_bounded(&path, 100).unwrap(), b"content");
            });
        }

        #[test]
        fn pipe_without_writer_is_an_error_and_its_reader_ends() {
            let folder = tempfile::tempdir().unwrap();
            let path = fifo(folder.path());
            assert!(read_regular(&path, 100).is_err());
            let metadata = fs::metadata(&path).unwrap();
            let limit = Duration::from_millis(50);
            let error = read_special(&path, &metadata, 100, limit, limit).unwrap_err();
            let expected = "it is a pipe that had no writer for 0.05 seconds";
            assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::TimedOut, expected));
        }

        #[test]
        fn writer_that_keeps_pipe_open_times_out() {
            let folder = tempfile::tempdir().unwrap();
            let path = fifo(folder.path());
            let writer = fs::OpenOptions::new().read(true).write(true).open(&path).unwrap();
            let metadata = fs::metadata(&path).unwrap();
            let error = read_special(&path, &metadata, 100, OPEN_TIMEOUT, Duration::from_millis(50)).unwrap_err();
            assert_eq!(
                (error.kind(), error.to_string().as_str()),
                (ErrorKind::TimedOut, "it did not end within 0.05 seconds")
            );
            drop(writer);
        }
    }
}
