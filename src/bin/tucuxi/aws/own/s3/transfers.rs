//! What is done with a single item: an upload, a download, a copy or a deletion.

use std::fs::{self, File, FileTimes};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value};
use tucuxi::s3::{Transfer, TransferEvent};
use tucuxi::{Body, CancelToken, Client, Error};

use super::content_type;
use super::errors;
use super::item::{Action, Item, ListedFile};
use super::locations::{self, FileSide};
use super::params::RequestParams;
use super::paths;
use super::properties::{self, KeptProperties};
use super::results::{Ending, Results, TransferLabel};
use super::stdin::CancellableInput;

/// What the transfers of a command have in common.
pub(super) struct Transfers<'t> {
    pub(super) transfer: Transfer,
    /// The client for the source, and the one for the destination.
    pub(super) from: Client,
    pub(super) to: Client,
    pub(super) params: RequestParams,
    pub(super) results: Arc<Results>,
    pub(super) stop: &'t CancelToken,
    /// Whether sources are deleted afterwards.
    pub(super) moves: bool,
    pub(super) guesses_types: bool,
    pub(super) is_stream: bool,
    pub(super) properties: KeptProperties,
    /// The size from which on copies are made in parts.
    pub(super) threshold: u64,
}

/// Why an item was not transferred.
pub(super) enum TransferFailure {
    Library(Error),
    Other(String),
}

impl From<Error> for TransferFailure {
    fn from(error: Error) -> Self {
        TransferFailure::Library(error)
    }
}

impl TransferFailure {
    pub(super) fn system(error: &io::Error, path: &str) -> Self {
        TransferFailure::Other(errors::of_system(error, Some(path)))
    }
}

