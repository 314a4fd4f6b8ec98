//! The line that an error shows, and the causes that `Debug` adds to it.

use std::fmt;

use super::{CallName, Cut, Error, ErrorData, History, WaiterFailure, text, write_one_line};

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The line of `Display`, followed by the causes that the line does not contain: `fn main() -> tucuxi::Result<()>`
/// prints this to the user.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut written = self.0.to_string();
        f.write_str(&written)?;
        let mut cause = std::error::Error::source(self);
        let mut is_first = true;
        // An error from another crate may return itself as its source.
        for _ in 0..MAX_CAUSES {
            let Some(error) = cause else { break };
            let line = Cause(error).to_string();
            if !written.contains(&line) {
                write!(f, "{}{line}", if is_first { "\n\nCaused by:\n    " } else { "\n    " })?;
                is_first = false;
                written.push_str(&line);
            }
            cause = error.source();
        }
        Ok(())
    }
}

/// The maximum number of causes in `Debug`.
const MAX_CAUSES: usize = 32;

/// A cause as part of one line. Errors of this crate limit their own length; all others are cut.
struct Cause<'e>(&'e (dyn std::error::Error + 'static));

impl fmt::Display for Cause<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.downcast_ref::<Error>() {
            Some(error) => error.fmt(f),
            None => Cut(&self.0.to_string(), text::MAX_MESSAGE).fmt(f),
        }
    }
}

impl fmt::Debug for ErrorData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The `Display` line: call, message or service error, source, attempts, advice.
pub(super) struct ErrorLine<'a>(pub(super) &'a ErrorData);

impl fmt::Display for ErrorLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.without_advice(f)?;
        self.0.advice.iter().try_for_each(|advice| write!(f, "; {}", Cut(advice, text::MAX_LINE)))
    }
}

impl ErrorLine<'_> {
    fn without_advice(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = self.0;
        if let Some(waiter) = &inner.waiter {
            return wait_line(inner, waiter, f);
        }
        if let Some(CallName { service, operation: Some(operation) }) = &inner.call {
            write_one_line(f, format_args!("{service} {operation}: "))?;
        }
        match &inner.service {
            Some(service) => write!(f, "{service}")?,
            None => write!(f, "{}", Cut(&inner.message, text::MAX_LINE))?,
        }
        if let Some(note) = &inner.note {
            write!(f, "; {}", Cut(note, text::MAX_LINE))?;
        }
        if let Some(source) = inner.source.as_ref().filter(|_| !inner.source_is_detail) {
            let source = Cause(source.as_ref()).to_string();
            if inner.message.is_empty() && inner.service.is_none() {
                f.write_str(&source)?;
            } else if !inner.message.contains(&source) {
                write!(f, ": {source}")?;
            }
        }
        match inner.attempts {
            // The response was not received in a call of this crate.
            None | Some(0) => return Ok(()),
            Some(1) => f.write_str(" (1 attempt")?,
            Some(attempts) => write!(f, " ({attempts} attempts")?,
        }
        if let Some(history) = &inner.history {
            history_line(history, f)?;
        }
        f.write_str(")")
    }
}

/// What follows the number of attempts: the delays, why there was no further retry, and whether the request may have
/// been processed.
fn history_line(history: &History, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (index, delay) in history.delays.iter().enumerate() {
        let separator = if index == 0 { " with pauses of " } else { ", " };
        write!(f, "{separator}{} ms", delay.as_millis())?;
    }
    if let Some(stop_reason) = history.stop_reason {
        write!(f, "; {}", stop_reason.text())?;
    }
    if history.may_have_been_processed {
        f.write_str("; it may have been processed")?;
    }
    Ok(())
}

/// The `Display` line of a wait: the waiter, how it ended, and the last service error.
fn wait_line(inner: &ErrorData, waiter: &WaiterFailure, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if let Some(call) = &inner.call {
        write_one_line(f, format_args!("{} ", call.service))?;
    }
    write!(f, "waiter {}: {waiter}", Cut(&waiter.waiter, text::MAX_NAME))?;
    match &inner.service {
        Some(service) => write!(f, "; {service}"),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{ErrorKind, ServiceError, TransportError, TransportErrorKind};

    fn service(code: &str, message: &str) -> ServiceError {
        ServiceError { message: message.to_owned(), ..ServiceError::bare(400, code) }
    }

    #[test]
    fn display_is_one_line() {
        let hostile = "a\r\nb\u{1b}[31m\u{0}\u{9b}\u{202e}\u{2028}c";
        let shown = "a\\r\\nb\\u{1b}[31m\\u{0}\\u{9b}\\u{202e}\\u{2028}c";
        let io = std::io::Error::other(hostile);
        let transport = TransportError::new(TransportErrorKind::Broken, hostile);
        for (error, expected) in [
            (Error::new(ErrorKind::Config, hostile), shown.to_owned()),
            (Error::new(ErrorKind::Config, "x").with_source(io), format!("x: {shown}")),
            (Error::new(ErrorKind::Config, "x").with_source(transport), format!("x: the connection broke: {shown}")),
            (Error::from_service(service(hostile, hostile)), format!("{shown}: {shown} (HTTP 400)")),
            (Error::new(ErrorKind::Config, "x").in_call(hostile, hostile), format!("{shown} {shown}: x")),
        ] {
            assert_eq!(error.to_string(), expected);
            let lines: Vec<String> = format!("{error:?}").lines().map(str::to_owned).collect();
            assert_eq!(lines.first(), Some(&expected));
            assert!(!lines.concat().contains(char::is_control), "{lines:?}");
        }
    }

    #[test]
    fn display_cuts_service_messages_and_accessors_do_not() {
        let long = "ä".repeat(5000);
        let error = Error::from_service(service(&long, &long));
        let text = error.to_string();
        assert_eq!(text, format!("{}…: {}… (HTTP 400)", "ä".repeat(200), "ä".repeat(1000)));
        let service = error.service().map(|service| (service.code(), service.message()));
        assert_eq!(service, Some((long.as_str(), long.as_str())));
    }

    #[test]
    fn debug_adds_the_causes_that_display_does_not_contain() {
        #[derive(Debug)]
        struct Outer(std::io::Error);
        impl fmt::Display for Outer {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("outer")
            }
        }
        impl std::error::Error for Outer {
            fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
                Some(&self.0)
            }
        }
        let plain = Error::new(ErrorKind::Config, "what");
        assert_eq!(format!("{plain:?}"), "what");
        let error = Error::new(ErrorKind::Config, "what").with_source(Outer(std::io::Error::other("inner\nreason")));
        assert_eq!(format!("{error:?}"), "what: outer\n\nCaused by:\n    inner\\nreason");
    }
}
