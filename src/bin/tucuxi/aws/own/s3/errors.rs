//! Errors in the words of the `s3` commands.

use std::io;

use tucuxi::{Error, NotConfigured};

use crate::aws::error::AwsError;
use crate::aws::{failure, python};

/// The text of an error in a line about a transfer.
pub(super) fn text(error: &Error) -> String {
    let mut text = match error.missing() {
        Some(NotConfigured::Credentials) => "Unable to locate credentials".to_owned(),
        Some(NotConfigured::Region) => "You must specify a region.".to_owned(),
        _ => failure::message(error, None),
    };
    // The parts cost money until somebody removes them.
    if let Some(id) = error.upload_id().filter(|id| !text.contains(id)) {
        text.push_str(&format!("; the parts of the upload {id} remain in the store"));
    }
    text
}

/// As [`text`], for errors of the program.
pub(super) fn of(error: &AwsError) -> String {
    match error {
        AwsError::Library(error) => text(error),
        other => other.message(None),
    }
}

/// An error of the operating system, as Python shows it: `[Errno 2] No such file or directory: 'a'`.
pub(super) fn of_system(error: &io::Error, path: Option<&str>) -> String {
    let shown = error.to_string();
    let path = path.map(|path| format!(": {}", python::repr(path))).unwrap_or_default();
    match error.raw_os_error() {
        Some(number) => {
            let text = shown.strip_suffix(&format!(" (os error {number})")).unwrap_or(&shown);
            format!("[Errno {number}] {text}{path}")
        }
        None => format!("{shown}{path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_errors_look_as_in_python() {
        let missing = io::Error::from_raw_os_error(2);
        assert_eq!(of_system(&missing, Some("it's")), "[Errno 2] No such file or directory: \"it's\"");
        assert_eq!(of_system(&io::Error::other("odd"), None), "odd");
    }
}
