//! [`KeptDraft`]: the draft of a download that outlives a failure, and the log of what it has.
//!
//! Both are hidden files beside the target, named after a hash of its name, which may have the maximum length. The log is a line
//! of JSON about the object and a line for each part that is complete: its number and its checksum. A line that was not written
//! to its end does not count, nor does a part whose bytes in the draft have another checksum.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata, OpenOptions, Permissions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::resume::digest_all;
use crate::body::{Body, replaced_file};
use crate::checksum::digest_of;
use crate::value;

/// The object that a draft belongs to, and how it is cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DraftObject {
    pub(super) bucket: String,
    pub(super) key: String,
    /// The version that the caller asked for.
    pub(super) version: Option<String>,
    pub(super) tag: String,
    pub(super) total: u64,
    pub(super) part_size: u64,
    /// The algorithm of the parts' checksums.
    pub(super) algorithm: String,
}

pub(super) struct KeptDraft {
    target: PathBuf,
    path: PathBuf,
    file: File,
    log_path: PathBuf,
    log: Mutex<DraftLog>,
    object: Option<DraftObject>,
    /// The parts that are complete, with their checksums.
    parts: BTreeMap<u64, String>,
}

struct DraftLog {
    file: File,
    /// The number of parts in it.
    parts: usize,
}

impl KeptDraft {
    /// Opens the draft of a target, or creates it, for this download alone.
    pub(super) fn open(target: &Path) -> io::Result<KeptDraft> {
        let (target, permissions) = replaced_file(target)?;
        let (Some(folder), Some(name)) = (target.parent(), target.file_name()) else {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not the name of a file"));
        };
        let hash = hash(name.as_encoded_bytes());
        let log_path = folder.join(format!(".tucuxi-{hash}.resume"));
        let path = folder.join(format!(".tucuxi-{hash}.part"));
        let log = open(&log_path, None)?;
        match log.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(io::Error::new(io::ErrorKind::ResourceBusy, "another download to this file is running"));
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let file = open(&path, permissions)?;
        let log = Mutex::new(DraftLog { file: log, parts: 0 });
        let mut draft = KeptDraft { target, path, file, log_path, log, object: None, parts: BTreeMap::new() };
        draft.read_log()?;
        Ok(draft)
    }

    fn read_log(&mut self) -> io::Result<()> {
        let mut text = String::new();
        let log = self.log.get_mut().unwrap_or_else(PoisonError::into_inner);
        if log.file.read_to_string(&mut text).is_err() {
            return Ok(());
        }
        let mut lines = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
        let head = lines.next().unwrap_or_default();
        let object: Option<DraftObject> = serde_json::from_str(head).ok();
        let Some(object) = object.filter(|object| object.part_size > 0) else { return Ok(()) };
        if self.file.metadata()?.len() != object.total {
            return Ok(());
        }
        let mut valid = head.len() as u64;
        for line in lines {
            let Some((number, checksum)) = line.trim_end().split_once(' ') else { break };
            let Ok(number) = number.parse() else { break };
            self.parts.insert(number, checksum.to_owned());
            valid = valid.saturating_add(line.len() as u64);
        }
        log.file.set_len(valid)?;
        log.file.seek(SeekFrom::End(0))?;
        log.parts = self.parts.len();
        self.object = Some(object);
        Ok(())
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// The object that the draft belongs to, if it has parts of it.
    pub(super) fn object(&self) -> Option<&DraftObject> {
        self.object.as_ref().filter(|object| !self.parts.is_empty() && !object.tag.is_empty())
    }

    /// Whether the log has the part.
    pub(super) fn has(&self, number: u64) -> bool {
        self.parts.contains_key(&number)
    }

    /// The checksum of a part that need not be requested: its bytes in the draft are those that were received.
    pub(super) fn verified(&self, number: u64, range: Range<u64>) -> Option<String> {
        let expected = self.parts.get(&number)?;
        let algorithm = &self.object.as_ref()?.algorithm;
        let file = self.file.try_clone().ok()?;
        let content = Body::from_file_range(file, range).ok()?;
        let computed = digest_all(content, digest_of(algorithm)?).ok()?;
        (computed == *expected).then_some(computed)
    }

    /// Begins anew.
    pub(super) fn begin(&mut self, object: DraftObject) -> io::Result<()> {
        self.parts.clear();
        self.forget()?;
        // The old bytes are no part of the new object, and a short file shows that the disk is full at once.
        self.file.set_len(0)?;
        self.file.set_len(object.total)?;
        let mut line = serde_json::to_vec(&object).map_err(io::Error::other)?;
        line.push(b'\n');
        self.lock().file.write_all(&line)?;
        self.object = Some(object);
        Ok(())
    }

    /// Takes note of a part that is complete.
    pub(super) fn record(&self, number: u64, checksum: &str) -> io::Result<()> {
        let line = format!("{number} {checksum}\n");
        let mut log = self.lock();
        log.file.write_all(line.as_bytes())?;
        log.parts = log.parts.saturating_add(1);
        Ok(())
    }

    /// Forgets all parts, since they are corrupt or those of another object.
    pub(super) fn forget(&self) -> io::Result<()> {
        let mut log = self.lock();
        log.parts = 0;
        log.file.set_len(0)?;
        log.file.rewind()
    }

    /// Whether there is something to resume.
    pub(super) fn is_worth_keeping(&self) -> bool {
        self.lock().parts > 0
    }

    fn lock(&self) -> MutexGuard<'_, DraftLog> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces the target with the draft.
    pub(super) fn finish(self) -> io::Result<()> {
        fs::rename(&self.path, &self.target)?;
        // The download is complete without it.
        let _ = fs::remove_file(&self.log_path);
        Ok(())
    }

    pub(super) fn remove(self) {
        // The error that led here is the one to report.
        let _ = fs::remove_file(&self.path);
        let _ = fs::remove_file(&self.log_path);
    }
}

/// Opens a file or creates it, but follows no link: the name can be foreseen by others who may write to the folder.
fn open(path: &Path, permissions: Option<Permissions>) -> io::Result<File> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let no_file = || named(io::Error::new(io::ErrorKind::InvalidInput, "expected a regular file"));
    if fs::symlink_metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(no_file());
    }
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(named)?;
    if !is_same_file(&fs::symlink_metadata(path).map_err(named)?, &file.metadata().map_err(named)?) {
        return Err(no_file());
    }
    if let Some(permissions) = permissions {
        // Before any content is visible to other users.
        file.set_permissions(permissions)?;
    }
    Ok(file)
}

#[cfg(unix)]
fn is_same_file(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
fn is_same_file(one: &Metadata, other: &Metadata) -> bool {
    one.is_file() && other.is_file()
}

/// The CRC64NVME in hexadecimal.
fn hash(bytes: &[u8]) -> String {
    let digest = digest_of("CRC64NVME").map(|mut digest| {
        digest.update(bytes);
        digest.finish()
    });
    let digest = digest.and_then(|text| value::decode(&text)).unwrap_or_default();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
