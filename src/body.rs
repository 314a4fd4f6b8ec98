//! [`Body`]: request and response bodies.

mod file;
mod progress;
mod range;
mod replay;
mod save;
mod scan;
mod source;
mod spool;

use std::fmt;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

pub use progress::BodyProgress;
use progress::Counter;
pub(crate) use replay::ReplayableBody;
pub use save::remove_part_files;
pub(crate) use save::{replaced_file, save_with};
use source::{ByteSource, OneShot};
pub(crate) use source::{EncodedBody, read_uninterrupted};

/// Body of a request or a response.
///
/// A request body is made from bytes, text, a file or any reader. A response body is read through [`Read`]; it is never
/// held whole in memory unless the caller asks for that.
///
/// ```
/// use std::io::Read;
/// let mut body = tucuxi::Body::from("hello");
/// assert_eq!(body.len(), Some(5));
/// let mut text = String::new();
/// body.read_to_string(&mut text)?;
/// assert_eq!(text, "hello");
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// A body of known length yields exactly that many bytes or an error, so neither uploads nor downloads are silently
/// truncated.
pub struct Body {
    content: Content,
    /// Receives the content when this body is dropped. See [`ReplayableBody`].
    owner: Option<replay::Owner>,
}

struct Content {
    source: ByteSource,
    progress: Option<Box<Counter>>,
    /// Maximum size of the copy that is made when a one-shot body must be read twice.
    spool_limit: u64,
    /// SHA-256 of the whole content, if a scan has computed it.
    hash: Option<scan::Hash>,
}

impl Content {
    fn new(source: ByteSource) -> Self {
        Content { source, progress: None, spool_limit: spool::DEFAULT_LIMIT, hash: None }
    }
}

impl Body {
    fn new(source: ByteSource) -> Self {
        Body { content: Content::new(source), owner: None }
    }

    fn take_content(&mut self) -> Content {
        std::mem::replace(&mut self.content, Content::new(ByteSource::Bytes(Cursor::new(Vec::new()))))
    }

    /// An empty body.
    pub fn empty() -> Self {
        Body::from(Vec::new())
    }

    /// Streams a file. The length is the file's current length. A source without a length (a pipe, a device,
    /// `/dev/stdin`, a file of `/proc`) is read to its end, as by [`from_reader`](Body::from_reader).
    pub fn from_path(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        file::open(path).map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
    }

    /// Streams an open file from its current position, such as a program's standard input. Otherwise like
    /// [`from_path`](Body::from_path).
    pub fn from_file(file: File) -> io::Result<Self> {
        file::read(file)
    }

