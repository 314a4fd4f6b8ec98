//! Transfers of files and streams of any size, in parts and in parallel (boto3's `upload_file`, `download_file`).
//!
//! [`Transfer`] is the entry. An upload or download is a [plan](plan), whose parts run in a [pool] of threads; each part is an
//! ordinary call of the client, with its retries, checksums and cancellation.

mod combine;
mod download;
mod grace;
mod multipart;
mod object;
mod params;
mod plan;
mod pool;
mod progress;
mod settings;
mod source;
mod target;
mod upload;

use std::fmt;
use std::sync::Arc;

use crate::body::Body;
use crate::client::Client;

pub use download::{Download, Downloaded};
pub use progress::TransferEvent;
pub use upload::{Upload, Uploaded};

use progress::EventFn;
use settings::TransferSettings;

/// Uploads and downloads objects of any size. It is cheap to clone, and many threads can use one at once.
///
/// ```no_run
/// use serde_json::json;
/// use tucuxi::Body;
/// use tucuxi::s3::Transfer;
///
/// let transfer = Transfer::new(&tucuxi::client("s3")?);
/// transfer.upload(Body::from_path("big.iso")?, "images", "big.iso").send()?;
/// transfer.download("images", "big.iso").save_to("copy.iso")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Objects below the threshold are one request; larger ones are cut into parts that several threads transfer. The settings come
/// from here or from the `s3` block of the profile, under the AWS CLI's names: `multipart_threshold` (8 MB),
/// `multipart_chunksize` (8 MB) and `max_concurrent_requests` (10).
#[derive(Clone)]
pub struct Transfer {
    client: Client,
    settings: TransferSettings,
    on_event: Option<Arc<EventFn>>,
}

impl Transfer {
    /// Creates a transfer that uses this client of S3.
    pub fn new(client: &Client) -> Transfer {
        Transfer { client: client.clone(), settings: TransferSettings::default(), on_event: None }
    }

    /// Sets the number of requests of one transfer at a time; 10 by default. `0` counts as 1.
    #[must_use]
    pub fn threads(mut self, count: usize) -> Self {
        self.settings.threads = Some(count.max(1));
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

    /// Sets how many bytes one transfer holds in memory at once; 40 MiB by default, five parts of 8 MiB. It is for parts of a
    /// reader, of which one more is being read, and for bytes that arrive before the turn of a writer has come. Transfers from
    /// and to files hold nothing. More memory is more speed if a reader is faster than a connection.
    #[must_use]
    pub fn memory_limit(mut self, bytes: u64) -> Self {
        self.settings.memory_limit = Some(bytes);
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

    /// Starts a download.
    pub fn download(&self, bucket: &str, key: &str) -> Download {
        Download::new(self.clone(), bucket, key)
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
