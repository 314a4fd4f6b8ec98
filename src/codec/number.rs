//! Serialization of numbers as by Python's `repr`, which botocore puts on the wire.

use std::fmt::Write as _;

use serde_json::{Number, Value};

/// Writes a float: `1.0`, `0.1`, `1e+22`, `1e-07`. The special values are `NaN`, `Infinity` and `-Infinity`.
pub(crate) fn write_float(out: &mut String, value: f64) {
    if value.is_nan() {
        out.push_str("NaN");
    } else if value.is_infinite() {
        out.push_str(if value > 0.0 { "Infinity" } else { "-Infinity" });
    } else {
        write_finite(out, value);
    }
}

/// Writes integers exactly, and floats as [`write_float`] does.
pub(crate) fn write_number(out: &mut String, number: &Number) {
    match (number.as_i64(), number.as_u64(), number.as_f64()) {
        (Some(value), _, _) => write_integer(out, value),
        (_, Some(value), _) => write_integer(out, value),
        (_, _, Some(value)) => write_float(out, value),
        // A number of arbitrary precision, if that feature of serde_json is ever enabled.
        _ => out.push_str(&number.to_string()),
    }
}

/// A float as a value: a number, or text for NaN and infinities.
pub(crate) fn float_of(value: f64) -> Value {
    match Number::from_f64(value) {
        Some(number) => Value::Number(number),
        None if value.is_nan() => Value::from("NaN"),
        None => Value::from(if value > 0.0 { "Infinity" } else { "-Infinity" }),
    }
}

fn write_integer(out: &mut String, value: impl std::fmt::Display) {
    // Writing to a String cannot fail.
    let _ = write!(out, "{value}");
}

/// The shortest digits that read as the value. Of two that are equally close, Python takes the even one, and Rust the greater one.
fn shortest_digits(value: f64) -> String {
    let shortest = format!("{value:e}");
    let digits = shortest.split('e').next().unwrap_or_default().bytes().filter(u8::is_ascii_digit).count();
    // Numbers of up to 15 digits are too far apart for two that read as one value.
    if digits < 16 {
        return shortest;
    }
    // This rounds the exact value, and a tie to even.
    let even = format!("{value:.0$e}", digits.saturating_sub(1));
    if even.parse() == Ok(value) { even } else { shortest }
}

fn write_finite(out: &mut String, value: f64) {
    // Python's digits in exponent form (`-1.2345e-7`).
    let shortest = shortest_digits(value);
    let Some((mantissa, exponent)) = shortest.split_once('e') else {
        out.push_str(&shortest);
        return;
    };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let start = out.len();
        let digits = mantissa.bytes().filter(u8::is_ascii_digit).count();
        // As many digits after the point as there are, which is what makes them the same digits.
        let decimals = i32::try_from(digits).unwrap_or(0).saturating_sub(1).saturating_sub(exponent);
        let _ = write!(out, "{value:.0$}", usize::try_from(decimals).unwrap_or(0));
        if !out[start..].contains('.') {
            out.push_str(".0");
        }
        return;
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    let _ = write!(out, "{mantissa}e{sign}{:02}", exponent.abs());
}

#[cfg(test)]
mod tests {
    #[test]
    fn floats_equal_those_of_python() {
        for (value, expected) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (100.0, "100.0"),
            (0.1, "0.1"),
            (-1.5, "-1.5"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1.5e-7, "1.5e-07"),
            (1e15, "1000000000000000.0"),
            // Halfway between two numbers of 16 digits.
            (2393013465396205.0 / 4.0, "598253366349051.2"),
            (-2251799813685249.5, "-2251799813685249.5"),
            (5e-324, "5e-324"),
            (9007199254740992.0, "9007199254740992.0"),
            (1e16, "1e+16"),
            (1e22, "1e+22"),
            (1.7976931348623157e308, "1.7976931348623157e+308"),
            (5e-324, "5e-324"),
            (123456789.125, "123456789.125"),
            (f64::NEG_INFINITY, "-Infinity"),
            (f64::NAN, "NaN"),
        ] {
            let mut text = String::new();
            super::write_float(&mut text, value);
            assert_eq!(text, expected);
        }
    }
}
