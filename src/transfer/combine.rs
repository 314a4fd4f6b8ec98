//! Combines the CRCs of consecutive pieces into the CRC of the whole.
//!
//! A CRC is linear: the CRC of `a` followed by `b` is that of `a`, advanced over as many zero bytes as `b` has, plus that of
//! `b`. Advancing over `n` zero bits is a multiplication by a matrix over GF(2), which is squared for powers of two (zlib's
//! `crc32_combine`).

use crate::value;

/// A CRC whose pieces can be combined. All three are reflected, and their initial value and final XOR are all ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CombinableCrc {
    Crc32,
    Crc32C,
    Crc64Nvme,
}

impl CombinableCrc {
    /// The algorithm by the name that S3 gives it.
    pub(crate) fn of(name: &str) -> Option<Self> {
        match name {
            "CRC32" => Some(CombinableCrc::Crc32),
            "CRC32C" => Some(CombinableCrc::Crc32C),
            "CRC64NVME" => Some(CombinableCrc::Crc64Nvme),
            _ => None,
        }
    }

    fn width(self) -> u32 {
        if self == CombinableCrc::Crc64Nvme { 64 } else { 32 }
    }

    /// The polynomial, reflected.
    fn polynomial(self) -> u64 {
        match self {
            CombinableCrc::Crc32 => 0xEDB8_8320,
            CombinableCrc::Crc32C => 0x82F6_3B78,
            CombinableCrc::Crc64Nvme => 0x9A6C_9329_AC4B_C9B5,
        }
    }

    /// The CRC of two pieces, given theirs and the length of the second one.
    pub(crate) fn combine(self, first: u64, second: u64, second_length: u64) -> u64 {
        let mut advanced = first;
        // The operator for one zero bit: a shift, and the polynomial if a one falls out.
        let mut operator = [0_u64; 64];
        operator[0] = self.polynomial();
        for (bit, column) in operator.iter_mut().enumerate().take(self.width() as usize).skip(1) {
            *column = 1 << (bit - 1);
        }
        // One byte is eight bits.
        for _ in 0..3 {
            operator = self.square(&operator);
        }
        let mut bytes = second_length;
        while bytes > 0 {
            if bytes & 1 == 1 {
                advanced = multiply(&operator, advanced);
            }
            operator = self.square(&operator);
            bytes >>= 1;
        }
        advanced ^ second
    }

    /// The CRC of pieces in their order, given theirs in base64 and their lengths; `None` if one of them is missing.
    pub(crate) fn combine_texts<'t>(self, pieces: impl Iterator<Item = (Option<&'t str>, u64)>) -> Option<String> {
        let mut whole = None;
        for (checksum, length) in pieces {
            let own = self.read(&value::decode(checksum?)?)?;
            whole = Some(whole.map_or(own, |before| self.combine(before, own, length)));
        }
        Some(value::encode(&self.write(whole?)))
    }

    fn square(self, operator: &[u64; 64]) -> [u64; 64] {
        let mut squared = [0; 64];
        for (squared, column) in squared.iter_mut().zip(operator).take(self.width() as usize) {
            *squared = multiply(operator, *column);
        }
        squared
    }

    /// The CRC of a checksum's bytes, which are big-endian.
    pub(crate) fn read(self, bytes: &[u8]) -> Option<u64> {
        if bytes.len() * 8 != self.width() as usize {
            return None;
        }
        Some(bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)))
    }

    pub(crate) fn write(self, crc: u64) -> Vec<u8> {
        crc.to_be_bytes()[8 - self.width() as usize / 8..].to_vec()
    }
}

fn multiply(operator: &[u64; 64], mut vector: u64) -> u64 {
    let mut product = 0;
    for column in operator {
        if vector == 0 {
            break;
        }
        if vector & 1 == 1 {
            product ^= column;
        }
        vector >>= 1;
    }
    product
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::checksum_of;

    fn crc(algorithm: &str, bytes: &[u8]) -> (CombinableCrc, u64) {
        let crc = CombinableCrc::of(algorithm).unwrap();
        let text = checksum_of(algorithm, bytes).unwrap();
        (crc, crc.read(&value::decode(&text).unwrap()).unwrap())
    }

    #[test]
    fn crc_of_pieces_is_that_of_the_whole() {
        let bytes: Vec<u8> = (0..70_000_u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        for algorithm in ["CRC32", "CRC32C", "CRC64NVME"] {
            let (kind, whole) = crc(algorithm, &bytes);
            for cut in [0, 1, 7, 4096, 35_000, 69_999, 70_000] {
                let (_, first) = crc(algorithm, &bytes[..cut]);
                let (_, second) = crc(algorithm, &bytes[cut..]);
                assert_eq!(kind.combine(first, second, (bytes.len() - cut) as u64), whole, "{algorithm} {cut}");
            }
            assert_eq!(kind.read(&kind.write(whole)), Some(whole));
        }
    }
}
