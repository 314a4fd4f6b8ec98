//! Transfers of files and streams of any size, in parts and in parallel (boto3's `upload_file`, `download_file` and `copy`).
//!
//! [`Transfer`] is the entry. An upload, download or copy is a [plan](plan), whose parts run in a [pool] of threads; each part is an
//! ordinary call of the client, with its retries, checksums and cancellation.

mod bandwidth;
mod budget;
mod combine;
mod content_type;
mod copy;
mod copy_extras;
mod delete;
mod download;
mod grace;
mod kept_draft;
mod known;
mod multipart;
mod object;
mod params;
mod plan;
mod pool;
mod progress;
mod ranges;
mod reader_parts;
mod refused;
mod resume;
mod resumed_download;
mod settings;
mod shared_threads;
mod source;
mod target;
mod upload;
mod whole;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::body::Body;
use crate::client::Client;

pub use copy::{Copied, ObjectCopy};
pub use delete::{Deleted, PrefixDeletion};
pub use download::{Download, Downloaded};
pub use progress::TransferEvent;
pub use upload::{Upload, Uploaded};

use bandwidth::BandwidthLimit;
use progress::EventFn;
use settings::TransferSettings;
use shared_threads::SharedThreads;

/// Uploads, downloads and copies objects of any size. It is cheap to clone, and many threads can use one at once.
///
/// ```no_run
/// use tucuxi::s3::Transfer;
///
/// let transfer = Transfer::new(&tucuxi::client("s3")?);
/// transfer.upload_file("big.iso", "images", "big.iso").send()?;
/// transfer.download("images", "big.iso").save_to("copy.iso")?;
/// transfer.copy(("images", "big.iso"), ("backup", "big.iso")).send()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Objects below the threshold are one request; larger ones are cut into parts that several threads transfer. The settings come
/// from here or from the `s3` block of the profile, under the AWS CLI's names: `multipart_threshold` (8 MB),
/// `multipart_chunksize` (8 MB), `max_concurrent_requests` (10), `max_bandwidth` (none) and `io_chunksize` (256 KB).
#[derive(Clone)]
pub struct Transfer {
    client: Client,
    settings: TransferSettings,
    on_event: Option<Arc<EventFn>>,
    bandwidth: Arc<BandwidthLimit>,
    shared: Option<Arc<SharedThreads>>,
}

impl Transfer {
    /// Creates a transfer that uses this client of S3.
    pub fn new(client: &Client) -> Transfer {
        let (settings, bandwidth) = (TransferSettings::default(), Arc::new(BandwidthLimit::new()));
        Transfer { client: client.clone(), settings, on_event: None, bandwidth, shared: None }
    }

    /// Sets the number of requests of one transfer at a time; 10 by default. `0` counts as 1.
    #[must_use]
    pub fn threads(mut self, count: usize) -> Self {
        self.settings.threads = Some(count.max(1));
        self
    }

    /// Limits the requests of all transfers of this `Transfer` and its clones together; by default each transfer has
    /// [`threads`](Self::threads) of its own. Each transfer waits for its first thread, and parts of large objects get the threads
    /// that no other transfer needs when they begin. `0` counts as 1.
    ///
    /// ```no_run
    /// use tucuxi::s3::Transfer;
    ///
    /// let transfer = Transfer::new(&tucuxi::client("s3")?).shared_threads(10);
    /// std::thread::scope(|scope| {
    ///     for name in ["a.iso", "b.iso", "c.iso"] {
    ///         let transfer = transfer.clone();
    ///         scope.spawn(move || transfer.upload_file(name, "images", name).send());
    ///     }
    /// });
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    #[must_use]
    pub fn shared_threads(mut self, count: usize) -> Self {
        self.shared = Some(SharedThreads::new(count));
        self
    }

    /// Sets the size in bytes of a part; 8 MiB by default. It is kept between 5 MiB and 5 GiB, and doubled for objects that
    /// would have more than 10,000 parts.
    #[must_use]
    pub fn part_size(mut self, bytes: u64) -> Self {
        self.settings.part_size = Some(bytes);
        self
    }

