//! Payloads of bytes in an output: S3's `Body`, Lambda's `Payload`.

use std::fs::{self, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;
use tucuxi::{Body, Client, Output};

use crate::call::is_standard_stream;
use crate::failure::{Failure, Result};
use crate::{output, signals};

/// The larger, the fewer calls of the operating system.
const BUFFER: usize = 128 * 1024;

/// The name of the output's member that is the payload of bytes.
fn member(client: &Client, operation: &str) -> Result<Option<String>> {
    let about = client.describe(operation)?;
    let output = &about["output"];
    let name = output["payload"].as_str();
    Ok(name.filter(|name| output["members"][*name]["type"] == "blob").map(str::to_owned))
}

/// Whether an operation answers with a stream of events.
pub(crate) fn is_event_stream(client: &Client, operation: &str) -> Result<bool> {
    let about = client.describe(operation)?;
    let members = about["output"]["members"].as_object();
    Ok(members.into_iter().flatten().any(|(_, member)| member["type"] == "event stream"))
}

/// Fails for an operation whose output has no payload of bytes.
pub(crate) fn expect_in_output(client: &Client, operation: &str) -> Result<()> {
    match member(client, operation)? {
        Some(_) => Ok(()),
        None => Err(Failure::Usage(format!(
            "--output-file: the output of {} {operation} has no payload of bytes; nothing was sent",
            client.service_name()
        ))),
    }
}

/// The output as one value, a payload as base64 text in it.
pub(crate) fn into_value(client: &Client, operation: &str, answer: Output) -> Result<Value> {
    let Output { mut value, body, .. } = answer;
    if let (Some(name), Value::Object(members)) = (member(client, operation)?, &mut value) {
        let bytes = body.into_bytes().map_err(Failure::io("the answer broke off"))?;
        members.insert(name, tucuxi::blob(bytes));
    }
    Ok(value)
}

/// Where a payload goes. That a file can be written is tried before the call, so that nothing is sent in vain; it keeps its
/// content until all of the payload is there.
pub(crate) enum Target {
    /// And nothing else does.
    Stdout,
    /// And the rest of the output behind it.
    SharedStdout,
    File(PathBuf),
}

impl Target {
    pub(crate) fn open(path: &Path) -> Result<Target> {
        // Opened by its name, a file that standard output was redirected into would be written from its beginning by both.
        const STDOUT: &[&str] = &["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];
        if is_standard_stream(path) {
            return Ok(Target::Stdout);
        }
        if cfg!(unix) && STDOUT.iter().any(|name| path.as_os_str() == *name) {
            return Ok(Target::SharedStdout);
        }
        try_to_write(path).map_err(|error| Failure::Other(format!("{}: {error}; nothing was sent", path.display())))?;
        signals::clean_up_at_the_end();
        Ok(Target::File(path.to_owned()))
    }

    /// Writes the payload; with a file, the rest of the output is printed as JSON.
    pub(crate) fn receive(self, answer: Output) -> Result<()> {
        let Output { value, body, .. } = answer;
        match self {
            Target::Stdout => print(body),
            Target::SharedStdout => {
                print(body)?;
                output::print_json(&value)
            }
            Target::File(path) => {
                let failed = |error| Failure::Other(format!("the payload is not in {}: {error}", path.display()));
                body.save_to(&path).map_err(failed)?;
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
        // Whoever reads a pipe would take an attempt for the end.
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let path = end_of_links(path);
            OpenOptions::new().write(true).create_new(true).open(&path)?;
            fs::remove_file(path)
        }
        Err(error) => Err(error),
    }
}

/// Where the file is going to be: links that lead to nothing yet are followed. Those that lead in circles do not come here.
fn end_of_links(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    while let Ok(link) = fs::read_link(&path) {
        path = path.parent().unwrap_or(Path::new("")).join(link);
    }
    path
}

fn print(body: Body) -> Result<()> {
    copy(body, io::stdout().lock()).map_err(|side| match side {
        Side::Answer(error) => Failure::Other(format!("the answer broke off: {error}")),
        Side::Target(error) => output::failed(&error),
    })
}

/// Which side of a copy failed.
enum Side {
    Answer(io::Error),
    Target(io::Error),
}

fn copy(mut body: Body, target: impl Write) -> Result<(), Side> {
    use io::Read as _;
    let mut target = BufWriter::with_capacity(BUFFER, target);
    let mut buffer = vec![0; BUFFER];
    loop {
        match body.read(&mut buffer) {
            Ok(0) => return target.flush().map_err(Side::Target),
            Ok(length) => target.write_all(&buffer[..length]).map_err(Side::Target)?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Side::Answer(error)),
        }
    }
}
