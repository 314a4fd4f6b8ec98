//! The buffers of a connection.

use ureq::unversioned::transport::Buffers;

/// Minimum size of the room that `ureq` gets for encoding a request body.
const MIN_ROOM: usize = 10 * 1024;

/// Buffers for both directions. Each is allocated on first use and never filled in advance, so that the system provides
/// memory only for what arrives: an idle connection that carried small responses holds a few kilobytes.
#[derive(Debug)]
pub(super) struct WireBuffers {
    input_size: usize,
    output_size: usize,
    input: Vec<u8>,
    /// Unconsumed input.
    begin: usize,
    end: usize,
    output: Vec<u8>,
    /// The last read made progress.
    progress: bool,
}

impl WireBuffers {
    pub(super) fn new(input_size: usize, output_size: usize) -> Self {
        WireBuffers { input_size, output_size, input: vec![], begin: 0, end: 0, output: vec![], progress: false }
    }

    /// Allocates the input buffer, and moves what is unconsumed to its begin if little room is left after it.
    fn make_room(&mut self) {
        allocate(&mut self.input, self.input_size);
        if self.begin == self.end {
            (self.begin, self.end) = (0, 0);
        } else if self.begin > 0 && self.end > self.input.len() / 2 {
            self.input.copy_within(self.begin..self.end, 0);
            (self.begin, self.end) = (0, self.end - self.begin);
        }
    }
}

/// Memory that is asked for in zeros need not be written to.
fn allocate(buffer: &mut Vec<u8>, size: usize) {
    if buffer.is_empty() {
        *buffer = vec![0; size];
    }
}

impl Buffers for WireBuffers {
    fn output(&mut self) -> &mut [u8] {
        allocate(&mut self.output, self.output_size);
        &mut self.output
    }

    fn input(&self) -> &[u8] {
        &self.input[self.begin..self.end]
    }

    fn input_append_buf(&mut self) -> &mut [u8] {
        self.make_room();
        &mut self.input[self.end..]
    }

    fn input_appended(&mut self, amount: usize) {
        self.end = self.end.saturating_add(amount).min(self.input.len());
    }

    fn input_consume(&mut self, amount: usize) {
        self.progress = amount > 0;
        self.begin = self.begin.saturating_add(amount).min(self.end);
    }

    fn tmp_and_output(&mut self) -> (&mut [u8], &mut [u8]) {
        self.make_room();
        if self.input.len() - self.end < MIN_ROOM {
            // A server sent much before it was asked.
            self.input.resize(self.end + MIN_ROOM, 0);
        }
        allocate(&mut self.output, self.output_size);
        (&mut self.input[self.end..], &mut self.output)
    }

    fn can_use_input(&self) -> bool {
        self.progress && self.begin < self.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unconsumed_input_stays_in_order() {
        let mut buffers = WireBuffers::new(16, 8);
        assert!(buffers.input().is_empty() && !buffers.can_use_input());
        let (mut sent, mut seen) = (0_u8, Vec::new());
        for round in 0..100 {
            let room = buffers.input_append_buf();
            let amount = room.len().min(1 + round % 7);
            for place in &mut room[..amount] {
                *place = sent;
                sent += 1;
                sent %= 100;
            }
            buffers.input_appended(amount);
            let amount = buffers.input().len().min(1 + round % 5);
            seen.extend_from_slice(&buffers.input()[..amount]);
            buffers.input_consume(amount);
            assert_eq!(buffers.can_use_input(), !buffers.input().is_empty());
        }
        assert!(seen.len() > 200 && seen.iter().enumerate().all(|(index, byte)| usize::from(*byte) == index % 100));
        assert_eq!(buffers.output().len(), 8);
    }

    #[test]
    fn there_is_room_to_encode_beside_unconsumed_input() {
        let mut buffers = WireBuffers::new(16, 8);
        let room = buffers.input_append_buf();
        room.fill(7);
        let length = room.len();
        buffers.input_appended(length);
        let (room, output) = buffers.tmp_and_output();
        assert_eq!((room.len(), output.len()), (MIN_ROOM, 8));
        assert_eq!(buffers.input(), [7; 16]);
    }
}