    /// Streams a range of bytes of a file. The file is read at offsets and not from its position, so several bodies of one file,
    /// which share it in an [`Arc`], can be read at the same time in several threads.
    ///
    /// ```
    /// use std::fs::File;
    /// use std::sync::Arc;
    /// use tucuxi::Body;
    ///
    /// let file = Arc::new(File::open("Cargo.toml")?);
    /// let length = file.metadata()?.len();
    /// let first = Body::from_file_range(Arc::clone(&file), 0..length / 2)?;
    /// let second = Body::from_file_range(file, length / 2..length)?;
    /// assert_eq!(first.into_bytes()?.len() + second.into_bytes()?.len(), length as usize);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) if the file is shorter than the range, now or when it is read;
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) for anything but a regular file.
    pub fn from_file_range(file: impl Into<Arc<File>>, range: Range<u64>) -> io::Result<Self> {
        let file = file.into();
        let source = Box::new(range::FileReader::new(Arc::clone(&file), &range)?);
        let length = range.end.saturating_sub(range.start);
        Ok(Body::new(ByteSource::Seekable { source, start: range.start, length, position: 0, file: Some(file) }))
    }

    /// The file and the range of it that this body reads, if it is one that has not been read yet.
    pub(crate) fn file_range(&self) -> Option<(Arc<File>, Range<u64>)> {
        match &self.content.source {
            ByteSource::Seekable { file: Some(file), start, length, position: 0, .. } => {
                Some((Arc::clone(file), *start..start.saturating_add(*length)))
            }
            _ => None,
        }
    }

    /// Streams a seekable source, which can be hashed before it is sent, and sent again. The body starts at the
    /// source's current position and ends at its current end. A source that shrinks before it is read is an error.
    pub fn from_seekable(mut source: impl Read + Seek + Send + 'static) -> io::Result<Self> {
        let start = source.stream_position()?;
        let end = source.seek(SeekFrom::End(0))?;
        source.seek(SeekFrom::Start(start))?;
        let length = end.saturating_sub(start);
        Ok(Body::new(ByteSource::Seekable { source: Box::new(source), start, length, position: 0, file: None }))
    }

    /// Streams a reader of unknown length. It is sent once, in chunks, if the service accepts that. If the request
    /// needs the length (S3) or a hash (most signatures) of the body first, the reader is copied to memory or, beyond
    /// one megabyte, to an unnamed temporary file; the setting `spool_limit` limits the copy. The parameter
    /// `ContentLength` can give the length, too.
    pub fn from_reader(source: impl Read + Send + 'static) -> Self {
        Body::new(ByteSource::OneShot(OneShot::new(Box::new(source), None)))
    }

    /// Streams a reader of exactly `length` bytes, sent once.
    ///
    /// A reader that ends early or continues past `length` is an error when it is read, and the request fails before
    /// the server has received all of it. To detect this, the reader is asked for one byte past the end: pass
    /// `reader.take(length)` if it does not end there.
    pub fn from_reader_with_length(source: impl Read + Send + 'static, length: u64) -> Self {
        Body::new(ByteSource::OneShot(OneShot::new(Box::new(source), Some(length))))
    }

    /// Copies a reader to its end, into a temporary file beyond a megabyte.
    pub(crate) fn copied(reader: &mut impl Read) -> io::Result<Self> {
        spool::spool(reader, u64::MAX, &mut |_| ()).map(Body::new)
    }

    /// Wraps an encoded body. The inner body reports progress.
    pub(crate) fn encoded(encoded: impl EncodedBody + 'static) -> Self {
        Body::new(ByteSource::Encoded(Box::new(encoded)))
    }

    /// Calls `callback` with the total number of bytes read so far, after each read: while a request body is sent, and
    /// while [`Output::body`](crate::Output::body) is received. If a request is sent again, the count restarts with a
    /// call with 0. Reading the body beforehand to hash it does not count. A body has one callback; setting another
    /// replaces it.
    ///
    /// ```
    /// use tucuxi::Body;
    /// let body = Body::from("hello").on_progress(|bytes| println!("{bytes} bytes"));
    /// ```
    #[must_use]
    pub fn on_progress(self, mut callback: impl FnMut(u64) + Send + 'static) -> Self {
        self.on_read(move |progress| callback(progress.so_far))
    }

    /// Calls `callback` after each read with the bytes of that read, the bytes so far and the length, if known. Otherwise like
    /// [`on_progress`](Body::on_progress), which it replaces.
    ///
    /// ```
    /// use tucuxi::Body;
    /// let body = Body::from("hello").on_read(|progress| match progress.total {
    ///     Some(total) => println!("{} % (+{} bytes)", 100 * progress.so_far / total, progress.step),
    ///     None => println!("{} bytes", progress.so_far),
    /// });
    /// assert_eq!(body.into_bytes()?, b"hello");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn on_read(mut self, callback: impl FnMut(BodyProgress) + Send + 'static) -> Self {
        self.content.progress = Some(Box::new(Counter::new(callback)));
        self
    }

    /// Total length in bytes, if known.
    pub fn len(&self) -> Option<u64> {
        match &self.content.source {
            ByteSource::Bytes(bytes) => Some(bytes.get_ref().len() as u64),
            ByteSource::Seekable { length, .. } => Some(*length),
            ByteSource::OneShot(reader) => reader.length,
            ByteSource::Encoded(encoded) => encoded.length(),
        }
    }

    /// Whether the body is known to be empty.
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }

    /// The whole body, if it is held in memory.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match &self.content.source {
            ByteSource::Bytes(bytes) => Some(bytes.get_ref()),
            _ => None,
        }
    }

    /// Reads the rest of the body into memory.
    pub fn into_bytes(mut self) -> io::Result<Vec<u8>> {
        if let Content { source: ByteSource::Bytes(bytes), progress: None, .. } = &mut self.content
            && bytes.position() == 0
            && self.owner.is_none()
        {
            return Ok(std::mem::take(bytes.get_mut()));
        }
        // The announced length is untrusted, so limit the preallocation.
        let announced = self.len().unwrap_or(0).min(1 << 20);
        let mut all = Vec::with_capacity(usize::try_from(announced).unwrap_or(0));
        self.read_to_end(&mut all)?;
        Ok(all)
    }

    /// Saves the rest of the body to a file, all or nothing, and returns the number of bytes. The bytes go to a
    /// temporary file in the same folder, which replaces `path` at the end, so a failed download leaves no file that
    /// looks complete. Symbolic links are followed, also to files that do not exist yet; an existing file keeps its
    /// permissions. Anything but a regular file (a pipe, a device, `/dev/stderr`) is written to directly. A program
    /// that exits on a signal calls [`remove_part_files`](crate::remove_part_files).
    ///
    /// ```no_run
    /// use serde_json::json;
    /// let s3 = tucuxi::client("s3")?;
    /// let output = s3.request("get_object").params(json!({"Bucket": "photos", "Key": "cat.jpg"})).send()?;
    /// output.body.save_to("cat.jpg")?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn save_to(self, path: impl AsRef<Path>) -> io::Result<u64> {
        save::save(self, path.as_ref())
    }

    /// Whether the body can be read again from its start.
    pub fn is_rewindable(&self) -> bool {
        match &self.content.source {
            ByteSource::Bytes(_) | ByteSource::Seekable { .. } => true,
            ByteSource::OneShot(_) => false,
            ByteSource::Encoded(encoded) => encoded.is_rewindable(),
        }
    }

    /// Limits the copy that is made of a one-shot body.
    pub(crate) fn limit_spool(&mut self, limit: u64) {
        self.content.spool_limit = limit;
    }

    /// Sets the length of a reader of unknown length.
    pub(crate) fn announce(&mut self, announced: u64) {
        if let ByteSource::OneShot(OneShot { length: length @ None, .. }) = &mut self.content.source {
            *length = Some(announced);
        }
    }

    /// Rewinds to the start.
    pub(crate) fn rewind(&mut self) -> io::Result<()> {
        self.content.source.rewind()?;
        let total = self.len();
        if let Some(progress) = &mut self.content.progress {
            progress.restart(total);
        }
        Ok(())
    }
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.content.source.read(buffer)?;
        if self.content.progress.is_some() && read > 0 {
            let total = self.len();
            if let Some(progress) = &mut self.content.progress {
                progress.add(read as u64, total);
            }
        }
        Ok(read)
    }
}

