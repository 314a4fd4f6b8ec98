//! Listings of local files, in the order in which the store lists the keys that they have there.

use std::fs::{self, Metadata};
use std::path::Path;
use std::time::SystemTime;

use super::item::ListedFile;
use super::locations::FilePlace;

/// The first and the last second of the years 1 to 9999, which timestamps can have.
const SECONDS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

/// The files of a folder and the folders in it; folders are read one at a time.
pub(super) struct LocalFiles<'l> {
    follows_links: bool,
    warn: Box<dyn Fn(String) + 'l>,
    /// The rest of the folders that are being read, the innermost last.
    folders: Vec<Folder>,
    /// The only file.
    single: Option<ListedFile>,
}

struct Folder {
    /// With a slash at the end.
    path: String,
    /// In reverse order; the names of folders have a slash at the end.
    entries: Vec<(String, Option<FileFacts>)>,
}

/// What is kept of a file.
struct FileFacts {
    size: u64,
    modified: i64,
}

impl<'l> LocalFiles<'l> {
    /// The files of a place. What is skipped is told to `warn`.
    pub(super) fn list(
        place: &FilePlace,
        recursive: bool,
        follows_links: bool,
        warn: impl Fn(String) + 'l,
    ) -> LocalFiles<'l> {
        let mut files = LocalFiles { follows_links, warn: Box::new(warn), folders: Vec::new(), single: None };
        let Some(metadata) = files.metadata_of(&place.path) else { return files };
        match recursive {
            true => files.enter(place.path.clone()),
            false => {
                let FileFacts { size, modified } = files.facts(&place.path, &metadata);
                let (size, modified) = (Some(size), Some(modified));
                files.single = Some(ListedFile { path: place.path.clone(), size, modified, object: None });
            }
        }
        files
    }

    /// The metadata of a file or folder that takes part.
    fn metadata_of(&self, path: &str) -> Option<Metadata> {
        let is_link = || fs::symlink_metadata(path.trim_end_matches('/')).is_ok_and(|found| found.is_symlink());
        if !self.follows_links && is_link() {
            return None;
        }
        let Ok(metadata) = fs::metadata(path) else {
            self.leave_out(path, "File does not exist.");
            return None;
        };
        if is_special(&metadata) {
            self.leave_out(path, "File is character special device, block special device, FIFO, or socket.");
            return None;
        }
        let is_readable = if metadata.is_dir() { fs::read_dir(path).is_ok() } else { fs::File::open(path).is_ok() };
        if !is_readable {
            self.leave_out(path, "File/Directory is not readable.");
            return None;
        }
        Some(metadata)
    }

    fn leave_out(&self, path: &str, reason: &str) {
        (self.warn)(format!("warning: Skipping file {path}. {reason}"));
    }

    fn facts(&self, path: &str, metadata: &Metadata) -> FileFacts {
        let modified = metadata.modified().ok().and_then(micros);
        if modified.is_none() {
            (self.warn)("warning: File has an invalid timestamp. Passing epoch time as timestamp.".to_owned());
            tracing::debug!(path, "the file has a timestamp that is out of range");
        }
        FileFacts { size: metadata.len(), modified: modified.unwrap_or(0) }
    }

    /// Reads a folder; the path has a slash at the end.
    fn enter(&mut self, path: String) {
        let Ok(found) = fs::read_dir(&path) else {
            self.leave_out(&path, "File/Directory is not readable.");
            return;
        };
        let mut entries = Vec::new();
        for entry in found {
            let Ok(entry) = entry else {
                self.leave_out(&path, "File/Directory is not readable.");
                break;
            };
            let mut name = match entry.file_name().into_string() {
                Ok(name) => name,
                Err(name) => {
                    self.leave_out(&format!("{path}{}", name.to_string_lossy()), "The name of the file is not UTF-8.");
                    continue;
                }
            };
            let file = format!("{path}{name}");
            let Some(metadata) = self.metadata_of(&file) else { continue };
            if metadata.is_dir() {
                name.push('/');
                entries.push((name, None));
            } else {
                entries.push((name, Some(self.facts(&file, &metadata))));
            }
        }
        entries.sort_unstable_by(|(one, _), (other, _)| other.cmp(one));
        self.folders.push(Folder { path, entries });
    }
}

