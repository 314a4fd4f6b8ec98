//! Sizes for people: `1 Byte`, `1.0 KiB`.

const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/// A size with the unit that makes its number less than 1024, to one digit after the point.
pub(super) fn readable(bytes: u128) -> String {
    const BASE: f64 = 1024.0;
    match bytes {
        1 => return "1 Byte".to_owned(),
        0..1024 => return format!("{bytes} Bytes"),
        _ => {}
    }
    let mut number = bytes as f64 / BASE;
    for unit in UNITS {
        // What would round to 1024 has the next unit.
        if number.round_ties_even() < BASE {
            return format!("{number:.1} {unit}");
        }
        number /= BASE;
    }
    format!("{:.1} EiB", number * BASE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_the_largest_unit_below_1024() {
        for (bytes, expected) in [
            (0, "0 Bytes"),
            (1, "1 Byte"),
            (1023, "1023 Bytes"),
            (1024, "1.0 KiB"),
            (1024 * 1023 + 511, "1023.5 KiB"),
            (1024 * 1023 + 512, "1.0 MiB"),
            (1024 * 1024 - 1, "1.0 MiB"),
            (123_456_789_012_345, "112.3 TiB"),
            (u128::from(u64::MAX), "16.0 EiB"),
            (1 << 80, "1048576.0 EiB"),
        ] {
            assert_eq!(readable(bytes), expected);
        }
    }
}
