//! Standard input that a cancellation ends.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use tucuxi::CancelToken;

/// How often the token is looked at while nothing arrives.
const INTERVAL: Duration = Duration::from_millis(50);
const CHUNK: usize = 256 << 10;

/// Reads in a thread of its own, which may wait for input that never comes.
pub(super) struct CancellableInput {
    chunks: Receiver<io::Result<Vec<u8>>>,
    chunk: io::Cursor<Vec<u8>>,
    stop: CancelToken,
}

impl CancellableInput {
    pub(super) fn new(mut source: impl Read + Send + 'static, stop: &CancelToken) -> io::Result<Self> {
        let (sender, chunks) = sync_channel(1);
        let read = move || {
            loop {
                let mut chunk = vec![0; CHUNK];
                let read = match source.read(&mut chunk) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    read => read,
                };
                let is_last = !matches!(read, Ok(1..));
                let sent = sender.send(read.map(|length| {
                    chunk.truncate(length);
                    chunk
                }));
                if is_last || sent.is_err() {
                    break;
                }
            }
        };
        thread::Builder::new().name("tucuxi-stdin".to_owned()).spawn(read)?;
        Ok(CancellableInput { chunks, chunk: io::Cursor::default(), stop: stop.clone() })
    }
}

impl Read for CancellableInput {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.chunk.read(buffer)? {
                0 if !buffer.is_empty() => {}
                read => return Ok(read),
            }
            if self.stop.is_cancelled() {
                return Err(io::Error::other("cancelled"));
            }
            match self.chunks.recv_timeout(INTERVAL) {
                Ok(chunk) => self.chunk = io::Cursor::new(chunk?),
                Err(RecvTimeoutError::Timeout) => continue,
                // The end was the last chunk.
                Err(RecvTimeoutError::Disconnected) => return Ok(0),
            }
            if self.chunk.get_ref().is_empty() {
                return Ok(0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Never ends, and gives nothing.
    struct Silent;

    impl Read for Silent {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            thread::sleep(Duration::from_secs(3600));
            Ok(0)
        }
    }

    #[test]
    fn input_is_read_to_its_end() {
        let bytes: Vec<u8> = (0..1_000_000_u32).map(|number| number as u8).collect();
        let mut input = CancellableInput::new(io::Cursor::new(bytes.clone()), &CancelToken::new()).unwrap();
        let mut read = Vec::new();
        input.read_to_end(&mut read).unwrap();
        assert!(read == bytes);
        assert_eq!(input.read(&mut [0; 8]).unwrap(), 0);
    }

    #[test]
    fn cancellation_ends_a_wait() {
        let stop = CancelToken::new();
        let mut input = CancellableInput::new(Silent, &stop).unwrap();
        stop.cancel();
        assert_eq!(input.read(&mut [0; 8]).unwrap_err().to_string(), "cancelled");
    }
}