impl Transfers<'_> {
    /// The words for an item.
    pub(super) fn label(&self, item: &Item) -> TransferLabel {
        let place = |side: FileSide, path: &str| match side {
            FileSide::Remote => format!("{}{path}", paths::SCHEME),
            FileSide::Local if self.is_stream => "-".to_owned(),
            FileSide::Local => locations::shown(path),
        };
        let verb = if self.moves { "move" } else { item.action.word() };
        let from = place(item.side, &item.listed.path);
        let target = if item.action == Action::Download { FileSide::Local } else { FileSide::Remote };
        let to = (item.action != Action::Delete).then(|| place(target, &item.target));
        TransferLabel { verb, from, to }
    }

    /// Transfers or deletes an item, and prints the result.
    pub(super) fn run(&self, item: &Item) {
        if self.stop.is_cancelled() {
            return;
        }
        let label = self.label(item);
        let moved = Arc::new(AtomicU64::new(0));
        let transfer = self.watched(&moved, item.listed.size.is_some());
        let done = match item.action {
            Action::Upload if self.is_stream => self.upload_stream(&transfer, item),
            Action::Upload => self.upload(&transfer, item),
            Action::Download if self.is_stream => self.download_stream(&transfer, item),
            Action::Download => self.download(&transfer, item),
            Action::Copy => self.copy(&transfer, item),
            Action::Delete => self.delete(&self.to, &item.listed.path),
        };
        let ending = match done {
            Ok(()) => Ending::Success,
            // The end of the command is told once.
            Err(_) if self.stop.is_cancelled() => return,
            Err(TransferFailure::Library(error)) if error.code() == Some("PreconditionFailed") => Ending::Skipped,
            Err(TransferFailure::Library(error)) => Ending::Failure(errors::text(&error)),
            Err(TransferFailure::Other(text)) => Ending::Failure(text),
        };
        let left = item.listed.size.unwrap_or(0).saturating_sub(moved.load(Ordering::Relaxed));
        self.results.ended(&label, ending, left);
    }

    /// A transfer that counts its bytes, if anybody wants to see them.
    fn watched(&self, moved: &Arc<AtomicU64>, size_is_known: bool) -> Transfer {
        if !self.results.shows_progress() {
            return self.transfer.clone();
        }
        let (results, moved) = (Arc::clone(&self.results), Arc::clone(moved));
        self.transfer.clone().on_event(move |event| {
            if let TransferEvent::Bytes { step, .. } = event {
                moved.fetch_add(step, Ordering::Relaxed);
                results.moved(step, size_is_known);
            }
        })
    }

    fn upload(&self, transfer: &Transfer, item: &Item) -> Result<(), TransferFailure> {
        let path = &item.listed.path;
        let body = open(path).map_err(|error| TransferFailure::system(&error, path))?;
        let mut params = self.params.put.clone();
        if self.guesses_types
            && !params.contains_key("ContentType")
            && let Some(guess) = content_type::guess(path)
        {
            params.insert("ContentType".to_owned(), guess.into());
        }
        let (bucket, key) = target(&item.target)?;
        transfer.upload(body, bucket, key).params(params).cancel(self.stop).send()?;
        if self.moves {
            fs::remove_file(path).map_err(|error| TransferFailure::system(&error, path))?;
        }
        Ok(())
    }

    fn upload_stream(&self, transfer: &Transfer, item: &Item) -> Result<(), TransferFailure> {
        let (bucket, key) = target(&item.target)?;
        let input =
            CancellableInput::new(io::stdin(), self.stop).map_err(|error| TransferFailure::system(&error, "-"))?;
        let body = Body::from_reader(input);
        transfer.upload(body, bucket, key).params(self.params.put.clone()).cancel(self.stop).send()?;
        Ok(())
    }

    fn download(&self, transfer: &Transfer, item: &Item) -> Result<(), TransferFailure> {
        if let Some(folder) = Path::new(&item.target).parent()
            && !folder.exists()
        {
            fs::create_dir_all(folder).map_err(|error| {
                let folder = folder.display().to_string();
                let error = errors::of_system(&error, Some(&folder));
                TransferFailure::Other(format!("Could not create directory {folder}: {error}"))
            })?;
        }
        if Path::new(&item.target).is_dir() {
            return Err(TransferFailure::system(&is_a_folder(), &item.target));
        }
        let (bucket, key) = target(&item.listed.path)?;
        let mut download = transfer.download(bucket, key).params(self.params.get.clone()).cancel(self.stop);
        if let Some(object) = &item.listed.object {
            download = download.known(object.clone());
        }
        download.save_to(&item.target)?;
        if let Err(error) = set_time(&item.target, item.listed.modified) {
            let target = &item.target;
            let error = errors::of_system(&error, None);
            self.results.warned(&format!(
                "warning: Skipping file {target}. Successfully Downloaded {target} but was unable to update the last modified \
                 time. {error}"
            ));
        }
        if self.moves { self.delete(&self.from, &item.listed.path) } else { Ok(()) }
    }

    fn download_stream(&self, transfer: &Transfer, item: &Item) -> Result<(), TransferFailure> {
        let (bucket, key) = target(&item.listed.path)?;
        let mut head = self.params.get.clone();
        head.insert("Bucket".to_owned(), bucket.into());
        head.insert("Key".to_owned(), key.into());
        let object = self.to.request("HeadObject").params(head).cancel(self.stop).send()?.value;
        let download = transfer.download(bucket, key).params(self.params.get.clone()).known(object).cancel(self.stop);
        download.write_to(io::stdout())?;
        Ok(())
    }

    fn copy(&self, transfer: &Transfer, item: &Item) -> Result<(), TransferFailure> {
        let ((from_bucket, from_key), (bucket, key)) = (target(&item.listed.path)?, target(&item.target)?);
        let in_parts = item.listed.size.unwrap_or(0) >= self.threshold;
        let mut params = self.params.copy.clone();
        let object = self.object_of_copy(item, in_parts, &params)?;
        properties::add(&mut params, self.properties, in_parts, &object);
        let copy = transfer.copy((from_bucket, from_key), (bucket, key)).from_client(&self.from);
        copy.known(object).tags_first().params(params).cancel(self.stop).send()?;
        if self.moves { self.delete(&self.from, &item.listed.path) } else { Ok(()) }
    }

    /// What is known of the source of a copy. Its properties are asked for if they have to be sent.
    fn object_of_copy(
        &self,
        item: &Item,
        in_parts: bool,
        params: &Map<String, Value>,
    ) -> Result<Value, TransferFailure> {
        let ListedFile { path, object, .. } = &item.listed;
        let object = object.clone().unwrap_or_default();
        let is_complete = object.get("ContentLength").is_some();
        if is_complete || !properties::are_needed(params, self.properties, in_parts) {
            return Ok(object);
        }
        let (bucket, key) = target(path)?;
        let mut head = self.params.listing.head.clone();
        head.remove("ChecksumMode");
        head.insert("Bucket".to_owned(), bucket.into());
        head.insert("Key".to_owned(), key.into());
        Ok(self.from.request("HeadObject").params(head).cancel(self.stop).send()?.value)
    }

    fn delete(&self, client: &Client, path: &str) -> Result<(), TransferFailure> {
        let (bucket, key) = target(path)?;
        let mut params = self.params.plain.clone();
        params.insert("Bucket".to_owned(), bucket.into());
        params.insert("Key".to_owned(), key.into());
        client.request("DeleteObject").params(params).cancel(self.stop).send()?;
        Ok(())
    }
}

/// The bucket and the key of a path.
fn target(path: &str) -> Result<(&str, &str), TransferFailure> {
    paths::bucket_and_key(path).map_err(|error| TransferFailure::Other(errors::of(&error)))
}

fn open(path: &str) -> io::Result<Body> {
    let file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(is_a_folder());
    }
    Body::from_file(file)
}

/// What reading a folder as a file gives.
fn is_a_folder() -> io::Error {
    if cfg!(unix) { io::Error::from_raw_os_error(21) } else { io::ErrorKind::IsADirectory.into() }
}

/// Gives a file the time of its object, in whole seconds.
fn set_time(path: &str, micros: Option<i64>) -> io::Result<()> {
    let Some(micros) = micros else { return Ok(()) };
    let seconds = Duration::from_secs(micros.div_euclid(1_000_000).unsigned_abs());
    let time = match micros < 0 {
        true => SystemTime::UNIX_EPOCH.checked_sub(seconds),
        false => SystemTime::UNIX_EPOCH.checked_add(seconds),
    };
    let time = time.ok_or(io::ErrorKind::InvalidInput)?;
    let file = if cfg!(unix) { File::open(path)? } else { File::options().write(true).open(path)? };
    if !file.metadata()?.is_file() {
        return Ok(());
    }
    file.set_times(FileTimes::new().set_accessed(time).set_modified(time))
}
