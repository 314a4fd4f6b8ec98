//! The `aws-chunked` encoding: a body in chunks with a trailing checksum.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html>

use std::io::{self, Read};

use super::algorithm::{Algorithm, Digest};
use crate::body::{Body, EncodedBody, read_uninterrupted};

/// Chunk size, as in botocore; the last chunk is smaller.
const CHUNK: usize = 1024 * 1024;

/// An `aws-chunked` body. A body of known length is passed straight from the source to the reader. For an unknown
/// length one chunk is buffered, because its size precedes it.
pub(super) struct AwsChunked {
    body: Body,
    algorithm: Algorithm,
    digest: Option<Digest>,
    /// Bytes not yet in a chunk, if the length is known.
    remaining: Option<u64>,
    /// Unread bytes of the current chunk.
    chunk: usize,
    /// The current chunk, if it had to be buffered to know its size.
    buffered: Vec<u8>,
    /// The line between chunks, and how much of it has been read.
    line: Vec<u8>,
    line_position: usize,
}

impl AwsChunked {
    pub(super) fn new(body: Body, algorithm: Algorithm) -> Self {
        AwsChunked {
            remaining: body.len(),
            body,
            algorithm,
            digest: Some(algorithm.digest()),
            chunk: 0,
            buffered: Vec::new(),
            line: Vec::new(),
            line_position: 0,
        }
    }

    fn read_line(&mut self, buffer: &mut [u8]) -> usize {
        let line = &self.line[self.line_position..];
        let count = line.len().min(buffer.len());
        buffer[..count].copy_from_slice(&line[..count]);
        self.line_position += count;
        count
    }

    fn read_chunk(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let max = self.chunk.min(buffer.len());
        let count = if self.remaining.is_some() {
            let count = read_uninterrupted(&mut self.body, &mut buffer[..max])?;
            if count == 0 {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it ended within a chunk"));
            }
            if let Some(digest) = &mut self.digest {
                digest.update(&buffer[..count]);
            }
            count
        } else {
            let begin = self.buffered.len() - self.chunk;
            buffer[..max].copy_from_slice(&self.buffered[begin..begin + max]);
            max
        };
        self.chunk -= count;
        if self.chunk == 0 {
            self.set_line(format_args!("\r\n"));
        }
        Ok(count)
    }

    /// Starts the next chunk, or the end.
    fn begin_chunk(&mut self) -> io::Result<()> {
        match &mut self.remaining {
            Some(remaining) => {
                self.chunk = usize::try_from(*remaining).unwrap_or(CHUNK).min(CHUNK);
                *remaining -= self.chunk as u64;
            }
            None => {
                self.buffered.clear();
                (&mut self.body).take(CHUNK as u64).read_to_end(&mut self.buffered)?;
                self.chunk = self.buffered.len();
                if let Some(digest) = &mut self.digest {
                    digest.update(&self.buffered);
                }
            }
        }
        if self.chunk > 0 {
            let size = self.chunk;
            self.set_line(format_args!("{size:x}\r\n"));
        } else if self.remaining.is_some() && read_uninterrupted(&mut self.body, &mut [0])? > 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it continues after its announced length"));
        } else if let Some(digest) = self.digest.take() {
            let (name, sum) = (self.algorithm.header_text(), digest.finish());
            self.set_line(format_args!("0\r\n{name}:{sum}\r\n\r\n"));
        }
        Ok(())
    }

    /// Appends the next line to what is unread of the previous one.
    fn set_line(&mut self, line: std::fmt::Arguments<'_>) {
        use io::Write as _;
        if self.line_position == self.line.len() {
            self.line.clear();
            self.line_position = 0;
        }
        // Writing to memory cannot fail.
        _ = self.line.write_fmt(line);
    }
}

impl Read for AwsChunked {
    /// Fills the buffer as far as possible, since small pieces would become small packets. If the source is interrupted
    /// after part of the buffer was filled, the error must not be returned.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            let rest = &mut buffer[filled..];
            if self.line_position < self.line.len() {
                filled += self.read_line(rest);
            } else if self.chunk > 0 {
                let expected = self.chunk.min(rest.len());
                let read = self.read_chunk(rest)?;
                filled += read;
                if read < expected {
                    break;
                }
            } else if self.digest.is_none() {
                break;
            } else {
                self.begin_chunk()?;
            }
        }
        Ok(filled)
    }
}

