//! Parsers and checks of settings. An error is what was expected; the caller adds the location and the text.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use super::error::ExpectedSetting;
use super::types::{Choice, RegionalEndpoints};

pub(super) fn text(text: &str) -> Result<String, ExpectedSetting> {
    Ok(text.to_owned())
}

pub(super) fn path(text: &str) -> Result<PathBuf, ExpectedSetting> {
    Ok(PathBuf::from(text))
}

/// Parses a boolean as botocore's `ensure_boolean` does: `true` in any case is true, everything else is false.
pub(super) fn boolean(text: &str) -> Result<bool, ExpectedSetting> {
    Ok(text.eq_ignore_ascii_case("true"))
}

pub(super) fn strict_boolean(text: &str) -> Result<bool, ExpectedSetting> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Ok(true),
        _ if text.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err(ExpectedSetting::Boolean),
    }
}

pub(super) fn integer(text: &str) -> Result<u32, ExpectedSetting> {
    text.trim().parse().map_err(|_| ExpectedSetting::Integer)
}

pub(super) fn size(text: &str) -> Result<u64, ExpectedSetting> {
    text.trim().parse().map_err(|_| ExpectedSetting::Size)
}

/// Parses a size as the AWS CLI does: bytes, or a number with `KB`, `MB`, `GB`, `TB`, `KiB` .. in any case. All are powers of
/// 1024.
pub(super) fn byte_size(text: &str) -> Result<u64, ExpectedSetting> {
    const UNITS: &[(&str, u32)] =
        &[("kib", 10), ("mib", 20), ("gib", 30), ("tib", 40), ("kb", 10), ("mb", 20), ("gb", 30), ("tb", 40)];
    let text = text.trim().to_ascii_lowercase();
    let (number, shift) =
        UNITS.iter().find_map(|(unit, shift)| Some((text.strip_suffix(unit)?, *shift))).unwrap_or((&text, 0));
    let number: u64 = number.trim().parse().map_err(|_| ExpectedSetting::Size)?;
    number.checked_mul(1 << shift).ok_or(ExpectedSetting::Size)
}

/// Parses a rate as the AWS CLI does: `10MB/s` in bytes per second, `10Mb/s` in bits per second, or bytes per second.
pub(super) fn byte_rate(text: &str) -> Result<u64, ExpectedSetting> {
    let text = text.trim();
    let rate = match text.strip_suffix("/s") {
        Some(rate) if rate.ends_with('b') => byte_size(rate)? / 8,
        rate => byte_size(rate.unwrap_or(text))?,
    };
    if rate > 0 { Ok(rate) } else { Err(ExpectedSetting::AtLeast(1)) }
}

/// Parses a count; the check of its row or its type rejects zero.
pub(super) fn positive<T: FromStr>(text: &str) -> Result<T, ExpectedSetting> {
    text.trim().parse().map_err(|_| ExpectedSetting::AtLeast(1))
}

pub(super) fn seconds(text: &str) -> Result<Duration, ExpectedSetting> {
    let seconds = text.trim().parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or(ExpectedSetting::Seconds)
}

/// Parses items separated by commas; ignores spaces, tabs and empty items.
pub(super) fn list(text: &str) -> Result<Vec<String>, ExpectedSetting> {
    let items = text.split(',').map(|item| item.replace([' ', '\t'], ""));
    Ok(items.filter(|item| !item.is_empty()).collect())
}

pub(super) fn choice<T: Choice>(text: &str) -> Result<T, ExpectedSetting> {
    T::named(text).ok_or_else(|| ExpectedSetting::OneOf(T::names()))
}

pub(super) fn choice_any_case<T: Choice>(text: &str) -> Result<T, ExpectedSetting> {
    choice(&text.to_ascii_lowercase())
}

/// Parses a choice of endpoints; empty text means the default.
pub(super) fn regional(text: &str) -> Result<RegionalEndpoints, ExpectedSetting> {
    if text.is_empty() { Ok(RegionalEndpoints::Regional) } else { choice(text) }
}

/// The parser of settings that only code can set; it is never called.
pub(super) fn builder_only<T>(_: &str) -> Result<T, ExpectedSetting> {
    Err(ExpectedSetting::Code)
}

