//! The library's errors in the words of the AWS CLI, and its exit codes for them.

use std::error::Error as _;

use tucuxi::{Error, ErrorKind, NotConfigured, TransportError, TransportErrorKind, WaiterReason};

use super::advice;

/// The beginning of the text about parameters.
pub(crate) const TITLE: &str = "Parameter validation failed:";

/// The text for a region that is missing.
pub(crate) const NO_REGION: &str =
    "You must specify a region. You can also configure your region by running \"aws configure\".";

/// The exit code for an error of the library.
pub(crate) fn exit_code(error: &Error) -> u8 {
    match (error.missing(), error.kind()) {
        (Some(NotConfigured::Region | NotConfigured::Credentials), _) => 253,
        (
            _,
            ErrorKind::UnknownService | ErrorKind::UnknownOperation | ErrorKind::UnknownWaiter | ErrorKind::Validation,
        ) => 252,
        (_, ErrorKind::Service) => 254,
        _ => 255,
    }
}

/// The AWS CLI's word for the kind of error, if it has one.
pub(crate) fn code(error: &Error) -> Option<&'static str> {
    match (error.missing(), error.kind()) {
        (Some(NotConfigured::Region), _) => Some("NoRegion"),
        (Some(NotConfigured::Credentials), _) => Some("NoCredentials"),
        (_, ErrorKind::Validation) => Some("ParamValidation"),
        _ => None,
    }
}

/// The text of an error. `profile` is the one that the line or the environment chose.
pub(crate) fn message(error: &Error, profile: Option<&str>) -> String {
    if error.service().is_some() {
        return service_message(error);
    }
    match (error.missing(), profile) {
        (Some(NotConfigured::Region), _) => NO_REGION.to_owned(),
        (Some(NotConfigured::Credentials), _) => {
            "Unable to locate credentials. You can configure credentials by running \"aws login\".".to_owned()
        }
        (Some(NotConfigured::Profile), Some(profile)) => format!("The config profile ({profile}) could not be found"),
        _ => connection_message(error).or_else(|| validation_message(error)).unwrap_or_else(|| error.to_string()),
    }
}

fn service_message(error: &Error) -> String {
    let Some(service) = error.service() else { return String::new() };
    let retries = match error.attempts_exhausted() {
        true => format!(" (reached max retries: {})", error.attempts().saturating_sub(1)),
        false => String::new(),
    };
    format!(
        "An error occurred ({}) when calling the {} operation{retries}: {}",
        shown(service.code()),
        error.operation().unwrap_or_default(),
        advice::with_advice(error).unwrap_or_else(|| shown(service.message()))
    )
}

/// Text of a service with its line breaks, but without characters that control a terminal.
fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for char in text.chars() {
        match char.is_control() && !matches!(char, '\n' | '\t') {
            true => shown.extend(char.escape_unicode()),
            false => shown.push(char),
        }
    }
    shown
}

fn connection_message(error: &Error) -> Option<String> {
    let url = error.url()?;
    let transport = error.source()?.downcast_ref::<TransportError>()?;
    Some(match transport.kind() {
        TransportErrorKind::Connect => format!("Could not connect to the endpoint URL: \"{url}\""),
        TransportErrorKind::ConnectTimeout => format!("Connect timeout on endpoint URL: \"{url}\""),
        TransportErrorKind::ReadTimeout => format!("Read timeout on endpoint URL: \"{url}\""),
        TransportErrorKind::Broken => {
            format!("Connection was closed before we received a valid response from endpoint URL: \"{url}\".")
        }
        TransportErrorKind::Tls => format!("SSL validation failed for {url} {transport}"),
        _ => return None,
    })
}

/// The library's text about parameters, if it found a fault that [`faults`] does not know.
fn validation_message(error: &Error) -> Option<String> {
    let text = error.to_string();
    let (_, found) = text.split_once("parameters not valid: ").filter(|_| error.kind() == ErrorKind::Validation)?;
    Some(format!("{TITLE}\n{found}"))
}

/// The text for a wait without success. `waiter` is its name in the model. `None` if the wait did not begin.
pub(crate) fn of_waiter(waiter: &str, error: &Error) -> Option<String> {
    let failure = error.waiter()?;
    let rule = failure.rule().map(explanation);
    let reason = match (failure.reason(), rule) {
        (WaiterReason::Failure, Some(rule)) => format!("Waiter encountered a terminal failure state: {rule}"),
        (WaiterReason::MaxAttempts, Some(rule)) => {
            format!("Max attempts exceeded. Previously accepted state: {rule}")
        }
        (WaiterReason::MaxAttempts, None) => "Max attempts exceeded".to_owned(),
        _ => match error.service() {
            Some(service) => format!("An error occurred ({}): {}", shown(service.code()), shown(service.message())),
            None => return None,
        },
    };
    Some(format!("Waiter {waiter} failed: {reason}"))
}

/// Botocore's explanation of the acceptor with this rule: `path "Table.TableStatus" == "ACTIVE"`.
fn explanation(rule: &str) -> String {
    let Some((left, expected)) = rule.rsplit_once(" == ") else { return rule.to_owned() };
    let expected = match tucuxi::parse_json(expected) {
        Ok(value) => crate::output::format::str_of(&value).into_owned(),
        Err(_) => expected.to_owned(),
    };
    let (matcher, argument) = left.split_once(' ').unwrap_or((left, ""));
    let argument = argument.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(argument);
    match matcher {
        "path" => format!("For expression \"{argument}\" we matched expected path: \"{expected}\""),
        "pathAll" => format!("For expression \"{argument}\" all members matched excepted path: \"{expected}\""),
        "pathAny" => format!("For expression \"{argument}\" we matched expected path: \"{expected}\" at least once"),
        "status" => format!("Matched expected HTTP status code: {expected}"),
        _ => format!("Matched expected service error code: {expected}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_of_waiters_are_explained_as_by_botocore() {
        for (rule, expected) in [
            (
                "path \"Table.TableStatus\" == \"ACTIVE\"",
                "For expression \"Table.TableStatus\" we matched expected path: \"ACTIVE\"",
            ),
            (
                "path \"length(Images[]) > `0`\" == true",
                "For expression \"length(Images[]) > `0`\" we matched expected path: \"True\"",
            ),
            (
                "pathAll \"Stacks[].StackStatus\" == \"CREATE_COMPLETE\"",
                "For expression \"Stacks[].StackStatus\" all members matched excepted path: \"CREATE_COMPLETE\"",
            ),
            (
                "pathAny \"a[?b == 'c']\" == \"x\"",
                "For expression \"a[?b == 'c']\" we matched expected path: \"x\" at least once",
            ),
            ("status == 404", "Matched expected HTTP status code: 404"),
            ("error == \"NoSuchBucket\"", "Matched expected service error code: NoSuchBucket"),
            ("error == true", "Matched expected service error code: True"),
        ] {
            assert_eq!(explanation(rule), expected, "{rule}");
        }
    }

    #[test]
    fn messages_keep_their_lines_but_control_no_terminal() {
        assert_eq!(shown("a\nb\tc\u{1b}[1m"), "a\nb\tc\\u{1b}[1m");
    }
}
