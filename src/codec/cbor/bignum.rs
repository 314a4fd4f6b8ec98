//! Integers of any size (tags 2 and 3). <https://www.rfc-editor.org/rfc/rfc8949#section-3.4.3>

use std::borrow::Cow;

use super::item::CborItem;

/// Decodes a bignum as an integer if it fits, else as its digits. The time for the digits grows with the square of
/// their number, so a longer bignum stays bytes.
pub(super) fn bignum<'b>(bytes: &[u8], is_negative: bool) -> CborItem<'b> {
    const MAX_BYTES: usize = 1024;
    let significant = bytes.iter().position(|byte| *byte != 0).map_or(&[][..], |start| &bytes[start..]);
    if significant.len() <= 8 {
        let value = significant.iter().fold(0_i128, |value, byte| value << 8 | i128::from(*byte));
        return CborItem::Integer(if is_negative { -1 - value } else { value });
    }
    if significant.len() > MAX_BYTES {
        return CborItem::Bytes(Cow::Owned(bytes.to_vec()));
    }
    // Least significant first, nine decimal digits each.
    let mut parts: Vec<u64> = Vec::new();
    const BASE: u64 = 1_000_000_000;
    for byte in significant {
        let mut carry = u64::from(*byte);
        for part in &mut parts {
            let value = (*part << 8) + carry;
            (*part, carry) = (value % BASE, value / BASE);
        }
        if carry > 0 {
            parts.push(carry);
        }
    }
    if is_negative {
        // -1 - n
        for part in &mut parts {
            *part += 1;
            if *part < BASE {
                break;
            }
            *part = 0;
        }
        if parts.last() == Some(&0) {
            parts.push(1);
        }
    }
    let mut digits = String::from(if is_negative { "-" } else { "" });
    for (index, part) in parts.iter().rev().enumerate() {
        digits.push_str(&if index == 0 { part.to_string() } else { format!("{part:09}") });
    }
    CborItem::Digits(digits)
}
