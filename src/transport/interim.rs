//! Interim answers: what may stand before the final one. <https://www.rfc-editor.org/rfc/rfc9110#section-15.2>

pub(super) const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// What stands at the beginning of some input, with its length in bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Interim {
    /// Something other than an interim answer.
    None,
    /// What may become one when more arrives.
    Incomplete,
    Continue {
        length: usize,
        bare: bool,
    },
    Other {
        length: usize,
    },
}

impl Interim {
    pub(super) fn find(input: &[u8]) -> Interim {
        const SHAPE: &[u8] = b"HTTP/1.? 1??";
        let fits = input.iter().zip(SHAPE).all(|(byte, shape)| *shape == b'?' || byte == shape);
        // 101 is a final answer: what follows is no longer HTTP.
        if !fits || input.get(9..12) == Some(b"101") {
            return Interim::None;
        }
        let Some(end) = input.windows(4).position(|window| window == b"\r\n\r\n") else {
            return Interim::Incomplete;
        };
        let length = end + 4;
        if &input[9..12] != b"100" {
            return Interim::Other { length };
        }
        Interim::Continue { length, bare: !input[..end].contains(&b'\n') }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interim_answers_are_told_from_final_ones() {
        for (input, expected) in [
            ("", Interim::Incomplete),
            ("HTTP/1.", Interim::Incomplete),
            ("HTTP/1.1 1", Interim::Incomplete),
            ("HTTP/1.1 2", Interim::None),
            ("HTTP/1.1 200 OK\r\n\r\n", Interim::None),
            ("HTTP/1.1 101 Switching Protocols\r\n\r\n", Interim::None),
            ("<html>", Interim::None),
            ("HTTP/1.1 100 Continue\r\n", Interim::Incomplete),
            ("HTTP/1.1 100 Continue\r\n\r\nHTTP", Interim::Continue { length: 25, bare: true }),
            ("HTTP/1.0 100\r\n\r\n", Interim::Continue { length: 16, bare: true }),
            ("HTTP/1.1 100 C\r\na: b\r\n\r\n", Interim::Continue { length: 24, bare: false }),
            ("HTTP/1.1 103 E\r\na: b\r\n\r\n", Interim::Other { length: 24 }),
        ] {
            assert_eq!(Interim::find(input.as_bytes()), expected, "{input}");
        }
    }
}
