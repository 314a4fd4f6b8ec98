//! [`Body`]: request and response bodies.

mod file;
mod save;
mod spool;

use std::fmt;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use save::remove_part_files;

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
    owner: Option<Owner>,
}

type Owner = Arc<Mutex<Option<Content>>>;

struct Content {
    inner: Inner,
    progress: Option<Box<Progress>>,
    /// Maximum size of the copy that is made when a one-shot body must be read twice.
    spool_limit: u64,
}

impl Content {
    fn new(inner: Inner) -> Self {
        Content { inner, progress: None, spool_limit: spool::DEFAULT_LIMIT }
    }
}

enum Inner {
    Bytes(Cursor<Vec<u8>>),
    /// A seekable source that starts at `start` and ends `length` bytes later.
    Seekable {
        source: Box<dyn ReadSeek>,
        start: u64,
        length: u64,
        position: u64,
    },
    Reader(Reader),
    Encoded(Box<dyn EncodedBody>),
}

/// A one-shot source.
struct Reader {
    source: Box<dyn Read + Send>,
    length: Option<u64>,
    position: u64,
    /// A read was attempted, so bytes may be consumed.
    touched: bool,
    /// Result of the check that the source ends at its announced length, once made.
    end: Option<Result<(), (io::ErrorKind, String)>>,
}

/// A body that is encoded while it is read.
pub(crate) trait EncodedBody: Read + Send {
    /// The encoded length.
    fn length(&self) -> Option<u64>;
    fn is_rewindable(&self) -> bool;
    fn rewind(&mut self) -> io::Result<()>;
}

struct Progress {
    callback: Box<dyn FnMut(u64) + Send>,
    so_far: u64,
}

/// A body that is lent out and returns when the borrower drops it, so that it can be sent again without a copy.
pub(crate) struct ReplayableBody(Owner);

impl ReplayableBody {
    pub(crate) fn new(mut body: Body) -> Self {
        ReplayableBody(Arc::new(Mutex::new(Some(body.take_content()))))
    }

    /// Lends the body, rewound to its start.
    pub(crate) fn lend(&self) -> io::Result<Body> {
        let gone = || io::Error::new(io::ErrorKind::Unsupported, "the body is still in use by a previous attempt");
        let content = self.content().take().ok_or_else(gone)?;
        let mut body = Body { content, owner: Some(Arc::clone(&self.0)) };
        if body.is_rewindable() {
            body.rewind()?;
        }
        Ok(body)
    }

    /// Whether the whole body can be lent (again).
    pub(crate) fn is_whole(&self) -> bool {
        match &*self.content() {
            Some(Content { inner: Inner::Reader(reader), .. }) => !reader.touched,
            content => content.is_some(),
        }
    }

    fn content(&self) -> MutexGuard<'_, Option<Content>> {
        // An `Option` is never half written, so a poisoned lock is safe.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        if let Some(owner) = self.owner.take() {
            let content = self.take_content();
            *owner.lock().unwrap_or_else(PoisonError::into_inner) = Some(content);
        }
    }
}

trait ReadSeek: Read + Seek + Send {}
impl<T: Read + Seek + Send> ReadSeek for T {}

impl Body {
    fn new(inner: Inner) -> Self {
        Body { content: Content::new(inner), owner: None }
    }

