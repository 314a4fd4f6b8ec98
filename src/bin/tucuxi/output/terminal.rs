//! The terminal: its width, colors, and questions to its user.

use std::io::{self, IsTerminal};

use super::format::TableStyle;

/// A standard stream for output.
#[derive(Debug, Clone, Copy)]
pub(crate) enum OutputStream {
    Output,
    Error,
}

/// How tables are drawn on a stream. `color` is the value of `--color`.
pub(crate) fn table_style(color: Option<&str>, stream: OutputStream) -> TableStyle {
    TableStyle { is_colored: is_colored(color, stream), width: width(stream).unwrap_or(TableStyle::PLAIN.width) }
}

/// Whether a stream gets colors. `color` is the value of `--color`.
pub(crate) fn is_colored(color: Option<&str>, stream: OutputStream) -> bool {
    match (color, stream) {
        (Some("on"), _) => true,
        (Some("off"), _) => false,
        (_, OutputStream::Output) => io::stdout().is_terminal(),
        (_, OutputStream::Error) => io::stderr().is_terminal(),
    }
}

#[cfg(unix)]
fn width(stream: OutputStream) -> Option<usize> {
    let size = match stream {
        OutputStream::Output => rustix::termios::tcgetwinsize(io::stdout()),
        OutputStream::Error => rustix::termios::tcgetwinsize(io::stderr()),
    };
    Some(usize::from(size.ok()?.ws_col)).filter(|columns| *columns > 0)
}

#[cfg(not(unix))]
fn width(_stream: OutputStream) -> Option<usize> {
    None
}

/// Asks the user for a code of an MFA device.
///
/// # Errors
/// If there is no terminal, or nothing was typed.
pub(crate) fn mfa_code(serial: &str) -> io::Result<String> {
    if !io::stdin().is_terminal() {
        return Err(io::Error::other("standard input is no terminal on which to ask for it"));
    }
    ask(&format!("Enter MFA code for {serial}: "))
}

/// Reads a line from the terminal, which does not show it.
#[cfg(unix)]
fn ask(question: &str) -> io::Result<String> {
    use std::io::{BufRead as _, BufReader, Write as _};

    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

    let mut terminal = std::fs::OpenOptions::new().read(true).write(true).open("/dev/tty")?;
    let before = tcgetattr(&terminal)?;
    let mut silent = before.clone();
    silent.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&terminal, OptionalActions::Flush, &silent)?;
    let mut answer = String::new();
    let asked = terminal.write_all(question.as_bytes());
    let read = asked.and_then(|()| BufReader::new(&terminal).read_line(&mut answer));
    tcsetattr(&terminal, OptionalActions::Flush, &before)?;
    terminal.write_all(b"\n")?;
    read?;
    Ok(answer.trim().to_owned())
}

#[cfg(not(unix))]
fn ask(question: &str) -> io::Result<String> {
    let mut answer = String::new();
    crate::error::eprint_text(question);
    io::stdin().read_line(&mut answer)?;
    Ok(answer.trim().to_owned())
}
