//! The values of options, converted to types.

use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::error::CliResult;
use crate::usage::UsageError;

/// The value of an option; empty for an option without a value.
pub(crate) struct FlagValue {
    /// The option as it was written: `--help` or `-h`.
    option: String,
    value: OsString,
}

impl FlagValue {
    pub(crate) fn new(option: String, value: OsString) -> Self {
        FlagValue { option, value }
    }

    /// Whether the option was written as one letter.
    pub(crate) fn is_short(&self) -> bool {
        !self.option.starts_with("--")
    }

    pub(crate) fn path(self) -> PathBuf {
        self.value.into()
    }

    pub(crate) fn text(self) -> CliResult<String> {
        let FlagValue { option, value } = self;
        Ok(value.into_string().map_err(|_| UsageError::NotUnicode { place: option })?)
    }

    /// A number of seconds, which can have a fraction.
    pub(crate) fn seconds(self) -> CliResult<Duration> {
        self.parse("a number of seconds", |text| Duration::try_from_secs_f64(text.parse().ok()?).ok())
    }

    /// Like [`seconds`](Self::seconds); 0 means no limit.
    pub(crate) fn limit(self) -> CliResult<Duration> {
        let limit = self.seconds()?;
        Ok(if limit.is_zero() { Duration::MAX } else { limit })
    }

    pub(crate) fn whole_number<N: FromStr>(self) -> CliResult<N> {
        self.parse("a whole number", |text| text.parse().ok())
    }

    pub(crate) fn positive_number(self) -> CliResult<u32> {
        self.parse("a whole number from 1", |text| text.parse().ok().filter(|number| *number > 0))
    }

    /// Converts the value; `expected` completes the sentence "expected ..".
    pub(crate) fn parse<T>(self, expected: &'static str, parse: impl FnOnce(&str) -> Option<T>) -> CliResult<T> {
        let option = self.option.clone();
        let text = self.text()?;
        match parse(&text) {
            Some(value) => Ok(value),
            None => Err(UsageError::BadValue { option, expected, found: text }.into()),
        }
    }
}
