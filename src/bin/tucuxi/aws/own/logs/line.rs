//! The lines that `logs tail` prints for an event.

use serde_json::Value;

use super::pretty::pretty;
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::{present, python};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LogFormat {
    Detailed,
    Short,
    Json,
}

impl LogFormat {
    /// The values of `--format`, the default one first.
    pub(super) const NAMES: &'static [&'static str] = &["detailed", "short", "json"];

    pub(super) fn named(name: Option<&str>) -> Self {
        match name {
            Some("short") => LogFormat::Short,
            Some("json") => LogFormat::Json,
            _ => LogFormat::Detailed,
        }
    }
}

const GREEN: &str = "\x1b[32m";
const CYAN: &str = "\x1b[36m";
const RESET: &str = "\x1b[0m";

/// The text of an event, with one line feed at its end.
pub(super) fn of_event(event: &Value, format: LogFormat, is_colored: bool) -> AwsResult<String> {
    let member = |name: &str| event.get(name).and_then(Value::as_str);
    let missing = |name: &str| AwsError::General(format!("The service returned an event without a valid {name}"));
    let milliseconds = event.get("timestamp").and_then(Value::as_i64).ok_or_else(|| missing("timestamp"))?;
    let message = member("message").ok_or_else(|| missing("message"))?;
    let stream = member("logStreamName").unwrap_or_default();
    let colored = |text: &str, color: &str| if is_colored { format!("{color}{text}{RESET}") } else { text.to_owned() };
    let time = time(milliseconds, format).ok_or_else(|| missing("timestamp"))?;
    let time = colored(&time, GREEN);
    let text = match format {
        LogFormat::Short => format!("{time} {message}"),
        LogFormat::Detailed => format!("{time} {} {message}", colored(stream, CYAN)),
        LogFormat::Json => {
            let message = pretty(message).map_or_else(|| message.to_owned(), |json| format!("\n{json}"));
            format!("{time} {} {message}", colored(stream, CYAN))
        }
    };
    Ok(format!("{}\n", text.trim_end_matches(python::is_space)))
}

fn time(milliseconds: i64, format: LogFormat) -> Option<String> {
    let form = match format {
        LogFormat::Short => "%Y-%m-%dT%H:%M:%S",
        LogFormat::Json if milliseconds % 1000 == 0 => "%Y-%m-%dT%H:%M:%S+00:00",
        LogFormat::Detailed | LogFormat::Json => "%Y-%m-%dT%H:%M:%S.%6f+00:00",
    };
    present::utc_text(milliseconds.checked_mul(1000)?, form)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_are_lines_in_each_format() {
        let event =
            |timestamp: i64, message: &str| json!({"timestamp": timestamp, "logStreamName": "s", "message": message});
        for (format, timestamp, message, expected) in [
            (LogFormat::Detailed, 1_577_836_800_123, "a\n \n", "2020-01-01T00:00:00.123000+00:00 s a\n"),
            (LogFormat::Detailed, 0, "", "1970-01-01T00:00:00.000000+00:00 s\n"),
            (LogFormat::Short, -1, "a b", "1969-12-31T23:59:59 a b\n"),
            (LogFormat::Json, 0, "no", "1970-01-01T00:00:00+00:00 s no\n"),
            (LogFormat::Json, 120, "[1]", "1970-01-01T00:00:00.120000+00:00 s \n[\n    1\n]\n"),
        ] {
            assert_eq!(of_event(&event(timestamp, message), format, false).unwrap(), expected);
        }
        let colored = of_event(&event(0, "a"), LogFormat::Detailed, true).unwrap();
        assert_eq!(colored, "\x1b[32m1970-01-01T00:00:00.000000+00:00\x1b[0m \x1b[36ms\x1b[0m a\n");
        assert!(of_event(&json!({"message": "a"}), LogFormat::Short, false).is_err());
    }
}
