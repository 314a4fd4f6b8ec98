//! Floats of two bytes. Those that go out are infinities and NaN, and this is less to build than the crate that knows all.

pub(super) const INFINITY: [u8; 3] = [0xf9, 0x7c, 0x00];
pub(super) const NEGATIVE_INFINITY: [u8; 3] = [0xf9, 0xfc, 0x00];
pub(super) const NAN: [u8; 3] = [0xf9, 0x7e, 0x00];

/// The value of a float of two bytes: a sign, five bits of exponent, ten of fraction.
/// <https://www.rfc-editor.org/rfc/rfc8949#appendix-D>
pub(super) fn value(bits: u16) -> f64 {
    let fraction = f64::from(bits & 0x3ff);
    let magnitude = match bits >> 10 & 0x1f {
        // Subnormal.
        0 => fraction * 2f64.powi(-24),
        0x1f if fraction == 0.0 => f64::INFINITY,
        0x1f => f64::NAN,
        exponent => (fraction + 1024.0) * 2f64.powi(i32::from(exponent) - 25),
    };
    if bits & 0x8000 == 0 { magnitude } else { -magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Those of <https://www.rfc-editor.org/rfc/rfc8949#appendix-A>, and the limits.
    #[test]
    fn floats_of_two_bytes_are_exact() {
        for (bits, expected) in [
            (0x0000, 0.0),
            (0x3c00, 1.0),
            (0x3e00, 1.5),
            (0x7bff, 65504.0),
            (0x0001, 5.960_464_477_539_063e-8),
            (0x0400, 0.000_061_035_156_25),
            (0x03ff, 0.000_060_975_551_605_224_61),
            (0xc400, -4.0),
            (0x7c00, f64::INFINITY),
            (0xfc00, f64::NEG_INFINITY),
        ] {
            assert_eq!(value(bits), expected, "{bits:04x}");
        }
        assert!(value(0x8000).is_sign_negative());
        assert!(value(0x7e00).is_nan() && value(0x7c01).is_nan());
    }
}