    /// Sets the size in bytes from which on objects are cut into parts; 8 MiB by default.
    #[must_use]
    pub fn threshold(mut self, bytes: u64) -> Self {
        self.settings.threshold = Some(bytes);
        self
    }

    /// Makes all parts of an upload but the last one equally large, which some stores demand. A reader of unknown length then
    /// fails after 10,000 parts; by default, its parts grow.
    #[must_use]
    pub fn equal_parts(mut self, equal: bool) -> Self {
        self.settings.equal_parts = equal;
        self
    }

    /// Sets how many bytes of the parts of one transfer are held in memory at once; 48 MiB by default. Parts of a file are not held
    /// in memory: only those of a reader that is uploaded, and those that a writer cannot take yet. If parts are large, fewer of
    /// them are transferred at a time; a part of a reader that is larger than the limit is kept in a temporary file.
    #[must_use]
    pub fn memory_limit(mut self, bytes: u64) -> Self {
        self.settings.memory_limit = Some(bytes);
        self
    }

    /// Sets whether [`upload_file`](Self::upload_file) guesses the content type, as the AWS CLI does; it does by default. boto3
    /// does not.
    #[must_use]
    pub fn guess_content_type(mut self, guesses: bool) -> Self {
        self.settings.guesses_no_type = !guesses;
        self
    }

    /// Limits the bytes per second that all uploads and downloads of this transfer and its clones send and receive together; there
    /// is no limit by default. `0` counts as 1. Copies within the store are not limited.
    #[must_use]
    pub fn max_bandwidth(mut self, bytes_per_second: u64) -> Self {
        self.settings.max_bandwidth = Some(bytes_per_second.max(1));
        self
    }

    /// Sets the size in bytes of the reads of a download; 256 KiB by default.
    #[must_use]
    pub fn io_chunk_size(mut self, bytes: u64) -> Self {
        self.settings.io_chunk = Some(bytes);
        self
    }

    /// Calls `callback` as transfers go on, from their threads.
    #[must_use]
    pub fn on_event(mut self, callback: impl Fn(TransferEvent<'_>) + Send + Sync + 'static) -> Self {
        self.on_event = Some(Arc::new(callback));
        self
    }

    /// Starts an upload of a body: bytes, a file or a reader. Each thread reads its parts of a file at offsets. A reader of
    /// unknown length is read into memory part by part.
    pub fn upload(&self, body: impl Into<Body>, bucket: &str, key: &str) -> Upload {
        Upload::new(self.clone(), body.into(), bucket, key)
    }

    /// Starts an upload of the file at this path, which is opened by [`Upload::send`]. Unless `ContentType` is given, it is guessed
    /// from the name of the file.
    ///
    /// ```no_run
    /// # let s3 = tucuxi::client("s3")?;
    /// // An `image/jpeg`.
    /// tucuxi::s3::Transfer::new(&s3).upload_file("cat.jpg", "images", "cat.jpg").send()?;
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    pub fn upload_file(&self, path: impl AsRef<Path>, bucket: &str, key: &str) -> Upload {
        Upload::of_file(self.clone(), path.as_ref(), bucket, key)
    }

    /// Starts a download.
    pub fn download(&self, bucket: &str, key: &str) -> Download {
        Download::new(self.clone(), bucket, key)
    }

    /// Starts a copy within the store: from a bucket and key to a bucket and key. A bucket may be the ARN of an access point.
    pub fn copy(&self, from: (&str, &str), to: (&str, &str)) -> ObjectCopy {
        ObjectCopy::new(self.clone(), from, to)
    }

    /// Starts a deletion of all objects whose keys begin with a prefix: `logs/` for a folder, `logs` also for `logs-old/1`.
    pub fn delete_prefix(&self, bucket: &str, prefix: &str) -> PrefixDeletion {
        PrefixDeletion::new(self.clone(), bucket, prefix)
    }
}

impl fmt::Debug for Transfer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transfer")
            .field("client", &self.client)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