impl EncodedBody for AwsChunked {
    fn length(&self) -> Option<u64> {
        self.body.len().map(|length| encoded_length(length, self.algorithm))
    }

    fn is_rewindable(&self) -> bool {
        self.body.is_rewindable()
    }

    fn rewind(&mut self) -> io::Result<()> {
        self.body.rewind()?;
        self.digest = Some(self.algorithm.digest());
        self.remaining = self.body.len();
        self.chunk = 0;
        self.line.clear();
        self.line_position = 0;
        Ok(())
    }
}

fn encoded_length(length: u64, algorithm: Algorithm) -> u64 {
    let chunk = CHUNK as u64;
    let with_lines = |size: u64| u64::from(size.checked_ilog(16).unwrap_or(0)) + 1 + 2 + size + 2;
    let whole = (length / chunk).saturating_mul(with_lines(chunk));
    let rest = match length % chunk {
        0 => 0,
        rest => with_lines(rest),
    };
    let trailer = 3 + algorithm.header_text().len() + 1 + algorithm.text_length() + 4;
    whole.saturating_add(rest).saturating_add(trailer as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::algorithm::tests::HELLO_WORLD;

    fn encoded(body: Body, algorithm: Algorithm) -> Body {
        Body::encoded(AwsChunked::new(body, algorithm))
    }

    /// A source that returns few bytes per read.
    struct Trickle(Vec<u8>, usize);

    impl Read for Trickle {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = buffer.len().min(self.1).min(self.0.len());
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0.drain(..count);
            Ok(count)
        }
    }

    /// Expected bytes are from botocore's `AwsChunkedWrapper`.
    #[test]
    fn wire_bytes_match_botocore() {
        for (name, sum) in HELLO_WORLD {
            let algorithm = Algorithm::of(name).unwrap();
            let expected = format!("b\r\nHello world\r\n0\r\nx-amz-checksum-{}:{sum}\r\n\r\n", algorithm.name());
            let body = encoded(Body::from("Hello world"), algorithm);
            assert_eq!(body.len(), Some(expected.len() as u64));
            assert_eq!(String::from_utf8(body.into_bytes().unwrap()).unwrap(), expected);
            let body = encoded(Body::from_reader(Trickle(b"Hello world".to_vec(), 2)), algorithm);
            assert_eq!(body.len(), None);
            assert_eq!(String::from_utf8(body.into_bytes().unwrap()).unwrap(), expected);
        }
        let empty = "0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n";
        for body in [Body::empty(), Body::from_reader(io::empty())] {
            assert_eq!(encoded(body, Algorithm::Crc32).into_bytes().unwrap(), empty.as_bytes());
        }
    }

    #[test]
    fn length_is_exact_for_any_read_size() {
        const SIZES: [usize; 9] = [0, 1, 15, 16, 255, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 16];
        for size in SIZES {
            let bytes: Vec<u8> = (0..size).map(|n| (n * 7 / 5) as u8).collect();
            let expected = encoded(Body::from(bytes.clone()), Algorithm::Crc64Nvme);
            let length = expected.len().unwrap();
            let expected = expected.into_bytes().unwrap();
            assert_eq!(expected.len() as u64, length, "{size}");
            let mut piece = vec![0; 1000];
            for body in [Body::from(bytes.clone()), Body::from_reader(Trickle(bytes.clone(), 100_000))] {
                let mut body = encoded(body, Algorithm::Crc64Nvme);
                let mut all = Vec::new();
                loop {
                    match body.read(&mut piece).unwrap() {
                        0 => break,
                        count => all.extend_from_slice(&piece[..count]),
                    }
                }
                assert!(all == expected, "{size}");
            }
        }
    }

    #[test]
    fn rewind_restarts_the_encoding() {
        let mut body = encoded(Body::from("Hello world"), Algorithm::Crc32);
        body.read_exact(&mut [0; 7]).unwrap();
        body.rewind().unwrap();
        assert!(body.into_bytes().unwrap().ends_with(b"crc32:i9aeUg==\r\n\r\n"));
        assert!(!encoded(Body::from_reader(io::empty()), Algorithm::Crc32).is_rewindable());
    }

    #[test]
    fn source_of_wrong_length_has_no_trailer() {
        for length in [10, 12] {
            let body = encoded(Body::from_reader_with_length(&b"Hello world"[..], length), Algorithm::Crc32);
            body.into_bytes().unwrap_err();
        }
    }
}
