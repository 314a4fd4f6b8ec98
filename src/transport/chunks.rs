//! Incremental decoder of the chunked transfer coding. <https://www.rfc-editor.org/rfc/rfc9112#section-7.1>

use super::malformed::{MalformedResponse, excerpt};

/// Maximum framing bytes of a chunk without extensions: size, line ends and some blanks.
const FRAMING: usize = 32;

/// Chunked decoder. It skips extensions and trailers.
#[derive(Debug)]
pub(super) struct Chunks {
    state: ChunkState,
    /// Maximum framing overhead beyond what the data earns.
    max_overhead: usize,
    overhead: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ChunkState {
    Size {
        size: u64,
        digits: bool,
    },
    /// Blanks and extensions, up to the end of the line.
    Extension {
        size: u64,
        is_blank: bool,
    },
    Data {
        left: u64,
    },
    /// Line end after the data. `cr`: a carriage return was read.
    DataEnd {
        cr: bool,
    },
    /// A trailer line, or the empty line that ends the trailers.
    Trailer {
        is_empty: bool,
    },
    Ended,
}

impl Chunks {
    pub(super) fn new(max_overhead: usize) -> Self {
        Chunks { state: ChunkState::Size { size: 0, digits: false }, max_overhead, overhead: 0 }
    }

    pub(super) fn is_ended(&self) -> bool {
        self.state == ChunkState::Ended
    }

    /// Whether all data was read. Some servers close the connection instead of sending the last empty line.
    pub(super) fn has_all_data(&self) -> bool {
        matches!(self.state, ChunkState::Trailer { .. } | ChunkState::Ended)
    }

    /// Appends the data in `input` to `to`, and returns how many bytes were consumed: all, up to the end of the last
    /// chunk.
    pub(super) fn read(&mut self, input: &[u8], to: &mut Vec<u8>) -> Result<usize, MalformedResponse> {
        let mut at = 0;
        while at < input.len() && self.state != ChunkState::Ended {
            if let ChunkState::Data { left } = &mut self.state {
                let length = usize::try_from(*left).unwrap_or(usize::MAX).min(input.len() - at);
                to.extend_from_slice(&input[at..at + length]);
                at += length;
                *left -= length as u64;
                // Data earns overhead, since a long body may have many chunks with extensions.
                self.overhead = self.overhead.saturating_sub(length.saturating_mul(2));
                if *left == 0 {
                    self.overhead = self.overhead.saturating_sub(FRAMING);
                    self.state = ChunkState::DataEnd { cr: false };
                }
                continue;
            }
            self.step(input[at]).map_err(|fault| match fault {
                MalformedResponse::ChunkSize(_) => {
                    let line = input[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
                    MalformedResponse::ChunkSize(excerpt(&input[line..]))
                }
                fault => fault,
            })?;
            at += 1;
        }
        Ok(at)
    }

    fn step(&mut self, byte: u8) -> Result<(), MalformedResponse> {
        self.overhead += 1;
        if self.overhead > self.max_overhead {
            return Err(MalformedResponse::ChunkOverhead(self.max_overhead));
        }
        self.state = match (self.state, byte) {
            (ChunkState::Size { digits: true, size }, b'\n') => after_size(size),
            (ChunkState::Size { digits: true, size }, b'\r' | b';' | b' ' | b'\t') => {
                ChunkState::Extension { size, is_blank: byte != b';' }
            }
            (ChunkState::Size { size, .. }, _) => ChunkState::Size { size: next_digit(size, byte)?, digits: true },
            (ChunkState::Extension { size, .. }, b'\n') => after_size(size),
            (ChunkState::Extension { size, is_blank: true }, b'\r' | b' ' | b'\t') => {
                ChunkState::Extension { size, is_blank: true }
            }
            (ChunkState::Extension { size, is_blank }, _) => {
                if is_blank && byte != b';' {
                    return Err(MalformedResponse::ChunkSize(String::new()));
                }
                ChunkState::Extension { size, is_blank: false }
            }
            (ChunkState::DataEnd { cr: false }, b'\r') => ChunkState::DataEnd { cr: true },
            (ChunkState::DataEnd { .. }, b'\n') => ChunkState::Size { size: 0, digits: false },
            (ChunkState::DataEnd { .. }, _) => return Err(MalformedResponse::ChunkEnd),
            (ChunkState::Trailer { is_empty: true }, b'\n') => ChunkState::Ended,
            (ChunkState::Trailer { is_empty: false }, b'\n') => ChunkState::Trailer { is_empty: true },
            (ChunkState::Trailer { is_empty }, byte) => ChunkState::Trailer { is_empty: is_empty && byte == b'\r' },
            (state @ (ChunkState::Data { .. } | ChunkState::Ended), _) => state,
        };
        Ok(())
    }
}

fn after_size(size: u64) -> ChunkState {
    match size {
        0 => ChunkState::Trailer { is_empty: true },
        left => ChunkState::Data { left },
    }
}

fn next_digit(size: u64, byte: u8) -> Result<u64, MalformedResponse> {
    let digit = char::from(byte).to_digit(16).map(u64::from);
    let next = digit.and_then(|digit| size.checked_mul(16)?.checked_add(digit));
    next.ok_or(MalformedResponse::ChunkSize(String::new()))
}