pub(super) fn any<T>(_: &T) -> Result<(), ExpectedSetting> {
    Ok(())
}

pub(super) fn between(number: u32, min: u32, max: u32) -> Result<(), ExpectedSetting> {
    if (min..=max).contains(&number) { Ok(()) } else { Err(ExpectedSetting::Between(min, max)) }
}

pub(super) fn at_least(number: u32, min: u32) -> Result<(), ExpectedSetting> {
    if number >= min { Ok(()) } else { Err(ExpectedSetting::AtLeast(min)) }
}

/// Checks that a region is a valid host label, as host names contain it; empty text means no region.
#[allow(clippy::ptr_arg, reason = "a row's check takes the row's type")]
pub(super) fn host_label(text: &String) -> Result<(), ExpectedSetting> {
    let fits = text.len() <= 63
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
        && (text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()));
    if fits { Ok(()) } else { Err(ExpectedSetting::Region) }
}

/// Rejects a blank path, which usually comes from a variable that should be unset; otherwise it would silently mean the default.
#[allow(clippy::ptr_arg, reason = "a row's check takes the row's type")]
pub(super) fn not_blank(path: &PathBuf) -> Result<(), ExpectedSetting> {
    let blank = Path::to_str(path).is_some_and(|text| text.trim().is_empty());
    if blank { Err(ExpectedSetting::Path) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;
    use crate::config::types::RetryMode;

    #[test]
    fn text_is_parsed() {
        assert_eq!(
            [boolean("TRUE"), boolean("1"), boolean(" true"), boolean("")],
            [Ok(true), Ok(false), Ok(false), Ok(false)]
        );
        assert_eq!(strict_boolean("yes"), Err(ExpectedSetting::Boolean));
        assert_eq!(
            [integer(" 12 "), integer("-1"), integer("1e3")],
            [Ok(12), Err(ExpectedSetting::Integer), Err(ExpectedSetting::Integer)]
        );
        assert_eq!(
            [positive("0"), positive("3")],
            [Err(ExpectedSetting::AtLeast(1)), Ok(NonZeroU32::MIN.saturating_add(2))]
        );
        assert_eq!(seconds("1.5"), Ok(Duration::from_millis(1500)));
        for bad in ["-1", "NaN", "inf", "1e300", ""] {
            assert_eq!(seconds(bad), Err(ExpectedSetting::Seconds), "{bad}");
        }
        assert_eq!(list(" sig v4 ,,\tsigv4a"), Ok(vec!["sigv4".to_owned(), "sigv4a".to_owned()]));
        assert_eq!(choice("standard"), Ok(RetryMode::Standard));
        assert_eq!(
            choice::<RetryMode>("Standard"),
            Err(ExpectedSetting::OneOf("legacy, standard, adaptive".to_owned()))
        );
        assert_eq!(choice_any_case("Standard"), Ok(RetryMode::Standard));
    }

    #[test]
    fn rates_are_those_of_the_aws_cli() {
        for (text, rate) in [
            ("1024", Ok(1024)),
            ("10MB", Ok(10 << 20)),
            (" 10 MB/s ", Ok(10 << 20)),
            ("10Mb/s", Ok((10 << 20) / 8)),
            ("1kb/s", Ok(128)),
            ("1000/s", Ok(1000)),
            ("0", Err(ExpectedSetting::AtLeast(1))),
            ("0MB/s", Err(ExpectedSetting::AtLeast(1))),
            ("fast", Err(ExpectedSetting::Size)),
            ("-1", Err(ExpectedSetting::Size)),
        ] {
            assert_eq!(byte_rate(text), rate, "{text}");
        }
    }

    #[test]
    fn regions_are_valid_host_labels() {
        for good in ["us-east-1", "aws-global", "", "x", "1a"] {
            assert_eq!(host_label(&good.to_owned()), Ok(()), "{good}");
        }
        for bad in ["123", "-a", "a-", "a.b", "a/b", "a b", "é", &"a".repeat(64)] {
            assert_eq!(host_label(&bad.to_owned()), Err(ExpectedSetting::Region), "{bad}");
        }
    }
}
