//! Whether values are those of a tape, which has masks in the places of secrets.

use serde_json::Value;

use crate::error::MASK;

/// Whether a value may be the one that was recorded. A mask stands for any text.
pub(in crate::testing) fn is_like(recorded: &Value, found: &Value) -> bool {
    match (recorded, found) {
        (Value::String(recorded), _) if recorded == MASK => true,
        (Value::String(recorded), Value::String(found)) => text_is_like(recorded, found),
        (Value::Object(recorded), Value::Object(found)) => {
            let is_there =
                |(name, value): (&String, &Value)| found.get(name).is_some_and(|other| is_like(value, other));
            recorded.len() == found.len() && recorded.iter().all(is_there)
        }
        (Value::Array(recorded), Value::Array(found)) => {
            recorded.len() == found.len() && recorded.iter().zip(found).all(|(one, other)| is_like(one, other))
        }
        _ => recorded == found,
    }
}

/// As [`is_like`]. The texts between masks have to be there in their order.
pub(in crate::testing) fn text_is_like(recorded: &str, found: &str) -> bool {
    let Some((first, rest)) = recorded.split_once(MASK) else { return recorded == found };
    let Some(mut left) = found.strip_prefix(first) else { return false };
    let mut parts = rest.split(MASK).peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return left.ends_with(part);
        }
        match left.find(part) {
            Some(at) => left = &left[at + part.len()..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn masks_stand_for_any_text() {
        for (recorded, found, expected) in [
            (json!("a"), json!("a"), true),
            (json!("a"), json!("b"), false),
            (json!("****"), json!(7), true),
            (json!("a****c"), json!("abc"), true),
            (json!("a****c"), json!("ac"), true),
            (json!("a****c"), json!("abd"), false),
            (json!("a****b****c"), json!("a1b2c"), true),
            (json!("a****b****c"), json!("a1c"), false),
            (json!({"x": ["****", 1]}), json!({"x": ["secret", 1]}), true),
            (json!({"x": ["****", 1]}), json!({"x": ["secret", 2]}), false),
            (json!({"x": "****"}), json!({}), false),
        ] {
            assert_eq!(is_like(&recorded, &found), expected, "{recorded} {found}");
        }
    }
}