impl Default for Body {
    fn default() -> Self {
        Body::empty()
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Body::new(ByteSource::Bytes(Cursor::new(bytes)))
    }
}

impl From<&[u8]> for Body {
    fn from(bytes: &[u8]) -> Self {
        Body::from(bytes.to_vec())
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Body::from(text.into_bytes())
    }
}

impl From<&str> for Body {
    fn from(text: &str) -> Self {
        Body::from(text.as_bytes())
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Only the size, since a payload may be confidential.
        match self.len() {
            Some(length) => write!(f, "Body({length} bytes)"),
            None => f.write_str("Body(of unknown length)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    fn read(mut body: Body) -> io::Result<Vec<u8>> {
        let mut all = Vec::new();
        // Small pieces, so that there is a last one.
        let mut piece = [0; 3];
        loop {
            match body.read(&mut piece)? {
                0 => return Ok(all),
                read => all.extend_from_slice(&piece[..read]),
            }
        }
    }

    #[test]
    fn reader_must_match_announced_length() {
        let body = |length| Body::from_reader_with_length(&b"0123456789"[..], length);
        assert_eq!(read(body(10)).unwrap(), b"0123456789");
        let error = read(body(12)).unwrap_err();
        assert_eq!(error.to_string(), "it ended 2 bytes before the length that was announced");
        let mut longer = body(9);
        let mut nine = [0; 9];
        let error = longer.read_exact(&mut nine).unwrap_err();
        assert_eq!(error.to_string(), "it continues after the 9 bytes that were announced");
        // The error persists: the next read must not look like the regular end.
        assert!(longer.read(&mut nine).is_err());
        assert!(read(body(0)).is_err());
        assert!(read(Body::from_reader_with_length(io::empty(), 0)).unwrap().is_empty());
    }

    #[test]
    fn shrunk_file_is_an_error_and_grown_file_is_not() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, "0123456789").unwrap();
        let body = || Body::from_path(&file).unwrap();
        let before = body();
        std::fs::write(&file, "0123").unwrap();
        assert_eq!(read(before).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        let before = body();
        std::fs::write(&file, "01234567").unwrap();
        assert_eq!(read(before).unwrap(), b"0123");
    }

    #[test]
    fn progress_restarts_when_body_is_lent_again() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let reported = Arc::clone(&seen);
        let mut body = Body::from_seekable(Cursor::new(*b"01234567")).unwrap();
        body = body.on_progress(move |bytes| reported.lock().unwrap().push(bytes));
        body.scan(|_| ()).unwrap();
        let replayable = ReplayableBody::new(body);
        assert_eq!(read(replayable.lend().unwrap()).unwrap().len(), 8);
        assert_eq!(read(replayable.lend().unwrap()).unwrap().len(), 8);
        assert_eq!(*seen.lock().unwrap(), [3, 6, 8, 0, 3, 6, 8]);
        assert!(replayable.is_whole());
    }

    #[test]
    fn progress_has_step_and_total() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        for (body, total) in [(Body::from("01234567"), Some(8)), (Body::from_reader(&b"01234567"[..]), None)] {
            let reported = Arc::clone(&seen);
            read(body.on_read(move |progress| reported.lock().unwrap().push(progress))).unwrap();
            let steps = [(3, 3), (3, 6), (2, 8)].map(|(step, so_far)| BodyProgress { step, so_far, total });
            assert_eq!(seen.lock().unwrap().split_off(0), steps);
        }
    }
}
