//! Blob payloads of an output: S3's `Body`, Lambda's `Payload`.

use std::fs::{self, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;
use tucuxi::{Body, Client, Output};

use crate::error::{CliError, CliResult};
use crate::grammar::params::is_standard_stream;
use crate::usage::UsageError;
use crate::{output, signals};

/// Large, for few system calls.
const BUFFER_SIZE: usize = 128 * 1024;

/// The name of the output member that is a blob payload.
fn payload_member(client: &Client, operation: &str) -> CliResult<Option<String>> {
    let description = client.describe(operation)?;
    let output = &description["output"];
    let name = output["payload"].as_str();
    Ok(name.filter(|name| output["members"][*name]["type"] == "blob").map(str::to_owned))
}

/// Whether the output of an operation is an event stream.
pub(crate) fn is_event_stream(client: &Client, operation: &str) -> CliResult<bool> {
    let description = client.describe(operation)?;
    let members = description["output"]["members"].as_object();
    Ok(members.into_iter().flatten().any(|(_, member)| member["type"] == "event stream"))
}

/// Fails for an operation whose output has no blob payload.
pub(crate) fn expect_in_output(client: &Client, operation: &str) -> CliResult<()> {
    match payload_member(client, operation)? {
        Some(_) => Ok(()),
        None => {
            let service = client.service_name().to_owned();
            Err(UsageError::NoPayload { service, operation: operation.to_owned() }.into())
        }
    }
}

/// The output as one value with the payload as base64 text.
pub(crate) fn into_value(client: &Client, operation: &str, response: Output) -> CliResult<Value> {
    let Output { mut value, body, .. } = response;
    if let (Some(name), Value::Object(members)) = (payload_member(client, operation)?, &mut value) {
        let bytes = body.into_bytes().map_err(CliError::io("cannot read the response"))?;
        members.insert(name, tucuxi::blob(bytes));
    }
    Ok(value)
}

/// Where to write a payload. Whether a file can be written is checked before the call, so that nothing is sent in vain. The file
/// keeps its content until the payload is complete.
pub(crate) enum PayloadTarget {
    /// Only the payload is printed.
    Stdout,
    /// The rest of the output is printed after the payload.
    SharedStdout,
    File(PathBuf),
}

impl PayloadTarget {
    pub(crate) fn open(path: &Path) -> CliResult<PayloadTarget> {
        // If standard output is redirected to a file, opening that file by name would overwrite it from the start.
        const STDOUT: &[&str] = &["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];
        if is_standard_stream(path) {
            return Ok(PayloadTarget::Stdout);
        }
        if cfg!(unix) && STDOUT.iter().any(|name| path.as_os_str() == *name) {
            return Ok(PayloadTarget::SharedStdout);
        }
        try_to_write(path).map_err(|error| {
            let error = io::Error::new(error.kind(), format!("{error}; nothing was sent"));
            CliError::io(path.display())(error)
        })?;
        signals::clean_up_at_the_end();
        Ok(PayloadTarget::File(path.to_owned()))
    }

    /// Writes the payload and, except to standard output alone, prints the rest of the output as JSON.
    pub(crate) fn receive(self, response: Output) -> CliResult<()> {
        let Output { value, body, .. } = response;
        match self {
            PayloadTarget::Stdout => print(body),
            PayloadTarget::SharedStdout => {
                print(body)?;
                output::print_json(&value)
            }
            PayloadTarget::File(path) => {
                let place = format!("the payload is not in {}", path.display());
                body.save_to(&path).map_err(CliError::io(place))?;
                output::print_json(&value)
            }
        }
    }
}

fn try_to_write(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => OpenOptions::new().write(true).open(path).map(drop),
        Ok(metadata) if metadata.is_dir() => {
            Err(io::Error::new(io::ErrorKind::IsADirectory, "expected a file, found a folder"))
        }
        // The reader of a pipe would take the attempt for the end of the data.
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let path = end_of_links(path);
            OpenOptions::new().write(true).create_new(true).open(&path)?;
            fs::remove_file(path)
        }
        Err(error) => Err(error),
    }
}

/// Follows dangling symbolic links to the path that will be created. Cycles of links fail before this is called.
fn end_of_links(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    while let Ok(link) = fs::read_link(&path) {
        path = path.parent().unwrap_or(Path::new("")).join(link);
    }
    path
}

fn print(body: Body) -> CliResult<()> {
    copy(body, io::stdout().lock()).map_err(|side| match side {
        Side::Response(error) => CliError::io("cannot read the response")(error),
        Side::Target(error) => output::failed(error),
    })
}

/// Which side of a copy failed.
enum Side {
    Response(io::Error),
    Target(io::Error),
}

fn copy(mut body: Body, target: impl Write) -> Result<(), Side> {
    use io::Read as _;
    let mut target = BufWriter::with_capacity(BUFFER_SIZE, target);
    let mut buffer = vec![0; BUFFER_SIZE];
    loop {
        match body.read(&mut buffer) {
            Ok(0) => return target.flush().map_err(Side::Target),
            Ok(length) => target.write_all(&buffer[..length]).map_err(Side::Target)?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Side::Response(error)),
        }
    }
}
