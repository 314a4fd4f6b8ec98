//! [`Body`]: bytes on their way to or from a service.

mod file;
mod save;
mod spool;

use std::fmt;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use save::remove_part_files;

/// The bytes of a request or a response.
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
/// A body whose length is known gives exactly so many bytes, or an error: neither an upload nor a download is ever cut in silence.
pub struct Body {
    content: Content,
    /// Where the content goes when this is dropped: see [`ReplayableBody`].
    owner: Option<Owner>,
}

type Owner = Arc<Mutex<Option<Content>>>;

struct Content {
    inner: Inner,
    progress: Option<Box<Progress>>,
    /// The most bytes of a copy, where the body has to be read twice and cannot be.
    spool_limit: u64,
}

impl Content {
    fn new(inner: Inner) -> Self {
        Content { inner, progress: None, spool_limit: spool::DEFAULT_LIMIT }
    }
}

enum Inner {
    Bytes(Cursor<Vec<u8>>),
    /// A seekable source that begins at `start` and ends `length` bytes later.
    Seekable {
        source: Box<dyn ReadSeek>,
        start: u64,
        length: u64,
        position: u64,
    },
    Reader(Reader),
    Coded(Box<dyn Coded>),
}

/// A source that can be read once.
struct Reader {
    source: Box<dyn Read + Send>,
    length: Option<u64>,
    position: u64,
    /// Bytes were asked for, so that they may be gone.
    touched: bool,
    /// Whether the source ends where it was said to, once that is known; else what is wrong.
    end: Option<Result<(), (io::ErrorKind, String)>>,
}

/// A body that is put into a coding while it is read.
pub(crate) trait Coded: Read + Send {
    /// The length in the coding.
    fn length(&self) -> Option<u64>;
    fn is_rewindable(&self) -> bool;
    fn rewind(&mut self) -> io::Result<()>;
}

struct Progress {
    tell: Box<dyn FnMut(u64) + Send>,
    so_far: u64,
}

/// A body that is handed out and comes back when it is dropped, so that it can be sent again without a copy of its bytes.
pub(crate) struct ReplayableBody(Owner);

impl ReplayableBody {
    pub(crate) fn new(mut body: Body) -> Self {
        ReplayableBody(Arc::new(Mutex::new(Some(body.take_content()))))
    }

    /// The body at its beginning.
    pub(crate) fn lend(&self) -> io::Result<Body> {
        let gone = || io::Error::new(io::ErrorKind::Unsupported, "whoever was to send the body still holds it");
        let content = self.content().take().ok_or_else(gone)?;
        let mut body = Body { content, owner: Some(Arc::clone(&self.0)) };
        if body.is_rewindable() {
            body.rewind()?;
        }
        Ok(body)
    }

    /// Whether all of the body can be lent (once more).
    pub(crate) fn is_whole(&self) -> bool {
        match &*self.content() {
            Some(Content { inner: Inner::Reader(reader), .. }) => !reader.touched,
            content => content.is_some(),
        }
    }

    fn content(&self) -> MutexGuard<'_, Option<Content>> {
        // An option is never half written.
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

    /// A body of no bytes.
    pub fn empty() -> Self {
        Body::from(Vec::new())
    }

    /// The content of a file, read while it is sent. The length is the file's length now. What has no length (a pipe, a device,
    /// `/dev/stdin`, a file of `/proc`) is read to its end, as [`from_reader`](Body::from_reader) does it.
    pub fn from_path(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        file::open(path).map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
    }

    /// The content of an open file from its present position on, such as the standard input of a program. It is otherwise read as
    /// [`from_path`](Body::from_path) reads one.
    pub fn from_file(file: File) -> io::Result<Self> {
        file::read(file)
    }

    /// From a source that can be rewound: its payload can be hashed before it is sent, and sent again. The body begins at
    /// the source's present position and ends where the source ends now; one that shrinks before it was read is an error.
    pub fn from_seekable(mut source: impl Read + Seek + Send + 'static) -> io::Result<Self> {
        let start = source.stream_position()?;
        let end = source.seek(SeekFrom::End(0))?;
        source.seek(SeekFrom::Start(start))?;
        let length = end.saturating_sub(start);
        Ok(Body::new(Inner::Seekable { source: Box::new(source), start, length, position: 0 }))
    }