impl Iterator for LocalFiles<'_> {
    type Item = ListedFile;

    fn next(&mut self) -> Option<ListedFile> {
        if let Some(single) = self.single.take() {
            return Some(single);
        }
        loop {
            let folder = self.folders.last_mut()?;
            let Some((name, facts)) = folder.entries.pop() else {
                self.folders.pop();
                continue;
            };
            let path = format!("{}{name}", folder.path);
            match facts {
                None => self.enter(path),
                Some(FileFacts { size, modified }) => {
                    return Some(ListedFile { path, size: Some(size), modified: Some(modified), object: None });
                }
            }
        }
    }
}

/// Microseconds since 1970; `None` if the year has not one to four digits.
fn micros(time: SystemTime) -> Option<i64> {
    let micros = match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_micros()).ok()?,
        Err(before) => i64::try_from(before.duration().as_micros()).ok()?.checked_neg()?,
    };
    SECONDS.contains(&micros.div_euclid(1_000_000)).then_some(micros)
}

#[cfg(unix)]
fn is_special(metadata: &Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    let kind = metadata.file_type();
    kind.is_char_device() || kind.is_block_device() || kind.is_fifo() || kind.is_socket()
}

#[cfg(not(unix))]
fn is_special(_: &Metadata) -> bool {
    false
}

/// Whether there is something with this name.
pub(super) fn exists(path: &str) -> bool {
    Path::new(path).exists()
}

#[cfg(all(test, unix))]
mod tests {
    use std::cell::RefCell;
    use std::os::unix::fs::symlink;
    use std::time::Duration;

    use super::*;
    use crate::aws::own::s3::locations::FileSide;

    struct TestFolder(std::path::PathBuf);

    impl TestFolder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("tucuxi-{name}-{}", std::process::id()));
            _ = fs::remove_dir_all(&path);
            fs::create_dir_all(&path).expect("a folder of the test");
            TestFolder(path)
        }
    }

    impl Drop for TestFolder {
        fn drop(&mut self) {
            _ = fs::remove_dir_all(&self.0);
        }
    }

    fn list(folder: &TestFolder, follows_links: bool) -> (Vec<String>, Vec<String>) {
        let path = format!("{}/", folder.0.display());
        let place = FilePlace { side: FileSide::Local, path: path.clone() };
        let warnings = RefCell::new(Vec::new());
        let files = LocalFiles::list(&place, true, follows_links, |warning| warnings.borrow_mut().push(warning));
        let names = files.map(|file| file.path[path.len()..].to_owned()).collect();
        let warnings = warnings.into_inner().into_iter().map(|warning| warning.replace(&path, "")).collect();
        (names, warnings)
    }

    #[test]
    fn files_come_in_the_order_of_their_keys() {
        let folder = TestFolder::new("order");
        for name in ["a/z", "a/b/c", "a.txt", "a-b", "a0", "B", "é/x"] {
            let path = folder.0.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name).unwrap();
        }
        fs::create_dir(folder.0.join("empty")).unwrap();
        let (names, warnings) = list(&folder, true);
        assert_eq!(names, ["B", "a-b", "a.txt", "a/b/c", "a/z", "a0", "é/x"]);
        assert!(names.is_sorted() && warnings.is_empty());
    }

    #[test]
    fn what_cannot_be_read_is_skipped_with_a_warning() {
        let folder = TestFolder::new("skipped");
        fs::write(folder.0.join("a"), "a").unwrap();
        symlink("a", folder.0.join("link")).unwrap();
        symlink("nowhere", folder.0.join("broken")).unwrap();
        let (names, warnings) = list(&folder, true);
        assert_eq!(names, ["a", "link"]);
        assert_eq!(warnings, ["warning: Skipping file broken. File does not exist."]);
        assert_eq!(list(&folder, false), (vec!["a".to_owned()], vec![]));
    }

    #[test]
    fn times_have_microseconds() {
        let at = |seconds: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        assert_eq!(micros(at(2) + Duration::from_nanos(1500)), Some(2_000_001));
        assert_eq!(micros(SystemTime::UNIX_EPOCH - Duration::from_secs(1)), Some(-1_000_000));
        assert_eq!(micros(at(300_000_000_000)), None);
    }
}
