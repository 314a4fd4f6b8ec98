//! [`Body`]: bytes on their way to or from a service.

use std::fmt;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
pub struct Body {
    inner: Inner,
    /// Where the content goes when this is dropped: see [`Loan`].
    owner: Option<Arc<Mutex<Option<Inner>>>>,
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
    Reader {
        source: Box<dyn Read + Send>,
        length: Option<u64>,
        /// Bytes were asked for, so that they may be gone.
        touched: bool,
    },
}

/// A body that is handed out and comes back when it is dropped, so that it can be sent again without a copy of its bytes.
pub(crate) struct Loan(Arc<Mutex<Option<Inner>>>);

impl Loan {
    pub(crate) fn new(mut body: Body) -> Self {
        Loan(Arc::new(Mutex::new(Some(body.take_inner()))))
    }

    /// The body at its beginning.
    pub(crate) fn lend(&self) -> io::Result<Body> {
        let gone = || io::Error::new(io::ErrorKind::Unsupported, "whoever was to send the body still holds it");
        let inner = self.content().take().ok_or_else(gone)?;
        let mut body = Body { inner, owner: Some(Arc::clone(&self.0)) };
        if body.is_rewindable() {
            body.rewind()?;
        }
        Ok(body)
    }

    /// Whether all of the body can be lent (once more).
    pub(crate) fn is_whole(&self) -> bool {
        match &*self.content() {
            Some(Inner::Reader { touched, .. }) => !touched,
            content => content.is_some(),
        }
    }

    fn content(&self) -> MutexGuard<'_, Option<Inner>> {
        // An option is never half written.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        if let Some(owner) = self.owner.take() {
            let inner = self.take_inner();
            *owner.lock().unwrap_or_else(PoisonError::into_inner) = Some(inner);
        }
    }
}

trait ReadSeek: Read + Seek + Send {}
impl<T: Read + Seek + Send> ReadSeek for T {}

impl Body {
    fn new(inner: Inner) -> Self {
        Body { inner, owner: None }
    }

    fn take_inner(&mut self) -> Inner {
        std::mem::replace(&mut self.inner, Inner::Bytes(Cursor::new(Vec::new())))
    }

    /// A body of no bytes.
    pub fn empty() -> Self {
        Body::from(Vec::new())
    }

    /// The content of a file, read while it is sent. The length is the file's length now.
    pub fn from_path(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        let annotate = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        Body::from_seekable(File::open(path).map_err(annotate)?).map_err(annotate)
    }

    /// From a source that can be rewound: its payload can be hashed before it is sent, and sent again. The body begins at
    /// the source's present position.
    pub fn from_seekable(mut source: impl Read + Seek + Send + 'static) -> io::Result<Self> {
        let start = source.stream_position()?;
        let end = source.seek(SeekFrom::End(0))?;
        source.seek(SeekFrom::Start(start))?;
        let length = end.saturating_sub(start);
        Ok(Body::new(Inner::Seekable { source: Box::new(source), start, length, position: 0 }))
    }

    /// From any reader, of unknown length: sent in chunks, once.
    pub fn from_reader(source: impl Read + Send + 'static) -> Self {
        Body::new(Inner::Reader { source: Box::new(source), length: None, touched: false })
    }

    /// From any reader that gives exactly `length` bytes.
    pub fn from_reader_with_length(source: impl Read + Send + 'static, length: u64) -> Self {
        Body::new(Inner::Reader { source: Box::new(source), length: Some(length), touched: false })
    }

    /// The number of bytes from the beginning to the end, where it is known.
    pub fn len(&self) -> Option<u64> {
        match &self.inner {
            Inner::Bytes(bytes) => Some(bytes.get_ref().len() as u64),
            Inner::Seekable { length, .. } => Some(*length),
            Inner::Reader { length, .. } => *length,
        }
    }

    /// Whether the body is known to have no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }

    /// The whole body, where it is held in memory.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match &self.inner {
            Inner::Bytes(bytes) => Some(bytes.get_ref()),
            _ => None,
        }
    }

    /// Reads what is left of the body into memory.
    pub fn into_bytes(mut self) -> io::Result<Vec<u8>> {
        if let Inner::Bytes(bytes) = &mut self.inner
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

    /// Whether the body can be read from its beginning once more.
    pub fn is_rewindable(&self) -> bool {
        !matches!(self.inner, Inner::Reader { .. })
    }

    /// Shows the whole body to `each`, piece by piece, and goes back to its beginning.
    pub(crate) fn scan(&mut self, mut each: impl FnMut(&[u8])) -> io::Result<()> {
        if let Inner::Bytes(bytes) = &self.inner {
            each(bytes.get_ref());
            return Ok(());
        }
        self.rewind()?;
        let mut buffer = vec![0; 64 * 1024];
        loop {
            match self.read(&mut buffer)? {
                0 => return self.rewind(),
                read => each(&buffer[..read]),
            }
        }
    }

    /// Goes back to the beginning, so that the next read gives the first byte again.
    pub(crate) fn rewind(&mut self) -> io::Result<()> {
        match &mut self.inner {
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
        }
    }
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.inner {
            Inner::Bytes(bytes) => bytes.read(buffer),
            Inner::Reader { source, touched, .. } => {
                *touched |= !buffer.is_empty();
                source.read(buffer)
            }
            Inner::Seekable { source, length, position, .. } => {
                // A file that grew after the length was announced must not spill over into the next request.
                let left = *length - *position;
                let most = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
                if most == 0 {
                    return Ok(0);
                }
                let read = source.read(&mut buffer[..most])?;
                *position += read as u64;
                Ok(read)
            }
        }
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
