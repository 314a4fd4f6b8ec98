//! The pager: a program that shows output page by page.

use std::env;
use std::io::{self, Write};
use std::process::{Child, ChildStdin, Command, Stdio};

/// Passes output to a pager, which starts with the first byte.
pub(crate) struct Pager<'c> {
    command: &'c str,
    started: Option<Child>,
    failure: Option<String>,
}

impl<'c> Pager<'c> {
    /// `command` is a program with its arguments.
    pub(crate) fn new(command: &'c str) -> Self {
        Pager { command, started: None, failure: None }
    }

    /// Waits until the user leaves the pager.
    ///
    /// # Errors
    /// Why the pager could not be started.
    pub(crate) fn finish(mut self) -> Result<(), String> {
        if let Some(mut child) = self.started.take() {
            drop(child.stdin.take());
            // Its exit code means nothing.
            _ = child.wait();
        }
        self.failure.map_or(Ok(()), Err)
    }

    fn input(&mut self) -> io::Result<&mut ChildStdin> {
        if self.started.is_none() {
            match self.start() {
                Ok(child) => self.started = Some(child),
                Err(error) => {
                    self.failure = Some(error);
                    return Err(io::ErrorKind::BrokenPipe.into());
                }
            }
        }
        self.started.as_mut().and_then(|child| child.stdin.as_mut()).ok_or_else(|| io::ErrorKind::BrokenPipe.into())
    }

    fn start(&self) -> Result<Child, String> {
        let mut words = self.command.split_whitespace();
        let program = words.next().unwrap_or_default();
        let mut command = Command::new(program);
        command.args(words).stdin(Stdio::piped());
        if env::var_os("LESS").is_none() {
            // Leave at once what fits on the screen, show colors, keep the screen.
            command.env("LESS", "FRX");
        }
        command.spawn().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => format!("[Errno 2] No such file or directory: '{program}'"),
            _ => format!("{error}: '{program}'"),
        })
    }
}

impl Write for Pager<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match bytes.is_empty() {
            true => Ok(0),
            false => self.input()?.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.started.as_mut().and_then(|child| child.stdin.as_mut()).map_or(Ok(()), ChildStdin::flush)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_pager_is_reported_once_something_is_written() {
        assert_eq!(Pager::new("/nowhere/less -R").finish(), Ok(()));
        let mut pager = Pager::new("/nowhere/less -R");
        assert_eq!(pager.write(b"a").unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        assert_eq!(pager.finish(), Err("[Errno 2] No such file or directory: '/nowhere/less'".to_owned()));
    }

    #[cfg(unix)]
    #[test]
    fn output_goes_to_the_pager() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shown");
        let command = format!("cp /dev/stdin {}", path.display());
        let mut pager = Pager::new(&command);
        pager.write_all(b"hello").unwrap();
        assert_eq!(pager.finish(), Ok(()));
        assert_eq!(std::fs::read_to_string(path).unwrap(), "hello");
    }
}