    fn take_content(&mut self) -> Content {
        std::mem::replace(&mut self.content, Content::new(Inner::Bytes(Cursor::new(Vec::new()))))
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

    /// Streams a seekable source, which can be hashed before it is sent, and sent again. The body starts at the
    /// source's current position and ends at its current end. A source that shrinks before it is read is an error.
    pub fn from_seekable(mut source: impl Read + Seek + Send + 'static) -> io::Result<Self> {
        let start = source.stream_position()?;
        let end = source.seek(SeekFrom::End(0))?;
        source.seek(SeekFrom::Start(start))?;
        let length = end.saturating_sub(start);
        Ok(Body::new(Inner::Seekable { source: Box::new(source), start, length, position: 0 }))
    }

    /// Streams a reader of unknown length. It is sent once, in chunks, if the service accepts that. If the request
    /// needs the length (S3) or a hash (most signatures) of the body first, the reader is copied to memory or, beyond
    /// one megabyte, to an unnamed temporary file; the setting `spool_limit` limits the copy. The parameter
    /// `ContentLength` can give the length, too.
    pub fn from_reader(source: impl Read + Send + 'static) -> Self {
        Body::new(Inner::Reader(Reader::new(Box::new(source), None)))
    }

    /// Streams a reader of exactly `length` bytes, sent once.
    ///
    /// A reader that ends early or continues past `length` is an error when it is read, and the request fails before
    /// the server has received all of it. To detect this, the reader is asked for one byte past the end: pass
    /// `reader.take(length)` if it does not end there.
    pub fn from_reader_with_length(source: impl Read + Send + 'static, length: u64) -> Self {
        Body::new(Inner::Reader(Reader::new(Box::new(source), Some(length))))
    }

    /// Wraps an encoded body. The inner body reports progress.
    pub(crate) fn encoded(encoded: impl EncodedBody + 'static) -> Self {
        Body::new(Inner::Encoded(Box::new(encoded)))
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
    pub fn on_progress(mut self, callback: impl FnMut(u64) + Send + 'static) -> Self {
        self.content.progress = Some(Box::new(Progress { callback: Box::new(callback), so_far: 0 }));
        self
    }

    /// Total length in bytes, if known.
    pub fn len(&self) -> Option<u64> {
        match &self.content.inner {
            Inner::Bytes(bytes) => Some(bytes.get_ref().len() as u64),
            Inner::Seekable { length, .. } => Some(*length),
            Inner::Reader(reader) => reader.length,
            Inner::Encoded(encoded) => encoded.length(),
        }
    }

    /// Whether the body is known to be empty.
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }

    /// The whole body, if it is held in memory.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match &self.content.inner {
            Inner::Bytes(bytes) => Some(bytes.get_ref()),
            _ => None,
        }
    }

    /// Reads the rest of the body into memory.
    pub fn into_bytes(mut self) -> io::Result<Vec<u8>> {
        if let Content { inner: Inner::Bytes(bytes), progress: None, .. } = &mut self.content
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
        match &self.content.inner {
            Inner::Bytes(_) | Inner::Seekable { .. } => true,
            Inner::Reader(_) => false,
            Inner::Encoded(encoded) => encoded.is_rewindable(),
        }
    }

    /// Limits the copy that is made of a one-shot body.
    pub(crate) fn limit_spool(&mut self, limit: u64) {
        self.content.spool_limit = limit;
    }

    /// Determines the length, copying the body if necessary.
    pub(crate) fn measure(&mut self) -> io::Result<()> {
        if self.len().is_none() { self.scan(|_| ()) } else { Ok(()) }
    }

    /// Sets the length of a reader of unknown length.
    pub(crate) fn announce(&mut self, announced: u64) {
        if let Inner::Reader(Reader { length: length @ None, .. }) = &mut self.content.inner {
            *length = Some(announced);
        }
    }

    /// Passes the whole body to `each`, piece by piece, and rewinds it. A one-shot body is copied first and is
    /// rewindable afterwards.
    pub(crate) fn scan(&mut self, mut each: impl FnMut(&[u8])) -> io::Result<()> {
        let limit = self.content.spool_limit;
        let inner = &mut self.content.inner;
        if let Inner::Reader(reader) = inner
            && !reader.touched
        {
            *inner = spool::spool(reader, limit, &mut each)?;
            return Ok(());
        }
        if let Inner::Bytes(bytes) = inner {
            each(bytes.get_ref());
            return inner.rewind();
        }
        inner.rewind()?;
        let mut buffer = vec![0; 64 * 1024];
        loop {
            match inner.read(&mut buffer) {
                Ok(0) => return inner.rewind(),
                Ok(read) => each(&buffer[..read]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Rewinds to the start.
    pub(crate) fn rewind(&mut self) -> io::Result<()> {
        self.content.inner.rewind()?;
        if let Some(progress) = &mut self.content.progress
            && progress.so_far > 0
        {
            progress.so_far = 0;
            (progress.callback)(0);
        }
        Ok(())
    }
}

impl Inner {
    fn rewind(&mut self) -> io::Result<()> {
        match self {
            Inner::Bytes(bytes) => {
                bytes.set_position(0);
                Ok(())
            }
            Inner::Seekable { source, start, position, .. } => {
                source.seek(SeekFrom::Start(*start))?;
                *position = 0;
                Ok(())
            }
            Inner::Reader { .. } => {
                Err(io::Error::new(io::ErrorKind::Unsupported, "a body from a plain reader can be read only once"))
            }
            Inner::Encoded(encoded) => encoded.rewind(),
        }
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Inner::Bytes(bytes) => bytes.read(buffer),
            Inner::Reader(reader) => reader.read(buffer),
            Inner::Encoded(encoded) => encoded.read(buffer),
            Inner::Seekable { source, length, position, .. } => {
                // A file that grew after its length was announced must not spill into the next request.
                let left = *length - *position;
                let max = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
                if max == 0 {
                    return Ok(0);
                }
                match source.read(&mut buffer[..max])? {
                    0 => Err(too_short(left)),
                    read => {
                        *position += read as u64;
                        Ok(read)
                    }
                }
            }
        }
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Reader::read(self, buffer)
    }
}

impl Reader {
    fn new(source: Box<dyn Read + Send>, length: Option<u64>) -> Self {
        Reader { source, length, position: 0, touched: false, end: None }
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        // Reading an empty body consumes nothing.
        self.touched |= self.length != Some(0);
        let Some(length) = self.length else { return self.source.read(buffer) };
        let left = length - self.position;
        if left == 0 {
            return self.expect_end(length).map(|()| 0);
        }
        let max = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.source.read(&mut buffer[..max])?;
        if read == 0 {
            return Err(too_short(left));
        }
        self.position += read as u64;
        if self.position == length {
            // Check before the last byte is returned, so that no reader takes a truncated stream for the whole.
            self.expect_end(length)?;
        }
        Ok(read)
    }

    fn expect_end(&mut self, length: u64) -> io::Result<()> {
        let end = match &self.end {
            Some(known) => known.clone(),
            None => {
                let found = match read_uninterrupted(&mut self.source, &mut [0]) {
                    Ok(0) => Ok(()),
                    Ok(_) => Err(too_long(length)),
                    Err(error) => Err(error),
                };
                // The first call returns the original error, later ones a copy of its kind and text.
                self.end = Some(found.as_ref().copied().map_err(|error| (error.kind(), error.to_string())));
                return found;
            }
        };
        end.map_err(|(kind, text)| io::Error::new(kind, text))
    }
}

/// Reads once, retrying when a signal interrupts.
pub(crate) fn read_uninterrupted(source: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match source.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

fn too_short(left: u64) -> io::Error {
    let what = format!("it ended {left} bytes before the length that was announced");
    io::Error::new(io::ErrorKind::UnexpectedEof, what)
}

fn too_long(length: u64) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("it continues after the {length} bytes that were announced"))
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.content.inner.read(buffer)?;
        if let Some(progress) = &mut self.content.progress
            && read > 0
        {
            progress.so_far += read as u64;
            (progress.callback)(progress.so_far);
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
        Body::new(Inner::Bytes(Cursor::new(bytes)))
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
}
