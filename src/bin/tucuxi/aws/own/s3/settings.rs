//! The settings of transfers, in the block `s3` of the profile.

use tucuxi::Session;

use crate::aws::error::{AwsError, AwsResult};
use crate::aws::python;

/// Settings with their defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct S3Settings {
    pub(super) requests: usize,
    pub(super) queue: usize,
    pub(super) threshold: u64,
    pub(super) part_size: u64,
    pub(super) io_chunk: u64,
    /// Bytes per second.
    pub(super) bandwidth: Option<u64>,
}

/// Reads the settings.
///
/// # Errors
/// 255 for values that are not valid, also of settings that have no effect here.
pub(super) fn read(session: &Session) -> AwsResult<S3Settings> {
    parse(|name| session.profile_setting(&format!("s3.{name}")).map_err(AwsError::library))
}

fn parse(setting: impl Fn(&str) -> AwsResult<Option<String>>) -> AwsResult<S3Settings> {
    let whole = |name: &str, default: u64| -> AwsResult<u64> {
        setting(name)?.map_or(Ok(default), |text| positive(name, &text, int(&text)))
    };
    let size = |name: &str, default: u64| -> AwsResult<u64> {
        let Some(text) = setting(name)? else { return Ok(default) };
        positive(name, &text, Some(sized(&text)?))
    };
    let rate = |name: &str| -> AwsResult<Option<u64>> {
        let Some(text) = setting(name)? else { return Ok(None) };
        positive(name, &text, Some(rated(&text)?)).map(Some)
    };
    let (part_size, threshold) = (size("multipart_chunksize", 8 << 20)?, size("multipart_threshold", 8 << 20)?);
    let io_chunk = size("io_chunksize", 256 << 10)?;
    let bandwidth = rate("max_bandwidth")?;
    rate("target_bandwidth")?;
    rate("disk_throughput")?;
    let requests = whole("max_concurrent_requests", 10)?;
    let queue = whole("max_queue_size", 1000)?;
    if let Some(client) = setting("preferred_transfer_client")?
        && !["auto", "classic", "crt", "default"].contains(&client.as_str())
    {
        return Err(AwsError::General(format!(
            "Invalid value: \"{client}\" for configuration option: \"preferred_transfer_client\". Supported values are: auto, \
             classic, crt"
        )));
    }
    let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    Ok(S3Settings { requests: count(requests), queue: count(queue), threshold, part_size, io_chunk, bandwidth })
}

fn positive(name: &str, text: &str, number: Option<i128>) -> AwsResult<u64> {
    let number = number.filter(|number| *number > 0).map(|number| u64::try_from(number).unwrap_or(u64::MAX));
    number.ok_or_else(|| AwsError::General(format!("Value for {name} must be a positive integer: {text}")))
}

/// Python's `int()`.
fn int(text: &str) -> Option<i128> {
    python::int(text)?.parse().ok()
}

/// A number of bytes, with a unit: `10MB` and `10MiB` are the same.
fn sized(text: &str) -> AwsResult<i128> {
    const UNITS: [(&str, u32); 8] =
        [("kib", 10), ("mib", 20), ("gib", 30), ("tib", 40), ("kb", 10), ("mb", 20), ("gb", 30), ("tb", 40)];
    let lower = text.to_lowercase();
    let unit = UNITS.iter().find_map(|(unit, shift)| Some((lower.strip_suffix(unit)?, *shift)));
    let number = match unit {
        Some((digits, shift)) => int(digits).and_then(|number| number.checked_mul(1 << shift)),
        None => int(&lower),
    };
    number.ok_or_else(|| AwsError::General(format!("Invalid size value: {lower}")))
}

/// A number of bytes per second: `10MB/s`, `80Mb/s` in bits, or a number.
fn rated(text: &str) -> AwsResult<i128> {
    let amount = |text: &str| match int(&text[..text.len().saturating_sub(1)]) {
        Some(number) => Ok(number),
        None => sized(text),
    };
    match (text.strip_suffix("/s"), int(text)) {
        (Some(rate), _) if rate.ends_with('B') => amount(rate),
        (Some(rate), _) if rate.ends_with('b') => amount(rate).map(|bits| bits / 8),
        (_, Some(number)) => Ok(number),
        _ => Err(AwsError::General(format!(
            "Invalid rate: {text}. The value must be expressed as an integer in terms of bytes per second (e.g. 10485760) or a rate \
             in terms of bytes per second (e.g. 10MB/s or 800KB/s) or bits per second (e.g. 10Mb/s or 800Kb/s)"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Result<S3Settings, String> {
        let setting = |name: &str| {
            let found = pairs.iter().find(|(own, _)| *own == name);
            Ok(found.map(|(_, value)| (*value).to_owned()))
        };
        parse(setting).map_err(|error| error.message(None))
    }

    #[test]
    fn sizes_and_rates_have_units() {
        let defaults = S3Settings {
            requests: 10,
            queue: 1000,
            threshold: 8 << 20,
            part_size: 8 << 20,
            io_chunk: 256 << 10,
            bandwidth: None,
        };
        assert_eq!(of(&[]), Ok(defaults));
        assert_eq!(of(&[("multipart_threshold", "16MB")]), Ok(S3Settings { threshold: 16 << 20, ..defaults }));
        assert_eq!(of(&[("multipart_chunksize", "5mib")]), Ok(S3Settings { part_size: 5 << 20, ..defaults }));
        for (text, bandwidth) in
            [("1000", 1000), ("10MB/s", 10 << 20), ("80Mb/s", 10 << 20), ("64B/s", 64), ("64b/s", 8)]
        {
            let expected = S3Settings { bandwidth: Some(bandwidth), ..defaults };
            assert_eq!(of(&[("max_bandwidth", text)]), Ok(expected), "{text}");
        }
    }

    #[test]
    fn wrong_values_are_refused_in_the_words_of_the_aws_cli() {
        for (name, value, expected) in [
            ("max_concurrent_requests", "0", "Value for max_concurrent_requests must be a positive integer: 0"),
            ("max_queue_size", "x", "Value for max_queue_size must be a positive integer: x"),
            ("multipart_threshold", "-1", "Value for multipart_threshold must be a positive integer: -1"),
            ("multipart_threshold", "8 cats", "Invalid size value: 8 cats"),
            ("max_bandwidth", "10MB", "Invalid rate: 10MB. The value must be expressed as an integer"),
        ] {
            let error = of(&[(name, value)]).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