    /// From any reader, of unknown length. It is sent in chunks, once, where the service takes that. Where the request needs the
    /// length of the body (S3) or its hash (most signatures) before the first byte, the reader is read to its end first, into
    /// memory or, beyond a megabyte, into a temporary file without a name; the setting `spool_limit` bounds that. The parameter
    /// `ContentLength` gives the length, too.
    pub fn from_reader(source: impl Read + Send + 'static) -> Self {
        Body::new(Inner::Reader(Reader::new(Box::new(source), None)))
    }

    /// From any reader that gives exactly `length` bytes, sent once.
    ///
    /// A reader that ends before, or goes on behind, is an error when it is read, and the request fails before the server has got
    /// all of it. So the reader is asked for the byte behind the last one: give one that ends there, `reader.take(length)` where
    /// it does not by itself.
    pub fn from_reader_with_length(source: impl Read + Send + 'static, length: u64) -> Self {
        Body::new(Inner::Reader(Reader::new(Box::new(source), Some(length))))
    }

    /// A body in a coding; its progress is told by the body within.
    pub(crate) fn coded(coded: impl Coded + 'static) -> Self {
        Body::new(Inner::Coded(Box::new(coded)))
    }

    /// Calls `tell` with the number of bytes that have been read, each time that bytes are read: while they are sent where this is
    /// the body of a request, and while they are received where it is [`Output::body`](crate::Output::body). Where a request
    /// is sent again the count begins anew, with a call that tells 0. Reading the body beforehand, to hash it, does not count. A
    /// body has one such closure; another takes its place.
    ///
    /// ```
    /// use tucuxi::Body;
    /// let body = Body::from("hello").on_progress(|bytes| println!("{bytes} bytes"));
    /// ```
    #[must_use]
    pub fn on_progress(mut self, tell: impl FnMut(u64) + Send + 'static) -> Self {
        self.content.progress = Some(Box::new(Progress { tell: Box::new(tell), so_far: 0 }));
        self
    }

    /// The number of bytes from the beginning to the end, where it is known.
    pub fn len(&self) -> Option<u64> {
        match &self.content.inner {
            Inner::Bytes(bytes) => Some(bytes.get_ref().len() as u64),
            Inner::Seekable { length, .. } => Some(*length),
            Inner::Reader(reader) => reader.length,
            Inner::Coded(coded) => coded.length(),
        }
    }

    /// Whether the body is known to have no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }

    /// The whole body, where it is held in memory.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match &self.content.inner {
            Inner::Bytes(bytes) => Some(bytes.get_ref()),
            _ => None,
        }
    }

    /// Reads what is left of the body into memory.
    pub fn into_bytes(mut self) -> io::Result<Vec<u8>> {
        if let Content { inner: Inner::Bytes(bytes), progress: None, .. } = &mut self.content
            && bytes.position() == 0
            && self.owner.is_none()
        {
            return Ok(std::mem::take(bytes.get_mut()));
        }
        // The announced length is a hint: a server may announce what it likes.
        let announced = self.len().unwrap_or(0).min(1 << 20);
        let mut all = Vec::with_capacity(usize::try_from(announced).unwrap_or(0));
        self.read_to_end(&mut all)?;
        Ok(all)
    }

    /// Writes what is left of the body into a file, which has all of it or does not change: the bytes go into another file in
    /// the same folder, which takes the place of `path` at the end. So a download that fails leaves nothing that looks complete.
    /// A link is followed, also one to a file that does not exist yet; a file that is there keeps its permissions. What is no regular
    /// file (a pipe, a device, `/dev/stderr`) is written to as it is. A program that ends upon a signal calls
    /// [`remove_part_files`](crate::remove_part_files). Gives the number of bytes.
    ///
    /// ```no_run
    /// use serde_json::json;
    /// let s3 = tucuxi::client("s3")?;
    /// let answer = s3.request("get_object").params(json!({"Bucket": "photos", "Key": "cat.jpg"})).send()?;
    /// answer.body.save_to("cat.jpg")?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn save_to(self, path: impl AsRef<Path>) -> io::Result<u64> {
        save::save(self, path.as_ref())
    }

    /// Whether the body can be read from its beginning once more.
    pub fn is_rewindable(&self) -> bool {
        match &self.content.inner {
            Inner::Bytes(_) | Inner::Seekable { .. } => true,
            Inner::Reader(_) => false,
            Inner::Coded(coded) => coded.is_rewindable(),
        }
    }

    /// Bounds the copy that is made of a body that can be read once.
    pub(crate) fn limit_spool(&mut self, limit: u64) {
        self.content.spool_limit = limit;
    }

    /// Makes the length known, by a copy of the body where nothing else tells it.
    pub(crate) fn measure(&mut self) -> io::Result<()> {
        if self.len().is_none() { self.scan(|_| ()) } else { Ok(()) }
    }

    /// Takes a length for that of a source that has none.
    pub(crate) fn announce(&mut self, announced: u64) {
        if let Inner::Reader(Reader { length: length @ None, .. }) = &mut self.content.inner {
            *length = Some(announced);
        }
    }

    /// Shows the whole body to `each`, piece by piece, and goes back to its beginning. A body that can be read once is copied, and
    /// can be read again from then on.
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

    /// Goes back to the beginning, so that the next read gives the first byte again.
    pub(crate) fn rewind(&mut self) -> io::Result<()> {
        self.content.inner.rewind()?;
        if let Some(progress) = &mut self.content.progress
            && progress.so_far > 0
        {
            progress.so_far = 0;
            (progress.tell)(0);
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
            Inner::Coded(coded) => coded.rewind(),
        }
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Inner::Bytes(bytes) => bytes.read(buffer),
            Inner::Reader(reader) => reader.read(buffer),
            Inner::Coded(coded) => coded.read(buffer),
            Inner::Seekable { source, length, position, .. } => {
                // A file that grew after the length was announced must not spill over into the next request.
                let left = *length - *position;
                let most = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
                if most == 0 {
                    return Ok(0);
                }
                match source.read(&mut buffer[..most])? {
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
        // Of a body without bytes none can be gone.
        self.touched |= self.length != Some(0);
        let Some(length) = self.length else { return self.source.read(buffer) };
        let left = length - self.position;
        if left == 0 {
            return self.expect_end(length).map(|()| 0);
        }
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.source.read(&mut buffer[..most])?;
        if read == 0 {
            return Err(too_short(left));
        }
        self.position += read as u64;
        if self.position == length {
            // Before the last byte is given away: nobody shall take for the whole what is only its beginning.
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
                // The first time the error itself is told, with all that is in it.
                self.end = Some(found.as_ref().copied().map_err(|error| (error.kind(), error.to_string())));
                return found;
            }
        };
        end.map_err(|(kind, text)| io::Error::new(kind, text))
    }
}

/// Reads what there is; a signal that comes between is passed over.
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
    io::Error::new(io::ErrorKind::InvalidData, format!("it goes on behind the {length} bytes that were announced"))
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.content.inner.read(buffer)?;
        if let Some(progress) = &mut self.content.progress
            && read > 0
        {
            progress.so_far += read as u64;
            (progress.tell)(progress.so_far);
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
        // Only the size: a payload may be confidential.
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
    fn a_reader_keeps_its_word() {
        let body = |length| Body::from_reader_with_length(&b"0123456789"[..], length);
        assert_eq!(read(body(10)).unwrap(), b"0123456789");
        let error = read(body(12)).unwrap_err();
        assert_eq!(error.to_string(), "it ended 2 bytes before the length that was announced");
        let mut longer = body(9);
        let mut nine = [0; 9];
        let error = longer.read_exact(&mut nine).unwrap_err();
        assert_eq!(error.to_string(), "it goes on behind the 9 bytes that were announced");
        // And stays broken: what comes next is not the regular end.
        assert!(longer.read(&mut nine).is_err());
        assert!(read(body(0)).is_err());
        assert!(read(Body::from_reader_with_length(io::empty(), 0)).unwrap().is_empty());
    }

    #[test]
    fn a_file_that_shrinks_is_an_error_and_one_that_grows_is_not() {
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
    fn progress_counts_what_is_read_and_begins_anew() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&seen);
        let mut body = Body::from_seekable(Cursor::new(*b"01234567")).unwrap();
        body = body.on_progress(move |bytes| told.lock().unwrap().push(bytes));
        body.scan(|_| ()).unwrap();
        let loan = ReplayableBody::new(body);
        assert_eq!(read(loan.lend().unwrap()).unwrap().len(), 8);
        assert_eq!(read(loan.lend().unwrap()).unwrap().len(), 8);
        assert_eq!(*seen.lock().unwrap(), [3, 6, 8, 0, 3, 6, 8]);
        assert!(loan.is_whole());
    }
}
