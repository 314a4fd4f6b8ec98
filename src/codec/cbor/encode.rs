//! The encoder.

use super::half;
use crate::codec::timestamp::{EpochSeconds, Timestamp};

/// Writes items to bytes.
pub(crate) struct CborEncoder(minicbor::Encoder<Vec<u8>>);

impl CborEncoder {
    pub(crate) fn new() -> Self {
        CborEncoder(minicbor::Encoder::new(Vec::new()))
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0.into_writer()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.writer().len()
    }

    pub(crate) fn truncate(&mut self, len: usize) {
        self.0.writer_mut().truncate(len);
    }

    /// Changes the length in the head of the array or map that begins at `at`.
    pub(crate) fn change_length(&mut self, at: usize, old: usize, new: usize) {
        /// The largest length that is in the first byte.
        const SHORT: usize = 23;
        if old <= SHORT && new <= SHORT {
            let first = &mut self.0.writer_mut()[at];
            *first = *first & 0xe0 | new as u8;
            return;
        }
        let [old, mut new] = [old, new].map(|length| {
            let mut head = CborEncoder::new();
            head.array(length);
            head.into_bytes()
        });
        let bytes = self.0.writer_mut();
        // The upper three bits are the type.
        new[0] = new[0] & 0x1f | bytes[at] & 0xe0;
        bytes.splice(at..at + old.len(), new);
    }

    pub(crate) fn null(&mut self) {
        written(self.0.null());
    }

    pub(crate) fn bool(&mut self, value: bool) {
        written(self.0.bool(value));
    }

    pub(crate) fn i64(&mut self, value: i64) {
        written(self.0.i64(value));
    }

    pub(crate) fn u64(&mut self, value: u64) {
        written(self.0.u64(value));
    }

    /// A value that is not finite takes two bytes for any type.
    pub(crate) fn f32(&mut self, value: f32) {
        if value.is_finite() {
            written(self.0.f32(value));
        } else {
            self.not_finite(value.into());
        }
    }

    pub(crate) fn f64(&mut self, value: f64) {
        if value.is_finite() {
            written(self.0.f64(value));
        } else {
            self.not_finite(value);
        }
    }

    fn not_finite(&mut self, value: f64) {
        let bytes = match value {
            f64::INFINITY => half::INFINITY,
            f64::NEG_INFINITY => half::NEGATIVE_INFINITY,
            _ => half::NAN,
        };
        self.0.writer_mut().extend_from_slice(&bytes);
    }

    pub(crate) fn text(&mut self, text: &str) {
        written(self.0.str(text));
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        written(self.0.bytes(bytes));
    }

    /// Tag 1: whole seconds as an integer, else a double.
    pub(crate) fn timestamp(&mut self, timestamp: Timestamp) {
        written(self.0.tag(minicbor::data::Tag::new(1)));
        match timestamp.to_epoch() {
            EpochSeconds::Whole(seconds) => self.i64(seconds),
            EpochSeconds::Fraction(seconds) => self.f64(seconds),
        }
    }

    /// Writes the head of an array. Exactly `length` items must follow.
    pub(crate) fn array(&mut self, length: usize) {
        written(self.0.array(length as u64));
    }

    /// Writes the head of a map. Exactly `length` pairs must follow.
    pub(crate) fn map(&mut self, length: usize) {
        written(self.0.map(length as u64));
    }
}

/// Writing to a `Vec` cannot fail: its error type has no values.
fn written<T>(result: Result<T, minicbor::encode::Error<std::convert::Infallible>>) {
    if let Err(error) = result {
        debug_assert!(false, "{error}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_encoded_with_their_shortest_head() {
        let encoded = |write: &dyn Fn(&mut CborEncoder)| {
            let mut encoder = CborEncoder::new();
            write(&mut encoder);
            crate::codec::hex::encode(&encoder.into_bytes())
        };
        for (value, expected) in [
            (0, "00"),
            (23, "17"),
            (24, "1818"),
            (255, "18ff"),
            (256, "190100"),
            (65_536, "1a00010000"),
            (4_294_967_296, "1b0000000100000000"),
            (-1, "20"),
            (-24, "37"),
            (-25, "3818"),
            (i64::MIN, "3b7fffffffffffffff"),
        ] {
            assert_eq!(encoded(&|e| e.i64(value)), expected);
        }
        assert_eq!(encoded(&|e| e.u64(u64::MAX)), "1bffffffffffffffff");
        for (value, single, double) in [
            (1.5, "fa3fc00000", "fb3ff8000000000000"),
            (f64::NAN, "f97e00", "f97e00"),
            (f64::INFINITY, "f97c00", "f97c00"),
            (f64::NEG_INFINITY, "f9fc00", "f9fc00"),
        ] {
            assert_eq!(
                (encoded(&|e| e.f32(value as f32)).as_str(), encoded(&|e| e.f64(value)).as_str()),
                (single, double)
            );
        }
        let time = |seconds, nanos| Timestamp::new(seconds, nanos).unwrap();
        assert_eq!(encoded(&|e| e.timestamp(time(1_422_172_812, 0))), "c11a54c4a28c");
        assert_eq!(encoded(&|e| e.timestamp(time(946_845_296, 123_000_000))), "c1fb41cc37db380fbe77");
        assert_eq!(encoded(&|e| e.text("ä")), "62c3a4");
        assert_eq!(encoded(&|e| e.bytes(&[0; 24])), format!("5818{}", "00".repeat(24)));
        assert_eq!(encoded(&|e| (e.array(2), e.map(0), e.null()).2), "82a0f6");
        assert_eq!(encoded(&|e| (e.map(300), e.bool(true), e.bool(false)).2), "b9012cf5f4");
    }
    #[test]
    fn lengths_change_without_their_items() {
        for (old, new, expected) in [
            (0, 23, "82b701"),
            (1, 24, "82b81801"),
            (300, 0, "82a001"),
            (255, 256, "82b9010001"),
            (70_000, 300, "82b9012c01"),
        ] {
            let mut encoder = CborEncoder::new();
            encoder.array(2);
            let at = encoder.len();
            encoder.map(old);
            encoder.i64(1);
            encoder.change_length(at, old, new);
            assert_eq!(crate::codec::hex::encode(&encoder.into_bytes()), expected);
        }
    }
}
