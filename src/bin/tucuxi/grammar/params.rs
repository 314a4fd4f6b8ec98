//! The parameters of a call and the body of a request: arguments, files and standard input.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use serde_json::{Map, Value};
use tucuxi::Body;

use crate::error::CliResult;
use crate::usage::UsageError;

/// `-` is standard input or output.
pub(crate) fn is_standard_stream(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Whether the path names standard input.
pub(crate) fn is_standard_input(path: &Path) -> bool {
    const NAMES: &[&str] = &["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"];
    is_standard_stream(path) || NAMES.iter().any(|name| path.as_os_str() == *name)
}

/// Reads the parameters: a JSON argument, `@FILE`, or `-` for standard input.
pub(crate) fn read(argument: Option<&str>) -> CliResult<Value> {
    let unreadable = |place: &str| {
        let place = place.to_owned();
        move |source: io::Error| UsageError::UnreadableParams { place, source }
    };
    let (text, place) = match argument {
        None => return Ok(Value::Object(Map::new())),
        Some("-") => {
            let mut text = String::new();
            io::stdin().lock().read_to_string(&mut text).map_err(unreadable("standard input"))?;
            (text, "standard input".to_owned())
        }
        Some(argument) => match argument.strip_prefix('@') {
            Some(path) => (fs::read_to_string(path).map_err(unreadable(path))?, path.to_owned()),
            None => (argument.to_owned(), "the argument".to_owned()),
        },
    };
    Ok(tucuxi::parse_json(text).map_err(|source| UsageError::BadParams { place, source })?)
}

/// The request body: a path that can be opened, or `-` for standard input, which is a file if the shell redirected one.
pub(crate) fn body(path: &Path) -> Result<Body, UsageError> {
    let body = match is_standard_stream(path) {
        true => standard_input().map_err(|error| io::Error::new(error.kind(), format!("standard input: {error}"))),
        // The error names the path.
        false => Body::from_path(path),
    };
    body.map_err(|source| UsageError::BadBody { source })
}

#[cfg(unix)]
fn standard_input() -> io::Result<Body> {
    use std::os::fd::AsFd as _;
    Body::from_file(io::stdin().as_fd().try_clone_to_owned()?.into())
}

#[cfg(windows)]
fn standard_input() -> io::Result<Body> {
    use std::os::windows::io::AsHandle as _;
    Body::from_file(io::stdin().as_handle().try_clone_to_owned()?.into())
}
